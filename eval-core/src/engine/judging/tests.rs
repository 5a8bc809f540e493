use super::*;
use crate::{Ask, BoxFuture, Digest, Expected, MetricSpec, Prompt, Runner, RunnerErrorKind as Kind, Task};
use serde_json::json;
use std::sync::Mutex;

/// Fails on the answers that the script names, else says that it is good.
struct Scripted {
    script: BTreeMap<usize, Kind>,
    asked: Mutex<usize>,
}

impl Runner for Scripted {
    fn respond<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Result<Response, RunnerError>> {
        *self.asked.lock().unwrap() += 1;
        let case: usize = prompt.id.case.parse().unwrap();
        let result = match self.script.get(&case) {
            Some(kind) => Err(RunnerError::new(*kind, "it failed")),
            None => Ok(Response { text: "good".into(), cost_usd: Some(0.5), attempts: 1, ..Response::default() }),
        };
        Box::pin(async move { result })
    }
}

/// Asks twice; but what is not said needs no judge.
struct Good;

impl JudgedMetric for Good {
    fn model(&self) -> Option<&str> {
        None
    }
    fn specs(&self) -> Vec<MetricSpec> {
        Vec::new()
    }
    fn scores(&self) -> Vec<String> {
        vec!["good".into()]
    }
    fn verdicts(&self) -> Vec<String> {
        vec!["good".into()]
    }
    fn content(&self) -> Value {
        Value::Null
    }
    fn votes(&self) -> u32 {
        2
    }
    fn problem(&self, _: &Task) -> Option<(String, String)> {
        None
    }
    fn ask(&self, _: &Case, answer: &Record, _: Option<&Record>) -> Ask {
        if answer.text.is_empty() {
            return Ask::Known(Judged { verdict: None, scores: vec![("good".into(), Score::Incorrect)] });
        }
        let question = |vote| Question {
            messages: Vec::new(),
            schema: Arc::new(Value::Null),
            max_output_tokens: 1,
            vote,
            swapped: false,
        };
        Ask::Judge(vec![question(0), question(1)])
    }
    fn read(&self, text: &str) -> Result<Value, String> {
        if text == "good" { Ok(json!(text)) } else { Err("what?".into()) }
    }
    fn score(&self, _: &Case, _: &[Question], verdicts: &[Value]) -> Judged {
        let scores = vec![("good".into(), Score::Graded(verdicts.len() as f64))];
        Judged { verdict: Some("good".into()), scores }
    }
}

fn job(number: usize, text: &str) -> JudgeJob {
    let id = number.to_string();
    let answer = json!({
        "v": 1, "task": "t", "case": id, "case_hash": "00", "model": "m", "repeat": 0, "outcome": "scored",
        "should_decline": false, "correct": true, "behaviour": "answered", "scores": {}, "text": text,
        "reasoning": null, "tool_calls": [], "finish_reason": "stop", "usage": {}, "latency_ms": null,
        "cost_usd": null, "cached": false, "attempts": 1, "error": null,
    });
    JudgeJob {
        name: "good".into(),
        metric: Arc::new(Good),
        by: "b".into(),
        case: Arc::new(Case {
            id: id.as_str().into(),
            task: "t".into(),
            input: json!("x"),
            expected: Expected::Unanswerable,
            expected_as_written: None,
            context: Vec::new(),
            tools: Arc::from([]),
            script: None,
            tags: Vec::new(),
            cluster: None,
            should_decline: false,
            held_out: false,
            reviewed: None,
            hash: Digest::of(&json!(number)),
        }),
        answer: serde_json::from_value(answer).unwrap(),
        reference: None,
    }
}

/// What became of thirty answers, the first of them empty: the ending, the judgements, and the number of calls.
async fn ran(script: impl IntoIterator<Item = (usize, Kind)>) -> (Ending, Vec<Judgement>, usize) {
    let runner = Arc::new(Scripted { script: script.into_iter().collect(), asked: Mutex::default() });
    let lane = Lane { model: "j".into(), runner: runner.clone(), price: None, concurrency: 2 };
    let (_sender, stop) = watch::channel(false);
    let mut kept = Vec::new();
    let jobs = (0..30).map(|number| job(number, if number == 0 { "" } else { "yes" }));
    let each = |judgement: &Judgement| {
        kept.push(judgement.clone());
        Ok(())
    };
    let ending = judge(&lane, jobs, stop, each).await.unwrap();
    let asked = *runner.asked.lock().unwrap();
    (ending, kept, asked)
}

#[tokio::test]
async fn every_vote_is_a_call_and_what_is_known_is_none() {
    let (ending, judgements, asked) = ran([]).await;
    assert!(matches!(ending, Ending::Complete));
    assert_eq!((judgements.len(), asked), (30, 2 * 29));
    let known = judgements.iter().find(|judgement| judgement.case == "0").unwrap();
    assert_eq!((known.calls.len(), known.scores["good"]), (0, Some(0.0)));
    let other = judgements.iter().find(|judgement| judgement.case == "7").unwrap();
    assert_eq!((other.calls.len(), other.scores["good"], &*other.judge), (2, Some(2.0), "j"));
    assert_eq!(other.calls.iter().map(|call| call.cost().unwrap()).sum::<f64>(), 1.0);
}

#[tokio::test]
async fn where_a_call_fails_the_score_is_unknown_and_no_further_vote_is_paid_for() {
    let (ending, judgements, asked) = ran([(3, Kind::Server), (9, Kind::ContextLength)]).await;
    assert!(matches!(ending, Ending::Complete));
    assert_eq!((judgements.len(), asked), (30, 2 * 27 + 2));
    for case in ["3", "9"] {
        let failed = judgements.iter().find(|judgement| judgement.case == case).unwrap();
        assert_eq!((failed.scores["good"], failed.calls.len(), failed.calls[0].cost()), (None, 1, Some(0.0)));
        assert!(failed.error.as_ref().unwrap().kind.starts_with("judge_"));
    }
}

#[tokio::test]
async fn a_judge_that_is_gone_ends_the_judging_and_judges_nothing() {
    let (ending, judgements, asked) = ran((8..30).map(|case| (case, Kind::Malformed))).await;
    assert!(matches!(ending, Ending::Failed(_)));
    assert_eq!(judgements.len(), 8);
    assert!(asked < 2 * 8 + 14, "{asked}");
    let (ending, judgements, _) = ran([(4, Kind::Unauthorized)]).await;
    assert!(matches!(ending, Ending::Failed(error) if error.kind == Kind::Unauthorized));
    assert!(judgements.iter().all(|judgement| judgement.error.is_none()) && judgements.len() < 8);
}
