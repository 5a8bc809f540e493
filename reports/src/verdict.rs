//! One model's verdict on one task against its bars alone.

use crate::{
    BarResult, BarState, JudgedRow, ModelRow, UnscoredRow, Verdict,
    evidence::Evidence,
    flaw::Flaw,
    format::{count, counted, limit, percent, percent_interval},
    metric::Measured,
};
use eval_core::{
    Bar, Manifest, ModelRole, Selection, TaskInfo,
    statistics::{Side, holm},
};
use std::collections::BTreeMap;

/// Below this share of the selected cases a run is incomplete.
pub(crate) const LEAST_COVERAGE: f64 = 0.98;

/// Where the bars of a task stand, each with what is to be said of it.
pub(crate) struct Bars {
    pub state: BarState,
    pub results: Vec<BarResult>,
    pub reasons: Vec<String>,
    pub cases_needed: Option<u64>,
}

/// One-sided error rates.
#[derive(Clone, Copy)]
pub(crate) struct Alpha {
    /// Of the verdict as it was planned.
    pub planned: f64,
    /// What this look at the suite may spend of it.
    pub this_look: f64,
}

/// Decides each bar. All must be met, so "met" is tested at alpha each; one missed is enough for a no, so "missed" is
/// tested with Holm's correction over the task's bars.
pub(crate) fn bars(bars: &BTreeMap<String, Bar>, metrics: &BTreeMap<String, Measured>, alpha: Alpha) -> Bars {
    let sides: Vec<(&String, f64, Side)> = bars
        .iter()
        .flat_map(|(name, bar)| {
            [bar.min.map(|min| (name, min, Side::AtLeast)), bar.max.map(|max| (name, max, Side::AtMost))]
        })
        .flatten()
        .collect();
    let p_fails: Vec<f64> = sides
        .iter()
        .map(|(name, limit, side)| match metrics.get(*name) {
            Some(metric) if metric.undecidable().is_none() => metric.p_fails(*limit, *side),
            _ => 1.0,
        })
        .collect();
    let mut results = Vec::new();
    let mut reasons = Vec::new();
    for ((name, limit, side), p_fails) in sides.into_iter().zip(holm(&p_fails)) {
        let (result, reason) = one(name, limit, side, metrics.get(name), p_fails, alpha);
        results.push(result);
        reasons.push(reason);
    }
    let any = |state| results.iter().any(|result: &BarResult| result.state == state);
    let state = match () {
        () if results.is_empty() => BarState::None,
        () if any(BarState::Missed) => BarState::Missed,
        () if any(BarState::Open) => BarState::Open,
        () => BarState::Met,
    };
    let open: Option<Vec<u64>> =
        results.iter().filter(|result| result.state == BarState::Open).map(|result| result.cases_needed).collect();
    let cases_needed = open.and_then(|open| open.into_iter().max()).filter(|_| state == BarState::Open);
    Bars { state, results, reasons, cases_needed }
}

