//! The `candle` runner: workers on threads of their own, a bounded queue in, one answer channel per prompt.

use super::{
    Adapted, Adapter, Checkpoint, Decoder, LoadError, MemorySize, Representation, Sampling,
    checkpoint::open,
    choice::{Choice, Remembered},
    device::{self, Chosen},
    encode::Encoder,
    generate::Model,
    grammar::{CallForm, Grammars, Shape},
    memory::Budget,
    prefix::Caches,
    worker::{Queue, Request, work},
};
use crate::{
    api::Decode,
    chat::{ChatTemplate, tool_format},
};
use candle_core::Device;
use eval_core::{BoxFuture, Prompt, Response, Runner, RunnerError, RunnerErrorKind};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    thread::JoinHandle,
};
use tokio::sync::{mpsc, oneshot};

/// What is asked of a local model.
#[derive(Debug, Clone, Default)]
pub struct CandleSettings {
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// What answers are held to.
    pub decode: Decode,
    /// How weights are held.
    pub representation: Representation,
    /// A folder with a LoRA adapter, merged into the weights.
    pub adapter: Option<PathBuf>,
    /// A chat template that replaces the file's own.
    pub chat_template: Option<String>,
    /// What templates see as today, `YYYY-MM-DD`.
    pub date: String,
    /// Prompts answered at once; `None`: sixteen a core where weights are held as `f32` on a CPU, else one a core; on a
    /// GPU as many as its memory has room for.
    pub concurrency: Option<usize>,
    /// Where it is remembered which way of holding weights is fastest; `None`: it is measured every time.
    pub remembered: Option<Remembered>,
    /// What weights and caches may take together; `None`: what is usual for the device.
    pub max_memory: Option<MemorySize>,
}

/// Answers prompts with a model in this process.
///
/// With weights held as `f32` on a CPU, or dequantized on a CUDA GPU, several prompts are answered at once and the same
/// greedy prompt gives the same bytes whatever is beside it; held otherwise, prompts are answered one by one.
pub struct CandleRunner {
    queue: Option<mpsc::Sender<Request>>,
    model: Arc<Model>,
    workers: Vec<JoinHandle<()>>,
    concurrency: usize,
    details: Value,
    notes: Vec<String>,
}

/// Answers that one worker makes at once, where weights are held so that this changes no answer.
const BATCH: usize = 16;

impl CandleRunner {
    /// Loads a GGUF file, or a folder with safetensors, and starts the workers.
    pub fn load(path: &Path, settings: &CandleSettings) -> Result<Self, LoadError> {
        let Chosen { device, no_gpu } = device::choose();
        let mut file = open(path)?;
        // What cannot be run is said before the file is read for its digest.
        file.config()?;
        let adapter = settings.adapter.as_deref().map(Adapter::open).transpose()?;
        let sha256 = file.sha256()?;
        let tokenizer = file.tokenizer()?;
        let source = &template_source(file.as_ref(), settings)?;
        let template =
            ChatTemplate::compile(source, tokenizer.bos().as_deref(), tokenizer.eos().as_deref(), &settings.date)
                .map_err(|e| file.fail(e.to_string()))?;
        let format = tool_format(source, &file.architecture()?);
        let grammars = (settings.decode == Decode::Schema)
            .then(|| Grammars::new(&tokenizer, CallForm::of(format, source, template.takes_tools())))
            .transpose()
            .map_err(|why| file.fail(why))?;
        let choice = Choice::new(file.as_mut(), settings, adapter.is_some(), &device, &sha256, stored_bytes(path))?;
        let held = choice.held;
        let weights = choice.bytes;
        // What cannot fit is said before it is loaded.
        Budget::new(settings.max_memory, weights, &device).map_err(|why| file.fail(why))?;
        let decoder = match &adapter {
            Some(adapter) => Decoder::load(&mut Adapted::new(file.as_mut(), adapter)?, held, &device)?,
            None => Decoder::load(file.as_mut(), held, &device)?,
        };
        device::finish(&device, &decoder)?;
        let encoder = Encoder { tokenizer, template };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let most_workers = if device.is_cpu() { cores } else { 1 };
        let budget = Budget::new(settings.max_memory, weights, &device).map_err(|why| file.fail(why))?;
        // Held otherwise, an answer would depend on the ones beside it.
        let most_batch = match held.is_batch_invariant(&device) {
            true if device.is_cpu() => BATCH,
            true => device::batch(budget.usual, &decoder),
            false => 1,
        };
        let concurrency = settings.concurrency.unwrap_or(most_workers * most_batch).max(1);
        let workers = concurrency.min(most_workers);
        let batch = concurrency.div_ceil(workers).min(most_batch);
        let mut notes = choice.notes.clone();
        if encoder.system_in() != "template" {
            notes.push(
                "the model's chat template has no system turn: instructions are put before the user's words".into(),
            );
        }
        if let Some(why) = &no_gpu {
            notes.push(format!("this program was built for a GPU and can use none ({why}): the model runs on the CPU"));
        }
        let mut details = json!({
            "file": path.file_name().map(|name| name.to_string_lossy()),
            "sha256": sha256,
            "name": file.name()?,
            "licence": file.licence()?,
            "architecture": decoder.config().architecture,
            "context": decoder.config().context,
            "stored_as": file.element_types().into_iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "held_as": held,
            "device": device::kind(&device),
            "engine": concat!("eval ", env!("CARGO_PKG_VERSION"), " on candle"),
            "tool_calls": format,
            "tools_in": encoder.tools_in(),
            "system_in": encoder.system_in(),
            "decoding": settings.decode,
            "workers": workers,
            "batch": batch,
            "same_answer_alone_and_in_a_batch": guarantee(&device, batch),
            "memory": {"weights": weights, "caches": budget.usual, "one_answer": budget.most},
        });
        if let Some(adapter) = &adapter {
            details["adapter"] = adapter.details()?;
        }
        if let Some(measured) = &choice.measured {
            details["held_as_measured"] = json!({"microseconds_a_token": measured});
        }
        if let Some(gpu) = device::details(&device) {
            details["gpu"] = gpu;
        }
        if let Some(why) = no_gpu {
            details["no_gpu"] = why.into();
        }
        let bytes_per_token = decoder.cache_bytes(1) as u64;
        let model = Arc::new(Model {
            decoder,
            encoder,
            tool_format: format,
            sampling: settings.sampling,
            caches: Arc::new(Caches::new(budget, bytes_per_token)),
            tokens_read: Default::default(),
            notes: Default::default(),
            grammars,
            decode: settings.decode,
            reads_ahead: most_batch > 1,
            #[cfg(test)]
            faults: Default::default(),
        });
        let (queue, requests) = mpsc::channel(concurrency);
        let requests = Arc::new(Mutex::new(requests));
        let workers = (0..workers)
            .map(|number| spawn(number, model.clone(), requests.clone(), batch))
            .collect::<Result<_, _>>()?;
        Ok(Self { queue: Some(queue), model, workers, concurrency, details, notes })
    }

