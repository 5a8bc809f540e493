//! The picture of a comparison: differences with their intervals and the margin on one axis.

use super::page::{Mark, mark};
use crate::{
    Comparison, ModelRow, Run, Summary, TaskSummary, Verdict, VerdictRow,
    finding::{Stand, finding},
    format::{compact, count, counted, limit, list, points, points_interval, size_in_points, usd},
};
use serde::Serialize;
use std::collections::BTreeSet;

/// All comparisons of a run, or those of one task.
#[derive(Clone, Serialize)]
pub(super) struct Forest {
    /// Which tasks may move, in a sentence.
    finding: String,
    rows: Vec<GapRow>,
    axis: Axis,
    several: bool,
    references: usize,
    /// Whether any cost is known.
    costs: bool,
    margin: String,
    /// Of the intervals, with the tasks where they differ: looks may leave one task less than another.
    levels: String,
    /// What each end is one-sided at; `None` where it differs.
    alpha: Option<String>,
    /// What is said of a task that is good enough, and yet may not move.
    held_back: Option<String>,
}

/// A scale in points that both panels share.
#[derive(Clone, Serialize)]
pub(super) struct Axis {
    ticks: Vec<Tick>,
    zero: f64,
    /// Where the margin lies for right answers, and for wrong ones.
    least: f64,
    most: f64,
    /// What is right of `most`.
    beyond: f64,
    #[serde(skip)]
    domain: [f64; 2],
}

#[derive(Clone, Serialize)]
struct Tick {
    at: f64,
    label: String,
}

/// One candidate against one reference on one task.
#[derive(Clone, Serialize)]
struct GapRow {
    task: String,
    anchor: usize,
    candidate: String,
    reference: String,
    mark: Mark,
    finding: String,
    right: Gap,
    wrong: Gap,
    cost: String,
    reference_cost: String,
    cost_change: Option<String>,
    may_move: bool,
    /// Where the cost of a right answer depends on the volume.
    is_hosted: bool,
    #[serde(skip)]
    level: f64,
    #[serde(skip)]
    alpha: f64,
    #[serde(skip)]
    is_held_back: bool,
}

/// A difference with its interval, in words and on the axis.
#[derive(Clone, Serialize)]
pub(super) struct Gap {
    difference: String,
    interval: String,
    state: &'static str,
    words: &'static str,
    drawn: Option<[f64; 3]>,
}

/// `None` where nothing is compared.
pub(super) fn forest(run: &Run, summary: &Summary) -> Option<Forest> {
    let is_hosted = |name: &str| {
        let info = run.manifest.models.iter().find(|model| model.name == name);
        info.is_some_and(|info| run.terms_of(info).hosting.is_some())
    };
    let pairs = || summary.tasks.iter().flat_map(|task| &task.comparisons);
    let margin = pairs().next()?.margin;
    let axis = Axis::covering(margin, pairs().flat_map(|row| [row.interval, row.wrong_answers.interval]).flatten());
    let rows = summary.tasks.iter().enumerate().flat_map(|(anchor, task)| {
        let axis = &axis;
        let row =
            move |row: &Comparison| GapRow { is_hosted: is_hosted(&row.candidate), ..gap_row(task, anchor, row, axis) };
        task.comparisons.iter().map(row)
    });
    let rows: Vec<GapRow> = rows.collect();
    let references: BTreeSet<&str> = pairs().map(|row| row.reference.as_str()).collect();
    let finding: Vec<String> = summary.verdicts.iter().filter_map(|row| may_move(row, summary)).collect();
    let forest = Forest {
        finding: finding.join(" "),
        levels: String::new(),
        alpha: None,
        held_back: None,
        rows: Vec::new(),
        several: summary.verdicts.len() > 1,
        references: references.len(),
        costs: summary.tasks.iter().flat_map(|task| &task.models).any(|row| row.cost_per_correct_usd.is_some()),
        margin: size_in_points(margin),
        axis,
    };
    Some(forest.with(rows))
}