fn one(name: &str, bar: f64, side: Side, metric: Option<&Measured>, p_fails: f64, alpha: Alpha) -> (BarResult, String) {
    let undecidable = metric.map_or_else(|| Some("it is not a metric of this task".into()), Measured::undecidable);
    let state = match metric {
        Some(metric) if undecidable.is_none() && metric.p_clears(bar, side) <= alpha.this_look => BarState::Met,
        Some(_) if undecidable.is_none() && p_fails <= alpha.this_look => BarState::Missed,
        _ => BarState::Open,
    };
    let open = metric.filter(|_| state == BarState::Open && undecidable.is_none());
    let cases_needed = open.and_then(|metric| metric.cases_needed(bar, side, alpha.planned));
    let value = metric.and_then(|metric| metric.value);
    let level = 1.0 - 2.0 * alpha.this_look;
    let interval = metric.and_then(|metric| metric.interval(level)).map(|i| [i.lower, i.upper]);
    let is_share = metric.is_some_and(Measured::is_share);
    let show = |x: f64| if is_share { limit(x) } else { format!("{x}") };
    let ask = match side {
        Side::AtLeast => format!("at least {}", show(bar)),
        Side::AtMost => format!("at most {}", show(bar)),
    };
    let shown = match (value, is_share) {
        (Some(_), true) => format!(" {} {}", percent(value), percent_interval(interval)),
        (Some(value), false) => format!(" {value:.3}"),
        (None, _) => String::new(),
    };
    let outcome = match (state, undecidable, cases_needed) {
        (BarState::Met, ..) => "met".to_string(),
        (BarState::Missed, ..) => "missed".into(),
        (_, Some(why), _) => format!("open, for {why}"),
        (_, None, Some(needed)) if metric.is_some_and(|metric| needed > metric.asked as u64) => {
            format!("open; at this rate {} would meet it", counted(needed, "case"))
        }
        (_, None, Some(_)) if alpha.this_look < alpha.planned => "open at what this look may spend".into(),
        (_, None, Some(_)) => "open".into(),
        (_, None, None) if metric.is_some_and(|metric| metric.on_wrong_side(bar, side)) => {
            "open; the value itself is not past it, so more cases would rather show it missed".into()
        }
        (_, None, None) => "open; more cases will not decide it soon".into(),
    };
    let (min, max) = if side == Side::AtLeast { (Some(bar), None) } else { (None, Some(bar)) };
    let judge = metric.and_then(|metric| metric.judge.clone());
    let result = BarResult { metric: name.into(), judge, min, max, value, interval, level, state, cases_needed };
    let reason = format!("{}{shown}, asked {ask}: {outcome}.", result.shown());
    (result, reason)
}

/// What makes the evidence of a model on a task unusable.
pub(crate) fn flaws_of(manifest: &Manifest, model: &str, evidence: &Evidence) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let counts = &evidence.all;
    let asked = counts.records - counts.skipped_records;
    let planned = evidence.planned;
    if asked == 0 {
        let reason = "No case was asked: there is no evidence.".to_string();
        flaws.push(Flaw::new(reason, format!("{model} was asked no case"), "run it again".into()));
    } else if (asked as f64) < LEAST_COVERAGE * planned as f64 {
        let words = if evidence.repeats > 1 { "answers" } else { "cases" };
        let mend = format!("go on with --resume {}", evidence.run);
        let reason = format!(
            "The run is incomplete: {} of {} {words} are recorded. Go on with --resume {}.",
            count(asked),
            count(planned),
            evidence.run
        );
        flaws.push(Flaw::new(reason, format!("the run of {model} is incomplete"), mend));
    }
    let rate = if asked > 0 { counts.failed_calls as f64 / asked as f64 } else { 0.0 };
    let most = manifest.suite.decision.max_error_rate;
    if rate > most {
        let kinds: Vec<String> = evidence.errors.iter().map(|(kind, n)| format!("{kind} {n}")).collect();
        let reason = format!(
            "{} of {} calls failed ({}), above the {} that the suite allows: {}.",
            count(counts.failed_calls),
            count(asked),
            percent(Some(rate)),
            limit(most),
            if kinds.is_empty() { "no kind is recorded".into() } else { kinds.join(", ") }
        );
        flaws.push(Flaw::new(reason, format!("too many calls of {model} failed"), "mend that and run it again".into()));
    }
    flaws
}

