//! `eval init`.

use crate::{exit::Exit, screen::Screen};
use std::path::Path;

pub fn run(dir: &Path, screen: &Screen) -> miette::Result<Exit> {
    let files = eval_datasets::init(dir)?;
    for file in &files {
        screen.print(&format!("wrote {}\n", file.display()))?;
    }
    let named = if dir.is_absolute() || dir.starts_with(".") || dir.starts_with("..") {
        dir.display().to_string()
    } else {
        format!("./{}", dir.display())
    };
    screen.print(&format!(
        "\nNext: put your own cases into {named}, then\n  eval suites check {named}\n  eval run --suite {named}\n"
    ))?;
    Ok(Exit::Done)
}
