//! A run in which everything that a person or a model can name is an attack on who reads of it.

use super::{Outcome, Sandbox};
use serde_json::{Value, json};
use std::fs;

/// Attacks on a page, a terminal, a document and a spreadsheet. Each would set `window.hacked` where it can.
pub const ATTACKS: [&str; 16] = [
    "<script>window.hacked = 1; alert(1)</script>",
    "</script><script>window.hacked = 2</script>",
    "</template></article></section><img src=x onerror=\"window.hacked = 3\">",
    "<svg onload=window.hacked=4><style>*{display:none}</style>",
    "\" autofocus onfocus=\"window.hacked = 5\" x=\"' onfocus='window.hacked = 5",
    "[a link](javascript:window.hacked=6) ![an image](http://192.0.2.1/hacked.png) <http://192.0.2.1/>",
    "<iframe src=\"javascript:window.hacked=7\"></iframe><meta http-equiv=refresh content=0>",
    "\u{1b}[2J\u{1b}]0;hacked\u{7}\u{9b}31m\u{0}\u{8}\r",
    "a\u{202e}txt.exe\u{2066}b\u{200f}c\u{feff}d\u{2028}e",
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-1+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "| a | cell |\n\n# A heading\n```\n<!-- ]]> &lt; &#x3c; \\",
    "{{ 7 * 7 }}{% include 'style.css' %}${7*7}%s%n",
];

/// Models' names as attacks.
pub const CANDIDATE: &str = "</template><img src=x onerror=\"window.hacked=8\">|\u{1b}[31m\u{202e}";
pub const REFERENCE: &str = "=HYPERLINK(\"http://192.0.2.1\")</script>";

/// The suite in `hostile`, what the candidate says in `ours.jsonl` and the reference in `theirs.jsonl`.
pub fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let labels = json!(["fine", ATTACKS[0], ATTACKS[9]]);
    let suite = json!({"name": "hostile", "description": ATTACKS.join(" "), "task": [
        {"name": "labels", "kind": "classification", "labels": labels},
        {"name": "fields", "kind": "extraction", "schema": "fields.schema.json"},
        {"name": "answers", "kind": "rag"},
        {"name": "actions", "kind": "tools", "tools": "tools.json"},
    ]});
    sandbox.write("hostile/suite.toml", toml(&suite));
    let properties: serde_json::Map<_, _> =
        ATTACKS.iter().map(|attack| (attack.to_string(), json!({"type": ["string", "null"]}))).collect();
    sandbox.write("hostile/fields.schema.json", json!({"type": "object", "properties": properties}).to_string());
    let tool = json!({"name": "send", "description": ATTACKS[2], "parameters": {
        "type": "object", "properties": {ATTACKS[1]: {"type": "string", "description": ATTACKS[0]}}}});
    sandbox.write("hostile/tools.json", json!([{"type": "function", "function": tool}]).to_string());

    let (mut ours, mut theirs) = (String::new(), String::new());
    for (task, expected) in [
        ("labels", json!("fine")),
        ("fields", json!({ATTACKS[0]: ATTACKS[1]})),
        ("answers", json!({"answers": [ATTACKS[2]], "citations": [ATTACKS[0]]})),
        ("actions", json!({"calls": [{"name": "send", "arguments": {ATTACKS[1]: ATTACKS[2]}}]})),
    ] {
        let mut cases = String::new();
        for (n, attack) in ATTACKS.iter().enumerate() {
            let id = format!("{attack}{task}");
            let mut case =
                json!({"id": id, "input": attack, "expected": expected, "tags": [attack], "cluster": attack});
            if task == "answers" {
                case["context"] = json!([{"id": ATTACKS[0], "text": ATTACKS.join(" ")}]);
            }
            cases.push_str(&format!("{case}\n"));
            ours.push_str(&format!("{}\n", answer(task, &id, n)));
            let mut right = json!({"task": task, "case": id, "text": expected});
            match task {
                "labels" => {}
                "actions" => right["tool_calls"] = expected["calls"].clone(),
                "answers" => {
                    right["text"] = json!({"answer": ATTACKS[2], "citations": [ATTACKS[0]]}).to_string().into()
                }
                _ => right["text"] = expected.to_string().into(),
            }
            if task == "actions" {
                right["text"] = Value::Null;
            }
            theirs.push_str(&format!("{right}\n"));
        }
        sandbox.write(&format!("hostile/{task}.jsonl"), cases);
        let passages = if task == "answers" { "{% for c in context %}{{ c.text }}{% endfor %}" } else { "" };
        sandbox.write(&format!("hostile/{task}.jinja"), format!("{{{{ input }}}}{passages}\n"));
    }
    let model = |name, file| {
        let name = json!(name);
        format!("[models.{name}]\nrunner = \"replay\"\noutputs = \"{file}\"\n")
    };
    let models = model(CANDIDATE, "ours.jsonl") + &model(REFERENCE, "theirs.jsonl");
    sandbox.write("ours.jsonl", ours).write("theirs.jsonl", theirs).write("eval.toml", models);
    sandbox
}

