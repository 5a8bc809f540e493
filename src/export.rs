//! A run as a table, for `eval report` and `eval compare`.

use crate::{
    args::{ExportArgs, TableName},
    evidence::told,
    output::Output,
    screen::{Screen, counted},
};
use eval_reports::{ExportFormat, ExportTable, Run, Summary};
use miette::miette;

/// Writes the table that was asked for.
pub fn export(
    run: &Run,
    summary: &Summary,
    args: &ExportArgs,
    format: ExportFormat,
    screen: &Screen,
) -> miette::Result<()> {
    let output = Output::of(args.output.as_deref(), screen);
    if format == ExportFormat::Parquet && output.is_terminal() {
        let help = "name a file with --output FILE, or send standard output elsewhere";
        return Err(miette!(help = help, "Parquet is no text: a terminal cannot show it"));
    }
    let table = match args.table.unwrap_or(TableName::Results) {
        TableName::Results => ExportTable::Results,
        TableName::Records => ExportTable::Records,
    };
    let written = output.stream(|out| eval_reports::export(run, summary, table, format, out).map_err(told))?;
    if written.held_out > 0 {
        let records = counted(written.held_out as usize, "record");
        screen.note(&format!("note: {records} of held-out cases are left out: they count in the results alone"));
    }
    Ok(())
}

/// Other formats have no table to choose.
pub fn no_table(args: &ExportArgs) -> miette::Result<()> {
    match args.table {
        None => Ok(()),
        Some(_) => Err(miette!(
            help = "add one of these formats, or leave --table out",
            "--table is for csv, jsonl and parquet"
        )),
    }
}
