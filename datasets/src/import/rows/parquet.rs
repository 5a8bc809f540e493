use super::{Meter, Row, Rows, open};
use crate::{
    SuiteError,
    import::{Place, Why},
};
use parquet::{
    basic::{Compression, ConvertedType, LogicalType},
    file::{
        metadata::ParquetMetaData,
        reader::{FileReader, SerializedFileReader},
    },
    record::{Field, reader::RowIter},
    schema::types::{ColumnDescPtr, SchemaDescriptor},
};
use serde_json::{Map, Number, Value};
use std::{
    collections::HashSet,
    fs::File,
    path::Path,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

/// Where Hugging Face keeps what the columns mean.
const FEATURES: &str = "huggingface";

/// The name of the thread that reads. A file that was tampered with can make the library panic: in a thread of its own
/// that is an error of the file, which needs no report.
pub const PARQUET_THREAD: &str = "parquet";

/// So many rows are handed over at once, and so many times before the reader waits.
const BATCH: usize = 128;
const WAITING: usize = 4;

/// The rows of a Parquet file; labels that it holds as numbers become their names.
pub(super) struct Parquet {
    receiver: Receiver<Vec<Row>>,
    reader: Option<JoinHandle<Result<(), SuiteError>>>,
    batch: std::vec::IntoIter<Row>,
    file: String,
    row: u64,
    total: u64,
    /// Bytes of the file for a row, told to the meter as rows are read.
    share: f64,
    meter: Meter,
}

impl Parquet {
    pub(super) fn open(path: &Path, meter: &Meter) -> Result<Self, SuiteError> {
        let file = path.display().to_string();
        let bytes = std::fs::metadata(path).map_err(|error| open::unopened(path, &error))?.len();
        let (sender, receiver) = sync_channel(WAITING);
        let (told, counted) = sync_channel(1);
        let source = path.to_path_buf();
        let reader = thread::Builder::new()
            .name(PARQUET_THREAD.into())
            .spawn(move || read(&source, &told, &sender))
            .map_err(|error| SuiteError::new(format!("failed to begin reading `{file}`: {error}")))?;
        let Ok(total) = counted.recv() else {
            return match reader.join() {
                Ok(Err(error)) => Err(error),
                _ => Err(no_parquet(&file, "its description makes no sense")),
            };
        };
        let share = bytes as f64 / f64::max(total as f64, 1.0);
        let batch = Vec::new().into_iter();
        Ok(Self { receiver, reader: Some(reader), batch, file, row: 0, total, share, meter: meter.clone() })
    }

    /// What the end of the rows means.
    fn ended(&mut self) -> Result<Option<Row>, SuiteError> {
        match self.reader.take().map(JoinHandle::join) {
            Some(Err(_)) => {
                Ok(Some(broken(&self.file, self.row + 1, self.total, "what it says of itself makes no sense")))
            }
            Some(Ok(Err(error))) => Err(error),
            _ => Ok(None),
        }
    }
}

impl Rows for Parquet {
    fn next(&mut self) -> Result<Option<Row>, SuiteError> {
        let row = match self.batch.next() {
            Some(row) => row,
            None => match self.receiver.recv() {
                Ok(batch) => {
                    self.batch = batch.into_iter();
                    return self.next();
                }
                Err(_) => return self.ended(),
            },
        };
        self.row += 1;
        self.meter.add((self.share * self.row as f64) as u64 - (self.share * (self.row - 1) as f64) as u64);
        Ok(Some(row))
    }
}

fn no_parquet(name: &str, why: &str) -> SuiteError {
    SuiteError::new(format!("`{name}` is no Parquet file that can be read: {why}"))
        .help("is it whole? a pointer file of Git LFS, for instance, is not the data")
}

/// A row that stands for all that cannot be read any more: the columns are read side by side, and after a mistake in one
/// they no longer belong together.
fn broken(file: &str, row: u64, total: u64, why: &str) -> Row {
    let why: String = why.chars().take(200).collect();
    let place = Place { file: file.into(), row, line: None, at: None };
    let why = Why::new("the file cannot be read from here on").detail(format!("{why}; rows {row} to {total}"));
    Row { place, columns: Err(why) }
}

/// Reads a file to its end, or until nobody wants its rows.
fn read(path: &Path, told: &SyncSender<u64>, sender: &SyncSender<Vec<Row>>) -> Result<(), SuiteError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| open::unopened(path, &error))?;
    let reader = SerializedFileReader::new(file).map_err(|error| no_parquet(&name, &error.to_string()))?;
    readable(&name, reader.metadata())?;
    let data = reader.metadata().file_metadata();
    let total = u64::try_from(data.num_rows()).unwrap_or_default();
    let pairs = data.key_value_metadata().into_iter().flatten();
    let said = pairs.filter(|pair| pair.key == FEATURES).find_map(|pair| pair.value.as_deref());
    let features = said.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let features = features.map(|mut said| said["info"]["features"].take()).unwrap_or_default();
    let mut wanted = told.send(total).is_ok();
    let zoned = zoned(data.schema_descr());
    // Columns of bytes that were text before.
    let mut texts: HashSet<String> = HashSet::new();
    let mut named = |(name, field): (String, Field)| {
        match &field {
            Field::Bytes(bytes) if std::str::from_utf8(bytes.data()).is_ok() => _ = texts.insert(name.clone()),
            Field::Bytes(_) if texts.contains(&name) => {
                return Err(Why::new("not UTF-8").detail(format!("the column `{name}`")));
            }
            _ => {}
        }
        let value = with_names(value(field, zoned.contains(&name)), &features[&name]);
        Ok((name, value))
    };
    let mut batch = Vec::with_capacity(BATCH);
    let mut number = 0;
    let mut rows = RowIter::from_file_into(Box::new(reader));
    while wanted {
        number += 1;
        match rows.next() {
            Some(Ok(row)) => {
                let place = Place { file: name.clone(), row: number, line: None, at: None };
                let columns = row.into_columns().into_iter().map(&mut named).collect::<Result<Map<_, _>, _>>();
                batch.push(Row { place, columns });
                if batch.len() == BATCH {
                    wanted = sender.send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))).is_ok();
                }
                continue;
            }
            Some(Err(error)) => batch.push(broken(&name, number, total, &error.to_string())),
            None => {}
        }
        let _ = sender.send(batch);
        break;
    }
    Ok(())
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

