use crate::{compile, sample};
use eval_core::{Home, MetricConfig, Response, Score, Task};
use serde_json::{Value, json};
use std::fs;

/// A folder with a program `score.sh`, and a task that asks for it.
fn task(program: &str, settings: Value) -> (tempfile::TempDir, Task) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("score.sh"), program).unwrap();
    let mut settings = settings.as_object().unwrap().clone();
    settings.entry("command").or_insert_with(|| json!(["sh", "score.sh"]));
    let home = Home { folder: folder.path().into(), programs: Default::default() };
    let metrics = vec![MetricConfig { name: "script".into(), settings }];
    (folder, Task { home: Some(home), metrics, ..sample::classification() })
}

fn score_of(program: &str, settings: Value, response: &Response) -> Score {
    let (_folder, task) = task(program, settings);
    let scorer = compile(&task).unwrap();
    scorer.metrics[0].score(&sample::label_case("c", "billing"), response)
}

fn score(program: &str, settings: Value) -> Score {
    score_of(program, settings, &sample::says("billing"))
}

#[test]
fn a_program_is_told_the_case_and_the_response() {
    let program = r#"
input=$(cat)
case "$input" in
  *'"expected":"billing"'*'"text":"billing"'*) echo '{"score": true, "reason": "the same"}' ;;
  *) echo '{"score": 0.25}' ;;
esac"#;
    assert_eq!(score(program, json!({})), Score::Graded(1.0));
    assert_eq!(score_of(program, json!({}), &sample::says("delivery")), Score::Graded(0.25));
    assert_eq!(score_of(program, json!({"min": 0.25}), &sample::says("delivery")), Score::Correct);
    assert_eq!(score("echo '{\"score\": null}'", json!({})), Score::NotApplicable);
}

#[test]
fn thinking_is_not_told() {
    let program = "if grep -q secret; then echo '{\"score\": 0}'; else echo '{\"score\": 1}'; fi";
    let response = Response { reasoning: Some("secret".into()), ..sample::says("billing") };
    assert_eq!(score_of(program, json!({}), &response), Score::Graded(1.0));
}

#[test]
fn what_goes_wrong_leaves_the_answer_unscored() {
    let loud = "yes | head -c 2000000";
    let failures: Vec<String> = [
        ("exit 3", json!({})),
        ("echo 'Traceback' >&2; echo 'KeyError: total' >&2; exit 1", json!({})),
        ("echo fine", json!({})),
        ("echo '{\"scores\": 1}'", json!({})),
        ("echo '{\"score\": 1.5}'", json!({})),
        ("echo '{\"score\": NaN}'", json!({})),
        ("echo '{\"score\": \"1\"}'", json!({})),
        ("", json!({})),
        (loud, json!({})),
        ("while :; do :; done", json!({"timeout_s": 0.2})),
        ("sleep 60 & echo '{\"score\": 1}'", json!({"timeout_s": 0.2})),
    ]
    .into_iter()
    .map(|(program, settings)| match score(program, settings) {
        Score::Failed(why) => format!("{program}\n  {why}\n"),
        other => panic!("{program}: {other:?}"),
    })
    .collect();
    insta::assert_snapshot!(failures.concat());
}

#[test]
fn a_long_answer_need_not_be_read() {
    let long = sample::says(&"x".repeat(10 << 20));
    assert_eq!(score_of("echo '{\"score\": 1}'", json!({}), &long), Score::Graded(1.0));
    assert_eq!(score_of("echo \"{\\\"score\\\": $(($(wc -c) > 10000000))}\"", json!({}), &long), Score::Graded(1.0));
}

#[test]
fn keys_are_not_handed_on() {
    // Cargo sets variables of its own for tests, which stand here for those of a user.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let program = "if env | grep -q -e CARGO -e KEY; then echo '{\"score\": 0}'; else echo '{\"score\": 1}'; fi";
    assert_eq!(score(program, json!({})), Score::Graded(1.0));
}

#[test]
fn there_is_no_shell() {
    let settings = json!({"command": ["printf", "%s", "{\"score\": 1}; $(exit 1)"]});
    assert!(matches!(score("", settings), Score::Failed(_)));
    let settings = json!({"command": ["printf", "%s", "{\"score\": 1}"]});
    assert_eq!(score("", settings), Score::Graded(1.0));
}

#[test]
fn a_program_that_is_not_there_is_found_before_any_model_is_asked() {
    let errors: Vec<String> = [json!(["no-such-program"]), json!(["./other.sh"]), json!([]), json!("sh score.sh")]
        .into_iter()
        .map(|command| task("", json!({"command": command})).1)
        .chain([task("", json!({"timeout_s": 0})).1, task("", json!({"timeout_s": 1e9})).1])
        .chain([Task { home: None, ..task("", json!({})).1 }])
        .map(|task| compile(&task).err().unwrap().message + "\n")
        .collect();
    insta::assert_snapshot!(errors.concat());
}

#[test]
fn a_script_that_is_not_there_is_told_before_anything_runs() {
    let (_folder, asking) = task("", json!({"command": ["sh", "nope.py"]}));
    let error = compile(&asking).err().unwrap();
    assert!(error.message.contains("`nope.py`, which is no file of the suite's folder"), "{}", error.message);
    let (_folder, asking) = task("", json!({"command": ["sh", "score.sh", "example.org", "v1.5", "--as=x.py"]}));
    assert!(compile(&asking).is_ok());
}