/// What must be read beside a verdict, whatever it is.
pub(crate) fn remarks(task: &TaskInfo, row: &ModelRow, evidence: &Evidence) -> Vec<String> {
    let mut remarks = Vec::new();
    let best = task.trivial.iter().filter(|(_, share)| share.is_finite()).max_by(|a, b| a.1.total_cmp(b.1));
    if let (Some((strategy, share)), Some(rate)) = (best, row.correct_rate)
        && rate <= *share
    {
        remarks.push(format!(
            "The trivial strategy “{strategy}” is right in {}: the model, with {}, does not beat it.",
            percent(Some(*share)),
            percent(Some(rate))
        ));
    }
    if let Some(production) = row.in_production {
        remarks.push(format!(
            "In production {} of the inputs cannot be answered, in the suite {}: weighted so, {} are right. The verdict \
             rests on the suite as it is.",
            limit(production.prevalence),
            percent(Some(production.in_suite)),
            percent(Some(production.correct_rate))
        ));
    }
    if let Some(over) = row.over_repeats {
        remarks.push(format!(
            "Asked {} times: {} of the cases are right at least once, {} every time.",
            over.k,
            percent(Some(over.any)),
            percent(Some(over.all))
        ));
    }
    remarks.extend(row.judged.iter().map(JudgedRow::words));
    remarks.extend(row.unscored.iter().map(UnscoredRow::words));
    let missing = evidence.planned.saturating_sub(evidence.all.records);
    if missing > 0 {
        remarks.push(format!(
            "{} of {} answers have no record: no rate counts them.",
            count(missing),
            count(evidence.planned)
        ));
    }
    if evidence.all.failed_scores > 0 {
        remarks.push(format!(
            "{} could not be scored: counted as wrong in the rate, and as wrong and as right in the limits.",
            counted(evidence.all.failed_scores, "answer")
        ));
    }
    if row.length_cut > 0 {
        remarks.push(format!(
            "{} ended at the limit of {} output tokens.",
            counted(row.length_cut, "answer"),
            task.max_output_tokens
        ));
    }
    remarks
}

/// Says that only a part of the suite was asked for.
pub(crate) fn part(manifest: &Manifest) -> Option<String> {
    let words = selection_words(&manifest.selection)?;
    let sum = |cases: fn(&TaskInfo) -> usize| count(manifest.tasks.iter().map(cases).sum::<usize>() as u64);
    let (some, all) = (sum(|task| task.cases), sum(|task| task.cases_in_suite));
    Some(format!("On a part of the suite ({words}): {some} of the {all} cases of its tasks."))
}

/// The selection as it was given, such as `--sample 20`; `None` for the whole suite.
pub(crate) fn selection_words(selection: &Selection) -> Option<String> {
    let tasks = selection.tasks.iter().map(|task| format!("--task {task}"));
    let tags = selection.tags.iter().map(|tag| format!("--tag {tag}"));
    let limit = selection.limit.map(|n| format!("--limit {n}"));
    let sample = selection.sample.map(|n| format!("--sample {n}"));
    let part = selection.part.map(|part| format!("--part {}", part.as_str()));
    let words: Vec<String> = tasks.chain(tags).chain(limit).chain(sample).chain(part).collect();
    selection.is_partial().then(|| words.join(" "))
}

/// The verdict against the bars, with its reasons in front of the remarks.
pub(crate) fn against_bars(
    manifest: &Manifest,
    invalid: Vec<String>,
    bars: &Bars,
    remarks: Vec<String>,
) -> (Verdict, Vec<String>) {
    let verdict = match (invalid.is_empty(), bars.state) {
        (false, _) => Verdict::Invalid,
        (true, BarState::Met) => Verdict::GoodEnough,
        (true, BarState::Missed) => Verdict::NotGoodEnough,
        (true, BarState::Open | BarState::None) => Verdict::NeedMoreData,
    };
    let compared = manifest.models.iter().any(|model| model.role == ModelRole::Reference);
    let no_bar = if compared { NO_BAR_BUT_REFERENCE } else { NO_BAR };
    let none = (bars.state == BarState::None).then(|| no_bar.to_string());
    (verdict, invalid.into_iter().chain(bars.reasons.clone()).chain(none).chain(remarks).collect())
}

const NO_BAR: &str = "The task has no bar: without a reference there is nothing to decide against.";
const NO_BAR_BUT_REFERENCE: &str = "The task has no bar: only the comparison with the reference decides.";
