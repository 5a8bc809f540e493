//! What CI does with a verdict.

mod github;
mod markdown;

use crate::{
    BarState, Breakdown, Comparison, Details, ReportError, Summary, TaskSummary, Verdict, VerdictRow,
    format::{counted, list, p_value, points, size_in_points},
    terminal::{
        Style,
        layout::{Ink, Sheet},
    },
    visible::visible_line,
};
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
    /// Why, in sentences; what is said of the gate alone comes first.
    pub reasons: Vec<String>,
    /// How many of the reasons are said of the gate alone.
    #[serde(skip)]
    pub(crate) own: usize,
    /// What the candidate was held against; `None`: the bars alone.
    pub reference: Option<String>,
    /// How much worse it may be: a share.
    pub margin: f64,
    /// One-sided.
    pub alpha: f64,
    /// The tasks that decided, each with what it says.
    pub deciding: Vec<String>,
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
    /// Such as `✗ gate failed (policy non-inferior, margin 5 points, against gpt-4o-mini)`.
    pub fn words(&self) -> String {
        let by = match (&self.reference, self.policy) {
            (None, _) => "by the suite's bars alone, without a reference".to_string(),
            (Some(reference), Policy::NonInferior) => {
                format!("policy non-inferior, margin {}, against {reference}", size_in_points(self.margin))
            }
            (Some(reference), Policy::NoRegression) => {
                format!("policy no-regression, margin {}, against {reference}", size_in_points(self.margin))
            }
        };
        format!("{} gate {} ({by})", self.outcome.sign(), self.outcome.words())
    }

    /// The last words that a person reads: the outcome, then what decided it.
    pub fn terminal(&self, style: Style) -> String {
        let sheet = Sheet::new(style);
        let words = sheet.paint(&visible_line(&self.words()), Ink::Verdict(self.outcome.verdict()));
        let own = self.reasons[..self.own].iter().map(|reason| visible_line(reason));
        let deciding = self.deciding.iter().map(|task| visible_line(task));
        // Why a pass passes stands in the table above.
        let first = self.reasons.get(self.own).filter(|_| self.own == 0 && self.outcome != GateOutcome::Passed);
        let first = first.map(|reason| visible_line(reason));
        let lines: Vec<String> = own.chain(deciding).chain(first).map(|line| sheet.wrap(&line)).collect();
        [vec![words], lines].concat().join("\n") + "\n"
    }
}

/// Decides on the one candidate of a summary. A part of a suite cannot pass; neither can what no case was paired for.
pub fn gate(manifest: &Manifest, summary: &Summary, policy: Policy) -> Result<Gate, ReportError> {
    let of = |role| {
        let models = manifest.models.iter().filter(move |model| model.role == role);
        models.map(|model| model.name.as_str()).collect::<Vec<_>>()
    };
    let [row] = summary.verdicts.as_slice() else {
        let candidates = of(ModelRole::Candidate);
        let (what, models) =
            if candidates.len() == 1 { ("reference", of(ModelRole::Reference)) } else { ("candidate", candidates) };
        return Err(ReportError::NotComparable {
            message: format!("a gate takes one {what}, and there are {}", models.len()),
            help: format!("name it as RUN#MODEL: {}", models.join(", ")),
        });
    };
    if policy == Policy::NoRegression && row.reference.is_none() {
        return Err(ReportError::NotComparable {
            message: "the policy no-regression needs a model that the candidate could be worse than".into(),
            help: "name a baseline with --baseline".into(),
        });
    }
    let alarms = alarms(summary, row, manifest.suite.decision.alpha, policy);
    let part = part(manifest);
    let nothing = nothing_to_decide_by(summary, row);
    let useless = no_better_than_trivial(manifest, summary, row);
    let missing = missing(summary);
    let outcome = match row.verdict {
        // A part is no evidence on the suite, whatever it says.
        _ if part.is_some() || missing.is_some() => GateOutcome::Invalid,
        Verdict::Invalid => GateOutcome::Invalid,
        Verdict::NotGoodEnough => GateOutcome::Failed,
        _ if !alarms.is_empty() => GateOutcome::Failed,
        Verdict::NeedMoreData if nothing.is_some() => GateOutcome::Invalid,
        Verdict::NeedMoreData => GateOutcome::Undecided,
        Verdict::GoodEnough if useless.is_some() => GateOutcome::Invalid,
        Verdict::GoodEnough => GateOutcome::Passed,
    };
    let mut reasons: Vec<String> =
        part.into_iter().chain(missing).chain(nothing).chain(useless).chain(alarms).collect();
    let own = reasons.len();
    reasons.extend(row.reasons.clone());
    let rules = &manifest.suite.decision;
    Ok(Gate {
        policy,
        outcome,
        reasons,
        own,
        reference: row.reference.clone(),
        margin: rules.margin,
        alpha: rules.alpha,
        deciding: deciding(summary, row),
    })
}

