//! What CI does with a verdict.

mod github;
mod markdown;

use crate::{Comparison, Details, ReportError, Summary, Verdict, VerdictRow, format::points};
use eval_core::{Manifest, ModelRole};
use serde::Serialize;

pub use github::annotations;
pub use markdown::gate_markdown;

/// What a gate asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// The verdict is `good_enough`: not worse by the margin.
    NonInferior,
    /// That, and no alarm that the candidate is worse at all.
    NoRegression,
}

/// What a gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateOutcome {
    /// The swap may go on.
    Passed,
    /// It may not.
    Failed,
    /// The cases do not decide.
    Undecided,
    /// The evidence cannot be used.
    Invalid,
}

/// A gate with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gate {
    /// What was asked for.
    pub policy: Policy,
    /// What it says.
    pub outcome: GateOutcome,
    /// Why, in sentences.
    pub reasons: Vec<String>,
}

impl GateOutcome {
    /// The exit code of the process.
    pub fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 10,
            Self::Undecided => 11,
            Self::Invalid => 12,
        }
    }

    /// For a reader.
    pub fn words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Undecided => "undecided",
            Self::Invalid => "invalid",
        }
    }

    /// A sign that tells outcomes apart without colour.
    pub(crate) fn sign(self) -> &'static str {
        self.verdict().sign()
    }

    pub(crate) fn verdict(self) -> Verdict {
        match self {
            Self::Passed => Verdict::GoodEnough,
            Self::Failed => Verdict::NotGoodEnough,
            Self::Undecided => Verdict::NeedMoreData,
            Self::Invalid => Verdict::Invalid,
        }
    }
}

impl Gate {
    /// The last line that a person reads.
    pub fn words(&self) -> String {
        let policy = match self.policy {
            Policy::NonInferior => "non-inferior",
            Policy::NoRegression => "no-regression",
        };
        format!("{} gate {} (policy {policy})", self.outcome.sign(), self.outcome.words())
    }
}

/// Decides on the one candidate of a summary. A part of a suite cannot pass; neither can what no case was paired for.
pub fn gate(manifest: &Manifest, summary: &Summary, policy: Policy) -> Result<Gate, ReportError> {
    let count = |role| manifest.models.iter().filter(|model| model.role == role).count();
    let [row] = summary.verdicts.as_slice() else {
        let (what, models) = match count(ModelRole::Candidate) {
            1 => ("reference", count(ModelRole::Reference)),
            models => ("candidate", models),
        };
        return Err(ReportError::NotComparable {
            message: format!("a gate takes one {what}, and there are {models}"),
            help: "name it as RUN#MODEL".into(),
        });
    };
    let alarms = alarms(summary, row, manifest.suite.decision.alpha, policy);
    let part = part(manifest);
    let outcome = match row.verdict {
        Verdict::Invalid => GateOutcome::Invalid,
        Verdict::NotGoodEnough => GateOutcome::Failed,
        _ if !alarms.is_empty() => GateOutcome::Failed,
        // A part is no evidence on the suite, whatever it says.
        _ if part.is_some() => GateOutcome::Invalid,
        Verdict::NeedMoreData => GateOutcome::Undecided,
        Verdict::GoodEnough => GateOutcome::Passed,
    };
    let reasons = part.into_iter().chain(alarms).chain(row.reasons.clone()).collect();
    Ok(Gate { policy, outcome, reasons })
}

/// Why a part of a suite cannot gate; whole tasks can.
fn part(manifest: &Manifest) -> Option<String> {
    let selection = &manifest.selection;
    let is_part = selection.limit.is_some() || selection.sample.is_some() || !selection.tags.is_empty();
    is_part.then(|| "A part of a suite (--limit, --sample, --tag) cannot pass a gate: run it whole.".into())
}

/// The tasks on which the candidate gets surely fewer cases right than the reference.
fn alarms(summary: &Summary, verdict: &VerdictRow, alpha: f64, policy: Policy) -> Vec<String> {
    if policy == Policy::NonInferior {
        return Vec::new();
    }
    let is_alarm =
        |row: &&Comparison| row.candidate == verdict.candidate && row.p_regression.is_some_and(|p| p <= alpha);
    summary
        .tasks
        .iter()
        .flat_map(|task| task.comparisons.iter().filter(is_alarm).map(move |row| (task, row)))
        .map(|(task, row)| {
            format!(
                "{}: a regression: {} against {}, p {:.4} where the alarm is at {alpha}.",
                task.task,
                points(row.difference),
                row.reference,
                row.p_regression.unwrap_or_default()
            )
        })
        .collect()
}

/// A comparison as JSON: the summary's keys, `details` beside them, and `gate` where there was one.
pub fn comparison_json(summary: &Summary, details: &[Details], gate: Option<&Gate>) -> String {
    #[derive(Serialize)]
    struct Whole<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        gate: Option<&'a Gate>,
        #[serde(flatten)]
        summary: &'a Summary,
        details: &'a [Details],
    }
    // Maps with text keys and finite or null numbers: serde_json writes every such value.
    serde_json::to_string_pretty(&Whole { gate, summary, details }).map(|text| text + "\n").unwrap_or_default()
}
