use super::*;
use eval_core::{Arguments, ErrorInfo, FinishReason, Outcome, Record, ToolCall, Usage};
use futures_util::FutureExt;
use std::{fs, sync::Arc};

fn known() -> HashMap<(String, String), String> {
    [("triage", "t-001", "aaa"), ("triage", "t-002", "bbb"), ("triage", "t-003", "ccc"), ("actions", "a-001", "ddd")]
        .map(|(task, case, hash)| ((task.into(), case.into()), hash.into()))
        .into()
}

fn open(content: impl AsRef<[u8]>, model: Option<&str>) -> Result<ReplayRunner, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outputs.jsonl");
    fs::write(&path, content).unwrap();
    let opened = ReplayRunner::open(&path, model, &known());
    opened.map_err(|error| error.to_string().replace(&folder.path().display().to_string(), "DIR"))
}

fn ask(runner: &ReplayRunner, task: &str, case: &str, repeat: u32) -> Answer {
    let prompt = Prompt {
        id: PromptId { task: task.into(), case: case.into(), case_hash: String::new(), repeat },
        messages: Vec::new(),
        tools: Arc::from([]),
        schema: None,
        labels: Arc::from([]),
        max_output_tokens: 16,
        stop: Vec::new(),
        shared: Vec::new(),
        exchanges: Vec::new(),
    };
    runner.respond(&prompt).now_or_never().unwrap()
}

