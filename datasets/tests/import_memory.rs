//! An import keeps nothing of a row but a hash of its id: ten times the rows take no more memory.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use eval_datasets::{ImportOptions, import};
use parquet::{
    data_type::{ByteArray, ByteArrayType},
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};
use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

/// A row in a group of Parquet, and lines between flushes.
const GROUP: usize = 5_000;

fn text(row: usize) -> String {
    format!(
        "The parcel {row} that was ordered in week {} has not come; it was to be here {} days ago.",
        row % 52,
        row % 9
    )
}

fn lines(path: &Path, rows: usize, head: &str, line: impl Fn(usize) -> String, tail: &str) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    file.write_all(head.as_bytes()).unwrap();
    (0..rows).for_each(|row| file.write_all(line(row).as_bytes()).unwrap());
    file.write_all(tail.as_bytes()).unwrap();
    file.flush().unwrap();
}

fn shards(path: &Path, rows: usize) {
    let schema =
        "message schema { required binary id (UTF8); required binary text (UTF8); required binary label (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut file =
        SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::new(WriterProperties::default())).unwrap();
    for start in (0..rows).step_by(GROUP) {
        let mut group = file.next_row_group().unwrap();
        for column in 0..3 {
            let value = |row| ByteArray::from(cells(row)[column].as_bytes().to_vec());
            let values: Vec<ByteArray> = (start..rows.min(start + GROUP)).map(value).collect();
            let mut writer = group.next_column().unwrap().unwrap();
            writer.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
            writer.close().unwrap();
        }
        group.close().unwrap();
    }
    file.close().unwrap();
}

fn cells(row: usize) -> [String; 3] {
    [format!("t-{row}"), text(row), format!("queue-{}", row % 7)]
}

fn object(row: usize) -> String {
    let [id, text, label] = cells(row);
    format!("{{\"id\": \"{id}\", \"text\": \"{text}\", \"label\": \"{label}\"}}")
}

fn source(folder: &Path, ending: &str, rows: usize) -> PathBuf {
    let path = folder.join(format!("{rows}.{ending}"));
    match ending {
        "csv" => lines(&path, rows, "id,text,label\n", |row| cells(row).join(",") + "\n", ""),
        "json" => {
            let item = |row| format!("{}{}", if row == 0 { "" } else { ",\n" }, object(row));
            lines(&path, rows, "{\"data\": [", item, "]}");
        }
        _ => shards(&path, rows),
    }
    path
}

/// The number of kilobytes behind a name in this process's status.
fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Kilobytes that an import takes beyond what the process had, at its peak; `None`: the peak cannot be set back here.
fn peak(folder: &Path, source: &Path) -> Option<u64> {
    fs::write("/proc/self/clear_refs", "5").ok()?;
    let before = status("VmRSS:");
    let to = folder.join("suite");
    import(&ImportOptions { source: source.into(), to: to.clone(), ..Default::default() }, &mut |_| ()).unwrap();
    let peak = status("VmHWM:").saturating_sub(before);
    fs::remove_dir_all(to).unwrap();
    Some(peak)
}

#[test]
fn ten_times_the_rows_take_no_more_memory() {
    let folder = tempfile::tempdir().unwrap();
    for ending in ["csv", "json", "parquet"] {
        let [few, many] = [20_000, 200_000].map(|rows| source(folder.path(), ending, rows));
        let (Some(few), Some(many)) = (peak(folder.path(), &few), peak(folder.path(), &many)) else {
            eprintln!("skipped: the peak of memory cannot be set back here");
            return;
        };
        println!("{ending}: {few} kB for 20,000 rows, {many} kB for 200,000");
        // The hashes of 180,000 ids take 2 MB, twice that while their table grows.
        assert!(many < few + 8_000, "{ending}: {few} kB for 20,000 rows, {many} kB for 200,000");
    }
}