/// Such as `small may take over 3 of 4 tasks from large.`
fn may_move(row: &VerdictRow, summary: &Summary) -> Option<String> {
    let reference = row.reference.as_ref()?;
    let is_of = |pair: &&Comparison| pair.candidate == row.candidate && pair.reference == *reference;
    let pairs = || summary.tasks.iter().flat_map(|task| &task.comparisons).filter(is_of);
    let (moving, all) = (pairs().filter(|pair| pair.may_move).count(), pairs().count());
    let words = match moving {
        0 => "no task".into(),
        n if n == all => "every task".into(),
        n => format!("{} of {}", count(n as u64), counted(all as u64, "task")),
    };
    Some(format!("{} may take over {words} from {reference}.", row.candidate))
}

impl Forest {
    /// The comparisons of one task, on the same axis.
    pub fn of_task(&self, index: usize) -> Self {
        self.clone().with(self.rows.iter().filter(|row| row.anchor == index).cloned().collect())
    }

    /// The same with these rows, and what is said of them.
    fn with(self, rows: Vec<GapRow>) -> Self {
        let mut levels: Vec<(String, Vec<String>)> = Vec::new();
        for row in &rows {
            let level = limit(row.level);
            let name = if self.several { format!("{} on {}", row.candidate, row.task) } else { row.task.clone() };
            match levels.iter_mut().find(|(known, _)| *known == level) {
                Some((_, names)) => names.push(name),
                None => levels.push((level, vec![name])),
            }
        }
        let one = levels.len() == 1;
        let words =
            |(level, names): (String, Vec<String>)| if one { level } else { format!("{level} ({})", list(&names)) };
        let of = |row: &GapRow| if self.several { format!(" ({})", row.candidate) } else { String::new() };
        let held: Vec<String> = rows.iter().filter(|r| r.is_held_back).map(|r| r.task.clone() + &of(r)).collect();
        let held_back = (!held.is_empty()).then(|| {
            format!(
                "{} may not move all the same: among all that were looked at the evidence does not hold (Holm's correction).",
                list(&held)
            )
        });
        Self {
            levels: levels.into_iter().map(words).collect::<Vec<_>>().join(" or "),
            alpha: rows.first().filter(|_| one).map(|row| one_sided(row.alpha)),
            held_back,
            rows,
            ..self
        }
    }
}

fn one_sided(alpha: f64) -> String {
    if alpha < 1e-4 { "less than 0.0001".into() } else { format!("{}", (alpha * 1e4).round() / 1e4) }
}

/// Good enough by itself, and not among all that were looked at.
fn is_held_back(row: &Comparison) -> bool {
    row.verdict == Verdict::GoodEnough && !row.may_move
}

/// The verdict, as it stands among all that were looked at.
pub(super) fn standing_mark(row: &Comparison) -> Mark {
    match is_held_back(row) {
        true => Mark { words: "good enough alone", ..mark(Verdict::NeedMoreData) },
        false => mark(row.verdict),
    }
}

fn gap_row(task: &TaskSummary, anchor: usize, row: &Comparison, axis: &Axis) -> GapRow {
    let model = |name: &str| task.models.iter().find(|model| model.model == name);
    let cost = |row: Option<&ModelRow>| row.and_then(|row| row.cost_per_correct_usd);
    let (candidate, reference) = (model(&row.candidate), model(&row.reference));
    let valid = row.verdict != Verdict::Invalid;
    let wrong = &row.wrong_answers;
    GapRow {
        task: task.task.clone(),
        anchor,
        candidate: row.candidate.clone(),
        reference: row.reference.clone(),
        mark: standing_mark(row),
        is_hosted: false,
        level: row.level,
        alpha: row.alpha,
        is_held_back: is_held_back(row),
        finding: finding(&task.task, row, candidate),
        right: axis.gap(row.difference, row.interval, Stand::of_right(row), valid),
        wrong: axis.gap(wrong.difference, wrong.interval, Stand::of_wrong(row), valid),
        cost: usd(cost(candidate)),
        reference_cost: usd(cost(reference)),
        cost_change: cost(candidate).zip(cost(reference)).and_then(|(ours, theirs)| change(ours, theirs)),
        may_move: row.may_move,
    }
}

