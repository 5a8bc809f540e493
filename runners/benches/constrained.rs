//! What a token costs that is held to a schema, beside a free one, on the default model, by turns:
//! `RAYON_NUM_THREADS=1 cargo bench -p eval-runners --bench constrained`, on a machine that does nothing else.
#![allow(clippy::unwrap_used)]

use eval_core::{Message, Prompt, PromptId, Role, Runner};
use eval_runners::{
    api::Decode,
    candle::{CandleRunner, CandleSettings},
    catalogue::{self, Environment},
};
use serde_json::Value;
use std::{path::Path, sync::Arc};

const ROUNDS: usize = 7;
/// No answer ends before, held or free: a step is always one of as many answers.
const TOKENS: u32 = 32;

fn prompt(case: usize, schema: &Arc<Value>) -> Prompt {
    let message = |role, content: String| Message { role, content };
    let mail =
        format!("Order FM-{:06}: the lamp came broken on Monday, I want my {} euros back.", 100_107 + case, case);
    Prompt {
        id: PromptId { task: "t".into(), case: case.to_string(), case_hash: format!("{case:032}"), repeat: 0 },
        messages: vec![
            message(
                Role::System,
                "Answer with one JSON object of order_number, product, amount, currency, wish.".into(),
            ),
            message(Role::User, mail),
        ],
        tools: Arc::from([]),
        schema: Some(schema.clone()),
        labels: Arc::from([]),
        max_output_tokens: TOKENS,
        stop: Vec::new(),
        shared: Vec::new(),
        exchanges: Vec::new(),
    }
}

/// Milliseconds a step, reading the prompt left out.
fn step_ms(runner: &CandleRunner, prompts: &[Prompt]) -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let answers = runtime.block_on(futures_util::future::join_all(prompts.iter().map(|prompt| runner.respond(prompt))));
    let (mut ms, mut tokens) = (0.0, 0_u64);
    for answer in answers.into_iter().map(Result::unwrap) {
        ms += answer.timing.generation_ms.unwrap();
        assert_eq!(answer.usage.output_tokens, Some(u64::from(TOKENS)), "{}", answer.text);
        tokens += u64::from(TOKENS) - 1;
    }
    ms / tokens as f64
}

fn main() {
    let found = Environment::from_env().ok().zip(catalogue::find("smollm2-135m"));
    let Some(path) = found.and_then(|(environment, entry)| catalogue::cached(entry, &environment)) else {
        return eprintln!(
            "SKIPPED: the default model is not in the cache (`cargo eval models pull smollm2-135m` fetches it)"
        );
    };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/suites/support-tickets/fields.schema.json");
    let schema: Arc<Value> = Arc::new(serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap());
    for at_once in [1, 16] {
        let load = |decode| {
            let settings =
                CandleSettings { decode, concurrency: Some(at_once), date: "2026-03-14".into(), ..Default::default() };
            CandleRunner::load(&path, &settings).unwrap()
        };
        let (free, held) = (load(Decode::Free), load(Decode::Schema));
        let prompts: Vec<Prompt> = (0..at_once).map(|case| prompt(case, &schema)).collect();
        let median = |mut of: Vec<f64>| {
            of.sort_by(f64::total_cmp);
            of[of.len() / 2]
        };
        // By turns, so that what else the machine does falls on both.
        let rounds: Vec<[f64; 2]> =
            (0..ROUNDS).map(|_| [&free, &held].map(|runner| step_ms(runner, &prompts))).collect();
        let [free, held] = [0, 1].map(|arm| median(rounds.iter().map(|round| round[arm]).collect()));
        println!(
            "{at_once} at once: free {free:.2} ms a step, schema {held:.2} ms, {:+.1} %",
            (held / free - 1.0) * 100.0
        );
    }
}
