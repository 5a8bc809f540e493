use super::*;
use crate::{
    Behaviour, BoxFuture, Digest, Expected, Grade, Grader, PromptId, Response, RunnerErrorKind as Kind, Score,
    TaskScorer, Usage,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Mutex};

/// Does what the script says for a case, else answers.
struct Scripted {
    script: BTreeMap<usize, Kind>,
    asked: Mutex<Vec<String>>,
    /// Stops the run when this case is asked.
    stops_at: Option<(usize, watch::Sender<bool>)>,
}

impl Runner for Scripted {
    fn respond<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Result<Response, RunnerError>> {
        let case: usize = prompt.id.case.parse().unwrap();
        self.asked.lock().unwrap().push(prompt.id.case.clone());
        if let Some((_, stop)) = self.stops_at.as_ref().filter(|(at, _)| *at == case) {
            stop.send_replace(true);
        }
        let usage = Usage { input_tokens: Some(10), output_tokens: Some(1), ..Usage::default() };
        let answer = Response { text: "yes".into(), usage, attempts: 1, ..Response::default() };
        let outcome = match self.script.get(&case) {
            Some(kind) => Err(RunnerError { attempts: 3, ..RunnerError::new(*kind, format!("case {case} failed")) }),
            None => Ok(answer),
        };
        Box::pin(async move { outcome })
    }
}

struct Right;

impl Grader for Right {
    fn grade(&self, _: &Case, _: &Response) -> Grade {
        Grade {
            behaviour: Behaviour::Answered,
            correct: Score::Correct,
            answer: Value::Null,
            reading: "exact",
            scores: Vec::new(),
            fields: Default::default(),
            note: None,
        }
    }
}

#[derive(Default)]
struct Kept(Vec<Record>);

impl Sink for Kept {
    fn on(&mut self, event: &Event<'_>) -> Result<(), SinkError> {
        if let Event::Finished(record) = event {
            self.0.push((*record).clone());
        }
        Ok(())
    }
}

fn job(case: usize) -> Job {
    let id = case.to_string();
    Job {
        prompt: Prompt {
            id: PromptId { task: "t".into(), case: id.clone(), case_hash: id.clone(), repeat: 0 },
            messages: Vec::new(),
            tools: Arc::from([]),
            schema: None,
            labels: Arc::from([]),
            max_output_tokens: 1,
            stop: Vec::new(),
            shared: Vec::new(),
            exchanges: Vec::new(),
        },
        case: Arc::new(Case {
            id: id.into(),
            task: "t".into(),
            input: json!("x"),
            expected: Expected::Label("yes".into()),
            expected_as_written: None,
            context: Vec::new(),
            tools: Arc::from([]),
            script: None,
            tags: Vec::new(),
            cluster: None,
            should_decline: false,
            held_out: false,
            reviewed: None,
            hash: Digest::of(&json!(case)),
        }),
        scorer: Arc::new(TaskScorer { grader: Box::new(Right), metrics: Vec::new(), specs: Vec::new() }),
    }
}

/// What became of cases 0 to 29, two at a time: the ending, the records, and how many were asked.
async fn ran(script: impl IntoIterator<Item = (usize, Kind)>, stops_at: Option<usize>) -> (Ending, Vec<Record>, usize) {
    let (sender, stop) = watch::channel(false);
    let runner = Arc::new(Scripted {
        script: script.into_iter().collect(),
        asked: Mutex::default(),
        stops_at: stops_at.map(|at| (at, sender)),
    });
    let lane = Lane { model: "m".into(), runner: runner.clone(), price: None, concurrency: 2 };
    let mut kept = Kept::default();
    let ending = run(&lane, (0..30).map(job), stop, &mut kept).await.unwrap();
    let asked = runner.asked.lock().unwrap().len();
    (ending, kept.0, asked)
}

fn failed(records: &[Record]) -> Vec<(&str, &str, u32)> {
    let of = |record: &&Record| record.outcome == Outcome::RunnerFailed;
    let shown = |r: &'_ Record| (r.case.clone(), r.error.as_ref().unwrap().kind.clone(), r.attempts);
    let mut all: Vec<_> = records.iter().filter(of).map(shown).collect();
    all.sort();
    all.leak().iter().map(|(case, kind, attempts)| (case.as_str(), kind.as_str(), *attempts)).collect()
}

