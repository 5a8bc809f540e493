//! What to do, in a sentence.

use crate::{
    Comparison, Flaw, TaskSummary, Verdict,
    format::{count, list},
    metric::FEWEST_GROUPS,
};

/// Which tasks to move: those that may, many being looked at. What is not decided stays where it is, and how many more
/// cases decide it stands beside; where the evidence is invalid, what is amiss comes in its place.
pub(crate) fn recommendation(candidate: &str, reference: &str, tasks: &[TaskSummary]) -> Option<String> {
    let (mut moving, mut staying, mut open) = (Vec::new(), Vec::new(), Vec::new());
    let mut flawed: Vec<(Flaw, Vec<String>)> = Vec::new();
    for task in tasks {
        let of = |row: &&Comparison| row.candidate == candidate && row.reference == reference;
        let row = task.comparisons.iter().find(of)?;
        let name = || task.task.clone();
        match (row.verdict, row.flaws.first()) {
            _ if row.may_move => moving.push(name()),
            (_, Some(flaw)) => {
                match flawed.iter_mut().find(|(known, _)| known.amiss == flaw.amiss && known.mend == flaw.mend) {
                    Some((_, tasks)) => tasks.push(name()),
                    None => flawed.push((flaw.clone(), vec![name()])),
                }
            }
            (verdict, None) => {
                staying.push(name());
                open.extend((verdict != Verdict::NotGoodEnough).then(|| (name(), what_decides(task, row))));
            }
        }
    }
    let to = |verb: &str, tasks: &[String], rest: String| {
        (!tasks.is_empty()).then(|| format!("{verb} {} {rest}", list(tasks)))
    };
    let mut parts: Vec<String> = Vec::new();
    parts.extend(to("move", &moving, format!("to {candidate}")));
    parts.extend(to("keep", &staying, format!("on {reference}")));
    parts.extend(together(open).map(|(tasks, words)| words.replace(TASKS, &list(&tasks))));
    parts.extend(flawed.iter().map(|(flaw, tasks)| format!("{} on {}: {}", flaw.amiss, list(tasks), flaw.mend)));
    let words = parts.join("; ");
    let mut letters = words.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// Where the names of tasks go.
const TASKS: &str = "\0";

/// What decides a task that is open.
fn what_decides(task: &TaskSummary, row: &Comparison) -> String {
    let units = task.models.iter().find(|model| model.model == row.candidate).map(|model| model.independent_units);
    match row.cases_needed {
        // It would pass alone.
        _ if row.verdict == Verdict::GoodEnough => {
            format!("the evidence for {TASKS} holds alone, not among all that was looked at")
        }
        Some(needed) if needed > row.cases => {
            let more = needed - row.cases;
            format!("{} more {} decide {TASKS}", count(more), if more == 1 { "case would" } else { "cases would" })
        }
        Some(_) => format!("a few more cases would decide {TASKS}"),
        None if units.is_some_and(|units| units < FEWEST_GROUPS as u64) => {
            format!("nothing decides {TASKS} below {FEWEST_GROUPS} independent cases")
        }
        None => format!("at today's difference more cases do not decide {TASKS}"),
    }
}

/// Tasks of which the same is to be said, said once.
fn together(open: Vec<(String, String)>) -> impl Iterator<Item = (Vec<String>, String)> {
    let mut said: Vec<(Vec<String>, String)> = Vec::new();
    for (task, words) in open {
        match said.iter_mut().find(|(_, known)| *known == words) {
            Some((tasks, _)) => tasks.push(task),
            None => said.push((vec![task], words)),
        }
    }
    said.into_iter()
}