/// What each kind of verdict stands on, the gravest first: `not good enough: topic and booking`.
fn deciding(summary: &Summary, verdict: &VerdictRow) -> Vec<String> {
    let of_task = |task: &TaskSummary| {
        let compared = task.comparisons.iter().find(|row| row.candidate == verdict.candidate).map(|row| row.verdict);
        compared.or(task.models.iter().find(|row| row.model == verdict.candidate).map(|row| row.verdict))
    };
    let kinds = [Verdict::Invalid, Verdict::NotGoodEnough, Verdict::NeedMoreData, Verdict::GoodEnough];
    let tasks = |kind: Verdict| {
        let with = summary.tasks.iter().filter(move |task| of_task(task) == Some(kind));
        with.map(|task| task.task.clone()).collect::<Vec<_>>()
    };
    let found = kinds.into_iter().map(|kind| (kind, tasks(kind))).filter(|(_, tasks)| !tasks.is_empty());
    found.map(|(kind, tasks)| format!("{}: {}", kind.words(), list(&tasks))).collect()
}

/// More cases would not help a task that has neither a reference nor a bar.
fn nothing_to_decide_by(summary: &Summary, verdict: &VerdictRow) -> Option<String> {
    let no_bar = |task: &&TaskSummary| task.models.iter().any(|row| row.bars == BarState::None);
    let tasks: Vec<String> = summary.tasks.iter().filter(no_bar).map(|task| task.task.clone()).collect();
    let verb = if tasks.len() == 1 { "has" } else { "have" };
    (verdict.reference.is_none() && !tasks.is_empty()).then(|| {
        format!(
            "There is nothing to decide by: {} {verb} no bar, and there is no reference. Name one with --baseline.",
            list(&tasks)
        )
    })
}

/// Bars that a model meets which is no better than a trivial strategy say nothing; with a reference the yardstick does.
fn no_better_than_trivial(manifest: &Manifest, summary: &Summary, verdict: &VerdictRow) -> Option<String> {
    let best = |task: &str| {
        let info = manifest.tasks.iter().find(|info| info.name == task)?;
        info.trivial.values().copied().filter(|share| share.is_finite()).max_by(f64::total_cmp)
    };
    let is_useless = |task: &&TaskSummary| {
        let row = task.models.iter().find(|row| row.model == verdict.candidate);
        let rate = row.and_then(|row| row.correct_rate).unwrap_or(0.0);
        rate <= best(&task.task).unwrap_or(0.0)
    };
    let tasks: Vec<String> = summary.tasks.iter().filter(is_useless).map(|task| task.task.clone()).collect();
    (verdict.reference.is_none() && !tasks.is_empty()).then(|| {
        format!(
            "On {} {} is right no more often than a trivial strategy: bars that such a model meets say nothing.",
            list(&tasks),
            verdict.candidate
        )
    })
}

/// The reference's run tells of tasks that are gone.
fn missing(summary: &Summary) -> Option<String> {
    let tasks = &summary.missing_tasks;
    (!tasks.is_empty()).then(|| {
        format!("The suite has lost {}, which the reference was asked: a part of it cannot pass a gate.", list(tasks))
    })
}

/// Why a part of a suite cannot gate; whole tasks can.
fn part(manifest: &Manifest) -> Option<String> {
    let selection = &manifest.selection;
    let is_part = selection.limit.is_some()
        || selection.sample.is_some()
        || selection.part.is_some()
        || !selection.tags.is_empty();
    is_part.then(|| "A part of a suite (--limit, --sample, --tag, --part) cannot pass a gate: run it whole.".into())
}

/// The tasks on which the candidate gets surely fewer cases right than the reference.
fn alarms(summary: &Summary, verdict: &VerdictRow, alpha: f64, policy: Policy) -> Vec<String> {
    if policy == Policy::NonInferior {
        return Vec::new();
    }
    let rows = |task: &'_ TaskSummary| -> Vec<String> {
        let of_candidate = task.comparisons.iter().filter(|row| row.candidate == verdict.candidate);
        of_candidate.flat_map(|row| alarms_of(task, row, alpha)).collect()
    };
    summary.tasks.iter().flat_map(rows).collect()
}

fn alarms_of(task: &TaskSummary, row: &Comparison, alpha: f64) -> Vec<String> {
    let reference = task.models.iter().find(|model| model.model == row.reference);
    // The smaller of two p-values is told: as counted, and with these taken against the candidate.
    let failed = |of: fn(&Breakdown) -> u64, what| {
        reference.map(|model| of(&model.breakdown)).filter(|n| *n > 0).map(|n| counted(n, what))
    };
    let unknown = [failed(|all| all.failed_calls, "failed call"), failed(|all| all.failed_scores, "failed score")];
    let unknown: Vec<String> = unknown.into_iter().flatten().collect();
    let taken = match unknown.as_slice() {
        [] => String::new(),
        some => format!(", as counted or with {} of the reference taken for right answers", list(some)),
    };
    let alarm = |what: &str, difference: Option<f64>, p: Option<f64>, taken: &str| {
        let p = p_value(p.filter(|p| *p <= alpha)?.into());
        let words = format!("{} against {}, p {p} where the alarm is at {alpha}", points(difference), row.reference);
        Some(format!("{}: a regression: {what}{words}{taken}.", task.task))
    };
    let right = alarm("", row.difference, row.p_regression, &taken);
    let wrong = alarm("confident wrong answers ", row.wrong_answers.difference, row.p_more_wrong, "");
    right.into_iter().chain(wrong).collect()
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
