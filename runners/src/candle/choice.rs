//! How weights are held, where nobody says: what is fastest on this machine, measured once and remembered.

use super::{
    CandleSettings, Checkpoint, LoadError, MemorySize, Representation,
    device::{details, free_memory},
    weights::Linear,
};
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

/// How weights are held, and why.
pub struct Choice {
    /// How.
    pub held: Representation,
    /// What was measured of each way that could be taken, if there was a choice.
    pub measured: Option<BTreeMap<Representation, Microseconds>>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// What the weights take so.
    pub bytes: u64,
}

/// Where measurements are remembered.
#[derive(Debug, Clone)]
pub struct Remembered {
    /// The folder.
    pub folder: PathBuf,
    /// What is measured on: another machine is measured anew.
    pub machine: String,
}

/// A token's share of the time that one matrix of the model takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Microseconds {
    /// While a prompt is read.
    pub prompt: f64,
    /// While answers are made, as many at once as are made so.
    pub generated: f64,
}

/// Rows of a prompt, and answers at once, that are measured with.
const PROMPT: usize = 64;
const ANSWERS: usize = 16;
/// The matrices that may be measured with, the first that is there.
const MATRICES: [&str; 2] = ["blk.0.ffn_up", "blk.0.attn_output"];

impl Choice {
    /// Decides. What is asked for and cannot be had is an error.
    pub fn new(
        file: &mut dyn Checkpoint,
        settings: &CandleSettings,
        adapted: bool,
        device: &Device,
        sha256: &str,
        stored: u64,
    ) -> Result<Self, LoadError> {
        let elements: usize = file.element_types().into_iter().map(|(_, elements)| elements).sum();
        let open = Open { elements: elements as u64, stored, adapted, device, max_memory: settings.max_memory };
        let chosen = |held, bytes| Self { held, measured: None, notes: Vec::new(), bytes };
        if settings.representation != Representation::Auto {
            open.can(settings.representation, file)?;
            return Ok(chosen(settings.representation, open.bytes(settings.representation, file)));
        }
        let ways = open.ways(file)?;
        if let [only] = ways[..] {
            return Ok(chosen(only, open.bytes(only, file)));
        }
        let memory = settings.remembered.as_ref().map(|place| Memory::new(place, device, sha256, &ways));
        let mut notes = Vec::new();
        let measured = match memory.as_ref().and_then(Memory::recall) {
            Some(measured) => measured,
            None => {
                let measured = ways
                    .iter()
                    .map(|way| Ok((*way, measure(file, *way, device)?)))
                    .collect::<Result<_, LoadError>>()?;
                if let Some(Err(why)) = memory.map(|memory| memory.keep(&measured)) {
                    notes.push(format!("which way of holding weights is fastest could not be remembered: {why}"));
                }
                measured
            }
        };
        let time = |way: &Representation| measured.get(way).map_or(f64::INFINITY, |time| time.prompt + time.generated);
        let held = ways.iter().copied().min_by(|a, b| time(a).total_cmp(&time(b))).unwrap_or(ways[0]);
        let bytes = open.bytes(held, file);
        Ok(Self { held, measured: Some(measured), notes, bytes })
    }
}

/// What the ways that are open depend on.
struct Open<'a> {
    elements: u64,
    /// Bytes of the weights in their file.
    stored: u64,
    adapted: bool,
    device: &'a Device,
    max_memory: Option<MemorySize>,
}

