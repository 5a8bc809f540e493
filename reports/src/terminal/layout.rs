//! Tables without lines but one below the header, and ink where colours are wanted.

use crate::{Style, Verdict};
use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width,
    presets::NOTHING,
};

/// What a text is, for its colour and weight.
pub(crate) enum Ink {
    Plain,
    Strong,
    Faint,
    Verdict(Verdict),
}

impl Ink {
    fn color(&self) -> Option<Color> {
        match self {
            Self::Plain | Self::Strong => None,
            Self::Faint => Some(Color::DarkGrey),
            Self::Verdict(Verdict::GoodEnough) => Some(Color::DarkGreen),
            Self::Verdict(Verdict::NotGoodEnough) => Some(Color::DarkRed),
            Self::Verdict(Verdict::NeedMoreData) => Some(Color::DarkYellow),
            Self::Verdict(Verdict::Invalid) => Some(Color::DarkMagenta),
        }
    }

    fn is_bold(&self) -> bool {
        matches!(self, Self::Strong | Self::Verdict(_))
    }
}

pub(crate) fn right_cell(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

/// No lines but one below the header.
const RULED: TableStyle = NOTHING.header_separator(LineStyle::none().fill('─').junction('─'));

/// Narrower than this nothing can be laid out.
const NARROWEST: usize = 40;

/// What is written on.
pub(crate) struct Sheet {
    pub width: usize,
    color: bool,
}

impl Sheet {
    pub fn new(style: Style) -> Self {
        Self { width: style.width.max(NARROWEST), color: style.color }
    }

    pub fn table(&self, header: &[(&str, bool)]) -> Table {
        let mut table = Table::new();
        table.load_style(RULED).set_content_arrangement(ContentArrangement::Dynamic).force_no_tty();
        table.set_width(u16::try_from(self.width).unwrap_or(u16::MAX));
        if self.color {
            table.enforce_styling();
        }
        table.set_header(header.iter().map(|(name, right)| {
            let alignment = if *right { CellAlignment::Right } else { CellAlignment::Left };
            self.cell(name, Ink::Faint).set_alignment(alignment)
        }));
        if let Some(first) = table.column_mut(0) {
            first.set_constraint(ColumnConstraint::UpperBoundary(Width::Percentage(40)));
        }
        table
    }

    pub fn cell(&self, text: &str, ink: Ink) -> Cell {
        let mut cell = Cell::new(text);
        if self.color {
            if let Some(color) = ink.color() {
                cell = cell.fg(color);
            }
            if ink.is_bold() {
                cell = cell.add_attribute(Attribute::Bold);
            }
        }
        cell
    }

    pub fn lay_out(&self, table: Table) -> String {
        table.lines().map(|line| line.trim_end().to_string()).collect::<Vec<_>>().join("\n")
    }

    /// Text without a table, wrapped at the width.
    pub fn wrap(&self, text: &str) -> String {
        let mut table = Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).force_no_tty();
        // Cells have a blank on either side, which is taken off again.
        table.set_width(u16::try_from(self.width + 1).unwrap_or(u16::MAX)).add_row(vec![text]);
        table.lines().map(|line| line.trim().to_string()).collect::<Vec<_>>().join("\n")
    }

    pub fn paint(&self, text: &str, ink: Ink) -> String {
        if !self.color {
            return text.into();
        }
        let weight = if ink.is_bold() { "\u{1b}[1m" } else { "" };
        let color = match ink.color() {
            Some(Color::DarkGrey) => "\u{1b}[90m",
            Some(Color::DarkGreen) => "\u{1b}[32m",
            Some(Color::DarkRed) => "\u{1b}[31m",
            Some(Color::DarkYellow) => "\u{1b}[33m",
            Some(Color::DarkMagenta) => "\u{1b}[35m",
            _ => "",
        };
        format!("{weight}{color}{text}\u{1b}[0m")
    }
}
