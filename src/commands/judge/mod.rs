//! `eval judge`.

mod calibrate;
mod run;

use crate::{args::JudgeCommand, exit::Exit, screen::Screen};

pub fn run(command: JudgeCommand, screen: &Screen) -> miette::Result<Exit> {
    match command {
        JudgeCommand::Run(args) => run::run(&args, screen),
        JudgeCommand::Calibrate(args) => calibrate::run(&args, screen),
    }
}
