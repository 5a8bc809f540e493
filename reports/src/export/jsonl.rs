//! A JSON object a line; unknown is `null`.

use super::table::{Cell, Kind, Rows};
use crate::ReportError;
use serde_json::{Map, Value};
use std::io::Write;

pub(super) struct Jsonl<'a> {
    columns: Vec<(String, Kind)>,
    out: &'a mut (dyn Write + Send),
}

impl<'a> Jsonl<'a> {
    pub fn begin(columns: Vec<(String, Kind)>, out: &'a mut (dyn Write + Send)) -> Self {
        Self { columns, out }
    }
}

impl Rows for Jsonl<'_> {
    fn row(&mut self, cells: Vec<Cell>) -> Result<(), ReportError> {
        let values = cells.into_iter().map(|cell| match cell {
            Cell::Text(text) => Value::from(text),
            Cell::Count(n) => Value::from(n),
            Cell::Number(x) => Value::from(x),
            Cell::Flag(flag) => Value::from(flag),
        });
        let names = self.columns.iter().map(|(name, _)| name.clone());
        let object: Map<String, Value> = names.zip(values).collect();
        Ok(writeln!(self.out, "{}", Value::Object(object))?)
    }

    fn end(self: Box<Self>) -> Result<(), ReportError> {
        Ok(self.out.flush()?)
    }
}