#[test]
fn a_line_gives_back_all_that_it_holds() {
    let line = json!({
        "task": "actions", "case": "a-001", "repeat": 1, "case_hash": "ddd", "model": "big", "note": "mine",
        "text": "Done.", "reasoning": "hm", "finish_reason": "tool_calls", "latency_ms": 41.2, "cost_usd": 0.003,
        "tool_calls": [
            {"name": "refund", "arguments": {"amount": 5}},
            {"name": "close", "arguments": "{\"ticket\": 7}"},
            {"name": "", "arguments": "refund(5"},
            {"name": "list", "arguments": ""},
            {"name": "list", "arguments": null},
            {"name": "list"},
        ],
        "usage": {"input_tokens": 212.0, "cached_input_tokens": null, "output_tokens": 3, "reasoning_tokens": 1},
    });
    let runner = open(line.to_string(), None).unwrap();
    let response = ask(&runner, "actions", "a-001", 1).unwrap();
    assert_eq!((response.text.as_str(), response.reasoning.as_deref()), ("Done.", Some("hm")));
    assert_eq!(response.finish_reason, Some(FinishReason::ToolCalls));
    let object = |value: Value| Arguments::Object(value.as_object().unwrap().clone());
    let calls = [
        ("refund", object(json!({"amount": 5}))),
        ("close", object(json!({"ticket": 7}))),
        ("", Arguments::Raw("refund(5".into())),
        ("list", object(json!({}))),
        ("list", object(json!({}))),
        ("list", object(json!({}))),
    ];
    assert_eq!(response.tool_calls, calls.map(|(name, arguments)| ToolCall { name: name.into(), arguments }));
    let usage =
        Usage { input_tokens: Some(212), cached_input_tokens: None, output_tokens: Some(3), reasoning_tokens: Some(1) };
    assert_eq!((response.usage, response.timing.latency_ms, response.cost_usd), (usage, Some(41.2), Some(0.003)));
    assert_eq!((response.cached, response.attempts), (false, 1));
    assert!(runner.notes().is_empty());
    assert_eq!(runner.details()["model"], "big");
    assert_eq!(runner.details()["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn what_a_line_does_not_say_stays_unknown() {
    let runner = open(r#"{"task": "triage", "case": "t-001", "text": null, "tool_calls": [], "cost_usd": null}"#, None);
    let response = ask(&runner.unwrap(), "triage", "t-001", 0).unwrap();
    assert_eq!((response.text.as_str(), response.cost_usd, response.timing.latency_ms), ("", None, None));
    assert_eq!((response.usage, response.finish_reason), (Usage::default(), None));
}

fn record(case: &str, outcome: Outcome, text: &str, error: Option<(&str, &str)>) -> String {
    let hash = known()[&("triage".to_string(), case.to_string())].clone();
    let mut record: Record = serde_json::from_value(json!({
        "v": 1, "task": "triage", "case": case, "case_hash": hash, "model": "m", "repeat": 0, "outcome": "scored",
        "should_decline": false, "correct": null, "behaviour": null, "scores": {}, "text": text, "reasoning": null,
        "tool_calls": [], "finish_reason": null, "latency_ms": 9.5, "cost_usd": null, "cached": true, "attempts": 2,
        "usage": {"input_tokens": null, "cached_input_tokens": null, "output_tokens": null}, "error": null,
        "speed": {"prompt_ms": 4.0, "generation_ms": 5.0, "tokens_per_second": null},
    }))
    .unwrap();
    record.outcome = outcome;
    record.error = error.map(|(kind, message)| ErrorInfo { kind: kind.into(), message: message.into() });
    serde_json::to_string(&record).unwrap() + "\n"
}

#[test]
fn records_of_an_earlier_run_are_replayed() {
    let log = record("t-001", Outcome::Scored, "billing", Some(("metric", "length: no number")))
        + &record("t-002", Outcome::RunnerFailed, "", Some(("context_length", "the prompt has 9000 tokens")))
        + &record("t-003", Outcome::MetricFailed, "refunds", Some(("metric", "accuracy: no label")));
    let runner = open(log, None).unwrap();
    let scored = ask(&runner, "triage", "t-001", 0).unwrap();
    assert_eq!((scored.text.as_str(), scored.cached, scored.attempts), ("billing", true, 2));
    assert_eq!((scored.timing.prompt_ms, scored.timing.generation_ms), (Some(4.0), Some(5.0)));
    let failed = ask(&runner, "triage", "t-002", 0).unwrap_err();
    assert_eq!((failed.kind, failed.message.as_str()), (RunnerErrorKind::ContextLength, "the prompt has 9000 tokens"));
    assert_eq!(ask(&runner, "triage", "t-003", 0).unwrap().text, "refunds");
}

#[test]
fn records_without_a_response_are_left_out_and_said() {
    let log = record("t-001", Outcome::Scored, "billing", None)
        + &record("t-002", Outcome::Skipped, "", None)
        + &record("t-003", Outcome::MetricFailed, "", Some(("scorer_panicked", "index out of bounds")));
    let runner = open(log, None).unwrap();
    assert_eq!(runner.notes(), ["2 lines left out: records of cases that were not asked or kept no response"]);
    assert_eq!(ask(&runner, "triage", "t-003", 0).unwrap_err().kind, RunnerErrorKind::NotRecorded);
}

#[test]
fn errors_are_replayed_as_errors() {
    let lines = r#"{"task": "triage", "case": "t-001", "error": "timeout after 30 s"}
        {"task": "triage", "case": "t-002", "error": {"kind": "rate_limit", "message": "429"}, "text": ""}
        {"task": "triage", "case": "t-003", "error": {"message": "no route"}}
        {"task": "actions", "case": "a-001", "error": "", "text": "done"}"#;
    let runner = open(lines, None).unwrap();
    let error = |case| ask(&runner, "triage", case, 0).unwrap_err();
    let texts = ["t-001", "t-002", "t-003"].map(|case| error(case).message);
    assert_eq!(texts, ["timeout after 30 s", "rate_limit: 429", "no route"]);
    assert_eq!(error("t-002").kind, RunnerErrorKind::Recorded);
    assert!(ask(&runner, "actions", "a-001", 0).is_ok());
}

#[test]
fn a_case_without_a_line_is_an_error_outcome() {
    let lines = r#"{"task": "triage", "case": "t-001", "text": "a"}
        {"task": "triage", "case": "t-001", "repeat": 2, "text": "b"}"#;
    let runner = open(lines, None).unwrap();
    assert_eq!(ask(&runner, "triage", "t-001", 2).unwrap().text, "b");
    let error = |case, repeat| ask(&runner, "triage", case, repeat).unwrap_err();
    assert_eq!(error("t-002", 0).kind, RunnerErrorKind::NotRecorded);
    insta::assert_snapshot!(error("t-002", 0), @r#"outputs.jsonl has no line for task "triage", case "t-002", repeat 0"#);
    insta::assert_snapshot!(
        error("t-001", 1),
        @r#"outputs.jsonl has no line for task "triage", case "t-001", repeat 1; it has repeat 0, 2"#
    );
}

#[test]
fn every_faulty_line_is_named() {
    let mut file = br#"{"task": "triage", "case": "t-001", "text": "billing"}

{"task": "triage", "case": "t-001", "text": "refunds"}
{"task": "triage", "case": "t-04", "text": "billing"}
{"task": "triag", "case": "t-001", "text": "billing"}
{"task": "triage", "case": "t-002", "case_hash": "bbc", "text": "billing"}
{"task": "triage", "case": 2, "model": "m"}
{"task": "triage", "case": "t-002", "text": ["billing"], "repeat": -1, "usage": {"input_tokens": "12"}, "cost_usd": -0.1}
{"task": "actions", "case": "a-001", "tool_calls": [{"name": "refund"}, 5]}
{"task": "actions", "case": "a-001", "error": 500, "cached": "no", "attempts": 1.5}
{"task": "triage", "case": "t-002", "error": {"kind": "timeout"}}
{"task": "triage", "case": "t-002", "error": "timeout", "text": "billing"}
{"task": "triage", "case": "t-003", "outcome": "runner_failed", "text": ""}
{"task": "triage", "case": "t-002", "text": "billing",}
["triage", "t-002", "billing"]
{"task": "triage", "case": "t-003", "text": "bill"#
        .to_vec();
    file.extend(b"\xff\"}\n{\"task\": \"triage\", \"case\": \"t-003\", \"te");
    insta::assert_snapshot!(open(file, None).unwrap_err());
}

#[test]
fn only_the_first_problems_are_shown() {
    let error = open("{}\n".repeat(1234), None).unwrap_err();
    assert_eq!(error.lines().count(), 22);
    assert!(error.ends_with("line 20: `task` is missing; `case` is missing; one of `text`, `tool_calls` and `error` is needed\n  and 1214 more"), "{error}");
}

const TWO_MODELS: &str = r#"{"task": "triage", "case": "t-001", "model": "big", "text": "billing"}
{"task": "triage", "case": "t-001", "model": "small", "text": "refunds", "case_hash": "aaa"}
{"task": "triage", "case": "t-002", "text": "delivery"}
"#;

#[test]
fn one_of_several_models_is_chosen() {
    insta::assert_snapshot!(open(TWO_MODELS, None).unwrap_err(), @r"
    DIR/outputs.jsonl holds the outputs of 2 models; choose one:
      replay:DIR/outputs.jsonl#big
      replay:DIR/outputs.jsonl#small
    ");
    insta::assert_snapshot!(open(TWO_MODELS, Some("tiny")).unwrap_err(), @r#"
    DIR/outputs.jsonl has no line of the model "tiny": it holds big, small; choose one:
      replay:DIR/outputs.jsonl#big
      replay:DIR/outputs.jsonl#small
    "#);
    let runner = open(TWO_MODELS, Some("small")).unwrap();
    assert_eq!(ask(&runner, "triage", "t-001", 0).unwrap().text, "refunds");
    assert!(ask(&runner, "triage", "t-002", 0).is_err());
    assert_eq!(runner.notes(), ["1 line without a `model` left out"]);
    assert_eq!(runner.details()["models"], json!(["big", "small"]));
    let unnamed = r#"{"task": "triage", "case": "t-001", "text": "billing"}"#;
    insta::assert_snapshot!(
        open(unnamed, Some("tiny")).unwrap_err(),
        @r#"DIR/outputs.jsonl has no line of the model "tiny": it names no model; replay it as replay:DIR/outputs.jsonl"#
    );
}

#[test]
fn trust_is_said() {
    let lines = |count: usize, hash: &str| -> String {
        (0..count)
            .map(|i| json!({"task": "triage", "case": "t-001", "repeat": i, "text": "", "case_hash": hash}).to_string())
            .map(|line| line.replace("\"\"}", "null}") + "\n")
            .collect()
    };
    let notes = |content: String| open(content, None).unwrap().notes().join("");
    insta::assert_snapshot!(
        notes(lines(1_200, "")),
        @"1,200 lines, none with a `case_hash`: that they belong to these very cases is taken on trust"
    );
    let one = r#"{"task": "triage", "case": "t-002", "text": "x"}"#;
    insta::assert_snapshot!(
        notes(lines(36, "aaa") + one),
        @"1 of 37 lines have no `case_hash`: that they belong to these very cases is taken on trust"
    );
    assert_eq!(notes(lines(3, "aaa")), "");
}

#[test]
fn files_that_hold_nothing_to_replay() {
    let empty = "DIR/outputs.jsonl holds no response: a recording has one JSON object a line, with `task`, `case` and \
                 one of `text`, `tool_calls` or `error`";
    assert_eq!(open("", None).unwrap_err(), empty);
    assert_eq!(open("\n \r\n", Some("m")).unwrap_err(), empty);
    assert_eq!(open(record("t-001", Outcome::Skipped, "", None), None).unwrap_err(), empty);
    let missing = ReplayRunner::open(Path::new("no/such.jsonl"), None, &known()).unwrap_err();
    assert!(missing.to_string().starts_with("failed to read no/such.jsonl: "));
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_read() {
    let runner =
        open("\u{feff}{\"task\": \"triage\", \"case\": \"t-001\", \"text\": \"billing\"}\r\n\r\n", None).unwrap();
    assert_eq!(ask(&runner, "triage", "t-001", 0).unwrap().text, "billing");
}

#[test]
fn an_endless_line_is_not_read_into_memory() {
    let error = open(vec![b' '; (64 << 20) + 1], None).unwrap_err();
    assert!(error.ends_with("line 1: longer than 64 MB: the rest of the file was not read"), "{error}");
}

/// Python's `json.dumps` writes them for text that it read with `surrogateescape`, or cut within a character.
#[test]
fn half_a_pair_of_surrogates_is_one_unreadable_character() {
    let line = |text: &str| format!("{{\"task\": \"triage\", \"case\": \"t-001\", \"text\": \"{text}\"}}");
    for (written, read) in [
        (r"a\ud800", "a\u{fffd}"),
        (r"\udc00\ud800b", "\u{fffd}\u{fffd}b"),
        (r"\ud800\ud83d\ude00", "\u{fffd}\u{1f600}"),
        (r"\\ud800 \ud800", "\\ud800 \u{fffd}"),
    ] {
        let runner = open(line(written), None).unwrap();
        assert_eq!(ask(&runner, "triage", "t-001", 0).unwrap().text, read);
        assert!(runner.notes().iter().any(|note| note.starts_with("1 line with half a pair")), "{:?}", runner.notes());
    }
    let whole = open(line(r"\ud83d\ude00 \\ud800"), None).unwrap();
    assert_eq!(ask(&whole, "triage", "t-001", 0).unwrap().text, "\u{1f600} \\ud800");
    assert_eq!(whole.notes().len(), 1);
    assert!(open(line(r"\ud800\x"), None).unwrap_err().contains("line 1: invalid JSON"));
}
