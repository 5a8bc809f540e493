//! Parquet by its low-level column writer: each column may be null, and a row group is what is kept in memory.

use super::table::{Cell, Kind, Rows};
use crate::ReportError;
use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as Physical},
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type},
    errors::ParquetError,
    file::{
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::types::Type,
};
use std::{io::Write, sync::Arc};

/// Rows of a row group.
const GROUP: usize = 50_000;

pub(super) struct Parquet<'a> {
    file: SerializedFileWriter<&'a mut (dyn Write + Send)>,
    columns: Vec<Values>,
    rows: usize,
}

/// The cells of a column that are known, and for each cell whether it is: 1 or 0.
struct Values {
    known: Known,
    levels: Vec<i16>,
}

enum Known {
    Text(Vec<ByteArray>),
    Count(Vec<i64>),
    Number(Vec<f64>),
    Flag(Vec<bool>),
}

impl<'a> Parquet<'a> {
    pub fn begin(columns: Vec<(String, Kind)>, out: &'a mut (dyn Write + Send)) -> Result<Self, ReportError> {
        let fields: Result<Vec<_>, _> = columns.iter().map(|(name, kind)| field(name, *kind)).collect();
        let schema = Type::group_type_builder("eval").with_fields(fields?).build()?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
        let columns = columns.iter().map(|(_, kind)| Values::empty(*kind)).collect();
        Ok(Self { file, columns, rows: 0 })
    }

    /// Writes the rows that are kept as a row group.
    fn write_group(&mut self) -> Result<(), ReportError> {
        let mut group = self.file.next_row_group()?;
        for column in &mut self.columns {
            let levels = std::mem::take(&mut column.levels);
            match &mut column.known {
                Known::Text(values) => write::<ByteArrayType>(&mut group, values, &levels)?,
                Known::Count(values) => write::<Int64Type>(&mut group, values, &levels)?,
                Known::Number(values) => write::<DoubleType>(&mut group, values, &levels)?,
                Known::Flag(values) => write::<BoolType>(&mut group, values, &levels)?,
            }
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }
}

fn write<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, &mut (dyn Write + Send)>,
    values: &mut Vec<T::T>,
    levels: &[i16],
) -> Result<(), ParquetError> {
    if let Some(mut column) = group.next_column()? {
        column.typed::<T>().write_batch(values, Some(levels), None)?;
        column.close()?;
    }
    values.clear();
    Ok(())
}

fn field(name: &str, kind: Kind) -> Result<Arc<Type>, ParquetError> {
    let (physical, logical) = match kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Count => (Physical::INT64, None),
        Kind::Number => (Physical::DOUBLE, None),
        Kind::Flag => (Physical::BOOLEAN, None),
    };
    let field = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    field.with_logical_type(logical).build().map(Arc::new)
}

impl Values {
    fn empty(kind: Kind) -> Self {
        let known = match kind {
            Kind::Text => Known::Text(Vec::new()),
            Kind::Count => Known::Count(Vec::new()),
            Kind::Number => Known::Number(Vec::new()),
            Kind::Flag => Known::Flag(Vec::new()),
        };
        Self { known, levels: Vec::new() }
    }

    fn push(&mut self, cell: Cell) {
        match (&mut self.known, cell) {
            (Known::Text(values), Cell::Text(Some(text))) => values.push(text.as_str().into()),
            // No count of this program comes near the limit.
            (Known::Count(values), Cell::Count(Some(n))) => values.push(i64::try_from(n).unwrap_or(i64::MAX)),
            (Known::Number(values), Cell::Number(Some(x))) => values.push(x),
            (Known::Flag(values), Cell::Flag(Some(flag))) => values.push(flag),
            _ => return self.levels.push(0),
        }
        self.levels.push(1);
    }
}

impl Rows for Parquet<'_> {
    fn row(&mut self, cells: Vec<Cell>) -> Result<(), ReportError> {
        self.columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
        self.rows += 1;
        if self.rows == GROUP { self.write_group() } else { Ok(()) }
    }

    fn end(mut self: Box<Self>) -> Result<(), ReportError> {
        if self.rows > 0 {
            self.write_group()?;
        }
        self.file.close()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    #[test]
    fn what_is_kept_is_written_in_groups_and_unknowns_are_null() {
        let mut file = tempfile::tempfile().unwrap();
        let columns = vec![("n".into(), Kind::Count), ("text".into(), Kind::Text)];
        let mut table = Box::new(Parquet::begin(columns, &mut file).unwrap());
        for n in 0..=GROUP as u64 {
            let text = (n % 2 == 0).then(|| format!("row {n}"));
            table.row(vec![Cell::Count(Some(n)), Cell::Text(text)]).unwrap();
        }
        table.end().unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        assert_eq!(reader.num_row_groups(), 2);
        let rows: Vec<String> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
        assert_eq!(rows.len(), GROUP + 1);
        assert_eq!(rows[1], "{n: 1, text: null}");
        assert_eq!(rows[GROUP], format!("{{n: {GROUP}, text: \"row {GROUP}\"}}"));
    }
}
