//! Metrics that another model scores.

use crate::{
    common::{Sandbox, row, snapshot},
    mock::{
        self, COST, prompt,
        server::{Asked, Reply, Server},
    },
};
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

const CASES: usize = 40;
const JUDGE: &str = "gpt-4o";
const RUN: &str = "run --suite ./help --candidate m=openai:gpt-4o-mini --quiet";

/// A suite of questions to which the number in them is the answer; its metrics and bars are the test's.
fn suite(sandbox: Sandbox, metrics: &str, bars: &str) -> Sandbox {
    let case = |n: usize| {
        let context = json!([{"id": "kb", "text": format!("It takes {n} days. It is free.")}]);
        let case = json!({"id": format!("c-{n:02}"), "input": format!("how long is number {n}"), "context": context,
            "expected": {"answers": [format!("{n} days")]}});
        format!("{case}\n")
    };
    let toml = format!(
        "name = \"help\"\ndescription = \"Questions.\"\n\n[[task]]\nname = \"answers\"\nkind = \"rag\"\n\
         metrics = [{metrics}]\nbars = {{ {bars} }}\n"
    );
    sandbox.write("help/suite.toml", toml).write("help/answers.jsonl", (0..CASES).map(case).collect::<String>());
    sandbox.write("help/answers.jinja", "{{ context[0].text }}\n{{ input }}\n");
    sandbox
}

const HELPFUL: &str =
    "{ name = \"judge\", as = \"helpful\", rubric = \"It gives the number of days.\", model = \"openai:gpt-4o\" }";

fn is_judge(asked: &Asked) -> bool {
    asked.body["model"] == JUDGE
}

/// The number that a question is of.
fn number(asked: &Asked) -> usize {
    let prompt = asked.body["messages"].as_array().unwrap().last().unwrap()["content"].to_string();
    let after = prompt.split("how long is number ").nth(1).unwrap();
    after.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

fn verdict(verdict: &str) -> Reply {
    mock::said(&json!({"reasons": "So it is.", "verdict": verdict}).to_string())
}

/// A server of the candidate, which is right but for every fourth case, and of a judge that answers as it is told.
fn server(judge: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |asked| match is_judge(asked) {
        true => judge(asked),
        false if number(asked) % 4 == 3 => mock::said("I think it is soon."),
        false => mock::said(&format!("{} days", number(asked))),
    })
}

/// Passes what is right.
fn fair(asked: &Asked) -> Reply {
    verdict(if number(asked) % 4 == 3 { "fail" } else { "pass" })
}

fn judge_calls(server: &Server) -> usize {
    server.asked().iter().filter(|asked| is_judge(asked)).count()
}

