//! `eval init`.

use super::{import::named, run::quoted};
use crate::{exit::Exit, screen::Screen};
use std::path::Path;

pub fn run(dir: &Path, screen: &Screen) -> miette::Result<Exit> {
    let files = eval_datasets::init(dir)?;
    for file in &files {
        screen.print(&format!("wrote {}\n", file.display()))?;
    }
    let named = named(dir);
    let typed = quoted(Path::new(&named));
    screen.print(&format!(
        "\nNext: put your own cases into {named}, then\n  eval suites check {typed}\n  eval run --suite {typed}\n"
    ))?;
    Ok(Exit::Done)
}
