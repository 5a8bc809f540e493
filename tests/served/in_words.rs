//! A server whose chat template has no place for tools.

use crate::{
    common::{Sandbox, shop},
    mock::{
        self, prompt,
        server::{Asked, Reply, Server},
    },
};
use serde_json::{Value, json};

const RUN: &str = "run --suite ./shop --candidate m --quiet";

/// Without functions before its eyes, a model can call none.
fn answer(asked: &Asked) -> Reply {
    let right = shop::right_answer(&prompt(asked));
    let told = asked.body["messages"][0]["content"].to_string().contains("\\\"refund\\\"");
    match right["tool_calls"].as_array() {
        Some(calls) if told => {
            let lines: Vec<String> = calls.iter().map(Value::to_string).collect();
            mock::said(&lines.join("\n"))
        }
        Some(_) => mock::said("I cannot do that."),
        None => mock::openai(&right),
    }
}

fn right(sandbox: &Sandbox, run: usize) -> usize {
    sandbox.runs()[run].records().iter().filter(|record| record["correct"] == true).count()
}

#[test]
fn a_model_that_never_saw_its_tools_is_told_of_them_and_asked_again() {
    let server = Server::start(answer);
    let sandbox = mock::shop(&server);
    mock::configured(&sandbox, "");
    sandbox.eval_to(0, RUN);
    assert_eq!(right(&sandbox, 0), shop::CASES - 3, "a call is right for three cases");
    mock::configured(&sandbox, "tools = \"native\"");
    sandbox.eval_to(0, RUN);
    assert_eq!(server.asked().len(), shop::CASES, "what is usual need not be said, and changes nothing");
    let usual = sandbox.runs()[1].manifest()["models"][0].clone();
    assert_eq!((usual["settings"].get("tools"), usual["details"]["asking"].get("tools")), (None, None), "{usual}");

    mock::configured(&sandbox, "tools = \"in_words\"");
    sandbox.eval_to(0, &format!("{RUN} --cache read"));
    assert_eq!(right(&sandbox, 2), shop::CASES);
    let asked = server.asked().split_off(shop::CASES);
    assert_eq!(asked.len(), shop::CASES, "another question");
    assert!(asked.iter().all(|request| request.body.get("tools").is_none()));
    let run = &sandbox.runs()[2];
    let details = &run.manifest()["models"][0]["details"];
    assert_eq!(details["asking"]["tools"], "in_words", "{details}");
    let called = run.records().into_iter().find(|record| record["case"] == "x-1").unwrap();
    assert_eq!((&called["text"], &called["finish_reason"]), (&json!(""), &json!("tool_calls")), "{called}");
    let explained = sandbox.eval_to(0, "cache explain latest x-1").stdout;
    assert!(explained.contains("asking.tools   in_words here, none there\n"), "{explained}");
}
