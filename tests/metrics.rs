//! `eval metrics`, and metrics that a suite asks for by name.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, row, shop, snapshot};

#[test]
fn what_there_is() {
    let sandbox = Sandbox::new();
    let list = sandbox.eval_to(0, "metrics list").stdout;
    for name in ["classification", "macro_f1", "rouge_l", "script", "weighted", "`not_`"] {
        assert!(list.contains(name), "{name}\n{list}");
    }
    assert!(list.lines().all(|line| !line.ends_with(' ')), "{list}");
}

#[test]
fn what_one_is() {
    let sandbox = Sandbox::new();
    let shown = ["macro_f1", "rouge_l", "not_contains", "weighted", "latency"].map(|name| {
        let shown = sandbox.eval_to(0, &format!("metrics show {name}")).stdout;
        format!("# {name}\n{shown}")
    });
    snapshot!(sandbox, shown.join("\n"));
    let of_every_kind = sandbox.eval_to(0, "metrics show accuracy").stdout;
    assert_eq!(of_every_kind.matches("(of every ").count(), 4, "{of_every_kind}");
    snapshot!(sandbox, sandbox.eval_to(2, "metrics show acuracy").stderr);
}

#[test]
fn every_example_can_be_used_as_it_is() {
    let names = Sandbox::new().eval_to(0, "metrics list").stdout;
    let names = names.lines().skip_while(|line| !line.starts_with("any task")).skip(1).take_while(|l| !l.is_empty());
    let names: Vec<String> = names.map(|line| line.split_whitespace().next().unwrap().to_string()).collect();
    assert!(names.len() > 9, "{names:?}");
    for name in names {
        let sandbox = shop::sandbox();
        let shown = sandbox.eval_to(0, &format!("metrics show {name}")).stdout;
        let (_, example) = shown.split_once("  example    ").unwrap();
        // The program of the example, and one by the name of the one that it is run with.
        sandbox.write("shop/tone.py", "").write("python3", "");
        #[cfg(unix)]
        std::fs::set_permissions(sandbox.path().join("python3"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        // Claims are held against passages, which other tasks have none of.
        let key = if name == "judge_grounded" { "kind = \"rag\"" } else { "abstain =" };
        sandbox.replace("shop/suite.toml", key, &format!("{example}{key}"));
        let suite = sandbox.read("shop/suite.toml");
        let outcome = sandbox.eval("suites check ./shop");
        assert_eq!(outcome.code, Some(0), "{name}: {}\n{suite}", outcome.stderr);
    }
}

/// A metric of the user's own: one file, and one line in the suite.
#[cfg(unix)]
const OWN: &str = r#"metrics = [{ name = "script", as = "polite", command = ["./polite.sh"] }]
abstain ="#;

#[cfg(unix)]
fn with_a_metric_of_its_own(program: &str) -> Sandbox {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = shop::sandbox().with("PATH", "/usr/bin:/bin").with("OPENAI_API_KEY", "sk-secret");
    sandbox.write("shop/polite.sh", format!("#!/bin/sh\n{program}\n"));
    let file = sandbox.path().join("shop/polite.sh");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
    sandbox.replace("shop/suite.toml", "abstain =", OWN);
    sandbox
}

#[cfg(unix)]
const RUN: &str = "run --suite ./shop --candidate m=replay:mixed.jsonl --task triage --quiet";

#[cfg(unix)]
#[test]
fn a_metric_of_one_s_own_is_one_file_and_one_line() {
    let sandbox = with_a_metric_of_its_own(
        r#"case "$(cat)$OPENAI_API_KEY" in
*sk-secret*) exit 9 ;;
*'"text":"billing"'*) echo '{"score": 1}' ;;
*'"text":"undetermined"'*) echo '{"score": null}' ;;
*) echo '{"score": 0.5}' ;;
esac"#,
    );
    sandbox.eval_to(0, "suites check ./shop");
    sandbox.eval_to(0, RUN);
    let run = sandbox.the_run();
    // Two say "billing", two are undetermined, two say something else.
    assert_eq!(row(&run.summary(), "triage", "m")["metrics"]["polite"], 0.75);
    let scored = |case: &str| {
        let records = run.records();
        let record = records.iter().find(|record| record["case"] == case).unwrap();
        record["scores"].get("polite").cloned()
    };
    assert_eq!(scored("t-1"), Some(1.0.into()));
    assert_eq!(scored("t-4"), None);
    // A changed program is a changed suite.
    let hash = |run: &common::RunFiles| run.manifest()["suite"]["hash"].clone();
    let before = hash(&run);
    sandbox.replace("shop/polite.sh", "0.5", "0.4");
    sandbox.eval_to(0, RUN);
    assert_ne!(hash(sandbox.runs().last().unwrap()), before);
}

#[cfg(unix)]
#[test]
fn a_metric_of_one_s_own_that_fails_is_no_failure_of_the_model() {
    let sandbox = with_a_metric_of_its_own("echo 'no such module' >&2; exit 1");
    sandbox.eval_to(0, RUN);
    let run = sandbox.the_run();
    let right = run.records().iter().filter(|record| record["correct"] == true).count();
    assert_eq!(right, 3);
    for record in run.records() {
        assert!(record["scores"]["polite"].is_null());
        assert!(record["error"]["message"].as_str().unwrap().contains("no such module"), "{record}");
    }
    assert!(row(&run.summary(), "triage", "m")["metrics"]["polite"].is_null());
}

#[test]
fn the_cost_of_each_answer_is_a_metric() {
    let sandbox = shop::sandbox();
    let metrics = "metrics = [\"cost\", { name = \"cost\", as = \"cheap\", max = 0.001 }]\nabstain =";
    sandbox.replace("shop/suite.toml", "abstain =", metrics);
    sandbox.write(
        "eval.toml",
        "[models.m]\nrunner = \"replay\"\noutputs = \"mixed.jsonl\"\nprice = { input = 1.0, output = 2.0 }\n",
    );
    sandbox.eval_to(0, "run --suite ./shop --candidate m --task triage --quiet");
    let summary = sandbox.the_run().summary();
    let metrics = &row(&summary, "triage", "m")["metrics"];
    // A thousand tokens in and ten out.
    assert!((metrics["cost"].as_f64().unwrap() - 0.00102).abs() < 1e-12, "{metrics}");
    assert_eq!(metrics["cheap"], 0.0);
}
