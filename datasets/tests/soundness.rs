//! What `eval suites check` finds in suites that load.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Folder;
use eval_core::Task;
use eval_datasets::{Alike, Foretold, Warning, WarningKind, near_duplicates, shortcuts};
use serde_json::{Value, json};

fn lines(cases: impl IntoIterator<Item = Value>) -> String {
    cases.into_iter().map(|case| format!("{case}\n")).collect()
}

/// Cases of `triage`, by input and label.
fn triage(cases: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    let numbered = cases.iter().enumerate();
    folder.write(
        "triage.jsonl",
        lines(numbered.map(|(n, (input, label))| json!({"id": format!("t-{n}"), "input": input, "expected": label}))),
    );
    folder
}

/// The warnings of a kind about a task, each with its places.
fn warned(folder: &Folder, task: &str, kind: WarningKind) -> Vec<(String, Vec<String>)> {
    let warnings = folder.load().unwrap().soundness().warnings;
    let about = |warning: &Warning| warning.task == task && warning.kind == kind;
    let told = |warning: Warning| {
        let places = warning.places.iter().map(|place| {
            let note = place.note.as_deref().unwrap_or_default();
            format!("{}:{} {} {note}", place.file, place.line, place.case).trim_end().to_string()
        });
        (warning.message, places.collect())
    };
    warnings.into_iter().filter(about).map(told).collect()
}

fn places(folder: &Folder, task: &str, kind: WarningKind) -> Vec<String> {
    warned(folder, task, kind).into_iter().flat_map(|(_, places)| places).collect()
}

const LONG: &str = "the blue kettle that I ordered for my aunt has a crack in its lid and drips on the table";

#[test]
fn what_is_asked_twice() {
    let folder = triage(&[
        ("where is it", "delivery"),
        ("hm", "undetermined"),
        ("Where  is it", "delivery"),
        ("where is it", "returns"),
        ("where is it?", "delivery"),
    ]);
    let text = std::fs::read_to_string(folder.path().join("triage.jsonl")).unwrap();
    folder.write("triage.jsonl", text.replacen('\n', "\n\n", 1));
    assert_eq!(places(&folder, "triage", WarningKind::Duplicate), ["triage.jsonl:4 t-2 as triage.jsonl:1 (t-0)"]);
    assert_eq!(places(&folder, "triage", WarningKind::Contradiction), ["triage.jsonl:5 t-3 as triage.jsonl:1 (t-0)"]);
}

#[test]
fn a_question_is_asked_of_its_passages() {
    let folder = Folder::new();
    let case = |id: &str, passage: &str, answers: &[&str]| json!({"id": id, "input": "how long may I keep it", "context": [{"id": "k", "text": passage}], "expected": {"answers": answers}});
    let none = json!({"id": "a-4", "input": "how long may I keep it", "context": [{"id": "k", "text": "30 days"}], "expected": {"answerable": false}});
    folder.write(
        "answers.jsonl",
        lines([
            case("a-1", "30 days", &["30 days"]),
            case("a-2", "14 days", &["14 days"]),
            case("a-3", "30 days", &["thirty days", "30 Days"]),
            none,
        ]),
    );
    assert_eq!(places(&folder, "answers", WarningKind::Duplicate), ["answers.jsonl:3 a-3 as answers.jsonl:1 (a-1)"]);
    assert_eq!(
        places(&folder, "answers", WarningKind::Contradiction),
        ["answers.jsonl:4 a-4 as answers.jsonl:1 (a-1)"]
    );
    assert_eq!(places(&folder, "answers", WarningKind::NearDuplicate), [""; 0]);
}

#[test]
fn calls_in_another_order_are_no_contradiction() {
    let folder = Folder::new();
    let call = |order: &str| json!({"name": "lookup_order", "arguments": {"order_number": order}});
    let case = |id: &str, calls: Value, order: &str| json!({"id": id, "input": "both", "expected": {"calls": calls, "order": order}});
    let cases = |order| {
        lines([case("x-1", json!([call("1"), call("2")]), order), case("x-2", json!([call("2"), call("1")]), order)])
    };
    folder.write("actions.jsonl", cases("any"));
    assert_eq!(places(&folder, "actions", WarningKind::Contradiction), [""; 0]);
    folder.write("actions.jsonl", cases("given"));
    assert_eq!(places(&folder, "actions", WarningKind::Contradiction).len(), 1);
}

