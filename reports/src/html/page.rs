use super::{
    parts::{PartView, part_views},
    provenance::{Provenance, provenance},
    task::{TaskView, task_view},
};
use crate::{
    BarResult, BarState, Comparison, ModelRow, ReportError, Run, Summary, Verdict, VerdictRow,
    format::{
        count, counted, duration, limit, list, moment, percent, percent_interval, points, points_interval, usd, whole,
    },
    question::{no_reference, question},
    verdict::selection_words,
};
use eval_core::{Manifest, ModelRole, TaskInfo};
use serde::Serialize;

/// What the page shows, in words: the template only lays out.
#[derive(Serialize)]
pub(super) struct Page {
    question: String,
    suite: String,
    description: String,
    facts: Vec<String>,
    part: Option<String>,
    no_reference: Option<&'static str>,
    notes: Vec<String>,
    level: String,
    alpha: f64,
    one_model: bool,
    answers: Vec<Answer>,
    parts_of_cases: Vec<PartView>,
    groups: Vec<Group>,
    model_names: Vec<String>,
    tasks: Vec<TaskView>,
    provenance: Provenance,
}

/// A verdict as a word, a class and a sign.
#[derive(Serialize)]
pub(crate) struct Mark {
    pub class: &'static str,
    pub words: &'static str,
    pub sign: &'static str,
}

#[derive(Serialize)]
struct Answer {
    mark: Mark,
    short: &'static str,
    sentence: String,
}

/// One task of the first screen.
#[derive(Serialize)]
struct Group {
    task: String,
    anchor: usize,
    heads: Vec<Head>,
    rows: Vec<ResultRow>,
}

/// A candidate against a reference, in a line.
#[derive(Serialize)]
struct Head {
    mark: Mark,
    candidate: String,
    words: String,
}

/// One model of a group.
#[derive(Serialize)]
struct ResultRow {
    model: String,
    is_reference: bool,
    mark: Mark,
    bar_state: &'static str,
    right: String,
    rate: String,
    interval: String,
    bars: Vec<String>,
    wrong: String,
    broken: String,
    errors: String,
    latency: String,
    per_right: String,
    plots: Vec<Plot>,
}

/// An interval against its bar, on an axis from 0 to 100.
#[derive(Serialize)]
struct Plot {
    metric: String,
    words: String,
    value: f64,
    lower: f64,
    upper: f64,
    bar: Option<f64>,
    state: &'static str,
}

pub(super) fn page(run: &Run, summary: &Summary) -> Result<Page, ReportError> {
    let manifest = &run.manifest;
    let tasks: Result<_, _> = summary.tasks.iter().enumerate().map(|(i, task)| task_view(run, task, i)).collect();
    let cases: usize = manifest.tasks.iter().map(|task| task.cases).sum();
    let models: Vec<String> = manifest.models.iter().map(|model| model.name.clone()).collect();
    let mut facts = vec![
        moment(&manifest.started_at),
        format!("{} in {}", counted(cases as u64, "case"), counted(manifest.tasks.len() as u64, "task")),
        list(&models),
    ];
    if manifest.repeats > 1 {
        facts.push(format!("each asked {} times", manifest.repeats));
    }
    Ok(Page {
        question: question(manifest),
        suite: manifest.suite.name.clone(),
        description: manifest.suite.description.clone(),
        facts,
        part: selection_words(&manifest.selection),
        no_reference: no_reference(manifest),
        notes: run.notes.iter().chain(&summary.differences).cloned().collect(),
        level: limit(summary.level),
        alpha: manifest.suite.decision.alpha,
        one_model: models.len() == 1,
        answers: summary.verdicts.iter().map(|row| answer(row, summary)).collect(),
        parts_of_cases: part_views(summary),
        groups: groups(manifest, summary),
        model_names: models,
        tasks: tasks?,
        provenance: provenance(manifest),
    })
}

pub(crate) fn mark(verdict: Verdict) -> Mark {
    let class = match verdict {
        Verdict::GoodEnough => "good",
        Verdict::NotGoodEnough => "bad",
        Verdict::NeedMoreData => "open",
        Verdict::Invalid => "invalid",
    };
    Mark { class, words: verdict.words(), sign: verdict.sign() }
}

