//! The statistics behind the page, in a sentence each, with their sources.

use crate::{
    ModelRow, Summary, TaskSummary,
    format::{count, counted, limit, list, size_in_points},
};
use eval_core::{Manifest, statistics::MOST_DRAWN};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Method {
    name: &'static str,
    words: String,
    source: &'static str,
}

/// Those that this page rests on.
pub(super) fn methods(manifest: &Manifest, summary: &Summary) -> Vec<Method> {
    let alpha = manifest.suite.decision.alpha;
    let margin = size_in_points(manifest.suite.decision.margin);
    let comparisons = || summary.tasks.iter().flat_map(|task| &task.comparisons);
    let compared = comparisons().next().is_some();
    let units: Vec<String> = summary.tasks.iter().filter_map(units).collect();
    let robust = comparisons().any(|row| row.is_clustered());
    let tango = comparisons().any(|row| !row.is_clustered());
    let by = match (tango, robust) {
        (true, true) => "Tango's score interval (a cluster-robust one where cases belong together)",
        (_, true) => "the cluster-robust interval",
        _ => "Tango's score interval",
    };
    let alarm = match (tango, robust) {
        (true, true) => "McNemar's mid-p test (the interval's where cases belong together)",
        (_, true) => "the interval's test",
        _ => "McNemar's mid-p test",
    };
    let very_many =
        summary.tasks.iter().flat_map(|task| &task.models).any(|row| row.independent_units > MOST_DRAWN as u64);
    let dealt = match very_many {
        true => format!(
            " Where more than {} are there and hardly two are alike, they are first put together in so many groups, at random.",
            count(MOST_DRAWN as u64)
        ),
        false => String::new(),
    };
    let looked = comparisons().any(|row| row.alpha != alpha);
    let judged = summary.tasks.iter().flat_map(|task| &task.models).any(|row| !row.judged.is_empty());
    let all: [(bool, &'static str, String, &'static str); 11] = [
        (
            true,
            "Rates",
            format!("Shares of independent cases have Wilson's score interval of {}: each limit is one-sided at {alpha}.", limit(summary.level)),
            "Wilson, JASA 22 (1927) 209–212",
        ),
        (
            compared,
            "Candidate against reference",
            format!("Both models are asked the same cases, and each case is its own comparison. The candidate may take over where {by} rules out a loss of {margin} in right answers, and as much more of confident wrong ones; both must hold."),
            "Tango, Statistics in Medicine 17 (1998) 891–908",
        ),
        (
            comparisons().any(|row| row.cross_check.is_some() && !row.is_clustered()),
            "Cross-check",
            "Newcombe's interval of the paired difference, by another road, stands beside Tango's.".into(),
            "method 10 of Newcombe, Statistics in Medicine 17 (1998) 2635–2650",
        ),
        (
            compared,
            "Regression alarm",
            format!("One-sided, by {alarm}: whether the candidate is right less often than the reference, and whether it is confidently wrong more often. A gate with the policy no-regression fails on either at {alpha}. That both stay silent is never read as equality."),
            if tango { "McNemar, Psychometrika 12 (1947) 153–157; Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13 (2013) 91" } else { "" },
        ),
        (
            compared,
            "Which tasks may move",
            "The p-values are adjusted over all tasks and candidates, and those of slices over all slices, by Holm's step-down procedure. The suite as a whole needs none: every task must pass.".into(),
            "Holm, Scandinavian Journal of Statistics 6 (1979) 65–70",
        ),
        (
            compared,
            "Cases that would decide",
            "The number of pairs at which the test has 80% power, were the observed difference and discordance the true ones.".into(),
            "Lachin, Statistics in Medicine 11 (1992) 1239–1251",
        ),
        (
            !units.is_empty(),
            "Cases that belong together",
            format!("Cases of one cluster are no independent cases: their standard error is cluster-robust, with t on the units less one, and never narrower than that of as many independent cases. Here {}.", list(&units)),
            "Miller, arXiv 2411.00640",
        ),
        (
            true,
            "Means, ratios, F1, cost per right answer",
            format!("Whole clusters are resampled 2,000 times with the run's seed; the interval lies between the percentiles.{dealt}"),
            "Davison and Hinkley, Bootstrap Methods and their Application (1997), 3.8",
        ),
        (
            looked,
            "Earlier looks",
            "Looking at a part of the suite before the whole spends some of alpha, as O'Brien and Fleming's boundary does.".into(),
            "O'Brien and Fleming, Biometrics 35 (1979) 549–556; Lan and DeMets, Biometrika 70 (1983) 659–663",
        ),
        (
            judged,
            "Judges",
            "How far a judge agrees with people beyond chance is Cohen's kappa; a judge whom nobody held against people decides nothing.".into(),
            "Cohen, Educational and Psychological Measurement 20 (1960) 37–46",
        ),
        (
            true,
            "What failed",
            format!("A failed call is not right. What a scorer failed on is taken for wrong where the claim is that the model is good, and for right where it is not. More than {} of failed calls make the evidence invalid, and so does less than 98% of the cases.", limit(manifest.suite.decision.max_error_rate)),
            "",
        ),
    ];
    let on_page = all.into_iter().filter(|(is_used, ..)| *is_used);
    on_page.map(|(_, name, words, source)| Method { name, words, source }).collect()
}

/// Such as `the 400 cases of triage form 120 independent units`; `None` where each case is one of its own. Of the models
/// that with the fewest is told.
fn units(task: &TaskSummary) -> Option<String> {
    let asked = |row: &&ModelRow| row.cases - row.skipped;
    let rows = task.models.iter().filter(|row| row.independent_units < asked(row));
    let row = rows.min_by_key(|row| row.independent_units)?;
    let units = counted(row.independent_units, "independent unit");
    Some(format!("the {} of {} form {units}", counted(asked(&row), "case"), task.task))
}
