//! From the words that name a model to a runner that is ready.

use crate::{
    screen::Screen,
    settings::{ModelSettings, RunnerName, Settings},
};
use eval_core::{ModelInfo, ModelRole, Runner, Suite};
use eval_runners::{
    candle::{CandleRunner, CandleSettings, Sampling},
    catalogue::{self, Environment, Progress},
    replay::ReplayRunner,
};
use indicatif::{ProgressBar, ProgressStyle};
use miette::{IntoDiagnostic, WrapErr, miette};
use serde_json::json;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

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
    /// Calls in flight at once.
    pub concurrency: usize,
}

/// What a run asks of every model.
pub struct Wanted<'a> {
    pub suite: &'a Suite,
    /// What templates see as today, `YYYY-MM-DD`.
    pub date: &'a str,
    pub seed: u64,
    pub concurrency: Option<usize>,
}

/// Reads `NAME`, `RUNNER:MODEL` or `NAME=SPEC`.
pub fn parse(words: &str, role: ModelRole, settings: &Settings) -> miette::Result<ModelSpec> {
    if let Some(model) = settings.model(words) {
        return Ok(ModelSpec { name: words.into(), role, settings: model });
    }
    // An `=` after the colon or a slash belongs to a path.
    let named = words.split_once('=').filter(|(name, _)| !name.is_empty() && !name.contains([':', '/', '\\']));
    if let Some((name, spec)) = named {
        return Ok(ModelSpec { name: name.into(), ..parse(spec, role, settings)? });
    }
    let runner = match words.split_once(':') {
        Some(("candle", model)) if !model.is_empty() => candle(model),
        Some(("replay", file)) if !file.is_empty() => {
            let (file, model) = match file.rsplit_once('#') {
                Some((file, model)) => (file, Some(model.to_string())),
                None => (file, None),
            };
            ModelSettings { runner: RunnerName::Replay, outputs: Some(file.into()), model, ..Default::default() }
        }
        None if catalogue::find(words).is_some() => candle(words),
        _ => return Err(unknown(words, settings)),
    };
    Ok(ModelSpec { name: words.into(), role, settings: runner })
}

fn candle(weights: &str) -> ModelSettings {
    ModelSettings { runner: RunnerName::Candle, weights: Some(weights.into()), ..Default::default() }
}

fn unknown(words: &str, settings: &Settings) -> miette::Report {
    let configured: Vec<&str> = settings.names().collect();
    let configured = if configured.is_empty() { "none".to_string() } else { configured.join(", ") };
    let catalogue: Vec<&str> = catalogue::catalogue().iter().map(|entry| entry.name).collect();
    let help = format!(
        "name a model as candle:MODEL or replay:FILE, by a name of `eval models list` ({}), or by one in eval.toml \
         ({configured})",
        catalogue.join(", ")
    );
    miette!(help = help, "unknown model {words:?}")
}

impl ModelSpec {
    /// Fetches what is missing and loads the model.
    pub async fn load(&self, wanted: &Wanted<'_>, screen: &Screen) -> miette::Result<LoadedModel> {
        let (runner, concurrency, details): (Arc<dyn Runner>, _, _) = match self.settings.runner {
            RunnerName::Candle => {
                let runner = self.load_candle(wanted, screen).await?;
                let (concurrency, details) = (runner.concurrency(), runner.details().clone());
                (Arc::new(runner), concurrency, details)
            }
            RunnerName::Replay => {
                let runner = self.open_replay(wanted, screen)?;
                let details = runner.details();
                (Arc::new(runner), wanted.concurrency.unwrap_or(1), details)
            }
        };
        let info = ModelInfo {
            name: self.name.clone(),
            role: self.role,
            runner: self.settings.runner.as_str().into(),
            settings: serde_json::to_value(&self.settings).into_diagnostic()?,
            details,
            price: self.settings.price.clone(),
            in_flight: (self.settings.runner == RunnerName::Candle).then_some(concurrency),
        };
        Ok(LoadedModel { info, runner, concurrency })
    }

