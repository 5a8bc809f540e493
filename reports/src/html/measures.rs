//! Metrics, speed and cost of the models of a task.

use crate::{
    ModelRow, OverRepeats,
    format::{UNKNOWN, count, duration, limit, list, percent, percent_interval, rate, times, usd, usd_interval, whole},
};
use eval_core::{Direction, TaskInfo};
use serde::Serialize;

/// One metric, of each model.
#[derive(Serialize)]
pub(super) struct MetricView {
    name: String,
    description: String,
    better: &'static str,
    bar: Option<String>,
    values: Vec<[String; 2]>,
}

/// A row of the table of speed, cost and errors.
#[derive(Serialize)]
pub(super) struct Measure {
    name: String,
    values: Vec<String>,
}

pub(super) fn metrics(info: &TaskInfo, rows: &[ModelRow]) -> Vec<MetricView> {
    let view = |spec: &eval_core::MetricSpec| {
        let share = spec.aggregate.is_share();
        let bar = info.bars.get(&spec.name).map(|bar| {
            let show = |x: f64| if share { limit(x) } else { format!("{x}") };
            let min = bar.min.map(|x| format!("at least {}", show(x)));
            let max = bar.max.map(|x| format!("at most {}", show(x)));
            min.into_iter().chain(max).collect::<Vec<_>>().join(", ")
        });
        MetricView {
            name: spec.shown(),
            description: spec.description.clone(),
            better: match spec.direction {
                Direction::Higher => "higher is better",
                Direction::Lower => "lower is better",
                Direction::Neutral => "describes",
            },
            bar,
            values: rows.iter().map(|row| value(row, &spec.name, share)).collect(),
        }
    };
    info.metrics.iter().map(view).chain(over_repeats(rows)).collect()
}

/// What is right once of so many times, and what every time; nothing where cases were asked once.
fn over_repeats(rows: &[ModelRow]) -> Vec<MetricView> {
    let Some(k) = rows.iter().filter_map(|row| Some(row.over_repeats?.k)).max() else { return Vec::new() };
    let view = |name: &str, description: String, of: fn(&OverRepeats) -> f64| MetricView {
        name: format!("{name} in {k}"),
        description,
        better: "higher is better",
        bar: None,
        values: rows
            .iter()
            .map(|row| [percent(row.over_repeats.filter(|over| over.k == k).as_ref().map(of)), String::new()])
            .collect(),
    };
    vec![
        view("right at least once", format!("pass@{k}: the share of cases with a right answer among {k}."), |over| {
            over.any
        }),
        view("right every time", format!("pass^{k}: the share of cases with {k} right answers of {k}."), |over| {
            over.all
        }),
    ]
}

/// A metric's value and its interval, each in words.
pub(super) fn value(row: &ModelRow, name: &str, share: bool) -> [String; 2] {
    let value = row.metrics.get(name).copied().flatten();
    let interval = row.intervals.get(name).copied().flatten();
    let plain = |[a, b]: [f64; 2]| format!("[{}, {}]", rate(Some(a)), rate(Some(b)));
    if share {
        [percent(value), percent_interval(interval)]
    } else {
        [rate(value), interval.map(plain).unwrap_or_default()]
    }
}

/// How long answers take: percentiles on one axis.
#[derive(Serialize)]
pub(super) struct LatencyView {
    rows: Vec<LatencyRow>,
    longest: String,
    finding: String,
}

#[derive(Serialize)]
struct LatencyRow {
    model: String,
    words: [String; 3],
    /// The percentiles in percent of the longest.
    places: [f64; 3],
}

