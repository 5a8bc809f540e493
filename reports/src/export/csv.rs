//! CSV as RFC 4180 has it, one line a row. A spreadsheet runs what begins like a formula: such a text gets an apostrophe
//! before it. Numbers stay numbers.

use super::table::{Cell, Kind, Rows};
use crate::{ReportError, visible::visible_line};
use std::io::Write;

pub(super) struct Csv<'a> {
    out: &'a mut (dyn Write + Send),
}

impl<'a> Csv<'a> {
    pub fn begin(columns: &[(String, Kind)], out: &'a mut (dyn Write + Send)) -> Result<Self, ReportError> {
        let mut csv = Self { out };
        csv.line(columns.iter().map(|(name, _)| field(name)))?;
        Ok(csv)
    }

    fn line(&mut self, fields: impl Iterator<Item = String>) -> Result<(), ReportError> {
        let line = fields.collect::<Vec<_>>().join(",") + "\r\n";
        Ok(self.out.write_all(line.as_bytes())?)
    }
}

impl Rows for Csv<'_> {
    fn row(&mut self, cells: Vec<Cell>) -> Result<(), ReportError> {
        self.line(cells.into_iter().map(|cell| match cell {
            Cell::Text(text) => text.map(|text| field(&text)).unwrap_or_default(),
            Cell::Count(n) => n.map(|n| n.to_string()).unwrap_or_default(),
            Cell::Number(x) => x.map(|x| x.to_string()).unwrap_or_default(),
            Cell::Flag(flag) => flag.map(|flag| flag.to_string()).unwrap_or_default(),
        }))
    }

    fn end(self: Box<Self>) -> Result<(), ReportError> {
        Ok(self.out.flush()?)
    }
}

/// A text as a field: inert in a spreadsheet, and in quotes where it must be.
fn field(text: &str) -> String {
    // The wide forms are read as the narrow ones by some spreadsheets.
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let text = format!("{}{}", if is_formula { "'" } else { "" }, visible_line(text));
    // Where a list is parted by semicolons, a cell must not fall into two.
    if text.contains([',', ';', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_inert_and_numbers_stay_numbers() {
        let texts =
            ["=1+1", "-2", "@SUM(A1)", "\t=1", "＝1", "a,b", "say \"no\"", "two\nlines", "\u{1b}[31m", "plain - text"];
        let want = ["'=1+1", "'-2", "'@SUM(A1)", "'\\t=1", "'＝1", "\"a,b\"", "\"say \"\"no\"\"\"", "two\\nlines"];
        assert_eq!(texts.map(field)[..8], want);
        assert_eq!(texts.map(field)[8..], ["\\u{1b}[31m", "plain - text"]);
        let mut out = Vec::new();
        let mut csv = Csv::begin(&[("x".into(), Kind::Number)], &mut out).unwrap();
        let cells = vec![Cell::Number(Some(-0.05)), Cell::Number(None), Cell::Count(Some(3)), Cell::Flag(Some(true))];
        csv.row(cells).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "x\r\n-0.05,,3,true\r\n");
    }
}
