//! What a comparison found on a task, in a sentence: the caption of its picture.

use crate::{
    BarState, Comparison, ModelRow, Verdict,
    format::{counted, list, size_in_points},
};

/// Where a paired difference stands against the margin, of which more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stand {
    /// The whole interval is inside the margin.
    Inside,
    /// The whole interval is past it.
    Past,
    /// The margin is within the interval, or nothing is known.
    Open,
}

impl Stand {
    /// Of right answers.
    pub(crate) fn of_right(row: &Comparison) -> Self {
        Self::of(row.interval, row.margin)
    }

    /// Of confident wrong answers, of which fewer are better.
    pub(crate) fn of_wrong(row: &Comparison) -> Self {
        Self::of(row.wrong_answers.interval.map(|[lower, upper]| [-upper, -lower]), row.margin)
    }

    /// Of a difference of which more is better.
    pub(crate) fn of(interval: Option<[f64; 2]>, margin: f64) -> Self {
        match interval {
            Some([lower, _]) if lower >= -margin => Self::Inside,
            Some([_, upper]) if upper < -margin => Self::Past,
            _ => Self::Open,
        }
    }
}

/// Such as `triage loses 3 points, inside the margin of 5 points`; `candidate` is its row on the task.
pub(crate) fn finding(task: &str, row: &Comparison, candidate: Option<&ModelRow>) -> String {
    let (right, wrong) = (right_words(row), wrong_words(row));
    let margin = size_in_points(row.margin);
    let gains = row.difference.is_some_and(|difference| difference >= 0.0);
    match (row.verdict, Stand::of_right(row), Stand::of_wrong(row)) {
        (Verdict::Invalid, ..) => match row.flaws.first() {
            Some(flaw) => format!("{task} says nothing: {}", flaw.amiss),
            None => format!("{task} says nothing: its evidence is invalid"),
        },
        (Verdict::GoodEnough, ..) if gains => format!("{task} {right}; a loss of {margin} is ruled out"),
        (Verdict::GoodEnough, ..) => format!("{task} {right}, inside the margin of {margin}"),
        (Verdict::NotGoodEnough, Stand::Past, _) => format!("{task} {right}, past the margin of {margin}"),
        (Verdict::NotGoodEnough, _, Stand::Past) => format!("{task} {wrong}, past the margin of {margin}"),
        (Verdict::NotGoodEnough, ..) => match candidate.map(missed).filter(|bars| !bars.is_empty()) {
            Some(bars) => format!("{task} {right}, and {} misses the bar of {}", row.candidate, list(&bars)),
            None => format!("{task} {right}: worse by more than the margin of {margin}"),
        },
        (Verdict::NeedMoreData, Stand::Inside, Stand::Inside) => {
            format!("{task} {right}, and these cases do not decide it{}", more(row))
        }
        (Verdict::NeedMoreData, Stand::Inside, _) => {
            format!("{task} {wrong}, and {margin} more is not ruled out{}", more(row))
        }
        (Verdict::NeedMoreData, ..) => format!("{task} {right}, and a loss of {margin} is not ruled out{}", more(row)),
    }
}

/// How many more cases would decide, where that is known.
fn more(row: &Comparison) -> String {
    match row.cases_needed.map(|needed| needed.saturating_sub(row.cases)) {
        None | Some(0) => String::new(),
        Some(more) => format!("; {} would decide", counted(more, "more case")),
    }
}

fn missed(row: &ModelRow) -> Vec<String> {
    let missed = row.bar_results.iter().filter(|bar| bar.state == BarState::Missed);
    missed.map(crate::BarResult::shown).collect()
}

fn right_words(row: &Comparison) -> String {
    match row.difference {
        None => "has nothing to compare".into(),
        Some(_) if is_level(row.difference) => "is level".into(),
        Some(difference) if difference < 0.0 => format!("loses {}", size_in_points(difference)),
        Some(difference) => format!("gains {}", size_in_points(difference)),
    }
}

fn wrong_words(row: &Comparison) -> String {
    match row.wrong_answers.difference {
        None => "has nothing to compare".into(),
        difference if is_level(difference) => "is confidently wrong as often".into(),
        Some(difference) => {
            let often = if difference < 0.0 { "less" } else { "more" };
            format!("is confidently wrong {} {often} often", size_in_points(difference))
        }
    }
}

/// Whether nothing of it is left in tenths of a point.
fn is_level(difference: Option<f64>) -> bool {
    difference.is_some_and(|difference| (difference * 1e3).round() == 0.0)
}
