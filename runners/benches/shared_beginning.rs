//! What it saves to read what prompts share once: `RAYON_NUM_THREADS=1 cargo bench -p eval-runners`.
//!
//! Two shapes: that of the `fields` task (some 690 tokens of instructions and schema, 110 of the case's own), and a
//! question on a document that others ask of, too (300 of instructions, 1,500 of the document, 60 of the question).

use candle_core::Device;
use criterion::{Criterion, criterion_group, criterion_main};
use eval_runners::{
    candle::{Decoder, GgufFile, KvCache, Representation},
    catalogue::{self, Environment},
};
use std::sync::Arc;

fn shared_beginning(criterion: &mut Criterion) {
    let found = Environment::from_env().ok().zip(catalogue::find("smollm2-135m"));
    let Some(path) = found.and_then(|(environment, entry)| catalogue::cached(entry, &environment)) else {
        eprintln!("SKIPPED: the default model is not in the cache (`cargo eval models pull smollm2-135m` fetches it)");
        return;
    };
    let loaded = GgufFile::open(&path).and_then(|mut file| Decoder::load(&mut file, Representation::F32, &Device::Cpu));
    let decoder = loaded.unwrap_or_else(|error| panic!("{error}"));
    first_token(criterion, &decoder, "a prompt's first token", &[690], 110);
    first_token(criterion, &decoder, "a document question's first token", &[300, 1_500], 60);
}

/// A prompt whose beginning is shared in parts of so many tokens, each after the one before it.
fn first_token(criterion: &mut Criterion, decoder: &Decoder, name: &str, shared: &[usize], own: usize) {
    let beginning: usize = shared.iter().sum();
    let ids: Vec<u32> = (0..beginning + own).map(|i| 1000 + (i as u32 * 37) % 3000).collect();
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    group.bench_function("all of it read", |bench| {
        bench.iter(|| {
            let mut cache = decoder.cache(ids.len())?;
            decoder.forward(&ids, &mut cache)
        });
    });
    let kept = read(decoder, &ids, shared).unwrap_or_else(|error| panic!("{error}"));
    group.bench_function("its beginning shared", |bench| {
        bench.iter(|| {
            let mut cache = after(decoder, kept.clone(), own)?;
            decoder.forward(&ids[beginning..], &mut cache)
        });
    });
    group.finish();
}

fn read(decoder: &Decoder, ids: &[u32], parts: &[usize]) -> candle_core::Result<Option<Arc<KvCache>>> {
    let mut kept = None;
    let mut begin = 0;
    for part in parts {
        let mut cache = after(decoder, kept, *part)?;
        decoder.read(&ids[begin..begin + part], &mut cache)?;
        (kept, begin) = (Some(Arc::new(cache)), begin + part);
    }
    Ok(kept)
}

fn after(decoder: &Decoder, kept: Option<Arc<KvCache>>, capacity: usize) -> candle_core::Result<KvCache> {
    match kept {
        Some(kept) => decoder.cache_after(kept, capacity),
        None => decoder.cache(capacity),
    }
}

criterion_group!(benches, shared_beginning);
criterion_main!(benches);
