use super::fixture::{Run, one_model, summarize};
use crate::{ReportError, read_run};
use std::{fs, path::Path};

fn write(dir: &Path, run: &Run) {
    fs::write(dir.join("run.json"), serde_json::to_string(&run.manifest).unwrap()).unwrap();
    let lines: Vec<String> = run.records.iter().map(|r| serde_json::to_string(r).unwrap() + "\n").collect();
    fs::write(dir.join("records.jsonl"), lines.concat()).unwrap();
}

#[test]
fn a_run_reads_back_as_it_was_written_and_a_torn_line_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let mut run = one_model();
    run.manifest.notes.push("m: it was hard".into());
    write(dir.path(), &run);
    let read = read_run(dir.path()).unwrap();
    let noted = run.manifest.notes.clone();
    assert_eq!((read.manifest.clone(), read.records, read.notes.clone()), (run.manifest, run.records.len(), noted));

    let path = dir.path().join("records.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.len() - 30]).unwrap();
    let torn = read_run(dir.path()).unwrap();
    assert_eq!(torn.records, read.records - 1);
    assert_eq!(torn.notes[1], "m: it was hard");
    assert_eq!(
        torn.notes[..1],
        ["records.jsonl, line 160: the last line was cut off while being written and is left out."]
    );
}

/// The error of a run folder that was spoilt.
fn error(spoil: impl Fn(&Path)) -> String {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &one_model());
    spoil(dir.path());
    let error = read_run(dir.path()).unwrap_err().to_string();
    error.replace(&dir.path().display().to_string(), "RUN")
}

#[test]
fn every_folder_that_is_no_run_is_told_apart() {
    let edit = |dir: &Path, file: &str, edit: &dyn Fn(String) -> String| {
        let path = dir.join(file);
        let text = edit(fs::read_to_string(&path).unwrap());
        fs::write(path, text).unwrap();
    };
    let manifest =
        |from: &'static str, to: &'static str| error(move |dir| edit(dir, "run.json", &|t| t.replace(from, to)));
    let records = |change: fn(String) -> String| error(move |dir| edit(dir, "records.jsonl", &change));
    let errors = [
        error(|dir| fs::remove_dir_all(dir).unwrap()),
        error(|dir| fs::remove_file(dir.join("run.json")).unwrap()),
        error(|dir| fs::write(dir.join("run.json"), "{\"v\": 1, \"id\"").unwrap()),
        error(|dir| fs::write(dir.join("run.json"), [0xff, 0xfe]).unwrap()),
        manifest("{\"v\":1", "{\"v\":2"),
        manifest("{\"v\":1,", "{"),
        manifest("\"repeats\":1", "\"repeats\":\"one\""),
        error(|dir| fs::remove_file(dir.join("records.jsonl")).unwrap()),
        records(|_| String::new()),
        records(|_| "{\"v\":1,\"task\":".into()),
        records(|text| text.replacen("\"outcome\":\"scored\"", "\"outcome\":\"great\"", 1)),
        records(|text| text.replacen("{\"v\":1", "{\"v\":3", 1)),
        records(|text| text.replacen("\"task\":\"triage\"", "\"task\":\"other\"", 1)),
        records(|text| text.replacen("\"model\":\"smollm2-135m\"", "\"model\":\"other\"", 1)),
        records(|text| format!("{text}{}\n", text.lines().next().unwrap())),
    ];
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn a_record_that_belongs_nowhere_is_no_summary_either() {
    let mut run = one_model();
    run.records[3].task = "other".into();
    assert!(matches!(summarize(&run), Err(ReportError::Record { .. })));
}
