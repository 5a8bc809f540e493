//! Why a comparison comes to its verdict, in sentences.

use super::{Endpoint, Pairing, Side, decide::Decided, endpoint::mean};
use crate::{
    BarState, Comparison, Verdict,
    flaw::Flaw,
    format::{count, counted, list, percent, points, points_interval},
    judged::uncalibrated,
    looks::Spending,
    metric::FEWEST_GROUPS,
    verdict::flaws_of,
};
use eval_core::ModelInfo;
use eval_core::statistics::clustered;

impl Pairing<'_> {
    /// What makes the comparison unusable.
    pub(super) fn flaws(&self, cases: u64) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        for Side { row, evidence, .. } in [self.candidate, self.reference] {
            let of_model = |flaw: Flaw| Flaw { reason: format!("{}: {}", row.model, flaw.reason), ..flaw };
            flaws.extend(flaws_of(self.manifest, &row.model, evidence).into_iter().map(of_model));
        }
        if !self.is_covered(cases) {
            let reason = format!(
                "Only {} of {} cases are paired: both models must be asked the same.",
                count(cases),
                count(self.planned_cases())
            );
            flaws.push(Flaw::new(reason, "too few cases are paired".into(), "ask both models the same".into()));
        }
        flaws.extend(self.no_yardstick());
        flaws.extend(uncalibrated(self.manifest, self.task));
        flaws
    }

    /// What keeps a candidate from being good enough that otherwise is; the reasons say it in any case.
    pub(super) fn unlike(&self) -> Vec<Flaw> {
        let mend = || "give both the same, or accept it with --allow-different".to_string();
        let flaw = |amiss: &str| Flaw::new(String::new(), amiss.into(), mend());
        let arms = self.other_arm().map(|_| flaw("the two decode differently"));
        let scoring = self.other_scoring().then(|| flaw("the two were scored by different rules"));
        arms.into_iter().chain(scoring).collect()
    }

    fn no_yardstick(&self) -> Option<Flaw> {
        let margin = self.manifest.suite.decision.margin;
        let known = self.task.trivial.iter().filter(|(_, share)| share.is_finite());
        let best = known.max_by(|a, b| a.1.total_cmp(b.1));
        let (strategy, share) = best.map_or(("always wrong", 0.0), |(strategy, share)| (strategy.as_str(), *share));
        let asked = || self.reference.evidence.asked().map(|(_, case)| case);
        let right: Vec<f64> = asked().map(|case| case.correct_low).collect();
        let clusters: Vec<Option<u32>> = asked().map(|case| case.cluster).collect();
        let lower = clustered(&right, &clusters, 1.0 - 2.0 * self.manifest.suite.decision.alpha).0.lower;
        let model = &self.reference.row.model;
        (lower <= share + margin).then(|| {
            let reason = format!(
                "The reference {} is no yardstick: its lower limit {} does not exceed the trivial strategy “{strategy}” \
                 ({}) by the margin. Two models that are both wrong are not equal.",
                model,
                percent(Some(lower)),
                percent(Some(share))
            );
            let mend = "compare with one that is right more often, or judge by the bars alone";
            Flaw::new(reason, format!("the reference {model} is no yardstick"), mend.into())
        })
    }

    pub(super) fn reasons(
        &self,
        row: &Comparison,
        [correct, wrong]: [&Endpoint; 2],
        decided: &Decided,
        look: &Spending,
    ) -> Vec<String> {
        let mut reasons: Vec<String> =
            row.flaws.iter().map(|flaw| flaw.reason.clone()).filter(|reason| !reason.is_empty()).collect();
        reasons.extend(self.endpoints(row));
        let at_worst = |endpoint: &Endpoint, what: &str| {
            (row.cases > 0 && endpoint.worst != endpoint.shown).then(|| {
                format!(
                    "{what}: {} {}. Both must hold.",
                    points(mean(&endpoint.worst)),
                    points_interval(Some(endpoint.interval(&endpoint.worst, row.level)))
                )
            })
        };
        reasons.extend(at_worst(correct, CORRECT_AT_WORST));
        reasons.extend(at_worst(wrong, WRONG_AT_WORST));
        reasons.extend(but_worse(row));
        reasons.extend(self.what_is_open(row, correct, decided));
        reasons.extend(self.arms(row));
        reasons.extend(self.scoring());
        reasons.extend(self.prompts());
        reasons.extend(look.words.clone());
        if row.verdict == Verdict::GoodEnough && look.repeated > 0 {
            reasons.push(format!(
                "{} looked at as many cases before: trying until it passes makes a pass easier than alpha says.",
                counted(look.repeated as u64, "earlier run")
            ));
        }
        let missed = |side: Side<'_>| side.row.bars == BarState::Missed;
        if missed(self.candidate) {
            let rest = if missed(self.reference) { ", and so does the reference" } else { "" };
            let bars = self.candidate.row.bar_results.iter().filter(|bar| bar.state == BarState::Missed);
            let bars: Vec<String> = bars.map(crate::BarResult::shown).collect();
            reasons.push(format!("{} misses the bar of {}{rest}.", row.candidate, list(&bars)));
        }
        reasons
    }

    fn endpoints(&self, row: &Comparison) -> [String; 2] {
        let margin = row.margin;
        let difference = |share, interval| {
            let limits = points_interval(interval);
            if limits.is_empty() { points(share) } else { format!("{} {limits}", points(share)) }
        };
        [
            format!(
                "Right answers: {} against {}; the margin allows {}: {}.",
                difference(row.difference, row.interval),
                row.reference,
                points(Some(-margin)),
                conclusion(row.interval, margin)
            ),
            format!(
                "Confident wrong answers: {}; the margin allows {}: {}.",
                difference(row.wrong_answers.difference, row.wrong_answers.interval),
                points(Some(margin)),
                conclusion(row.wrong_answers.interval.map(|[lower, upper]| [-upper, -lower]), margin)
            ),
        ]
    }

    /// What it would take to decide.
    fn what_is_open(&self, row: &Comparison, correct: &Endpoint, decided: &Decided) -> Option<String> {
        if row.verdict != Verdict::NeedMoreData || row.cases == 0 {
            return None;
        }
        if !decided.enough_groups {
            let units = correct.units();
            return Some(format!(
                "The cases form {units} independent groups, and fewer than {FEWEST_GROUPS} never decide."
            ));
        }
        let zero = row.cases_needed_at_zero.filter(|zero| row.cases_needed != Some(*zero));
        let zero = zero.map(|n| match n > row.cases {
            true => format!("; did the two not differ, {} would", counted(n, "case")),
            false => format!("; did the two not differ, the {} there are would be enough", count(row.cases)),
        });
        let zero = zero.unwrap_or_default();
        Some(match row.cases_needed {
            Some(n) if n > row.cases => {
                format!("At the observed difference {} would decide with 80% power{zero}.", counted(n, "case"))
            }
            Some(_) => {
                format!(
                    "At the observed difference as many cases as there are, {}, would decide with 80% power{zero}.",
                    count(row.cases)
                )
            }
            None if row.is_seen_past_the_margin() => format!(
                "The observed difference is at the margin or past it: more cases would rather show it not good enough{zero}."
            ),
            None => format!("At the observed difference even ten times the cases would not decide{zero}."),
        })
    }

    fn scoring(&self) -> Option<String> {
        let rest = if self.manifest.allow_different {
            "which --allow-different accepts"
        } else {
            "so that what was right in one may not be in the other. Score both by the same rules, or accept it with \
             --allow-different"
        };
        self.other_scoring().then(|| {
            format!("The two runs scored by other rules (of fields, or whether recovered JSON counts), {rest}.")
        })
    }

    fn arms(&self, row: &Comparison) -> Option<String> {
        if let Some(unknown) = self.unknown_arm() {
            return Some(format!("How {unknown} decoded is not known: the other decoded under a constraint."));
        }
        let [ours, theirs] = self.other_arm()?;
        let differ = format!("The decoding differs: {} decodes “{ours}”, {} “{theirs}”", row.candidate, row.reference);
        Some(if self.manifest.allow_different {
            format!("{differ}, which --allow-different accepts.")
        } else {
            format!(
                "{differ}: what one does under a constraint is no evidence of what the other does without. Give both the same, or accept it with --allow-different."
            )
        })
    }

    /// Who was asked by a prompt of its own, where that makes the prompts of the two differ.
    fn prompts(&self) -> Option<String> {
        let (ours, theirs) = (self.candidate.info, self.reference.info);
        if ours.prompt_hash(self.task) == theirs.prompt_hash(self.task) {
            return None;
        }
        let own = |info: &ModelInfo| info.prompts.contains_key(&self.task.name);
        Some(match (own(ours), own(theirs)) {
            (true, true) => {
                format!("The prompts differ: {} and {} were asked by prompts of their own.", ours.name, theirs.name)
            }
            (ours_own, _) => {
                let who = if ours_own { ours } else { theirs };
                format!("The prompts differ: {} was asked by a prompt of its own.", who.name)
            }
        })
    }
}

