//! A judge that fails, and judging that is gone on with.

use super::*;

#[test]
fn an_outage_of_the_judge_leaves_answers_unscored_and_nobody_wrong() {
    let calls = AtomicUsize::new(0);
    let server = server(move |asked| match calls.fetch_add(1, Ordering::SeqCst) {
        n if n < 15 => fair(asked),
        _ => mock::failed(401, "invalid_api_key", "No such key."),
    });
    let sandbox = suite(mock::at(Sandbox::new(), &server), HELPFUL, "helpful = { min = 0.5 }");
    let outcome = sandbox.eval_to(12, &format!("{RUN} --concurrency 1"));
    assert!(outcome.stderr.contains("the judging ended before all was judged"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("eval judge run"), "{}", outcome.stderr);
    let summary = sandbox.the_run().summary();
    let found = row(&summary, "answers", "m");
    assert_eq!((&found["metrics"]["accuracy"], &found["runner_errors"]), (&json!(0.75), &json!(0)));
    let judged = &found["judged"][0];
    let unscored = judged["unscored"].as_u64().unwrap();
    assert_eq!(unscored, 25, "{judged}");
    assert_eq!(found["bar_results"][0]["state"], "open", "what is not judged may be either: {found}");

    // Going on asks for those alone; another key would do, here the server does.
    drop(server);
    let server = self::server(fair);
    let sandbox = mock::at(sandbox, &server);
    let outcome = sandbox.eval("judge run latest --quiet");
    assert_eq!(outcome.code, Some(12), "the bar rests on a judge that nobody calibrated: {}", outcome.stdout);
    assert_eq!(server.asked().len() as u64, unscored);
    let summary = sandbox.the_run().summary();
    let found = row(&summary, "answers", "m");
    assert_eq!((&found["metrics"]["helpful"], &found["judged"][0]["unscored"]), (&json!(0.75), &json!(0)));
    sandbox.eval("judge run latest --quiet");
    assert_eq!(server.asked().len() as u64, unscored, "all is judged");
}

#[test]
fn what_is_no_verdict_scores_nothing() {
    let server = server(|asked| match number(asked) {
        0 => mock::said("Surely this passes."),
        1 => {
            mock::said("Quoting: {\"reasons\": \"\", \"verdict\": \"pass\"} {\"reasons\": \"\", \"verdict\": \"fail\"}")
        }
        2 => mock::failed(400, "bad", "This one not."),
        _ => fair(asked),
    });
    let sandbox = suite(mock::at(Sandbox::new(), &server), HELPFUL, "");
    let outcome = sandbox.eval_to(0, &RUN.replace(" --quiet", ""));
    let summary = sandbox.the_run().summary();
    let found = row(&summary, "answers", "m");
    assert_eq!((&found["judged"][0]["unscored"], &found["metric_errors"]), (&json!(3), &json!(0)));
    assert_eq!((&found["errors"]["judge_verdict"], &found["errors"]["judge_rejected"]), (&json!(2), &json!(1)));
    assert!(outcome.stderr.contains("2 cases of m failed (judge_verdict)"), "{}", outcome.stderr);
    // They are asked again, the others not; what was bought is not bought again.
    let before = judge_calls(&server);
    sandbox.eval_to(0, "judge run latest --quiet");
    assert_eq!(judge_calls(&server), before + 1, "the answer that could not be read came from the cache");
}

#[test]
fn the_limit_on_cost_holds_for_judges() {
    let server = server(fair);
    let sandbox = suite(mock::at(Sandbox::new(), &server), HELPFUL, "");
    sandbox.eval_to(0, &RUN.replace("helpful", ""));
    let paid = judge_calls(&server);
    let other = format!("{RUN} --cache off --max-cost");
    // Enough for the candidate, not for all of the judge.
    let outcome = sandbox.eval_to(12, &format!("{other} 0.009"));
    assert!(outcome.stderr.contains("the judging ended before all was judged"), "{}", outcome.stderr);
    let spent: f64 = judgements(&sandbox).iter().map(|line| line["calls"][0]["cost_usd"].as_f64().unwrap()).sum();
    assert!(spent < 0.009 && spent > 0.0, "{spent}");
    assert!(judge_calls(&server) < paid + CASES);
    sandbox.eval_to(0, "judge run latest --quiet --max-cost 1");
    assert_eq!(row(&sandbox.runs()[1].summary(), "answers", "m")["judged"][0]["unscored"], 0);
}

#[test]
fn a_run_that_is_killed_while_it_is_judged_goes_on() {
    let server = server(|asked| Reply::Late(Duration::from_millis(60), Box::new(fair(asked))));
    let sandbox = suite(mock::at(Sandbox::new(), &server), HELPFUL, "");
    let mut command = sandbox.command();
    command.args(format!("{RUN} --concurrency 1 --cache off").split_whitespace());
    let mut child = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    while judge_calls(&server) < 5 {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = server.asked().len();
    sandbox.eval_to(0, "run --resume latest --quiet --cache off");
    let asked = server.asked().split_off(before);
    assert!(asked.iter().all(is_judge), "no case is asked again");
    assert!(asked.len() <= CASES - 3, "{}", asked.len());
    let summary = sandbox.the_run().summary();
    assert_eq!(row(&summary, "answers", "m")["metrics"]["helpful"], 0.75);
    assert_eq!(row(&summary, "answers", "m")["judged"][0]["unscored"], 0);
    // A torn last line is what a kill leaves.
    let log = sandbox.the_run().file("judgements.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, &text[..text.len() - 20]).unwrap();
    let before = server.asked().len();
    sandbox.eval_to(0, "judge run latest --quiet --cache off");
    assert_eq!(server.asked().len(), before + 1);
}

#[test]
fn a_rubric_may_be_a_file_and_judges_a_run_of_before() {
    let server = server(fair);
    let sandbox = suite(mock::at(Sandbox::new(), &server), "", "");
    sandbox.eval_to(0, RUN);
    assert_eq!(judge_calls(&server), 0);
    let metric = "{ name = \"judge\", rubric = \"rubric.jinja\", model = \"openai:gpt-4o\" }";
    sandbox.replace("help/suite.toml", "metrics = []", &format!("metrics = [{metric}]"));
    let error = sandbox.eval_to(2, "judge run latest").stderr;
    assert!(error.contains("holds no file `rubric.jinja`"), "{error}");
    sandbox.write("help/rubric.jinja", "It says {{ expected.answers[0] }}.\n");
    sandbox.eval_to(0, "judge run latest --quiet");
    assert_eq!(judge_calls(&server), CASES);
    let first = server.asked().into_iter().find(is_judge).unwrap();
    let system = first.body["messages"][0]["content"].as_str().unwrap().to_string();
    assert!(system.contains(&format!("It says {} days.", number(&first))), "{system}");
    assert_eq!(row(&sandbox.the_run().summary(), "answers", "m")["metrics"]["judge"], 0.75);
    // Not where the cases changed.
    sandbox.replace("help/answers.jsonl", "how long is number 7", "how very long is number 7");
    let error = sandbox.eval_to(2, "judge run latest").stderr;
    assert!(error.contains("the suite changed since the run"), "{error}");
}