fn answer(row: &VerdictRow, summary: &Summary) -> Answer {
    let short = match row.verdict {
        Verdict::GoodEnough => "Yes.",
        Verdict::NotGoodEnough => "No.",
        Verdict::NeedMoreData => "Not decided.",
        Verdict::Invalid => "The evidence is invalid.",
    };
    let on = |task: &crate::TaskSummary| match &row.reference {
        None => task.models.iter().find(|model| model.model == row.candidate).map(|model| model.verdict),
        Some(reference) => {
            let is_it = |pair: &&Comparison| pair.candidate == row.candidate && pair.reference == *reference;
            task.comparisons.iter().find(is_it).map(|pair| pair.verdict)
        }
    };
    let parts = [
        (Verdict::Invalid, "without valid evidence on"),
        (Verdict::NotGoodEnough, "not good enough on"),
        (Verdict::NeedMoreData, "undecided on"),
        (Verdict::GoodEnough, "good enough on"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter_map(|(verdict, words)| {
            let tasks: Vec<String> =
                summary.tasks.iter().filter(|task| on(task) == Some(*verdict)).map(|task| task.task.clone()).collect();
            (!tasks.is_empty()).then(|| format!("{words} {}", list(&tasks)))
        })
        .collect();
    let reference = row.reference.as_ref().map(|name| format!(", in place of {name},")).unwrap_or_default();
    let advice = row.recommendation.as_ref().map(|words| format!(" {words}")).unwrap_or_default();
    Answer {
        mark: mark(row.verdict),
        short,
        sentence: format!("{}{reference} is {}.{advice}", row.candidate, parts.join("; ")),
    }
}

fn groups(manifest: &Manifest, summary: &Summary) -> Vec<Group> {
    let tasks = summary.tasks.iter().zip(&manifest.tasks).enumerate();
    let several = manifest.models.iter().filter(|model| model.role == ModelRole::Candidate).count() > 1;
    tasks
        .map(|(anchor, (task, info))| Group {
            task: task.task.clone(),
            anchor,
            heads: task.comparisons.iter().map(|pair| head(pair, several)).collect(),
            rows: task.models.iter().map(|row| result_row(row, info)).collect(),
        })
        .collect()
}

fn head(pair: &Comparison, several: bool) -> Head {
    Head {
        mark: mark(pair.verdict),
        candidate: if several { pair.candidate.clone() } else { String::new() },
        words: format!(
            "{} {} against {}, where {} is allowed",
            points(pair.difference),
            points_interval(pair.interval),
            pair.reference,
            points(Some(-pair.margin))
        ),
    }
}

fn result_row(row: &ModelRow, info: &TaskInfo) -> ResultRow {
    let answers = &row.breakdown;
    ResultRow {
        model: row.model.clone(),
        is_reference: row.role == ModelRole::Reference,
        mark: mark(row.verdict),
        bar_state: match row.bars {
            BarState::Met => "bar met",
            BarState::Missed => "bar missed",
            BarState::Open => "bar open",
            BarState::None => "no bar",
        },
        right: format!("{} of {}", whole(row.correct), count(row.cases - row.skipped)),
        rate: percent(row.correct_rate),
        interval: percent_interval(row.intervals.get("accuracy").copied().flatten()),
        bars: row.bar_results.iter().map(|bar| bar_words(bar, info)).collect(),
        wrong: count(answers.wrong_answers + answers.answered_should_decline),
        broken: count(answers.broken_answers),
        errors: count(answers.failed_calls + answers.failed_scores),
        latency: duration(row.latency_ms.p50),
        per_right: usd(row.cost_per_correct_usd),
        plots: plots(row, info),
    }
}

fn is_share_of(info: &TaskInfo, metric: &str) -> bool {
    info.metrics.iter().find(|spec| spec.name == metric).is_none_or(|spec| spec.aggregate.is_share())
}

fn bar_words(bar: &BarResult, info: &TaskInfo) -> String {
    let show = |x: f64| if is_share_of(info, &bar.metric) { limit(x) } else { format!("{x}") };
    let ask = bar.min.map(|x| format!("at least {}", show(x))).or(bar.max.map(|x| format!("at most {}", show(x))));
    format!("{} {}: {}", bar.shown(), ask.unwrap_or_default(), state_word(bar.state))
}

fn state_word(state: BarState) -> &'static str {
    match state {
        BarState::Met => "met",
        BarState::Missed => "missed",
        BarState::Open => "open",
        BarState::None => "no bar",
    }
}

/// The bars that lie on an axis of percent; without any, accuracy alone.
fn plots(row: &ModelRow, info: &TaskInfo) -> Vec<Plot> {
    let plot =
        |metric: &str, value: Option<f64>, interval: Option<[f64; 2]>, bar: Option<f64>, state, words: String| {
            let [lower, upper] = interval?;
            let percent = |x: f64| (x.clamp(0.0, 1.0) * 1e4).round() / 1e2;
            Some(Plot {
                metric: metric.into(),
                words,
                value: percent(value?),
                lower: percent(lower),
                upper: percent(upper),
                bar: bar.map(percent),
                state: state_word(state),
            })
        };
    let words = |value, interval| format!("{} {}", percent(value), percent_interval(interval));
    let of_bars: Vec<Plot> = row
        .bar_results
        .iter()
        .filter(|bar| is_share_of(info, &bar.metric))
        .filter_map(|bar| {
            let text = format!("{}; {}", words(bar.value, bar.interval), bar_words(bar, info));
            plot(&bar.shown(), bar.value, bar.interval, bar.min.or(bar.max), bar.state, text)
        })
        .collect();
    if !of_bars.is_empty() {
        return of_bars;
    }
    let interval = row.intervals.get("accuracy").copied().flatten();
    let text = words(row.correct_rate, interval);
    plot("accuracy", row.correct_rate, interval, None, BarState::None, text).into_iter().collect()
}
