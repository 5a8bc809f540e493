//! The names that columns usually have.

pub(super) const EXPECTED: &[&str] = &[
    "expected",
    "expected_output",
    "expected_json",
    "gold",
    "gold_label",
    "ground_truth",
    "label_text",
    "label_name",
    "label",
    "labels",
    "intent",
    "category",
    "class",
    "sentiment",
    "topic",
    "target",
    "answers",
    "answer",
    "reference_answer",
    "ideal",
    "output",
    "completion",
    "response",
    "reference",
];

/// Those among them whose values are labels, however many there are.
pub(super) const LABELS: &[&str] =
    &["gold_label", "label_text", "label_name", "label", "intent", "category", "class", "sentiment", "topic"];

pub(super) const INPUT: &[&str] = &[
    "input",
    "text",
    "question",
    "query",
    "utterance",
    "prompt",
    "message",
    "messages",
    "sentence",
    "content",
    "body",
    "document",
    "review",
    "tweet",
    "comment",
    "email",
    "ticket",
    "description",
    "instruction",
    "title",
    "subject",
];

/// Columns that are an input together.
pub(super) const PAIRS: &[[&str; 2]] = &[
    ["premise", "hypothesis"],
    ["sentence1", "sentence2"],
    ["question1", "question2"],
    ["subject", "body"],
    ["instruction", "input"],
];

pub(super) const CONTEXT: &[&str] = &[
    "context",
    "contexts",
    "passages",
    "passage",
    "retrieved_contexts",
    "retrieved_context",
    "documents",
    "paragraph",
];

pub(super) const ID: &[&str] = &["id", "case_id", "uid", "uuid", "guid", "qid", "question_id", "_id"];

pub(super) const TAGS: &[&str] = &["tags"];

pub(super) const CLUSTER: &[&str] = &["cluster", "cluster_id"];

pub(super) const TOOLS: &[&str] = &["tools", "functions"];

/// Whether there is an answer, and what says that there is one.
pub(super) const ANSWERABLE: &[(&str, bool)] =
    &[("answerable", true), ("is_answerable", true), ("is_impossible", false), ("unanswerable", false)];

/// The column of a usual name, whatever its case and whether it has blanks, points or underscores.
pub(super) fn find<'a>(columns: &'a [String], name: &str) -> Option<&'a str> {
    let plain = |text: &str| text.trim().to_lowercase().replace([' ', '-'], "_");
    columns.iter().find(|column| plain(column) == name).map(String::as_str)
}

/// The first of the usual names that there is a column of.
pub(super) fn first<'a>(columns: &'a [String], names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| find(columns, name))
}
