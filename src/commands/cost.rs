//! `eval cost`.

use crate::{args::RUNS, exit::Exit, run_folder::RunFolder, screen::Screen, settings::Settings};
use clap::{Args, ValueEnum};
use eval_core::{ModelInfo, cost::Volume};
use eval_reports::{
    Style, Verdict,
    cost::{Question, Terms, cost, cost_json, cost_markdown, cost_terminal},
};
use miette::miette;
use std::{collections::BTreeMap, path::PathBuf};

/// `eval cost`.
#[derive(Debug, Args)]
#[command(after_help = "\
A model's `price` or `hosting` in eval.toml may be given or changed after the run: it goes before
what the run knew.

Examples:
  eval cost latest
  eval cost latest --volume 8M-tokens/day
  eval cost 20260314-101500-support-tickets --volume 50k-requests/day --task triage --format md
  eval cost latest --config hosting.toml --peak-factor 5 --format json | jq .break_even")]
pub struct CostArgs {
    /// A run's id, its folder, or `latest`
    run: String,
    /// How much is asked on average, as in 8M-tokens/day, 50k-requests/day, 200-requests/hour or 1.5B-tokens/month
    /// [default: 1,000 to 1,000,000 requests a day]
    #[arg(long, value_name = "VOLUME", value_parser = volume)]
    volume: Option<Volume>,
    /// Requests at the busiest moment over requests on average
    #[arg(long, value_name = "X", default_value_t = 3.0, value_parser = factor)]
    peak_factor: f64,
    /// Only this task; repeat the option for several
    #[arg(long = "task", value_name = "TASK")]
    tasks: Vec<String>,
    /// Prices and hosting, by model [default: eval.toml in this folder, where there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How it is printed
    #[arg(long, value_enum, default_value_t = CostFormat::Text)]
    format: CostFormat,
    /// Where runs lie
    #[arg(long, value_name = "DIR", default_value = RUNS)]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CostFormat {
    /// Tables for a terminal
    Text,
    /// All figures, unrounded
    Json,
    /// Tables in Markdown
    Md,
}

fn volume(text: &str) -> Result<Volume, String> {
    text.parse().map_err(|error| format!("{error}"))
}

fn factor(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number.filter(|x| x.is_finite() && *x >= 1.0).ok_or_else(|| "it must be a number of at least 1".into())
}

pub fn run(args: &CostArgs, screen: &Screen) -> miette::Result<Exit> {
    let folder = RunFolder::find(&args.run, &args.out)?;
    let settings = Settings::read(args.config.as_deref())?;
    let run = eval_reports::read_run(folder.path()).map_err(|e| miette!("{e}"))?;
    let summary = eval_reports::summarize(&run).map_err(|e| miette!("{e}"))?;
    for note in &run.notes {
        screen.note(&format!("note: {note}"));
    }
    let terms: Vec<Terms> = run.manifest.models.iter().map(|model| terms(model, &settings)).collect();
    say_if_none_is_named(args, &run.manifest.models, &settings, screen);
    let question = Question { volume: args.volume, peak_factor: args.peak_factor, tasks: args.tasks.clone() };
    let report = cost(&run, &terms, &question).map_err(|e| miette!("{e}"))?;
    screen.print(&match args.format {
        CostFormat::Text => cost_terminal(&report, Style { width: screen.width(), color: screen.color }),
        CostFormat::Json => cost_json(&report),
        CostFormat::Md => cost_markdown(&report),
    })?;
    // What spoils only a comparison, such as a reference that is no yardstick, spoils no cost.
    let mut rows = summary.tasks.iter().flat_map(|task| &task.models);
    if rows.all(|row| row.verdict != Verdict::Invalid) {
        return Ok(Exit::Done);
    }
    screen.note("note: the run is no valid evidence, and so are these figures none; `eval report` says why");
    Ok(Exit::InvalidEvidence)
}

/// A file that was named and changes nothing was meant to change something.
fn say_if_none_is_named(args: &CostArgs, models: &[ModelInfo], settings: &Settings, screen: &Screen) {
    let Some(file) = &args.config else { return };
    if models.iter().all(|model| settings.model(&model.name).is_none()) {
        let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
        screen.note(&format!("note: {} names none of the run's models: {}", file.display(), names.join(", ")));
    }
}

/// The configuration as it is. One that cannot be read spoils no report: it is said.
pub fn settings_now(screen: &Screen) -> Settings {
    Settings::read(None).unwrap_or_else(|error| {
        screen.note(&format!("note: costs are those of the run: {error}"));
        Settings::default()
    })
}

/// How models are paid for, by name, where it was given or changed since they ran.
pub fn terms_since(models: &[ModelInfo], settings: &Settings) -> BTreeMap<String, Terms> {
    models.iter().map(|model| (model.name.clone(), terms(model, settings))).collect()
}

/// How a model is paid for: as it is configured now, else as it was when it ran.
fn terms(model: &ModelInfo, settings: &Settings) -> Terms {
    let before = Terms::of(model);
    match settings.model(&model.name) {
        Some(now) if now.price.is_some() || now.hosting.is_some() => {
            let replaced = now.price != before.price || now.hosting != before.hosting;
            Terms { price: now.price, hosting: now.hosting, replaced }
        }
        _ => before,
    }
}
