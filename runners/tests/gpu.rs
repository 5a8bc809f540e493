//! Models on a GPU: against Hugging Face transformers, against the CPU, and alone against in company. Built with
//! `--features cuda`; skipped where there is no GPU.
#![allow(clippy::unwrap_used)]

use candle_core::{Device, Tensor};
use eval_runners::{
    candle::{Decoder, Feed, GgufFile, KvCache, Representation, Tokenizer, open},
    catalogue::{self, Environment},
};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// The share of the logits' size that they may be off by: root of the mean squares of both.
const IN_F32: f32 = 1e-4;
/// With 16 bits a CPU, which rounds alike, is off by up to 0.032 (`weights_of_16_bits_move_logits_by_little`).
const IN_BF16: f32 = 0.05;

fn gpu() -> Option<Device> {
    match Device::new_cuda(0) {
        Ok(device) => Some(device),
        Err(e) => {
            eprintln!("SKIPPED: no GPU ({})", e.to_string().lines().next().unwrap_or_default());
            None
        }
    }
}

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn ids(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect()
}

fn numbers(logits: &Tensor) -> Vec<f32> {
    logits.to_vec1().unwrap()
}

/// The fixtures that the decoder runs, each with what transformers made of it.
fn models() -> Vec<(PathBuf, Value)> {
    let entries = ["models", "folders"].map(|folder| std::fs::read_dir(fixtures().join(folder)).unwrap());
    let paths = entries.into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut models: Vec<(PathBuf, Value)> = paths
        .filter(|path| path.extension().is_some_and(|kind| kind == "gguf") || path.join("config.json").is_file())
        .filter(|path| open(path).is_ok_and(|model| model.config().is_ok()))
        .map(|path| (path.clone(), read(&path.with_extension("json"))))
        .collect();
    models.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(models.len() > 20, "{} fixtures", models.len());
    models
}

fn load(path: &Path, held: Representation, device: &Device) -> Decoder {
    let decoder = Decoder::load(open(path).unwrap().as_mut(), held, device).unwrap();
    device.synchronize().unwrap();
    decoder
}

fn off(got: &Tensor, want: &Value) -> f32 {
    let want: Vec<f32> = want.as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect();
    let squares = |values: &mut dyn Iterator<Item = f32>| values.map(|x| x * x).sum::<f32>();
    let between = squares(&mut numbers(got).iter().zip(&want).map(|(a, b)| a - b));
    (between / squares(&mut want.iter().copied())).sqrt()
}

/// How far logits are off at most: of whole prompts, and of those read after a shared beginning.
fn furthest(decoder: &Decoder, reference: &Value) -> f32 {
    let mut furthest = 0.0f32;
    for prompt in reference["prompts"].as_object().unwrap().values() {
        let ids = ids(&prompt["ids"]);
        if ids.len() > decoder.config().context {
            continue;
        }
        let mut cache = decoder.cache(ids.len()).unwrap();
        furthest = furthest.max(off(&decoder.forward(&ids, &mut cache).unwrap(), &prompt["logits"]));
        if ids.len() > 10 {
            let mut first = decoder.cache(10).unwrap();
            furthest = furthest.max(off(&decoder.forward(&ids[..10], &mut first).unwrap(), &prompt["logits_mid"]));
            let mut rest = decoder.cache_after(Arc::new(first), ids.len()).unwrap();
            furthest = furthest.max(off(&decoder.forward(&ids[10..], &mut rest).unwrap(), &prompt["logits"]));
        }
    }
    furthest
}

fn all_are_near(held: Representation, near: f32) {
    let Some(device) = gpu() else { return };
    for (path, reference) in models() {
        let off = furthest(&load(&path, held, &device), &reference);
        println!("{held:?}, {}: off by {off:.1e}", path.display());
        assert!(off <= near, "{held:?}, {}: logits are off by {off}", path.display());
    }
}

#[test]
fn f32_logits_of_every_family_are_those_of_transformers() {
    all_are_near(Representation::F32, IN_F32);
}

#[test]
fn bf16_logits_of_every_family_are_near_those_of_transformers() {
    all_are_near(Representation::Bf16, IN_BF16);
}

/// The logits that follow one more token, of sequences of different lengths.
fn steps(decoder: &Decoder, together: bool) -> Vec<Vec<f32>> {
    let mut caches: Vec<KvCache> = (0..20)
        .map(|n| {
            let mut cache = decoder.cache(40).unwrap();
            let prompt: Vec<u32> = (0..3 + n).map(|i| (i * 7 + n) % 256).collect();
            decoder.read(&prompt, &mut cache).unwrap();
            cache
        })
        .collect();
    let ids: Vec<[u32; 1]> = (0..20).map(|n| [n]).collect();
    let mut feeds: Vec<Feed> = ids.iter().zip(&mut caches).map(|(ids, cache)| Feed { ids, cache }).collect();
    let at_once = if together { feeds.len() } else { 1 };
    let logits = feeds.chunks_mut(at_once).map(|feeds| decoder.step(feeds).unwrap().to_vec2().unwrap());
    logits.flatten().collect()
}

#[test]
fn what_is_read_beside_a_sequence_does_not_change_a_bit_of_it() {
    let Some(device) = gpu() else { return };
    let default = model_file();
    let tiny = ["tiny-llama", "tiny-qwen2", "tiny-gemma3", "tiny-phi3"];
    let paths = tiny.map(|name| fixtures().join(format!("models/{name}.gguf")));
    for path in paths.iter().chain(&default) {
        for held in [Representation::F32, Representation::Bf16] {
            let decoder = load(path, held, &device);
            assert!(steps(&decoder, false) == steps(&decoder, true), "{held:?}, {}", path.display());
        }
    }
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
fn the_default_model_in_f32_says_what_it_says_on_a_cpu() {
    let (Some(device), Some(path)) = (gpu(), model_file()) else { return };
    let tokenizer = Tokenizer::of_file(&GgufFile::open(&path).unwrap()).unwrap();
    let decoder = load(&path, Representation::F32, &device);
    // The CPU is held to the same ones.
    for prompt in read(&fixtures().join("greedy/smollm2-135m-f32.json"))["prompts"].as_array().unwrap() {
        let said = greedy(&decoder, &ids(&prompt["prompt_ids"]), tokenizer.ends(), 32);
        assert_eq!(said, ids(&prompt["output_ids"]), "{}", prompt["name"]);
    }
}

#[test]
fn the_default_model_begins_as_on_a_cpu_however_it_is_held() {
    let (Some(device), Some(path)) = (gpu(), model_file()) else { return };
    let tokenizer = Tokenizer::of_file(&GgufFile::open(&path).unwrap()).unwrap();
    let fixture = read(&fixtures().join("greedy/smollm2-135m.json"));
    let prompts = fixture["prompts"].as_array().unwrap();
    for held in [Representation::Bf16, Representation::Stored] {
        let decoder = load(&path, held, &device);
        let first =
            |prompt: &Value| greedy(&decoder, &ids(&prompt["prompt_ids"]), tokenizer.ends(), 1).first().copied();
        let same = prompts.iter().filter(|prompt| first(prompt) == ids(&prompt["output_ids"]).first().copied()).count();
        println!("{held:?}: {same} of {} first tokens agree with llama.cpp's", prompts.len());
        assert!(same >= 18, "{held:?}: {same} of {} first tokens agree", prompts.len());
    }
}
