use super::*;
use crate::candle::{CandleRunner, Decoder, Feed, GgufFile, KvCache};
use candle_core::quantized::{GgmlDType, QTensor, gguf_file};
use std::fs::File;

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/tiny-llama.gguf")
}

/// The tiny model with its matrices quantized.
fn quantized(folder: &Path, dtype: GgmlDType) -> PathBuf {
    let mut from = File::open(tiny()).unwrap();
    let content = gguf_file::Content::read(&mut from).unwrap();
    let tensors: Vec<(String, QTensor)> = content
        .tensor_infos
        .keys()
        .map(|name| {
            let tensor = content.tensor(&mut from, name, &Device::Cpu).unwrap();
            let dense = tensor.dequantize(&Device::Cpu).unwrap();
            let dtype = if dense.rank() == 2 { dtype } else { GgmlDType::F32 };
            (name.clone(), QTensor::quantize(&dense, dtype).unwrap())
        })
        .collect();
    let metadata: Vec<_> = content.metadata.iter().map(|(key, value)| (key.as_str(), value)).collect();
    let tensors: Vec<_> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
    let path = folder.join("quantized.gguf");
    gguf_file::write(&mut File::create(&path).unwrap(), &metadata, &tensors).unwrap();
    path
}

fn settings(representation: Representation, remembered: Option<Remembered>) -> CandleSettings {
    CandleSettings { date: "2026-03-14".into(), representation, remembered, ..CandleSettings::default() }
}

fn choose(path: &Path, settings: &CandleSettings) -> Result<Choice, LoadError> {
    let mut file = GgufFile::open(path).unwrap();
    Choice::new(&mut file, settings, false, &Device::Cpu, "of the file", 1000)
}

#[test]
fn what_was_measured_is_remembered_by_machine() {
    let folder = tempfile::tempdir().unwrap();
    let path = quantized(folder.path(), GgmlDType::Q4_1);
    let place = |machine: &str| Some(Remembered { folder: folder.path().join("cache"), machine: machine.into() });
    let auto = |machine: &str| choose(&path, &settings(Representation::Auto, place(machine))).unwrap();
    let first = auto("one");
    let measured = first.measured.clone().unwrap();
    assert!(measured.contains_key(&first.held) && measured.len() == 2, "{measured:?}");
    let time = |way: Representation| measured[&way].prompt + measured[&way].generated;
    assert!(measured.keys().all(|way| time(first.held) <= time(*way)), "{measured:?}");
    assert_eq!(auto("one").measured, first.measured, "not measured again");
    auto("another");
    let kept: Measurements =
        serde_json::from_slice(&fs::read(folder.path().join("cache/held-as.json")).unwrap()).unwrap();
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().any(|(key, kept)| key.starts_with("one;") && Some(kept) == first.measured.as_ref()));

    // A file that is no longer one is written anew; a place that cannot be written to is said.
    fs::write(folder.path().join("cache/held-as.json"), "{").unwrap();
    assert!(auto("one").notes.is_empty());
    assert_eq!(auto("one").measured, auto("one").measured);
    let nowhere = Remembered { folder: path.join("below a file"), machine: "one".into() };
    let choice = choose(&path, &settings(Representation::Auto, Some(nowhere))).unwrap();
    assert!(choice.notes[0].contains("could not be remembered"), "{:?}", choice.notes);
}

#[test]
fn what_is_asked_for_and_cannot_be_had_is_said() {
    let refused = |path: &Path, way| choose(path, &settings(way, None)).err().unwrap().to_string();
    if eval_kernels::available() {
        let why = refused(&tiny(), Representation::Packed);
        assert!(why.contains("`held_as = \"packed\"` does not know weights of type F"), "{why}");
    } else {
        let why = refused(&tiny(), Representation::Packed);
        assert!(why.contains("AVX-512 VNNI"), "{why}");
    }
    let why = refused(&tiny(), Representation::Bf16);
    assert!(why.contains("`held_as = \"bf16\"` is for GPUs"), "{why}");
    // Weights as floats are only ever measured as f32 and as stored.
    let ways: Vec<_> =
        choose(&tiny(), &settings(Representation::Auto, None)).unwrap().measured.unwrap().into_keys().collect();
    assert_eq!(ways, [Representation::F32, Representation::Stored]);
}

/// What follows from each prompt, read alone or together, and then one token more.
fn logits(decoder: &Decoder, prompts: &[Vec<u32>]) -> Vec<Vec<f32>> {
    let mut caches: Vec<KvCache> = prompts.iter().map(|_| decoder.cache(64).unwrap()).collect();
    for ids in [prompts.to_vec(), prompts.iter().map(|ids| vec![ids[0]]).collect()] {
        let mut feeds: Vec<Feed<'_>> = ids.iter().zip(&mut caches).map(|(ids, cache)| Feed { ids, cache }).collect();
        let logits = decoder.step(&mut feeds).unwrap();
        if ids[0].len() == 1 {
            return logits.to_vec2().unwrap();
        }
    }
    Vec::new()
}

#[test]
fn packed_weights_are_as_near_to_floats_as_stored_ones_and_the_same_to_the_bit_in_a_batch() {
    if !eval_kernels::available() {
        println!("SKIPPED: this processor has no AVX-512 VNNI");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for dtype in [GgmlDType::Q4_0, GgmlDType::Q4_1, GgmlDType::Q8_0] {
        let path = quantized(folder.path(), dtype);
        let load = |held| Decoder::load(&mut GgufFile::open(&path).unwrap(), held, &Device::Cpu).unwrap();
        let (packed, stored) = (load(Representation::Packed), load(Representation::Stored));
        let dense = load(Representation::F32);
        let prompts: Vec<Vec<u32>> = (0..19).map(|n| (0..2 + n % 7 * 5).map(|i| (i * 7 + n) % 256).collect()).collect();
        let together = logits(&packed, &prompts);
        for (prompt, together) in prompts.iter().zip(&together) {
            assert_eq!(logits(&packed, std::slice::from_ref(prompt))[0], *together, "{dtype:?}");
        }
        // candle rounds activations of these types in the same blocks. Both are off the floats by that.
        let alone = |decoder: &Decoder| -> Vec<f32> {
            prompts.iter().flat_map(|prompt| logits(decoder, std::slice::from_ref(prompt)).remove(0)).collect()
        };
        let dense = alone(&dense);
        let off = |found: &[f32]| -> f32 { found.iter().zip(&dense).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt() };
        let (packed, stored, size) = (off(&together.concat()), off(&alone(&stored)), off(&vec![0.0; dense.len()]));
        println!("{dtype:?}: packed {:.4}, stored {:.4} of the logits' size", packed / size, stored / size);
        assert!(packed < 1.1 * stored && stored < 0.05 * size, "{dtype:?}: {packed} {stored} {size}");
    }
}

#[test]
fn the_manifest_has_what_was_measured() {
    let folder = tempfile::tempdir().unwrap();
    let path = quantized(folder.path(), GgmlDType::Q4_0);
    let runner = CandleRunner::load(&path, &settings(Representation::Auto, None)).unwrap();
    let (details, held) = (runner.details(), runner.details()["held_as"].as_str().unwrap());
    assert!(details["held_as_measured"]["microseconds_a_token"][held]["prompt"].as_f64().unwrap() > 0.0, "{details}");
    let asked = CandleRunner::load(&path, &settings(Representation::Stored, None)).unwrap();
    assert!(asked.details().get("held_as_measured").is_none());
}
