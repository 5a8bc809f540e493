//! `suite.toml` as text.

use crate::import::TaskSpec;
use eval_core::TaskKind;

/// The beginning of a new file.
pub(super) fn head(name: &str, description: &str) -> String {
    format!(
        "\
# Written by `eval import`; import.jsonl tells what was read and what was skipped. It is yours to change.

name = {}
description = {}
data_policy = \"any\"      # \"local-only\" makes every model that leaves this machine an error

[decision]
margin = 0.05            # how many points worse the candidate may be: 0.05 is five
alpha = 0.05             # the chance of a wrong \"good enough\"
max_error_rate = 0.02    # above this share of failed calls there is no verdict
",
        quoted(name),
        quoted(description)
    )
}

/// What a task needs beside what its source says of it.
pub(super) struct Learnt<'a> {
    pub(super) labels: &'a [String],
    pub(super) rules: &'a [(String, String)],
    /// The longest expected answer, in characters.
    pub(super) longest: usize,
}

/// A `[[task]]`.
pub(super) fn task(spec: &TaskSpec, learnt: &Learnt<'_>) -> String {
    let mut text = String::new();
    let mut line = |words: &str| {
        text.push_str(words);
        text.push('\n');
    };
    line("");
    spec.comments.iter().for_each(|comment| line(&format!("# {}", one_line(comment))));
    line("[[task]]");
    line(&format!("name = {}", quoted(&spec.name)));
    line(&format!("kind = \"{}\"", spec.kind));
    match spec.kind {
        TaskKind::Classification => {
            line("labels = [");
            learnt.labels.iter().for_each(|label| line(&format!("    {},", quoted(label))));
            line("]");
            match &spec.abstain {
                Some(label) => line(&format!("abstain = {}", quoted(label))),
                None => line("# abstain = \"undetermined\"    # the label for what the input does not tell"),
            }
        }
        TaskKind::Extraction => line(&format!("schema = {}", quoted(&format!("{}.schema.json", spec.name)))),
        TaskKind::Tools if spec.tools.is_some() => {
            line(&format!("tools = {}", quoted(&format!("{}.tools.json", spec.name))));
        }
        _ => {}
    }
    let has = |key: &str| spec.settings.iter().any(|(given, _)| given == key);
    if let Some(limit) = output_tokens(spec.kind, learnt.longest).filter(|_| !has("max_output_tokens")) {
        line(&format!(
            "max_output_tokens = {limit}    # the longest expected answer has {} characters",
            learnt.longest
        ));
    }
    spec.settings.iter().for_each(|(key, value)| line(&format!("{key} = {value}")));
    if !has("bars") {
        line("# bars = { accuracy = { min = 0.85 } }    # the least at which a model is of use");
    }
    if !learnt.rules.is_empty() {
        line("");
        line("[task.fields]    # how values are compared; without a rule: exactly");
        learnt.rules.iter().for_each(|(pointer, rule)| line(&format!("{} = {rule}", quoted(pointer))));
    }
    text
}

/// Room for the longest expected answer, where the default of its kind has too little: a token is three characters or
/// more of most texts.
fn output_tokens(kind: TaskKind, longest: usize) -> Option<usize> {
    let (default, around) = match kind {
        TaskKind::Classification => (16, 4),
        TaskKind::Extraction => (400, 50),
        TaskKind::Rag => (200, 50),
        TaskKind::Tools => return None,
    };
    let wanted = (longest / 3 + around).next_multiple_of(8).min(4_096);
    (wanted > default).then_some(wanted)
}

/// A TOML string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