#[test]
fn what_is_nearly_asked_twice_unless_it_is_one_thread() {
    let again = LONG.replace("aunt", "uncle");
    let folder = triage(&[(LONG, "returns"), ("where is it", "delivery"), (&again, "returns")]);
    let found = places(&folder, "triage", WarningKind::NearDuplicate);
    assert_eq!(found, ["triage.jsonl:3 t-2 76 % of the wording of triage.jsonl:1 (t-0)"]);
    folder.replace("triage.jsonl", "\"id\":\"t-0\"", "\"id\":\"t-0\",\"cluster\":\"kettle\"");
    folder.replace("triage.jsonl", "\"id\":\"t-2\"", "\"id\":\"t-2\",\"cluster\":\"kettle\"");
    assert_eq!(places(&folder, "triage", WarningKind::NearDuplicate), [""; 0]);
}

#[test]
fn in_a_large_task_every_case_of_a_pattern_is_found() {
    let other = |n: usize| (n..n + 6).map(|n| word(7 * n)).collect::<Vec<_>>().join(" ");
    let text = |n: usize| if n.is_multiple_of(3) { LONG.replace("aunt", &word(n)) } else { other(100 * n) };
    let cases = (0..6000).map(|n| json!({"id": format!("t-{n}"), "input": text(n), "expected": "returns"}));
    let folder = Folder::new();
    folder.write("triage.jsonl", lines(cases));
    let loaded = folder.load().unwrap();
    let pairs = near_duplicates(&loaded.suite.tasks[0], &Alike::WARNED);
    let mut found: Vec<usize> = pairs.iter().flat_map(|pair| [pair.first, pair.second]).collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, (0..6000).filter(|n| n % 3 == 0).collect::<Vec<_>>());
    assert!(pairs.len() < 40_000, "{}", pairs.len());
}

#[test]
fn a_label_is_leaked_by_a_marker_or_a_column_and_not_by_its_word() {
    let folder = triage(&[
        ("a billing matter, I think: billing", "billing"),
        ("it came late. Label: delivery", "delivery"),
        ("{\"text\": \"it broke\", \"category\": \"Returns\"}", "returns"),
        ("label: delivery-note missing", "delivery"),
        ("category: returns", "billing"),
        ("answer = 'undetermined'.", "undetermined"),
    ]);
    assert_eq!(
        places(&folder, "triage", WarningKind::Leak),
        [
            "triage.jsonl:2 t-1 it is marked `label:`",
            "triage.jsonl:3 t-2 it is marked `category:`",
            "triage.jsonl:6 t-5 it is marked `answer:`"
        ]
    );
}

#[test]
fn a_column_that_the_prompt_does_not_show_is_no_leak() {
    let labels = ["billing", "delivery", "returns"];
    let cases = (0..30).map(|n| {
        let label = labels[n % 3];
        json!({"id": format!("t-{n}"), "input": {"text": format!("letter number {n}"), "desk": label, "label": label}, "expected": label})
    });
    let folder = Folder::new();
    folder.write("triage.jsonl", lines(cases));
    folder.write("triage.jinja", "{{ input.text }}");
    assert_eq!(places(&folder, "triage", WarningKind::Leak), [""; 0]);
    folder.write("triage.jinja", "{{ input.text }} {{ input.desk | upper }}");
    let found = places(&folder, "triage", WarningKind::Leak);
    assert_eq!((found.len(), found[0].as_str()), (30, "triage.jsonl:1 t-0 the input's `desk` is the label"));
    folder.write("triage.jinja", "{{ input.text }}{% if input.label == \"x\" %}!{% endif %}");
    assert_eq!(places(&folder, "triage", WarningKind::Leak), [""; 0]);
}

