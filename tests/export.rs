//! `eval report` and `eval compare` in every format: the numbers are the same.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{
    Sandbox,
    paired::{self, OURS, THEIRS, Task, task},
    shop,
};
use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::Field,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, fs::File};

const RUN: &str = "both/run";

/// A run of two models, with costs and latencies of one of them.
fn with_a_run(tasks: &[Task]) -> Sandbox {
    let sandbox = paired::sandbox(tasks);
    let ours = sandbox.read("ours.jsonl");
    let priced = |(n, line): (usize, &str)| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line["cost_usd"] = json!(0.0001 * (n % 7) as f64);
        line["latency_ms"] = json!(10.5 + n as f64);
        format!("{line}\n")
    };
    sandbox.write("ours.jsonl", ours.lines().enumerate().map(priced).collect::<String>());
    paired::run(&sandbox, "--candidate small=replay:ours.jsonl --reference large=replay:theirs.jsonl", "both");
    sandbox
}

type Row = Map<String, Value>;

fn jsonl(text: &str) -> Vec<Row> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Fields without line ends in them, as they are written.
fn csv(text: &str) -> Vec<BTreeMap<String, String>> {
    let fields = |line: &str| {
        let (mut fields, mut quoted) = (vec![String::new()], false);
        for c in line.replace("\"\"", "\u{0}").chars() {
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => fields.push(String::new()),
                c => fields.last_mut().unwrap().push(if c == '\u{0}' { '"' } else { c }),
            }
        }
        fields
    };
    let mut lines = text.split_terminator("\r\n").map(fields);
    let names = lines.next().unwrap();
    lines
        .map(|line| {
            assert_eq!(line.len(), names.len());
            names.iter().cloned().zip(line).collect()
        })
        .collect()
}

fn parquet(sandbox: &Sandbox, name: &str) -> Vec<Row> {
    let reader = SerializedFileReader::new(File::open(sandbox.path().join(name)).unwrap()).unwrap();
    let cell = |field: &Field| match field {
        Field::Null => Value::Null,
        Field::Str(text) => json!(text),
        Field::Long(n) => json!(n),
        Field::Double(x) => json!(x),
        Field::Bool(flag) => json!(flag),
        field => panic!("{field:?}"),
    };
    let row =
        |row: parquet::record::Row| row.get_column_iter().map(|(name, field)| (name.clone(), cell(field))).collect();
    reader.get_row_iter(None).unwrap().map(|found| row(found.unwrap())).collect()
}

/// A cell of CSV says what a value of JSON says.
fn same(cell: &str, value: &Value) -> bool {
    match value {
        Value::Null => cell.is_empty(),
        Value::String(text) => cell == text,
        Value::Number(number) => cell.parse::<f64>() == Ok(number.as_f64().unwrap()),
        Value::Bool(flag) => cell == if *flag { "true" } else { "false" },
        value => panic!("{value}"),
    }
}

/// Where `summary.json` holds what a column says.
fn in_summary(summary: &Value, row: &Row, column: &str) -> Value {
    let of = |rows: &Value, key: &str, name: &Value| {
        rows.as_array().unwrap().iter().find(|row| row[key] == *name).cloned().unwrap_or_default()
    };
    let task = of(&summary["tasks"], "task", &row["task"]);
    let model = of(&task["models"], "model", &row["model"]);
    let pair = of(&task["comparisons"], "candidate", &row["model"]);
    let limit = |value: &Value, place: usize| value.get(place).cloned().unwrap_or_default();
    match column {
        "suite" | "run" | "level" => summary[column].clone(),
        "task" | "kind" => task[column].clone(),
        "cost_per_correct_usd.lower" => limit(&model["cost_per_correct_interval"], 0),
        "cost_per_correct_usd.upper" => limit(&model["cost_per_correct_interval"], 1),
        "comparison.difference.lower" => limit(&pair["interval"], 0),
        "comparison.difference.upper" => limit(&pair["interval"], 1),
        "comparison.wrong_answers" => pair["wrong_answers"]["difference"].clone(),
        "comparison.wrong_answers.lower" => limit(&pair["wrong_answers"]["interval"], 0),
        "comparison.wrong_answers.upper" => limit(&pair["wrong_answers"]["interval"], 1),
        _ => match column.split_once('.') {
            Some(("comparison", key)) => pair[key].clone(),
            Some(("metric", name)) => match (name.strip_suffix(".lower"), name.strip_suffix(".upper")) {
                (Some(name), _) => limit(&model["intervals"][name], 0),
                (_, Some(name)) => limit(&model["intervals"][name], 1),
                _ => model["metrics"][name].clone(),
            },
            Some((group, key)) => model[group][key].clone(),
            None => model[column].clone(),
        },
    }
}

