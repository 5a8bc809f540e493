//! Formats by name: each is read from a fixture in it, and the suite that is written loads.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{rendered, snapshot};
use eval_datasets::{ImportFormat, ImportOptions, Imported, SuiteError, import, load};
use std::{collections::BTreeSet, fmt::Write, fs, path::PathBuf};
use tempfile::TempDir;

fn options(format: &str, source: &str, to: &TempDir) -> ImportOptions {
    ImportOptions {
        source: PathBuf::from(format!("tests/fixtures/import/{source}")),
        to: to.path().join("suite"),
        format: Some(ImportFormat::named(format).unwrap()),
        ..ImportOptions::default()
    }
}

fn run(options: &ImportOptions) -> Result<Imported, SuiteError> {
    import(options, &mut |_| ())
}

/// The files of the suite that an import writes, in one text; it must load, and every prompt render.
fn imported(options: &ImportOptions) -> String {
    let imported = run(options).unwrap_or_else(|error| panic!("{}", rendered(&error)));
    load(options.to.to_str().unwrap()).unwrap_or_else(|error| panic!("{}", rendered(&error)));
    let mut out = String::new();
    // The log last: it is what a person reads when something is missing.
    let files: BTreeSet<_> = imported.files.iter().map(|path| (path.ends_with("import.jsonl"), path.clone())).collect();
    for (_, path) in files {
        let name = path.strip_prefix(&options.to).unwrap().display().to_string();
        write!(out, "== {name}\n{}\n", fs::read_to_string(&path).unwrap()).unwrap();
    }
    out
}

fn of(format: &str, source: &str) -> String {
    let to = tempfile::tempdir().unwrap();
    imported(&options(format, source, &to))
}

fn error(format: &str, source: &str) -> String {
    let to = tempfile::tempdir().unwrap();
    rendered(&run(&options(format, source, &to)).expect_err("the import succeeds"))
}

#[test]
fn squad_2() {
    snapshot!(of("squad", "squad/v2.json"));
}

#[test]
fn squad_1() {
    snapshot!(of("squad", "squad/v1.1.json"));
}

#[test]
fn clinc() {
    snapshot!(of("clinc", "clinc"));
}

#[test]
fn clinc_reads_the_part_that_is_asked_for() {
    let to = tempfile::tempdir().unwrap();
    let options = ImportOptions { split: Some("val".into()), ..options("clinc", "clinc/data_full.json", &to) };
    let imported = run(&options).unwrap();
    assert_eq!((imported.tasks[0].cases, imported.tasks[0].declining, imported.tasks[0].labels.len()), (2, 1, 4));
}

#[test]
fn banking77() {
    snapshot!(of("banking77", "banking77/test.csv"));
}

#[test]
fn bfcl() {
    snapshot!(of("bfcl", "bfcl"));
}

#[test]
fn one_file_of_bfcl_finds_its_answers() {
    let to = tempfile::tempdir().unwrap();
    let options = ImportOptions { task: Some("calls".into()), ..options("bfcl", "bfcl/BFCL_v4_parallel.json", &to) };
    let imported = run(&options).unwrap();
    assert_eq!((imported.tasks[0].name.as_str(), imported.tasks[0].cases), ("calls-parallel", 1));
}

#[test]
fn promptfoo() {
    snapshot!(of("promptfoo", "promptfoo"));
}

#[test]
fn promptfoo_tests_that_ask_for_one_of_few_texts_are_a_classification() {
    snapshot!(of("promptfoo", "promptfoo/labels.yaml"));
}

/// The prompts of all cases, as models see them, and what could not be carried over.
fn asked(source: &str) -> String {
    let to = tempfile::tempdir().unwrap();
    let options = options("promptfoo", source, &to);
    let imported = run(&options).unwrap_or_else(|error| panic!("{}", rendered(&error)));
    let suite = load(options.to.to_str().unwrap()).unwrap();
    let task = &suite.suite.tasks[0];
    let mut out = String::new();
    for case in &task.cases {
        for message in suite.prompt(task, case, 0, None).unwrap().messages {
            writeln!(out, "{} {:?}: {}", case.id, message.role, message.content).unwrap();
        }
    }
    for reason in &imported.reasons {
        writeln!(out, "skipped {}: {} {:?}", reason.count, reason.why, reason.first).unwrap();
    }
    imported.notes.iter().for_each(|note| writeln!(out, "{note}").unwrap());
    out
}

#[test]
fn promptfoo_prompts_show_what_they_show_there() {
    let sources = ["input.yaml", "list.yaml", "map.yaml", "none.yaml"];
    snapshot!(sources.map(|source| format!("== {source}\n{}", asked(&format!("promptfoo/{source}")))).join("\n"));
}

#[test]
fn openai_evals() {
    snapshot!(of("openai-evals", "openai-evals/samples.jsonl"));
}

#[test]
fn openai_evals_by_their_registry() {
    snapshot!(of("openai-evals", "openai-evals/harbour.yaml"));
}

#[test]
fn inspect_choices() {
    snapshot!(of("inspect", "inspect/samples.jsonl"));
}

#[test]
fn inspect_open_questions() {
    snapshot!(of("inspect", "inspect/open.json"));
}

#[test]
fn inspect_tables() {
    snapshot!(of("inspect", "inspect/samples.csv"));
}

#[test]
fn a_file_in_another_format_is_said_to_be_one() {
    let errors = [
        ("squad", "clinc/data_full.json"),
        ("squad", "inspect/samples.jsonl"),
        ("clinc", "squad/v2.json"),
        ("banking77", "squad/v2.json"),
        ("bfcl", "squad"),
        ("bfcl", "bfcl/BFCL_v4_multi_turn_base.json"),
        ("promptfoo", "openai-evals/harbour.yaml"),
        ("promptfoo", "clinc"),
        ("openai-evals", "promptfoo/promptfooconfig.yaml"),
        ("inspect", "openai-evals/samples.jsonl"),
    ];
    snapshot!(
        errors.map(|(format, source)| format!("--format {format} {source}\n{}\n", error(format, source))).join("\n")
    );
}
