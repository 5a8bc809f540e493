//! What each model costs a month, by how much is asked.

use super::axis::Axis;
use crate::{
    Run,
    cost::{BreakEvenRow, CostReport, ModelCost, by_volume},
    format::{compact, count, dollars, list, times, usd_short},
};
use eval_core::cost::{Load, MONTH_DAYS, Steps};
use serde::Serialize;

/// Some tasks' cost a month.
#[derive(Serialize)]
pub(super) struct MonthlyView {
    tasks: String,
    peak_factor: f64,
    findings: Vec<String>,
    /// Why some cost is unknown, and what to do.
    unknown: Vec<String>,
    chart: Option<Chart>,
    /// Requests a day, and USD of each model.
    volumes: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
    crossings: Vec<[String; 4]>,
}

#[derive(Serialize)]
struct Chart {
    x: Axis,
    y: Axis,
    lines: Vec<Line>,
    /// Where, and at how many requests a day.
    crossings: Vec<(f64, f64, String)>,
}

#[derive(Serialize)]
struct Line {
    model: String,
    /// From x, y to x, y.
    parts: Vec<[f64; 4]>,
}

/// USD a month by requests a day.
enum Curve {
    Each(f64),
    Steps(Steps),
}

/// Requests a day that a chart goes from and to, where no crossing lies beyond.
const SHOWN: [f64; 2] = [100.0, 1e6];
/// No crossing is looked for beyond.
const MOST: f64 = 1e8;
/// More steps than this are a line to the eye.
const MOST_STEPS: u64 = 60;
/// USD a month that are shown as nothing.
const LEAST_USD: f64 = 0.01;

/// All tasks of the run together, and each by itself where there are several.
#[derive(Serialize)]
pub(super) struct MonthlyViews {
    all: Option<MonthlyView>,
    tasks: Vec<Option<MonthlyView>>,
}

pub(super) fn monthly_views(run: &Run) -> MonthlyViews {
    let names: Vec<String> = run.manifest.tasks.iter().map(|task| task.name.clone()).collect();
    let several = names.len() > 1;
    let tasks = names.iter().map(|task| view(run, vec![task.clone()]).filter(|view| several && view.chart.is_some()));
    MonthlyViews { tasks: tasks.collect(), all: view(run, names.clone()) }
}

fn view(run: &Run, tasks: Vec<String>) -> Option<MonthlyView> {
    // These are tasks of the run, so that it is answered.
    let report = by_volume(run, tasks).ok()?;
    let known: Vec<(&ModelCost, Curve)> =
        report.models.iter().filter_map(|model| Some((model, curve(model, report.peak_factor)?))).collect();
    let unknown = report.models.iter().filter_map(|model| {
        Some(format!("What {} costs is unknown: {}.", model.model, model.unknown_because.as_ref()?))
    });
    let cells = |at: usize| {
        let usd = |model: &ModelCost| dollars(model.at.get(at).and_then(|at| at.cost_per_month_usd));
        report.models.iter().map(usd).collect()
    };
    Some(MonthlyView {
        tasks: list(&report.tasks),
        peak_factor: report.peak_factor,
        findings: findings(&report),
        unknown: unknown.collect(),
        chart: (!known.is_empty()).then(|| chart(&report, &known)),
        volumes: report.models.iter().map(|model| model.model.clone()).collect(),
        rows: report
            .volumes
            .iter()
            .enumerate()
            .map(|(at, volume)| (count(volume.requests_per_day as u64), cells(at)))
            .collect(),
        crossings: report.break_even.iter().filter(|row| row.known).map(crossing_row).collect(),
    })
}

fn curve(model: &ModelCost, peak_factor: f64) -> Option<Curve> {
    match &model.hosted {
        Some(hosted) => {
            let load = Load { peak_factor, with_care: true };
            Some(Curve::Steps(hosted.terms.steps(hosted.requests_per_second?, load)))
        }
        None => model.cost_per_request_usd.map(Curve::Each),
    }
}

impl Curve {
    fn monthly_usd(&self, requests_per_day: f64) -> f64 {
        match self {
            Self::Each(usd) => usd * requests_per_day * MONTH_DAYS,
            Self::Steps(steps) => steps.monthly_usd(requests_per_day),
        }
    }

    /// Volumes between which it is a straight line to the eye: `false` where it is level in between.
    fn parts(&self, [from, to]: [f64; 2]) -> Vec<(f64, f64, bool)> {
        let Self::Steps(steps) = self else { return vec![(from, to, true)] };
        let (first, last) = (steps.replicas(from), steps.replicas(to));
        let mut parts = Vec::new();
        let mut begins = from;
        for replicas in first..last.min(first + MOST_STEPS) {
            let ends = replicas as f64 * steps.replica_requests;
            parts.push((begins, ends, false));
            begins = ends;
        }
        parts.push((begins, to, last > first + MOST_STEPS));
        parts
    }
}

