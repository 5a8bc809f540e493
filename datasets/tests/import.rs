//! Tables become suites that load as they are.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use eval_core::TaskKind;
use eval_datasets::{ImportFormat, ImportOptions, Imported, SuiteError, import, load};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::{fs, io::Write, path::PathBuf};
use tempfile::TempDir;

/// A folder with sources, and the suite that an import writes.
struct Desk(TempDir);

impl Desk {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        files.iter().for_each(|(name, contents)| desk.write(name, contents));
        desk
    }

    fn write(&self, name: &str, contents: &[u8]) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    fn options(&self, source: &str) -> ImportOptions {
        ImportOptions { source: self.0.path().join(source), to: self.0.path().join("suite"), ..Default::default() }
    }

    fn import(&self, options: &ImportOptions) -> Result<Imported, SuiteError> {
        import(options, &mut |_| ())
    }

    /// Imports, and loads what was written.
    fn suite(&self, options: &ImportOptions) -> Imported {
        let imported = self.import(options).unwrap();
        let loaded = load(options.to.to_str().unwrap()).unwrap();
        let cases: usize = loaded.suite.tasks.iter().map(|task| task.cases.len()).sum();
        assert!(cases as u64 >= imported.tasks.iter().map(|task| task.cases).sum());
        imported
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join("suite").join(name)).unwrap()
    }

    fn cases(&self, name: &str) -> Vec<Value> {
        self.read(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// All files of the suite, without the path of this folder.
    fn all(&self) -> String {
        let mut files: Vec<PathBuf> =
            fs::read_dir(self.0.path().join("suite")).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let text = |path: &PathBuf| {
            format!("== {}\n{}\n", path.file_name().unwrap().to_str().unwrap(), fs::read_to_string(path).unwrap())
        };
        files.iter().map(text).collect::<String>().replace(self.0.path().to_str().unwrap(), "[DIR]")
    }
}

fn mapped(options: ImportOptions, pairs: &[(&str, &str)]) -> ImportOptions {
    let map = pairs.iter().map(|(target, column)| (target.to_string(), column.to_string())).collect();
    ImportOptions { map, ..options }
}

/// The reasons of skipped rows with their counts.
fn reasons(imported: &Imported) -> Vec<(&str, u64)> {
    imported.reasons.iter().map(|reason| (reason.why.as_str(), reason.count)).collect()
}

const TICKETS: &[u8] = b"\xef\xbb\xbfid,text,label,source\r\n\
t-1,Where is my parcel?,delivery,mail\r\n\
t-2,\"It says \"\"paid\"\" twice,\nand I paid once\",Billing,mail\r\n\
t-3,No label here,,mail\r\n\
t-4,Too few\r\n\
t-5,The invoice is wrong,billing ,chat\r\n\
t-1,The id again,delivery,mail\r\n\
t-6,\xff\xfe,delivery,mail\r\n\
t-7,a \"quote\" within,delivery,mail\r\n\
t-8,\"a quote that never ends,delivery,mail\r\n\
,No id but fine,delivery,mail\r\n\
t-9,,delivery,mail\r\n\
\r\n\
t-10,Refund me,billing,mail\r\n";

#[test]
fn a_table_with_broken_rows_becomes_a_classification() {
    let desk = Desk::new(&[("tickets.csv", TICKETS)]);
    let imported = desk.suite(&mapped(desk.options("tickets.csv"), &[("id", "id")]));
    assert_eq!(imported.tasks[0].kind, TaskKind::Classification);
    assert_eq!(imported.read, imported.skipped + imported.tasks[0].cases);
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(desk.all()) });
}

#[test]
fn a_stray_quote_costs_one_row() {
    let mut table = b"text,label\n\"never closed,a\n".to_vec();
    (0..50_000).for_each(|n| table.extend(format!("text {n},{}\n", if n % 2 == 0 { "a" } else { "b" }).bytes()));
    let desk = Desk::new(&[("t.csv", &table)]);
    let imported = desk.suite(&desk.options("t.csv"));
    assert_eq!((imported.tasks[0].cases, imported.skipped), (50_000, 1));
    assert_eq!(reasons(&imported), [("a quote that is not closed", 1)]);
    assert!(imported.reasons[0].first[0].ends_with("t.csv:2"), "{imported:?}");
}

