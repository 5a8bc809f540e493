//! `eval.toml`: the models that a team names, with their prices.

use eval_core::Price;
use eval_runners::candle::Representation;
use miette::{Diagnostic, IntoDiagnostic, NamedSource, SourceSpan, WrapErr};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Read where `--config` is not given.
const DEFAULT_FILE: &str = "eval.toml";

/// A configuration file, read and checked.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// By name.
    #[serde(default)]
    models: BTreeMap<String, ModelSettings>,
    /// Paths in the file are relative to its folder.
    #[serde(skip)]
    folder: PathBuf,
}

/// `[models.NAME]`.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// `candle` or `replay`.
    pub runner: RunnerName,
    /// candle: a catalogue name, a .gguf file, or owner/name/file.gguf on the model hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// candle: 0 (the default) is greedy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// candle: the share of the likeliest tokens that is drawn from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// candle: how weights are held in memory.
    #[serde(default)]
    pub held_as: Representation,
    /// candle: a file with a chat template that replaces the model's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_template: Option<PathBuf>,
    /// replay: the file with the recorded outputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outputs: Option<PathBuf>,
    /// replay: which model of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// USD per million tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}

/// The runners.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunnerName {
    /// A model in this process.
    #[default]
    Candle,
    /// Recorded outputs.
    Replay,
}

impl RunnerName {
    /// The word used in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Candle => "candle",
            Self::Replay => "replay",
        }
    }
}

#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{message}")]
struct ConfigError {
    message: String,
    #[source_code]
    source_code: NamedSource<String>,
    #[label("here")]
    span: Option<SourceSpan>,
    #[help]
    help: Option<String>,
}

impl Settings {
    /// Reads the named file, else `eval.toml` in the working directory where there is one.
    pub fn read(named: Option<&Path>) -> miette::Result<Self> {
        let path = match named {
            Some(path) => path,
            None if Path::new(DEFAULT_FILE).is_file() => Path::new(DEFAULT_FILE),
            None => return Ok(Self::default()),
        };
        let text = std::fs::read_to_string(path)
            .into_diagnostic()
            .wrap_err_with(|| format!("failed to read the configuration {}", path.display()))?;
        let fail = |message: String, span: Option<SourceSpan>, help: Option<&str>| ConfigError {
            message: format!("{}: {message}", path.display()),
            source_code: NamedSource::new(path.display().to_string(), text.clone()).with_language("toml"),
            span,
            help: help.map(String::from),
        };
        let mut settings: Self =
            toml::from_str(&text).map_err(|e| fail(e.message().to_string(), e.span().map(SourceSpan::from), None))?;
        settings.folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        for (name, model) in &settings.models {
            model.check().map_err(|(message, help)| {
                let at = text.find(&format!("[models.{name}]")).map(|at| SourceSpan::from(at..at + name.len() + 9));
                fail(format!("model {name:?}: {message}"), at, Some(help))
            })?;
        }
        Ok(settings)
    }

    /// A configured model, its paths resolved.
    pub fn model(&self, name: &str) -> Option<ModelSettings> {
        let mut model = self.models.get(name)?.clone();
        let resolve = |path: &PathBuf| self.folder.join(path);
        model.chat_template = model.chat_template.as_ref().map(resolve);
        model.outputs = model.outputs.as_ref().map(resolve);
        model.weights = model.weights.map(|weights| {
            let file = self.folder.join(&weights);
            if weights.ends_with(".gguf") && file.is_file() { file.display().to_string() } else { weights }
        });
        Some(model)
    }

    /// The names of the configured models.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.models.keys().map(String::as_str)
    }
}

impl ModelSettings {
    fn check(&self) -> Result<(), (String, &'static str)> {
        const FOR_REPLAY: &str = "a `replay` model has `outputs`, and `model` where the file holds several";
        const FOR_CANDLE: &str =
            "a `candle` model has `weights`, and may have temperature, top_p, held_as and chat_template";
        let wrong = |key: &str| format!("`{key}` does not belong to the runner {:?}", self.runner.as_str());
        match self.runner {
            RunnerName::Candle if self.weights.is_none() => Err(("`weights` is missing".into(), FOR_CANDLE)),
            RunnerName::Candle if self.outputs.is_some() => Err((wrong("outputs"), FOR_CANDLE)),
            RunnerName::Candle if self.model.is_some() => Err((wrong("model"), FOR_CANDLE)),
            RunnerName::Replay if self.outputs.is_none() => Err(("`outputs` is missing".into(), FOR_REPLAY)),
            RunnerName::Replay if self.weights.is_some() => Err((wrong("weights"), FOR_REPLAY)),
            RunnerName::Replay if self.held_as != Representation::Auto => Err((wrong("held_as"), FOR_REPLAY)),
            RunnerName::Replay if self.chat_template.is_some() => Err((wrong("chat_template"), FOR_REPLAY)),
            RunnerName::Replay if self.temperature.is_some() || self.top_p.is_some() => {
                Err((wrong("temperature or top_p"), FOR_REPLAY))
            }
            _ if self.temperature.is_some_and(|t| !(0.0..=10.0).contains(&t)) => {
                Err(("`temperature` is out of range".into(), "it lies between 0 (greedy) and 10"))
            }
            _ if self.top_p.is_some_and(|p| !(p > 0.0 && p <= 1.0)) => {
                Err(("`top_p` is out of range".into(), "it is above 0 and at most 1"))
            }
            _ if self.price.as_ref().is_some_and(|p| !p.is_sound()) => {
                Err(("`price` is out of range".into(), "prices are USD per million tokens, 0 or more"))
            }
            _ => Ok(()),
        }
    }
}
