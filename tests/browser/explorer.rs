//! The cases: searched, filtered, linked to, and gone through by keys.

use crate::{
    browser::{Browser, ENTER, ESCAPE, address},
    pages::{self, CASES},
};
use serde_json::json;

fn counts(browser: &Browser, words: &str) {
    let script = format!("return document.getElementById('case-count').innerText === {}", json!(words));
    browser.wait(words, &script);
}

fn open_case(browser: &Browser, fragment: &str) {
    let script = format!(
        "return location.hash === {} && !document.getElementById('case').hidden && \
         document.querySelector('#case h3').innerText.startsWith({})",
        json!(format!("#case={fragment}")),
        json!(fragment.split('/').nth(1).unwrap())
    );
    browser.wait(fragment, &script);
}

#[test]
fn cases_are_found_and_gone_through() {
    let Some(browser) = Browser::start() else { return };
    let report = pages::paired();
    browser.open_report(&report.page);
    counts(&browser, &format!("{CASES} cases"));

    // The slash goes to the search, and Enter to the first case found; j and k go on and back; Escape closes.
    browser.press("/");
    assert!(browser.is("document.activeElement.id === 'case-search'"));
    browser.press("C-0007");
    counts(&browser, &format!("2 of {CASES} cases"));
    browser.press(ENTER);
    open_case(&browser, "mail/c-0007");
    browser.press("j");
    open_case(&browser, "notes/c-0007");
    browser.press("j");
    open_case(&browser, "notes/c-0007");
    browser.press("k");
    open_case(&browser, "mail/c-0007");
    assert!(browser.is("document.querySelector('#case-list [aria-current]').dataset.case === 'mail/c-0007'"));
    browser.press(ESCAPE);
    browser.wait("closed", "return document.getElementById('case').hidden");
    assert!(browser.is("document.activeElement.closest('[data-case]').dataset.case === 'mail/c-0007'"));

    // Escape leaves the search, so that the keys are the list's again.
    browser.press("/");
    browser.press(ESCAPE);
    assert!(browser.is("document.activeElement.id !== 'case-search'"));

    // The filters narrow each other. What both are asked and only one got right is what the table says.
    browser.script(
        "const search = document.getElementById('case-search'); search.value = ''; \
                    search.dispatchEvent(new Event('input', { bubbles: true }))",
    );
    counts(&browser, &format!("{CASES} cases"));
    browser.choose("filter-outcome", "only-reference");
    counts(&browser, &format!("24 of {CASES} cases"));
    browser.choose("filter-task", "1");
    counts(&browser, &format!("15 of {CASES} cases"));
    browser.choose("filter-slice", "tag:short");
    counts(&browser, &format!("5 of {CASES} cases"));
    browser.choose("filter-outcome", "all");
    browser.choose("filter-slice", "all");
    browser.choose("filter-task", "all");

    // More rows than a page of the list has; a row opens its case, and the buttons go on from there.
    assert!(browser.is("document.querySelectorAll('#case-list [data-case]').length === 100"));
    browser.click("#page-on");
    browser.wait("the second page", "return !document.getElementById('page-back').disabled");
    let row = |place: usize| {
        let script = format!("return document.querySelectorAll('#case-list [data-case]')[{place}].dataset.case");
        browser.script(&script).as_str().unwrap().to_string()
    };
    let (first, second) = (row(1), row(2));
    browser.click("#case-list [data-case]:nth-child(2)");
    open_case(&browser, &first);
    browser.click("#case [data-step='1']");
    open_case(&browser, &second);
    browser.assert_quiet(&address(&report.page));
}

