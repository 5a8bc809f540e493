//! `eval models presets`.

use crate::{exit::Exit, screen::Screen};
use comfy_table::{ContentArrangement, Table, presets::NOTHING};
use eval_runners::{
    anthropic, gemini,
    openai::{PRESETS, Preset},
};

/// One line of the table.
struct Row {
    name: &'static str,
    base_url: String,
    key: String,
    schema: &'static str,
    limit: &'static str,
    seed: &'static str,
    reports: &'static str,
    note: &'static str,
}

pub fn print(screen: &Screen) -> miette::Result<Exit> {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(screen.width()).unwrap_or(100));
    table.set_header(["preset", "address", "key", "schema", "limit", "seed", "reports"]);
    let rows: Vec<Row> = PRESETS.iter().map(row).chain(native()).collect();
    for row in &rows {
        table.add_row([row.name, &row.base_url, &row.key, row.schema, row.limit, row.seed, row.reports]);
    }
    screen.print(&format!("{table}\n\n"))?;
    for row in rows.iter().filter(|row| !row.note.is_empty()) {
        screen.print(&format!("{:<11} {}\n", row.name, row.note))?;
    }
    screen.print(
        "\nA model is named as PRESET:MODEL. Keys are read from the environment or from .env; (optional): the server may \
         want none.\n",
    )?;
    Ok(Exit::Done)
}

fn row(preset: &Preset) -> Row {
    let optional = if preset.needs_key { "" } else { " (optional)" };
    let variable = preset.base_url_variable;
    Row {
        name: preset.name,
        base_url: preset.base_url.map_or_else(|| variable.to_string(), |url| format!("{url} or {variable}")),
        key: format!("{}{optional}", preset.key_variable),
        schema: preset.schema.map_or("cannot", |form| form.as_str()),
        limit: preset.limit.as_str(),
        seed: preset.seed.unwrap_or("none"),
        reports: preset.reports,
        note: preset.note,
    }
}

fn native() -> [Row; 2] {
    [
        Row {
            name: "anthropic",
            base_url: format!("{} or ANTHROPIC_BASE_URL", anthropic::BASE_URL),
            key: anthropic::KEY_VARIABLE.into(),
            schema: "output_config",
            limit: "max_tokens",
            seed: "none",
            reports: "cached",
            note: "its own protocol; no temperature is sent of itself to Claude after 4.6, which takes none",
        },
        Row {
            name: "gemini",
            base_url: format!("{} or GEMINI_BASE_URL", gemini::BASE_URL),
            key: gemini::KEY_VARIABLE.into(),
            schema: "responseJsonSchema",
            limit: "maxOutputTokens",
            seed: "seed",
            reports: "cached, reasoning",
            note: "its own protocol",
        },
    ]
}
