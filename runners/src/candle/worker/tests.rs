use super::{
    super::{CandleRunner, CandleSettings},
    *,
};
use eval_core::{Message, PromptId, Role, Runner};
use std::path::PathBuf;

fn load() -> CandleRunner {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/tiny-qwen2.gguf");
    let settings = CandleSettings { date: "2026-03-14".into(), concurrency: Some(1), ..CandleSettings::default() };
    CandleRunner::load(&path, &settings).unwrap()
}

fn prompt(case: usize) -> Prompt {
    let message = |role, content: String| Message { role, content };
    Prompt {
        id: PromptId { task: "t".into(), case: format!("c-{case}"), case_hash: format!("{case:032}"), repeat: 0 },
        messages: vec![
            message(Role::System, "Sort this as best you can, and say which it is.".into()),
            message(Role::User, format!("Number {case}. {}", "abc, where is it? ".repeat(1 + case % 3))),
        ],
        tools: Arc::from([]),
        schema: None,
        labels: Arc::from([]),
        max_output_tokens: 12,
        stop: Vec::new(),
        shared: Vec::new(),
        exchanges: Vec::new(),
    }
}

/// What one worker makes of as many cases, `batch` at once, where these calls of the decoder run out of memory.
fn ask(runner: &CandleRunner, cases: usize, batch: usize, failing: &[usize]) -> Vec<Result<Response, RunnerError>> {
    runner.model().faults.at(failing.iter().copied());
    let (queue, requests) = mpsc::channel(cases);
    let asked = (0..cases).map(|case| {
        let (answer, answered) = oneshot::channel();
        queue.try_send(Request { prompt: Arc::new(prompt(case)), answer }).ok().unwrap();
        answered
    });
    let asked: Vec<_> = asked.collect();
    drop(queue);
    work(runner.model(), &Arc::new(Mutex::new(requests)), batch);
    asked.into_iter().map(|answered| answered.blocking_recv().unwrap()).collect()
}

fn texts(answers: Vec<Result<Response, RunnerError>>) -> Vec<String> {
    answers.into_iter().map(|answer| answer.unwrap().text).collect()
}

#[test]
fn running_out_of_memory_halves_the_batch_and_costs_no_case_its_answer() {
    let runner = load();
    let expected = texts(ask(&runner, 12, 8, &[]));
    // Eight prompts are read by the calls 0 to 7, and advanced from call 8 on.
    let four = "with 4 answers at once; it goes on with 2";
    let eight = "with 8 answers at once; it goes on with 4";
    for (failing, noted) in [
        (&[3][..], &[four][..]),
        (&[8], &[eight]),
        (&[14, 15], &[eight, four]),
        (&[9, 13, 17], &[eight, four, "with 2 answers at once; it goes on with 1"]),
    ] {
        assert_eq!(texts(ask(&runner, 12, 8, failing)), expected, "{failing:?}");
        let notes = runner.take_notes();
        assert_eq!(notes.len(), noted.len(), "{notes:?}");
        assert!(notes.iter().zip(noted).all(|(note, noted)| note.contains(noted)), "{notes:?}");
    }
}

#[test]
fn an_answer_alone_that_does_not_fit_is_an_error_of_its_case() {
    let runner = load();
    let expected = texts(ask(&runner, 3, 1, &[]));
    // The second call is the first step after the prompt.
    let answers = ask(&runner, 3, 1, &[1]);
    let failed: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert_eq!(failed.iter().map(|error| error.kind).collect::<Vec<_>>(), [RunnerErrorKind::OutOfMemory]);
    assert!(failed[0].message.contains("too little memory"), "{}", failed[0]);
    assert!(runner.take_notes().is_empty());
    for (answer, expected) in answers.into_iter().zip(expected) {
        assert!(answer.is_err() || answer.unwrap().text == expected);
    }
}
