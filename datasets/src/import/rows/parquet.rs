use super::{Meter, Row, Rows, open};
use crate::{
    SuiteError,
    import::{Place, Why},
};
use parquet::{
    basic::Compression,
    file::{
        metadata::ParquetMetaData,
        reader::{FileReader, SerializedFileReader},
    },
    record::{Field, reader::RowIter},
};
use serde_json::{Map, Number, Value};
use std::{fs::File, path::Path};

/// Where Hugging Face keeps what the columns mean.
const FEATURES: &str = "huggingface";

/// The rows of a Parquet file; labels that it holds as numbers become their names.
pub(super) struct Parquet {
    rows: RowIter<'static>,
    features: Value,
    file: String,
    row: u64,
    total: u64,
    /// Bytes of the file for a row, told to the meter as rows are read.
    share: f64,
    meter: Meter,
    ended: bool,
}

impl Parquet {
    pub(super) fn open(path: &Path, meter: &Meter) -> Result<Self, SuiteError> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| open::unopened(path, &error))?;
        let bytes = file.metadata().map(|data| data.len()).unwrap_or_default();
        let reader = SerializedFileReader::new(file).map_err(|error| {
            SuiteError::new(format!("`{name}` is no Parquet file that can be read: {error}"))
                .help("is it whole? a pointer file of Git LFS, for instance, is not the data")
        })?;
        readable(&name, reader.metadata())?;
        let data = reader.metadata().file_metadata();
        let total = u64::try_from(data.num_rows()).unwrap_or_default();
        let pairs = data.key_value_metadata().into_iter().flatten();
        let said = pairs.filter(|pair| pair.key == FEATURES).find_map(|pair| pair.value.as_deref());
        let features = said.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let features = features.map(|mut said| said["info"]["features"].take()).unwrap_or_default();
        let share = bytes as f64 / total.max(1) as f64;
        let rows = RowIter::from_file_into(Box::new(reader));
        Ok(Self { rows, features, file: name, row: 0, total, share, meter: meter.clone(), ended: false })
    }
}

/// Whether all columns are compressed in a way that is known here.
fn readable(name: &str, data: &ParquetMetaData) -> Result<(), SuiteError> {
    let mut codecs = data.row_groups().iter().flat_map(|group| group.columns()).map(|column| column.compression());
    let unknown = codecs.find(|codec| {
        !matches!(codec, Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_) | Compression::ZSTD(_))
    });
    match unknown {
        None => Ok(()),
        Some(codec) => {
            let codec = format!("{codec:?}");
            let codec = codec.split('(').next().unwrap_or_default();
            Err(SuiteError::new(format!("`{name}` is compressed with {codec}; snappy, gzip, zstd and none can be read"))
                .help("write it again, in Python: `pandas.read_parquet(\"in.parquet\").to_parquet(\"out.parquet\", compression=\"snappy\")`"))
        }
    }
}

impl Rows for Parquet {
    fn next(&mut self) -> Result<Option<Row>, SuiteError> {
        if self.ended {
            return Ok(None);
        }
        let Some(read) = self.rows.next() else { return Ok(None) };
        self.row += 1;
        self.meter.add((self.share * self.row as f64) as u64 - (self.share * (self.row - 1) as f64) as u64);
        let place = Place { file: self.file.clone(), row: self.row, line: None, at: None };
        let columns = match read {
            Ok(row) => {
                Ok(row.into_columns().into_iter().map(|(name, field)| self.named(name, field)).collect::<Map<_, _>>())
            }
            Err(error) => {
                // The columns are read side by side: after a mistake in one they no longer belong together.
                self.ended = true;
                let error: String = error.to_string().chars().take(200).collect();
                let detail = format!("{error}; rows {} to {} are not read", self.row, self.total);
                Err(Why::new("the file cannot be read from here on").detail(detail))
            }
        };
        Ok(Some(Row { place, columns }))
    }
}

impl Parquet {
    fn named(&self, name: String, field: Field) -> (String, Value) {
        let value = with_names(value(field), &self.features[&name]);
        (name, value)
    }
}

fn value(field: Field) -> Value {
    let decimal = |number: f64| Number::from_f64(number).map_or(Value::Null, Value::Number);
    match field {
        Field::Null => Value::Null,
        Field::Bool(value) => value.into(),
        Field::Byte(number) => number.into(),
        Field::Short(number) => number.into(),
        Field::Int(number) => number.into(),
        Field::Long(number) => number.into(),
        Field::UByte(number) => number.into(),
        Field::UShort(number) => number.into(),
        Field::UInt(number) => number.into(),
        Field::ULong(number) => number.into(),
        // By their shortest text: 0.1 and not 0.10000000149.
        Field::Float16(number) => number.to_string().parse().map_or(Value::Null, decimal),
        Field::Float(number) => number.to_string().parse().map_or(Value::Null, decimal),
        Field::Double(number) => decimal(number),
        Field::Decimal(_) => field.to_string().parse().map_or_else(|_| field.to_string().into(), decimal),
        Field::Str(text) => text.into(),
        Field::Bytes(bytes) => std::str::from_utf8(bytes.data()).map_or(Value::Null, Value::from),
        Field::Group(row) => row.into_columns().into_iter().map(|(name, field)| (name, value(field))).collect(),
        Field::ListInternal(list) => list.elements().iter().cloned().map(value).collect(),
        Field::MapInternal(map) => map.entries().iter().cloned().map(entry).collect(),
        time => time.to_string().into(),
    }
}

fn entry((key, field): (Field, Field)) -> (String, Value) {
    let key = match value(key) {
        Value::String(text) => text,
        other => other.to_string(),
    };
    (key, value(field))
}

/// A value as its feature means it: a `ClassLabel` by its name, at any depth.
fn with_names(value: Value, feature: &Value) -> Value {
    let inner = match feature {
        Value::Array(items) => items.first(),
        Value::Object(map) => map.get("feature"),
        _ => return value,
    };
    match (value, inner) {
        (Value::Number(number), _) if feature["_type"] == "ClassLabel" => label(&number, &feature["names"]),
        (Value::Array(items), Some(inner)) => items.into_iter().map(|item| with_names(item, inner)).collect(),
        // A list of structs is kept as a struct of lists.
        (Value::Object(map), Some(inner)) => {
            let lists = map.into_iter().map(|(key, list)| match list {
                Value::Array(items) => {
                    let named = items.into_iter().map(|item| with_names(item, &inner[&key])).collect();
                    (key, named)
                }
                other => (key, other),
            });
            lists.collect()
        }
        (Value::Object(map), None) => map.into_iter().map(|(key, value)| with_names_of(key, value, feature)).collect(),
        (other, _) => other,
    }
}

fn with_names_of(key: String, value: Value, feature: &Value) -> (String, Value) {
    let value = with_names(value, &feature[&key]);
    (key, value)
}

/// -1 stands for a label that is not told.
fn label(number: &Number, names: &Value) -> Value {
    let Some(index) = number.as_u64() else { return Value::Null };
    let name = match names {
        Value::Array(names) => usize::try_from(index).ok().and_then(|index| names.get(index)),
        other => other.get(index.to_string()),
    };
    name.cloned().unwrap_or_else(|| Value::Number(number.clone()))
}
