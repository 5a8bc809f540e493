//! Classification: the response is one label of a set.

mod label;
mod named;

use crate::{MetricError, compile::CompiledKind, spec, text::cut};
use eval_core::{Aggregate, Behaviour, Case, Direction, Expected, Grade, Grader, MetricSpec, Response, Score, Task};
use label::{LabelSet, Reading};
use serde_json::Value;
use std::collections::BTreeMap;

struct Classification {
    labels: LabelSet,
    abstain: Option<String>,
}

pub(crate) fn compile(task: &Task) -> Result<CompiledKind, MetricError> {
    let grader = Classification { labels: LabelSet::new(&task.labels, task.strict)?, abstain: task.abstain.clone() };
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
        spec::spec(
            "weighted_f1",
            Higher,
            Aggregate::WeightedF1,
            "F1 of each label, averaged by how often the label is right: common labels count more.",
        ),
        spec::spec(
            "balanced_accuracy",
            Higher,
            Aggregate::BalancedAccuracy,
            "Of the cases of each label the share that was found, averaged with equal weight.",
        ),
        spec::spec(
            "cohen_kappa",
            Higher,
            Aggregate::CohenKappa,
            "Cohen's kappa: agreement beyond what labels given blindly at the same rates would reach; 1 at best, 0 like chance.",
        ),
        spec::spec(
            "mcc",
            Higher,
            Aggregate::Mcc,
            "Matthews' correlation of given and right labels; 1 at best, 0 like chance, -1 at worst.",
        ),
        spec::share("outside_labels", Lower, "Share of answers that name no label of the set, or several."),
        spec::share("read_exact", Higher, "Share of answers that are a label as the set writes it."),
        spec::share("read_normalised", Neutral, "Share of answers that are a label only after normalisation."),
        spec::share(
            "read_named",
            Lower,
            "Share of answers that only name a label, the one of the set, among other words.",
        ),
    ];
    if with_abstain {
        specs.extend([
            spec::share(
                "selective_accuracy",
                Higher,
                "Of the answers that do not decline, the share that is right; one without a label is not.",
            ),
            spec::share("coverage", Neutral, "Share of answers that do not decline."),
            spec::share("abstain_precision", Higher, "Of the answers that decline, the share where that is right."),
            spec::share("abstain_recall", Higher, "Of the cases that cannot be told, the share that was declined."),
            spec::share("over_abstention", Lower, "Of the cases that can be told, the share that was declined."),
        ]);
    }
    specs
}

impl Classification {
    fn scores(&self, case: &Case, reading: &Reading<'_>, right: bool) -> Vec<(&'static str, Score)> {
        let share = Score::from_bool;
        let mut scores = vec![
            ("outside_labels", share(matches!(reading, Reading::Outside))),
            ("read_exact", share(matches!(reading, Reading::Exact(_)))),
            ("read_normalised", share(matches!(reading, Reading::Normalised(_)))),
            ("read_named", share(matches!(reading, Reading::Named(_)))),
        ];
        if self.abstain.is_some() {
            let declined = self.declines(reading);
            scores.push(("coverage", share(!declined)));
            scores.push(match declined {
                true => ("abstain_precision", share(case.should_decline)),
                false => ("selective_accuracy", share(right)),
            });
            let of_case = if case.should_decline { "abstain_recall" } else { "over_abstention" };
            scores.push((of_case, share(declined)));
        }
        scores
    }

    fn declines(&self, reading: &Reading<'_>) -> bool {
        let label = reading.label();
        label.is_some() && label == self.abstain.as_deref()
    }
}

impl Grader for Classification {
    fn grade(&self, case: &Case, response: &Response) -> Grade {
        let reading = if response.tool_calls.is_empty() { self.labels.read(&response.text) } else { Reading::None };
        let label = reading.label();
        let behaviour = match label {
            None => Behaviour::Broken,
            Some(_) if self.declines(&reading) => Behaviour::Declined,
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
            (_, None) => Some(format!("no label of the set, or several: `{}`", cut(&response.text))),
            _ => None,
        };
        let scores = self.scores(case, &reading, correct == Score::Correct);
        Grade {
            behaviour,
            correct,
            answer: label.map_or(Value::Null, Value::from),
            reading: reading.as_str(),
            scores,
            fields: BTreeMap::new(),
            note,
        }
    }
}

#[cfg(test)]
mod tests;