#[test]
fn a_link_opens_a_case() {
    let Some(browser) = Browser::start() else { return };
    let report = pages::shop();
    browser.open(&format!("{}#case=actions/x-3", address(&report.page)));
    open_case(&browser, "actions/x-3");
    let shown = browser.text("#case");
    for words in ["refund FM-3, 7 euros", "amount: 7)", "amount: 70", "small", "large"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    browser.script("location.hash = '#case=triage/t-5'");
    open_case(&browser, "triage/t-5");
    browser.script("history.back()");
    open_case(&browser, "actions/x-3");
    browser.script("location.hash = '#case=actions/none'");
    browser.wait("not carried", "return document.getElementById('case').innerText.includes('not among')");
    // What a browser cannot decode is no case either.
    browser.script("location.hash = '#case=actions/%E0%A4%A'");
    browser.assert_quiet(&address(&report.page));
}

/// As where a case was edited between two runs that are held against each other.
#[test]
fn cases_of_one_id_have_addresses_of_their_own() {
    let Some(browser) = Browser::start() else { return };
    let report = pages::shop();
    report.change_records(|record| {
        let id = ["t-1", "t-2", "t-3", "t-4"].iter().position(|id| record["case"] == *id);
        if let Some(place) = id {
            record["case"] = ["x/2", "x/2", "x/2", "x"][place].into();
        }
    });
    browser.open_report(&report.page);
    let addresses = browser.script(
        "return [...document.querySelectorAll('#case-list [data-case^=\"triage/x\"] a')].map((a) => a.hash).sort()",
    );
    assert_eq!(
        addresses,
        json!(["#case=triage/x", "#case=triage/x%2F2", "#case=triage/x%2F2/2", "#case=triage/x%2F2/3"])
    );
    let mut prompts: Vec<String> = Vec::new();
    for address in addresses.as_array().unwrap() {
        let address = address.as_str().unwrap();
        browser.script(&format!("location.hash = '{address}'"));
        let text = || browser.text("#case pre:not(details pre)");
        let before = prompts.last().cloned();
        browser.wait(
            address,
            &format!(
                "return document.querySelector('#case pre:not(details pre)') !== null && \
             document.querySelector('#case pre:not(details pre)').innerText !== {}",
                json!(before)
            ),
        );
        prompts.push(text());
    }
    prompts.sort();
    assert_eq!(prompts, ["I send it back, and what of my money", "charged twice", "hm", "where is it"]);
    browser.script("location.hash = '#case=triage/x/2'");
    browser.wait("no second", "return document.getElementById('case').innerText.includes('not among')");
    browser.assert_quiet(&address(&report.page));
}

/// As where every case has a tag of its own.
#[test]
fn of_very_many_slices_the_most_frequent_are_offered() {
    let Some(browser) = Browser::start() else { return };
    let report = pages::paired();
    report.change_records(|record| {
        let name = format!("{} {}", record["task"], record["case"]);
        let tags = record["tags"].as_array_mut().unwrap();
        tags.extend([json!(format!("a {name}")), json!(format!("b {name}"))]);
    });
    browser.open_report(&report.page);
    counts(&browser, &format!("{CASES} cases"));
    let slices = "[...document.querySelectorAll('#filter-slice option')]";
    assert_eq!(browser.script(&format!("return {slices}.length")), 1 + 300 + 1);
    let left_out = format!("return {slices}.filter((option) => option.disabled).map((option) => option.innerText)");
    let more = 2 * CASES + 2 - 300;
    assert_eq!(browser.script(&left_out), json!([format!("{more} rarer slices are left out")]));
    browser.choose("filter-slice", "tag:short");
    browser.choose("filter-task", "1");
    counts(&browser, &format!("27 of {CASES} cases"));
    assert!(browser.is("document.querySelector('#filter-slice :checked').innerText === 'short (27)'"));
    browser.assert_quiet(&address(&report.page));
}

/// Any value may be expected of an extraction: that it looks like calls makes it none.
#[test]
fn what_is_expected_is_shown_by_the_kind_of_its_task() {
    let Some(browser) = Browser::start() else { return };
    let report = pages::shop();
    let expected = [
        ("f-1", json!({"calls": ["a", null]}), "[2]\n0: a\n1: null"),
        ("f-2", json!({"calls": ["b"], "who": "w2"}), "who: w2"),
        ("f-3", json!({"answerable": false, "who": "w3"}), "who: w3"),
        ("x-1", json!({"calls": [null, 5, {"name": {"toString": 1}}, {"name": "f", "more": {}}]}), "(no name)("),
        ("x-2", json!({"calls": {"no": "list"}}), "no: list"),
        ("x-3", json!({"calls": [], "answerable": false}), "(no call)"),
    ];
    report.change_records(|record| {
        if let Some((_, value, _)) = expected.iter().find(|(id, ..)| record["case"] == *id) {
            record["expected"] = value.clone();
        }
    });
    browser.open_report(&report.page);
    for (id, _, words) in &expected {
        let fragment = format!("{}/{id}", if id.starts_with('f') { "fields" } else { "actions" });
        browser.script(&format!("location.hash = '#case={fragment}'"));
        open_case(&browser, &fragment);
        let shown = browser.text("#case");
        assert!(shown.contains(words), "{id}: {words}: {shown}");
    }
    browser.assert_quiet(&address(&report.page));
}

#[test]
fn without_scripts_all_but_the_cases_stands() {
    let Some(browser) = Browser::start() else { return };
    let report = pages::shop();
    browser.open_without_scripts(&address(&report.page));
    let text = browser.text("main");
    assert!(text.contains("needs JavaScript") && text.contains("triage"), "{text}");
    assert!(browser.is("document.getElementById('case-explorer').hidden"));
}
