//! `eval import --format NAME`: the suite is sound, and what its source holds to be right is right.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, snapshot};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, path::PathBuf};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/tests/fixtures/import");

/// A file of the data that are no part of the repository; `None`, and a word on it, where it is missing.
fn data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("EVAL_DATA")
        .map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data").into(), PathBuf::from);
    let path = folder.join(name);
    if !path.exists() {
        eprintln!("skipped: no {name} in the folder that EVAL_DATA names");
        return None;
    }
    Some(path)
}

/// Imports into `suite`, checks it, and returns what was told.
fn import(sandbox: &Sandbox, format: &str, source: &str, more: &str) -> String {
    let told = sandbox.eval_to(0, &format!("import {source} --format {format} --to suite {more}")).stdout;
    sandbox.eval_to(0, "suites check ./suite");
    told
}

/// The tasks of the suite with their cases.
fn cases(sandbox: &Sandbox) -> BTreeMap<String, Vec<Value>> {
    let files = std::fs::read_dir(sandbox.path().join("suite")).unwrap().map(|entry| entry.unwrap().path());
    let files =
        files.filter(|path| path.extension().is_some_and(|end| end == "jsonl") && !path.ends_with("import.jsonl"));
    let of = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let cases = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (path.file_stem().unwrap().to_str().unwrap().to_string(), cases)
    };
    files.map(of).collect()
}

/// The first value that is accepted wherever there are several.
fn first(value: &Value) -> Value {
    match value {
        Value::Object(map) if map.contains_key("any_of") => first(&map["any_of"][0]),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), first(value))).collect(),
        Value::Array(items) => items.iter().map(first).collect(),
        leaf => leaf.clone(),
    }
}

/// A value as source text of a type such as `java:ArrayList<String>`; text stays as it is.
fn literal(value: &Value, kind: &str) -> String {
    let (language, kind) = kind.split_once(':').unwrap();
    let (name, items) = kind.split_once('<').unwrap_or((kind, ""));
    let items = items.trim_end_matches('>');
    let leaf = |value: &Value, kind: &str| match (value, language, kind) {
        (Value::Number(_), "java", "long") => format!("{value}L"),
        (Value::Number(_), "java", "float") => format!("{value}f"),
        (Value::Number(_), "javascript", "Bigint") => format!("{value}n"),
        _ => value.to_string(),
    };
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) if language == "java" => {
            // The leaderboard takes quotes off the texts of an `ArrayList<String>` alone: elsewhere they are part of them.
            let bare = name == "Array" || items == "any";
            let item = |item: &Value| match item.as_str() {
                Some(text) if bare => text.to_string(),
                _ => leaf(item, items),
            };
            let list: Vec<String> = list.iter().map(item).collect();
            match name {
                "Array" => format!("new {items}[]{{{}}}", list.join(", ")),
                _ if list.is_empty() => "new ArrayList<>()".into(),
                _ => format!("new ArrayList<>(Arrays.asList({}))", list.join(", ")),
            }
        }
        Value::Object(map) if language == "java" => {
            let puts: Vec<String> =
                map.iter().map(|(key, of)| format!("put(\"{key}\", {});", leaf(of, "any"))).collect();
            format!("new HashMap<String, Object>() {{{{ {} }}}}", puts.join(" "))
        }
        other => leaf(other, name),
    }
}

/// The calls that a case expects, as a model would make them.
fn calls(case: &Value) -> Value {
    let tool = |name: &Value| {
        let tools = case["tools"].as_array().unwrap();
        tools.iter().map(|tool| &tool["function"]).find(|tool| tool["name"] == *name).unwrap()
    };
    if case["expected"]["calls"] == "some" {
        return json!([{"name": case["tools"][0]["function"]["name"], "arguments": {}}]);
    }
    let call = |call: &Value| {
        let properties = &tool(&call["name"])["parameters"]["properties"];
        let argument = |(name, value): (&String, &Value)| {
            let value = first(value);
            let value = match properties[name]["x-literal"].as_str() {
                Some(kind) => literal(&value, kind).into(),
                None => value,
            };
            (name.clone(), value)
        };
        let arguments: Map<String, Value> = call["arguments"].as_object().unwrap().iter().map(argument).collect();
        json!({"name": call["name"], "arguments": arguments})
    };
    case["expected"]["calls"].as_array().unwrap().iter().map(call).collect()
}

/// A recorded answer to a case that is what its source holds to be right.
fn gold(task: &str, case: &Value) -> Value {
    let expected = &case["expected"];
    let mut line = json!({"task": task, "case": case["id"]});
    if !expected["calls"].is_null() {
        let calls = calls(case);
        line["text"] = if calls == json!([]) { "No function fits.".into() } else { "".into() };
        line["tool_calls"] = calls;
    } else if expected["answerable"] == false {
        line["text"] = "{\"answer\": null}".into();
    } else if let Some(answer) = expected["answers"][0].as_str() {
        line["text"] = json!({"answer": answer}).to_string().into();
    } else {
        line["text"] = expected.as_str().unwrap().into();
    }
    line
}

/// The cases whose recorded answers are not right.
fn not_right(sandbox: &Sandbox, lines: impl IntoIterator<Item = Value>) -> Vec<String> {
    let lines: String = lines.into_iter().map(|line| line.to_string() + "\n").collect();
    sandbox.write("gold.jsonl", lines);
    sandbox.eval_to(0, "run --suite ./suite --candidate gold=replay:gold.jsonl");
    let records = sandbox.the_run().records();
    let wrong = records.iter().filter(|record| record["correct"] != true);
    wrong.map(|record| format!("{}: {} {}", record["case"], record["error"], record["note"])).collect()
}

