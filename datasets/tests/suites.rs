//! Suites that are as they should be.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Folder;
use eval_core::{Expected, Role, Selection, TaskKind};
use eval_datasets::{LoadedSuite, WarningKind, built_in, init, load, select};
use std::collections::BTreeSet;

#[test]
fn every_built_in_suite_loads_from_the_binary_and_from_its_folder() {
    let suites = built_in();
    assert!(suites.iter().any(|suite| suite.name == "support-tickets"));
    for info in suites {
        assert!(!info.description.is_empty(), "{}", info.name);
        let embedded = load(&info.name).unwrap();
        let folder = load(&format!("{}/suites/{}", env!("CARGO_MANIFEST_DIR"), info.name)).unwrap();
        assert_eq!(embedded.suite.hash, folder.suite.hash);
        assert_eq!(embedded.suite.name, info.name);
    }
}

#[test]
fn the_support_tickets_are_enough_and_a_quarter_of_them_declines() {
    let suite = load("support-tickets").unwrap().suite;
    assert_eq!(
        suite.tasks.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(),
        ["triage", "fields", "answers", "actions"]
    );
    for task in &suite.tasks {
        let declining = task.cases.iter().filter(|case| case.should_decline).count();
        assert!(task.cases.len() >= 400, "{}: {}", task.name, task.cases.len());
        // A quarter, to within a twentieth of it.
        assert!(400 * declining >= 95 * task.cases.len(), "{}: {declining} of {}", task.name, task.cases.len());
    }
}

/// The turns of these roles in the first case of each task, as a model sees them.
fn prompts(loaded: &LoadedSuite, roles: &[Role]) -> String {
    let mut out = String::new();
    for task in &loaded.suite.tasks {
        let prompt = loaded.prompt(task, &task.cases[0], 0, None).unwrap();
        for message in prompt.messages.iter().filter(|message| roles.contains(&message.role)) {
            out.push_str(&format!("=== {} {:?} ===\n{}\n", task.name, message.role, message.content));
        }
    }
    out
}

#[test]
fn the_system_turns_of_the_support_tickets() {
    let loaded = load("support-tickets").unwrap();
    common::snapshot!(prompts(&loaded, &[Role::System]));
    for task in &loaded.suite.tasks {
        let systems: BTreeSet<_> = task
            .cases
            .iter()
            .map(|case| loaded.prompt(task, case, 0, None).unwrap().messages[0].clone())
            .map(|message| (message.role == Role::System, message.content))
            .collect();
        assert_eq!(
            systems.len(),
            1,
            "{}: the system turn differs between cases, so that no prefix is shared",
            task.name
        );
    }
}

#[test]
fn a_suite_written_by_init_loads_and_nothing_is_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let written = init(&dir.path().join("mine")).unwrap();
    let names: Vec<_> = written.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert!(names.contains(&"suite.toml") && names.contains(&"README.md"), "{names:?}");
    let loaded = load(dir.path().join("mine").to_str().unwrap()).unwrap();
    assert_eq!(loaded.suite.tasks.iter().map(|task| task.cases.len()).collect::<Vec<_>>(), [8, 8]);
    common::snapshot!(prompts(&loaded, &[Role::System, Role::User]));
    let kinds: BTreeSet<_> = loaded.soundness().warnings.iter().map(|warning| warning.kind).collect();
    assert!(!kinds.contains(&WarningKind::Leak) && !kinds.contains(&WarningKind::Duplicate), "{kinds:?}");
    let error = init(&dir.path().join("mine")).unwrap_err();
    assert!(error.to_string().ends_with("is not empty"), "{error}");
}

#[test]
fn what_a_folder_says_is_what_a_run_gets() {
    let folder = Folder::new();
    let loaded = folder.load().unwrap();
    let [triage, fields, answers, actions] = &loaded.suite.tasks[..] else { panic!("four tasks") };
    assert_eq!(triage.labels, ["billing", "delivery", "returns", "undetermined"]);
    assert_eq!([triage, fields, answers, actions].map(|t| t.max_output_tokens), [16, 400, 200, 300]);
    assert_eq!(
        answers.cases[0].expected,
        Expected::Answers { answers: vec!["30 days".into()], citations: vec!["kb-1".into()] }
    );

    let prompt = loaded.prompt(triage, &triage.cases[0], 2, None).unwrap();
    assert_eq!(prompt.id.repeat, 2);
    assert_eq!(prompt.messages[0].content, "One of: billing, delivery, returns, undetermined.");
    assert_eq!((prompt.messages[1].role, prompt.messages[1].content.as_str()), (Role::User, "where is it"));
    let of =
        |index: usize| loaded.prompt(&loaded.suite.tasks[index], &loaded.suite.tasks[index].cases[0], 0, None).unwrap();
    assert_eq!(of(1).schema.as_deref(), fields.schema.as_deref());
    assert!(of(0).schema.is_none() && of(2).schema.is_none());
    assert_eq!(of(2).messages.len(), 1, "a template without blocks is the user turn");
    assert_eq!(of(3).tools.iter().map(|tool| tool.name()).collect::<Vec<_>>(), ["lookup_order", "refund"]);
}

