//! From the words that name a model to a runner that is ready.

mod address;
mod api;
mod key;
mod local;
mod recorded;

pub use api::Served;
pub use local::weights_path;

use crate::{
    environment::Environment,
    screen::Screen,
    settings::{ModelSettings, RunnerName, Settings},
};
use eval_core::{Case, ModelInfo, ModelRole, Runner, Suite, Task};
use eval_datasets::LoadedSuite;
use eval_runners::{cache::Identity, catalogue, layers::Budget, openai};
use miette::{IntoDiagnostic, miette};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::watch;

/// The candidate where none is named.
pub const DEFAULT_MODEL: &str = "smollm2-135m";

/// A model by its name, with what is asked of it.
#[derive(Debug, Clone)]
pub struct ModelSpec {
    /// The configured or given name, else the words as typed.
    pub name: String,
    pub role: ModelRole,
    pub settings: ModelSettings,
}

/// A model that is ready to answer.
pub struct LoadedModel {
    pub info: ModelInfo,
    pub runner: Arc<dyn Runner>,
    /// Calls in flight at once, at most.
    pub concurrency: usize,
    /// Whether it is this process that reads the prompts, and can read once what they have in common.
    pub reads_prompts: bool,
    /// What its cached answers are found by; `None`: it is asked without a cache.
    pub cached_as: Option<Identity>,
    /// What every report is to say of it, as sentences.
    pub notes: Vec<String>,
}

/// What a run asks of every model.
pub struct Wanted<'a> {
    pub suite: &'a LoadedSuite,
    /// Its tasks that are asked, each with its selected cases.
    pub asked: Vec<(&'a Task, &'a [Arc<Case>])>,
    /// What templates see as today, `YYYY-MM-DD`.
    pub date: &'a str,
    pub seed: u64,
    pub concurrency: Option<usize>,
    pub environment: &'a Environment,
    /// Hosts that count as this machine.
    pub private_hosts: &'a [String],
    /// Turns true when no further call is to be made.
    pub stop: watch::Receiver<bool>,
    /// What may be spent; `None`: what it takes.
    pub budget: Option<Arc<Budget>>,
}

/// Reads `NAME`, `RUNNER:MODEL`, `PRESET:MODEL` or `NAME=SPEC`.
pub fn parse(words: &str, role: ModelRole, settings: &Settings) -> miette::Result<ModelSpec> {
    if let Some(model) = settings.model(words) {
        return Ok(ModelSpec { name: words.into(), role, settings: model });
    }
    // An `=` after the colon or a slash belongs to a path.
    let named = words.split_once('=').filter(|(name, _)| !name.is_empty() && !name.contains([':', '/', '\\']));
    if let Some((name, spec)) = named {
        return Ok(ModelSpec { name: name.into(), ..parse(spec, role, settings)? });
    }
    let model = match words.split_once(':') {
        Some((runner, model)) if !model.is_empty() => typed(runner, model),
        None if catalogue::find(words).is_some() => typed("candle", words),
        _ => None,
    };
    let settings = model.ok_or_else(|| unknown(words, settings))?;
    Ok(ModelSpec { name: words.into(), role, settings })
}

/// A model as it is typed after the name of a runner or of a preset.
fn typed(runner: &str, model: &str) -> Option<ModelSettings> {
    let served = |runner| ModelSettings { runner, model: Some(model.into()), ..Default::default() };
    match runner {
        "candle" => Some(ModelSettings { weights: Some(model.into()), ..Default::default() }),
        "replay" => {
            let (file, model) = match model.rsplit_once('#') {
                Some((file, model)) => (file, Some(model.to_string())),
                None => (model, None),
            };
            Some(ModelSettings { runner: RunnerName::Replay, outputs: Some(file.into()), model, ..Default::default() })
        }
        "recorded" => {
            Some(ModelSettings { runner: RunnerName::Replay, recorded: Some(model.into()), ..Default::default() })
        }
        "anthropic" => Some(served(RunnerName::Anthropic)),
        "gemini" => Some(served(RunnerName::Gemini)),
        preset => {
            let preset = openai::preset(preset)?.name;
            let preset = (preset != "openai").then(|| preset.to_string());
            Some(ModelSettings { preset, ..served(RunnerName::Openai) })
        }
    }
}

