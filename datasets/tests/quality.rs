//! What the built-in suites promise of their cases: written one by one, enough of them to decide, and measuring reading.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Folder;
use eval_core::{Case, Task, TaskKind};
use eval_datasets::{Alike, Foretold, built_in, load, near_duplicates, shortcuts};
use std::collections::BTreeMap;

/// The least number of cases in each task of a suite.
const SIZES: [(&str, usize); 2] = [("documents", 300), ("support-tickets", 400)];

/// Cases that a tag must stand on to show something.
const SLICE: usize = 30;

/// Points that must lie between the bar and what is right without reading.
const ROOM: f64 = 0.20;

/// Points by which the wording may tell whether declining is right, above what is right by always saying the same.
const TELLING: f64 = 0.10;

/// The most that one opening may begin of a task's cases.
const OPENING: f64 = 0.02;

/// What is wrong with every task of the built-in suites by some measure.
fn every_task(wrong: impl Fn(&Task) -> Vec<String>) -> Vec<String> {
    let suites = built_in().into_iter().map(|info| load(&info.name).unwrap().suite);
    suites
        .flat_map(|suite| {
            let of_task = |task: &Task| wrong(task).into_iter().map(|what| format!("{} {what}", task.name)).collect();
            let found: Vec<Vec<String>> = suite.tasks.iter().map(of_task).collect();
            found.into_iter().flatten().map(move |what| format!("{}: {what}", suite.name)).collect::<Vec<_>>()
        })
        .collect()
}

fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_are_enough_cases_to_decide() {
    for (suite, least) in SIZES {
        for task in load(suite).unwrap().suite.tasks {
            assert!(task.cases.len() >= least, "{suite}: {} has {} cases", task.name, task.cases.len());
        }
    }
    assert_eq!(built_in().len(), SIZES.len(), "a new suite needs a size here");
}

#[test]
fn no_two_cases_share_a_skeleton() {
    assert_none(every_task(alike));
}

/// The pairs of cases that share wording.
fn alike(task: &Task) -> Vec<String> {
    let pairs = near_duplicates(task, &Alike::BUILT_IN).into_iter();
    pairs
        .map(|pair| {
            let [one, other] = [pair.first, pair.second].map(|place| &task.cases[place].id);
            format!("{one} and {other} are alike: Jaccard {:.2}, containment {:.2}", pair.jaccard, pair.containment)
        })
        .collect()
}

#[test]
fn cases_are_short_and_long() {
    assert_none(every_task(lengths));
}

fn lengths(task: &Task) -> Vec<String> {
    let mut lengths: Vec<usize> = task.cases.iter().map(|case| text(case).split_whitespace().count()).collect();
    lengths.sort_unstable();
    let at = |share: f64| lengths[(share * lengths.len() as f64) as usize];
    let (tenth, ninetieth) = (at(0.1), at(0.9));
    let is_spread = tenth < 25 && ninetieth > 100;
    if is_spread { Vec::new() } else { vec![format!("has 80 % of its cases between {tenth} and {ninetieth} words")] }
}

#[test]
fn cases_begin_differently() {
    assert_none(every_task(openings));
}

fn openings(task: &Task) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for case in &task.cases {
        let body = body(case).to_lowercase();
        let words = body.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        *counts.entry(words.take(2).collect::<Vec<_>>().join(" ")).or_default() += 1;
    }
    let most = OPENING * task.cases.len() as f64;
    let often = counts.into_iter().filter(|(_, count)| *count as f64 > most);
    often.map(|(words, count)| format!("has {count} cases that begin with {words:?}")).collect()
}

/// What a person wrote, without the dates and numbers that a system adds.
fn text(case: &Case) -> String {
    let subject = case.input["subject"].as_str().unwrap_or_default();
    format!("{subject}\n{}", body(case))
}

fn body(case: &Case) -> &str {
    case.input.as_str().or_else(|| case.input["body"].as_str()).unwrap()
}

#[test]
fn labels_are_balanced() {
    assert_none(every_task(imbalance));
}

/// No label has more than a quarter of the cases more than its even share, or less than a third of that.
fn imbalance(task: &Task) -> Vec<String> {
    if task.kind != TaskKind::Classification {
        return Vec::new();
    }
    let cases = task.cases.len() as f64;
    let even = cases / task.labels.len() as f64;
    let count = |label: &String| task.cases.iter().filter(|case| case.expected_json() == **label).count();
    let counted = task.labels.iter().map(|label| (label, count(label)));
    let odd = counted.filter(|(_, count)| (*count as f64) < even / 3.0 || *count as f64 > even + cases / 4.0);
    odd.map(|(label, count)| format!("expects {label} in {count} cases")).collect()
}