#[test]
fn a_column_whose_values_recur_is_no_id_unless_it_is_mapped() {
    let desk = Desk::new(&[("t.csv", b"id,text,label\n1,x,a\n1,y,b\n2,z,a\n")]);
    desk.suite(&desk.options("t.csv"));
    assert_eq!(desk.cases("classify.jsonl")[1]["id"], "row-2");
    let given = ImportOptions { task: Some("given".into()), ..mapped(desk.options("t.csv"), &[("id", "id")]) };
    assert_eq!(reasons(&desk.suite(&given)), [("the id stands twice", 1)]);
}

#[test]
fn other_delimiters_and_what_tab_separated_files_mean_by_a_quote() {
    let tsv = b"text\tlabel\n5\" pipe\ta\n\"quoted\"\tb\n\"open\ta\nlast\tb\n";
    let desk = Desk::new(&[("t.tsv", tsv), ("t.csv", b"text;label\nx, y;a\nz;b\n")]);
    desk.suite(&desk.options("t.tsv"));
    let inputs: Vec<Value> = desk.cases("classify.jsonl").into_iter().map(|case| case["input"].clone()).collect();
    assert_eq!(inputs, ["5\" pipe", "quoted", "\"open", "last"]);
    desk.suite(&ImportOptions { task: Some("two".into()), ..desk.options("t.csv") });
    assert_eq!(desk.cases("two.jsonl")[0]["input"], "x, y");
}

#[test]
fn columns_are_mapped_and_made_to_objects() {
    let table = b"title,text,queue,lang,item,total,on\n\
        Hello,Two rolls,a,de,rolls,2.50,2026-05-03\n\
        Bye,\"Nothing, thanks\",b,en,,,\n\
        ,007 buns,a,de,buns,3,2026-02-28\n";
    let desk = Desk::new(&[("orders.csv", table)]);
    let input = [("input.subject", "title"), ("input.body", "text"), ("tags", "lang")];
    let label: Vec<_> = input.into_iter().chain([("expected", "queue")]).collect();
    desk.suite(&mapped(desk.options("orders.csv"), &label));
    let fields =
        input.into_iter().chain([("expected.item", "item"), ("expected.total", "total"), ("expected.when.day", "on")]);
    let fields: Vec<_> = fields.collect();
    let second = ImportOptions { task: Some("orders".into()), ..mapped(desk.options("orders.csv"), &fields) };
    let imported = desk.suite(&second);
    assert_eq!((imported.tasks[0].kind, imported.tasks[0].declining), (TaskKind::Extraction, 1));
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(desk.all()) });
}

