//! The decoder against Hugging Face transformers: tiny random models of every family, logits and greedy ids.
#![allow(clippy::unwrap_used)]

use candle_core::{
    Device, Tensor,
    quantized::{GgmlDType, QTensor, gguf_file},
};
use eval_runners::candle::{Adapted, Adapter, Decoder, Feed, GgufFile, KvCache, Representation, open};
use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models").join(name)
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/folders").join(name)
}

fn load(name: &str) -> Decoder {
    let mut file = GgufFile::open(&fixture(&format!("{name}.gguf"))).unwrap();
    Decoder::load(&mut file, Representation::F32, &Device::Cpu).unwrap()
}

fn numbers(value: &serde_json::Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect()
}

fn difference(got: &Tensor, want: &[f32]) -> f32 {
    let got: Vec<f32> = got.to_vec1().unwrap();
    assert_eq!(got.len(), want.len());
    got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn argmax(logits: &Tensor) -> u32 {
    logits.argmax(0).unwrap().to_scalar().unwrap()
}

fn greedy(decoder: &Decoder, mut logits: Tensor, cache: &mut KvCache, n: usize) -> Vec<u32> {
    let mut ids = vec![argmax(&logits)];
    while ids.len() < n {
        logits = decoder.forward(&ids[ids.len() - 1..], cache).unwrap();
        ids.push(argmax(&logits));
    }
    ids
}

fn agrees(name: &str, decoder: &Decoder, reference: &Path) {
    let reference: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(reference).unwrap()).unwrap();
    for (length, prompt) in reference["prompts"].as_object().unwrap() {
        let ids: Vec<u32> = prompt["ids"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect();
        if ids.len() > decoder.config().context {
            // Past the original length phi 3 wants its other set of factors: the context ends there instead.
            assert_eq!(name, "tiny-phi3-longrope");
            continue;
        }
        let mut cache = decoder.cache(ids.len() + 16).unwrap();
        let logits = decoder.forward(&ids, &mut cache).unwrap();
        let off = difference(&logits, &numbers(&prompt["logits"]));
        assert!(off <= 1e-3, "{name}, {length} prompt: logits are off by {off}");
        let want: Vec<u32> =
            prompt["greedy"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect();
        assert_eq!(greedy(decoder, logits, &mut cache, want.len()), want, "{name}, {length} prompt");
        if ids.len() > 10 {
            // The same prompt read in two parts, the first through a copy of a cache: as prefixes are shared.
            let mut first = decoder.cache(10).unwrap();
            let mid = decoder.forward(&ids[..10], &mut first).unwrap();
            let off = difference(&mid, &numbers(&prompt["logits_mid"]));
            assert!(off <= 1e-3, "{name}: logits in the middle are off by {off}");
            let mut copy = decoder.cache_after(Arc::new(first), ids.len() + 16).unwrap();
            let continued = decoder.forward(&ids[10..], &mut copy).unwrap();
            let off = difference(&continued, &numbers(&prompt["logits"]));
            assert!(off <= 1e-3, "{name}: logits after a shared prefix are off by {off}");
            assert_eq!(greedy(decoder, continued, &mut copy, want.len()), want, "{name}, after a shared prefix");
        }
    }
}

fn agrees_with_transformers(name: &str) {
    agrees(name, &load(name), &fixture(&format!("{name}.json")));
}

fn the_folder_agrees(name: &str) {
    let mut model = open(&folder(name)).unwrap();
    let decoder = Decoder::load(model.as_mut(), Representation::F32, &Device::Cpu).unwrap();
    agrees(name, &decoder, &folder(&format!("{name}.json")));
}

/// With an adapter, against the logits after PEFT's own merge.
fn the_adapted_model_agrees(model: &Path, adapter: &str) {
    let mut model = open(model).unwrap();
    let merged = Adapter::open(&folder("adapters").join(adapter)).unwrap();
    let mut adapted = Adapted::new(model.as_mut(), &merged).unwrap();
    let decoder = Decoder::load(&mut adapted, Representation::F32, &Device::Cpu).unwrap();
    agrees(adapter, &decoder, &folder("adapters").join(format!("{adapter}.json")));
}

macro_rules! families {
    ($check:ident, $($test:ident: $name:literal),* $(,)?) => {
        $(#[test] fn $test() { $check($name); })*
    };
}

families! {
    agrees_with_transformers,
    llama: "tiny-llama",
    llama_3_with_rope_factors: "tiny-llama3-rope",
    mistral: "tiny-mistral",
    qwen2: "tiny-qwen2",
    qwen3: "tiny-qwen3",
    gemma2: "tiny-gemma2",
    gemma3: "tiny-gemma3",
    gemma3_with_linear_scaling: "tiny-gemma3-linear",
    phi3: "tiny-phi3",
    phi3_longrope: "tiny-phi3-longrope",
    smollm3: "tiny-smollm3",
    qwen2_with_yarn: "tiny-qwen2-yarn",
    olmo2: "tiny-olmo2",
    starcoder2: "tiny-starcoder2",
    mixtral: "tiny-mixtral",
    qwen3_with_experts: "tiny-qwen3moe",
}

families! {
    the_folder_agrees,
    folder_llama_in_shards: "llama",
    folder_llama_3_rope_with_biases: "llama3-rope",
    folder_llama_with_linear_scaling: "llama-linear",
    folder_mistral_with_a_window: "mistral",
    folder_qwen2_with_windows_above: "qwen2",
    folder_qwen3: "qwen3",
    folder_gemma: "gemma",
    folder_gemma2: "gemma2",
    folder_gemma3_with_linear_scaling: "gemma3",
    folder_phi3: "phi3",
    folder_phi3_longrope: "phi3-longrope",
    folder_smollm3: "smollm3",
    folder_phi3_that_rotates_a_part: "phi3-partial",
    folder_qwen2_with_yarn: "qwen2-yarn",
    folder_qwen3_with_yarn_and_scales: "qwen3-yarn",
    folder_olmo2: "olmo2",
    folder_starcoder2_with_a_window: "starcoder2",
    folder_mixtral: "mixtral",
    folder_mixtral_with_stacked_experts: "mixtral-stacked",
    folder_qwen3_with_experts: "qwen3-moe",
}

#[test]
fn an_adapter_of_every_matrix() {
    the_adapted_model_agrees(&folder("llama"), "llama");
}

#[test]
fn an_adapter_of_fused_matrices_scaled_by_the_root_of_its_rank() {
    the_adapted_model_agrees(&folder("phi3"), "phi3-rslora");
}

#[test]
fn an_adapter_of_some_layers() {
    the_adapted_model_agrees(&folder("gemma3"), "gemma3-layers");
}

#[test]
fn an_adapter_of_a_gguf_file() {
    the_adapted_model_agrees(&fixture("tiny-llama.gguf"), "gguf-llama");
}

/// As GPUs hold them: there the products are the same ones, with the same rounding.
#[test]
fn weights_of_16_bits_move_logits_by_little() {
    for name in ["tiny-llama", "tiny-qwen3", "tiny-gemma3", "tiny-phi3"] {
        let mut file = GgufFile::open(&fixture(&format!("{name}.gguf"))).unwrap();
        let rounded = Decoder::load(&mut file, Representation::Bf16, &Device::Cpu).unwrap();
        let exact = load(name);
        assert_eq!(2 * rounded.cache_bytes(7), exact.cache_bytes(7));
        let (prefix, rest): (Vec<u32>, Vec<u32>) = ((1..13).collect(), (30..41).collect());
        let logits = |decoder: &Decoder| {
            let mut shared = decoder.cache(prefix.len()).unwrap();
            decoder.read(&prefix, &mut shared).unwrap();
            let mut cache = decoder.cache_after(Arc::new(shared), rest.len()).unwrap();
            decoder.forward(&rest, &mut cache).unwrap()
        };
        let exact: Vec<f32> = logits(&exact).to_vec1().unwrap();
        let rounded: Vec<f32> = logits(&rounded).to_vec1().unwrap();
        let squares = |values: &mut dyn Iterator<Item = f32>| values.map(|x| x * x).sum::<f32>();
        let off = squares(&mut exact.iter().zip(&rounded).map(|(a, b)| a - b)) / squares(&mut exact.iter().copied());
        println!("{name}: off by {:.4} of the logits' size", off.sqrt());
        assert!(off > 0.0 && off.sqrt() <= 0.05, "{name}: off by {}", off.sqrt());
    }
}

/// A GGUF fixture with other metadata: a value is overwritten by one as long.
fn changed(name: &str, from: &[u8], to: &[u8]) -> Result<Decoder, String> {
    assert_eq!(from.len(), to.len());
    let mut bytes = std::fs::read(fixture(name)).unwrap();
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    bytes[at..at + to.len()].copy_from_slice(to);
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let mut file = GgufFile::open(&path).map_err(|e| e.to_string())?;
    Decoder::load(&mut file, Representation::F32, &Device::Cpu).map_err(|e| e.to_string())
}

#[test]
fn what_a_file_asks_for_and_the_decoder_does_not_do_is_a_named_error() {
    let unknown =
        changed("tiny-qwen3moe.gguf", b"\x08\0\0\0\0\0\0\0qwen3moe", b"\x08\0\0\0\0\0\0\0qwen3mxe").unwrap_err();
    assert!(unknown.contains("\"qwen3mxe\"") && unknown.contains("qwen3moe, gemma"), "{unknown}");
    let scaling = changed("tiny-qwen2-yarn.gguf", b"\x04\0\0\0\0\0\0\0yarn", b"\x04\0\0\0\0\0\0\0warp").unwrap_err();
    assert!(scaling.contains("\"warp\""), "{scaling}");
    let missing = changed("tiny-mixtral.gguf", b"blk.1.ffn_up_exps.weight", b"blk.1.ffn_up_expz.weight").unwrap_err();
    assert!(missing.contains("no tensor blk.1.ffn_up.0.weight"), "{missing}");
    let norm = changed("tiny-olmo2.gguf", b"blk.1.post_ffw_norm.weight", b"blk.1.post_ffx_norm.weight").unwrap_err();
    assert!(norm.contains("no tensor blk.1.post_ffw_norm.weight"), "{norm}");
}

/// The tiny mixtral with the stacks whose rows fill whole blocks quantized, or quantized and dequantized again.
fn quantized_mixtral(path: &Path, again: bool) {
    let mut file = File::open(fixture("tiny-mixtral.gguf")).unwrap();
    let content = gguf_file::Content::read(&mut file).unwrap();
    let tensors: Vec<(&String, QTensor)> = content
        .tensor_infos
        .keys()
        .map(|name| {
            let tensor = content.tensor(&mut file, name, &Device::Cpu).unwrap();
            if !name.contains("ffn_gate_exps") && !name.contains("ffn_up_exps") {
                return (name, tensor);
            }
            let dense = tensor.dequantize(&Device::Cpu).unwrap();
            let tensor = QTensor::quantize(&dense, GgmlDType::Q8_0).unwrap();
            let dense = tensor.dequantize(&Device::Cpu).unwrap();
            (name, if again { QTensor::quantize(&dense, GgmlDType::F32).unwrap() } else { tensor })
        })
        .collect();
    let metadata: Vec<_> = content.metadata.iter().map(|(key, value)| (key.as_str(), value)).collect();
    let tensors: Vec<_> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
    gguf_file::write(&mut File::create(path).unwrap(), &metadata, &tensors).unwrap();
}

#[test]
fn experts_are_cut_out_of_quantized_stacks() {
    let folder = tempfile::TempDir::new().unwrap();
    let logits = |again: bool, held: Representation| -> Vec<f32> {
        let path = folder.path().join(format!("{again}.gguf"));
        quantized_mixtral(&path, again);
        let decoder = Decoder::load(&mut GgufFile::open(&path).unwrap(), held, &Device::Cpu).unwrap();
        let logits = decoder.forward(&[3, 141, 59, 26, 53], &mut decoder.cache(5).unwrap()).unwrap();
        logits.to_vec1().unwrap()
    };
    let whole = logits(true, Representation::F32);
    assert_eq!(logits(false, Representation::F32), whole);
    let stored = Tensor::new(logits(false, Representation::Stored), &Device::Cpu).unwrap();
    assert!(difference(&stored, &whole) < 0.5, "{}", difference(&stored, &whole));
}

#[test]
fn what_is_read_beside_a_sequence_does_not_change_a_bit_of_it() {
    for name in
        ["tiny-llama", "tiny-qwen2", "tiny-gemma3", "tiny-phi3", "tiny-olmo2", "tiny-starcoder2", "tiny-mixtral"]
    {
        let decoder = load(name);
        let prompt = |n: u32| -> Vec<u32> { (0..3 + n).map(|i| (i * 7 + n) % 256).collect() };
        let alone: Vec<(Vec<f32>, KvCache)> = (0..6)
            .map(|n| {
                let mut cache = decoder.cache(32).unwrap();
                decoder.forward(&prompt(n), &mut cache).unwrap();
                let logits = decoder.forward(&[n], &mut cache).unwrap().to_vec1().unwrap();
                (logits, cache)
            })
            .collect();
        let mut caches: Vec<KvCache> = (0..6)
            .map(|n| {
                let mut cache = decoder.cache(32).unwrap();
                decoder.forward(&prompt(n), &mut cache).unwrap();
                cache
            })
            .collect();
        let ids: Vec<[u32; 1]> = (0..6).map(|n| [n]).collect();
        let mut feeds: Vec<Feed> = ids.iter().zip(&mut caches).map(|(ids, cache)| Feed { ids, cache }).collect();
        let together = decoder.step(&mut feeds).unwrap();
        for (row, (logits, _)) in alone.iter().enumerate() {
            assert_eq!(&together.get(row).unwrap().to_vec1::<f32>().unwrap(), logits, "{name}, sequence {row}");
        }
    }
}

#[test]
fn continuations_of_one_prompt_are_read_at_once_as_they_are_one_by_one() {
    for name in ["tiny-llama", "tiny-gemma3", "tiny-phi3", "tiny-olmo2", "tiny-starcoder2", "tiny-qwen3moe"] {
        let decoder = load(name);
        let (prefix, prompt): (Vec<u32>, Vec<u32>) = ((1..13).collect(), (30..41).collect());
        let continuations = [vec![5, 6, 7], vec![9], vec![200, 3]];
        let mut shared = decoder.cache(prefix.len()).unwrap();
        decoder.read(&prefix, &mut shared).unwrap();
        let mut read = decoder.cache_after(Arc::new(shared), prompt.len()).unwrap();
        decoder.read(&prompt, &mut read).unwrap();
        assert_eq!(read.length(), 23);
        let read = Arc::new(read);
        let mut caches: Vec<KvCache> =
            continuations.iter().map(|ids| decoder.cache_after(read.clone(), ids.len()).unwrap()).collect();
        let mut feeds: Vec<Feed> =
            continuations.iter().zip(&mut caches).map(|(ids, cache)| Feed { ids, cache }).collect();
        let logits = decoder.step_through(&mut feeds).unwrap();
        let mut row = 0;
        for ids in &continuations {
            let mut cache = decoder.cache(40).unwrap();
            decoder.read(&[&prefix[..], &prompt].concat(), &mut cache).unwrap();
            for id in ids {
                let alone: Vec<f32> = decoder.forward(&[*id], &mut cache).unwrap().to_vec1().unwrap();
                let off = difference(&logits.get(row).unwrap(), &alone);
                assert!(off <= 1e-4, "{name}, {ids:?}: off by {off}");
                row += 1;
            }
        }
        assert_eq!(logits.dim(0).unwrap(), row);
    }
}
