//! A suite of classification tasks, and two recordings whose answers make a table that is known.

use super::Sandbox;
use serde_json::{Value, json};
use std::fmt::Write;

/// Each label is right for a quarter of the cases, so that no trivial strategy gets far.
const LABELS: [&str; 4] = ["billing", "delivery", "returns", "other"];

/// A task by its table. Its cases are in the order of the table's cells.
pub struct Task {
    pub name: &'static str,
    /// Both right, only the candidate, only the reference, neither.
    pub table: [usize; 4],
    /// What is not right is declined; else it is a confident wrong answer.
    pub declines: bool,
    /// Such as `accuracy = { min = 0.8 }`.
    pub bars: &'static str,
    /// Further keys of a case, by its number and cell.
    pub case: fn(usize, usize) -> Value,
}

/// Declined where it is not right, and without bar, tag and cluster.
pub fn task(name: &'static str, table: [usize; 4]) -> Task {
    Task { name, table, declines: true, bars: "", case: |_, _| json!({}) }
}

impl Task {
    /// The cell of each case.
    fn cells(&self) -> impl Iterator<Item = usize> {
        self.table.into_iter().enumerate().flat_map(|(cell, n)| std::iter::repeat_n(cell, n))
    }

    /// A recording: right in two of the cells.
    fn answers(&self, right_in: [usize; 2]) -> String {
        let mut lines = String::new();
        for (n, cell) in self.cells().enumerate() {
            let right = right_in.contains(&cell);
            let answer = match right {
                true => LABELS[n % 4],
                false if self.declines => "undetermined",
                false => LABELS[(n + 1) % 4],
            };
            let usage = json!({"input_tokens": 100, "cached_input_tokens": 0, "output_tokens": 2});
            let line = json!({"task": self.name, "case": id(n), "text": answer, "usage": usage});
            writeln!(lines, "{line}").unwrap();
        }
        lines
    }
}

/// The id of a task's case.
pub fn id(n: usize) -> String {
    format!("c-{n:04}")
}

/// Writes the suite to `paired`, what the candidate says to `ours.jsonl` and what the reference says to `theirs.jsonl`.
pub fn write(sandbox: &Sandbox, tasks: &[Task]) {
    let mut suite = String::from("name = \"paired\"\ndescription = \"Two models on the same cases.\"\n");
    let (mut ours, mut theirs) = (String::new(), String::new());
    for task in tasks {
        let name = task.name;
        writeln!(suite, "\n[[task]]\nname = \"{name}\"\nkind = \"classification\"").unwrap();
        writeln!(suite, "labels = {LABELS:?}\nabstain = \"undetermined\"\nbars = {{ {} }}", task.bars).unwrap();
        sandbox.write(&format!("paired/{name}.jinja"), "One of: {{ labels | join(', ') }}.\n{{ input }}\n");
        let mut cases = String::new();
        for (n, cell) in task.cells().enumerate() {
            let input = format!("the mail {n} of {name}");
            let mut case = json!({"id": id(n), "input": input, "expected": LABELS[n % 4]});
            let more = (task.case)(n, cell);
            case.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            writeln!(cases, "{case}").unwrap();
        }
        sandbox.write(&format!("paired/{name}.jsonl"), cases);
        ours.push_str(&task.answers([0, 1]));
        theirs.push_str(&task.answers([0, 2]));
    }
    sandbox.write("paired/suite.toml", suite).write("ours.jsonl", ours).write("theirs.jsonl", theirs);
}

/// A folder with the suite and the two recordings.
pub fn sandbox(tasks: &[Task]) -> Sandbox {
    let sandbox = Sandbox::new();
    write(&sandbox, tasks);
    sandbox
}

/// Both recordings, run apart: the candidate's into `ours`, the reference's into `theirs`, where [`OURS`] and [`THEIRS`]
/// find them.
pub fn apart(tasks: &[Task]) -> Sandbox {
    let sandbox = sandbox(tasks);
    run_ours(&sandbox);
    run_theirs(&sandbox);
    sandbox
}

pub fn run_ours(sandbox: &Sandbox) {
    run(sandbox, "--candidate small=replay:ours.jsonl", "ours");
}

pub fn run_theirs(sandbox: &Sandbox) {
    run(sandbox, "--candidate large=replay:theirs.jsonl", "theirs");
}

/// Runs the suite into a folder of its own, `NAME/run`, so that no id depends on the time.
pub fn run(sandbox: &Sandbox, words: &str, name: &str) {
    let out = sandbox.path().join(name);
    let _ = std::fs::remove_dir_all(&out);
    let outcome = sandbox.eval(&format!("run --suite ./paired --quiet --out {name} {words}"));
    assert!(matches!(outcome.code, Some(0 | 12)), "{words}\n{}\n{}", outcome.stdout, outcome.stderr);
    let mut folders = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    std::fs::rename(folders.next().unwrap(), out.join("run")).unwrap();
}

/// The candidate's run of [`apart`].
pub const OURS: &str = "ours/run";
/// The reference's run of [`apart`].
pub const THEIRS: &str = "theirs/run";

/// A task for each verdict.
pub fn four_verdicts() -> [Task; 4] {
    [
        task("good", [180, 6, 6, 8]),
        task("worse", [150, 2, 40, 8]),
        task("open", [50, 3, 4, 3]),
        // The reference is right no more often than by always giving one label.
        task("blind", [10, 3, 3, 44]),
    ]
}

/// Two hundred cases that tell no difference.
pub fn equal() -> Task {
    task("mail", [180, 6, 6, 8])
}

/// Lost 5 and won none: nothing that a test of 150 cases is sure of.
pub fn hint_of_a_loss() -> Task {
    task("mail", [130, 0, 5, 15])
}

/// As [`apart`], and the reference is the baseline `large.json` as well.
pub fn with_baseline(tasks: &[Task]) -> Sandbox {
    let sandbox = apart(tasks);
    sandbox.eval_to(0, &format!("baseline save {THEIRS} large.json"));
    sandbox
}

/// What a gate says at the end, on one line.
pub fn gate(sandbox: &Sandbox, code: i32, words: &str) -> String {
    let outcome = sandbox.eval_to(code, &format!("gate {words}"));
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    let begin = lines.iter().rposition(|line| line.contains(" gate ")).unwrap();
    lines[begin..].join(" ")
}

/// What `eval compare` says, as JSON.
pub fn compare(sandbox: &Sandbox, code: i32, words: &str) -> Value {
    let outcome = sandbox.eval_to(code, &format!("compare {words} --format json"));
    serde_json::from_str(&outcome.stdout).unwrap()
}

/// The rows of a comparison, by task.
pub fn rows(comparison: &Value) -> Vec<&Value> {
    comparison["tasks"].as_array().unwrap().iter().map(|task| &task["comparisons"][0]).collect()
}

/// Its verdicts, by task.
pub fn verdicts(comparison: &Value) -> Vec<&str> {
    rows(comparison).into_iter().map(|row| row["verdict"].as_str().unwrap()).collect()
}
