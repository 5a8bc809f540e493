//! A served model is asked, scored and costed.

use crate::{
    common::{RunFiles, row, shop},
    mock::{
        self, COST, RUN, prompt,
        server::{Reply, Server},
    },
};
use serde_json::{Value, json};

fn is_all_right(run: &RunFiles) {
    assert_eq!(run.distinct_records(), shop::CASES);
    let wrong: Vec<Value> = run.records().into_iter().filter(|record| record["correct"] != true).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a dialect's records have in common with those of the others.
fn is_recorded(run: &RunFiles, model: &str, endpoint: &str, cost: f64) {
    is_all_right(run);
    for record in run.records() {
        let usage = json!({"input_tokens": 100, "cached_input_tokens": 40, "output_tokens": 5});
        for (key, tokens) in usage.as_object().unwrap() {
            assert_eq!(&record["usage"][key], tokens, "{record}");
        }
        assert!((record["cost_usd"].as_f64().unwrap() - cost).abs() < 1e-12, "{record}");
        assert!(record["latency_ms"].as_f64().unwrap() > 0.0, "{record}");
        assert_eq!((&record["attempts"], &record["cached"]), (&json!(1), &json!(false)));
        let reason = if record["tool_calls"] == json!([]) { "stop" } else { "tool_calls" };
        assert_eq!(record["finish_reason"], reason, "{record}");
        let told = ["model", "modelVersion"].into_iter().find_map(|key| record["server"][key].as_str());
        assert!(told.unwrap().starts_with(model), "{record}");
    }
    let details = &run.manifest()["models"][0]["details"];
    assert_eq!((&details["endpoint"], &details["decoding"]), (&json!(endpoint), &json!("free")));
    assert_eq!((&details["asking"]["temperature"], &details["asking"]["seed"]), (&json!(0.0), &Value::Null));
    assert_eq!(details["price_from"], "the list of published prices");
    let summary = run.summary();
    let triage = row(&summary, "triage", "m");
    assert!((triage["cost_per_correct_usd"].as_f64().unwrap() - cost).abs() < 1e-12, "{triage}");
    assert!(triage["latency_ms"]["p50"].as_f64().unwrap() > 0.0);
}

#[test]
fn by_openai() {
    let server = mock::right();
    let sandbox = mock::shop(&server);
    sandbox.eval_to(0, RUN);
    is_recorded(&sandbox.the_run(), "gpt-4o-mini-2024-07-18", &server.url("/v1"), COST);
    let asked = server.asked();
    assert_eq!(asked.len(), shop::CASES);
    for request in &asked {
        assert_eq!(request.path, "/v1/chat/completions");
        assert_eq!(request.headers["authorization"], format!("Bearer {}", mock::KEY));
        assert_eq!((&request.body["model"], &request.body["temperature"]), (&json!("gpt-4o-mini"), &json!(0.0)));
        assert_eq!(request.body.get("response_format"), None);
    }
    // Tools go as tools, to the task that has them alone.
    for request in &asked {
        let of_a_refund = request.body["tools"][0]["function"]["name"] == "refund";
        let may_act = shop::right_answer(&prompt(request))["task"] == "actions";
        assert_eq!(of_a_refund, may_act, "{request:?}");
    }
    let triage = asked.iter().find(|request| prompt(request) == "hm").unwrap();
    assert_eq!(triage.body["messages"][0]["role"], "system");
}

#[test]
fn by_anthropic() {
    let server = Server::start(|asked| mock::anthropic(&shop::right_answer(&prompt(asked))));
    let sandbox = shop::sandbox().with("ANTHROPIC_BASE_URL", server.url("/v1")).with("ANTHROPIC_API_KEY", mock::KEY);
    sandbox.eval_to(0, "run --suite ./shop --candidate m=anthropic:claude-haiku-4-5 --quiet");
    let cost = (60.0 + 40.0 * 0.10 + 5.0 * 5.0) * 1e-6;
    is_recorded(&sandbox.the_run(), "claude-haiku-4-5-20251001", &server.url("/v1"), cost);
    let asked = server.asked();
    assert!(asked.iter().all(|request| request.path == "/v1/messages" && request.headers["x-api-key"] == mock::KEY));
    assert!(asked.iter().any(|request| request.body["tools"][0]["name"] == "refund"));
    assert!(asked.iter().any(|request| request.body["system"].to_string().contains("One of: billing")));
}

#[test]
fn by_gemini() {
    let server = Server::start(|asked| mock::gemini(&shop::right_answer(&prompt(asked))));
    let sandbox = shop::sandbox().with("GEMINI_BASE_URL", server.url("/v1beta")).with("GEMINI_API_KEY", mock::KEY);
    sandbox.eval_to(0, "run --suite ./shop --candidate m=gemini:gemini-2.5-flash --quiet");
    let cost = (60.0 * 0.30 + 40.0 * 0.03 + 5.0 * 2.50) * 1e-6;
    is_recorded(&sandbox.the_run(), "gemini-2.5-flash", &server.url("/v1beta"), cost);
    let asked = server.asked();
    let path = "/v1beta/models/gemini-2.5-flash:generateContent";
    assert!(asked.iter().all(|request| request.path == path && request.headers["x-goog-api-key"] == mock::KEY));
    assert!(asked.iter().any(|request| request.body["tools"][0]["functionDeclarations"][0]["name"] == "refund"));
    assert!(asked.iter().any(|request| request.body["systemInstruction"].to_string().contains("One of: billing")));
}

/// How an answer is written.
type Dialect = fn(&Value) -> Reply;

/// The schema as it is found in the requests for the task that has one; no other request holds it.
fn schemas_sent(server: &Server, pointer: &str) -> Vec<Value> {
    let of_fields = |request| shop::right_answer(&prompt(request))["task"] == "fields";
    let asked = server.asked();
    assert_eq!(asked.len(), shop::CASES);
    let (with, without): (Vec<_>, Vec<_>) = asked.iter().partition(|request| of_fields(request));
    assert!(without.iter().all(|request| request.body.pointer(pointer).is_none()));
    with.iter().map(|request| request.body.pointer(pointer).unwrap().clone()).collect()
}

#[test]
fn a_schema_is_sent_where_it_is_to_constrain() {
    let dialects: [(&str, &str, &str, Dialect); 4] = [
        ("openai", "", "/response_format/json_schema/schema", mock::openai),
        ("openai", "preset = \"llamacpp\"", "/response_format/schema", mock::openai),
        ("anthropic", "", "/output_config/format/schema", mock::anthropic),
        ("gemini", "", "/generationConfig/responseJsonSchema", mock::gemini),
    ];
    for (runner, preset, pointer, reply) in dialects {
        let server = Server::start(move |asked| reply(&shop::right_answer(&prompt(asked))));
        let sandbox = shop::sandbox();
        let keys = format!("{preset}\nbase_url = \"{}\"\ndecode = \"schema\"", server.url("/v1"));
        sandbox.write("eval.toml", format!("[models.m]\nrunner = \"{runner}\"\nmodel = \"x\"\n{keys}\n"));
        sandbox.eval_to(0, "run --suite ./shop --candidate m --quiet");
        let run = sandbox.the_run();
        is_all_right(&run);
        let schema: Value = serde_json::from_str(&sandbox.read("shop/order.schema.json")).unwrap();
        assert_eq!(schemas_sent(&server, pointer), vec![schema; 4], "{runner}");
        assert_eq!(run.manifest()["models"][0]["details"]["decoding"], "schema");
        assert!(run.records().iter().all(|record| record["cost_usd"].is_null()), "no price is known of it");
    }
}

#[test]
fn an_answer_that_is_streamed_tells_when_it_began() {
    let chunk = |delta: Value, reason: Value| {
        json!({"id": "1", "object": "chat.completion.chunk", "model": "gpt-4o-mini-2024-07-18",
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
    };
    let server = Server::start(move |asked| {
        let answer = shop::right_answer(&prompt(asked));
        let usage = json!({"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 5}});
        let events = [chunk(json!({"content": answer["text"]}), Value::Null), chunk(json!({}), json!("stop")), usage];
        Reply::events(events.iter().map(Value::to_string).chain(["[DONE]".into()]))
    });
    let sandbox = mock::shop(&server);
    mock::configured(&sandbox, "stream = true");
    sandbox.eval_to(0, "run --suite ./shop --candidate m --task triage --quiet");
    let records = sandbox.the_run().records();
    assert_eq!(records.len(), 6);
    for record in records {
        assert_eq!((&record["correct"], &record["usage"]["output_tokens"]), (&json!(true), &json!(5)));
        assert!(record["speed"]["prompt_ms"].as_f64().unwrap() <= record["latency_ms"].as_f64().unwrap());
    }
}

#[test]
fn candidate_and_reference_are_asked_side_by_side() {
    use std::sync::mpsc::channel;
    let (arrived, first) = channel();
    let (arrived, first) = (std::sync::Mutex::new(arrived), std::sync::Mutex::new(Some(first)));
    // The candidate's server answers when the reference's was asked.
    let reference = Server::start(move |asked| {
        let _ = arrived.lock().unwrap().send(());
        mock::openai(&shop::right_answer(&prompt(asked)))
    });
    let candidate = Server::start(move |asked| {
        if let Some(first) = first.lock().unwrap().take() {
            first.recv_timeout(std::time::Duration::from_secs(20)).expect("the reference is asked meanwhile");
        }
        mock::openai(&shop::right_answer(&prompt(asked)))
    });
    let sandbox = mock::shop(&reference).with("VLLM_BASE_URL", candidate.url("/v1"));
    sandbox.eval_to(0, "run --suite ./shop --candidate vllm:q --reference openai:gpt-4o-mini --quiet");
    let run = sandbox.the_run();
    assert_eq!(run.distinct_records(), 2 * shop::CASES);
    assert_eq!((candidate.asked().len(), reference.asked().len()), (shop::CASES, shop::CASES));
    assert!(candidate.asked().iter().all(|request| !request.headers.contains_key("authorization")));
    assert!(run.summary()["tasks"][0]["comparisons"][0]["both"] == 6);
}
