//! `eval suites`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, shop, snapshot};

#[test]
fn the_built_in_suites_are_sound() {
    let sandbox = Sandbox::new();
    let list = sandbox.eval_to(0, "suites list").stdout;
    assert!(list.contains("support-tickets"), "{list}");
    for name in list.lines().take_while(|line| !line.is_empty()).map(|line| line.split(' ').next().unwrap()) {
        let checked = sandbox.eval_to(0, &format!("suites check {name}")).stdout;
        assert!(checked.starts_with(&format!("{name} is valid: ")), "{checked}");
        sandbox.eval_to(0, &format!("suites show {name}"));
    }
}

#[test]
fn what_a_suite_holds() {
    let sandbox = shop::sandbox();
    snapshot!(sandbox, sandbox.eval_to(0, "suites show ./shop").stdout);
    snapshot!(sandbox, sandbox.eval_to(0, "suites check ./shop").stdout);
}

#[test]
fn names_that_are_no_suite() {
    let sandbox = shop::sandbox();
    let errors = ["suport-tickets", "./shp", "./mixed.jsonl", "."].map(|name| {
        let check = sandbox.eval(&format!("suites check {name}"));
        let run = sandbox.eval(&format!("run --suite {name} --candidate m=replay:mixed.jsonl"));
        assert_eq!((check.code, &check.stderr), (run.code, &run.stderr));
        assert_eq!(check.code, Some(2), "{name}");
        format!("# {name}\n{}", check.stderr)
    });
    snapshot!(sandbox, errors.join("\n"));
}

#[test]
fn what_only_the_metrics_can_check_is_checked() {
    let sandbox = shop::sandbox();
    sandbox.replace("shop/suite.toml", "bars = { accuracy =", "bars = { acuracy =");
    snapshot!(sandbox, sandbox.eval_to(2, "suites check ./shop").stderr);
}
