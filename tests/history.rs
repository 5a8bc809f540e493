//! `eval history`: a suite over time.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{
    Sandbox,
    paired::{self, task},
    snapshot,
    view::Server,
};
use serde_json::{Value, json};

/// Puts the run of `paired` that the recordings make among the runs, as if it had been made on that day.
fn on_day(sandbox: &Sandbox, day: &str, words: &str) {
    paired::run(sandbox, words, "made");
    let mut manifest: Value = serde_json::from_str(&sandbox.read("made/run/run.json")).unwrap();
    manifest["started_at"] = json!(format!("{day}T10:00:00Z"));
    sandbox.write("made/run/run.json", manifest.to_string());
    std::fs::create_dir_all(sandbox.path().join("runs")).unwrap();
    let name = format!("{}-100000-paired", day.replace('-', ""));
    std::fs::rename(sandbox.path().join("made/run"), sandbox.path().join("runs").join(name)).unwrap();
}

const SMALL: &str = "--candidate small=replay:ours.jsonl";

/// Right 186, then 152 of the same cases; then both models, and a part at last.
fn four_runs() -> Sandbox {
    let sandbox = paired::sandbox(&[paired::equal()]);
    on_day(&sandbox, "2026-11-01", SMALL);
    paired::write(&sandbox, &[task("mail", [150, 2, 40, 8])]);
    on_day(&sandbox, "2026-11-02", SMALL);
    paired::write(&sandbox, &[paired::equal()]);
    on_day(&sandbox, "2026-11-03", &format!("{SMALL} --reference large=replay:theirs.jsonl"));
    on_day(&sandbox, "2026-11-04", &format!("{SMALL} --limit 50"));
    sandbox
}

#[test]
fn a_suite_over_time_for_a_terminal() {
    let sandbox = four_runs();
    snapshot!(sandbox, sandbox.eval_to(0, "history --suite paired --out runs").stdout);
}

#[test]
fn the_page_says_the_same_as_the_terminal() {
    let sandbox = four_runs();
    let shown = sandbox.eval_to(0, "history --suite paired --out runs").stdout;
    let page = Server::start(&sandbox, "--out runs").page("/suites/paired/");
    let rows: Vec<&str> = page.split("<tr>").collect();
    for (day, change, words) in [
        ("20261101", "—", ""),
        ("20261102", "−17.0 ▼", "worse for sure"),
        ("20261103", "+17.0", ""),
        ("20261104", "0.0 ≠", "not the same measure"),
    ] {
        let line = shown.lines().find(|line| line.contains(day) && !line.contains("reference")).unwrap();
        assert!(line.contains(&format!("  {change}  ")), "{change}\n{shown}");
        let row = rows.iter().find(|row| row.contains(day) && row.contains(">small</td>")).unwrap();
        let cell = row.split("<td class=\"n iv\">").nth(1).unwrap().split("</td>").next().unwrap();
        for part in change.split(' ').chain([words]) {
            assert!(cell.contains(part), "{part}: {cell}");
        }
        assert_eq!(cell.contains('▼'), change.contains('▼'), "{cell}");
        assert_eq!(cell.contains('≠'), change.contains('≠'), "{cell}");
    }
    let legend = shown.rsplit("\n\n").next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(page.replace("&#x27;", "'").contains(&legend), "{legend}\n{page}");
}

