//! `eval cases`.

mod add;
mod outcome;
mod queue;
mod review;

use crate::{args::CasesCommand, exit::Exit, screen::Screen};

pub fn run(command: &CasesCommand, screen: &Screen) -> miette::Result<Exit> {
    match command {
        CasesCommand::Add(args) => add::run(args, screen),
        CasesCommand::Review(args) => review::run(args, screen),
    }
}
