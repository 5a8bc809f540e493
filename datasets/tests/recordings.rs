//! The recordings that come with the built-in suites fit them: a case or a prompt that changes makes them stale.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use eval_datasets::{Recorded, built_in, load};
use serde_json::Value;
use std::{collections::BTreeMap, io::Read};

const NAME: &str = "qwen2.5-coder-0.5b";

#[test]
fn every_built_in_suite_comes_with_one_of_its_present_state() {
    for suite in built_in() {
        let loaded = load(&suite.name).unwrap();
        assert_eq!(Recorded::names(&suite.name).unwrap(), [NAME], "{}", suite.name);
        let Recorded { manifest, mut lines } = Recorded::open(&suite.name, NAME).unwrap();
        let again = "record it again: eval suites record";
        for task in &loaded.suite.tasks {
            let recorded = manifest.tasks.iter().find(|info| info.name == task.name);
            let asked = recorded.map(|info| info.prompt_hash.as_str());
            assert_eq!(asked, Some(loaded.prompt_hash(task).as_str()), "the prompt of {} changed: {again}", task.name);
        }
        let mut text = String::new();
        lines.read_to_string(&mut text).unwrap();
        let line = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            let word = |key: &str| line[key].as_str().unwrap().to_string();
            ((word("task"), word("case")), word("case_hash"))
        };
        let recorded: BTreeMap<_, _> = text.lines().map(line).collect();
        let cases = loaded.suite.tasks.iter().flat_map(|task| &task.cases);
        let cases = cases.map(|case| ((case.task.to_string(), case.id.to_string()), case.hash.to_string()));
        let cases: BTreeMap<_, _> = cases.collect();
        let stale: Vec<_> = cases.iter().filter(|(case, hash)| recorded.get(*case) != Some(hash)).take(5).collect();
        assert!(stale.is_empty(), "{}: {stale:?} are not as they were recorded: {again}", suite.name);
        assert_eq!(recorded.len(), cases.len(), "{}: {again}", suite.name);
    }
}

#[test]
fn they_say_what_made_them() {
    for suite in built_in() {
        let manifest = Recorded::open(&suite.name, NAME).unwrap().manifest;
        let model = &manifest.models[0];
        assert_eq!((model.name.as_str(), model.runner.as_str()), (NAME, "candle"));
        assert_eq!(model.details["licence"], "Apache-2.0");
        let digest = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32";
        assert!(model.details.to_string().contains(digest), "{}", model.details);
        assert!(!serde_json::to_string(&manifest).unwrap().contains("/home/"), "a place of a machine");
    }
}