/// `None` where no latency is known.
pub(super) fn latency(rows: &[ModelRow]) -> Option<LatencyView> {
    let of = |row: &ModelRow| {
        let latency = row.latency_ms;
        Some((row.model.clone(), [latency.p50?, latency.p95?, latency.p99?]))
    };
    let known: Vec<(String, [f64; 3])> = rows.iter().filter_map(of).collect();
    let longest = known.iter().flat_map(|(_, p)| p).copied().fold(0.0, f64::max);
    let row = |(model, p): &(String, [f64; 3])| LatencyRow {
        model: model.clone(),
        words: p.map(|ms| duration(Some(ms))),
        places: p.map(|ms| (ms / longest * 1e4).round() / 1e2),
    };
    (longest > 0.0).then(|| LatencyView {
        rows: known.iter().map(row).collect(),
        longest: duration(Some(longest)),
        finding: slowest(&known),
    })
}

/// How much longer the slowest takes than the fastest, and how long the slowest answers of each take.
fn slowest(known: &[(String, [f64; 3])]) -> String {
    let time = |ms: f64| duration(Some(ms));
    if let [(model, [p50, p95, _])] = known {
        let (half, tail) = (time(*p50), time(*p95));
        return format!("{model} answers in {half} at the median; one answer in twenty takes over {tail}");
    }
    let medians = || known.iter().map(|(model, [p50, ..])| (model, *p50));
    let by_median = |a: &(&String, f64), b: &(&String, f64)| a.1.total_cmp(&b.1);
    let Some(((fast, low), (slow, high))) = medians().min_by(by_median).zip(medians().max_by(by_median)) else {
        return String::new();
    };
    let found = match high / low {
        ratio if ratio >= 1.0995 && low > 0.0 => {
            format!(
                "{slow} takes {} as long as {fast} at the median: {} against {}",
                times(ratio),
                time(high),
                time(low)
            )
        }
        _ => {
            let names: Vec<String> = known.iter().map(|(model, _)| model.clone()).collect();
            let (least, most) = (time(low), time(high));
            let span = if least == most { most } else { format!("{least} to {most}") };
            format!("At the median {} take {span}", list(&names))
        }
    };
    let tails = known.iter().map(|(model, [_, p95, _])| format!("over {} with {model}", time(*p95)));
    format!("{found}. One answer in twenty takes {}", list(&tails.collect::<Vec<_>>()))
}

pub(super) fn measures(rows: &[ModelRow]) -> Vec<Measure> {
    let measure = |name: &str, of: &dyn Fn(&ModelRow) -> String| Measure {
        name: name.into(),
        values: rows.iter().map(of).collect(),
    };
    let mut measures = vec![
        measure("Latency, median", &|row| duration(row.latency_ms.p50)),
        measure("Latency, 95th percentile", &|row| duration(row.latency_ms.p95)),
        measure("Latency, 99th percentile", &|row| duration(row.latency_ms.p99)),
        measure("Tokens per second, median", &|row| rate(row.tokens_per_second)),
        measure("Cases in flight at once", &|row| row.in_flight.map_or_else(|| UNKNOWN.into(), |n| n.to_string())),
        measure("Prompt tokens", &|row| whole(row.tokens.input)),
        measure("Prompt tokens billed as cached", &|row| whole(row.tokens.cached_input)),
        measure("Generated tokens", &|row| whole(row.tokens.output)),
        measure("Cost", &|row| usd(row.cost_usd)),
        measure("Cost per right answer", &|row| {
            format!("{} {}", usd(row.cost_per_correct_usd), usd_interval(row.cost_per_correct_interval)).trim().into()
        }),
        measure("Cut at the token limit", &|row| count(row.length_cut)),
        measure("From a cache", &|row| count(row.cached)),
        measure("Cases with a failed call", &|row| count(row.runner_errors)),
        measure("Cases with a failed score", &|row| count(row.metric_errors)),
    ];
    let mut kinds: Vec<&String> = rows.iter().flat_map(|row| row.errors.keys()).collect();
    kinds.sort();
    kinds.dedup();
    for kind in kinds {
        let n = |row: &ModelRow| count(row.errors.get(kind).copied().unwrap_or(0));
        measures.push(measure(&format!("Errors of kind {kind}"), &n));
    }
    measures
}
