//! Held-out cases: totals, and whether the open part is better beyond chance.

use super::fixture::{
    LARGE, Run, SMALL, fail_call, html, markdown, record, summarize, terminal, with_reference, wrong,
};
use crate::{Parts, Style, Summary, gate, gate_markdown, junit};
use eval_core::{Behaviour, Part, ReviewVerdict, Selection};

const OF: usize = 100;

/// Both models on one task of a hundred cases, the first sixty open: so many wrong in the open part and in the other.
fn run(open_wrong: usize, held_out_wrong: usize) -> Run {
    let mut run = with_reference();
    run.manifest.tasks.truncate(1);
    let task = &mut run.manifest.tasks[0];
    (task.cases, task.cases_in_suite, task.held_out) = (OF, OF, 40);
    task.trivial.clear();
    run.records = [SMALL, LARGE].iter().flat_map(|model| (0..OF).map(|i| record("triage", model, i))).collect();
    for (i, record) in run.records.iter_mut().enumerate() {
        let i = i % OF;
        record.held_out = i >= 60;
        if record.model == SMALL && (i < open_wrong || (60..60 + held_out_wrong).contains(&i)) {
            wrong(record, Behaviour::Answered, "not it");
        }
    }
    run
}

fn parts(summary: &Summary) -> &Parts {
    summary.tasks[0].models[0].parts.as_ref().unwrap()
}

#[test]
fn an_open_part_that_is_better_beyond_chance_is_told_and_decides_nothing() {
    let tuned = summarize(&run(3, 16)).unwrap();
    let found = parts(&tuned);
    assert_eq!((found.open.cases, found.open.correct), (60, Some(57)));
    assert_eq!((found.held_out.cases, found.held_out.correct), (40, Some(24)));
    // 57/60 and 24/40: z = 4.37 by hand, doubled as there are two rows.
    let p = found.p_tuned.unwrap();
    assert!((p / 6.19e-6 - 1.0).abs() < 0.05, "{p}");
    assert!((found.p_adjusted.unwrap() - 2.0 * p).abs() < 1e-12 && found.may_be_tuned);
    let warning = found.warning().unwrap();
    assert!(warning.contains("may have been tuned to the open part"), "{warning}");
    assert!(tuned.tasks[0].models[0].reasons.contains(&warning));
    // The same answers without a split: the same verdict.
    let mut unsplit = run(3, 16);
    unsplit.records.iter_mut().for_each(|record| record.held_out = false);
    let unsplit = summarize(&unsplit).unwrap();
    assert_eq!(unsplit.verdicts[0].verdict, tuned.verdicts[0].verdict);
    assert_eq!(unsplit.tasks[0].comparisons, tuned.tasks[0].comparisons);
    assert!(unsplit.tasks[0].models[0].parts.is_none());
}

#[test]
fn chance_and_an_easier_held_out_part_are_no_reason_for_doubt() {
    for (open, held_out) in [(6, 4), (6, 7), (20, 2)] {
        let summary = summarize(&run(open, held_out)).unwrap();
        assert!(!parts(&summary).may_be_tuned, "{:?}", parts(&summary));
        assert_eq!(parts(&summary).warning(), None);
    }
    // Nineteen cases do not tell.
    let mut few = run(0, 16);
    few.records.retain(|record| !record.held_out || record.case.as_str() < "t-079");
    (few.manifest.tasks[0].cases, few.manifest.tasks[0].cases_in_suite) = (79, 79);
    assert_eq!(parts(&summarize(&few).unwrap()).p_tuned, None);
}

#[test]
fn every_report_has_the_row_and_none_a_held_out_case() {
    let mut run = run(3, 16);
    for record in run.records.iter_mut().filter(|record| record.held_out) {
        record.text = "a secret of the held-out part".into();
        record.prompt.iter_mut().for_each(|message| message.content = "a secret of the held-out part".into());
    }
    let failing = run.records.iter_mut().find(|record| record.held_out && record.model == SMALL).unwrap();
    fail_call(failing, "timeout", "a secret of the held-out part");
    run.manifest.tasks[0].reviewed = [(ReviewVerdict::Right, 12), (ReviewVerdict::Changed, 1)].into();
    let (summary, (_dir, read)) = (summarize(&run).unwrap(), run.read().unwrap());
    let details = crate::details(&read, &summary).unwrap();
    let gate = gate(&run.manifest, &summary, crate::Policy::NonInferior).unwrap();
    let style = Style { width: 100, color: false };
    let page = html(&run, &summary).unwrap();
    for (name, text) in [
        ("terminal", terminal(&run, &summary, style)),
        ("compare", crate::compare_terminal(&read, &summary, &details, style)),
        ("markdown", markdown(&run, &summary)),
        ("gate", gate_markdown(&gate, &summary, &details)),
        ("junit", junit(&read, &summary).unwrap()),
        ("json", crate::comparison_json(&summary, &details, Some(&gate))),
        ("html", page.clone()),
    ] {
        assert!(text.contains("held out") || text.contains("held_out"), "{name}\n{text}");
        // Tables break lines, and Markdown escapes.
        let words = text.split_whitespace().filter(|word| *word != ">").collect::<Vec<_>>().join(" ");
        assert!(words.contains("tuned to the open part"), "{name}\n{text}");
        assert!(!text.contains("secret") && !(60..OF).any(|i| text.contains(&format!("t-{i:03}"))), "{name}\n{text}");
    }
    assert_eq!(read.failures[&(SMALL.to_string(), "timeout".to_string())].message, "");
    assert!(page.contains("100 of 100; 40 held out; 13 reviewed by people (12 right, 1 changed)"));
    // Lost are the held-out ones as well, and which is not told.
    assert_eq!((details[0].tasks[0].lost_total, details[0].tasks[0].lost.len()), (19, 3));
}

#[test]
fn what_one_run_holds_out_the_other_does_not_tell() {
    let ours = run(3, 16);
    let mut theirs = ours.clone();
    theirs.manifest.id = "20261120-090000-k3f9".into();
    let mut ours = ours;
    ours.records.iter_mut().for_each(|record| record.held_out = false);
    let ((_a, ours), (_b, theirs)) = (ours.read().unwrap(), theirs.read().unwrap());
    let joined = crate::join(ours, Some(SMALL), theirs, Some(LARGE)).unwrap();
    let summary = crate::summarize(&joined).unwrap();
    assert_eq!(parts(&summary).held_out.cases, 40);
    let text = junit(&joined, &summary).unwrap() + &crate::json(&summary);
    assert!(!text.contains("t-061"), "{text}");
    assert_eq!(crate::details(&joined, &summary).unwrap()[0].tasks[0].lost.len(), 3);
}

#[test]
fn a_part_cannot_pass_a_gate() {
    let mut run = run(0, 0);
    run.manifest.selection = Selection { part: Some(Part::Open), ..Selection::default() };
    let summary = summarize(&run).unwrap();
    let gate = gate(&run.manifest, &summary, crate::Policy::NonInferior).unwrap();
    assert_eq!(gate.outcome.code(), 12);
    assert!(gate.reasons[0].contains("--part"), "{:?}", gate.reasons);
}
