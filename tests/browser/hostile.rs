//! Names and answers that attack the reader of a page.

use crate::{
    accessibility::assert_accessible,
    browser::{Browser, WIDTHS, address},
    common::hostile,
    pages::Report,
};

/// That nothing in the page came from a name or an answer, and that nothing of them ran.
pub fn assert_inert(browser: &Browser, scripts: usize) {
    assert!(browser.is("window.hacked === undefined"), "{}", browser.script("return window.hacked"));
    let found = format!(
        "[...document.querySelectorAll('img, iframe, object, embed, base, meta[http-equiv=refresh i], [autofocus]')].length === 0 \
         && document.scripts.length === {scripts} \
         && ![...document.querySelectorAll('*')].some((e) => [...e.attributes].some((a) => a.name.startsWith('on'))) \
         && ![...document.links].some((a) => !['file:', 'http:'].includes(a.protocol) || /192\\.0\\.2/.test(a.host))"
    );
    let place = "return [location.href, document.scripts.length, document.body.innerText.slice(0, 300)]";
    assert!(browser.is(&found), "an answer became markup: {}", browser.script(place));
    let hiding = "/[\\u0000-\\u0008\\u001b\\u0080-\\u009f\\u200e\\u200f\\u202a-\\u202e\\u2028\\u2066-\\u2069\\ufeff]/";
    let shown = format!("{hiding}.test(document.body.innerText + document.title)");
    assert!(!browser.is(&shown), "a character that hides is in the page");
}

#[test]
fn attacks_are_inert_in_a_page() {
    let Some(browser) = Browser::start() else { return };
    let sandbox = hostile::sandbox();
    hostile::run(&sandbox);
    let report = Report::of(sandbox);
    browser.open_report(&report.page);
    assert_inert(&browser, 1);
    let cases = browser.script("return document.querySelectorAll('#case-list [data-case]').length");
    assert_eq!(cases, 4 * hostile::ATTACKS.len());
    for place in 0..4 * hostile::ATTACKS.len() {
        browser.press("j");
        let script = format!(
            "return document.querySelectorAll('#case-list [data-case]')[{place}].ariaCurrent === 'true' \
                              && document.querySelector('#case h3').innerText.includes(document.querySelectorAll('#case-list [data-case] a')[{place}].innerText)"
        );
        browser.wait("the next case", &script);
        assert_inert(&browser, 1);
        for (width, _) in WIDTHS {
            browser.look(width, "light");
            browser.assert_fits(&format!("case {place}, {width}"));
        }
    }
    assert_accessible(&browser, "a page of attacks");
    browser.assert_quiet(&address(&report.page));
}
