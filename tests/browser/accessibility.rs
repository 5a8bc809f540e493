//! The rules of accessibility that a program can check, by axe-core.

use crate::{
    browser::{Browser, SCHEMES, WIDTHS, address},
    pages,
};
use serde_json::Value;
use std::{env, fs, path::PathBuf, sync::OnceLock};

/// axe-core; nothing, aloud, where it is missing.
fn axe() -> Option<&'static str> {
    static AXE: OnceLock<Option<String>> = OnceLock::new();
    let read = || {
        let Some(path) = env::var_os("EVAL_AXE").map(PathBuf::from) else {
            assert!(env::var_os("EVAL_BROWSER_REQUIRED").is_none(), "EVAL_AXE is not set");
            eprintln!("skipped: EVAL_AXE names no axe-core");
            return None;
        };
        let path = if path.is_dir() { path.join("axe.min.js") } else { path };
        Some(fs::read_to_string(&path).unwrap_or_else(|error| panic!("EVAL_AXE: {}: {error}", path.display())))
    };
    AXE.get_or_init(read).as_deref()
}

/// Asserts that the open page breaks no rule whose impact is serious or critical, in each width and scheme.
pub fn assert_accessible(browser: &Browser, what: &str) {
    let Some(axe) = axe() else { return };
    browser.script(axe);
    for (width, scheme) in looks() {
        browser.look(width, scheme);
        let found = browser.script_later(
            "axe.run(document, { resultTypes: ['violations'] }).then((found) => arguments[0](found.violations \
             .filter((rule) => ['serious', 'critical'].includes(rule.impact)) \
             .map((rule) => [rule.id, rule.help, rule.nodes.slice(0, 4).map((node) => [node.target, node.failureSummary])])))",
        );
        assert_eq!(found.as_array().map(Vec::len), Some(0), "{what}, {width}, {scheme}: {found:#}");
    }
    browser.look("wide", "light");
}

pub fn looks() -> impl Iterator<Item = (&'static str, &'static str)> {
    WIDTHS.into_iter().flat_map(|(width, _)| SCHEMES.map(|scheme| (width, scheme)))
}

#[test]
fn reports_are_accessible_and_fit() {
    let Some(browser) = Browser::start() else { return };
    for (what, report, case) in [("shop", pages::shop(), "fields/f-2"), ("paired", pages::paired(), "mail/c-0170")] {
        for fragment in ["", &format!("#case={case}")] {
            browser.open("about:blank");
            browser.open_report_at(&report.page, fragment);
            browser.script("document.querySelectorAll('details').forEach((details) => (details.open = true))");
            for (width, scheme) in looks() {
                browser.look(width, scheme);
                browser.assert_fits(&format!("{what}{fragment}, {width}"));
            }
            assert_accessible(&browser, &format!("{what}{fragment}"));
            browser.assert_quiet(&address(&report.page));
        }
    }
}

#[test]
fn colours_follow_the_scheme() {
    let Some(browser) = Browser::start() else { return };
    let report = pages::shop();
    browser.open_report(&report.page);
    let ground = |scheme| {
        browser.look("wide", scheme);
        let colour =
            browser.script("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)");
        colour.as_array().unwrap().iter().filter_map(Value::as_u64).take(3).sum::<u64>()
    };
    let (light, dark) = (ground("light"), ground("dark"));
    assert!(light > 600 && dark < 150, "{light} {dark}");
}
