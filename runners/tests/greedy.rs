//! Greedy outputs of the default model against llama.cpp's on the same file (see `fixtures/greedy`, `oracles/models`).
#![allow(clippy::unwrap_used)]

use candle_core::Device;
use eval_runners::{
    candle::{Decoder, GgufFile, Representation, Tokenizer},
    catalogue::{self, Environment},
};
use serde_json::Value;
use std::path::PathBuf;

struct Reference {
    name: String,
    prompt: String,
    prompt_ids: Vec<u32>,
    output_ids: Vec<u32>,
    output_text: String,
    /// How far the likeliest first token leads the second, in log-probability.
    lead: f64,
}

fn references(file: &str) -> Vec<Reference> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/greedy").join(file);
    let fixture: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let ids = |value: &Value| value.as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect();
    let read = |entry: &Value| Reference {
        name: entry["name"].as_str().unwrap().into(),
        prompt: entry["prompt"].as_str().unwrap().into(),
        prompt_ids: ids(&entry["prompt_ids"]),
        output_ids: ids(&entry["output_ids"]),
        output_text: entry["output_text"].as_str().unwrap().into(),
        lead: entry["first_token_top5"][0][1].as_f64().unwrap() - entry["first_token_top5"][1][1].as_f64().unwrap(),
    };
    fixture["prompts"].as_array().unwrap().iter().map(read).collect()
}

fn model_file() -> Option<PathBuf> {
    let found = Environment::from_env().ok().zip(catalogue::find("smollm2-135m"));
    let path = found.and_then(|(environment, entry)| catalogue::cached(entry, &environment));
    if path.is_none() {
        eprintln!("SKIPPED: the default model is not in the cache (`cargo eval models pull smollm2-135m` fetches it)");
    }
    path
}

fn greedy(decoder: &Decoder, prompt: &[u32], ends: &[u32], limit: usize) -> Vec<u32> {
    let mut cache = decoder.cache(prompt.len() + limit).unwrap();
    let mut logits = decoder.forward(prompt, &mut cache).unwrap();
    let mut ids = Vec::new();
    loop {
        let id: u32 = logits.argmax(0).unwrap().to_scalar().unwrap();
        if ends.contains(&id) || ids.len() == limit {
            return ids;
        }
        ids.push(id);
        logits = decoder.forward(&[id], &mut cache).unwrap();
    }
}

#[test]
fn with_f32_weights_every_token_is_the_one_of_llama_cpp_on_the_same_weights() {
    let Some(path) = model_file() else { return };
    let mut file = GgufFile::open(&path).unwrap();
    let tokenizer = Tokenizer::of_file(&file).unwrap();
    let decoder = Decoder::load(&mut file, Representation::F32, &Device::Cpu).unwrap();
    let nothing = tokenizer.guard([].into_iter());
    for reference in references("smollm2-135m-f32.json") {
        assert_eq!(tokenizer.encode(&reference.prompt, &nothing).unwrap(), reference.prompt_ids, "{}", reference.name);
        let ids = greedy(&decoder, &reference.prompt_ids, tokenizer.ends(), 32);
        assert_eq!(ids, reference.output_ids, "{}", reference.name);
        assert_eq!(tokenizer.decode(&ids).unwrap(), reference.output_text, "{}", reference.name);
    }
}

/// llama.cpp rounds activations to 8 bits before it multiplies them with quantized weights, which moves
/// log-probabilities by up to 0.28: where two tokens lie closer, either may come first.
#[test]
fn first_tokens_are_those_of_llama_cpp_on_the_quantized_file_unless_it_is_a_near_tie() {
    let Some(path) = model_file() else { return };
    let mut file = GgufFile::open(&path).unwrap();
    let tokenizer = Tokenizer::of_file(&file).unwrap();
    let references = references("smollm2-135m.json");
    for held in [Representation::F32, Representation::Packed, Representation::Stored] {
        let decoder = Decoder::load(&mut file, held, &Device::Cpu).unwrap();
        let mut same = 0;
        for reference in &references {
            let ids = greedy(&decoder, &reference.prompt_ids, tokenizer.ends(), 1);
            let agrees = ids.first() == reference.output_ids.first();
            assert!(agrees || reference.lead < 0.28, "{held:?}, {}: not a near tie", reference.name);
            same += usize::from(agrees);
        }
        println!("{held:?}: {same} of {} first tokens agree", references.len());
        let least = if held == Representation::Stored { 19 } else { 18 };
        assert!(same >= least, "{held:?}: {same} of {} first tokens agree", references.len());
    }
}
