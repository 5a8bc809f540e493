//! Holding a judge against people.

use super::*;

/// Labels of people, as many as there are cases up to this one; they are of another mind than a fair judge on some.
fn labels(cases: usize, other_minded: impl Fn(usize) -> bool) -> String {
    let label = |n: usize| {
        let passes = (n % 4 != 3) != other_minded(n);
        format!(
            "{}\n",
            json!({"task": "answers", "case": format!("c-{n:02}"), "label": if passes { "pass" } else { "fail" }})
        )
    };
    (0..cases).map(label).collect()
}

#[test]
fn a_bar_on_a_judge_decides_once_it_was_held_against_people() {
    let server = server(fair);
    let sandbox =
        suite(mock::at(Sandbox::new(), &server), HELPFUL, "helpful = { min = 0.5 }, accuracy = { min = 0.5 }");
    let told = flat(&sandbox.eval_to(12, RUN).stdout);
    assert!(told.contains("rests on a judge that cannot decide: it was never held against people"), "{told}");
    let gate = "gate latest --quiet";
    sandbox.eval_to(12, gate);
    sandbox.eval_to(0, &format!("{gate} --allow-uncalibrated-judge"));
    sandbox.eval_to(0, &format!("{RUN} --allow-uncalibrated-judge"));

    sandbox.write("few.jsonl", labels(12, |_| false));
    let few = sandbox.eval_to(11, "judge calibrate latest few.jsonl").stdout;
    sandbox.write("opposed.jsonl", labels(CASES, |n| n / 4 % 2 == 0));
    sandbox.write("labels.jsonl", labels(CASES, |n| n == 3 || n == 8));
    let good = sandbox.eval_to(0, "judge calibrate latest labels.jsonl").stdout;
    let file: Value = serde_json::from_str(&sandbox.read("help/judges.json")).unwrap();
    assert_eq!(file["calibrations"][0]["accuracy"], 0.95);
    sandbox.eval_to(0, gate);
    // Later runs find it beside the suite.
    let told = flat(&sandbox.eval_to(0, RUN).stdout);
    assert!(told.contains("On 40 answers that people labelled they agree in 95.0%"), "{told}");
    sandbox.eval_to(0, "gate latest --quiet");

    let bad = sandbox.eval_to(10, "judge calibrate latest opposed.jsonl").stdout;
    sandbox.eval_to(12, gate);
    let told = flat(&sandbox.eval_to(12, RUN).stdout);
    assert!(told.contains("no more than by chance"), "{told}");
    // Of several runs of one second, the id ends in a number.
    let told = |text: &str| (2..9).fold(text.to_owned(), |text, n| text.replace(&format!("-help-{n}"), "-help"));
    let masked = format!("# few\n{few}\n# good\n{}\n# opposed\n{}", told(&good), told(&bad));
    snapshot!(sandbox, masked);

    // Another rubric is another judge.
    sandbox.eval_to(0, "judge calibrate latest labels.jsonl");
    sandbox.replace("help/suite.toml", "number of days", "number of the days");
    sandbox.eval_to(12, RUN);
    // A suite may allow it.
    let suite =
        sandbox.read("help/suite.toml").replace("[[task]]", "[decision]\nallow_uncalibrated_judge = true\n\n[[task]]");
    sandbox.write("help/suite.toml", suite);
    sandbox.eval_to(0, RUN);
}

#[test]
fn labels_that_fit_nothing_are_named() {
    let server = server(fair);
    let sandbox = suite(mock::at(Sandbox::new(), &server), HELPFUL, "");
    sandbox.eval_to(0, RUN);
    let told = [
        "{\"task\": \"answers\", \"case\": \"c-00\"}",
        "{\"task\": \"answers\", \"case\": \"c-00\", \"label\": \"good\"}",
        "{\"task\": \"other\", \"case\": \"c-00\", \"label\": \"pass\"}",
        "{\"task\": \"answers\", \"case\": \"c-99\", \"label\": \"pass\"}",
        "{\"task\": \"answers\", \"case\": \"c-00\", \"label\": \"pass\"}\n{\"task\": \"answers\", \"case\": \"c-00\", \"label\": \"fail\"}",
    ]
    .map(|text| {
        sandbox.write("labels.jsonl", text);
        sandbox.eval_to(2, "judge calibrate latest labels.jsonl").stderr
    });
    sandbox.write("none.jsonl", "");
    let none = sandbox.eval_to(2, "judge calibrate latest none.jsonl").stderr;
    snapshot!(sandbox, format!("{}\n{none}", told.join("\n")));
    sandbox.eval_to(2, "judge calibrate latest no-such-file.jsonl");
    let plain = suite(mock::at(Sandbox::new(), &server), "", "");
    plain.eval_to(0, RUN);
    let error = plain.eval_to(2, "judge run latest").stderr;
    assert!(error.contains("has no metric that a judge scores"), "{error}");
    let error = plain.eval_to(2, "judge calibrate latest none.jsonl").stderr;
    assert!(error.contains("nobody has judged the run"), "{error}");
}
