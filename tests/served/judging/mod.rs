//! Metrics that another model scores.

mod calibrating;
mod going_on;

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
    let page = sandbox.the_run().page();
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
    let judge = told.split("openai:gpt-4o (judge)\n    at most 40 calls, about ").nth(1).unwrap();
    assert!(judge.contains("at most 16000 out, about $0.") && !judge.contains("at most $0.0000"), "{told}");
    // Three times the same question to a judge without a temperature is one opinion, paid for three times.
    let metric = HELPFUL.replace(" }", ", votes = 3 }");
    let thrice = suite(mock::at(Sandbox::new(), &server), &metric, "");
    let error = flat(&thrice.eval_to(2, RUN).stderr);
    assert!(error.contains("asks for 3 votes of openai:gpt-4o, which has no temperature"), "{error}");
    thrice.write("eval.toml", "[models.j]\nrunner = \"openai\"\nmodel = \"gpt-4o\"\ntemperature = 0.7\n");
    let told = thrice.eval_to(0, &format!("{RUN} --judge j --dry-run")).stdout;
    assert!(told.contains("j (judge)\n    at most 120 calls"), "{told}");
    assert_eq!(server.asked().len(), before);
    // It may judge its own answers, which is said.
    let told =
        sandbox.eval_to(0, "run --suite ./help --candidate openai:gpt-4o-mini --judge openai:gpt-4o-mini").stderr;
    assert!(told.contains("judges its own answers"), "{told}");
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
    let page = sandbox.the_run().page();
    assert!(page.contains("helpful (by openai:gpt-4o)") && !page.contains("So it is."));
}
