//! What to do, in a sentence.

use crate::{
    Comparison, Flaw, TaskSummary, Verdict,
    format::{clauses, count, counted, list, times},
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
                open.extend((verdict != Verdict::NotGoodEnough).then(|| (what_decides(task, row), name())));
            }
        }
    }
    let to = |verb: &str, tasks: &[String], rest: String| {
        (!tasks.is_empty()).then(|| format!("{verb} {} {rest}", list(tasks)))
    };
    let mut parts: Vec<String> = Vec::new();
    let dearer: Vec<String> = tasks.iter().filter_map(|task| dearer(task, candidate, reference)).collect();
    let at_a_cost = match dearer.as_slice() {
        [] => String::new(),
        dearer => format!(", where a right answer costs more than on {reference}: {}", list(dearer)),
    };
    parts.extend(to("move", &moving, format!("to {candidate}{at_a_cost}")));
    parts.extend(to("keep", &staying, format!("on {reference}")));
    parts.extend(what_is_open(open));
    parts.extend(flawed.iter().map(|(flaw, tasks)| format!("{} on {}: {}", flaw.amiss, list(tasks), flaw.mend)));
    let words = parts.join("; ");
    let mut letters = words.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// A task that may move though its right answers come to cost more, and how much: `triage 2.5 times`. What is hosted costs
/// by volume: of that nothing is said.
fn dearer(task: &TaskSummary, candidate: &str, reference: &str) -> Option<String> {
    let moves = |row: &Comparison| row.candidate == candidate && row.reference == reference && row.may_move;
    task.comparisons.iter().find(|row| moves(row))?;
    let cost = |name: &str| task.models.iter().find(|row| row.model == name)?.cost_per_correct_usd;
    let ratio = cost(candidate)? / cost(reference).filter(|usd| *usd > 0.0)?;
    (ratio >= LEAST_RATIO).then(|| format!("{} {}", task.task, times(ratio)))
}

/// A cost that is higher by less is the same cost.
const LEAST_RATIO: f64 = 1.05;

/// What decides a task.
#[derive(PartialEq, Eq)]
enum Decides {
    /// So many more cases; some where the number that is known is reached.
    More(u64),
    /// Nothing is to be decided: alone it would pass, and many were looked at.
    Alone,
    /// Too few independent cases for any verdict.
    TooFew,
    /// What was seen is at the margin or past it.
    Worse,
    /// No number of cases that could be had.
    Nothing,
}

fn what_decides(task: &TaskSummary, row: &Comparison) -> Decides {
    let units = task.models.iter().find(|model| model.model == row.candidate).map(|model| model.independent_units);
    match row.cases_needed {
        _ if row.verdict == Verdict::GoodEnough => Decides::Alone,
        Some(needed) => Decides::More(needed.saturating_sub(row.cases)),
        None if units.is_some_and(|units| units < FEWEST_GROUPS as u64) => Decides::TooFew,
        None if row.is_seen_past_the_margin() => Decides::Worse,
        None => Decides::Nothing,
    }
}

/// A part for each kind of what is open; the numbers of cases stand in one.
fn what_is_open(open: Vec<(Decides, String)>) -> Vec<String> {
    let mut kinds: Vec<(Decides, Vec<String>)> = Vec::new();
    for (decides, task) in open {
        match kinds.iter_mut().find(|(known, _)| *known == decides) {
            Some((_, tasks)) => tasks.push(task),
            None => kinds.push((decides, vec![task])),
        }
    }
    let (mut parts, mut numbers) = (Vec::new(), Vec::new());
    for (decides, tasks) in kinds {
        let tasks = list(&tasks);
        match decides {
            Decides::More(more) => numbers.push((more, tasks)),
            Decides::Alone => {
                parts.push(format!("the evidence for {tasks} holds alone, not among all that was looked at"))
            }
            Decides::TooFew => parts.push(format!("nothing decides {tasks} below {FEWEST_GROUPS} independent cases")),
            Decides::Worse => parts.push(format!("more cases would rather show {tasks} not good enough")),
            Decides::Nothing => parts.push(format!("even ten times the cases would not decide {tasks}")),
        }
    }
    parts.extend((!numbers.is_empty()).then(|| more_cases(&numbers)));
    parts
}

/// How many more cases would decide which tasks; 0 where the number that is known is reached.
pub(crate) fn more_cases(numbers: &[(u64, String)]) -> String {
    let number = |(at, (more, tasks)): (usize, &(u64, String))| match (at, more) {
        (0, 0) => format!("a few more cases would decide {tasks}"),
        (0, more) => format!("{} would decide {tasks}", counted(*more, "more case")),
        (_, 0) => format!("a few more would decide {tasks}"),
        (_, more) => format!("{} more would decide {tasks}", count(*more)),
    };
    clauses(&numbers.iter().enumerate().map(number).collect::<Vec<_>>())
}