#[test]
fn rows_of_json_are_found_and_broken_ones_passed_over() {
    let rows = r#"[{"text": "one", "label": "a"}, {"text": "two, ]", "label": "b"}, {"text": oops}, 7, {"text": "x", "text": "y"},
        {"text": "three", "label": "a"}]"#;
    let nested = format!("{{\"meta\": {{\"n\": 3, \"tags\": [1, 2]}}, \"data\": {{\"rows\": {rows}}}, \"end\": null}}");
    let two = format!("{{\"train\": {rows}, \"test\": {rows}}}");
    let files: [(&str, &[u8]); 4] = [
        ("list.json", rows.as_bytes()),
        ("nested.json", nested.as_bytes()),
        ("two.json", two.as_bytes()),
        ("lines.json", b"{\"text\": \"one\", \"label\": \"a\"}\n{\"text\": \"two\", \"label\": \"b\"}\n"),
    ];
    let desk = Desk::new(&files);
    for (at, (name, place)) in
        [("list.json", None), ("nested.json", Some("data.rows")), ("nested.json", None), ("two.json", Some("test"))]
            .into_iter()
            .enumerate()
    {
        let options = ImportOptions { at: place.map(String::from), task: Some(format!("t{at}")), ..desk.options(name) };
        let imported = desk.suite(&options);
        assert_eq!((imported.tasks[0].cases, imported.skipped), (3, 3), "{name}");
        assert_eq!(reasons(&imported), [("not valid JSON", 2), ("not a JSON object", 1)]);
    }
    let lines = ImportOptions { task: Some("lines".into()), ..desk.options("lines.json") };
    assert_eq!(desk.suite(&lines).tasks[0].cases, 2);
    let several = desk.import(&ImportOptions { task: Some("u".into()), ..desk.options("two.json") }).unwrap_err();
    assert_eq!(
        told(&several),
        format!(
            "`{}` holds several lists of objects | say which with `--at`: `train`, `test`",
            desk.options("two.json").source.display()
        )
    );
    let nowhere = ImportOptions { at: Some("data.row".into()), task: Some("u".into()), ..desk.options("nested.json") };
    assert!(
        told(&desk.import(&nowhere).unwrap_err())
            .ends_with("holds no list at `data.row` | lists of objects in it: `data.rows`")
    );
}

fn told(error: &SuiteError) -> String {
    let help = miette::Diagnostic::help(error).map(|help| help.to_string()).unwrap_or_default();
    format!("{error} | {help}")
}

#[test]
fn a_list_that_breaks_off_gives_what_stood_before() {
    let desk =
        Desk::new(&[("t.json", br#"[{"text": "one", "label": "a"}, {"text": "two", "label": "b"}, {"text": "th"#)]);
    let imported = desk.suite(&desk.options("t.json"));
    assert_eq!((imported.tasks[0].cases, reasons(&imported)), (2, vec![("the list breaks off here", 1)]));
}

#[test]
fn objects_become_an_extraction_with_a_schema_that_fits_them() {
    let lines = r#"{"id": "w-1", "input": "in Sonmarg", "expected_json": {"location": ["Sonmarg"]}}
{"id": "w-2", "input": "nothing", "expected_json": {}}
{"id": "w-3", "input": "Ada at Acme", "expected_json": "{\"person\": [\"Ada\"], \"group\": [\"Acme\"]}"}
{"id": "w-4", "input": "not an object", "expected_json": "Ada"}
"#;
    let desk = Desk::new(&[("w.jsonl", lines.as_bytes())]);
    let imported = desk.suite(&ImportOptions { kind: Some(TaskKind::Extraction), ..desk.options("w.jsonl") });
    assert_eq!((imported.tasks[0].cases, imported.tasks[0].declining), (4, 1));
    let imported = Desk::new(&[("w.jsonl", lines.rsplit_once("{\"id\": \"w-4\"").unwrap().0.as_bytes())]);
    let told = imported.suite(&imported.options("w.jsonl"));
    assert_eq!((told.tasks[0].kind, told.tasks[0].cases), (TaskKind::Extraction, 3));
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(imported.all()) });
}

#[test]
fn passages_make_questions() {
    let lines = r#"{"id": "q1", "question": "Who?", "passages": [{"title": "Ada", "text": "Ada did."}], "answers": ["Ada"], "answerable": true}
{"id": "q2", "question": "When?", "passages": [{"title": "Ada", "text": "Ada did."}], "answers": [], "answerable": false}
{"id": "q3", "question": "What?", "passages": [], "answers": ["x"], "answerable": true}
{"id": "q4", "question": "Why?", "passages": [{"title": "Ada", "text": "Ada did."}], "answers": [], "answerable": true}
"#;
    let desk = Desk::new(&[("q.jsonl", lines.as_bytes())]);
    let imported = desk.suite(&desk.options("q.jsonl"));
    assert_eq!((imported.tasks[0].kind, imported.tasks[0].cases, imported.tasks[0].declining), (TaskKind::Rag, 2, 1));
    assert_eq!(reasons(&imported), [("no passage", 1), ("no expected value", 1)]);
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(desk.all()) });
}