    /// Whether answers can be held to a shape, which they are where that is asked for.
    pub fn can_follow(&self, shape: &Shape) -> Result<(), String> {
        self.model.grammars.as_ref().map_or(Ok(()), |grammars| grammars.begin(shape, false).map(drop))
    }

    #[cfg(test)]
    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    /// How many prompts are answered at once.
    pub fn concurrency(&self) -> usize {
        self.concurrency
    }

    /// Tokens of prompts that were run through the model so far: those that prompts share counted as often as they were
    /// read.
    pub fn tokens_read(&self) -> u64 {
        self.model.tokens_read.load(Ordering::Relaxed)
    }

    /// What answers, for the manifest.
    pub fn details(&self) -> &Value {
        &self.details
    }

    /// What a person should know about how this model is run.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

impl Runner for CandleRunner {
    fn respond<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Result<Response, RunnerError>> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            let gone = || RunnerError::new(RunnerErrorKind::Engine, "the model's worker has stopped");
            let queue = self.queue.as_ref().ok_or_else(gone)?;
            queue.send(Request { prompt: Arc::new(prompt.clone()), answer }).await.map_err(|_| gone())?;
            answered.await.map_err(|_| gone())?
        })
    }

    fn take_notes(&self) -> Vec<String> {
        std::mem::take(&mut *self.model.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for CandleRunner {
    fn drop(&mut self) {
        self.queue = None;
        for worker in self.workers.drain(..) {
            // A worker that panicked outside of an answer has nothing left to say.
            let _ = worker.join();
        }
    }
}

fn spawn(number: usize, model: Arc<Model>, queue: Queue, batch: usize) -> Result<JoinHandle<()>, LoadError> {
    let failed = |e: &dyn std::fmt::Display| LoadError::Device(format!("a worker thread cannot be started: {e}"));
    // Within a pool of one thread, what candle would spread over threads stays on the worker's own.
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .thread_name(move |_| format!("candle-{number}"))
        .build()
        .map_err(|e| failed(&e))?;
    let work = move || pool.install(|| work(&model, &queue, batch));
    std::thread::Builder::new().name(format!("candle-{number}")).spawn(work).map_err(|e| failed(&e))
}

/// Whether the same greedy prompt gives the same bytes on this machine whatever is beside it.
fn guarantee(device: &Device, batch: usize) -> &'static str {
    match device {
        Device::Cpu => "yes, to the bit",
        _ if batch == 1 => "yes: one prompt is answered at a time",
        _ => "not promised",
    }
}

/// What the weights take in their file; a folder's are never held as they are stored.
fn stored_bytes(path: &Path) -> u64 {
    path.metadata().map_or(0, |file| file.len())
}

fn template_source(file: &dyn Checkpoint, settings: &CandleSettings) -> Result<String, LoadError> {
    match &settings.chat_template {
        Some(source) => Ok(source.clone()),
        None => file.chat_template()?.ok_or_else(|| {
            file.fail(
                "it holds no chat template, so how to put a question to it is unknown; \
                 name one with `chat_template = \"file.jinja\"` in the model's configuration"
                    .into(),
            )
        }),
    }
}
