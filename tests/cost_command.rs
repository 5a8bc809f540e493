//! `eval cost`: a recorded model that is paid by the token, and one that is hosted.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, shop, snapshot, view::Server};
use serde_json::{Value, json};

const CONFIG: &str = r#"
[models.closed]
runner = "replay"
outputs = "mixed.jsonl"
price = { input = 0.15, cached_input = 0.075, output = 0.60, as_of = "2026-11-01" }

[models.open]
runner = "replay"
outputs = "right.jsonl"
hosting = { usd_per_hour = 1.75, rate = 40, fixed_usd_per_month = 50, care_hours = 10, care_usd_per_hour = 80 }
"#;

/// A run of both, in which the open model is to take over.
fn with_a_run() -> Sandbox {
    with_a_run_under(CONFIG)
}

fn with_a_run_under(config: &str) -> Sandbox {
    let sandbox = shop::sandbox();
    sandbox.write("eval.toml", config);
    let tokens = json!({"input_tokens": 900, "cached_input_tokens": 0, "output_tokens": 20});
    let right = shop::right().into_iter().map(|mut answer| {
        answer["usage"] = tokens.clone();
        answer
    });
    sandbox.write("right.jsonl", shop::lines(&right.collect::<Vec<_>>()));
    // So few cases prove nothing, but cost what they cost.
    sandbox.eval_to(12, "run --suite ./shop --candidate open --reference closed --task triage --task fields --quiet");
    sandbox
}

fn cost(sandbox: &Sandbox, words: &str) -> Value {
    let code = sandbox.eval(&format!("cost latest {words} --format json"));
    serde_json::from_str(&code.stdout).unwrap_or_else(|_| panic!("{}", code.stderr))
}

fn near(value: &Value, expected: f64) {
    let found = value.as_f64().unwrap_or_else(|| panic!("{value}"));
    assert!((found / expected - 1.0).abs() < 1e-9, "{found} {expected}");
}

#[test]
fn what_is_shown() {
    let sandbox = with_a_run();
    for words in ["", "--volume 8M-tokens/day", "--format md", "--volume 50k-requests/day --format json"] {
        snapshot!(sandbox, sandbox.eval(&format!("cost latest {words}")).stdout);
    }
}

#[test]
fn figures_by_hand() {
    let sandbox = with_a_run();
    let report = cost(&sandbox, "--volume 50k-requests/day --peak-factor 4");
    let (open, closed) = (&report["models"][0], &report["models"][1]);
    // 1000 tokens in and 10 out, for each of 10 requests, of which 5 are right.
    let each = (1000.0 * 0.15 + 10.0 * 0.60) / 1e6;
    let days = 730.0 / 24.0;
    near(&closed["cost_per_request_usd"], each);
    near(&closed["at"][0]["cost_per_month_usd"], 50_000.0 * days * each);
    near(&closed["at"][0]["cost_per_correct_usd"], each * 2.0);
    // 50,000 a day are 0.58 a second, 2.31 at the peak: one replica, loaded to 60%, does 24.
    let month = 730.0 * 1.75 + 50.0 + 800.0;
    assert_eq!(open["at"][0]["replicas"], 1);
    near(&open["at"][0]["cost_per_month_usd"], month);
    near(&open["at"][0]["cost_per_month_without_care_usd"], month - 800.0);
    near(&open["at"][0]["cost_per_correct_usd"], month / (50_000.0 * days));
    // A replica serves 518,400 requests a day, which cost more by the token; a second one makes it dearer again.
    let (counted, left_out) = (&report["break_even"][0]["with_care"], &report["break_even"][0]["without_care"]);
    let first = &counted["cheaper_from"];
    near(&first["requests_per_day"], month / days / each);
    near(&first["tokens_per_day"], month / days / each * 1010.0);
    near(&left_out["cheaper_from"]["requests_per_day"], (month - 800.0) / days / each);
    // With people's time, hosting is 850 USD and 1277.50 a replica; a full replica saves 1182.30: two make up for 850 and
    // the next replica.
    near(&counted["stays_cheaper_from"]["requests_per_day"], (850.0 + 2.0 * 1277.5) / days / each);
    // At half the price a replica never pays.
    let own =
        report["break_even"][0]["sensitivity"].as_array().unwrap().iter().find(|at| at["target_utilization"] == 0.6);
    let prices: Vec<&Value> = own.unwrap()["break_even"].as_array().unwrap().iter().collect();
    assert_eq!(prices[0]["cheaper_from_requests_per_day"], json!(null));
    near(&prices[2]["cheaper_from_requests_per_day"], month / days / each / 2.0);
}

#[test]
fn a_volume_in_tokens_is_counted_by_the_reference() {
    let sandbox = with_a_run();
    let report = cost(&sandbox, "--volume 10100k-tokens/day");
    assert_eq!(
        (&report["tokens_counted_by"], &report["volumes"][0]["requests_per_day"]),
        (&json!("closed"), &json!(1e4))
    );
    let other = cost(&sandbox, "--volume 10100k-tokens/day --task fields");
    assert_eq!(other["tasks"], json!(["fields"]));
    assert_eq!(other["models"][0]["requests"], 4);
}