#[test]
fn declining_is_told_from_the_expected_outcome() {
    let folder = Folder::new();
    folder.write(
        "fields.jsonl",
        "{\"id\": \"f-1\", \"input\": {\"body\": \"b\"}, \"expected\": {\"order_number\": null, \"total\": null, \"lines\": []}}\n\
         {\"id\": \"f-2\", \"input\": {\"body\": \"b\"}, \"expected\": {\"order_number\": null, \"total\": 0}}\n",
    );
    folder.write(
        "answers.jsonl",
        "{\"id\": \"a-1\", \"input\": \"b\", \"context\": [{\"id\": \"k\", \"text\": \"t\"}], \"expected\": {\"answerable\": false}}\n",
    );
    folder.write("actions.jsonl", "{\"id\": \"x-1\", \"input\": \"b\", \"expected\": {\"calls\": []}}\n");
    let tasks = folder.load().unwrap().suite.tasks;
    let declining: Vec<Vec<_>> =
        tasks.iter().map(|task| task.cases.iter().map(|case| case.should_decline).collect()).collect();
    assert_eq!(declining, [vec![false, true], vec![true, false], vec![true], vec![true]]);
}

#[test]
fn hashes_see_content_and_neither_ids_nor_tags_nor_order() {
    let hash = |change: &dyn Fn(&Folder)| {
        let folder = Folder::new();
        change(&folder);
        let loaded = folder.load().unwrap();
        let task = &loaded.suite.tasks[0];
        (loaded.suite.hash.clone(), task.cases[0].hash, loaded.prompt_hash(task))
    };
    let (suite, case, prompt) = hash(&|_| {});
    let renamed = hash(&|folder| {
        folder.replace("triage.jsonl", "\"t-1\",", "\"t-9\", \"tags\": [\"x\"], \"cluster\": \"c\",");
    });
    assert_eq!(renamed, (suite.clone(), case, prompt.clone()));
    let reordered = hash(&|folder| {
        let text = std::fs::read_to_string(folder.path().join("triage.jsonl")).unwrap();
        folder.write("triage.jsonl", text.lines().rev().collect::<Vec<_>>().join("\n"));
    });
    assert_eq!(reordered.0, suite);
    for (from, to) in [("where is it", "where is she"), ("\"delivery\"", "\"returns\"")] {
        let changed = hash(&|folder| {
            folder.replace("triage.jsonl", from, to);
        });
        assert_ne!(changed.1, case);
        assert_ne!(changed.0, suite);
        assert_eq!(changed.2, prompt);
    }
    let reworded = hash(&|folder| {
        folder.replace("triage.jinja", "One of", "Any of");
    });
    assert_eq!(reworded.1, case);
    assert_ne!(reworded.2, prompt);
    assert_ne!(reworded.0, suite);
    let stricter = hash(&|folder| {
        folder.replace("suite.toml", "min = 0.85", "min = 0.9");
    });
    assert_ne!(stricter.0, suite);
}

#[test]
fn a_mark_blank_lines_and_windows_line_ends_are_read() {
    let folder = Folder::new();
    let text = std::fs::read_to_string(folder.path().join("triage.jsonl")).unwrap();
    folder.write("triage.jsonl", format!("\u{feff}\n{}", text.replace('\n', "\r\n\r\n")));
    let settings = std::fs::read_to_string(folder.path().join("suite.toml")).unwrap();
    folder.write("suite.toml", format!("\u{feff}{settings}"));
    assert_eq!(folder.load().unwrap().suite.tasks[0].cases.len(), 2);
}

#[test]
fn an_abstain_label_that_is_listed_keeps_its_place() {
    let folder = Folder::new();
    folder.replace("suite.toml", "\"billing\", \"delivery\"", "\"undetermined\", \"billing\", \"delivery\"");
    assert_eq!(folder.load().unwrap().suite.tasks[0].labels, ["undetermined", "billing", "delivery", "returns"]);
}

#[test]
fn metrics_keep_their_settings() {
    let folder = Folder::new();
    folder.replace("suite.toml", "kind = \"rag\"", "kind = \"rag\"\nmetrics = [\"latency\", { name = \"length\", max = 200, unit = \"words\", weights = [0.5, 1] }]");
    let metrics = folder.load().unwrap().suite.tasks.remove(2).metrics;
    assert_eq!(metrics[0].name, "latency");
    assert_eq!(serde_json::to_string(&metrics[1].settings).unwrap(), r#"{"max":200,"unit":"words","weights":[0.5,1]}"#);
}

#[test]
fn the_settings_file_names_its_folder_too() {
    let folder = Folder::new();
    let path = folder.path().join("suite.toml");
    assert_eq!(load(path.to_str().unwrap()).unwrap().suite.hash, folder.load().unwrap().suite.hash);
}

#[test]
fn selections() {
    let suite = load("support-tickets").unwrap().suite;
    let task = suite.tasks.iter().find(|task| task.kind == TaskKind::Classification).unwrap();
    let ids = |selection: Selection, seed| {
        select(task, &selection, seed).iter().map(|case| case.id.clone()).collect::<Vec<_>>()
    };
    let all = ids(Selection::default(), 0);
    assert_eq!(all.len(), task.cases.len());
    assert_eq!(ids(Selection { limit: Some(3), ..Default::default() }, 0), all[..3]);
    let sample = ids(Selection { sample: Some(10), ..Default::default() }, 7);
    assert_eq!(sample, ids(Selection { sample: Some(10), ..Default::default() }, 7));
    assert_ne!(sample, ids(Selection { sample: Some(10), ..Default::default() }, 8));
    let larger = ids(Selection { sample: Some(20), ..Default::default() }, 7);
    assert!(sample.iter().all(|id| larger.contains(id)), "a larger sample holds the smaller one");
    let tagged = select(task, &Selection { tags: vec!["short".into(), "long".into()], ..Default::default() }, 0);
    assert!(
        !tagged.is_empty() && tagged.iter().all(|case| case.tags.iter().any(|tag| tag == "short" || tag == "long"))
    );
}
