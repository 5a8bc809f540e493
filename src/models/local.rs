//! Models in this process: weights are fetched where they are not here yet.

use super::{DEFAULT_MODEL, ModelSpec, Wanted};
use crate::{plan::machine, screen::Screen};
use eval_core::{Case, Task, TaskKind};
use eval_runners::{
    api::Decode,
    candle::{CandleRunner, CandleSettings, Remembered, Sampling, Shape},
    catalogue::{self, Environment, Progress},
};
use indicatif::{ProgressBar, ProgressStyle};
use miette::{IntoDiagnostic, WrapErr, miette};
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Fetches the weights where they are missing and loads them.
pub async fn load(spec: &ModelSpec, wanted: &Wanted<'_>, screen: &Screen) -> miette::Result<CandleRunner> {
    let weights = spec.settings.weights.as_deref().unwrap_or(DEFAULT_MODEL);
    let path = weights_path(weights, screen).await?;
    let chat_template = spec.settings.chat_template.as_deref().map(read).transpose()?;
    let settings = CandleSettings {
        sampling: Sampling {
            temperature: spec.settings.temperature.unwrap_or(0.0),
            top_p: spec.settings.top_p.unwrap_or(1.0),
            seed: wanted.seed,
        },
        decode: spec.settings.decode,
        representation: spec.settings.held_as,
        adapter: spec.settings.adapter.clone(),
        chat_template,
        date: wanted.date.into(),
        concurrency: wanted.concurrency,
        max_memory: spec.settings.max_memory,
        remembered: remembered(),
    };
    screen.note(&format!("loading {} from {}", spec.name, path.display()));
    let runner = CandleRunner::load(&path, &settings).into_diagnostic()?;
    match spec.settings.decode {
        Decode::Free => (),
        Decode::Schema => can_follow(&runner, spec, wanted)?,
        Decode::Labels => has_labels(spec, wanted)?,
    }
    for note in runner.notes() {
        screen.note(&format!("note: {}: {note}", spec.name));
    }
    Ok(runner)
}

/// What is measured of a machine is kept beside the fetched models; a user without a cache folder has it measured anew.
fn remembered() -> Option<Remembered> {
    let folder = Environment::from_env().ok()?.cache_dir.parent()?.to_path_buf();
    Some(Remembered { folder, machine: machine().cpu.unwrap_or_else(|| std::env::consts::ARCH.into()) })
}

/// A task whose answers cannot be held to their shape is an error before anything is asked.
fn can_follow(runner: &CandleRunner, spec: &ModelSpec, wanted: &Wanted<'_>) -> miette::Result<()> {
    let help = "take decode = \"free\": the prompt then asks for what it wants";
    for (task, cases) in &wanted.asked {
        let mut known = HashSet::new();
        for shape in shapes(task, cases) {
            if known.insert(shape.digest()) {
                let follows = runner.can_follow(&shape);
                follows.map_err(|why| miette!(help = help, "{}: task {}: {why}", spec.name, task.name))?;
            }
        }
    }
    Ok(())
}

/// Labels are compared where there are some.
fn has_labels(spec: &ModelSpec, wanted: &Wanted<'_>) -> miette::Result<()> {
    match wanted.asked.iter().find(|(task, _)| task.kind != TaskKind::Classification) {
        None => Ok(()),
        Some((task, _)) => Err(miette!(
            help = "choose the classifications with --task, or take decode = \"free\" or \"schema\"",
            "{}: decode = \"labels\" is for classification, and task {} is {}",
            spec.name,
            task.name,
            task.kind
        )),
    }
}

/// What the answers to a task's prompts may be.
fn shapes(task: &Task, cases: &[Arc<Case>]) -> Vec<Shape> {
    match task.kind {
        TaskKind::Extraction => task.schema.clone().map(Shape::Json).into_iter().collect(),
        TaskKind::Classification => vec![Shape::Label(task.labels.as_slice().into())],
        TaskKind::Rag => Vec::new(),
        TaskKind::Tools => cases.iter().map(|case| Shape::Calls(case.tools.clone())).collect(),
    }
}

fn read(path: &Path) -> miette::Result<String> {
    std::fs::read_to_string(path).into_diagnostic().wrap_err_with(|| format!("failed to read {}", path.display()))
}

/// A file or folder that is there, a catalogue name, or a hub reference; fetched where it is not here yet.
pub async fn weights_path(weights: &str, screen: &Screen) -> miette::Result<PathBuf> {
    let path = Path::new(weights);
    if path.is_file() || (path.is_dir() && catalogue::find(weights).is_none()) {
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
    let help = format!(
        "name a .gguf file, a folder with safetensors, owner/name/file.gguf on the model hub, or one of: {}",
        known.join(", ")
    );
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