#[test]
fn calls_make_a_task_of_tools() {
    let tool = json!({"type": "function", "function": {"name": "refund", "parameters": {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]}}});
    let case = |expected: Value| json!({"input": "Refund 7.", "tools": [tool], "expected": expected}).to_string();
    let lines = [
        case(json!({"calls": [{"name": "refund", "arguments": {"order": "7"}}]})),
        case(json!({"calls": []})),
        case(json!({"calls": [{"name": "refund", "arguments": {"order": 7}}]})),
    ];
    let desk = Desk::new(&[("t.jsonl", lines.join("\n").as_bytes())]);
    let imported = desk.suite(&desk.options("t.jsonl"));
    assert_eq!((imported.tasks[0].kind, imported.tasks[0].cases, imported.skipped), (TaskKind::Tools, 2, 1));
    assert!(imported.reasons[0].first[0].contains("`refund` would not accept its argument `order`"), "{imported:?}");
}

#[test]
fn what_was_compressed_is_read_and_a_torn_file_is_told() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"{\"text\": \"one\", \"label\": \"a\"}\n{\"text\": \"two\", \"label\": \"b\"}\n").unwrap();
    let packed = packed.finish().unwrap();
    let desk = Desk::new(&[("t.jsonl.gz", &packed), ("torn.jsonl.gz", &packed[..packed.len() - 12])]);
    assert_eq!(desk.suite(&desk.options("t.jsonl.gz")).tasks[0].cases, 2);
    let torn = desk.import(&ImportOptions { task: Some("u".into()), ..desk.options("torn.jsonl.gz") }).unwrap_err();
    assert!(told(&torn).contains("is the file whole?"), "{torn}");
}

#[test]
fn a_limit_an_abstain_label_and_names() {
    let table: String = (0..100).map(|n| format!("text {n},{}\n", ["no", "yes", "unclear"][n % 3])).collect();
    let desk = Desk::new(&[("t.csv", format!("text,label\n{table}").as_bytes())]);
    let options = ImportOptions {
        limit: Some(10),
        abstain: Some("Unclear".into()),
        name: Some("mine".into()),
        task: Some("sort".into()),
        ..desk.options("t.csv")
    };
    let imported = desk.suite(&options);
    assert_eq!((imported.tasks[0].cases, imported.tasks[0].declining, imported.read), (10, 3, 10));
    let loaded = load(options.to.to_str().unwrap()).unwrap();
    assert_eq!((loaded.suite.name.as_str(), loaded.suite.tasks[0].abstain.as_deref()), ("mine", Some("Unclear")));
    assert_eq!(loaded.suite.tasks[0].labels, ["no", "Unclear", "yes"]);
}

#[test]
fn nothing_is_overwritten_and_nothing_is_left_of_what_failed() {
    let desk = Desk::new(&[
        ("t.csv", b"text,label\nx,a\ny,b\n"),
        ("none.csv", b"text,label\nx,\ny,\n"),
        ("mine/notes.txt", b""),
    ]);
    let none = desk.import(&desk.options("none.csv")).unwrap_err();
    assert!(told(&none).contains("2 × no expected value"), "{none}");
    assert!(!desk.0.path().join("suite").exists());
    let mine = ImportOptions { to: desk.0.path().join("mine"), ..desk.options("t.csv") };
    assert!(told(&desk.import(&mine).unwrap_err()).contains("is not empty"));
    assert_eq!(fs::read_dir(desk.0.path().join("mine")).unwrap().count(), 1);
    desk.suite(&desk.options("t.csv"));
    let before = desk.all();
    let again = desk.import(&desk.options("t.csv")).unwrap_err();
    assert_eq!(told(&again), "the suite has a task `classify` | name the new one otherwise with `--task`");
    desk.write("suite/other.jinja", b"mine");
    let taken = desk.import(&ImportOptions { task: Some("other".into()), ..desk.options("t.csv") }).unwrap_err();
    assert!(told(&taken).contains("is there already"), "{taken}");
    fs::remove_file(desk.0.path().join("suite/other.jinja")).unwrap();
    assert_eq!(desk.all(), before);
}