#[test]
fn an_answer_is_leaked_by_its_question() {
    let folder = Folder::new();
    let case = |id: &str, input: &str, answers: &[&str]| json!({"id": id, "input": input, "context": [{"id": "k", "text": "Returns within thirty days, by DHL Express."}], "expected": {"answers": answers}});
    folder.write(
        "answers.jsonl",
        lines([
            case("a-1", "I was told thirty days. How long may I keep it?", &["Thirty days", "30 days"]),
            case("a-2", "Is it thirty days or sixty days?", &["thirty days"]),
            case("a-3", "Is it free?", &["yes"]),
            case("a-4", "Who carries thirty-days parcels? answer: 30", &["30"]),
            case("a-5", "within expressly what", &["express"]),
            case("a-6", "thirty days I know, but by which firm", &["DHL", "thirty days"]),
        ]),
    );
    assert_eq!(
        places(&folder, "answers", WarningKind::Leak),
        ["answers.jsonl:1 a-1 the answer stands in the question", "answers.jsonl:4 a-4 it is marked `answer:`"]
    );
}

#[test]
fn values_of_an_extraction_may_stand_in_the_text_and_the_gold_may_not() {
    let folder = Folder::new();
    assert_eq!(places(&folder, "fields", WarningKind::Leak), [""; 0]);
    let gold = json!({"order_number": "FM-1", "total": 5});
    let input = json!({"body": "FM-1, 5 euros", "parsed": gold});
    folder.write("fields.jsonl", lines([json!({"id": "f-1", "input": input, "expected": gold})]));
    assert_eq!(places(&folder, "fields", WarningKind::Leak), [""; 0]);
    folder.write("fields.jinja", "{{ input.body }} {{ input.parsed | tojson }}");
    assert_eq!(
        places(&folder, "fields", WarningKind::Leak),
        ["fields.jsonl:1 f-1 the input's `parsed` is the expected object"]
    );
}

#[test]
fn an_expected_call_is_leaked_as_json() {
    let folder = Folder::new();
    folder.replace(
        "actions.jsonl",
        "refund FM-1",
        "system: {\\\"name\\\": \\\"refund\\\", \\\"arguments\\\": {\\\"order_number\\\": \\\"FM-1\\\"}}",
    );
    assert_eq!(
        places(&folder, "actions", WarningKind::Leak),
        ["actions.jsonl:1 x-1 the input holds the expected call as JSON"]
    );
    folder.replace("actions.jsonl", "FM-1\\\"}}", "FM-2\\\"}}");
    assert_eq!(places(&folder, "actions", WarningKind::Leak), [""; 0]);
}

#[test]
fn a_case_that_is_an_example_of_the_prompt() {
    let folder = triage(&[(LONG, "returns"), ("where is it", "delivery")]);
    folder.replace(
        "triage.jinja",
        "One of",
        &format!("So is \"{LONG}\" returns, and \"where is it\" delivery.\nOne of"),
    );
    let [(message, places)] = &warned(&folder, "triage", WarningKind::Leak)[..] else { panic!("one warning") };
    assert!(message.contains("example"), "{message}");
    assert_eq!(places, &["triage.jsonl:1 t-0"]);
}

#[test]
fn slices_balance_and_size() {
    let label = |n: usize| if n < 48 { "delivery" } else { "billing" };
    let tags = |n: usize| if n < 35 { json!(["all", "many"]) } else { json!(["all", "few", "few"]) };
    let cases = (0..60).map(|n| json!({"id": format!("t-{n}"), "input": format!("letter {n}"), "expected": label(n), "tags": tags(n), "cluster": format!("c-{}", n % 15)}));
    let folder = Folder::new();
    folder.write("triage.jsonl", lines(cases));
    let kinds = [
        WarningKind::Size,
        WarningKind::Clusters,
        WarningKind::Declining,
        WarningKind::RareLabel,
        WarningKind::Imbalance,
        WarningKind::TinySlice,
        WarningKind::TagOnAll,
    ];
    let told: Vec<String> =
        kinds.iter().flat_map(|kind| warned(&folder, "triage", *kind)).map(|(message, _)| message).collect();
    common::snapshot!(told.join("\n"));
}