/// What the candidate does with an attack.
fn answer(task: &str, id: &str, n: usize) -> Value {
    let attack = ATTACKS[n];
    match (task, n) {
        (_, 3) => json!({"task": task, "case": id, "error": {"kind": "server", "message": attack}}),
        ("labels", 5) => json!({"task": task, "case": id, "text": "word".repeat((10 << 20) / 4)}),
        ("fields", _) => {
            json!({"task": task, "case": id, "text": json!({attack: attack, "deep": [{attack: [attack]}]}).to_string()})
        }
        ("answers", _) => {
            let said = json!({"answer": format!("{attack} 4711 Gotham"), "citations": [attack]});
            json!({"task": task, "case": id, "text": said.to_string(), "finish_reason": attack})
        }
        ("actions", 4) => json!({"task": task, "case": id, "tool_calls": [{"name": "send", "arguments": attack}]}),
        ("actions", _) => {
            json!({"task": task, "case": id, "tool_calls": [{"name": attack, "arguments": {attack: attack}}]})
        }
        _ => json!({"task": task, "case": id, "text": format!("<think>{attack}</think>{attack}")}),
    }
}

/// Runs both models, and puts beside their records what a judge said of the candidate's answers to questions.
pub fn run(sandbox: &Sandbox) -> Outcome {
    let mut command = sandbox.command();
    command.args(["run", "--suite", "./hostile", "--candidate", CANDIDATE, "--reference", REFERENCE]);
    let outcome: Outcome = command.output().unwrap().into();
    assert!(matches!(outcome.code, Some(0 | 12)), "{}\n{}", outcome.stdout, outcome.stderr);
    judge(sandbox);
    outcome
}

fn judge(sandbox: &Sandbox) {
    let run = sandbox.the_run();
    let mut manifest = run.manifest();
    let mut model = manifest["models"][0].clone();
    model["name"] = json!(ATTACKS[9]);
    manifest["judges"] = json!([{"task": "answers", "metric": ATTACKS[0], "by": "0", "model": model, "pairwise": false,
        "scores": [ATTACKS[0]], "verdicts": [ATTACKS[2]]}]);
    fs::write(run.file("run.json"), manifest.to_string()).unwrap();
    let records =
        run.records().into_iter().filter(|record| record["task"] == "answers" && record["model"] == CANDIDATE);
    let said = records.zip(ATTACKS.iter().cycle()).map(|(record, attack)| {
        let usage = json!({"input_tokens": 1, "cached_input_tokens": 0, "output_tokens": 1});
        let call = json!({"vote": 0, "verdict": {"reasons": attack}, "text": attack, "usage": usage, "latency_ms": null,
            "cost_usd": null, "cached": false, "attempts": 1});
        let of = |key: &str| record[key].clone();
        let line = json!({"v": 1, "metric": ATTACKS[0], "judge": ATTACKS[9], "by": "0", "task": "answers",
            "case": of("case"), "case_hash": of("case_hash"), "model": CANDIDATE, "repeat": 0, "verdict": ATTACKS[2],
            "scores": {ATTACKS[0]: 1.0}, "calls": [call], "error": null});
        format!("{line}\n")
    });
    fs::write(run.file("judgements.jsonl"), said.collect::<String>()).unwrap();
    let again = sandbox.eval("report latest");
    assert!(matches!(again.code, Some(0 | 12)), "{}", again.stderr);
}

/// The values as TOML, whose strings are written as those of JSON are.
fn toml(suite: &Value) -> String {
    let table = |value: &Value| -> String {
        let pairs = value.as_object().unwrap().iter().filter(|(_, value)| !value[0].is_object());
        pairs.map(|(key, value)| format!("{key} = {value}\n")).collect()
    };
    let tasks = suite["task"].as_array().unwrap().iter().map(|task| format!("\n[[task]]\n{}", table(task)));
    format!("{}{}", table(suite), tasks.collect::<String>())
}
