//! What the answers did, the models side by side.

use crate::{
    Breakdown, ModelRow,
    breakdown::Fate,
    format::{count, counted, percent},
};
use serde::Serialize;

/// Where an answer is wanted, and where declining is right.
#[derive(Serialize)]
pub(super) struct Outcomes {
    key: Vec<Kind>,
    groups: Vec<OutcomeGroup>,
    finding: String,
}

#[derive(Serialize)]
struct Kind {
    class: &'static str,
    label: &'static str,
}

#[derive(Serialize)]
struct OutcomeGroup {
    title: &'static str,
    bars: Vec<Stack>,
    rows: Vec<OutcomeRow>,
}

/// A stacked bar: one model's answers.
#[derive(Serialize)]
pub(super) struct Stack {
    model: String,
    total: String,
    segments: Vec<Segment>,
}

#[derive(Serialize)]
struct Segment {
    class: &'static str,
    /// Start and width in percent of the bar.
    start: f64,
    width: f64,
}

impl Stack {
    /// From the share of each part, one after the other.
    pub fn new(model: &str, total: u64, parts: impl IntoIterator<Item = (&'static str, f64)>) -> Self {
        let mut start = 0.0;
        let segment = |(class, share): (&'static str, f64)| {
            let segment = Segment { class, start, width: share * 100.0 };
            start += segment.width;
            segment
        };
        let segments = parts.into_iter().map(segment).filter(|segment| segment.width > 0.0).collect();
        Self { model: model.into(), total: count(total), segments }
    }
}

#[derive(Serialize)]
struct OutcomeRow {
    kind: Kind,
    /// Of each model the count, and its share.
    cells: Vec<[String; 2]>,
}

pub(super) fn outcomes(rows: &[ModelRow]) -> Outcomes {
    let happened = |fate: &Fate| rows.iter().any(|row| row.breakdown.count(*fate) > 0);
    type Part = fn(&ModelRow) -> &Breakdown;
    let parts: [(&'static str, Part); 2] =
        [("An answer is wanted", |row| &row.wants_answer), ("Declining is right", |row| &row.wants_refusal)];
    let group = |(title, of): (&'static str, Part)| {
        let any = rows.iter().any(|row| of(row).records > 0);
        any.then(|| OutcomeGroup {
            title,
            bars: rows.iter().map(|row| stack(&row.model, of(row))).collect(),
            rows: table(&rows.iter().map(of).collect::<Vec<_>>()),
        })
    };
    Outcomes {
        key: Fate::ALL.into_iter().filter(happened).map(kind).collect(),
        groups: parts.into_iter().filter_map(group).collect(),
        finding: rows.iter().map(words).collect::<Vec<_>>().join(". "),
    }
}

fn kind(fate: Fate) -> Kind {
    Kind { class: fate.as_str(), label: fate.label() }
}

fn share(part: u64, counts: &Breakdown) -> Option<f64> {
    (counts.records > 0).then(|| part as f64 / counts.records as f64)
}

/// Such as `small is confidently wrong in 3.0% of 404 requests, declines wrongly in 1.0% and never breaks`.
fn words(row: &ModelRow) -> String {
    let counts = &row.breakdown;
    let of = |part: u64| percent(share(part, counts));
    let wrong = match counts.wrong_answers + counts.answered_should_decline {
        0 => "never confidently wrong".into(),
        some => format!("confidently wrong in {} of {}", of(some), counted(counts.records, "request")),
    };
    let often =
        |verb: &str, part: u64| if part == 0 { format!("never {verb}") } else { format!("{verb} in {}", of(part)) };
    let declines = often("declines wrongly", counts.over_refusals + counts.flawed_refusals);
    format!("{} is {wrong}, {declines} and {}", row.model, often("breaks", counts.broken_answers))
}

fn stack(model: &str, counts: &Breakdown) -> Stack {
    let part = |fate: Fate| (fate.as_str(), share(counts.count(fate), counts).unwrap_or(0.0));
    Stack::new(model, counts.records, Fate::ALL.map(part))
}

fn table(models: &[&Breakdown]) -> Vec<OutcomeRow> {
    let happened = |fate: &Fate| models.iter().any(|counts| counts.count(*fate) > 0);
    let cell = |counts: &Breakdown, fate: Fate| {
        let n = counts.count(fate);
        [count(n), percent(share(n, counts))]
    };
    let row =
        |fate: Fate| OutcomeRow { kind: kind(fate), cells: models.iter().map(|counts| cell(counts, fate)).collect() };
    Fate::ALL.into_iter().filter(happened).map(row).collect()
}