#[test]
fn the_figures_and_what_changed() {
    let sandbox = four_runs();
    let history = |words: &str| -> Value {
        serde_json::from_str(
            &sandbox.eval_to(0, &format!("history --suite paired --out runs --format json {words}")).stdout,
        )
        .unwrap()
    };
    let all = history("");
    assert_eq!(all["runs"].as_array().unwrap().len(), 4);
    let models = all["tasks"][0]["models"].as_array().unwrap();
    assert_eq!(models.iter().map(|row| row["model"].as_str().unwrap()).collect::<Vec<_>>(), ["small", "large"]);
    let points = models[0]["points"].as_array().unwrap();
    assert_eq!(points.iter().map(|point| point["correct"].as_u64().unwrap()).collect::<Vec<_>>(), [186, 152, 186, 50]);
    assert_eq!(points[0]["change"], json!(null));
    let change = &points[1]["change"];
    assert_eq!((&change["since"], &change["cases"]), (&json!("20261101-100000-paired"), &json!(200)));
    assert_eq!((&change["difference"], &change["is_regression"]), (&json!(-0.17), &json!(true)));
    assert_eq!(points[2]["change"]["is_regression"], false);
    // A part of the suite is compared on the cases that both hold, and is another measure.
    assert_eq!((&points[3]["partial"], &points[3]["change"]["cases"]), (&json!(true), &json!(50)));
    assert_eq!(points[3]["differs_in"], json!(["cases"]));
    assert_eq!((&points[2]["reference"], &points[2]["verdict"]), (&json!("large"), &json!("good_enough")));
    assert_eq!(models[1]["points"][0]["verdict"], json!(null), "a reference is not on trial");

    assert_eq!(history("--limit 2")["runs"], json!(["20261103-100000-paired", "20261104-100000-paired"]));
    let large = history("--model large --task mail");
    assert_eq!(
        (&large["runs"], large["tasks"][0]["models"].as_array().unwrap().len()),
        (&json!(["20261103-100000-paired"]), 1)
    );
}

#[test]
fn a_run_says_the_same_here_as_in_its_report() {
    let sandbox = four_runs();
    let run = "runs/20261103-100000-paired";
    let read = || -> Value {
        let shown = sandbox.eval_to(0, "history --suite paired --out runs --format json --limit 2");
        serde_json::from_str::<Value>(&shown.stdout).unwrap()["tasks"][0]["models"][0]["points"][0].clone()
    };
    let summary: Value =
        serde_json::from_str(&sandbox.eval_to(0, &format!("report {run} --format json")).stdout).unwrap();
    let row = &summary["tasks"][0]["models"][0];
    let point = read();
    assert_eq!((&point["correct_rate"], &point["interval"]), (&row["correct_rate"], &row["intervals"]["accuracy"]));
    // A summary that was left behind by an older log is not believed.
    let summary = sandbox.read(&format!("{run}/summary.json"));
    sandbox.write(&format!("{run}/summary.json"), summary.replace("\"correct_rate\": 0.93", "\"correct_rate\": 0.01"));
    std::thread::sleep(std::time::Duration::from_millis(20));
    let log = sandbox.read(&format!("{run}/records.jsonl"));
    sandbox.write(&format!("{run}/records.jsonl"), log);
    assert_eq!(read(), point);
}

#[test]
fn a_run_that_cannot_be_read_is_said_and_left_out() {
    let sandbox = four_runs();
    sandbox.write("runs/20261105-100000-paired/run.json", "{");
    let shown = sandbox.eval_to(0, "history --suite paired --out runs");
    assert!(shown.stderr.contains("note: the run 20261105-100000-paired is left out"), "{}", shown.stderr);
}

#[test]
fn a_folder_by_which_the_suite_was_named_finds_it_too() {
    let sandbox = four_runs();
    let by_name = sandbox.eval_to(0, "history --suite paired --out runs").stdout;
    assert_eq!(sandbox.eval_to(0, "history --suite ./paired --out runs").stdout, by_name);
}

#[test]
fn a_suite_that_was_renamed_is_another_measure() {
    let sandbox = four_runs();
    sandbox.replace("runs/20261101-100000-paired/run.json", "\"name\":\"paired\"", "\"name\":\"paired-1\"");
    let shown = sandbox.eval_to(0, "history --suite ./paired --out runs --format json").stdout;
    let history: Value = serde_json::from_str(&shown).unwrap();
    let points = &history["tasks"][0]["models"][0]["points"];
    assert_eq!(history["suite"], "paired");
    assert_eq!((&points[1]["change"], &points[1]["differs_in"]), (&json!(null), &json!(["suite"])));
    assert_eq!((&points[2]["change"]["cases"], &points[2]["differs_in"]), (&json!(200), &json!([])));
}

#[test]
fn what_is_not_there() {
    let sandbox = four_runs();
    let errors = [
        sandbox.eval_to(2, "history --suite paired").stderr,
        sandbox.eval_to(2, "history --suite shop --out runs").stderr,
        sandbox.eval_to(2, "history --suite paired --out runs --task email").stderr,
        sandbox.eval_to(2, "history --suite paired --out runs --limit 0").stderr,
    ];
    snapshot!(sandbox, errors.join("\n"));
}
