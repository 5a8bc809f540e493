use super::{
    Random,
    fixture::{Run, with_reference},
    properties::any_record,
};
use crate::{breakdown::Fate, details, evidence::Evidence, json, rows::CaseKey};
use eval_core::Record;
use proptest::{collection::vec, prelude::*};
use std::collections::BTreeMap;

/// Summary, slices and discordant cases, as text.
fn told(run: &Run) -> String {
    let (_dir, read) = run.read().unwrap();
    let summary = crate::summarize(&read).unwrap();
    let details = details(&read, &summary).unwrap();
    json(&summary) + &serde_json::to_string_pretty(&details).unwrap()
}

#[test]
fn the_order_of_the_lines_changes_nothing() {
    let mut run = with_reference();
    run.manifest.repeats = 2;
    let again = run.records.clone().into_iter().map(|record| Record {
        repeat: 1,
        latency_ms: record.latency_ms.map(|ms| ms * 1.7),
        cost_usd: record.cost_usd.map(|usd| usd / 3.0),
        correct: record.correct.map(|correct| correct && !record.case.ends_with('3')),
        ..record
    });
    run.records.extend(again.collect::<Vec<_>>());
    for (number, record) in run.records.iter_mut().enumerate() {
        record.tags = vec![format!("tag-{}", number % 40 / 14), "all".into()];
        record.cluster = (number % 40 < 30).then(|| format!("cluster {}", number % 40 / 3));
    }
    let want = told(&run);
    let mut random = Random(5);
    for _ in 0..3 {
        for place in (1..run.records.len()).rev() {
            run.records.swap(place, (random.share() * (place + 1) as f64) as usize);
        }
        assert_eq!(told(&run), want);
    }
}

#[test]
fn of_two_lines_of_one_key_the_second_is_named_wherever_it_stands() {
    let mut run = with_reference();
    let twice = run.records[7].clone();
    run.records.insert(100, twice.clone());
    let error = run.read().unwrap_err().to_string();
    assert!(error.contains(&twice.case) && error.contains("records 8 and 101 of the file"), "{error}");
}

#[test]
fn a_slice_counts_a_case_once_however_often_it_was_asked() {
    let mut run = with_reference();
    run.manifest.repeats = 3;
    for repeat in 1..3 {
        let again: Vec<Record> = run.records.iter().filter(|record| record.repeat == 0).cloned().collect();
        run.records.extend(again.into_iter().map(|record| Record { repeat, ..record }));
    }
    run.records.iter_mut().for_each(|record| record.tags = vec!["all".into()]);
    let (_dir, read) = run.read().unwrap();
    let summary = crate::summarize(&read).unwrap();
    let found = details(&read, &summary).unwrap().remove(0);
    for (task, row) in found.tasks.iter().zip(&summary.tasks) {
        assert_eq!(task.slices.len(), 1);
        assert_eq!(task.slices[0].cases as u64, row.comparisons[0].cases);
        assert_eq!(Some(task.slices[0].difference), row.comparisons[0].difference);
    }
}

#[test]
fn a_case_whose_first_answer_is_missing_is_in_its_slice() {
    let mut run = with_reference();
    run.manifest.repeats = 2;
    let again = run.records.iter().map(|record| Record { repeat: 1, ..record.clone() }).collect::<Vec<_>>();
    run.records.extend(again);
    run.records.iter_mut().for_each(|record| record.tags = vec!["all".into()]);
    run.records.retain(|record| record.repeat == 1 || record.case != "t-004");
    let (_dir, read) = run.read().unwrap();
    let summary = crate::summarize(&read).unwrap();
    let found = details(&read, &summary).unwrap().remove(0);
    assert_eq!(found.tasks[0].slices[0].cases as u64, summary.tasks[0].comparisons[0].cases);
}