/// `96% less`, `3.1 times as much`; `None` where the reference costs nothing.
fn change(ours: f64, theirs: f64) -> Option<String> {
    let times = ours / theirs;
    let percent = ((times - 1.0).abs() * 100.0).round();
    match times {
        x if !x.is_finite() => None,
        _ if percent == 0.0 => Some("the same".into()),
        x if x < 1.0 => Some(format!("{percent}% less")),
        x if x < 2.0 => Some(format!("{percent}% more")),
        x => Some(format!("{} times as much", compact(x))),
    }
}

impl Axis {
    /// Wide enough for every interval and for both margins.
    pub fn covering(margin: f64, intervals: impl Iterator<Item = [f64; 2]>) -> Self {
        let room = (margin * 1.6).max(0.01);
        let ends = intervals.flatten().filter(|end| end.is_finite());
        let [low, high] = ends.fold([-room, room], |[low, high], end| [low.min(end), high.max(end)]);
        let pad = (high - low) * 0.04;
        Self::over([(low - pad).max(-1.0), (high + pad).min(1.0)], margin)
    }

    fn over(domain: [f64; 2], margin: f64) -> Self {
        let [low, high] = domain;
        let steps = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
        let step = steps.into_iter().find(|step| (high - low) / step <= 6.0).unwrap_or(0.5);
        let place = |x: f64| at(domain, x);
        let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
        let tick = |n: i64| {
            let value = (n as f64 * step * 1e3).round() / 10.0;
            let label = if n > 0 { format!("+{value}") } else { value.to_string().replace('-', "−") };
            Tick { at: place(n as f64 * step), label }
        };
        let most = place(margin);
        Self {
            ticks: (first..=last).map(tick).collect(),
            zero: place(0.0),
            least: place(-margin),
            most,
            beyond: 100.0 - most,
            domain,
        }
    }

    pub fn gap(&self, difference: Option<f64>, interval: Option<[f64; 2]>, stand: Stand, valid: bool) -> Gap {
        let (state, words) = match stand {
            _ if !valid => ("void", "not to be used"),
            Stand::Inside => ("inside", "inside the margin"),
            Stand::Past => ("past", "past the margin"),
            Stand::Open => ("open", "margin not ruled out"),
        };
        let drawn = difference.zip(interval).map(|(x, [lower, upper])| [lower, x, upper].map(|x| at(self.domain, x)));
        Gap { difference: points(difference), interval: points_interval(interval), state, words, drawn }
    }
}

/// The place of a value in percent of the axis, in hundredths.
fn at([low, high]: [f64; 2], x: f64) -> f64 {
    ((x - low) / (high - low) * 1e4).clamp(0.0, 1e4).round() / 1e2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lie_on_the_axis_as_the_numbers_do() {
        let axis = Axis::over([-0.1, 0.1], 0.05);
        assert_eq!((axis.zero, axis.least, axis.most, axis.beyond), (50.0, 25.0, 75.0, 25.0));
        let labels: Vec<_> = axis.ticks.iter().map(|tick| (tick.at, tick.label.as_str())).collect();
        assert_eq!(labels, [(0.0, "−10"), (25.0, "−5"), (50.0, "0"), (75.0, "+5"), (100.0, "+10")]);
        let gap = axis.gap(Some(-0.02), Some([-0.06, 0.02]), Stand::Open, true);
        assert_eq!((gap.drawn, gap.state), (Some([20.0, 40.0, 60.0]), "open"));
        assert_eq!((gap.difference.as_str(), gap.interval.as_str()), ("−2.0 points", "[−6.0, +2.0]"));
        assert_eq!(axis.gap(None, None, Stand::Open, true).drawn, None);
    }

    #[test]
    fn a_change_of_cost_is_said_in_words() {
        let words = [(1.0, 4.0), (1.5, 1.0), (3.1, 1.0), (2.0, 2.0)].map(|(a, b)| change(a, b).unwrap());
        assert_eq!(words, ["75% less", "50% more", "3.1 times as much", "the same"]);
        assert_eq!(change(1.0, 0.0), None);
    }
}
