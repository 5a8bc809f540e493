//! The page on paper.

use crate::{
    browser::{Browser, address},
    common::shop,
    pages,
};

#[test]
fn a_report_prints_whole() {
    let Some(browser) = Browser::start() else { return };
    let report = pages::shop();
    browser.open_report(&report.page);
    let paper = browser.print();
    assert!(paper.starts_with(b"%PDF-"));
    let pages = paper.windows(11).filter(|word| word == b"/Type /Page").count();
    assert!((3..40).contains(&pages), "{pages} pages");

    browser.as_printed();
    let hidden = "return [...document.querySelectorAll('main h2, main h3, main table, main svg')] \
                  .filter((e) => !e.closest('#cases, details, .unseen') && e.getClientRects().length === 0) \
                  .map((e) => e.outerHTML.slice(0, 100))";
    assert_eq!(browser.script(hidden), serde_json::json!([]), "not on paper");
    // Were something wider, Chromium would shrink all of it until it fits.
    browser.assert_fits("paper");
    for controls in [".case-filters", ".case-box", ".case-steps", "nav", ".skip"] {
        let shown = format!("[...document.querySelectorAll('{controls}')].some((e) => e.getClientRects().length > 0)");
        assert!(!browser.is(&shown), "{controls} is on paper");
    }
    assert!(
        browser
            .is("[...document.querySelectorAll('a')].every((a) => getComputedStyle(a).textDecorationLine === 'none')"),
        "links stand out on paper"
    );
    browser.assert_quiet(&address(&report.page));
}

#[test]
fn what_is_opened_is_printed_and_what_is_folded_is_not() {
    let Some(browser) = Browser::start() else { return };
    let report = pages::paired();
    browser.open_report(&report.page);
    browser.script("document.querySelector('details.numbers').open = true; return 0");
    browser.as_printed();
    let seen = "return [...document.querySelectorAll('main details:not(#cases *)')] \
                .map((e) => [e.open, e.getClientRects().length > 0])";
    let seen: Vec<(bool, bool)> = serde_json::from_value(browser.script(seen)).unwrap();
    assert!(seen.contains(&(true, true)) && seen.contains(&(false, false)), "{seen:?}");
    assert!(seen.iter().all(|(open, seen)| open == seen), "{seen:?}");
    browser.assert_fits("paper with the numbers opened");
}

#[test]
fn a_page_with_many_columns_fits_the_paper() {
    let Some(browser) = Browser::start() else { return };
    let models = "--candidate small=replay:mixed.jsonl --candidate a-model-with-a-long-name=replay:mixed.jsonl \
                  --reference large=replay:right.jsonl";
    let report = pages::run(shop::sandbox(), &format!("--suite ./shop {models}"));
    browser.open_report(&report.page);
    browser.as_printed();
    browser.assert_fits("paper with three models");
}
