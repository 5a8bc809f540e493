//! Classification: the response is one label of a set.

mod label;

use crate::{MetricError, compile::CompiledKind, spec, text::cut};
use eval_core::{Aggregate, Behaviour, Case, Direction, Expected, Grade, Grader, MetricSpec, Response, Score, Task};
use label::{LabelSet, Reading};
use serde_json::Value;

struct Classification {
    labels: LabelSet,
    abstain: Option<String>,
}

pub(crate) fn compile(task: &Task) -> Result<CompiledKind, MetricError> {
    let grader = Classification { labels: LabelSet::new(&task.labels)?, abstain: task.abstain.clone() };
    Ok((Box::new(grader), specs(task.abstain.is_some())))
}

pub(crate) fn specs(with_abstain: bool) -> Vec<MetricSpec> {
    use Direction::{Higher, Lower, Neutral};
    let mut specs = vec![
        spec::accuracy("Share of cases with the right label."),
        spec::spec(
            "macro_f1",
            Higher,
            Aggregate::MacroF1,
            "F1 of each label, averaged with equal weight, so that rare labels count as much as common ones.",
        ),
        spec::share("outside_labels", Lower, "Share of answers that are no label of the set."),
        spec::share("read_normalised", Neutral, "Share of answers that are a label only after normalisation."),
    ];
    if with_abstain {
        specs.extend([
            spec::share("abstain_recall", Higher, "Of the cases that cannot be told, the share that was declined."),
            spec::share("over_abstention", Lower, "Of the cases that can be told, the share that was declined."),
        ]);
    }
    specs
}

impl Classification {
    fn scores(&self, case: &Case, reading: &Reading<'_>, declined: bool) -> Vec<(&'static str, Score)> {
        let mut scores = vec![
            ("outside_labels", Score::from_bool(matches!(reading, Reading::Outside))),
            ("read_normalised", Score::from_bool(matches!(reading, Reading::Normalised(_)))),
        ];
        if self.abstain.is_some() {
            let name = if case.should_decline { "abstain_recall" } else { "over_abstention" };
            scores.push((name, Score::from_bool(declined)));
        }
        scores
    }
}

impl Grader for Classification {
    fn grade(&self, case: &Case, response: &Response) -> Grade {
        let reading = if response.tool_calls.is_empty() { self.labels.read(&response.text) } else { Reading::None };
        let label = reading.label();
        let declined = label.is_some() && label == self.abstain.as_deref();
        let behaviour = match label {
            None => Behaviour::Broken,
            Some(_) if declined => Behaviour::Declined,
            Some(_) => Behaviour::Answered,
        };
        let correct = match &case.expected {
            Expected::Label(expected) => Score::from_bool(label == Some(expected)),
            _ => Score::Failed(format!("case `{}` expects no label", case.id)),
        };
        let note = match (&case.expected, label) {
            (Expected::Label(expected), Some(label)) if *label != **expected => {
                Some(format!("expected `{expected}`, got `{label}`"))
            }
            (_, None) if !response.tool_calls.is_empty() => Some("a tool call where a label is asked for".into()),
            (_, None) if matches!(reading, Reading::None) => Some("an empty answer".into()),
            (_, None) => Some(format!("no label of the set: `{}`", cut(&response.text))),
            _ => None,
        };
        Grade {
            behaviour,
            correct,
            answer: label.map_or(Value::Null, Value::from),
            reading: reading.as_str(),
            scores: self.scores(case, &reading, declined),
            note,
        }
    }
}

#[cfg(test)]
mod tests;
