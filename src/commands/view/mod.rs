//! `eval view`.
use crate::{args::ViewArgs, exit::Exit, screen::Screen};
pub fn run(_args: &ViewArgs, _screen: &Screen) -> miette::Result<Exit> {
    Ok(Exit::Done)
}
