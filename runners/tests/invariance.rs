//! The same prompt alone and among others: 500 prompts, one by one and sixteen at once a worker.
#![allow(clippy::unwrap_used)]

use eval_core::{Message, Prompt, PromptId, Role, Runner};
use eval_runners::{
    candle::{CandleRunner, CandleSettings, Representation},
    catalogue::{self, Environment},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

const ARTICLES: [&str; 10] =
    ["tent", "kettle", "lamp", "rope", "pair of boots", "stove", "map", "blanket", "flask", "bicycle pump"];
const TROUBLES: [&str; 10] = [
    "it came without its lid",
    "it has not come at all, although the parcel was announced for last Tuesday and the neighbours have not seen it",
    "it is of the wrong colour",
    "I was charged twice",
    "it smells of smoke when it is used for longer than a quarter of an hour",
    "it is broken",
    "I ordered two and got three",
    "nobody answers my mails about it; this is the fourth one that I write to you",
    "I no longer need it",
    "the voucher did not count",
];
const WISHES: [&str; 5] = [
    "Please send another.",
    "What now?",
    "I want my money back, and soon.",
    "Is there anything to be done about that, or should I look elsewhere?",
    "Thanks!",
];

fn prompts(max_output_tokens: u32) -> Vec<Prompt> {
    let message = |role, content: String| Message { role, content };
    let words = |case: usize| {
        let (article, trouble, wish) = (ARTICLES[case % 10], TROUBLES[case / 10 % 10], WISHES[case / 100]);
        format!("About the {article}: {trouble}. {wish}")
    };
    let prompt = |case: usize| Prompt {
        id: PromptId { task: "t".into(), case: format!("c-{case}"), case_hash: format!("{case:032}"), repeat: 0 },
        messages: vec![
            message(Role::System, "Say in a few words what the customer wants.".into()),
            message(Role::User, words(case)),
        ],
        tools: Arc::from([]),
        schema: None,
        labels: Arc::from([]),
        max_output_tokens,
        stop: Vec::new(),
        shared: Vec::new(),
    };
    (0..500).map(prompt).collect()
}

fn texts(path: &Path, held: Representation, concurrency: Option<usize>, prompts: &[Prompt]) -> Vec<String> {
    let settings =
        CandleSettings { date: "2026-03-14".into(), representation: held, concurrency, ..CandleSettings::default() };
    let runner = CandleRunner::load(path, &settings).unwrap();
    assert_eq!(runner.details()["same_answer_alone_and_in_a_batch"], "yes, to the bit");
    assert_eq!(runner.details()["batch"], if concurrency.is_none() { 16 } else { 1 });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let answers = runtime.block_on(futures_util::future::join_all(prompts.iter().map(|prompt| runner.respond(prompt))));
    answers.into_iter().map(|answer| answer.unwrap().text).collect()
}

/// How many of the 500 answers are the same.
fn same(path: &Path, held: Representation, max_output_tokens: u32) -> usize {
    let prompts = prompts(max_output_tokens);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let alone = texts(path, held, Some(workers), &prompts);
    let beside = texts(path, held, None, &prompts);
    let mut different: Vec<&String> = alone.iter().collect();
    different.sort();
    different.dedup();
    assert!(different.len() > 50, "only {} answers differ from one another", different.len());
    alone.iter().zip(&beside).filter(|(alone, beside)| alone == beside).count()
}

#[test]
fn random_weights_answer_500_prompts_alike_alone_and_in_a_batch() {
    let model = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/tiny-llama.gguf");
    assert_eq!(same(&model, Representation::F32, 8), 500);
}

/// `cargo test -p eval-runners --test invariance -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes"]
fn the_default_model_answers_500_prompts_alike_alone_and_in_a_batch() {
    let found = Environment::from_env().ok().zip(catalogue::find("smollm2-135m"));
    let Some(path) = found.and_then(|(environment, entry)| catalogue::cached(entry, &environment)) else {
        eprintln!("SKIPPED: the default model is not in the cache (`cargo eval models pull smollm2-135m` fetches it)");
        return;
    };
    for held in [Representation::Packed, Representation::F32] {
        let same = same(&path, held, 12);
        println!("{held}: {same} of 500 answers are the same");
        assert!(same >= 495, "{held}: {same} of 500");
    }
}