fn gold_is_right(sandbox: &Sandbox) -> Vec<String> {
    let cases = cases(sandbox);
    not_right(sandbox, cases.iter().flat_map(|(task, cases)| cases.iter().map(|case| gold(task, case))))
}

#[test]
fn the_answers_of_every_format_are_right_in_its_suite() {
    for (format, source) in [
        ("squad", "squad/v2.json"),
        ("squad", "squad/v1.1.json"),
        ("clinc", "clinc/data_full.json"),
        ("banking77", "banking77/test.csv"),
        ("bfcl", "bfcl"),
        ("promptfoo", "promptfoo/labels.yaml"),
        ("openai-evals", "openai-evals/samples.jsonl"),
        ("inspect", "inspect/samples.jsonl"),
        ("inspect", "inspect/samples.csv"),
    ] {
        let sandbox = Sandbox::new();
        import(&sandbox, format, &format!("{FIXTURES}/{source}"), "");
        assert_eq!(gold_is_right(&sandbox), Vec::<String>::new(), "{format} {source}");
    }
}

#[test]
fn checks_decide_over_what_promptfoo_asserted() {
    let sandbox = Sandbox::new();
    let told = import(&sandbox, "promptfoo", &format!("{FIXTURES}/promptfoo"), "");
    snapshot!(sandbox, told.replace(FIXTURES, "[FIXTURES]"));
    let answer = |case: &str, text: &str| json!({"task": "tests", "case": case, "text": text});
    let right = [
        ("test-1", "The harbour of VELL is four metres deep."),
        ("test-2", "See Vell."),
        ("test-3", "See kap morn."),
        ("test-4", "{\"high\": 14.5}"),
        ("test-6", "Yes"),
        ("test-7", "Two, that is 2."),
        ("test-8", "Ida Brekke."),
        ("test-10", "refused"),
        ("test-11", "3"),
        ("test-12", "{\"open\": true, \"lock\": 3}"),
        ("test-13", "red"),
        ("test-14", "It is white."),
    ];
    assert_eq!(not_right(&sandbox, right.map(|(case, text)| answer(case, text))), Vec::<String>::new());

    let other = Sandbox::new();
    import(&other, "promptfoo", &format!("{FIXTURES}/promptfoo"), "");
    let wrong = [
        ("test-1", "It is four metres deep."),
        ("test-2", "As an AI I see Vell."),
        ("test-3", "See Vell."),
        ("test-4", "{\"high\": \"14.5\"}"),
        ("test-6", "As an AI I would say that it is open."),
        ("test-7", "Two or three."),
        ("test-8", "It was a family."),
        ("test-10", "refused."),
        ("test-11", "three"),
        ("test-12", "{\"open\": false, \"lock\": 3}"),
        ("test-13", "white"),
        ("test-14", "I don't know."),
    ];
    assert_eq!(not_right(&other, wrong.map(|(case, text)| answer(case, text))).len(), wrong.len());
}

#[test]
fn a_check_that_is_none_is_an_error_with_its_case() {
    let sandbox = Sandbox::new();
    import(&sandbox, "inspect", &format!("{FIXTURES}/inspect/open.json"), "");
    sandbox.replace("suite/samples.jsonl", "\"contains\"", "\"holds\"");
    let told = sandbox.eval_to(2, "suites check ./suite");
    assert!(told.stderr.contains("the case `row-1`: there is no metric `holds`"), "{}", told.stderr);
}

#[test]
fn options_of_tables_are_refused_and_nothing_is_written() {
    let sandbox = Sandbox::new();
    for (option, words) in [
        ("--map expected=label", "`--map` says nothing to the format `squad`"),
        ("--kind rag", "`--kind` says nothing to the format `squad`"),
        ("--split test", "`--split` says nothing to the format `squad`"),
    ] {
        let told = sandbox.eval_to(2, &format!("import {FIXTURES}/squad/v2.json --format squad --to suite {option}"));
        assert!(told.stderr.contains(words), "{}", told.stderr);
    }
    assert!(!sandbox.path().join("suite").exists());
}

/// Two of the leaderboard's answers fit no call: docs/metrics.md tells of the first.
#[test]
fn the_leaderboards_answers_are_right_in_every_category() {
    let Some(source) = data("bfcl_v4/single_turn_cases.jsonl") else { return };
    let sandbox = Sandbox::new();
    import(&sandbox, "bfcl", source.to_str().unwrap(), "--limit 40");
    assert_eq!(cases(&sandbox).len(), 13);
    // The leaderboard reads what an `ArrayList<any>` holds as text: no source makes the numbers that this case accepts.
    let wrong = gold_is_right(&sandbox);
    assert!(wrong.len() == 1 && wrong[0].contains("simple_java_36"), "{wrong:?}");
}

#[test]
fn a_copy_of_banking77_is_read_too() {
    let Some(source) = data("banking77/test.jsonl") else { return };
    let sandbox = Sandbox::new();
    let told = import(&sandbox, "banking77", source.to_str().unwrap(), "");
    assert!(told.contains("3,080 cases"), "{told}");
    assert_eq!(gold_is_right(&sandbox), Vec::<String>::new());
}