/// What a case comes to, its records taken one by one.
fn by_hand(found: &Evidence, key: CaseKey, records: &[&Record]) {
    let place = found.cases.iter().position(|case| case.key == key).unwrap();
    let case = &found.cases[place];
    let fates: Vec<Fate> = records.iter().map(|record| Fate::of(record)).collect();
    let asked = fates.iter().filter(|fate| **fate != Fate::Skipped).count();
    let share = |of: &dyn Fn(Fate) -> bool| {
        if asked == 0 { 0.0 } else { fates.iter().filter(|fate| of(**fate)).count() as f64 / asked as f64 }
    };
    let unknown = |fate| fate == Fate::FailedScore;
    assert_eq!((case.asked, case.repeats as usize), (asked > 0, asked));
    assert_eq!(case.correct_low, share(&Fate::is_correct));
    assert_eq!(case.correct_high, share(&|fate| fate.is_correct() || unknown(fate)));
    assert_eq!(case.wrong_low, share(&Fate::is_confidently_wrong));
    assert_eq!(case.wrong_high, share(&|fate| fate.is_confidently_wrong() || unknown(fate)));
    assert_eq!(case.failed_calls, share(&|fate| fate == Fate::FailedCall));
    for name in ["latency", "fields_given"] {
        let known: Vec<f64> = records.iter().filter_map(|record| *record.scores.get(name)?).collect();
        let failed = records.iter().filter(|record| record.scores.get(name) == Some(&None)).count();
        let mean = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
        let scores = found.scores.get(name);
        assert_eq!(scores.and_then(|scores| scores.mean(place)), mean);
        if let Some((n, bad)) = scores.and_then(|scores| scores.known_and_failed.get(place)) {
            assert_eq!((*n as usize, *bad as usize), (known.len(), failed));
        }
    }
    if let Some(cost) = found.costs.get(place) {
        let costs = records.iter().zip(&fates).filter(|(_, fate)| fate.is_answer());
        let sum: f64 = costs.filter_map(|(record, _)| record.cost_usd).sum();
        assert_eq!(*cost, if asked == 0 { 0.0 } else { sum / asked as f64 });
    }
}

/// What a model's cases come to, counted one by one.
fn counts_by_hand(found: &Evidence, cases: &[&Vec<&Record>]) {
    let with =
        |fate: Fate| cases.iter().filter(|case| case.iter().any(|record| Fate::of(record) == fate)).count() as u64;
    let counts = found.counts;
    assert_eq!(counts.cases, cases.len() as u64);
    assert_eq!(counts.skipped, found.cases.iter().filter(|case| !case.asked).count() as u64);
    assert_eq!(counts.any_failed_call, with(Fate::FailedCall));
    assert_eq!(counts.any_failed_score, with(Fate::FailedScore));
    assert_eq!(counts.any_broken, with(Fate::Broken));
    let shares: Vec<f64> = found.asked().map(|(_, case)| case.correct_low).collect();
    assert!((counts.right - shares.iter().sum::<f64>()).abs() < 1e-9);
    assert!(cases.is_empty() || counts.repeats_agree == shares.iter().all(|share| [0.0, 1.0].contains(share)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

    #[test]
    fn a_case_is_what_its_records_are_one_by_one(records in vec(any_record(), 1..80)) {
        let mut run = Run { records, ..with_reference() };
        run.manifest.repeats = 3;
        let key = |r: &Record| (r.task.clone(), r.model.clone(), r.case.clone(), r.repeat);
        run.records.sort_by_key(key);
        run.records.dedup_by_key(|r| key(r));
        let mut cases: BTreeMap<(String, String, String), Vec<&Record>> = BTreeMap::new();
        for record in &run.records {
            cases.entry((record.task.clone(), record.model.clone(), record.case.clone())).or_default().push(record);
        }
        let (_dir, read) = run.read().unwrap();
        for (info, found) in read.manifest.tasks.iter().zip(&read.evidence) {
            for (model, found) in read.manifest.models.iter().zip(found) {
                let of = |key: &(String, String, String)| (&key.0, &key.1) == (&info.name, &model.name);
                counts_by_hand(found, &cases.iter().filter(|(key, _)| of(key)).map(|(_, case)| case).collect::<Vec<_>>());
            }
        }
        for ((task, model, _), records) in cases {
            let task = read.manifest.tasks.iter().position(|info| info.name == task).unwrap();
            let model = read.manifest.models.iter().position(|info| info.name == model).unwrap();
            by_hand(&read.evidence[task][model], CaseKey::new(&records[0].case, &records[0].case_hash).unwrap(), &records);
        }
    }
}

#[test]
fn a_record_keeps_its_place_in_the_log() {
    let mut run = with_reference();
    run.records.truncate(3);
    let (_dir, read) = run.read().unwrap();
    let found: Vec<_> = read.evidence.iter().flatten().filter(|evidence| !evidence.cases.is_empty()).collect();
    let mut lines = Vec::new();
    for evidence in found {
        lines.extend((0..evidence.cases.len()).flat_map(|case| evidence.places.of(case)).map(|place| place.line));
    }
    lines.sort_unstable();
    assert_eq!(lines, [1, 2, 3]);
}
