//! What a report of cost shows, in words: the terminal and Markdown only lay it out.

use super::report::{Basis, BreakEvenRow, CostReport, Crossing, ModelCost, Point};
use crate::format::{
    UNKNOWN, compact, count, counted, dollars, limit, list, percent, rate, usd, usd_given, usd_interval, whole,
};

/// A piece of the report, from the top.
pub(super) enum Part {
    Title(String),
    Facts(String),
    Text(String),
    Table(Grid),
}

/// A table; a column whose flag is set holds numbers.
pub(super) struct Grid {
    pub header: Vec<(String, bool)>,
    pub rows: Vec<Vec<String>>,
}

impl Grid {
    fn new<const N: usize>(header: [(&str, bool); N]) -> Self {
        Self { header: header.map(|(name, number)| (name.to_string(), number)).to_vec(), rows: Vec::new() }
    }
}

pub(super) fn view(report: &CostReport) -> Vec<Part> {
    let mut parts = head(report);
    parts.push(Part::Table(models(report)));
    parts.extend(report.models.iter().filter_map(paid_how).map(Part::Text));
    parts.push(Part::Table(months(report)));
    parts.extend(break_even(report));
    for row in report.break_even.iter().filter(|row| row.known) {
        parts
            .push(Part::Title(format!("If {} were loaded otherwise, or {} priced otherwise", row.hosted, row.against)));
        parts.push(Part::Facts(
            "What hosting costs a month at each volume; then the requests a day from which it is cheaper, at half the \
             other's price, that price and twice that price."
                .into(),
        ));
        parts.push(Part::Table(sensitivity(report, row)));
    }
    parts
}

fn head(report: &CostReport) -> Vec<Part> {
    let facts = [
        report.run.clone(),
        format!("{} as the run asked {}", list(&report.tasks), if report.tasks.len() == 1 { "it" } else { "them" }),
        format!("at the peak {} times the average", report.peak_factor),
        "a month of 730 hours".into(),
    ];
    vec![
        Part::Title(format!("What do right answers cost on {}?", report.suite)),
        Part::Facts(facts.join(" · ")),
        Part::Facts(counted_by(report)),
    ]
}

/// The volumes, in requests and tokens.
fn counted_by(report: &CostReport) -> String {
    match (&report.tokens_counted_by, report.volumes.as_slice()) {
        (Some(model), [one]) => {
            format!("{} a day, which are {} tokens as {model} counts them", requests(one), tokens(one))
        }
        (Some(model), _) => format!("A request has {} tokens, as {model} counts them", tokens_of_one(report)),
        (None, _) => "No model tells its tokens".into(),
    }
}

fn tokens_of_one(report: &CostReport) -> String {
    let each = report.volumes.first().and_then(|point| Some(point.tokens_per_day? / point.requests_per_day));
    each.map_or_else(|| UNKNOWN.into(), mean)
}

/// A mean number of tokens.
fn mean(tokens: f64) -> String {
    if tokens >= 100.0 { count(tokens.round() as u64) } else { rate(Some(tokens)) }
}

fn models(report: &CostReport) -> Grid {
    let mut grid = Grid::new([
        ("model", false),
        ("paid", false),
        ("right", true),
        ("tokens in", true),
        ("out", true),
        ("a request", true),
    ]);
    for model in &report.models {
        let tokens = model.tokens_per_request;
        grid.rows.push(vec![
            model.model.clone(),
            match (model.basis, &model.hosted) {
                (Basis::Price, _) => "by the token",
                (Basis::Billed, _) => "as billed",
                (_, Some(_)) => "by the hour",
                (_, None) => UNKNOWN,
            }
            .into(),
            percent(model.correct_rate),
            tokens.input.map_or_else(|| UNKNOWN.into(), mean),
            tokens.output.map_or_else(|| UNKNOWN.into(), mean),
            usd(model.cost_per_request_usd),
        ]);
    }
    grid
}

/// What stands behind a model's cost, where that is more than a price.
fn paid_how(model: &ModelCost) -> Option<String> {
    let unknown = model.unknown_because.as_ref().map(|why| format!("The cost of {} is unknown: {why}.", model.model));
    let Some(hosted) = model.hosted.as_ref().filter(|_| unknown.is_none()) else { return unknown };
    let terms = &hosted.terms;
    let speed = match (&terms.rate, &hosted.measured) {
        (eval_core::cost::Rate::Measured, Some(measured)) => {
            format!("measured with {} in flight on {}", measured.in_flight, measured.hardware)
        }
        (eval_core::cost::Rate::Stated(stated), _) => {
            let at = stated.concurrency.map(|n| format!(" with {n} in flight")).unwrap_or_default();
            let on = stated.hardware.as_ref().map(|name| format!(" on {name}")).unwrap_or_default();
            format!("as stated{at}{on}")
        }
        _ => UNKNOWN.into(),
    };
    let each = hosted.replica_requests_per_day.map_or_else(|| UNKNOWN.into(), |n| count(n as u64));
    let mut more = vec![format!("at least {}", counted(terms.min_replicas.into(), "replica"))];
    if terms.fixed_usd_per_month > 0.0 {
        more.push(format!("{} a month fixed", dollars(Some(terms.fixed_usd_per_month))));
    }
    if hosted.care_usd_per_month > 0.0 {
        more.push(format!(
            "{} a month for {} hours of people's time",
            dollars(Some(hosted.care_usd_per_month)),
            terms.care_hours
        ));
    }
    Some(format!(
        "{}: a replica costs {} an hour, {} a month, and does {} requests per second ({speed}); loaded to {} at the \
         peak it serves {each} requests a day; {}.",
        model.model,
        usd_given(terms.usd_per_hour),
        dollars(Some(hosted.replica_usd_per_month)),
        rate(hosted.requests_per_second),
        limit(terms.target_utilization),
        list(&more),
    ))
}

