//! `eval.toml`: the models that a team names, with their prices.

mod model;

pub use model::{ModelSettings, RunnerName};

use eval_runners::catalogue;
use miette::{Diagnostic, IntoDiagnostic, NamedSource, SourceSpan, WrapErr};
use serde::Deserialize;
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
    /// Hosts that data under `data_policy = "local-only"` may go to, beside this machine: `gpu-1`, `*.corp.internal`.
    #[serde(default)]
    pub private_hosts: Vec<String>,
    /// Paths in the file are relative to its folder.
    #[serde(skip)]
    folder: PathBuf,
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
        let fail = |message: String, span: Option<SourceSpan>, help: Option<String>| ConfigError {
            message: format!("{}: {message}", path.display()),
            source_code: NamedSource::new(path.display().to_string(), text.clone()).with_language("toml"),
            span,
            help,
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
        model.adapter = model.adapter.as_ref().map(resolve);
        model.chat_template = model.chat_template.as_ref().map(resolve);
        model.outputs = model.outputs.as_ref().map(resolve);
        model.prompts.values_mut().for_each(|path| *path = resolve(path));
        model.weights = model.weights.map(|weights| {
            let file = self.folder.join(&weights);
            let own = (weights.ends_with(".gguf") && file.is_file())
                || (catalogue::find(&weights).is_none() && file.is_dir());
            if own { file.display().to_string() } else { weights }
        });
        Some(model)
    }

    /// The names of the configured models.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.models.keys().map(String::as_str)
    }
}
