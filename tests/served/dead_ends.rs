//! What every further call would meet ends the run at once: one message, code 12, and it can be gone on with.

use crate::{
    common::{Sandbox, shop, snapshot},
    mock::{
        self, RUN, prompt,
        server::{Reply, Server},
    },
};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// What a server that is ill answers.
type Fault = fn() -> Reply;

/// A run that ends with 12 and can be gone on with; what it said.
fn ended(sandbox: &Sandbox, words: &str) -> String {
    let outcome = sandbox.eval_to(12, words);
    let run = sandbox.the_run();
    assert_eq!(run.records().len(), 0, "no case is to blame");
    assert!(!run.file("summary.json").exists());
    assert!(outcome.stderr.contains(&format!("eval run --resume {}", run.id())), "{}", outcome.stderr);
    mock::masked(&outcome.stderr)
}

/// A server that is ill until it is told to be well.
fn ill(reply: Fault) -> (Server, Arc<AtomicBool>) {
    let well = Arc::new(AtomicBool::new(false));
    let state = well.clone();
    let server = Server::start(move |asked| match state.load(Ordering::SeqCst) {
        true => mock::openai(&shop::right_answer(&prompt(asked))),
        false => reply(),
    });
    (server, well)
}

/// Goes on against a server that is well now.
fn goes_on(sandbox: &Sandbox, well: &AtomicBool) {
    well.store(true, Ordering::SeqCst);
    sandbox.eval_to(0, "run --resume latest --quiet");
    let run = sandbox.the_run();
    assert_eq!(run.distinct_records(), shop::CASES);
    assert_eq!(run.summary()["tasks"][0]["models"][0]["runner_errors"], 0);
}

#[test]
fn one_message_each() {
    let ends: [(&str, Fault); 5] = [
        ("a wrong key", || mock::failed(401, "invalid_api_key", "Incorrect API key provided: sk-pl***6789.")),
        ("no access", || mock::failed(403, "forbidden", "Your project has no access to this model.")),
        ("an unknown model", || mock::failed(404, "model_not_found", "The model `gpt-4o-mini` does not exist.")),
        ("no credit", || mock::failed(402, "payment", "Insufficient Balance")),
        ("no quota", || mock::failed(429, "insufficient_quota", "You exceeded your current quota.")),
    ];
    let mut text = String::new();
    for (title, reply) in ends {
        let (server, well) = ill(reply);
        let sandbox = mock::shop(&server);
        text += &format!("# {title}\n{}\n", ended(&sandbox, RUN));
        // Those that were in flight at the beginning, each once.
        assert!(server.asked().len() <= 8, "{title}: {}", server.asked().len());
        goes_on(&sandbox, &well);
    }
    snapshot!(Sandbox::new(), text);
}

#[test]
fn a_host_that_cannot_be_reached() {
    let sandbox = shop::sandbox().with("VLLM_BASE_URL", format!("http://{}/v1", mock::nobody()));
    let said = ended(&sandbox, "run --suite ./shop --candidate vllm:qwen --concurrency 1 --quiet");
    snapshot!(sandbox, said);
}

#[test]
fn a_reference_with_a_wrong_key_ends_the_run_although_the_candidate_is_well() {
    let candidate = mock::right();
    let reference = Server::start(|_| mock::failed(401, "invalid_api_key", "Incorrect API key provided."));
    let sandbox = mock::shop(&reference).with("VLLM_BASE_URL", candidate.url("/v1"));
    let outcome = sandbox.eval_to(12, "run --suite ./shop --candidate vllm:q --reference openai:gpt-4o-mini --quiet");
    assert!(outcome.stderr.contains("Is the key right? It is read from OPENAI_API_KEY"), "{}", outcome.stderr);
    // What the candidate answered is kept.
    let records = sandbox.the_run().records();
    assert!(records.iter().all(|record| record["model"] == "vllm:q" && record["correct"] == true), "{records:?}");
}

#[test]
fn a_missing_key_is_told_before_anything() {
    let sandbox = shop::sandbox();
    let models = ["openai:gpt-4o-mini", "anthropic:claude-haiku-4-5", "gemini:gemini-2.5-flash", "azure:mine"];
    let errors = models.map(|model| {
        let outcome = sandbox.eval_to(2, &format!("run --suite ./shop --candidate {model}"));
        format!("# {model}\n{}", outcome.stderr)
    });
    assert!(sandbox.runs().is_empty());
    snapshot!(sandbox, errors.join("\n"));
}

#[test]
fn a_server_that_fails_every_call_is_left_after_ten_and_gone_on_with_when_it_is_well() {
    let replies: [Fault; 4] = [
        || mock::failed(500, "server_error", "The server had an error."),
        || Reply::text(200, "text/html", "<html><title>Sign in</title></html>"),
        || Reply::json(200, json!({})),
        || Reply::Close,
    ];
    let mut text = String::new();
    for reply in replies {
        let (server, well) = ill(reply);
        let sandbox = mock::shop(&server);
        mock::configured(&sandbox, "attempts = 1\nconcurrency = 1");
        text += &format!("{}\n", ended(&sandbox, "run --suite ./shop --candidate m --quiet"));
        assert_eq!(server.asked().len(), 10);
        goes_on(&sandbox, &well);
    }
    snapshot!(Sandbox::new(), text);
}

#[test]
fn one_case_that_always_fails_is_one_record() {
    let replies: [Fault; 2] =
        [|| mock::failed(500, "server_error", "Boom."), || Reply::Cut { body: "{\"choices\": []}".into(), bytes: 5 }];
    for (reply, kind) in replies.into_iter().zip(["server", "disconnected"]) {
        let server = Server::start(move |asked| match prompt(asked).as_str() {
            "hm" => reply(),
            text => mock::openai(&shop::right_answer(text)),
        });
        let sandbox = mock::shop(&server);
        mock::configured(&sandbox, "attempts = 2");
        // One of six is more than the two in a hundred that evidence may miss.
        sandbox.eval_to(12, "run --suite ./shop --candidate m --quiet");
        let run = sandbox.the_run();
        assert_eq!(run.distinct_records(), shop::CASES);
        let failed: Vec<Value> = run.records().into_iter().filter(|record| record["outcome"] != "scored").collect();
        assert_eq!(failed.len(), 1, "{failed:?}");
        let record = &failed[0];
        assert_eq!((&record["case"], &record["outcome"]), (&json!("t-4"), &json!("runner_failed")));
        assert_eq!((&record["attempts"], &record["correct"]), (&json!(2), &json!(false)));
        assert_eq!(record["error"]["kind"], kind);
        assert_eq!(mock::times_asked(&server)["hm"], 2);
    }
}