#[test]
fn the_table_of_results_is_the_summary_in_every_format() {
    let sandbox = with_a_run(&paired::four_verdicts());
    let report = |words: &str| sandbox.eval_to(12, &format!("report {RUN} --format {words}")).stdout;
    let summary: Value = serde_json::from_str(&report("json")).unwrap();
    let rows = jsonl(&report("jsonl"));
    assert_eq!(rows.len(), 8, "four tasks, two models");
    for row in &rows {
        for (column, value) in row {
            let want = in_summary(&summary, row, column);
            let same = value.as_f64().zip(want.as_f64()).map_or(*value == want, |(found, want)| found == want);
            assert!(same, "{column} of {} on {}: {value}, {want}", row["model"], row["task"]);
        }
    }
    let first = &rows[0];
    assert_eq!((&first["comparison.verdict"], &first["comparison.margin"]), (&json!("good_enough"), &json!(0.05)));
    assert!(first["cost_usd"].is_f64() && first["latency_ms.p95"].is_f64() && first["metric.accuracy.lower"].is_f64());
    assert_eq!((&rows[1]["comparison.verdict"], &rows[1]["cost_usd"]), (&Value::Null, &Value::Null));

    for (row, cells) in rows.iter().zip(csv(&report("csv"))) {
        assert_eq!(row.len(), cells.len());
        assert!(row.iter().all(|(column, value)| same(&cells[column], value)), "{row:?}\n{cells:?}");
    }
    assert_eq!(report("parquet --output results.parquet"), "");
    let whole = |rows: &[Row]| rows.iter().map(|row| json!(row).to_string()).collect::<Vec<_>>();
    assert_eq!(whole(&parquet(&sandbox, "results.parquet")), whole(&rows));
}

#[test]
fn the_texts_hold_the_numbers_of_the_table() {
    let sandbox = with_a_run(&paired::four_verdicts());
    let report = |words: &str| sandbox.eval_to(12, &format!("report {RUN} --format {words}")).stdout;
    let rows = jsonl(&report("jsonl"));
    let percent = |value: &Value| format!("{:.1}", value.as_f64().unwrap() * 100.0);
    let points = |value: &Value| {
        let tenths = (value.as_f64().unwrap() * 1000.0).round() / 10.0;
        if tenths == 0.0 { "0.0".into() } else { format!("{tenths:+.1}").replace('-', "−") }
    };
    let interval = |row: &Row, name: &str, show: &dyn Fn(&Value) -> String| {
        format!("[{}, {}]", show(&row[&format!("{name}.lower")]), show(&row[&format!("{name}.upper")]))
    };

    let markdown = report("md");
    let page = report("html -o -");
    let table_rows: Vec<String> =
        page.split("<tr").skip(1).map(|row| without_tags(row.split("</tr>").next().unwrap())).collect();
    let junit = report("junit");
    for row in &rows {
        let (task, model) = (row["task"].as_str().unwrap(), row["model"].as_str().unwrap());
        let right = format!("{}/{}", row["correct"], row["cases"]);
        let rate = format!("{}% {}", percent(&row["correct_rate"]), interval(row, "metric.accuracy", &percent));
        let line = markdown.lines().find(|line| line.starts_with(&format!("| {task} | {model} |"))).unwrap();
        assert!(line.contains(&format!("| {right} | {rate} |")), "{right}, {rate}: {line}");
        let shown = [format!("{}%", percent(&row["correct_rate"])), interval(row, "metric.accuracy", &percent)];
        assert!(
            table_rows.iter().any(|row| shown.iter().all(|words| row.contains(words))),
            "{shown:?} {table_rows:#?}"
        );
        if row["comparison.reference"].is_null() {
            continue;
        }
        let difference = format!(
            "{} points {}",
            points(&row["comparison.difference"]),
            interval(row, "comparison.difference", &points)
        );
        let line = markdown.lines().find(|line| line.starts_with(&format!("| {task} | small | large |"))).unwrap();
        assert!(line.contains(&difference), "{difference}: {line}");
        assert!(without_tags(&page).contains(&points(&row["comparison.difference"])), "{difference}");
        // A test for each case, and one for the verdict.
        let suite =
            junit.split("<testsuite ").find(|suite| suite.starts_with(&format!("name=\"{task} · {model}\""))).unwrap();
        let number = |key: &str| {
            suite.split(&format!("{key}=\"")).nth(1).unwrap().split('"').next().unwrap().parse::<u64>().unwrap()
        };
        let wrong = row["cases"].as_u64().unwrap() - row["correct"].as_u64().unwrap();
        let verdict = u64::from(row["comparison.verdict"] != "good_enough");
        assert_eq!((number("tests"), number("failures")), (row["cases"].as_u64().unwrap() + 1, wrong + verdict));
    }
}

