//! The tokenizer, the chat template and the licence of a folder.

use super::Settings;
use crate::candle::{LoadError, Tokenizer};
use serde_json::Value;
use std::path::Path;

/// The files, beside `config.json` and the weights, that answers depend on.
pub const FILES: [&str; 4] =
    ["chat_template.jinja", "generation_config.json", "tokenizer.json", "tokenizer_config.json"];

/// Builds the tokenizer that `tokenizer.json` describes.
pub fn tokenizer(folder: &Path, config: &Settings) -> Result<Tokenizer, LoadError> {
    let path = folder.join("tokenizer.json");
    let bytes = std::fs::read(&path).map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => {
            let message = "the folder has to hold it; transformers writes it with `save_pretrained` of the tokenizer";
            LoadError::file(&path, "is missing", message.into())
        }
        _ => LoadError::Io { path: path.clone(), cause },
    })?;
    let settings = optional(&folder.join("tokenizer_config.json"))?;
    let named = |key: &str| settings.as_ref().and_then(|settings| text(settings.get(key)?));
    let generation = optional(&folder.join("generation_config.json"))?;
    let mut ends = Vec::new();
    for file in [Some(config), generation.as_ref()].into_iter().flatten() {
        ends.extend(ids(file.get("eos_token_id")));
    }
    Tokenizer::of_json(&bytes, named("bos_token"), named("eos_token"), &ends)
        .map_err(|message| LoadError::file(&path, "cannot be used", message))
}

/// The chat template: of a file of its own, else of the tokenizer's settings.
pub fn chat_template(folder: &Path) -> Result<Option<String>, LoadError> {
    let path = folder.join("chat_template.jinja");
    if path.is_file() {
        return std::fs::read_to_string(&path).map(Some).map_err(|cause| LoadError::Io { path, cause });
    }
    let Some(settings) = optional(&folder.join("tokenizer_config.json"))? else { return Ok(None) };
    match settings.get("chat_template") {
        None => Ok(None),
        Some(Value::String(template)) => Ok(Some(template.clone())),
        Some(Value::Array(named)) => {
            let default = named.iter().find(|one| one["name"] == "default").and_then(|one| one["template"].as_str());
            let none = || settings.fail("none of its chat templates is called \"default\"".into());
            default.map(|template| Some(template.to_string())).ok_or_else(none)
        }
        Some(_) => Err(settings.fail("its `chat_template` is neither a text nor a list of them".into())),
    }
}

/// The licence that the README's front matter names.
pub fn licence(folder: &Path) -> Option<String> {
    let text = std::fs::read_to_string(folder.join("README.md")).ok()?;
    let front = text.strip_prefix("---\n")?.split("\n---").next()?;
    let named = front.lines().find_map(|line| line.strip_prefix("license:"))?;
    Some(named.trim().trim_matches(['"', '\'']).to_string()).filter(|name| !name.is_empty())
}

fn optional(path: &Path) -> Result<Option<Settings>, LoadError> {
    path.is_file().then(|| Settings::read(path)).transpose()
}

/// A token is named by its text, or by an object that holds it.
fn text(token: &Value) -> Option<String> {
    token.as_str().or_else(|| token["content"].as_str()).map(String::from)
}

/// One id or a list of them.
fn ids(value: Option<&Value>) -> Vec<u32> {
    let number = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(number).collect(),
        Some(one) => number(one).into_iter().collect(),
        None => Vec::new(),
    }
}