    async fn load_candle(&self, wanted: &Wanted<'_>, screen: &Screen) -> miette::Result<CandleRunner> {
        let weights = self.settings.weights.as_deref().unwrap_or(DEFAULT_MODEL);
        let path = weights_path(weights, screen).await?;
        let chat_template = self.settings.chat_template.as_deref().map(read).transpose()?;
        let settings = CandleSettings {
            sampling: Sampling {
                temperature: self.settings.temperature.unwrap_or(0.0),
                top_p: self.settings.top_p.unwrap_or(1.0),
                seed: wanted.seed,
            },
            representation: self.settings.held_as,
            chat_template,
            date: wanted.date.into(),
            concurrency: wanted.concurrency,
        };
        screen.note(&format!("loading {} from {}", self.name, path.display()));
        let runner = CandleRunner::load(&path, &settings).into_diagnostic()?;
        for note in runner.notes() {
            screen.note(&format!("note: {}: {note}", self.name));
        }
        Ok(runner)
    }

    fn open_replay(&self, wanted: &Wanted<'_>, screen: &Screen) -> miette::Result<ReplayRunner> {
        let cases = wanted.suite.tasks.iter().flat_map(|task| &task.cases);
        let known: HashMap<_, _> =
            cases.map(|case| ((case.task.to_string(), case.id.clone()), case.hash.to_string())).collect();
        let file = self.settings.outputs.as_deref().unwrap_or(Path::new(""));
        let runner = ReplayRunner::open(file, self.settings.model.as_deref(), &known).into_diagnostic()?;
        for note in runner.notes() {
            screen.note(&format!("note: {}: {note}", self.name));
        }
        Ok(runner)
    }
}

fn read(path: &Path) -> miette::Result<String> {
    std::fs::read_to_string(path).into_diagnostic().wrap_err_with(|| format!("failed to read {}", path.display()))
}

/// A file that is there, a catalogue name, or a hub reference; fetched where it is not here yet.
pub async fn weights_path(weights: &str, screen: &Screen) -> miette::Result<PathBuf> {
    let path = Path::new(weights);
    if path.is_file() {
        return Ok(path.into());
    }
    let mut bar = FetchBar::new(screen);
    let environment = Environment::from_env().into_diagnostic()?;
    if let Some(entry) = catalogue::find(weights) {
        return catalogue::fetch(entry, &environment, &mut |progress| bar.on(progress)).await.into_diagnostic();
    }
    let is_path = weights.starts_with(['.', '/', '~']) || weights.matches('/').count() < 2;
    if weights.ends_with(".gguf") && is_path && !weights.contains(':') {
        return Err(miette!(help = "the path is relative to the working directory", "there is no file {weights:?}"));
    }
    if weights.ends_with(".gguf") {
        return catalogue::fetch_hub(weights, &environment, &mut |progress| bar.on(progress)).await.into_diagnostic();
    }
    let known: Vec<&str> = catalogue::catalogue().iter().map(|entry| entry.name).collect();
    let help = format!("name a .gguf file, owner/name/file.gguf on the model hub, or one of: {}", known.join(", "));
    Err(miette!(help = help, "there is no model {weights:?}"))
}

/// Shows a download: a bar on a terminal, a line per source elsewhere.
struct FetchBar {
    bar: ProgressBar,
    screen: Screen,
}

impl FetchBar {
    fn new(screen: &Screen) -> Self {
        Self { bar: ProgressBar::hidden(), screen: *screen }
    }

    fn on(&mut self, progress: Progress<'_>) {
        match progress {
            Progress::Source { what } => {
                self.bar.finish_and_clear();
                self.screen.note(&format!("fetching {what}"));
                self.bar = if self.screen.live { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
                self.bar.enable_steady_tick(std::time::Duration::from_millis(120));
            }
            Progress::Bytes { done, total } => {
                if let Some(total) = total.filter(|total| self.bar.length() != Some(*total)) {
                    self.bar.set_length(total);
                    let shape = "  {bar:32} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left";
                    if let Ok(style) = ProgressStyle::with_template(shape) {
                        self.bar.set_style(style);
                    }
                }
                self.bar.set_position(done);
            }
            Progress::Note { text } => self.screen.note(text),
            Progress::Verifying => {
                self.bar.finish_and_clear();
                self.screen.note("checking the sum");
            }
        }
    }
}

impl Drop for FetchBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// What of a model's manifest entry must be the same for a run to be resumed.
pub fn identity(info: &ModelInfo) -> serde_json::Value {
    let mut details = info.details.clone();
    if let Some(map) = details.as_object_mut() {
        // How many workers share the cases changes no answer.
        map.remove("workers");
        map.remove("batch");
    }
    json!({"runner": info.runner, "settings": info.settings, "details": details, "price": info.price})
}