fn chart(report: &CostReport, known: &[(&ModelCost, Curve)]) -> Chart {
    let crossings =
        || report.break_even.iter().filter_map(|row| Some((row, row.with_care?.cheaper_from.requests_per_day)));
    let reach = crossings().map(|(_, at)| at).filter(|at| *at < MOST).fold(SHOWN[1], |most, at| most.max(at * 2.0));
    let x = Axis::decades(SHOWN[0], reach, compact);
    let [from, to] = x.ends();
    let ends = known.iter().flat_map(|(_, curve)| [from, to].map(|at| curve.monthly_usd(at).max(LEAST_USD)));
    let (low, high) = ends.fold((f64::INFINITY, LEAST_USD), |(low, high), usd| (low.min(usd), high.max(usd)));
    let y = Axis::decades(low, high, |usd| if usd < 1.0 { usd_short(Some(usd)) } else { format!("${}", compact(usd)) });
    let line = |(model, curve): &(&ModelCost, Curve)| Line {
        model: model.model.clone(),
        parts: drawn(curve, [from, to], &x, &y),
    };
    let places = crossings().filter(|(_, at)| (from..=to).contains(at)).filter_map(|(row, at)| {
        let against = known.iter().find(|(model, _)| model.model == row.against)?;
        Some((x.at(at), y.down(against.1.monthly_usd(at)), requests(at)))
    });
    Chart { lines: known.iter().map(line).collect(), crossings: places.collect(), x, y: y.upright() }
}

/// Its parts, and the risers between them.
fn drawn(curve: &Curve, ends: [f64; 2], x: &Axis, y: &Axis) -> Vec<[f64; 4]> {
    let mut found: Vec<[f64; 4]> = Vec::new();
    for (from, to, slopes) in curve.parts(ends) {
        // Just above a step begins the next.
        let (begins, until) = (curve.monthly_usd(from * (1.0 + 1e-6)), curve.monthly_usd(to));
        let part = [x.at(from), y.down(begins), x.at(to), y.down(if slopes { until } else { begins })];
        if let Some(last) = found.last().filter(|last| last[3] != part[1]) {
            found.push([part[0], last[3], part[0], part[1]]);
        }
        found.push(part);
    }
    found
}

fn crossing_row(row: &BreakEvenRow) -> [String; 4] {
    let [first, good] = match row.with_care {
        None => ["never".into(), "never".into()],
        Some(at) => [at.cheaper_from, at.stays_cheaper_from].map(|point| requests(point.requests_per_day)),
    };
    [row.hosted.clone(), row.against.clone(), first, good]
}

fn requests(volume: f64) -> String {
    // The first whole number above the crossing.
    count(volume.floor() as u64 + 1)
}

fn findings(report: &CostReport) -> Vec<String> {
    let mut findings: Vec<String> = report.break_even.iter().filter(|row| row.known).map(of_pair).collect();
    let paid: Vec<&ModelCost> = report.models.iter().filter(|model| model.cost_per_request_usd.is_some()).collect();
    for pair in paid.windows(2) {
        if let (Some(one), Some(other)) = (pair[0].cost_per_request_usd, pair[1].cost_per_request_usd) {
            findings.push(ratio(&pair[0].model, one, &pair[1].model, other));
        }
    }
    if findings.is_empty() {
        findings.extend(report.models.iter().filter_map(|model| by_itself(report, model)));
    }
    findings
}

/// Where there is nothing to set it against: what a model costs at the volume in the middle.
fn by_itself(report: &CostReport, model: &ModelCost) -> Option<String> {
    let middle = report.volumes.len().saturating_sub(1) / 2;
    let (volume, at) = report.volumes.get(middle).zip(model.at.get(middle))?;
    let (requests, usd) = (count(volume.requests_per_day as u64), at.cost_per_month_usd?);
    Some(format!("At {requests} requests a day {} costs {} a month.", model.model, dollars(Some(usd))))
}

fn of_pair(row: &BreakEvenRow) -> String {
    let (hosted, against) = (&row.hosted, &row.against);
    let Some(at) = row.with_care else {
        return format!("Hosting {hosted} is at no volume cheaper than paying {against} by the token.");
    };
    let (first, good) = (at.cheaper_from.requests_per_day, at.stays_cheaper_from.requests_per_day);
    let for_good = if good > first * 1.005 { format!(", and for good from {}", requests(good)) } else { String::new() };
    format!(
        "Hosting {hosted} is cheaper than paying {against} from {} requests a day{for_good}, whatever its answers are worth.",
        requests(first)
    )
}

/// Both are paid by the token, so that one volume is as good as another.
fn ratio(one: &str, usd: f64, other: &str, other_usd: f64) -> String {
    let (cheap, dear, low, high) =
        if usd <= other_usd { (one, other, usd, other_usd) } else { (other, one, other_usd, usd) };
    match low {
        _ if high == low => format!("{one} and {other} cost the same."),
        0.0 => format!("{cheap} costs nothing."),
        low if high / low < 1.0005 => format!("{one} and {other} cost the same but for less than a thousandth."),
        low if high / low < 1.0995 => {
            format!("{dear} costs {:.1}% more than {cheap}, at any volume.", (high / low - 1.0) * 100.0)
        }
        low => format!("{dear} costs {} what {cheap} does, at any volume.", times(high / low)),
    }
}

#[cfg(test)]
mod tests {
    use super::ratio;

    #[test]
    fn two_prices_are_set_against_each_other_in_words() {
        let words = |a: f64, b: f64| ratio("a", a, "b", b);
        assert_eq!(words(0.5, 0.5), "a and b cost the same.");
        assert_eq!(words(0.5, 0.0), "b costs nothing.");
        assert_eq!(words(1.0, 1.0001), "a and b cost the same but for less than a thousandth.");
        assert_eq!(words(1.0, 1.03), "b costs 3.0% more than a, at any volume.");
        assert_eq!(words(3.0, 2.0), "a costs 1.5 times what b does, at any volume.");
        assert_eq!(words(2.0, 99.0), "b costs 50 times what a does, at any volume.");
    }
}
