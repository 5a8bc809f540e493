//! What it saves to read the beginning that a task's prompts share once: `RAYON_NUM_THREADS=1 cargo bench -p eval-runners`.
//!
//! The shape is that of the `fields` task: some 690 tokens of instructions and schema, 110 of the case's own.

use candle_core::Device;
use criterion::{Criterion, criterion_group, criterion_main};
use eval_runners::{
    candle::{Decoder, GgufFile, Representation},
    catalogue::{self, Environment},
};
use std::sync::Arc;

const SHARED: usize = 690;
const OWN: usize = 110;

fn shared_beginning(criterion: &mut Criterion) {
    let found = Environment::from_env().ok().zip(catalogue::find("smollm2-135m"));
    let Some(path) = found.and_then(|(environment, entry)| catalogue::cached(entry, &environment)) else {
        eprintln!("SKIPPED: the default model is not in the cache (`cargo eval models pull smollm2-135m` fetches it)");
        return;
    };
    let loaded = GgufFile::open(&path).and_then(|mut file| Decoder::load(&mut file, Representation::F32, &Device::Cpu));
    let decoder = loaded.unwrap_or_else(|error| panic!("{error}"));
    let ids: Vec<u32> = (0..SHARED + OWN).map(|i| 1000 + (i as u32 * 37) % 3000).collect();
    let mut group = criterion.benchmark_group("a prompt's first token");
    group.sample_size(10);
    group.bench_function("all of it read", |bench| {
        bench.iter(|| {
            let mut cache = decoder.cache(ids.len())?;
            decoder.forward(&ids, &mut cache)
        });
    });
    let read = || -> candle_core::Result<_> {
        let mut cache = decoder.cache(SHARED)?;
        decoder.read(&ids[..SHARED], &mut cache)?;
        Ok(Arc::new(cache))
    };
    let shared = read().unwrap_or_else(|error| panic!("{error}"));
    group.bench_function("its beginning shared", |bench| {
        bench.iter(|| {
            let mut cache = decoder.cache_after(shared.clone(), OWN)?;
            decoder.forward(&ids[SHARED..], &mut cache)
        });
    });
    group.finish();
}

criterion_group!(benches, shared_beginning);
criterion_main!(benches);
