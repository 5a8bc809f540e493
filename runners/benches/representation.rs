//! What it costs to hold weights as the file stores them, beside a dequantized copy:
//! `RAYON_NUM_THREADS=1 cargo bench -p eval-runners --bench representation [-- MODEL.gguf]`, on one core.

use candle_core::Device;
use criterion::{Criterion, Throughput};
use eval_runners::{
    candle::{Decoder, Feed, GgufFile, KvCache, Representation},
    catalogue::{self, Environment},
};
use std::path::PathBuf;

const PROMPT: usize = 128;

fn main() {
    let named = std::env::args().skip(1).find(|argument| argument.ends_with(".gguf")).map(PathBuf::from);
    let found = Environment::from_env().ok().zip(catalogue::find("smollm2-135m"));
    let Some(path) = named.or_else(|| found.and_then(|(environment, entry)| catalogue::cached(entry, &environment)))
    else {
        eprintln!("SKIPPED: the default model is not in the cache (`cargo eval models pull smollm2-135m` fetches it)");
        return;
    };
    let mut criterion = Criterion::default();
    for held in [Representation::F32, Representation::Packed, Representation::Stored] {
        let loaded = GgufFile::open(&path).and_then(|mut file| Decoder::load(&mut file, held, &Device::Cpu));
        let decoder = loaded.unwrap_or_else(|error| panic!("{error}"));
        let answers = if held == Representation::Stored { 1 } else { 16 };
        measure(&mut criterion, &decoder, held, answers).unwrap_or_else(|error| panic!("{error}"));
    }
    criterion.final_summary();
}

fn measure(
    criterion: &mut Criterion,
    decoder: &Decoder,
    held: Representation,
    answers: usize,
) -> candle_core::Result<()> {
    let ids: Vec<u32> = (0..PROMPT as u32).map(|i| 1000 + (i * 37) % 3000).collect();
    let mut group = criterion.benchmark_group(format!("{held:?}"));
    group.sample_size(10).throughput(Throughput::Elements(PROMPT as u64));
    group.bench_function("a prompt", |bench| {
        bench.iter(|| {
            let mut cache = decoder.cache(PROMPT)?;
            decoder.forward(&ids, &mut cache)
        });
    });
    group.throughput(Throughput::Elements(answers as u64));
    group.bench_function(format!("a token of {answers} answers"), |bench| {
        bench.iter_batched(
            || {
                let read = |_| -> candle_core::Result<KvCache> {
                    let mut cache = decoder.cache(PROMPT + 1)?;
                    decoder.read(&ids, &mut cache)?;
                    Ok(cache)
                };
                (0..answers).map(read).collect::<candle_core::Result<Vec<_>>>()
            },
            |caches| -> candle_core::Result<_> {
                let mut caches = caches?;
                let mut feeds: Vec<Feed<'_>> = caches.iter_mut().map(|cache| Feed { ids: &ids[..1], cache }).collect();
                decoder.step(&mut feeds)
            },
            criterion::BatchSize::PerIteration,
        );
    });
    group.finish();
    Ok(())
}