#[test]
fn personal_data_is_named_by_place_and_never_by_value() {
    let folder = triage(&[
        ("my card is 4929 1234 5678 9015, write to jo@gmail.com", "billing"),
        ("my card is 4111 1111 1111 1111, write to jo@example.org", "billing"),
    ]);
    let found = warned(&folder, "triage", WarningKind::PersonalData);
    assert_eq!(found[0].1, ["triage.jsonl:1 t-0 a card number, a mail address"]);
    let all = serde_json::to_string(&folder.load().unwrap().soundness()).unwrap();
    assert!(!all.contains("4929") && !all.contains("gmail"), "{all}");
    folder.replace("suite.toml", "description", "data_policy = \"local-only\"\ndescription");
    assert_eq!(warned(&folder, "triage", WarningKind::PersonalData), []);
}

/// A word for a number, without digits, which are all alike.
fn word(mut n: usize) -> String {
    let mut word = String::from("x");
    while n > 0 {
        word.push(char::from(b'a' + (n % 26) as u8));
        n /= 26;
    }
    word
}

/// A task of `n` cases, each with the label and the words that the function gives.
fn task(n: usize, of: impl Fn(usize) -> (String, &'static str, Option<String>)) -> Task {
    let folder = Folder::new();
    let cases = (0..n).map(|number| {
        let (input, label, cluster) = of(number);
        let mut case = json!({"id": format!("t-{number}"), "input": input, "expected": label});
        if let Some(cluster) = cluster {
            case["cluster"] = cluster.into();
        }
        case
    });
    folder.write("triage.jsonl", lines(cases));
    folder.load().unwrap().suite.tasks.remove(0)
}

#[test]
fn one_word_gives_a_label_away_and_is_learnt_from_other_cases_only() {
    let label = |n: usize| ["billing", "delivery", "returns", "billing"][n % 4];
    let telling = task(80, |n| (format!("own{n} text about {}", label(n)), label(n), None));
    let [shortcut] = &shortcuts(&telling)[..] else { panic!("one outcome") };
    assert_eq!((shortcut.foretold, shortcut.commonest.as_str(), shortcut.majority), (Foretold::Label, "billing", 0.5));
    assert_eq!((shortcut.keyword, shortcut.neighbour, shortcut.tried), (1.0, 1.0, 80));

    // Each word stands in one case alone: nothing can be learnt from the others.
    let silent = task(80, |n| (word(n), label(n), None));
    let [shortcut] = &shortcuts(&silent)[..] else { panic!("one outcome") };
    assert_eq!((shortcut.keyword, shortcut.neighbour), (0.5, 0.5));

    // The same within clusters: pairs of cases that tell each other's label, and count for nothing.
    let pairs = task(80, |n| (word(n / 2), label(n / 2), Some(format!("c{}", n / 2))));
    let [shortcut] = &shortcuts(&pairs)[..] else { panic!("one outcome") };
    assert_eq!((shortcut.keyword, shortcut.neighbour), (0.5, 0.5));
}

#[test]
fn the_bar_is_held_against_what_reads_nothing() {
    let label = |n: usize| ["billing", "delivery", "returns"][n % 3];
    let folder = triage(&[]);
    let of = |words: fn(usize, &str) -> String| {
        lines((0..60).map(|n| json!({"id": format!("t-{n}"), "input": words(n, label(n)), "expected": label(n)})))
    };
    folder.write("triage.jsonl", of(|n, label| format!("{} about {label}", word(n))));
    let [(message, _)] = &warned(&folder, "triage", WarningKind::Shortcut)[..] else { panic!("one warning") };
    assert!(message.contains("100 %") && message.contains("85 %"), "{message}");
    folder.write("triage.jsonl", of(|n, _| word(n)));
    assert_eq!(warned(&folder, "triage", WarningKind::Shortcut), []);
}
