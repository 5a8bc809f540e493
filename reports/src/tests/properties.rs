use super::fixture::{LARGE, Run, SMALL, html, markdown, record, summarize, terminal, with_reference};
use crate::{Breakdown, Style, json};
use eval_core::{Behaviour, Outcome, Record};
use proptest::{collection::vec, option, prelude::*};

/// Records as a log could hold them, the nonsensical included.
fn any_record() -> impl Strategy<Value = Record> {
    let outcome = prop_oneof![
        5 => Just(Outcome::Scored),
        1 => Just(Outcome::RunnerFailed),
        1 => Just(Outcome::MetricFailed),
        1 => Just(Outcome::Skipped),
    ];
    let behaviour = prop_oneof![Just(Behaviour::Answered), Just(Behaviour::Declined), Just(Behaviour::Broken)];
    let what = (0..4usize, 0..2usize, 0..12usize, 0..3u32, outcome, option::weighted(0.9, any::<bool>()));
    let more =
        (option::weighted(0.9, behaviour), any::<bool>(), option::of(-1.0..2.0f64), option::of(0..3usize), ".{0,12}");
    (what, more).prop_map(
        |((task, model, case, repeat, outcome, correct), (behaviour, decline, score, cluster, text))| {
            let task = ["triage", "fields", "answers", "actions"][task];
            Record {
                repeat,
                outcome,
                correct,
                behaviour,
                should_decline: decline,
                cluster: cluster.map(|n| format!("c{n}")),
                answer: text.clone().into(),
                expected: text.chars().rev().collect::<String>().into(),
                scores: ["outside_labels", "right_refusals", "fields_given", "latency"]
                    .map(|n| (n.to_string(), score))
                    .into(),
                latency_ms: score,
                cost_usd: score,
                text,
                ..record(task, [SMALL, LARGE][model], case)
            }
        },
    )
}

fn adds_up(counts: &Breakdown, records: usize) {
    let fates = counts.right_answers
        + counts.wrong_answers
        + counts.answered_should_decline
        + counts.right_refusals
        + counts.over_refusals
        + counts.flawed_refusals
        + counts.broken_answers
        + counts.failed_calls
        + counts.failed_scores
        + counts.skipped_records;
    let behaviour = counts.behaviour.answered + counts.behaviour.declined + counts.behaviour.broken;
    assert_eq!((fates, counts.records), (records as u64, records as u64));
    assert_eq!(behaviour, fates - counts.failed_calls - counts.failed_scores - counts.skipped_records);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn whatever_a_log_holds_is_counted_once_and_shown(records in vec(any_record(), 0..60), repeats in 1..4u32) {
        let mut run = Run { records, ..with_reference() };
        run.manifest.repeats = repeats;
        let key = |r: &Record| (r.task.clone(), r.model.clone(), r.case.clone(), r.repeat);
        run.records.sort_by_key(key);
        run.records.dedup_by_key(|r| key(r));
        let summary = summarize(&run).unwrap();
        for (task, model) in summary.tasks.iter().flat_map(|t| t.models.iter().map(move |m| (t, m))) {
            let mine: Vec<&Record> = run.records.iter().filter(|r| r.task == task.task && r.model == model.model).collect();
            adds_up(&model.breakdown, mine.len());
            let (answer, refusal) = (&model.wants_answer, &model.wants_refusal);
            let declining = mine.iter().filter(|r| r.should_decline).count();
            adds_up(refusal, declining);
            adds_up(answer, mine.len() - declining);
            let mut cases: Vec<&str> = mine.iter().map(|r| r.case.as_str()).collect();
            cases.dedup();
            prop_assert_eq!(model.cases, cases.len() as u64);
            prop_assert!(model.correct.unwrap_or(0) + model.skipped <= model.cases);
            for row in &task.comparisons {
                let table = [row.both, row.candidate_only, row.reference_only, row.neither];
                if let [Some(a), Some(b), Some(c), Some(d)] = table {
                    prop_assert_eq!(a + b + c + d, row.cases);
                }
            }
        }
        let page = html(&run, &summary).unwrap();
        prop_assert!(page.ends_with("</html>") && page.matches("<script").count() == 1);
        let style = Style { width: 80, color: true };
        prop_assert!(!terminal(&run, &summary, style).is_empty());
        prop_assert!(!markdown(&run, &summary).is_empty());
        prop_assert!(!json(&summary).is_empty());
    }
}
