use crate::{file, identity, prompt, response};
use eval_core::{BoxFuture, FinishReason, Price, Prompt, Response, Runner, RunnerError, RunnerErrorKind};
use eval_runners::cache::{CacheMode, CacheRunner, Identity, Store};
use serde_json::{Map, Value, json};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Answers with the number of the call, or fails.
#[derive(Default)]
struct Model {
    calls: AtomicUsize,
    fails: bool,
    finish: Option<FinishReason>,
    cost_usd: Option<f64>,
    server: Map<String, Value>,
}

impl Runner for Model {
    fn respond<'a>(&'a self, _: &'a Prompt) -> BoxFuture<'a, Result<Response, RunnerError>> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let mut answer =
            Response { finish_reason: self.finish.clone(), cost_usd: self.cost_usd, ..response(&format!("{call}")) };
        answer.server.extend(self.server.clone());
        let failure = RunnerError::new(RunnerErrorKind::Timeout, "too slow");
        Box::pin(std::future::ready(if self.fails { Err(failure) } else { Ok(answer) }))
    }
}

fn price(input: f64) -> Option<Price> {
    Some(Price { input, cached_input: None, output: 2.0, as_of: None })
}

/// Asks once in a process of its own: the store is opened, and closed again.
fn ask(folder: &Path, mode: CacheMode, model: &Arc<Model>, price: Option<Price>) -> Result<Response, RunnerError> {
    let store = Arc::new(mode.open(folder).unwrap().expect("it is not off"));
    let runner = CacheRunner::new(model.clone(), store.clone(), Identity::new(&identity()), price);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let answer = runtime.block_on(runner.respond(&prompt("t-1", "Where is my parcel?")));
    assert_eq!(store.problems(), Vec::<String>::new());
    answer
}

#[test]
fn an_answer_is_bought_once_and_keeps_what_it_was_bought_with() {
    let folder = tempfile::tempdir().unwrap();
    let model = Arc::new(Model { finish: Some(FinishReason::Length), ..Model::default() });
    let bought = ask(folder.path(), CacheMode::ReadWrite, &model, price(1.0)).unwrap();
    assert!(!bought.cached);
    let again = ask(folder.path(), CacheMode::ReadWrite, &model, price(100.0)).unwrap();
    assert_eq!(model.calls.load(Ordering::Relaxed), 1);
    // 1000 tokens in and 500 out at the price of the first day.
    assert_eq!(again, Response { cached: true, cost_usd: Some(0.002), ..bought });
}

#[test]
fn an_answer_with_a_deep_field_is_bought_once_too() {
    let folder = tempfile::tempdir().unwrap();
    let deep = (0..127).fold(json!(1), |inner, _| json!([inner]));
    let model = Model { server: Map::from_iter([("rest".to_string(), deep.clone())]), ..Model::default() };
    let model = Arc::new(model);
    for _ in 0..2 {
        let answer = ask(folder.path(), CacheMode::ReadWrite, &model, None).unwrap();
        assert_eq!(answer.server["rest"], deep.to_string());
    }
    assert_eq!(model.calls.load(Ordering::Relaxed), 1);
}

#[test]
fn a_cost_that_the_runner_knows_comes_first_and_an_unknown_one_stays_unknown() {
    for (known, at, kept) in [(Some(0.5), price(1.0), Some(0.5)), (None, None, None)] {
        let folder = tempfile::tempdir().unwrap();
        let model = Arc::new(Model { cost_usd: known, ..Model::default() });
        ask(folder.path(), CacheMode::ReadWrite, &model, at).unwrap();
        assert_eq!(ask(folder.path(), CacheMode::ReadWrite, &model, price(9.0)).unwrap().cost_usd, kept);
    }
}

#[test]
fn a_failed_call_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let failing = Arc::new(Model { fails: true, ..Model::default() });
    ask(folder.path(), CacheMode::ReadWrite, &failing, None).unwrap_err();
    assert_eq!(Store::open(folder.path()).unwrap().stats().unwrap().entries, 0);
    assert!(!ask(folder.path(), CacheMode::ReadWrite, &Arc::default(), None).unwrap().cached);
}

#[test]
fn reading_alone_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let model = Arc::new(Model::default());
    ask(&cache, CacheMode::Read, &model, None).unwrap();
    assert!(!cache.exists());
    let bought = ask(&cache, CacheMode::ReadWrite, &model, None).unwrap();
    let read = ask(&cache, CacheMode::Read, &model, None).unwrap();
    assert_eq!((read.text, read.cached), (bought.text, true));
    file(&cache).execute("DELETE FROM answers", []).unwrap();
    assert!(!ask(&cache, CacheMode::Read, &model, None).unwrap().cached);
    assert!(!ask(&cache, CacheMode::Read, &model, None).unwrap().cached);
    assert!(CacheMode::Off.open(&cache).unwrap().is_none());
}

#[test]
fn modes_are_written_as_on_the_command_line() {
    let words = [CacheMode::ReadWrite, CacheMode::Read, CacheMode::Off].map(|mode| serde_json::json!(mode));
    assert_eq!(words, ["read-write", "read", "off"]);
}