/// Rows of models, columns of volumes.
fn months(report: &CostReport) -> Grid {
    let mut grid = Grid::new([("requests a day", false)]);
    grid.header.extend(report.volumes.iter().map(|volume| (requests_number(volume.requests_per_day), true)));
    let single = report.volumes.len() == 1;
    let mut row = |name: String, cells: &mut dyn Iterator<Item = String>| {
        grid.rows.push(std::iter::once(name).chain(cells).collect());
    };
    row("a month".into(), &mut std::iter::empty());
    for model in &report.models {
        row(format!("  {}", model.model), &mut model.at.iter().map(|at| dollars(at.cost_per_month_usd)));
        if model.hosted.is_some() && model.unknown_because.is_none() {
            row("    replicas".into(), &mut model.at.iter().map(|at| whole(at.replicas)));
        }
    }
    row("a right answer".into(), &mut std::iter::empty());
    for model in &report.models {
        let cells = model.at.iter().map(|at| {
            // One column has room for the limits.
            let limits = if single { usd_interval(at.cost_per_correct_interval) } else { String::new() };
            format!("{} {limits}", usd(at.cost_per_correct_usd)).trim().to_string()
        });
        row(format!("  {}", model.model), &mut cells.into_iter());
    }
    grid
}

fn break_even(report: &CostReport) -> Vec<Part> {
    let rule = &report.rule_of_thumb;
    let thumb = format!(
        "The common rule of thumb, to be held against these: hosting pays above {} tokens a day, or from {} to {} queries \
         a day.",
        compact(rule.tokens_per_day),
        count(rule.queries_per_day[0] as u64),
        count(rule.queries_per_day[1] as u64)
    );
    if report.break_even.is_empty() {
        return vec![Part::Text(
            "There is no break-even: it takes a model with `hosting` and one that is paid by the token.".into(),
        )];
    }
    let mut grid = Grid::new([
        ("hosting is cheaper", false),
        ("people's time", false),
        ("from, a day", true),
        ("for good from, a day", true),
    ]);
    for row in &report.break_even {
        let pair = format!("{}\n  than {}", row.hosted, row.against);
        let [first, good] = crossing(row, row.with_care);
        grid.rows.push(vec![pair, "counted".into(), first, good]);
        let [first, good] = crossing(row, row.without_care);
        grid.rows.push(vec![String::new(), "left out".into(), first, good]);
    }
    vec![Part::Table(grid), Part::Facts(thumb)]
}

fn crossing(row: &BreakEvenRow, at: Option<Crossing>) -> [String; 2] {
    let point = |point: Point| {
        format!(
            "{}\n{} tokens",
            requests(&Point { requests_per_day: next(point.requests_per_day), ..point }),
            tokens(&point)
        )
    };
    match at {
        _ if !row.known => [UNKNOWN.into(), UNKNOWN.into()],
        None => ["never".into(), "never".into()],
        Some(at) => [point(at.cheaper_from), point(at.stays_cheaper_from)],
    }
}

fn sensitivity(report: &CostReport, row: &BreakEvenRow) -> Grid {
    let mut grid = Grid::new([("loaded to", true)]);
    let at = report.volumes.iter().map(|volume| format!("{}/day", compact(volume.requests_per_day)));
    grid.header.extend(at.map(|name| (name, true)));
    let prices = row.sensitivity.first().map(|first| first.break_even.as_slice()).unwrap_or_default();
    grid.header.extend(prices.iter().map(|price| (format!("× {}", price.price_factor), true)));
    for load in &row.sensitivity {
        let months = load.cost_per_month_usd.iter().map(|usd| dollars(Some(*usd)));
        let never = || "never".to_string();
        let from = load
            .break_even
            .iter()
            .map(|at| at.cheaper_from_requests_per_day.map_or_else(never, |volume| requests_number(next(volume))));
        grid.rows.push(std::iter::once(limit(load.target_utilization)).chain(months).chain(from).collect());
    }
    grid
}

/// The first whole number of requests above a crossing.
fn next(requests: f64) -> f64 {
    requests.floor() + 1.0
}

fn requests(point: &Point) -> String {
    format!("{} requests", requests_number(point.requests_per_day))
}

fn requests_number(requests: f64) -> String {
    if requests < 10.0 { rate(Some(requests)) } else { count(requests.round() as u64) }
}

fn tokens(point: &Point) -> String {
    point.tokens_per_day.map_or_else(|| UNKNOWN.into(), compact)
}