#[test]
fn mistakes_are_told_with_what_there_is() {
    let rows = b"text,label,other\nx,a,1\ny,b,2\n";
    let desk = Desk::new(&[
        ("t.csv", rows),
        ("t.data", rows),
        ("empty.csv", b""),
        ("head.csv", b"text,label\n"),
        ("same.csv", b"text,label\nx,a\ny,a\n"),
        ("twice.csv", b"a,a\n1,2\n"),
        (
            "squad.json",
            br#"{"version": "1.1", "data": [{"title": "Vell", "paragraphs": [{"context": "x", "qas": []}]}]}"#,
        ),
    ]);
    let with = |pairs: &[(&str, &str)]| mapped(desk.options("t.csv"), pairs);
    let kind = |kind| ImportOptions { kind: Some(kind), ..desk.options("t.csv") };
    let cases = [
        desk.options("missing.csv"),
        desk.options("t.data"),
        desk.options("empty.csv"),
        desk.options("head.csv"),
        desk.options("same.csv"),
        desk.options("twice.csv"),
        with(&[("expected", "lable")]),
        with(&[("expect", "label")]),
        with(&[("input", "text"), ("input", "other")]),
        with(&[("input", "text"), ("input.x", "other")]),
        kind(TaskKind::Rag),
        ImportOptions { abstain: Some("x".into()), ..kind(TaskKind::Extraction) },
        ImportOptions { task: Some("a b".into()), ..desk.options("t.csv") },
        ImportOptions { name: Some("-x".into()), ..desk.options("t.csv") },
        ImportOptions { at: Some("x".into()), ..desk.options("t.csv") },
        ImportOptions { split: Some("x".into()), ..desk.options("t.csv") },
        ImportOptions { format: Some(ImportFormat::Parquet), ..desk.options("t.csv") },
        ImportOptions { format: Some(ImportFormat::Jsonl), ..desk.options("t.csv") },
        ImportOptions { at: Some("data".into()), ..desk.options("squad.json") },
    ];
    let told: Vec<String> = cases.iter().map(|options| told(&desk.import(options).unwrap_err())).collect();
    let told = told.join("\n").replace(desk.0.path().to_str().unwrap(), "[DIR]");
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(told) });
    assert!(!desk.0.path().join("suite").exists());
}

#[test]
fn long_texts_to_extract_are_warned_of() {
    let row = |n: usize| format!("question {n},{}\n", format!("reply {n} ").repeat(40));
    let rows: String = (0..3).map(row).collect();
    let desk = Desk::new(&[("t.csv", format!("text,answer\n{rows}").as_bytes())]);
    let imported = desk.suite(&desk.options("t.csv"));
    assert_eq!(imported.tasks[0].kind, TaskKind::Extraction);
    assert!(
        imported.notes.iter().any(|note| note.contains("the longest text to extract has 320 characters")),
        "{imported:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_file_is_a_suite_that_loads_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "[\\[\\]{}\",:a-c0-9\\\\\n\t ]{0,120}") {
        let table = format!("text,label\nx,a\ny,b\n{text}");
        let list = format!("[{{\"text\": \"x\", \"label\": \"a\"}}, {{\"text\": \"y\", \"label\": \"b\"}}, {text}");
        for (name, contents) in [("t.csv", bytes.as_slice()), ("t.json", bytes.as_slice()), ("t.parquet", bytes.as_slice()), ("u.csv", table.as_bytes()), ("u.tsv", table.as_bytes()), ("u.json", list.as_bytes()), ("v.json", text.as_bytes())] {
            let desk = Desk::new(&[(name, contents)]);
            let options = desk.options(name);
            if desk.import(&options).is_ok() {
                load(options.to.to_str().unwrap()).unwrap();
            }
        }
    }
}
