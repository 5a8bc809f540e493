//! Many questions on one document, asked of a model in process.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Sandbox;
use eval_core::{Prompt, Runner};
use eval_runners::candle::{CandleRunner, CandleSettings};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

const CASES: usize = 24;

fn model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("runners/tests/fixtures/models/tiny-qwen2.gguf")
}

/// A suite whose prompts fit the small context of the model; one case in four has another second passage.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let suite = "name = \"short\"\n\n[[task]]\nname = \"answers\"\nkind = \"rag\"\nmax_output_tokens = 8\n";
    let case = |n: usize| {
        let second = if n % 4 == 3 { "None leave today." } else { "All are sent as letters, and on Sundays none." };
        let first = "Small ones go first, and then the others.";
        let context = json!([{"id": "kb-1", "text": first}, {"id": "kb-2", "text": second}]);
        let case = json!({
            "id": format!("a-{n}"),
            "input": format!("Is it {n}?"),
            "context": context,
            "expected": {"answerable": false},
        });
        format!("{case}\n")
    };
    sandbox.write("short/suite.toml", suite).write("short/answers.jsonl", (0..CASES).map(case).collect::<String>());
    sandbox.write("short/answers.jinja", "{% for p in context %}{{ p.text }}\n{% endfor %}{{ input }}\n");
    sandbox
}

#[test]
fn no_byte_depends_on_which_cases_are_asked() {
    let sandbox = sandbox();
    fs::copy(model(), sandbox.path().join("tiny.gguf")).unwrap();
    let texts = |words: &str| -> BTreeMap<String, String> {
        sandbox.eval_to(0, &format!("run --suite ./short --candidate candle:tiny.gguf --quiet {words}"));
        let records = sandbox.runs().pop().unwrap().records().into_iter();
        records.map(|record| (record["case"].to_string(), record["text"].to_string())).collect()
    };
    let all = texts("");
    assert_eq!(all.len(), CASES);
    for words in ["--limit 1", "--limit 5 --concurrency 1", "--sample 9 --seed 4"] {
        assert!(texts(words).iter().all(|(case, text)| all[case] == *text), "{words}");
    }
}

/// Tokens of these prompts that the model read, and that they have.
fn tokens(prompts: &[Prompt]) -> (u64, u64) {
    let settings = CandleSettings { date: "2026-03-14".into(), ..CandleSettings::default() };
    let runner = CandleRunner::load(&model(), &settings).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let of = |prompt| runtime.block_on(runner.respond(prompt)).unwrap().usage.input_tokens.unwrap();
    let all = prompts.iter().map(of).sum();
    (runner.tokens_read(), all)
}

#[test]
fn the_document_is_read_once() {
    let sandbox = sandbox();
    let loaded = eval_datasets::load(&sandbox.path().join("short").display().to_string()).unwrap();
    let task = &loaded.suite.tasks[0];
    let prompts = task.cases.iter().map(|case| {
        let prompt = loaded.prompt(task, case, 0, None).unwrap();
        Prompt { shared: loaded.shared(task, case, &prompt, None), ..prompt }
    });
    let prompts: Vec<Prompt> = prompts.collect();
    let same = |prompt: &&Prompt| prompt.messages[0].content.contains("Sundays");
    let one: Vec<Prompt> = prompts.iter().filter(same).cloned().collect();
    let (read, all) = tokens(&one);
    let (first, _) = tokens(&one[..1]);
    let (own, each) = ((read - first) / (one.len() as u64 - 1), all / one.len() as u64);
    assert!(own * 3 < each, "{own} of {each} tokens are read for each further question");
    // The other document begins with the same passage: of it only the rest is read.
    let other = all_of(&prompts) - all_of(&one);
    let (both, _) = tokens(&prompts);
    assert!(both - read < other, "{both}, {read}, {other}");
}

/// Tokens that are read where nothing is said of what the prompts share.
fn all_of(prompts: &[Prompt]) -> u64 {
    let unsaid: Vec<Prompt> = prompts.iter().map(|prompt| Prompt { shared: Vec::new(), ..prompt.clone() }).collect();
    tokens(&unsaid).0
}