fn judgements(sandbox: &Sandbox) -> Vec<Value> {
    let text = std::fs::read_to_string(sandbox.runs().last().unwrap().file("judgements.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Labels of people, as many as there are cases up to this one; they are of another mind than a fair judge on some.
fn labels(cases: usize, other_minded: impl Fn(usize) -> bool) -> String {
    let label = |n: usize| {
        let passes = (n % 4 != 3) != other_minded(n);
        format!(
            "{}\n",
            json!({"task": "answers", "case": format!("c-{n:02}"), "label": if passes { "pass" } else { "fail" }})
        )
    };
    (0..cases).map(label).collect()
}

/// A text as it reads, wherever its lines break.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_judge_scores_after_the_run_and_is_paid_apart() {
    let server = server(fair);
    let sandbox = suite(mock::at(Sandbox::new(), &server), HELPFUL, "");
    let told = flat(&sandbox.eval_to(0, RUN).stdout);
    assert!(told.contains("helpful (by openai:gpt-4o) 75.0%"), "{told}");
    assert_eq!((server.asked().len(), judge_calls(&server)), (2 * CASES, CASES));
    let summary = sandbox.the_run().summary();
    let found = row(&summary, "answers", "m");
    assert_eq!(found["metrics"]["helpful"], 0.75);
    assert_eq!(found["metrics"]["helpful_undetermined"], 0.0);
    assert!((found["cost_usd"].as_f64().unwrap() - CASES as f64 * COST).abs() < 1e-12, "the candidate's own cost");
    let judged = &found["judged"][0];
    assert_eq!((&judged["metric"], &judged["judge"]), (&json!("helpful"), &json!("openai:gpt-4o")));
    assert_eq!((&judged["answers"], &judged["unscored"], &judged["calls"]), (&json!(40), &json!(0), &json!(40)));
    // gpt-4o's published price is another than the candidate's.
    let per_call = (60.0 * 2.5 + 40.0 * 1.25 + 5.0 * 10.0) * 1e-6;
    assert!((judged["cost_usd"].as_f64().unwrap() - 40.0 * per_call).abs() < 1e-9, "{judged}");
    assert_eq!(judged["calibration"], Value::Null);
    let manifest = sandbox.the_run().manifest();
    assert_eq!(manifest["judges"][0]["model"]["name"], "openai:gpt-4o");
    assert_eq!(manifest["judges"][0]["model"]["role"], "judge");
    let page = std::fs::read_to_string(sandbox.the_run().file("report.html")).unwrap();
    assert!(page.contains("helpful (by openai:gpt-4o)") && page.contains("So it is."));

    // Another run buys nothing again, and costs what it cost.
    sandbox.eval_to(0, RUN);
    assert_eq!(server.asked().len(), 2 * CASES);
    let again = sandbox.runs()[1].summary();
    let paid = row(&again, "answers", "m")["judged"][0]["cost_usd"].as_f64().unwrap();
    assert!((paid - 40.0 * per_call).abs() < 1e-9);
    assert!(judgements(&sandbox).iter().all(|judgement| judgement["calls"][0]["cached"] == true));
}

#[test]
fn the_judge_is_named_on_the_command_line_or_in_the_suite() {
    let server = server(fair);
    let metric = HELPFUL.replace(", model = \"openai:gpt-4o\"", "");
    let sandbox = suite(mock::at(Sandbox::new(), &server), &metric, "");
    let error = sandbox.eval_to(2, RUN).stderr;
    assert!(error.contains("no model is named that judges `helpful`") && error.contains("--judge MODEL"), "{error}");
    assert_eq!((server.asked().len(), sandbox.runs().len()), (0, 0));
    let told = sandbox.eval_to(0, &format!("{RUN} --judge strict=openai:gpt-4o")).stdout;
    assert!(told.contains("helpful (by strict)"), "{told}");
    sandbox.write("answers.jsonl", "");
    let error = sandbox.eval_to(2, &format!("{RUN} --judge replay:answers.jsonl")).stderr;
    assert!(error.contains("is a recording: it cannot judge"), "{error}");
    let error = sandbox.eval_to(2, &format!("{RUN} --judge no-such-judge")).stderr;
    assert!(error.contains("unknown model \"no-such-judge\""), "{error}");
    // Nothing is asked, and what the judge would be asked is told.
    let before = server.asked().len();
    let told = sandbox.eval_to(0, &format!("{RUN} --judge openai:gpt-4o --dry-run")).stdout;
    assert!(told.contains("openai:gpt-4o (judge)\n    at most 40 calls"), "{told}");
    assert_eq!(server.asked().len(), before);
    // It may judge its own answers, which is said.
    let told =
        sandbox.eval_to(0, "run --suite ./help --candidate openai:gpt-4o-mini --judge openai:gpt-4o-mini").stderr;
    assert!(told.contains("judges its own answers"), "{told}");
}

#[test]
fn an_outage_of_the_judge_leaves_answers_unscored_and_nobody_wrong() {
    let calls = AtomicUsize::new(0);
    let server = server(move |asked| match calls.fetch_add(1, Ordering::SeqCst) {
        n if n < 15 => fair(asked),
        _ => mock::failed(401, "invalid_api_key", "No such key."),
    });
    let sandbox = suite(mock::at(Sandbox::new(), &server), HELPFUL, "helpful = { min = 0.5 }");
    let outcome = sandbox.eval_to(12, &format!("{RUN} --concurrency 1"));
    assert!(outcome.stderr.contains("the judging ended before all was judged"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("eval judge run"), "{}", outcome.stderr);
    let summary = sandbox.the_run().summary();
    let found = row(&summary, "answers", "m");
    assert_eq!((&found["metrics"]["accuracy"], &found["runner_errors"]), (&json!(0.75), &json!(0)));
    let judged = &found["judged"][0];
    let unscored = judged["unscored"].as_u64().unwrap();
    assert_eq!(unscored, 25, "{judged}");
    assert_eq!(found["bar_results"][0]["state"], "open", "what is not judged may be either: {found}");

    // Going on asks for those alone; another key would do, here the server does.
    drop(server);
    let server = self::server(fair);
    let sandbox = mock::at(sandbox, &server);
    let outcome = sandbox.eval("judge run latest --quiet");
    assert_eq!(outcome.code, Some(12), "the bar rests on a judge that nobody calibrated: {}", outcome.stdout);
    assert_eq!(server.asked().len() as u64, unscored);
    let summary = sandbox.the_run().summary();
    let found = row(&summary, "answers", "m");
    assert_eq!((&found["metrics"]["helpful"], &found["judged"][0]["unscored"]), (&json!(0.75), &json!(0)));
    sandbox.eval("judge run latest --quiet");
    assert_eq!(server.asked().len() as u64, unscored, "all is judged");
}

#[test]
fn what_is_no_verdict_scores_nothing() {
    let server = server(|asked| match number(asked) {
        0 => mock::said("Surely this passes."),
        1 => {
            mock::said("Quoting: {\"reasons\": \"\", \"verdict\": \"pass\"} {\"reasons\": \"\", \"verdict\": \"fail\"}")
        }
        2 => mock::failed(400, "bad", "This one not."),
        _ => fair(asked),
    });
    let sandbox = suite(mock::at(Sandbox::new(), &server), HELPFUL, "");
    let outcome = sandbox.eval_to(0, &RUN.replace(" --quiet", ""));
    let summary = sandbox.the_run().summary();
    let found = row(&summary, "answers", "m");
    assert_eq!((&found["judged"][0]["unscored"], &found["metric_errors"]), (&json!(3), &json!(0)));
    assert_eq!((&found["errors"]["judge_verdict"], &found["errors"]["judge_rejected"]), (&json!(2), &json!(1)));
    assert!(outcome.stderr.contains("2 cases failed (judge_verdict)"), "{}", outcome.stderr);
    // They are asked again, the others not; what was bought is not bought again.
    let before = judge_calls(&server);
    sandbox.eval_to(0, "judge run latest --quiet");
    assert_eq!(judge_calls(&server), before + 1, "the answer that could not be read came from the cache");
}

#[test]
fn a_bar_on_a_judge_decides_once_it_was_held_against_people() {
    let server = server(fair);
    let sandbox =
        suite(mock::at(Sandbox::new(), &server), HELPFUL, "helpful = { min = 0.5 }, accuracy = { min = 0.5 }");
    let told = flat(&sandbox.eval_to(12, RUN).stdout);
    assert!(told.contains("rests on a judge that cannot decide: it was never held against people"), "{told}");
    let gate = "gate latest --quiet";
    sandbox.eval_to(12, gate);
    sandbox.eval_to(0, &format!("{gate} --allow-uncalibrated-judge"));
    sandbox.eval_to(0, &format!("{RUN} --allow-uncalibrated-judge"));

    sandbox.write("few.jsonl", labels(12, |_| false));
    let few = sandbox.eval_to(11, "judge calibrate latest few.jsonl").stdout;
    sandbox.write("opposed.jsonl", labels(CASES, |n| n / 4 % 2 == 0));
    sandbox.write("labels.jsonl", labels(CASES, |n| n == 3 || n == 8));
    let good = sandbox.eval_to(0, "judge calibrate latest labels.jsonl").stdout;
    let file: Value = serde_json::from_str(&sandbox.read("help/judges.json")).unwrap();
    assert_eq!(file["calibrations"][0]["accuracy"], 0.95);
    sandbox.eval_to(0, gate);
    // Later runs find it beside the suite.
    let told = flat(&sandbox.eval_to(0, RUN).stdout);
    assert!(told.contains("On 40 answers that people labelled they agree in 95.0%"), "{told}");
    sandbox.eval_to(0, "gate latest --quiet");

    let bad = sandbox.eval_to(10, "judge calibrate latest opposed.jsonl").stdout;
    sandbox.eval_to(12, gate);
    let told = flat(&sandbox.eval_to(12, RUN).stdout);
    assert!(told.contains("no more than by chance"), "{told}");
    let masked = format!("# few\n{few}\n# good\n{good}\n# opposed\n{bad}");
    snapshot!(sandbox, masked);

    // Another rubric is another judge.
    sandbox.eval_to(0, "judge calibrate latest labels.jsonl");
    sandbox.replace("help/suite.toml", "number of days", "number of the days");
    sandbox.eval_to(12, RUN);
    // A suite may allow it.
    let suite =
        sandbox.read("help/suite.toml").replace("[[task]]", "[decision]\nallow_uncalibrated_judge = true\n\n[[task]]");
    sandbox.write("help/suite.toml", suite);
    sandbox.eval_to(0, RUN);
}

#[test]
fn labels_that_fit_nothing_are_named() {
    let server = server(fair);
    let sandbox = suite(mock::at(Sandbox::new(), &server), HELPFUL, "");
    sandbox.eval_to(0, RUN);
    let told = [
        "{\"task\": \"answers\", \"case\": \"c-00\"}",
        "{\"task\": \"answers\", \"case\": \"c-00\", \"label\": \"good\"}",
        "{\"task\": \"other\", \"case\": \"c-00\", \"label\": \"pass\"}",
        "{\"task\": \"answers\", \"case\": \"c-99\", \"label\": \"pass\"}",
        "{\"task\": \"answers\", \"case\": \"c-00\", \"label\": \"pass\"}\n{\"task\": \"answers\", \"case\": \"c-00\", \"label\": \"fail\"}",
    ]
    .map(|text| {
        sandbox.write("labels.jsonl", text);
        sandbox.eval_to(2, "judge calibrate latest labels.jsonl").stderr
    });
    sandbox.write("none.jsonl", "");
    let none = sandbox.eval_to(2, "judge calibrate latest none.jsonl").stderr;
    snapshot!(sandbox, format!("{}\n{none}", told.join("\n")));
    sandbox.eval_to(2, "judge calibrate latest no-such-file.jsonl");
    let plain = suite(mock::at(Sandbox::new(), &server), "", "");
    plain.eval_to(0, RUN);
    let error = plain.eval_to(2, "judge run latest").stderr;
    assert!(error.contains("has no metric that a judge scores"), "{error}");
    let error = plain.eval_to(2, "judge calibrate latest none.jsonl").stderr;
    assert!(error.contains("nobody has judged the run"), "{error}");
}

#[test]
fn pairs_are_judged_in_both_orders() {
    // The judge prefers what stands first, but for even numbers, where it prefers the days.
    let server = server(|asked| {
        let text = prompt(asked);
        let (first, _) = text.split_once("<<<second answer").unwrap();
        let n = number(asked);
        let days_first = first.split("<<<first answer").nth(1).unwrap().contains("days");
        let better = if n % 8 == 7 || days_first { "first" } else { "second" };
        mock::said(&json!({"reasons": "", "better": better}).to_string())
    });
    let metric = "{ name = \"judge_pairwise\", rubric = \"The time.\", model = \"openai:gpt-4o\" }";
    let sandbox = suite(mock::at(Sandbox::new(), &server), metric, "");
    let outputs = |n: usize| {
        format!("{}\n", json!({"task": "answers", "case": format!("c-{n:02}"), "text": format!("{n} days")}))
    };
    sandbox.write("theirs.jsonl", (0..CASES).map(outputs).collect::<String>());
    sandbox.eval_to(0, &format!("{RUN} --reference theirs=replay:theirs.jsonl"));
    // Equal answers are a tie without asking; of the others each is asked about twice.
    assert_eq!(judge_calls(&server), 2 * 10);
    let summary = sandbox.the_run().summary();
    let found = row(&summary, "answers", "m");
    // 30 ties; 5 that turn with the order; 5 lost.
    assert!((found["metrics"]["judge_pairwise"].as_f64().unwrap() - (35.0 * 0.5) / 40.0).abs() < 1e-12);
    assert_eq!(found["metrics"]["judge_pairwise_order_decides"], 0.5);
    assert_eq!(row(&summary, "answers", "theirs")["metrics"]["judge_pairwise"], Value::Null);
    assert_eq!(row(&summary, "answers", "theirs")["judged"], Value::Null);
    // Alone it is held against nobody.
    let told = sandbox.eval_to(0, &RUN.replace(" --quiet", "")).stderr;
    assert!(told.contains("nothing is judged in pairs"), "{told}");
    assert_eq!(judge_calls(&server), 20);
}

#[test]
fn claims_are_held_against_the_passages() {
    let server = server(|asked| {
        let n = number(asked);
        let claim =
            |quote: String, verdict: &str| json!({"claim": "it takes so long", "quote": quote, "verdict": verdict});
        let claims = match n % 4 {
            0 => vec![claim(format!("It takes {n} days"), "supported")],
            1 => vec![claim(format!("It takes {n} days"), "supported"), claim("It takes 99 days".into(), "supported")],
            2 => vec![claim(String::new(), "unsupported")],
            _ => vec![],
        };
        mock::said(&json!({"claims": claims}).to_string())
    });
    let metric = "{ name = \"judge_grounded\", as = \"grounded\", model = \"openai:gpt-4o\" }";
    let sandbox = suite(mock::at(Sandbox::new(), &server), metric, "");
    sandbox.eval_to(0, RUN);
    let summary = sandbox.the_run().summary();
    let metrics = &row(&summary, "answers", "m")["metrics"];
    for (name, value) in [("grounded", 0.5), ("grounded_unsupported", 0.25), ("grounded_undetermined", 0.25)] {
        assert_eq!(metrics[name], value, "{metrics}");
    }
    assert_eq!(metrics["grounded_no_claims"], 0.25);
}

#[test]
fn data_that_stay_go_to_no_judge_elsewhere() {
    let server = server(fair);
    let metric = HELPFUL.replace("openai:gpt-4o", "anthropic:claude-haiku-4-5");
    let sandbox = suite(mock::at(Sandbox::new(), &server), &metric, "");
    sandbox.replace("help/suite.toml", "description", "data_policy = \"local-only\"\ndescription");
    for words in [RUN.to_string(), format!("{RUN} --dry-run")] {
        let error = sandbox.eval_to(2, &words).stderr;
        assert!(error.contains("anthropic") && error.contains("local-only"), "{error}");
    }
    assert_eq!((server.asked().len(), sandbox.runs().len()), (0, 0));
    // A judge of this machine may; its reasons, which quote the data, are not shown.
    sandbox.eval_to(0, &format!("{RUN} --judge openai:gpt-4o"));
    let page = std::fs::read_to_string(sandbox.the_run().file("report.html")).unwrap();
    assert!(page.contains("helpful (by openai:gpt-4o)") && !page.contains("So it is."));
}

#[test]
fn the_limit_on_cost_holds_for_judges() {
    let server = server(fair);
    let sandbox = suite(mock::at(Sandbox::new(), &server), HELPFUL, "");
    sandbox.eval_to(0, &RUN.replace("helpful", ""));
    let paid = judge_calls(&server);
    let other = format!("{RUN} --cache off --max-cost");
    // Enough for the candidate, not for all of the judge.
    let outcome = sandbox.eval_to(12, &format!("{other} 0.009"));
    assert!(outcome.stderr.contains("the judging ended before all was judged"), "{}", outcome.stderr);
    let spent: f64 = judgements(&sandbox).iter().map(|line| line["calls"][0]["cost_usd"].as_f64().unwrap()).sum();
    assert!(spent < 0.009 && spent > 0.0, "{spent}");
    assert!(judge_calls(&server) < paid + CASES);
    sandbox.eval_to(0, "judge run latest --quiet --max-cost 1");
    assert_eq!(row(&sandbox.runs()[1].summary(), "answers", "m")["judged"][0]["unscored"], 0);
}

#[test]
fn a_run_that_is_killed_while_it_is_judged_goes_on() {
    let server = server(|asked| Reply::Late(Duration::from_millis(60), Box::new(fair(asked))));
    let sandbox = suite(mock::at(Sandbox::new(), &server), HELPFUL, "");
    let mut command = sandbox.command();
    command.args(format!("{RUN} --concurrency 1 --cache off").split_whitespace());
    let mut child = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    while judge_calls(&server) < 5 {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = server.asked().len();
    sandbox.eval_to(0, "run --resume latest --quiet --cache off");
    let asked = server.asked().split_off(before);
    assert!(asked.iter().all(is_judge), "no case is asked again");
    assert!(asked.len() <= CASES - 3, "{}", asked.len());
    let summary = sandbox.the_run().summary();
    assert_eq!(row(&summary, "answers", "m")["metrics"]["helpful"], 0.75);
    assert_eq!(row(&summary, "answers", "m")["judged"][0]["unscored"], 0);
    // A torn last line is what a kill leaves.
    let log = sandbox.the_run().file("judgements.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, &text[..text.len() - 20]).unwrap();
    let before = server.asked().len();
    sandbox.eval_to(0, "judge run latest --quiet --cache off");
    assert_eq!(server.asked().len(), before + 1);
}

#[test]
fn a_rubric_may_be_a_file_and_judges_a_run_of_before() {
    let server = server(fair);
    let sandbox = suite(mock::at(Sandbox::new(), &server), "", "");
    sandbox.eval_to(0, RUN);
    assert_eq!(judge_calls(&server), 0);
    let metric = "{ name = \"judge\", rubric = \"rubric.jinja\", model = \"openai:gpt-4o\" }";
    sandbox.replace("help/suite.toml", "metrics = []", &format!("metrics = [{metric}]"));
    let error = sandbox.eval_to(2, "judge run latest").stderr;
    assert!(error.contains("holds no file `rubric.jinja`"), "{error}");
    sandbox.write("help/rubric.jinja", "It says {{ expected.answers[0] }}.\n");
    sandbox.eval_to(0, "judge run latest --quiet");
    assert_eq!(judge_calls(&server), CASES);
    let first = server.asked().into_iter().find(is_judge).unwrap();
    let system = first.body["messages"][0]["content"].as_str().unwrap().to_string();
    assert!(system.contains(&format!("It says {} days.", number(&first))), "{system}");
    assert_eq!(row(&sandbox.the_run().summary(), "answers", "m")["metrics"]["judge"], 0.75);
    // Not where the cases changed.
    sandbox.replace("help/answers.jsonl", "how long is number 7", "how very long is number 7");
    let error = sandbox.eval_to(2, "judge run latest").stderr;
    assert!(error.contains("the suite changed since the run"), "{error}");
}