/// The columns whose moments are told by their zone.
fn zoned(schema: &SchemaDescriptor) -> HashSet<String> {
    let is_zoned = |column: &&ColumnDescPtr| match column.logical_type_ref() {
        Some(LogicalType::Timestamp(timestamp)) => timestamp.is_adjusted_to_u_t_c,
        Some(_) => false,
        None => matches!(column.converted_type(), ConvertedType::TIMESTAMP_MILLIS | ConvertedType::TIMESTAMP_MICROS),
    };
    schema.columns().iter().filter(is_zoned).filter_map(|column| column.path().parts().first().cloned()).collect()
}

fn value(field: Field, zone: bool) -> Value {
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
        Field::Group(row) => row.into_columns().into_iter().map(|(name, field)| (name, value(field, zone))).collect(),
        Field::ListInternal(list) => list.elements().iter().cloned().map(|field| value(field, zone)).collect(),
        Field::MapInternal(map) => map.entries().iter().cloned().map(|pair| entry(pair, zone)).collect(),
        Field::TimestampMillis(_) | Field::TimestampMicros(_) => moment(&field.to_string(), zone).into(),
        time => time.to_string().into(),
    }
}

/// `2026-01-02T03:04:05` of `2026-01-02 03:04:05.000000 +00:00`.
fn moment(text: &str, zone: bool) -> String {
    let mut words = text.split(' ');
    let (day, time) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let time = if time.contains('.') { time.trim_end_matches('0').trim_end_matches('.') } else { time };
    format!("{day}T{time}{}", if zone { "Z" } else { "" })
}

fn entry((key, field): (Field, Field), zone: bool) -> (String, Value) {
    let key = match value(key, zone) {
        Value::String(text) => text,
        other => other.to_string(),
    };
    (key, value(field, zone))
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
