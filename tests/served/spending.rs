//! `--max-cost` and `--dry-run`.

use crate::{
    common::{Sandbox, big, snapshot},
    mock::{self, COST, RUN, prompt, server::Server},
};
use serde_json::{Value, json};

/// A server that repeats what it is asked, and a suite of so many cases of which that is the right answer.
fn echo(cases: usize) -> (Server, Sandbox) {
    let server = Server::start(|asked| mock::said(&prompt(asked)));
    let sandbox = mock::at(big::sandbox_of(cases), &server);
    (server, sandbox)
}

fn spent(records: &[Value]) -> f64 {
    records.iter().map(|record| record["cost_usd"].as_f64().unwrap()).sum()
}

#[test]
fn a_run_stops_before_the_limit_is_passed_and_goes_on_with_a_higher_one() {
    let (server, sandbox) = echo(100);
    let run_words = "run --suite ./big --candidate openai:gpt-4o-mini --quiet";
    // The most that a call can cost is its prompt, a token a byte, and the longest answer; then there is room for some.
    let limit = 40.0 * COST;
    sandbox.eval_to(2, &format!("{run_words} --max-cost 0"));
    let outcome = sandbox.eval_to(12, &format!("{run_words} --max-cost {limit:.6}"));
    let run = sandbox.the_run();
    let made = run.distinct_records();
    assert!((1..=40).contains(&made), "{made}");
    assert_eq!(server.asked().len(), made, "what was asked is recorded");
    assert!(spent(&run.records()) <= limit);
    assert!(run.records().iter().all(|record| record["outcome"] == "scored"));

    // Nothing changed: nothing is asked.
    sandbox.eval_to(12, "run --resume latest --quiet");
    assert_eq!((server.asked().len(), run.distinct_records()), (made, made));
    sandbox.eval_to(0, "run --resume latest --quiet --max-cost 1");
    assert_eq!((server.asked().len(), run.distinct_records()), (100, 100));
    let said = outcome.stderr.replace(&format!("{:.6}", spent(&run.records()[..made])), "[SPENT]");
    // Which call was the next one depends on which answers came first.
    let (before, after) = said.split_once("may come to $").unwrap();
    snapshot!(
        sandbox,
        format!("{before}may come to $[MOST]{}", after.trim_start_matches(|c: char| c.is_numeric() || c == '.'))
    );
}

#[test]
fn candidate_and_reference_share_the_limit() {
    let (server, sandbox) = echo(100);
    let limit = 60.0 * COST;
    let models = "--candidate a=openai:gpt-4o-mini --reference b=openai:gpt-4o-mini";
    sandbox.eval_to(12, &format!("run --suite ./big {models} --quiet --cache off --max-cost {limit:.6}"));
    let records = sandbox.the_run().records();
    assert!(spent(&records) <= limit && !records.is_empty());
    assert!(records.len() <= server.asked().len());
}

#[test]
fn cached_answers_cost_nothing() {
    let (server, sandbox) = echo(20);
    let words = "run --suite ./big --candidate openai:gpt-4o-mini --quiet";
    sandbox.eval_to(0, words);
    // Not one call fits.
    sandbox.eval_to(0, &format!("{words} --max-cost 0.0000001"));
    assert_eq!(server.asked().len(), 20);
}

#[test]
fn a_limit_needs_a_price() {
    let (server, sandbox) = echo(3);
    let outcome = sandbox.eval_to(2, "run --suite ./big --candidate openai:no-such-model-1 --max-cost 1 --quiet");
    assert_eq!(server.asked().len(), 0);
    assert!(sandbox.runs().is_empty());
    snapshot!(sandbox, outcome.stderr);
    mock::configured(&sandbox, "price = { input = 1.0, output = 2.0 }");
    sandbox.eval_to(0, "run --suite ./big --candidate m --max-cost 1 --quiet");
}

#[test]
fn a_server_of_ones_own_does_not_count() {
    let (server, sandbox) = echo(3);
    let sandbox = sandbox.with("VLLM_BASE_URL", server.url("/v1"));
    let models = "--candidate vllm:own --reference openai:gpt-4o-mini";
    let outcome = sandbox.eval_to(0, &format!("run --suite ./big {models} --max-cost 1"));
    assert!(outcome.stderr.contains("vllm:own: it has no price, so its calls do not count"), "{}", outcome.stderr);
    assert_eq!(server.asked().len(), 6);
    // The other one's limit still holds.
    sandbox.eval_to(12, &format!("run --suite ./big {models} --cache off --max-cost 0.0000001"));
}

#[test]
fn a_dry_run_tells_what_would_be_asked_and_asks_nothing() {
    let server = mock::right();
    let sandbox = mock::shop(&server).with("VLLM_BASE_URL", server.url("/v1"));
    let models = [
        "openai:gpt-4o-mini",
        "openai:no-such-model-1",
        "anthropic:claude-haiku-4-5",
        "gemini:gemini-2.5-flash",
        "vllm:qwen",
        "mixed=replay:mixed.jsonl",
        "smollm2-135m",
    ];
    let candidates: String = models.iter().map(|model| format!(" --candidate {model}")).collect();
    let told = sandbox.eval_to(0, &format!("run --suite ./shop{candidates} --dry-run")).stdout;
    let thinking = "[models.t]\nrunner = \"gemini\"\nmodel = \"gemini-2.5-flash\"\nthinking_tokens = 1000\n";
    sandbox.write("eval.toml", thinking);
    let one = sandbox.eval_to(0, "run --suite ./shop --candidate t --task triage --repeat 2 --dry-run").stdout;
    assert_eq!(server.asked().len(), 0);
    assert!(!sandbox.path().join(".eval").exists(), "it leaves nothing behind");
    sandbox.eval_to(0, &format!("{RUN} --task triage"));
    let cached = sandbox.eval_to(0, &format!("{RUN} --dry-run")).stdout;
    assert_eq!(sandbox.runs().len(), 1);
    assert_eq!(json!(server.asked().len()), 6);
    snapshot!(sandbox, format!("{told}\n{one}\n{cached}"));
}
