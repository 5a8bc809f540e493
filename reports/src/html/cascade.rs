//! What a cascade would do: quality against cost, and the table beside it.

use super::{
    axis::Axis,
    page::{Mark, mark},
};
use crate::{
    Cascade, CascadePoint, CascadeRule, Comparison, PairedInterval, Run, Summary, Verdict,
    cascade::{finding, notes},
    format::{
        UNKNOWN, duration, limit, percent, percent_interval, points, points_interval, size_in_points, usd, usd_short,
    },
};
use serde::Serialize;

/// A candidate and a reference of a task, one after the other.
#[derive(Serialize)]
pub(super) struct CascadeView {
    candidate: String,
    reference: String,
    finding: String,
    notes: Vec<String>,
    /// Of each interval.
    level: String,
    chart: Chart,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Chart {
    x: Axis,
    y: Axis,
    /// What is along the axis.
    along: &'static str,
    zero: f64,
    margin: f64,
    margin_words: String,
    dots: Vec<Dot>,
}

#[derive(Serialize)]
struct Dot {
    /// `alone`, `reference` or `step`.
    kind: &'static str,
    is_chosen: bool,
    is_good: bool,
    x: f64,
    y: f64,
    /// The ends of its interval, from the top.
    whisker: Option<[f64; 2]>,
}

#[derive(Serialize)]
struct Row {
    is_chosen: bool,
    rule: String,
    goes_on: String,
    right: [String; 2],
    difference: [String; 2],
    wrong: [String; 2],
    cost: String,
    per_right: String,
    latency: [String; 2],
    mark: Option<Mark>,
}

/// Of each task, its comparisons that have cases.
pub(super) fn cascade_views(run: &Run, summary: &Summary) -> Vec<Vec<CascadeView>> {
    summary.tasks.iter().map(|task| task.comparisons.iter().filter_map(|row| view(run, row)).collect()).collect()
}

fn view(run: &Run, row: &Comparison) -> Option<CascadeView> {
    let cascade = row.cascade.as_ref()?;
    let candidate = run.manifest.models.iter().find(|model| model.name == row.candidate);
    let is_hosted = candidate.is_some_and(|model| run.terms_of(model).hosting.is_some());
    let chosen = cascade.proposed();
    Some(CascadeView {
        candidate: row.candidate.clone(),
        reference: row.reference.clone(),
        finding: finding(row)?,
        notes: notes(cascade, row, is_hosted),
        level: limit(row.level),
        chart: chart(cascade, row.margin),
        rows: cascade.points.iter().map(|point| table_row(point, row, chosen == Some(point))).collect(),
    })
}

fn chart(cascade: &Cascade, margin: f64) -> Chart {
    let points = &cascade.points;
    let costs: Option<Vec<f64>> = points.iter().map(|point| point.cost_per_request_usd).collect();
    let most = costs.as_ref().map(|costs| costs.iter().copied().fold(0.0, f64::max)).filter(|most| *most > 0.0);
    let (x, along): (Axis, _) = match most {
        Some(most) => (Axis::linear(0.0, most, |x| usd_short(Some(x))), "USD a request"),
        None => (Axis::linear(0.0, 1.0, |x| limit(round(x))), "requests that go on to the reference"),
    };
    let across = |point: &CascadePoint| match most {
        Some(_) => x.at(point.cost_per_request_usd.unwrap_or_default()),
        None => x.at(point.goes_on),
    };
    let intervals = points.iter().filter_map(|point| point.difference?.interval);
    let (low, high) = intervals.fold((-margin, 0.0f64), |(low, high), [a, b]| (low.min(a), high.max(b)));
    let y = Axis::linear(low, high, points_label);
    let chosen = cascade.proposed();
    let dots = points.iter().map(|point| {
        let difference = point.difference.and_then(|paired| paired.difference).unwrap_or(0.0);
        Dot {
            kind: match point.rule {
                CascadeRule::CandidateAlone => "alone",
                CascadeRule::ReferenceAlone => "reference",
                CascadeRule::WhereUnusable | CascadeRule::WhereUnsure => "step",
            },
            is_chosen: chosen == Some(point),
            is_good: point.verdict.is_none_or(|verdict| verdict == Verdict::GoodEnough),
            x: across(point),
            y: y.down(difference),
            whisker: point.difference.and_then(|paired| paired.interval).map(|limits| limits.map(|x| y.down(x))),
        }
    });
    let dots = dots.collect();
    let (zero, margin_at) = (y.down(0.0), y.down(-margin));
    Chart { along, zero, margin: margin_at, margin_words: size_in_points(margin), dots, x, y: y.upright() }
}

/// As ticks are labelled: without what rounding leaves.
fn points_label(x: f64) -> String {
    let x = round(x * 100.0);
    if x > 0.0 { format!("+{x}") } else { format!("{x}").replace('-', "−") }
}

fn round(x: f64) -> f64 {
    (x * 1e6).round() / 1e6
}

fn table_row(point: &CascadePoint, row: &Comparison, is_chosen: bool) -> Row {
    let paired = |paired: Option<PairedInterval>| match paired {
        Some(paired) => [points(paired.difference), points_interval(paired.interval)],
        None => [UNKNOWN.into(), String::new()],
    };
    Row {
        is_chosen,
        rule: point.name(&row.candidate, &row.reference),
        goes_on: percent(Some(point.goes_on)),
        right: [percent(Some(point.correct_rate)), percent_interval(Some(point.interval))],
        difference: paired(point.difference),
        wrong: [percent(Some(point.wrong_rate)), paired(point.wrong_answers).join(" ").trim_end().into()],
        cost: usd(point.cost_per_request_usd),
        per_right: usd(point.cost_per_correct_usd),
        latency: [duration(point.latency_ms.mean), duration(point.latency_ms.p95)],
        mark: point.verdict.map(mark),
    }
}