#[test]
fn both_figures_of_schema_validity_are_in_every_format() {
    let sandbox = shop::sandbox();
    sandbox.eval("run --suite ./shop --candidate m=replay:mixed.jsonl --reference best=replay:right.jsonl --quiet");
    let report = |words: &str| sandbox.eval(&format!("report latest --format {words}")).stdout;
    let rows: Vec<Row> = jsonl(&report("jsonl")).into_iter().filter(|row| row["task"] == "fields").collect();
    let cells: Vec<_> = csv(&report("csv")).into_iter().filter(|row| row["task"] == "fields").collect();
    let page = without_tags(&report("html -o -"));
    let (_, readable) = page.split_once("Can the output be read?").unwrap();
    // One of the candidate's four answers stands in a fence.
    for (words, name, shares) in [
        ("valid as given", "metric.schema_valid_as_given", [0.75, 1.0]),
        ("valid, recovered counted", "metric.schema_valid_any_form", [1.0, 1.0]),
    ] {
        let (_, shown) = readable.split_once(&format!(" {words} ")).unwrap();
        let mut shown = shown.split("% [");
        for ((row, cells), share) in rows.iter().zip(&cells).zip(shares) {
            assert_eq!(row[name], share, "{row:?}");
            assert!(same(&cells[name], &row[name]), "{cells:?}");
            let before = shown.next().unwrap();
            assert!(before.ends_with(&format!("{:.1}", share * 100.0)), "{words}: {before}");
        }
    }
}

fn without_tags(page: &str) -> String {
    let text: Vec<&str> = page.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
    text.join(" ").split_whitespace().collect::<Vec<_>>().join(" ").replace("[ ", "[")
}

#[test]
fn the_records_are_a_row_each_without_texts() {
    let tagged = Task { case: |n, _| json!({"tags": [format!("=cmd|{n}"), "a,b"]}), ..task("mail", [6, 2, 2, 2]) };
    let sandbox = with_a_run(&[tagged]);
    let report = |words: &str| sandbox.eval(&format!("report {RUN} --table records --format {words}")).stdout;
    let rows = jsonl(&report("jsonl"));
    assert_eq!(rows.len(), 24);
    let right = |model: &str| rows.iter().filter(|row| row["model"] == model && row["correct"] == true).count();
    assert_eq!([right("small"), right("large")], [8, 8]);
    let row = rows.iter().find(|row| row["case"] == "c-0001" && row["model"] == "small").unwrap();
    let keys = ["outcome", "behaviour", "score.accuracy", "latency_ms", "cost_usd", "tokens.input", "tags"];
    let want = json!(["scored", "answered", 1.0, 11.5, 0.0001, 100, "=cmd|1, a,b"]);
    assert_eq!(json!(keys.map(|key| &row[key])), want);
    assert!(!row.keys().any(|key| ["text", "prompt", "expected", "answer"].contains(&key.as_str())));

    let cells = csv(&report("csv"));
    assert!(cells.iter().all(|row| row["tags"].starts_with("'=cmd|")), "a spreadsheet would run it");
    for (row, cells) in rows.iter().zip(&cells) {
        assert!(
            row.iter().all(|(column, value)| column == "tags" || same(&cells[column], value)),
            "{row:?}\n{cells:?}"
        );
    }
    report("parquet -o tables/records.parquet");
    let whole = |rows: &[Row]| rows.iter().map(|row| json!(row).to_string()).collect::<Vec<_>>();
    assert_eq!(whole(&parquet(&sandbox, "tables/records.parquet")), whole(&rows));
}

