//! What a person sees: results on standard output, progress and errors on standard error.

use crate::args::OutputArgs;
use eval_reports::visible;
use miette::{GraphicalReportHandler, GraphicalTheme, IntoDiagnostic, Report, WrapErr};
use std::io::{ErrorKind, IsTerminal, Write};

/// How to print.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// No progress and no notes.
    pub quiet: bool,
    /// Colours on standard output.
    pub color: bool,
    /// Standard error is a terminal, so that progress can be drawn in place.
    pub live: bool,
    error_color: bool,
}

/// Used where the width of the terminal is not known, and in files.
pub const WIDTH: usize = 100;

impl Screen {
    /// Reads flags, `NO_COLOR` and whether the streams are terminals.
    pub fn new(args: OutputArgs) -> Self {
        let color = !args.no_color && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let (out, err) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        Self { quiet: args.quiet, color: color && out, live: err && !args.quiet, error_color: color && err }
    }

    /// The terminal's width in columns.
    pub fn width(&self) -> usize {
        console::Term::stdout().size_checked().map_or(WIDTH, |(_, columns)| usize::from(columns)).clamp(60, 160)
    }

    /// A result. A reader that has gone away (`eval … | head`) is no error; a full disk is.
    pub fn print(&self, text: &str) -> miette::Result<()> {
        let mut out = std::io::stdout();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(error).into_diagnostic().wrap_err("failed to write to standard output")
            }
            _ => Ok(()),
        }
    }

    /// Something worth knowing that is no result.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            tell(text);
        }
    }

    /// What failed.
    pub fn error(&self, report: &Report) {
        let theme = if self.error_color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let mut text = String::new();
        let handler = GraphicalReportHandler::new_themed(theme).with_width(WIDTH);
        if handler.render_report(&mut text, report.as_ref()).is_err() {
            text = format!("{report}\n");
        }
        let text = if self.error_color { visible_in_colours(&text) } else { visible(&text) };
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

/// Hidden characters shown, but for the escapes that colour.
fn visible_in_colours(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut shown = visible(pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = piece.find(|c: char| !(c.is_ascii_digit() || c == ';')).unwrap_or(piece.len());
        if piece[end..].starts_with('m') {
            shown += &format!("\u{1b}[{}m{}", &piece[..end], visible(&piece[end + 1..]));
        } else {
            shown += &visible(&format!("\u{1b}[{piece}"));
        }
    }
    shown
}

/// A line on standard error, in which what a model or a file says moves no cursor. Nothing fails for want of a reader,
/// where `eprintln!` would panic.
pub fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", visible(text));
}

/// `1 case`, `2 cases`.
pub fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_stay_and_other_escapes_are_shown() {
        let shown = visible_in_colours("\u{1b}[31mno case\u{1b}[0m \u{1b}[2J\u{202e}x");
        assert!(shown.starts_with("\u{1b}[31mno case\u{1b}[0m "), "{shown:?}");
        assert!(!shown.contains("\u{1b}[2J") && !shown.contains('\u{202e}'), "{shown:?}");
    }
}
