//! Parquet as Hugging Face lays it out: shards, nested columns, labels as numbers with their names in the metadata.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use eval_core::TaskKind;
use eval_datasets::{ImportFormat, ImportOptions, Imported, SuiteError, import, load};
use parquet::{
    basic::Compression,
    column::writer::ColumnWriter,
    data_type::ByteArray,
    file::{metadata::KeyValue, properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};
use serde_json::{Value, json};
use std::{fs, path::Path, sync::Arc};

/// Values of a column with their definition and repetition levels.
enum Column {
    Texts(Vec<&'static str>, Vec<i16>, Vec<i16>),
    Numbers(Vec<i64>, Vec<i16>, Vec<i16>),
    Bytes(Vec<&'static [u8]>),
}

fn write(path: &Path, schema: &str, features: &Value, codec: Compression, groups: Vec<Vec<Column>>) {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let metadata = KeyValue::new("huggingface".into(), json!({"info": {"features": features}}).to_string());
    let properties =
        WriterProperties::builder().set_compression(codec).set_key_value_metadata(Some(vec![metadata])).build();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = SerializedFileWriter::new(fs::File::create(path).unwrap(), schema, Arc::new(properties)).unwrap();
    for columns in groups {
        let mut group = file.next_row_group().unwrap();
        for column in columns {
            let mut writer = group.next_column().unwrap().unwrap();
            match (writer.untyped(), column) {
                (ColumnWriter::ByteArrayColumnWriter(writer), Column::Texts(values, defined, repeated)) => {
                    let values: Vec<ByteArray> = values.into_iter().map(ByteArray::from).collect();
                    let repeated = (!repeated.is_empty()).then_some(repeated.as_slice());
                    writer.write_batch(&values, Some(&defined), repeated).unwrap();
                }
                (ColumnWriter::ByteArrayColumnWriter(writer), Column::Bytes(values)) => {
                    let defined = vec![1; values.len()];
                    let values: Vec<ByteArray> = values.into_iter().map(ByteArray::from).collect();
                    writer.write_batch(&values, Some(&defined), None).unwrap();
                }
                (ColumnWriter::Int64ColumnWriter(writer), Column::Numbers(values, defined, repeated)) => {
                    let repeated = (!repeated.is_empty()).then_some(repeated.as_slice());
                    writer.write_batch(&values, Some(&defined), repeated).unwrap();
                }
                _ => panic!("a column of another type"),
            }
            writer.close().unwrap();
        }
        group.close().unwrap();
    }
    file.close().unwrap();
}

const LABELLED: &str = "message schema { optional binary text (UTF8); optional int64 label; }";

fn features() -> Value {
    json!({"text": {"dtype": "string", "_type": "Value"}, "label": {"names": ["negative", "positive"], "_type": "ClassLabel"}})
}

fn labelled(texts: &[&'static str], labels: &[i64]) -> Vec<Column> {
    let all = vec![1; texts.len()];
    vec![Column::Texts(texts.to_vec(), all.clone(), vec![]), Column::Numbers(labels.to_vec(), all, vec![])]
}

fn run(source: &Path, split: Option<&str>) -> Result<(Imported, Vec<Value>), SuiteError> {
    let to = source.ancestors().nth(1).unwrap().join(format!("suite-{}", split.unwrap_or("all")));
    let options = ImportOptions { source: source.into(), to, split: split.map(String::from), ..Default::default() };
    let imported = import(&options, &mut |_| ())?;
    load(options.to.to_str().unwrap()).unwrap();
    let cases = fs::read_to_string(options.to.join(format!("{}.jsonl", imported.tasks[0].name))).unwrap();
    Ok((imported, cases.lines().map(|line| serde_json::from_str(line).unwrap()).collect()))
}

#[test]
fn shards_are_one_table_and_labels_have_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = vec![labelled(&["dull", "fine"], &[0, 1]), labelled(&["unlabelled"], &[-1])];
    write(&data.join("train-00000-of-00002.parquet"), LABELLED, &features(), Compression::SNAPPY, first);
    let second = vec![labelled(&["lovely", "odd"], &[1, 7])];
    write(
        &data.join("train-00001-of-00002.parquet"),
        LABELLED,
        &features(),
        Compression::GZIP(Default::default()),
        second,
    );
    let test = vec![labelled(&["so so", "great"], &[0, 1])];
    write(&data.join("test-00000-of-00001.parquet"), LABELLED, &features(), Compression::UNCOMPRESSED, test);

    let several = run(&data, None).unwrap_err();
    assert!(several.to_string().contains("holds several parts"), "{several}");
    let (imported, cases) = run(&data, Some("train")).unwrap();
    let labels: Vec<&Value> = cases.iter().map(|case| &case["expected"]).collect();
    // A number beyond the names stays what it is.
    assert_eq!(labels, ["negative", "positive", "positive", "7"]);
    assert_eq!(cases[3]["id"], "row-5");
    assert_eq!(imported.reasons[0].why, "no expected value");
    assert!(imported.reasons[0].first[0].ends_with("train-00000-of-00002.parquet: row 3"), "{imported:?}");
    assert_eq!(run(&data, Some("test")).unwrap().0.tasks[0].labels.len(), 2);

    fs::remove_file(data.join("train-00001-of-00002.parquet")).unwrap();
    let missing = run(&data, Some("train")).unwrap_err();
    assert_eq!(missing.to_string(), "1 of 2 shards are there");
}

const NESTED: &str = "message schema {
    optional binary id (UTF8); optional binary context (UTF8); optional binary question (UTF8);
    optional group answers {
        optional group text (LIST) { repeated group list { optional binary element (UTF8); } }
        optional group answer_start (LIST) { repeated group list { optional int64 element; } }
    }
}";

#[test]
fn structs_of_lists_are_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/dev.parquet");
    let plain = |values: Vec<&'static str>| Column::Texts(values, vec![1, 1], vec![]);
    // Row 1 has two answers, row 2 an empty list.
    let columns = vec![
        plain(vec!["q1", "q2"]),
        plain(vec!["Ada wrote it in 1843.", "Ada wrote it."]),
        plain(vec!["When?", "Where?"]),
        Column::Texts(vec!["1843", "in 1843"], vec![4, 4, 2], vec![0, 1, 0]),
        Column::Numbers(vec![16, 13], vec![4, 4, 2], vec![0, 1, 0]),
    ];
    write(&path, NESTED, &Value::Null, Compression::SNAPPY, vec![columns]);
    let (imported, cases) = run(&path, None).unwrap();
    assert_eq!((imported.tasks[0].kind, imported.tasks[0].declining), (TaskKind::Rag, 1));
    assert_eq!(cases[0]["expected"], json!({"answers": ["1843", "in 1843"]}));
    assert_eq!(cases[0]["context"], json!([{"id": "p1", "text": "Ada wrote it in 1843."}]));
    assert_eq!(cases[1]["expected"], json!({"answerable": false}));
}

#[test]
fn a_file_that_is_cut_or_changed_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/t.parquet");
    let groups = (0..20).map(|_| labelled(&["dull and long enough", "fine"], &[0, 1])).collect();
    write(&path, LABELLED, &features(), Compression::SNAPPY, groups);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let cut = run(&path, None).unwrap_err();
    assert!(cut.to_string().contains("is no Parquet file that can be read"), "{cut}");
    // Whatever stands in it: rows, or a reason.
    for at in (4..whole.len()).step_by(61) {
        let mut changed = whole.clone();
        changed[at] = changed[at].wrapping_mul(31).wrapping_add(17);
        fs::write(&path, &changed).unwrap();
        let _ = run(&path, None);
        let _ = fs::remove_dir_all(folder.path().join("data/suite-all"));
    }
}

