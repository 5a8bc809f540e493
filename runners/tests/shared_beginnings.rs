//! Prompts that begin alike: what they share is read once, and no byte of an answer depends on that.
#![allow(clippy::unwrap_used)]

use eval_core::{Message, Prompt, PromptId, Role, Runner, RunnerErrorKind};
use eval_runners::candle::{CandleRunner, CandleSettings, MemorySize, Representation};
use std::{path::PathBuf, sync::Arc};

fn load(concurrency: usize, max_memory: Option<u64>) -> CandleRunner {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/tiny-llama.gguf");
    let settings = CandleSettings {
        date: "2026-03-14".into(),
        concurrency: Some(concurrency),
        max_memory: max_memory.map(MemorySize),
        // Held as `auto` would have it, the weights would be another part of that.
        representation: Representation::F32,
        ..CandleSettings::default()
    };
    CandleRunner::load(&path, &settings).unwrap()
}

const PASSAGES: [&str; 3] = ["Small ones are sent as letters. ", "Others go by lorry. ", "None leave on a Sunday. "];

/// A question on the first `passages` of a document.
fn question(document: usize, passages: usize, case: usize) -> Prompt {
    let message = |role, content: &str| Message { role, content: content.into() };
    let mut words = format!("{document}. ");
    let mut shared = Vec::new();
    for passage in &PASSAGES[..passages] {
        words.push_str(passage);
        shared.push(words.len());
    }
    // Whatever a question begins with, its document is the same.
    let begin = ["is", "9", "(", "\nIs"][case % 4];
    words.push_str(&format!("{begin} {case} {}?", "so ".repeat(1 + case % 3)));
    let hash = format!("{document:016}{case:016}");
    Prompt {
        id: PromptId { task: "t".into(), case: format!("d{document}-c{case}"), case_hash: hash, repeat: 0 },
        messages: vec![
            message(Role::System, "Answer from the text."),
            message(Role::User, "0. None are. Is it so?"),
            message(Role::Assistant, "No."),
            message(Role::User, &words),
        ],
        tools: Arc::from([]),
        schema: None,
        labels: Arc::from([]),
        max_output_tokens: 8,
        stop: Vec::new(),
        shared,
    }
}

fn texts(runner: &CandleRunner, prompts: &[Prompt]) -> Vec<(String, Option<u64>)> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let answers = prompts.iter().map(|prompt| runner.respond(prompt));
    let answers = runtime.block_on(futures_util::future::join_all(answers));
    answers.into_iter().map(|answer| answer.unwrap()).map(|answer| (answer.text, answer.usage.input_tokens)).collect()
}

#[test]
fn a_document_is_read_once_however_many_questions_there_are() {
    let questions: Vec<Prompt> = (0..20).map(|case| question(1, 3, case)).collect();
    // Tokens that were read, and that the prompts have.
    let tokens = |prompts: &[Prompt]| {
        let runner = load(16, None);
        let all: u64 = texts(&runner, prompts).into_iter().filter_map(|answer| answer.1).sum();
        (runner.tokens_read(), all)
    };
    let (read, all) = tokens(&questions[..2]);
    let shared = all - read;
    let unmarked: Vec<Prompt> = questions.iter().map(|q| Prompt { shared: Vec::new(), ..q.clone() }).collect();
    let (read, all) = tokens(&unmarked[..2]);
    // Three passages of some seventy characters, of which the tiny tokenizer makes about as many tokens.
    assert!(shared > all - read + 60, "{shared}");
    let (read, all) = tokens(&questions);
    assert_eq!(read, all - 19 * shared);
    let one = tokens(&questions[..1]);
    assert_eq!(one.0, one.1, "alone nothing is read twice or left out");
}

#[test]
fn no_byte_depends_on_what_is_kept_on_the_order_or_on_what_is_beside() {
    let mut prompts: Vec<Prompt> = (0..36)
        .map(|case| question(case % 3, 1 + case % 3, case))
        .chain((0..4).map(|case| question(9, 0, case)))
        .collect();
    let alone = prompts.iter().map(|prompt| texts(&load(1, None), std::slice::from_ref(prompt)).remove(0));
    let expected: Vec<_> = alone.collect();
    assert!(expected.iter().any(|one| one.0 != expected[0].0), "the prompts make no difference");
    let runner = load(16, None);
    assert_eq!(texts(&runner, &prompts), expected);
    let read = runner.tokens_read();
    assert_eq!(texts(&runner, &prompts), expected, "everything is kept by now");
    assert!(runner.tokens_read() < 2 * read);
    // So little memory that hardly anything stays.
    let tight = load(16, Some(weights(&runner) + 110_000));
    assert_eq!(texts(&tight, &prompts), expected);
    assert!(tight.tokens_read() > read, "{} and {read}: nothing was forgotten", tight.tokens_read());
    prompts.reverse();
    let reversed: Vec<_> = expected.into_iter().rev().collect();
    assert_eq!(texts(&load(16, None), &prompts), reversed);
}

#[test]
fn a_prompt_that_no_memory_is_enough_for_is_an_error_that_says_how_much_is() {
    let weights = weights(&load(1, None));
    let runner = load(1, Some(weights + 20_000));
    let prompt = question(1, 3, 0);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let error = runtime.block_on(runner.respond(&prompt)).unwrap_err();
    assert_eq!(error.kind, RunnerErrorKind::OutOfMemory);
    let more = error.message.split("raise `max_memory` by ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    let enough = load(1, Some(weights + 20_000 + 1_000 * more.parse::<u64>().unwrap()));
    assert!(runtime.block_on(enough.respond(&prompt)).is_ok(), "{error}");
}

fn weights(runner: &CandleRunner) -> u64 {
    runner.details()["memory"]["weights"].as_u64().unwrap()
}
