//! The page on paper.

use crate::{
    browser::{Browser, address},
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
    for controls in [".case-filters", ".case-box", ".case-steps", "nav", ".skip"] {
        let shown = format!("[...document.querySelectorAll('{controls}')].some((e) => e.getClientRects().length > 0)");
        assert!(!browser.is(&shown), "{controls} is on paper");
    }
    browser.assert_quiet(&address(&report.page));
}