#[tokio::test]
async fn a_failed_call_is_an_outcome_of_its_case() {
    let (ending, records, _) = ran([(3, Kind::Server), (7, Kind::Rejected), (8, Kind::ContextLength)], None).await;
    assert!(matches!(ending, Ending::Complete));
    assert_eq!(records.len(), 30);
    assert_eq!(failed(&records), [("3", "server", 3), ("7", "rejected", 3), ("8", "context_length", 3)]);
    assert!(records.iter().filter(|r| r.outcome == Outcome::RunnerFailed).all(|r| r.correct == Some(false)));
}

#[tokio::test]
async fn failures_at_the_very_end_are_outcomes_too() {
    let (ending, records, _) = ran((25..30).map(|case| (case, Kind::Timeout)), None).await;
    assert!(matches!(ending, Ending::Complete));
    assert_eq!((records.len(), failed(&records).len()), (30, 5));
}

#[tokio::test]
async fn ten_in_a_row_end_the_run_and_are_no_outcomes() {
    let (ending, records, asked) = ran((8..30).map(|case| (case, Kind::Malformed)), None).await;
    let Ending::Failed(error) = ending else { panic!("{ending:?}") };
    assert_eq!(error.kind, Kind::Malformed);
    assert!(error.message.starts_with("10 calls failed in a row, the last one so: case "), "{error}");
    assert_eq!((records.len(), failed(&records).len()), (8, 0));
    assert!(asked < 22, "{asked}");
}

#[tokio::test]
async fn what_follows_from_the_cases_ends_nothing() {
    let (ending, records, _) = ran((0..30).map(|case| (case, Kind::ContextLength)), None).await;
    assert!(matches!(ending, Ending::Complete));
    assert_eq!(failed(&records).len(), 30);
}

#[tokio::test]
async fn what_every_call_would_meet_ends_the_run_at_once() {
    for kind in [Kind::Unauthorized, Kind::UnknownModel, Kind::Quota, Kind::Unreachable, Kind::Budget] {
        let (ending, records, asked) = ran([(4, kind)], None).await;
        assert!(matches!(&ending, Ending::Failed(error) if error.kind == kind), "{ending:?}");
        assert!(asked <= 7, "{asked}");
        assert!(failed(&records).is_empty() && records.len() >= 4);
    }
}

#[tokio::test]
async fn a_stop_leaves_untried_cases_for_later() {
    let (ending, records, asked) = ran([(10, Kind::Stopped), (11, Kind::Overloaded)], Some(9)).await;
    assert!(matches!(ending, Ending::Stopped));
    assert!(failed(&records).is_empty());
    assert!((10..=12).contains(&asked), "{asked}");
    assert!(records.len() <= asked);
}

/// Answers, and has told what came up by the time of the first answer.
struct Noting(Mutex<Vec<String>>);

impl Runner for Noting {
    fn respond<'a>(&'a self, _: &'a Prompt) -> BoxFuture<'a, Result<Response, RunnerError>> {
        Box::pin(async { Ok(Response::default()) })
    }

    fn take_notes(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[derive(Default)]
struct Notes(Vec<String>);

impl Sink for Notes {
    fn on(&mut self, event: &Event<'_>) -> Result<(), SinkError> {
        if let Event::Noted { model, note } = event {
            self.0.push(format!("{model}: {note}"));
        }
        Ok(())
    }
}

#[tokio::test]
async fn what_comes_up_is_told_once() {
    let runner = Arc::new(Noting(Mutex::new(vec!["it was hard".into()])));
    let lane = Lane { model: "m".into(), runner, price: None, concurrency: 2 };
    let (_sender, stop) = watch::channel(false);
    let mut notes = Notes::default();
    run(&lane, (0..5).map(job), stop, &mut notes).await.unwrap();
    assert_eq!(notes.0, ["m: it was hard"]);
}
