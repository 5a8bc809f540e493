//! The level of the intervals that decide, where a look at the suite may spend less than alpha.

use crate::{
    Summary,
    format::{limit, list},
};

/// Who is judged by which intervals, in a sentence; `None` where all are of the summary's level.
pub(crate) fn deciding(summary: &Summary) -> Option<String> {
    let mut levels: Vec<(String, Vec<String>)> = Vec::new();
    let mut models: Vec<&str> = Vec::new();
    for (task, model, level) in judged(summary).filter(|(.., level)| *level != summary.level) {
        let level = limit(level);
        if !models.contains(&model) {
            models.push(model);
        }
        match levels.iter_mut().find(|(known, _)| *known == level) {
            Some((_, tasks)) if tasks.iter().any(|known| known == task) => {}
            Some((_, tasks)) => tasks.push(task.into()),
            None => levels.push((level, vec![task.into()])),
        }
    }
    let all_of_one = levels.len() == 1
        && judged(summary).all(|(_, model, level)| !models.contains(&model) || level != summary.level);
    let words: Vec<String> = levels
        .into_iter()
        .map(|(level, tasks)| if all_of_one { level } else { format!("{level} ({})", list(&tasks)) })
        .collect();
    let models: Vec<String> = models.into_iter().map(String::from).collect();
    (!models.is_empty()).then(|| {
        let compared = summary.tasks.iter().any(|task| !task.comparisons.is_empty());
        format!(
            "{} {} judged by intervals of {}, of bars and of differences: this look at the suite may spend no more of \
             alpha. Rates in tables{} have intervals of {}.",
            list(&models),
            if models.len() == 1 { "is" } else { "are" },
            words.join(" or "),
            if compared { " and the bars of a reference" } else { "" },
            limit(summary.level)
        )
    })
}

/// Tasks and models with the levels that decide: of bars, and of differences.
fn judged(summary: &Summary) -> impl Iterator<Item = (&str, &str, f64)> {
    summary.tasks.iter().flat_map(|task| {
        let name = task.task.as_str();
        let bars = task
            .models
            .iter()
            .flat_map(move |row| row.bar_results.iter().map(move |bar| (name, row.model.as_str(), bar.level)));
        let pairs = task.comparisons.iter().map(move |row| (name, row.candidate.as_str(), row.level));
        bars.chain(pairs)
    })
}