#[test]
fn text_that_is_not_utf_8_is_no_answer_and_bytes_that_are_no_text_are_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/t.parquet");
    let schema = "message schema { optional binary picture; optional binary text (UTF8); optional binary label; }";
    let columns = vec![
        Column::Bytes(vec![b"\xff\xd8\x01", b"\xff\xd8\x02", b"\xff\xd8\x03", b"\xff\xd8\x04"]),
        Column::Texts(vec!["one", "two", "three", "four"], vec![1; 4], vec![]),
        Column::Bytes(vec![b"fine", b"dull", b"d\xfcll", b"fine"]),
    ];
    write(&path, schema, &Value::Null, Compression::SNAPPY, vec![columns]);
    let (imported, cases) = run(&path, None).unwrap();
    assert_eq!((cases.len(), imported.skipped, imported.tasks[0].kind), (3, 1, TaskKind::Classification));
    assert_eq!(imported.reasons[0].why, "not UTF-8");
    assert!(imported.reasons[0].first[0].ends_with("row 3 (the column `label`)"), "{imported:?}");
}

#[test]
fn moments_are_written_as_iso_has_them_and_compared_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/t.parquet");
    let schema = "message schema {
        optional binary text (UTF8); optional int64 here (TIMESTAMP(MICROS,false)); optional int64 there (TIMESTAMP(MILLIS,true));
    }";
    let second = 1_767_323_045;
    let columns = vec![
        Column::Texts(vec!["one", "two"], vec![1; 2], vec![]),
        Column::Numbers(vec![second * 1_000_000, second * 1_000_000 + 250_000], vec![1; 2], vec![]),
        Column::Numbers(vec![second * 1_000, second * 1_000], vec![1; 2], vec![]),
    ];
    write(&path, schema, &Value::Null, Compression::SNAPPY, vec![columns]);
    let to = folder.path().join("suite");
    let map = [("expected.here", "here"), ("expected.there", "there"), ("input", "text")];
    let map = map.map(|(target, column)| (target.to_string(), column.to_string())).to_vec();
    let options = ImportOptions { source: path, to: to.clone(), map, ..Default::default() };
    import(&options, &mut |_| ()).unwrap();
    let cases = fs::read_to_string(to.join("extract.jsonl")).unwrap();
    assert!(cases.contains(r#"{"here":"2026-01-02T03:04:05","there":"2026-01-02T03:04:05Z"}"#), "{cases}");
    assert!(cases.contains("03:04:05.25\""), "{cases}");
    let settings = fs::read_to_string(to.join("suite.toml")).unwrap();
    assert_eq!(settings.matches("compare = \"datetime\"").count(), 2, "{settings}");
}

#[test]
fn parquet_read_as_something_else_is_said_to_be_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/t.parquet");
    write(&path, LABELLED, &features(), Compression::SNAPPY, vec![labelled(&["dull", "fine"], &[0, 1])]);
    for format in ["squad", "clinc", "promptfoo", "jsonl"] {
        let format = ImportFormat::named(format);
        let options = ImportOptions { source: path.clone(), to: folder.path().join("s"), format, ..Default::default() };
        let error = import(&options, &mut |_| ()).unwrap_err().to_string();
        assert!(error.ends_with("t.parquet` is Parquet"), "{error}");
    }
}