#[test]
fn every_slice_shows_something() {
    assert_none(every_task(|task| {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        task.cases.iter().flat_map(|case| &case.tags).for_each(|tag| *counts.entry(tag).or_default() += 1);
        let small = counts.iter().filter(|(_, count)| **count < SLICE || **count == task.cases.len());
        let mut wrong: Vec<String> = small.map(|(tag, count)| format!("has {count} cases tagged {tag}")).collect();
        for tag in
            ["short", "long", "multilingual", "noise", "ambiguous", "injection", "numbers", "negation", "decline"]
        {
            if !counts.contains_key(tag) {
                wrong.push(format!("has no case tagged {tag}"));
            }
        }
        wrong
    }));
}

#[test]
fn tags_of_length_and_of_declining_are_true() {
    assert_none(every_task(|task| {
        let mut wrong = Vec::new();
        for case in &task.cases {
            let has = |tag: &str| case.tags.iter().any(|own| own == tag);
            let words = text(case).split_whitespace().count();
            if has("short") != (words < 25) || (has("long") && words <= 80) {
                wrong.push(format!("{} has {words} words and the tags {:?}", case.id, case.tags));
            }
            if has("decline") != case.should_decline {
                wrong.push(format!(
                    "{} is tagged {:?}, and declining is right: {}",
                    case.id, case.tags, case.should_decline
                ));
            }
        }
        wrong
    }));
}

#[test]
fn declining_is_right_in_a_quarter_to_a_third() {
    assert_none(every_task(|task| {
        let declining = task.cases.iter().filter(|case| case.should_decline).count() as f64 / task.cases.len() as f64;
        let is_fair = (0.20..=0.36).contains(&declining);
        if is_fair { Vec::new() } else { vec![format!("declines in {:.0} % of its cases", 100.0 * declining)] }
    }));
}

#[test]
fn what_reads_nothing_stays_well_below_the_bar() {
    assert_none(every_task(easy));
}

fn easy(task: &Task) -> Vec<String> {
    let bar = task.bars["accuracy"].min.unwrap();
    let mut wrong = Vec::new();
    for shortcut in shortcuts(task) {
        let most = match shortcut.foretold {
            Foretold::Declining => shortcut.majority + TELLING,
            _ => bar - ROOM,
        };
        if shortcut.best() > most {
            wrong.push(format!("is easy, the bar being {bar}: {shortcut:?}"));
        }
    }
    wrong
}

/// The warnings that no built-in suite has.
#[test]
fn nothing_is_amiss_with_the_built_in_suites() {
    for info in built_in() {
        let warnings = load(&info.name).unwrap().soundness().warnings;
        assert!(warnings.is_empty(), "{}: {warnings:#?}", info.name);
    }
}

/// A task as a program would write it: three patterns and lists of fillers.
#[test]
fn templated_text_fails() {
    let patterns = [
        (
            "billing",
            "Hello, I have a question about my bill. I was charged {n} euros for the {thing} last week. Please check this. Thanks, {name}",
        ),
        (
            "delivery",
            "Hello, I have a question about my delivery. The {thing} with number {n} has not arrived yet. Please check this. Thanks, {name}",
        ),
        (
            "returns",
            "Hello, I have a question about a return. I would like to send back the {thing} of order {n}. Please check this. Thanks, {name}",
        ),
    ];
    let (things, names) = (["kettle", "tent", "lamp", "mug", "stove"], ["Ada", "Ben", "Cem", "Dora"]);
    let mut lines = String::new();
    for number in 0..60 {
        let (label, pattern) = patterns[number % 3];
        let text = pattern.replace("{n}", &(1000 + number).to_string());
        let text = text.replace("{thing}", things[number % 5]).replace("{name}", names[number % 4]);
        lines += &format!("{{\"id\": \"t-{number}\", \"input\": \"{text}\", \"expected\": \"{label}\"}}\n");
    }
    let folder = Folder::new();
    folder.write("triage.jsonl", lines);
    let loaded = folder.load().unwrap();
    let task = &loaded.suite.tasks[0];
    let in_a_pair = near_duplicates(task, &Alike::BUILT_IN).len();
    assert!(in_a_pair >= 57 * 3, "{in_a_pair}");
    assert!(!lengths(task).is_empty() && !openings(task).is_empty() && !imbalance(task).is_empty());
    assert!(!easy(task).is_empty(), "{:?}", shortcuts(task));
}
