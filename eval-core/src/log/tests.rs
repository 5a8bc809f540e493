use super::*;
use crate::{Event, Sink};
use serde_json::json;

fn line(case: &str, text: &str) -> String {
    let record = json!({
        "v": 1, "task": "t", "case": case, "case_hash": "00", "model": "m", "repeat": 0, "outcome": "scored",
        "should_decline": false, "correct": true, "behaviour": "answered", "scores": {}, "text": text,
        "reasoning": null, "tool_calls": [], "finish_reason": "stop", "usage": {}, "latency_ms": null,
        "cost_usd": null, "cached": false, "attempts": 1, "error": null,
    });
    format!("{record}\n")
}

fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(RECORDS_FILE);
    std::fs::write(&path, text).unwrap();
    (dir, path)
}

fn read(path: &Path) -> Result<(Log, Vec<(Record, Place)>), LogError> {
    let mut found = Vec::new();
    let log = Log::read(path, |record, place| {
        found.push((record, place));
        Ok::<_, LogError>(())
    })?;
    Ok((log, found))
}

#[test]
fn records_come_with_places_at_which_they_are_read_again() {
    let long = "x".repeat(300_000);
    let (_dir, path) = written(&format!("{}\n  \n{}{}", line("a", "ü"), line("b", &long), line("c", "")));
    let (log, found) = read(&path).unwrap();
    assert_eq!((log.records, log.torn_line), (3, None));
    assert_eq!(found.iter().map(|(_, place)| place.line).collect::<Vec<_>>(), [1, 4, 5]);
    assert_eq!(found[1].0.text.len(), long.len());
    let places = [found[2].1, found[0].1, found[1].1];
    let again = Log::read_at(&path, &places).unwrap();
    assert_eq!(again.iter().map(|record| record.case.as_str()).collect::<Vec<_>>(), ["c", "a", "b"]);
    assert_eq!(again[2], found[1].0);
}

#[test]
fn a_torn_line_is_left_out_and_cut_off_before_the_log_goes_on() {
    let whole = line("a", "one");
    let torn = line("b", "two");
    for cut in [1, torn.len() / 2, torn.len() - 1] {
        let (_dir, path) = written(&format!("{whole}\n{}", &torn[..cut]));
        let (log, found) = read(&path).unwrap();
        assert_eq!((log.torn_line, found.len()), (Some(3), 1));
        let mut cases = Vec::new();
        let (log, mut writer) = LogWriter::resume(&path, |record: Record| cases.push(record.case)).unwrap();
        assert_eq!((log.records, cases), (1, vec!["a".to_string()]));
        writer.on(&Event::Finished(&found[0].0)).unwrap();
        drop(writer);
        assert_eq!(read(&path).unwrap().1.iter().map(|(_, place)| place.line).collect::<Vec<_>>(), [1, 3]);
    }
}

#[test]
fn a_line_that_is_no_record_is_named_with_its_number() {
    let (_dir, path) = written(&format!("{}\n{{\"v\": 1}}\n{}", line("a", ""), line("b", "")));
    let error = read(&path).unwrap_err();
    assert!(matches!(error, LogError::Line { line: 3, .. }), "{error}");
    let place = Place { line: 3, offset: 7 };
    assert!(matches!(Log::read_at(&path, &[place]), Err(LogError::Line { line: 3, .. })));
}

#[test]
fn whoever_takes_the_records_may_end_the_reading() {
    let (_dir, path) = written(&[line("a", ""), line("b", "")].concat());
    let mut seen = 0;
    let stopped = Log::read(&path, |_, place| {
        seen += 1;
        Err(LogError::InUse { path: place.line.to_string().into() })
    });
    assert!(matches!(stopped, Err(LogError::InUse { path }) if path == Path::new("1")));
    assert_eq!(seen, 1);
}

/// Lines of about 1 kB, so that a thousand are more than one block.
fn many(n: usize) -> Vec<String> {
    (0..n).map(|case| line(&format!("{case}"), &"long ".repeat(100 + case * 7 % 200))).collect()
}

#[test]
fn a_log_of_many_blocks_comes_in_its_order_and_can_be_read_again() {
    let mut lines = many(9_000);
    // Blank lines count, and a line may be longer than a block.
    lines[17] = "\n \n".into();
    lines[4_000] = line("4000", &"x".repeat(3 << 20));
    let (_dir, path) = written(&lines.concat());
    let (log, found) = read(&path).unwrap();
    let cases: Vec<usize> = found.iter().map(|(record, _)| record.case.parse().unwrap()).collect();
    assert_eq!(cases, (0..9_000).filter(|case| *case != 17).collect::<Vec<_>>());
    assert_eq!((log.records, log.torn_line), (8_999, None));
    assert_eq!((found[16].1.line, found[17].1.line, found[8_998].1.line), (17, 20, 9_001));
    let some: Vec<Place> = found.iter().step_by(997).map(|(_, place)| *place).collect();
    let again = Log::read_at(&path, &some).unwrap();
    assert!(again.iter().eq(found.iter().step_by(997).map(|(record, _)| record)));
}

#[test]
fn a_bad_line_deep_in_a_log_is_named_after_all_before_it_were_handed_over() {
    for bad in [3_000, 7_777, 8_999] {
        let mut lines = many(9_000);
        // Another one behind it is read by another thread, and is not the first.
        lines[8_999] = "[]\n".into();
        lines[bad] = "{\"v\": 1}\n".into();
        let (_dir, path) = written(&lines.concat());
        let mut seen = 0;
        let error = Log::read(&path, |_, _| {
            seen += 1;
            Ok::<_, LogError>(())
        });
        assert!(matches!(error, Err(LogError::Line { line, .. }) if line == bad + 1), "{error:?}");
        assert_eq!(seen, bad);
    }
}

#[test]
fn the_last_line_of_many_blocks_may_be_torn_off() {
    let text = many(3_000).concat();
    let (_dir, path) = written(&text[..text.len() - 1]);
    let (log, found) = read(&path).unwrap();
    assert_eq!((log.torn_line, log.records, found.len()), (Some(3_000), 2_999, 2_999));
    let (_, writer) = LogWriter::resume(&path, |_: Record| ()).unwrap();
    drop(writer);
    let (log, _) = read(&path).unwrap();
    assert_eq!((log.torn_line, log.records), (None, 2_999));
}

#[test]
fn a_line_without_end_is_an_error_and_not_memory() {
    let line = |text: &str| [&many(3_000).concat(), text].concat();
    let (_dir, path) = written(&line(&"x".repeat(blocks::MAX_LINE + (2 << 20))));
    let error = read(&path).unwrap_err();
    assert!(error.to_string().ends_with("line 3001: not a record of eval: the line is too long"), "{error}");
}

#[test]
fn no_more_blocks_are_read_ahead_than_each_thread_has_two_of() {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    // What was made of lines and not yet taken, at most.
    let (made, taken, most) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let text = many(20_000).concat();
    let (_dir, path) = written(&text);
    let make = |record: Record| {
        let ahead = made.fetch_add(1, SeqCst) + 1 - taken.load(SeqCst);
        most.fetch_max(ahead, SeqCst);
        record.case
    };
    let log = Log::read_as(&path, make, |_, _| {
        taken.fetch_add(1, SeqCst);
        Ok::<_, LogError>(())
    });
    assert_eq!(log.unwrap().records, 20_000);
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get()).min(8);
    let in_a_block = (blocks::BLOCK + 2_000) / 500;
    assert!(most.into_inner() <= (2 * threads + 1) * in_a_block, "{threads} threads");
}
