//! `eval suites record` and models that are named `recorded:NAME`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, shop, snapshot};
use std::{collections::BTreeMap, io::Read};

const RUN: &str = "run --suite ./shop --candidate model=replay:mixed.jsonl --out runs";
const RIGHT: &str = "run --suite ./shop --candidate model=replay:right.jsonl --out runs";

fn recorded() -> Sandbox {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, RIGHT);
    sandbox.eval_to(0, "suites record latest --out runs --as incumbent");
    sandbox
}

#[test]
fn a_run_is_kept_beside_its_suite_and_compared_with() {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, RIGHT);
    let kept = sandbox.eval_to(0, "suites record latest --out runs --as incumbent").stdout;
    let shown = sandbox.eval_to(0, "suites show ./shop").stdout;
    let compared = sandbox.eval_to(0, &format!("{RUN} --reference recorded:incumbent")).stdout;
    // Of two runs of one second, the second's id ends in a number; and a day ends while tests run.
    let (before, after) = compared.split_once("made on ").unwrap();
    let compared = format!("{before}made on [DAY]{}", &after[10..]).replace("-shop-2", "-shop");
    snapshot!(sandbox, format!("{kept}\n---\n{shown}\n---\n{compared}"));
}

#[test]
fn every_report_says_that_it_is_a_recording() {
    let sandbox = recorded();
    sandbox.eval_to(0, &format!("{RUN} --reference recorded:incumbent"));
    let said = "recorded:incumbent is a recording of model";
    for format in ["md", "json"] {
        let report = sandbox.eval_to(0, &format!("report latest --out runs --format {format}")).stdout;
        assert!(report.contains(said), "{format}: {report}");
    }
    let page = sandbox.eval_to(0, "report latest --out runs").stdout;
    let page = std::fs::read_to_string(sandbox.path().join(page.trim())).unwrap_or(page);
    assert!(page.contains(said), "{page}");
    let compared = sandbox.eval_to(0, "compare latest --out runs").stdout;
    assert!(compared.contains(said), "{compared}");
}

#[test]
fn the_same_answers_score_the_same() {
    let sandbox = recorded();
    sandbox.eval_to(0, "run --suite ./shop --candidate recorded:incumbent --out again");
    let outcomes = |folder: &str| -> BTreeMap<(String, String), (Option<bool>, String)> {
        let runs = std::fs::read_dir(sandbox.path().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        let run = runs.filter(|path| path.is_dir()).min().unwrap();
        let records = std::fs::read_to_string(run.join("records.jsonl")).unwrap();
        let record = |line: &str| {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            let place = (record["task"].to_string(), record["case"].to_string());
            (place, (record["correct"].as_bool(), record["text"].to_string()))
        };
        records.lines().map(record).collect()
    };
    assert_eq!(outcomes("runs"), outcomes("again"));
}

#[test]
fn nothing_of_this_machine_is_in_it() {
    let sandbox = recorded();
    let manifest = sandbox.read("shop/recorded/incumbent.json");
    assert!(!manifest.contains(&*sandbox.path().to_string_lossy()), "{manifest}");
    let file = std::fs::File::open(sandbox.path().join("shop/recorded/incumbent.jsonl.gz")).unwrap();
    let mut lines = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut lines).unwrap();
    assert!(!lines.contains("\"prompt\"") && !lines.contains("\"scores\""), "{lines}");
}

#[test]
fn a_stale_recording_is_an_error() {
    let sandbox = recorded();
    let first = sandbox.read("shop/triage.jsonl");
    sandbox.write("shop/triage.jsonl", first.replacen("\"input\": \"", "\"input\": \"Well, ", 1));
    let error = sandbox.eval_to(2, "run --suite ./shop --candidate recorded:incumbent --out again").stderr;
    snapshot!(sandbox, error);
}

#[test]
fn what_cannot_be_recorded_or_found() {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, &format!("{RUN} --limit 2"));
    let part = sandbox.eval_to(2, "suites record latest --out runs").stderr;
    sandbox.eval_to(0, RUN);
    let name = sandbox.eval_to(2, "suites record latest --out runs --as a/b").stderr;
    let other = sandbox.eval_to(2, "suites record latest --out runs --suite support-tickets").stderr;
    let model = sandbox.eval_to(2, "suites record latest --out runs --model other").stderr;
    let none = sandbox.eval_to(2, "run --suite ./shop --candidate recorded:incumbent").stderr;
    // Of two runs of one second, the second's id ends in a number.
    snapshot!(sandbox, [part, name, other, model, none].join("\n---\n").replace("-shop-2", "-shop"));
}
