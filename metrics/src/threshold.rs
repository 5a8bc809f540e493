use crate::{MetricError, SettingKey, settings::Settings, spec::spec};
use eval_core::{Aggregate, Direction, MetricSpec, Score};

/// What a graded score is for: to be averaged, or to reach a limit.
pub(crate) struct Threshold(Option<f64>);

/// The setting that holds the limit.
pub(crate) const MIN: SettingKey =
    SettingKey { name: "min", summary: "the score from which an answer passes; where missing, scores are averaged" };

/// A sum of weighted scores may miss by this what it is on paper.
const ROUNDING: f64 = 1e-9;

impl Threshold {
    pub(crate) fn read(settings: &Settings<'_>) -> Result<Self, MetricError> {
        settings.share(MIN.name).map(Self)
    }

    pub(crate) fn score(&self, value: f64) -> Score {
        match self.0 {
            None => Score::Graded(value),
            Some(min) => Score::from_bool(value >= min - ROUNDING),
        }
    }

    /// `of` completes "Mean …" and "Share of answers with … of at least 0.5".
    pub(crate) fn spec(&self, name: &str, of: &str) -> MetricSpec {
        match self.0 {
            None => spec(name, Direction::Higher, Aggregate::Mean, &format!("Mean {of}.")),
            Some(min) => {
                let meaning = format!("Share of answers with a {of} of at least {min}.");
                spec(name, Direction::Higher, Aggregate::Share, &meaning)
            }
        }
    }
}
