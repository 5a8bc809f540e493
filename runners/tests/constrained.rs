//! Answers that are held to a shape: tiny random models, which say anything that they may, at high temperature.
#![allow(clippy::unwrap_used)]

use candle_core::Device;
use eval_core::{Arguments, FinishReason, Message, Prompt, PromptId, Response, Role, Runner, Tool};
use eval_runners::{
    api::Decode,
    candle::{CandleRunner, CandleSettings, Decoder, GgufFile, Representation, Sampling, Shape, Tokenizer},
};
use serde_json::{Value, json};
use std::{path::PathBuf, sync::Arc};

const SEEDS: u32 = 8;

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn load_with(model: &str, temperature: f64, chat_template: Option<&str>) -> CandleRunner {
    let settings = CandleSettings {
        sampling: Sampling { temperature, top_p: 1.0, seed: 11 },
        decode: Decode::Schema,
        chat_template: chat_template.map(String::from),
        date: "2026-03-14".into(),
        ..Default::default()
    };
    CandleRunner::load(&fixtures().join(model), &settings).unwrap()
}

fn load(model: &str) -> CandleRunner {
    load_with(model, 3.0, None)
}

fn prompt(repeat: u32) -> Prompt {
    Prompt {
        id: PromptId { task: "t".into(), case: "c".into(), case_hash: "0".repeat(32), repeat },
        messages: vec![Message { role: Role::User, content: "x".into() }],
        tools: Arc::from([]),
        schema: None,
        labels: Arc::from([]),
        max_output_tokens: 220,
        stop: Vec::new(),
        shared: Vec::new(),
        exchanges: Vec::new(),
    }
}

fn ask(runner: &CandleRunner, prompt: impl Fn(u32) -> Prompt) -> Vec<Response> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let prompts: Vec<Prompt> = (0..SEEDS).map(prompt).collect();
    let answers = runtime.block_on(futures_util::future::join_all(prompts.iter().map(|one| runner.respond(one))));
    answers.into_iter().map(Result::unwrap).collect()
}

