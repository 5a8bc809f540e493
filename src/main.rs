//! The `eval` binary: arguments → settings → one file per command → exit code.

mod args;
mod commands;
mod environment;
mod evidence;
mod exit;
mod export;
mod judging;
mod looks;
mod memory;
mod models;
mod output;
mod past;
mod plan;
mod progress;
mod resume;
mod run_folder;
mod screen;
mod settings;

use args::{Cli, Command};
use clap::Parser;
use exit::{BAD_INPUT, INTERNAL};
use std::process::ExitCode;

fn main() -> ExitCode {
    one_thread_a_worker();
    std::panic::set_hook(Box::new(|panic| {
        // What a file of others made panic is told as a mistake of that file.
        if std::thread::current().name() == Some(eval_datasets::PARQUET_THREAD) {
            return;
        }
        screen::tell(&format!("eval: internal error, please report it: {panic}"));
        // A worker's panic is turned into an error of its case; one on the main thread has nobody to catch it.
        if std::thread::current().name() == Some("main") {
            std::process::exit(INTERNAL);
        }
    }));
    let cli = Cli::parse();
    let screen = screen::Screen::new(cli.output);
    let result = match cli.command {
        Command::Run(args) => commands::run::run(*args, &screen),
        Command::Report(args) => commands::report::run(&args, &screen),
        Command::View(args) => commands::view::run(&args, &screen),
        Command::History(args) => commands::history::run(&args, &screen),
        Command::Compare(args) => commands::compare::run(&args, &screen),
        Command::Gate(args) => commands::gate::run(&args, &screen),
        Command::Baseline(command) => commands::baseline::run(&command, &screen),
        Command::Judge(command) => commands::judge::run(command, &screen),
        Command::Plan(args) => commands::plan::run(&args, &screen),
        Command::Cost(args) => commands::cost::run(&args, &screen),
        Command::Models(command) => commands::models::run(command, &screen),
        Command::Suites(command) => commands::suites::run(command, &screen),
        Command::Cases(command) => commands::cases::run(&command, &screen),
        Command::Split(args) => commands::split::run(&args, &screen),
        Command::Metrics(command) => commands::metrics::run(command, &screen),
        Command::Cache(args) => commands::cache::run(&args, &screen),
        Command::Import(args) => commands::import::run(&args, &screen),
        Command::Init { dir } => commands::init::run(&dir, &screen),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(report) => {
            screen.error(&report);
            ExitCode::from(BAD_INPUT)
        }
    }
}

/// Local models are answered by one worker a core. candle would start threads of its own besides: all workers would wait
/// at one pool of them, and the number of processors would be read from the system at every product. The frames of a
/// report are small, and each thread of polars would keep memory of its own.
fn one_thread_a_worker() {
    for name in ["RAYON_NUM_THREADS", "CANDLE_NUM_THREADS", "POLARS_MAX_THREADS"] {
        if std::env::var_os(name).is_none() {
            // SAFETY: this is the first statement of the program; no other thread can be reading the environment.
            #[allow(unsafe_code)]
            unsafe {
                std::env::set_var(name, "1");
            }
        }
    }
}