fn unknown(words: &str, settings: &Settings) -> miette::Report {
    let configured: Vec<&str> = settings.names().collect();
    let configured = if configured.is_empty() { "none".to_string() } else { configured.join(", ") };
    let catalogue: Vec<&str> = catalogue::catalogue().iter().map(|entry| entry.name).collect();
    let help = format!(
        "name a model as candle:MODEL, replay:FILE, recorded:NAME, or PRESET:MODEL with a preset of `eval models presets` (openai, \
         anthropic, gemini, vllm, ollama, …), by a name of `eval models list` ({}), or by one in eval.toml ({configured})",
        catalogue.join(", ")
    );
    miette!(help = help, "unknown model {words:?}")
}

impl ModelSpec {
    /// Whether its answers to one question may differ. Those of a recording are as they were recorded.
    pub fn samples(&self) -> miette::Result<bool> {
        match self.settings.runner {
            RunnerName::Candle => Ok(self.settings.temperature.is_some_and(|temperature| temperature > 0.0)),
            RunnerName::Replay => Ok(true),
            _ => api::samples(&self.settings),
        }
    }

    /// Makes the model ready: fetches and loads what is missing, finds keys and addresses. Asks nothing.
    pub async fn load(&self, wanted: &Wanted<'_>, screen: &Screen) -> miette::Result<LoadedModel> {
        match self.settings.runner {
            RunnerName::Candle => {
                let runner = local::load(self, wanted, screen).await?;
                let (concurrency, mut details) = (runner.concurrency(), runner.details().clone());
                // Not every file names its licence; the catalogue knows that of its models.
                let entry = self.settings.weights.as_deref().and_then(catalogue::find);
                if let Some(entry) = entry.filter(|_| details["licence"].is_null()) {
                    details["licence"] = entry.licence.into();
                }
                let info = self.info(details, Some(concurrency))?;
                let runner = Arc::new(runner);
                Ok(LoadedModel { info, runner, concurrency, reads_prompts: true, cached_as: None, notes: Vec::new() })
            }
            RunnerName::Replay => recorded::load(self, wanted, screen),
            _ => api::load(self, wanted, screen),
        }
    }

    fn info(&self, details: Value, in_flight: Option<usize>) -> miette::Result<ModelInfo> {
        Ok(ModelInfo {
            name: self.name.clone(),
            role: self.role,
            runner: self.settings.runner.as_str().into(),
            settings: serde_json::to_value(&self.settings).into_diagnostic()?,
            details,
            price: self.settings.price.clone(),
            in_flight,
            hosting: self.settings.hosting.clone(),
            prompts: BTreeMap::new(),
        })
    }
}

/// What is known of a served model before it is asked, and without its key; `None`: it is not served.
pub fn describe(
    spec: &ModelSpec,
    seed: u64,
    suite: &Suite,
    environment: &Environment,
    settings: &Settings,
) -> miette::Result<Option<Served>> {
    let served = spec.settings.runner.is_api();
    served.then(|| api::describe(spec, seed, suite, environment, &settings.private_hosts)).transpose()
}

/// What the cached answers of a run's model are found by; `None`: its answers are not kept.
pub fn cached_as(info: &ModelInfo) -> Option<Identity> {
    let model = info.settings["model"].as_str()?;
    info.details.get("asking").map(|_| api::identity(&info.runner, model, &info.details))
}

/// What of a model's manifest entry must be the same for a run to be resumed.
pub fn identity(info: &ModelInfo) -> Value {
    let (mut settings, mut details) = (info.settings.clone(), info.details.clone());
    if let Some(map) = settings.as_object_mut() {
        // What they say counts, not where they lie.
        map.remove("prompts");
    }
    if let Some(map) = details.as_object_mut() {
        // How many workers share the cases changes no answer.
        map.remove("workers");
        map.remove("batch");
        map.remove("memory");
    }
    json!({"runner": info.runner, "settings": settings, "details": details, "price": info.price, "prompts": info.prompts})
}
