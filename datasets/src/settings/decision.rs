use super::section::Section;
use eval_core::Decision;

/// The rules of the verdict; a key that is not given keeps its default.
pub(super) fn read(suite: &Section<'_>) -> Decision {
    let default = Decision::default();
    let Some(section) = suite.section("decision", "a table", "`decision`") else { return default };
    section.allow(&["margin", "alpha", "max_error_rate", "allow_uncalibrated_judge"]);
    let share = |key, wanted: &str, fits: fn(f64) -> bool| section.number(key, wanted, fits).map(|found| found.value);
    Decision {
        margin: share("margin", "a share above 0 and below 1, such as 0.05 for five points", |x| x > 0.0 && x < 1.0)
            .unwrap_or(default.margin),
        alpha: share("alpha", "a probability above 0 and below 0.5, such as 0.05", |x| x > 0.0 && x < 0.5)
            .unwrap_or(default.alpha),
        max_error_rate: share("max_error_rate", "a share from 0 to 1, such as 0.02", |x| (0.0..=1.0).contains(&x))
            .unwrap_or(default.max_error_rate),
        allow_uncalibrated_judge: section.boolean("allow_uncalibrated_judge").is_some_and(|found| found.value),
    }
}
