//! `eval models`.

mod presets;

use crate::{args::ModelsCommand, exit::Exit, models::weights_path, screen::Screen};
use eval_runners::{
    candle::inspect,
    catalogue::{self, CatalogueEntry, Environment},
};
use miette::{IntoDiagnostic, miette};
use serde_json::Value;
use std::path::Path;

pub fn run(command: ModelsCommand, screen: &Screen) -> miette::Result<Exit> {
    match command {
        ModelsCommand::List => list(screen),
        ModelsCommand::Presets => presets::print(screen),
        ModelsCommand::Pull { name } => pull(&name, screen),
        ModelsCommand::Show { model } => show(&model, screen),
    }
}

fn list(screen: &Screen) -> miette::Result<Exit> {
    let environment = Environment::from_env().into_diagnostic()?;
    for entry in catalogue::catalogue() {
        let here = if catalogue::cached(entry, &environment).is_some() { "in the cache" } else { "not fetched" };
        screen.print(&format!(
            "{:<16} {}, {} million weights, {}, {:.0} MB, {here}\n",
            entry.name,
            entry.licence,
            entry.parameters / 1_000_000,
            entry.quantisation,
            entry.bytes as f64 / 1e6
        ))?;
    }
    screen.print("\nAny .gguf file, or folder with safetensors, works too: eval run --suite SUITE --candidate candle:./model.gguf\n")?;
    Ok(Exit::Done)
}

fn pull(name: &str, screen: &Screen) -> miette::Result<Exit> {
    let entry = known(name)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().into_diagnostic()?;
    let path = runtime.block_on(weights_path(entry.name, screen))?;
    screen.print(&format!("{}\n", path.display()))?;
    Ok(Exit::Done)
}

fn known(name: &str) -> miette::Result<&'static CatalogueEntry> {
    catalogue::find(name).ok_or_else(|| {
        let names: Vec<&str> = catalogue::catalogue().iter().map(|entry| entry.name).collect();
        let help = format!("those that can be fetched by name are {}", names.join(", "));
        miette!(help = help, "there is no model {name:?}")
    })
}

fn show(model: &str, screen: &Screen) -> miette::Result<Exit> {
    let file = Path::new(model);
    if file.is_file() || (file.is_dir() && catalogue::find(model).is_none()) {
        return print_file(file, screen);
    }
    if model.ends_with(".gguf") {
        return Err(miette!(help = "the path is relative to the working directory", "there is no file {model:?}"));
    }
    let entry = known(model)?;
    let environment = Environment::from_env().into_diagnostic()?;
    line(screen, "name", entry.name)?;
    line(screen, "title", entry.title)?;
    line(screen, "licence", entry.licence)?;
    line(screen, "weights", &entry.parameters.to_string())?;
    line(screen, "stored as", entry.quantisation)?;
    line(screen, "bytes", &entry.bytes.to_string())?;
    line(screen, "sha256", entry.sha256)?;
    for source in entry.sources {
        line(screen, "source", &source.to_string())?;
    }
    match catalogue::cached(entry, &environment) {
        Some(path) => {
            line(screen, "file", &path.display().to_string())?;
            print_file(&path, screen)
        }
        None => {
            line(screen, "file", &format!("not fetched yet; `eval models pull {}` fetches it", entry.name))?;
            Ok(Exit::Done)
        }
    }
}

fn print_file(path: &Path, screen: &Screen) -> miette::Result<Exit> {
    let held = inspect(path).into_diagnostic()?;
    for (key, value) in held.as_object().into_iter().flatten() {
        let text = match value {
            Value::Null => "—".to_string(),
            Value::String(text) => text.clone(),
            Value::Array(items) => items
                .iter()
                .map(|item| item.as_str().map_or(item.to_string(), String::from))
                .collect::<Vec<_>>()
                .join(", "),
            other => other.to_string(),
        };
        line(screen, &key.replace('_', " "), &text)?;
    }
    Ok(Exit::Done)
}

/// What a file says of itself is not trusted with the terminal.
fn line(screen: &Screen, key: &str, value: &str) -> miette::Result<()> {
    let value: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    screen.print(&format!("{key:<18} {value}\n"))
}
