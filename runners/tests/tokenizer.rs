//! Token ids against the reference implementations' ids on awkward strings (see `fixtures/tokenizers`).
#![allow(clippy::unwrap_used)]

use eval_runners::{
    candle::{GgufFile, Tokenizer, Vocabulary},
    catalogue::{self, Environment},
};
use serde_json::Value;
use std::path::PathBuf;

fn fixture(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tokenizers").join(format!("{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn vocabulary(metadata: &Value) -> Vocabulary {
    let get = |key: &str| &metadata[format!("tokenizer.ggml.{key}")];
    let id = |key: &str| get(key).as_u64().map(|id| id as u32);
    let strings = |key: &str| match get(key).as_array() {
        Some(items) => items.iter().map(|item| item.as_str().unwrap().to_string()).collect(),
        None => Vec::new(),
    };
    Vocabulary {
        architecture: metadata["general.architecture"].as_str().unwrap_or_default().into(),
        model: get("model").as_str().unwrap().into(),
        pre: get("pre").as_str().unwrap_or_default().into(),
        tokens: strings("tokens"),
        kinds: get("token_type").as_array().unwrap().iter().map(|kind| kind.as_i64().unwrap()).collect(),
        scores: get("scores").as_array().into_iter().flatten().map(|score| score.as_f64().unwrap()).collect(),
        merges: strings("merges"),
        bos: id("bos_token_id"),
        eos: id("eos_token_id"),
        end_of_turn: id("eot_token_id"),
        space_prefix: get("add_space_prefix").as_bool().unwrap_or(get("model") == "llama"),
    }
}

fn ids(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect()
}

fn agrees(tokenizer: &Tokenizer, fixture: &Value) {
    let cases = fixture["cases"].as_array().unwrap();
    assert!(cases.len() >= 200, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let text = case["text"].as_str().unwrap();
        // Text from outside inside a prompt: guarded, rendered, cut at specials, lifted.
        let guard = tokenizer.guard([text].into_iter());
        let got = tokenizer.encode(&guard.protect(text), &guard).unwrap();
        if got != ids(&case["ids"]) || tokenizer.encode_plain(text).unwrap() != ids(&case["ids"]) {
            wrong.push(format!("{text:?}: {got:?}, expected {}", case["ids"]));
        }
        let decoded = tokenizer.decode(&ids(&case["ids"])).unwrap();
        if decoded != case["decoded"].as_str().unwrap() {
            wrong.push(format!("{text:?} decodes to {decoded:?}, expected {}", case["decoded"]));
        }
    }
    for case in fixture["with_specials"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let got = tokenizer.encode(text, &tokenizer.guard([].into_iter())).unwrap();
        if got != ids(&case["ids"]) {
            wrong.push(format!("with specials {text:?}: {got:?}, expected {}", case["ids"]));
        }
    }
    assert!(wrong.is_empty(), "{} differ, among them\n{}", wrong.len(), wrong[..wrong.len().min(8)].join("\n"));
}

macro_rules! families {
    ($($test:ident: $name:literal),* $(,)?) => {
        $(#[test] fn $test() {
            let fixture = fixture($name);
            agrees(&Tokenizer::new(&vocabulary(&fixture["metadata"])).unwrap(), &fixture);
        })*
    };
}

families! {
    gpt_2: "gpt-2",
    llama_bpe: "llama-bpe",
    qwen2: "qwen2",
    tekken: "tekken",
    sentencepiece_llama_2: "spm-llama2",
    sentencepiece_gemma: "spm-gemma",
    phi3: "phi3",
    phi4: "phi4",
}

#[test]
fn deepseeks_distills_of_qwen_keep_its_words() {
    let fixture = fixture("qwen2");
    let vocabulary = Vocabulary { pre: "deepseek-r1-qwen".into(), ..vocabulary(&fixture["metadata"]) };
    agrees(&Tokenizer::new(&vocabulary).unwrap(), &fixture);
}

macro_rules! published {
    ($($test:ident: $json:literal with the ids of $fixture:literal),* $(,)?) => {
        $(#[test] fn $test() {
            let path = format!("{}/tests/fixtures/tokenizers/json/{}.tokenizer.json", env!("CARGO_MANIFEST_DIR"), $json);
            let tokenizer = Tokenizer::of_json(&std::fs::read(path).unwrap(), None, None, &[]).unwrap();
            agrees(&tokenizer, &fixture($fixture));
        })*
    };
}

published! {
    json_llama_bpe: "llama-bpe" with the ids of "llama-bpe",
    json_qwen2: "qwen2" with the ids of "qwen2",
    json_tekken: "tekken" with the ids of "tekken",
    json_gemma: "spm-gemma" with the ids of "spm-gemma",
    json_phi3_whose_specials_swallow_blanks: "phi3" with the ids of "phi3",
    json_with_a_blank_before_the_first_text_alone: "metaspace-first" with the ids of "json/metaspace-first",
}

#[test]
fn a_broken_tokenizer_json_is_an_error() {
    let error = |json: &[u8], eos: &str| Tokenizer::of_json(json, None, Some(eos.into()), &[]).err().unwrap();
    assert!(error(b"{}", "</s>").contains("cannot be built"));
    let path = format!("{}/tests/fixtures/tokenizers/json/qwen2.tokenizer.json", env!("CARGO_MANIFEST_DIR"));
    let qwen = std::fs::read(path).unwrap();
    assert!(
        error(&qwen, "<nothing>").contains("no token \"<nothing>\", which tokenizer_config.json names as `eos_token`")
    );
}

#[test]
fn the_default_model() {
    let found = Environment::from_env().ok().zip(catalogue::find("smollm2-135m"));
    let Some(path) = found.and_then(|(environment, entry)| catalogue::cached(entry, &environment)) else {
        eprintln!("SKIPPED: the default model is not in the cache (`cargo eval models pull smollm2-135m` fetches it)");
        return;
    };
    let tokenizer = Tokenizer::of_file(&GgufFile::open(&path).unwrap()).unwrap();
    agrees(&tokenizer, &fixture("smollm"));
}

#[test]
fn an_unknown_pre_tokenizer_is_an_error_that_lists_the_known() {
    let mut vocabulary = vocabulary(&fixture("qwen2")["metadata"]);
    vocabulary.pre = "jina-v2-code".into();
    let message = Tokenizer::new(&vocabulary).err().unwrap();
    assert!(
        message.contains("\"jina-v2-code\"") && message.contains("llama-bpe") && message.contains("qwen2"),
        "{message}"
    );
    vocabulary.model = "bert".into();
    assert!(Tokenizer::new(&vocabulary).err().unwrap().contains("\"bert\""));
}