#[test]
fn held_out_cases_have_no_row_and_are_counted() {
    let sandbox = with_a_run(&[paired::equal()]);
    let log = sandbox.read("both/run/records.jsonl");
    let (first, rest) = log.split_once('\n').unwrap();
    let mut record: Value = serde_json::from_str(first).unwrap();
    record["held_out"] = json!(true);
    sandbox.write("both/run/records.jsonl", format!("{record}\n{rest}"));
    let outcome = sandbox.eval_to(0, &format!("report {RUN} --format csv --table records"));
    // Both models were asked the case.
    assert_eq!(csv(&outcome.stdout).len(), 398);
    assert!(outcome.stderr.contains("2 records of held-out cases are left out"), "{}", outcome.stderr);
    assert!(!outcome.stdout.contains(record["case"].as_str().unwrap()));
    let results = sandbox.eval_to(0, &format!("report {RUN} --format csv"));
    assert_eq!(csv(&results.stdout)[0]["cases"], "200");
}

#[test]
fn two_runs_are_exported_as_one() {
    let sandbox = paired::apart(&[paired::equal()]);
    let compare = |words: &str| sandbox.eval_to(0, &format!("compare {OURS} {THEIRS} --format {words}")).stdout;
    let base: Value = serde_json::from_str(&compare("json")).unwrap();
    let pair = &base["tasks"][0]["comparisons"][0];
    let rows = jsonl(&compare("jsonl"));
    assert_eq!(rows[0]["comparison.difference.lower"], pair["interval"][0]);
    assert_eq!(csv(&compare("csv"))[0]["comparison.candidate_only"], "6");
    assert_eq!(jsonl(&compare("jsonl --table records")).len(), 400);
    let page = compare("html");
    assert!(page.starts_with("<!doctype html>") && page.contains("Can small take over paired from large?"));
    assert_eq!(compare("html --output pair/page.html"), "");
    assert_eq!(sandbox.read("pair/page.html"), page);
    assert!(compare("junit").contains("<testsuites name=\"eval paired\""));
}

#[test]
fn a_file_a_table_and_what_neither_goes_with() {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, "run --suite ./shop --candidate m=replay:mixed.jsonl --quiet");
    let page = sandbox.the_run().read("report.html");
    sandbox.remove(&format!(".eval/runs/{}/report.html", sandbox.the_run().id()));
    let printed = sandbox.eval_to(0, "report latest -o there/page.html").stdout;
    assert_eq!((printed.trim(), sandbox.read("there/page.html")), ("there/page.html", page.clone()));
    assert_eq!(sandbox.eval_to(0, "report latest --output -").stdout, page);
    assert!(!sandbox.the_run().file("report.html").exists());

    let error = sandbox.eval_to(2, "report latest --format md --table records").stderr;
    assert!(error.contains("--table is for csv, jsonl and parquet"), "{error}");
    sandbox.write("file", "");
    let error = sandbox.eval_to(2, "report latest --format csv -o file/x.csv").stderr;
    assert!(error.contains("failed to write file/x.csv"), "{error}");
    assert_eq!(sandbox.eval("report latest --format xml").code, Some(2));
    // Standard output that is a file is no terminal.
    assert!(
        sandbox
            .command()
            .args(["report", "latest", "--format", "parquet"])
            .output()
            .unwrap()
            .stdout
            .starts_with(b"PAR1")
    );
}

#[test]
fn a_recorded_model_is_told_in_every_text() {
    let sandbox = shop::sandbox();
    sandbox.eval_to(0, "run --suite ./shop --candidate m=replay:right.jsonl --quiet");
    let run = sandbox.the_run();
    let note = "m is a recording of the open model m2, made on 2026-11-21";
    let mut manifest = run.manifest();
    manifest["notes"] = json!([note]);
    std::fs::write(run.file("run.json"), manifest.to_string()).unwrap();
    for format in ["json", "md", "html -o -", "junit"] {
        let shown = sandbox.eval_to(0, &format!("report latest --format {format}"));
        assert!(shown.stdout.contains(note), "{format}");
        assert!(shown.stderr.contains(note), "{format}");
    }
}
