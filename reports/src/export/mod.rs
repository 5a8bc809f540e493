//! A run as one flat table, for spreadsheets and notebooks: a row of typed cells, written as CSV, JSON lines or Parquet.
//!
//! The columns are made in one place, so that a number is the same whatever it is written as. No column holds what a
//! model was asked or what it said.

mod csv;
mod jsonl;
mod parquet;
mod records;
mod results;
mod table;

use crate::{ReportError, Run, Summary};
use std::io::Write;
use table::{Kind, Rows};

/// What a row of the table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportTable {
    /// A model on a task, with its numbers and those of its comparison.
    Results,
    /// One case, one model, one repeat.
    Records,
}

/// How the table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// A header and a line a row.
    Csv,
    /// A JSON object a row, with the columns as keys.
    Jsonl,
    /// Columns with types, compressed.
    Parquet,
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    /// Rows of the table.
    pub rows: u64,
    /// Records of held-out cases: they have no row of their own and count in the results alone.
    pub held_out: u64,
}

/// Writes a table of the run.
pub fn export(
    run: &Run,
    summary: &Summary,
    table: ExportTable,
    format: ExportFormat,
    out: &mut (dyn Write + Send),
) -> Result<Exported, ReportError> {
    match table {
        ExportTable::Results => results::write(summary, format, out),
        ExportTable::Records => records::write(run, format, out),
    }
}

/// Opens a table for its rows.
fn begin<'a>(
    format: ExportFormat,
    columns: Vec<(String, Kind)>,
    out: &'a mut (dyn Write + Send),
) -> Result<Box<dyn Rows + 'a>, ReportError> {
    Ok(match format {
        ExportFormat::Csv => Box::new(csv::Csv::begin(&columns, out)?),
        ExportFormat::Jsonl => Box::new(jsonl::Jsonl::begin(columns, out)),
        ExportFormat::Parquet => Box::new(parquet::Parquet::begin(columns, out)?),
    })
}