/// What the limits of a difference say, of which more is better.
fn conclusion(interval: Option<[f64; 2]>, margin: f64) -> &'static str {
    match interval {
        None => "unknown",
        Some([lower, _]) if lower >= -margin => "shown",
        Some([_, upper]) if upper < -margin => "past it",
        Some(_) => "not shown, the limit is past it",
    }
}

const CORRECT_AT_WORST: &str =
    "With every failed call of the reference scored right, and every failed score taken against the candidate";
const WRONG_AT_WORST: &str = "Confident wrong answers, with every failed call and failed score of the candidate taken for \
                              one and none of the reference's";

/// Good enough within the margin, and yet surely worse.
fn but_worse(row: &Comparison) -> Option<String> {
    let worse = row.interval.is_some_and(|[_, upper]| upper < 0.0);
    let wrong = row.wrong_answers.interval.is_some_and(|[lower, _]| lower > 0.0);
    let what = match (worse, wrong) {
        _ if row.verdict != Verdict::GoodEnough => return None,
        (true, true) => "fewer right answers and more confident wrong ones",
        (true, false) => "fewer right answers",
        (false, true) => "more confident wrong answers",
        (false, false) => return None,
    };
    Some(format!(
        "Non-inferior, but worse: {what} than {}, by less than the margin. What that costs is a decision of yours.",
        row.reference
    ))
}