fn schemas(which: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(fixtures().join("schemas.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()[which].as_array().unwrap().clone()
}

#[test]
fn every_completed_answer_is_valid_by_its_schema() {
    for model in ["models/tiny-llama.gguf", "models/tiny-gemma3.gguf", "folders/llama"] {
        let runner = load(model);
        let schemas = schemas("followed");
        let (mut completed, mut different) = (0, 0);
        for entry in &schemas {
            let schema = Arc::new(entry["schema"].clone());
            let validator = jsonschema::validator_for(&schema).unwrap();
            let answers = ask(&runner, |repeat| Prompt { schema: Some(schema.clone()), ..prompt(repeat) });
            let done: Vec<&str> = answers
                .iter()
                .filter(|answer| answer.finish_reason == Some(FinishReason::Stop))
                .map(|answer| answer.text.as_str())
                .collect();
            for text in &done {
                let value: Value =
                    serde_json::from_str(text).unwrap_or_else(|e| panic!("{}: {e}: {text}", entry["name"]));
                assert!(validator.is_valid(&value), "{model}, {}: {text}", entry["name"]);
            }
            assert!(!done.is_empty(), "{model}, {}: no answer came to its end: {answers:?}", entry["name"]);
            completed += done.len();
            different += usize::from(done.iter().any(|text| *text != done[0]));
        }
        assert!(completed * 10 > schemas.len() * SEEDS as usize * 8, "{model}: {completed} came to their end");
        assert!(different > schemas.len() / 2, "{model}: the model hardly had a choice");
    }
}

#[test]
fn what_a_grammar_cannot_hold_to_is_named() {
    let runner = load("models/tiny-llama.gguf");
    for entry in schemas("refused") {
        let followed = runner.can_follow(&Shape::Json(Arc::new(entry["schema"].clone())));
        let error = followed.err().unwrap_or_else(|| panic!("{entry} is followed"));
        for words in entry["says"].as_array().unwrap() {
            assert!(error.contains(words.as_str().unwrap()), "{entry}: {error}");
        }
        assert!(error.starts_with("its schema ") && !error.contains('\n'), "{error}");
    }
}

/// The log-probability that an answer is this text and nothing more, a token at a time.
fn likelihood(decoder: &Decoder, tokenizer: &Tokenizer, prompt: &str, label: &str) -> f64 {
    let (prompt, ids) = (tokenizer.encode_plain(prompt).unwrap(), tokenizer.encode_plain(label).unwrap());
    let mut cache = decoder.cache(prompt.len() + ids.len()).unwrap();
    let mut logits: Vec<f32> = decoder.forward(&prompt, &mut cache).unwrap().to_vec1().unwrap();
    let of = |logits: &[f32], wanted: &[u32]| -> f64 {
        let total: f64 = logits.iter().map(|logit| f64::from(*logit).exp()).sum();
        (wanted.iter().map(|id| f64::from(logits[*id as usize]).exp()).sum::<f64>() / total).ln()
    };
    let mut sum = 0.0;
    for id in ids {
        sum += of(&logits, &[id]);
        logits = decoder.forward(&[id], &mut cache).unwrap().to_vec1().unwrap();
    }
    sum + of(&logits, tokenizer.ends())
}

#[test]
fn the_answer_is_the_likeliest_label() {
    let path = fixtures().join("models/tiny-qwen2.gguf");
    let template = Some("{% for m in messages %}{{ m.content }}{% endfor %}".into());
    let settings = CandleSettings {
        decode: Decode::Labels,
        chat_template: template,
        date: "2026-03-14".into(),
        ..Default::default()
    };
    let runner = CandleRunner::load(&path, &settings).unwrap();
    assert_eq!(runner.details()["decoding"], "labels");
    let mut file = GgufFile::open(&path).unwrap();
    let tokenizer = Tokenizer::of_file(&file).unwrap();
    let decoder = Decoder::load(&mut file, Representation::F32, &Device::Cpu).unwrap();
    // Beginnings of one another among them: without its end the shorter one would always be the likelier.
    let labels: Arc<[String]> = ["a", "ab", "abc", "the", "xy", "Q", "zing"].map(String::from).into();
    let mut chosen = Vec::new();
    for words in ["x", "where is it? ", "the the the", "0123", "a long one, after which it is told what it is"] {
        let message = Message { role: Role::User, content: words.into() };
        let likeliest = labels.iter().map(|label| likelihood(&decoder, &tokenizer, words, label)).enumerate();
        let (place, _) = likeliest.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        for answer in ask(&runner, |n| Prompt {
            labels: labels.clone(),
            messages: vec![message.clone()],
            max_output_tokens: 8,
            ..prompt(n)
        }) {
            assert_eq!((&answer.text, answer.finish_reason), (&labels[place], Some(FinishReason::Stop)), "{words}");
            let tokens: usize = labels.iter().map(|label| tokenizer.encode_plain(label).unwrap().len() + 1).sum();
            assert_eq!(answer.usage.output_tokens, Some(tokens as u64), "the tokens of all labels, an end for each");
        }
        chosen.push(place);
    }
    chosen.sort_unstable();
    chosen.dedup();
    assert!(chosen.len() > 1, "the prompts make no difference");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert!(runtime.block_on(runner.respond(&prompt(0))).unwrap_err().message.contains("names none"));
}

#[test]
fn the_answer_is_one_of_the_labels() {
    let runner = load("models/tiny-qwen2.gguf");
    let labels: Arc<[String]> =
        ["order", "order-change", "a \"quoted\" one", "größer", "two\nlines", "undetermined"].map(String::from).into();
    let answers = ask(&runner, |repeat| Prompt { labels: labels.clone(), ..prompt(repeat) });
    for answer in &answers {
        assert!(labels.iter().any(|label| label == answer.text.trim()), "{:?}", answer.text);
        assert_eq!(answer.finish_reason, Some(FinishReason::Stop));
    }
    assert!(answers.iter().any(|answer| answer.text != answers[0].text), "{answers:?}");
}

fn tools() -> Arc<[Tool]> {
    let track = json!({"type": "object", "properties": {"parcel": {"$ref": "#/$defs/id"}}, "required": ["parcel"],
        "additionalProperties": false, "$defs": {"id": {"type": "string", "pattern": "^P[0-9]{3}$"}}});
    let refund = json!({"type": "object", "properties": {"order": {"type": "integer", "minimum": 1, "maximum": 9}, "all": {"type": "boolean"}},
        "required": ["order"], "additionalProperties": false});
    let function = |name: &str, parameters| {
        Tool(json!({"type": "function", "function": {"name": name, "parameters": parameters}}))
    };
    let bare = Tool(json!({"type": "function", "function": {"name": "ping"}}));
    [function("track", track), function("refund", refund), bare].into()
}

fn validator(tools: &[Tool], name: &str) -> jsonschema::Validator {
    let tool = tools.iter().find(|tool| tool.name() == name).unwrap();
    jsonschema::validator_for(tool.0["function"].get("parameters").unwrap_or(&json!({"maxProperties": 0}))).unwrap()
}

/// The context of the models is small: of a conversation and of the tools they see little.
const TURNS: &str = "{% for m in messages %}{{ m.role }}\n{% endfor %}";
const NAMES: &str = "{% for tool in tools %}{{ tool.function.name }} {% endfor %}";

#[test]
fn calls_are_valid_by_the_schemas_of_their_tools_as_each_family_writes_them() {
    let offered = tools();
    let families = [
        ("llama", "", "plain_json"),
        ("llama", "<tool_call></tool_call>", "hermes"),
        ("llama", "<|python_tag|>", "llama3"),
        ("qwen2", "[TOOL_CALLS]", "mistral"),
        ("phi3", "<|tool_call|>", "phi"),
    ];
    let mut called = Vec::new();
    for (model, marks, family) in families {
        let names = if marks.is_empty() { "" } else { NAMES };
        let runner =
            load_with(&format!("models/tiny-{model}.gguf"), 50.0, Some(&format!("{names}{TURNS}{{# {marks} #}}")));
        assert_eq!(runner.details()["tool_calls"], family);
        let long = |repeat| Prompt { tools: offered.clone(), max_output_tokens: 180, ..prompt(repeat) };
        for answer in (0..20).flat_map(|round| ask(&runner, |repeat| long(repeat + SEEDS * round))) {
            if answer.finish_reason == Some(FinishReason::Length) {
                continue;
            }
            assert!(!answer.tool_calls.is_empty() || !answer.text.trim().is_empty(), "{family}");
            for call in &answer.tool_calls {
                let Arguments::Object(arguments) = &call.arguments else { panic!("{family}: {call:?}") };
                let valid = validator(&offered, &call.name).is_valid(&arguments.clone().into());
                assert!(valid, "{family}: {call:?}");
                called.push(family);
            }
        }
    }
    // A model that says anything seldom begins a call; how each family ends one is tested beside the grammars.
    called.dedup();
    assert!(called.len() > 2, "{called:?}");
}
