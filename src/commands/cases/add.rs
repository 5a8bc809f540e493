//! `eval cases add`.

use crate::{
    args::AddArgs,
    exit::Exit,
    screen::{Screen, tell},
};
use eval_core::TaskKind;
use eval_datasets::EditableSuite;
use miette::{IntoDiagnostic, WrapErr, miette};
use serde_json::Value;
use std::io::{IsTerminal, Read};

/// More is no handful of cases that failed; `eval import` reads tables of them.
const MOST: u64 = 64 * 1024 * 1024;

pub fn run(args: &AddArgs, screen: &Screen) -> miette::Result<Exit> {
    let mut suite = EditableSuite::open(&args.suite)?;
    let kind = suite.task(&args.task)?.kind;
    let expected = args.expected.as_deref().map(|words| expected(words, kind)).transpose()?;
    if std::io::stdin().is_terminal() && !screen.quiet {
        tell("type or paste JSON objects; Ctrl-D ends them");
    }
    let cases = suite.incoming(&args.task, &input()?, expected.as_ref())?;
    for added in suite.add(&args.task, cases)? {
        let place = suite.folder().join(&added.file);
        screen.print(&format!("{}  {}:{}\n", added.id, place.display(), added.line))?;
        if let Some(other) = &added.contradicts {
            screen.note(&format!("`{}` asks what `{other}` asks, and expects another outcome", added.id));
        }
    }
    Ok(Exit::Done)
}

fn expected(words: &str, kind: TaskKind) -> miette::Result<Value> {
    match serde_json::from_str(words) {
        Ok(value) => Ok(value),
        // A shell takes the quotation marks off.
        Err(_) if kind == TaskKind::Classification => Ok(words.into()),
        Err(error) => {
            let help = "write it as a case file has it, in quotation marks for the shell: '{\"answerable\": false}'";
            Err(miette!(help = help, "--expected is not JSON: {error}"))
        }
    }
}

fn input() -> miette::Result<String> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().take(MOST + 1).read_to_end(&mut bytes);
    read.into_diagnostic().wrap_err("failed to read standard input")?;
    if bytes.len() as u64 > MOST {
        return Err(miette!(help = "`eval import` reads whole tables", "standard input holds more than 64 MB"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        miette!(help = "write it as UTF-8", "standard input is not UTF-8 at byte {}", at + 1)
    })?;
    Ok(text.strip_prefix('\u{feff}').map(String::from).unwrap_or(text))
}