#[test]
fn terms_may_be_given_after_the_run() {
    let sandbox = with_a_run();
    let before = cost(&sandbox, "--volume 1k-requests/day");
    // What the run knew is enough.
    sandbox.remove("eval.toml");
    assert_eq!(cost(&sandbox, "--volume 1k-requests/day"), before);
    let other = CONFIG.replace("rate = 40", "rate = 0.01").replace("input = 0.15", "input = 0.30");
    sandbox.write("later/terms.toml", other);
    let after = cost(&sandbox, "--volume 1k-requests/day --config later/terms.toml");
    // 0.0347 requests a second at the peak, of which a replica does 0.006.
    assert_eq!(after["models"][0]["at"][0]["replicas"], 6);
    near(&after["models"][1]["cost_per_request_usd"], (1000.0 * 0.30 + 10.0 * 0.60) / 1e6);
    // A model that was paid by the token may be hosted.
    sandbox.write("hosted.toml", CONFIG.replace("price = {", "hosting = { usd_per_hour = 1, rate = 1 } #"));
    let hosted = cost(&sandbox, "--config hosted.toml");
    assert_eq!((&hosted["models"][1]["basis"], &hosted["break_even"]), (&json!("hosting"), &json!([])));
    // A file that names no model of the run was meant for another.
    sandbox.write("other.toml", CONFIG.replace("[models.", "[models.other-"));
    let outcome = sandbox.eval_to(0, "cost latest --config other.toml");
    assert_eq!(outcome.stderr, "note: other.toml names none of the run's models: open, closed\n");
}

#[test]
fn every_page_is_at_the_prices_of_today() {
    let sandbox = with_a_run();
    // Where the two lines of the monthly cost cross.
    let crossing = |page: &str| {
        let rest = page.split("is cheaper than paying closed from ").nth(1).unwrap();
        rest.split(" requests").next().unwrap().to_string()
    };
    let report = || {
        sandbox.eval("report latest");
        crossing(&sandbox.the_run().page())
    };
    let before = report();
    sandbox.write("eval.toml", CONFIG.replace("input = 0.15", "input = 0.30"));
    let after = report();
    assert_ne!(before, after);
    assert_eq!(crossing(&sandbox.eval("compare latest --format html").stdout), after);
    let server = Server::start(&sandbox, "");
    assert_eq!(crossing(&server.page(&format!("/runs/{}/", sandbox.the_run().id()))), after);
}

#[test]
fn what_is_unknown_stays_unknown() {
    let without = CONFIG.replace("price =", "# price =").replace("rate = 40", "rate = \"measured\"");
    let sandbox = with_a_run_under(&without);
    let report = cost(&sandbox, "--volume 1M-requests/month");
    for model in report["models"].as_array().unwrap() {
        assert_eq!(model["basis"], "unknown");
        let at = &model["at"][0];
        for key in ["replicas", "cost_per_month_usd", "cost_per_correct_usd", "cost_per_correct_interval"] {
            assert_eq!(at[key], json!(null), "{key}");
        }
    }
    assert_eq!(report["break_even"][0]["known"], false);
    snapshot!(sandbox, sandbox.eval("cost latest").stdout);
}

#[test]
fn what_a_server_billed_needs_no_price() {
    let sandbox = shop::sandbox();
    let billed = shop::right().into_iter().map(|mut answer| {
        answer["cost_usd"] = json!(0.25);
        answer
    });
    sandbox.write("right.jsonl", shop::lines(&billed.collect::<Vec<_>>()));
    sandbox.eval_to(0, "run --suite ./shop --candidate m=replay:right.jsonl --quiet");
    let report = cost(&sandbox, "--volume 10-requests/day");
    assert_eq!(
        (&report["models"][0]["basis"], &report["models"][0]["cost_per_request_usd"]),
        (&json!("billed"), &json!(0.25))
    );
    assert_eq!(report["models"][0]["at"][0]["cost_per_correct_interval"], json!([0.25, 0.25]));
    // No answer tells its tokens.
    let error = sandbox.eval_to(2, "cost latest --volume 8M-tokens/day").stderr;
    assert!(error.contains("give it in requests"), "{error}");
}

#[test]
fn a_run_that_is_no_evidence_ends_with_12() {
    let sandbox = with_a_run();
    let run = sandbox.the_run();
    let log: Vec<String> = run.log().lines().skip(3).map(|line| format!("{line}\n")).collect();
    std::fs::write(run.file("records.jsonl"), log.concat()).unwrap();
    let outcome = sandbox.eval_to(12, "cost latest");
    assert!(outcome.stderr.contains("no valid evidence") && outcome.stdout.contains("a month"), "{outcome:?}");
}

#[test]
fn mistakes() {
    let sandbox = with_a_run();
    let both = CONFIG.replace("[models.open]", "[models.open]\nprice = { input = 1, output = 1 }");
    let files = [
        ("both.toml", both),
        ("load.toml", CONFIG.replace("rate = 40", "rate = 40, target_utilization = 1.5")),
        ("free.toml", CONFIG.replace(", care_usd_per_hour = 80", "")),
        ("rate.toml", CONFIG.replace("rate = 40", "rate = \"fast\"")),
        ("key.toml", CONFIG.replace("rate = 40", "rate = 40, gpus = 2")),
        ("none.toml", CONFIG.replace("rate = 40, ", "")),
    ];
    let mut words: Vec<String> = ["8M", "8M-words/day", "0-requests/day", "-1-tokens/day"]
        .map(|volume| format!("cost latest --volume={volume}"))
        .to_vec();
    words.extend(["cost latest --peak-factor 0.9", "cost latest --task tirage", "cost no-such-run"].map(String::from));
    for (name, text) in files {
        sandbox.write(name, text);
        words.push(format!("cost latest --config {name}"));
    }
    let errors: Vec<String> =
        words.iter().map(|words| format!("# {words}\n{}", sandbox.eval_to(2, words).stderr)).collect();
    snapshot!(sandbox, errors.join("\n"));
}
