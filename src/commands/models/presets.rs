//! `eval models presets`.

use crate::{exit::Exit, screen::Screen};
use eval_runners::{
    anthropic, gemini,
    openai::{PRESETS, Preset},
};

/// What is printed of one kind of server.
struct Entry {
    name: &'static str,
    base_url: Option<&'static str>,
    base_url_variable: &'static str,
    key_variable: &'static str,
    needs_key: bool,
    /// How a schema, the limit on tokens and the seed are sent, and what usage comes back.
    facts: String,
    note: &'static str,
}

pub fn print(screen: &Screen) -> miette::Result<Exit> {
    screen.print(
        "A served model is named as PRESET:MODEL. Variables are read from the environment, then from .env here.\n\n",
    )?;
    for entry in PRESETS.iter().map(Entry::from).chain(native()) {
        let base = entry.base_url.map(|url| format!("{url}, or ")).unwrap_or_default();
        let optional = if entry.needs_key { "" } else { ", where the server wants one" };
        screen.print(&format!("{:<12}{base}{}\n", entry.name, entry.base_url_variable))?;
        line(screen, &format!("key {}{optional}", entry.key_variable))?;
        line(screen, &entry.facts)?;
        if !entry.note.is_empty() {
            line(screen, entry.note)?;
        }
    }
    screen.print("\nBeside these: candle:MODEL in this process, replay:FILE for recorded outputs.\n")?;
    Ok(Exit::Done)
}

fn line(screen: &Screen, text: &str) -> miette::Result<()> {
    screen.print(&format!("{:12}{text}\n", ""))
}

impl From<&Preset> for Entry {
    fn from(preset: &Preset) -> Self {
        let schema = preset.schema.map_or("no schema".into(), |form| format!("schema by {}", form.as_str()));
        let seed = preset.seed.map_or("no seed".into(), |key| format!("seed by {key}"));
        let facts = format!("{schema}; {}; {seed}; usage: {}", preset.limit.as_str(), preset.reports);
        Self {
            name: preset.name,
            base_url: preset.base_url,
            base_url_variable: preset.base_url_variable,
            key_variable: preset.key_variable,
            needs_key: preset.needs_key,
            facts,
            note: preset.note,
        }
    }
}

fn native() -> [Entry; 2] {
    [
        Entry {
            name: "anthropic",
            base_url: Some(anthropic::BASE_URL),
            base_url_variable: "ANTHROPIC_BASE_URL",
            key_variable: anthropic::KEY_VARIABLE,
            needs_key: true,
            facts: "schema by output_config; max_tokens; no seed; usage: cached".into(),
            note: "the Messages API; no temperature is sent of itself to Claude after 4.6, which takes none",
        },
        Entry {
            name: "gemini",
            base_url: Some(gemini::BASE_URL),
            base_url_variable: "GEMINI_BASE_URL",
            key_variable: gemini::KEY_VARIABLE,
            needs_key: true,
            facts: "schema by responseJsonSchema; maxOutputTokens; seed by seed; usage: cached, reasoning".into(),
            note: "the Gemini API",
        },
    ]
}