impl Open<'_> {
    /// The ways to hold weights here, one at least; where a measurement finds two alike, the first is taken.
    fn ways(&self, file: &dyn Checkpoint) -> Result<Vec<Representation>, LoadError> {
        let dense = Representation::dense_on(self.device);
        if !file.runs_stored() || self.adapted {
            if self.fits(dense, file) {
                return Ok(vec![dense]);
            }
            let (why, gigabytes) = (self.why_dense(), self.bytes(dense, file) as f64 / 1e9);
            return Err(file.fail(format!(
                "{why} held as {dense}, which takes {gigabytes:.1} GB, more than half of the free memory: use a \
                 quantized .gguf of it, or set `held_as = \"{dense}\"` to try"
            )));
        }
        if !self.device.is_cpu() {
            let halved = Some(dense).filter(|way| *way == Representation::Bf16 && self.fits(*way, file));
            return Ok(halved.into_iter().chain([Representation::Stored]).collect());
        }
        let faster = [Representation::Packed, Representation::F32].into_iter();
        let mut ways: Vec<_> = faster.filter(|way| self.can(*way, file).is_ok() && self.fits(*way, file)).collect();
        // Some types are faster as they are stored than dequantized, none than packed.
        if !ways.contains(&Representation::Packed) {
            ways.push(Representation::Stored);
        }
        Ok(ways)
    }

    /// Whether weights can be held so; the error says why not.
    fn can(&self, way: Representation, file: &dyn Checkpoint) -> Result<(), LoadError> {
        let refused = |why: String| Err(file.fail(format!("`held_as = \"{way}\"` {why}: leave it out")));
        match way {
            Representation::Packed if !self.device.is_cpu() => refused("is for CPUs, and it would run on a GPU".into()),
            Representation::Bf16 if self.device.is_cpu() => refused("is for GPUs, and it would run on the CPU".into()),
            Representation::Packed | Representation::Stored if !file.runs_stored() || self.adapted => {
                let dense = Representation::dense_on(self.device);
                Err(file.fail(format!("{} held as {dense}: leave out `held_as`", self.why_dense())))
            }
            Representation::Packed if !eval_kernels::available() => {
                refused("needs a processor with AVX-512 VNNI, and this one has none".into())
            }
            Representation::Packed => match file.packed_bytes() {
                Ok(_) => Ok(()),
                Err(types) => refused(format!("does not know weights of type {}", types.join(", "))),
            },
            _ => Ok(()),
        }
    }

    fn why_dense(&self) -> &'static str {
        if self.adapted { "an adapter is merged into weights" } else { "safetensors weights run only when" }
    }

    /// What the weights take when they are held so.
    fn bytes(&self, way: Representation, file: &dyn Checkpoint) -> u64 {
        match way {
            Representation::F32 => 4 * self.elements,
            Representation::Bf16 => 2 * self.elements,
            Representation::Packed => file.packed_bytes().unwrap_or(self.stored),
            Representation::Auto | Representation::Stored => self.stored,
        }
    }

    /// Whether they take no more than half of the free memory, as far as that is known, and leave a quarter of
    /// `max_memory` to the caches.
    fn fits(&self, way: Representation, file: &dyn Checkpoint) -> bool {
        let bytes = self.bytes(way, file);
        self.max_memory.is_none_or(|all| bytes <= all.0 / 4 * 3)
            && free_memory(self.device).is_none_or(|free| bytes <= free / 2)
    }
}

/// Times products with one matrix of the model, the best of a few.
fn measure(file: &mut dyn Checkpoint, way: Representation, device: &Device) -> Result<Microseconds, LoadError> {
    let name = MATRICES.into_iter().find(|name| file.has(&format!("{name}.weight"))).unwrap_or(MATRICES[1]);
    let matrix = Linear::read(file, name, way, device)?;
    let answers = if way.is_batch_invariant(device) { ANSWERS } else { 1 };
    let time = |rows: usize| -> candle_core::Result<f64> {
        let x = Tensor::ones((rows, matrix.inputs()?), candle_core::DType::F32, device)?;
        device.synchronize()?;
        let mut best = f64::INFINITY;
        for _ in 0..5 {
            let begun = Instant::now();
            matrix.forward(&x)?;
            // A GPU is asked, and answers later.
            device.synchronize()?;
            best = best.min(begun.elapsed().as_secs_f64() * 1e6 / rows as f64);
        }
        Ok(best)
    };
    Ok(Microseconds { prompt: time(PROMPT)?, generated: time(answers)? })
}

/// Measurements of earlier runs, by machine, weights and version of the engine.
struct Memory {
    file: PathBuf,
    key: String,
    ways: Vec<Representation>,
}

type Measurements = BTreeMap<String, BTreeMap<Representation, Microseconds>>;

impl Memory {
    fn new(place: &Remembered, device: &Device, sha256: &str, ways: &[Representation]) -> Self {
        let gpu = details(device).map(|gpu| format!("{}; ", gpu["name"])).unwrap_or_default();
        let key = format!("{gpu}{}; eval {}; {sha256}", place.machine, env!("CARGO_PKG_VERSION"));
        Self { file: place.folder.join("held-as.json"), key, ways: ways.into() }
    }

    /// What was measured, if it was of the ways that are open now.
    fn recall(&self) -> Option<BTreeMap<Representation, Microseconds>> {
        let measured = self.read().remove(&self.key)?;
        self.ways.iter().all(|way| measured.contains_key(way)).then_some(measured)
    }

    /// A file that cannot be read holds nothing: it is measured and written anew.
    fn read(&self) -> Measurements {
        fs::read(&self.file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    fn keep(&self, measured: &BTreeMap<Representation, Microseconds>) -> std::io::Result<()> {
        let mut all = self.read();
        all.entry(self.key.clone()).or_default().extend(measured.iter().map(|(way, time)| (*way, *time)));
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        // Whole or not at all, also for another process that reads it meanwhile.
        let file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&file, &all)?;
        file.persist(&self.file).map_err(|error| error.error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
