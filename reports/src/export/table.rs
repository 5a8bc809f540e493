//! Cells, and columns that make them of whatever a row is.

use crate::ReportError;

/// A value of a table; `None` is unknown.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Text(Option<String>),
    Count(Option<u64>),
    Number(Option<f64>),
    Flag(Option<bool>),
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Count,
    Number,
    Flag,
}

/// What writes rows.
pub(super) trait Rows {
    /// Adds a row: a cell for each column.
    fn row(&mut self, cells: Vec<Cell>) -> Result<(), ReportError>;

    /// Writes what is left.
    fn end(self: Box<Self>) -> Result<(), ReportError>;
}

type Read<R, T> = Box<dyn Fn(&R) -> Option<T>>;

/// A column: its name, and its cell in a row.
pub(super) struct Column<R> {
    pub name: String,
    of: Of<R>,
}

enum Of<R> {
    Text(Read<R, String>),
    Count(Read<R, u64>),
    Number(Read<R, f64>),
    Flag(Read<R, bool>),
}

impl<R> Column<R> {
    pub fn text(name: impl Into<String>, of: impl Fn(&R) -> Option<String> + 'static) -> Self {
        Self { name: name.into(), of: Of::Text(Box::new(of)) }
    }

    pub fn count(name: impl Into<String>, of: impl Fn(&R) -> Option<u64> + 'static) -> Self {
        Self { name: name.into(), of: Of::Count(Box::new(of)) }
    }

    pub fn number(name: impl Into<String>, of: impl Fn(&R) -> Option<f64> + 'static) -> Self {
        Self { name: name.into(), of: Of::Number(Box::new(of)) }
    }

    pub fn flag(name: impl Into<String>, of: impl Fn(&R) -> Option<bool> + 'static) -> Self {
        Self { name: name.into(), of: Of::Flag(Box::new(of)) }
    }

    pub fn kind(&self) -> Kind {
        match self.of {
            Of::Text(_) => Kind::Text,
            Of::Count(_) => Kind::Count,
            Of::Number(_) => Kind::Number,
            Of::Flag(_) => Kind::Flag,
        }
    }

    fn cell(&self, row: &R) -> Cell {
        match &self.of {
            Of::Text(of) => Cell::Text(of(row)),
            Of::Count(of) => Cell::Count(of(row)),
            Of::Number(of) => Cell::Number(of(row).filter(|x| x.is_finite())),
            Of::Flag(of) => Cell::Flag(of(row)),
        }
    }
}

/// The header of a table.
pub(super) fn header<R>(columns: &[Column<R>]) -> Vec<(String, Kind)> {
    columns.iter().map(|column| (column.name.clone(), column.kind())).collect()
}

/// A row of a table.
pub(super) fn cells<R>(columns: &[Column<R>], row: &R) -> Vec<Cell> {
    columns.iter().map(|column| column.cell(row)).collect()
}

/// An enum of the summary or a record as its JSON has it.
pub(super) fn word(value: impl serde::Serialize) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(String::from)
}
