//! Runs of two models on one task, made from what each does with each case.

use super::fixture::{LARGE, Run, SMALL, record, with_reference, wrong};
use eval_core::{Behaviour, Record};

/// Both right, candidate only, reference only, neither.
const RIGHT: [(bool, bool); 4] = [(true, true), (true, false), (false, true), (false, false)];

/// A run on one task without bars, from a paired table: both right, candidate only, reference only, neither. What is not
/// right is declined, so that right answers alone differ.
pub(super) fn run(table: [usize; 4]) -> Run {
    let mut run = with_reference();
    run.manifest.tasks.truncate(1);
    let task = &mut run.manifest.tasks[0];
    task.trivial.clear();
    task.bars.clear();
    run.records = records(table);
    resize(&mut run);
    run
}

fn records(table: [usize; 4]) -> Vec<Record> {
    let pairs = table.iter().zip(RIGHT).flat_map(|(n, right)| std::iter::repeat_n(right, *n));
    let one = |model: &str, i: usize, right: bool| {
        let mut record =
            Record { should_decline: false, behaviour: Some(Behaviour::Answered), ..record("triage", model, i) };
        if !right {
            wrong(&mut record, Behaviour::Declined, "declined");
        }
        record
    };
    let both = |(i, (candidate, reference))| [one(SMALL, i, candidate), one(LARGE, i, reference)];
    pairs.enumerate().flat_map(both).collect()
}

/// The same on two tasks.
pub(super) fn two_tasks(first: [usize; 4], second: [usize; 4]) -> Run {
    let mut run = run(first);
    let other = eval_core::TaskInfo { name: "tone".into(), ..run.manifest.tasks[0].clone() };
    run.manifest.tasks.push(other);
    run.records.extend(records(second).into_iter().map(|record| Record { task: "tone".into(), ..record }));
    resize(&mut run);
    run
}

/// Sets the manifest's numbers of cases by the candidate's records.
pub(super) fn resize(run: &mut Run) {
    for task in &mut run.manifest.tasks {
        let is_case = |r: &&Record| r.model == SMALL && r.task == task.name && r.repeat == 0;
        task.cases = run.records.iter().filter(is_case).count();
        task.cases_in_suite = task.cases;
    }
}

/// The number of a record's case.
pub(super) fn case(record: &Record) -> usize {
    record.case.trim_start_matches("t-").parse().unwrap()
}

/// The records of one model, by case number.
pub(super) fn of<'a>(run: &'a mut Run, model: &'a str) -> impl Iterator<Item = &'a mut Record> {
    run.records.iter_mut().filter(move |record| record.model == model)
}

/// Each case asked a second time, with the same result.
pub(super) fn ask_again(run: &mut Run) {
    run.manifest.repeats = 2;
    let again: Vec<Record> = run.records.iter().map(|r| Record { repeat: 1, ..r.clone() }).collect();
    run.records.extend(again);
}
