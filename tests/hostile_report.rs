//! Names and answers that attack the reader of a report: inert in every format.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, hostile};
use quick_junit::Report;
use serde_json::Value;

/// What could move a cursor, turn the direction of a text, or hide.
fn hides(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn assert_visible(what: &str, text: &str) {
    let found = text.find(hides).map(|at| text[..at].chars().rev().take(60).collect::<Vec<_>>());
    assert_eq!(found, None, "{what}: what hides comes after these, the last one first");
}

fn with_a_run() -> Sandbox {
    let sandbox = hostile::sandbox();
    let outcome = hostile::run(&sandbox);
    assert_visible("standard output", &outcome.stdout);
    assert_visible("standard error", &outcome.stderr);
    sandbox
}

fn report(sandbox: &Sandbox, words: &str) -> String {
    let outcome = sandbox.eval(&format!("report latest --output - --format {words}"));
    assert!(matches!(outcome.code, Some(0 | 12)), "{words}: {}", outcome.stderr);
    outcome.stdout
}

#[test]
fn a_page_of_attacks_has_one_script_and_stays_small() {
    let sandbox = with_a_run();
    let page = sandbox.the_run().read("report.html");
    assert_visible("report.html", &page);
    assert!(page.len() < 3 << 20, "{} bytes", page.len());
    let small = page.to_lowercase();
    assert_eq!(small.matches("<script").count(), 1);
    assert_eq!(small.matches("</script").count(), 1);
    let attacks =
        ["<img", "<iframe", "<svg onload", "<meta http-equiv=refresh", "<style>*", "\" autofocus", "=\"javascript:"];
    for markup in attacks {
        let found = small.find(markup).map(|at| &small[at.saturating_sub(80)..at + 40]);
        assert_eq!(found, None, "{markup}");
    }
    assert!(page.contains("{{ 7 * 7 }}"), "a name was rendered as a template");
}

#[test]
fn a_table_of_attacks_holds_no_formula() {
    let sandbox = with_a_run();
    for table in ["results", "records"] {
        let text = report(&sandbox, &format!("csv --table {table}"));
        assert_visible(table, &text.replace("\r\n", "\n"));
        for cell in cells(&text) {
            let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
            assert!(!runs, "{table}: {cell:?} is a formula");
        }
    }
    for line in report(&sandbox, "jsonl --table records").lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
    serde_json::from_str::<Value>(&report(&sandbox, "json")).unwrap();
}

/// All cells of a table.
fn cells(text: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for c in text.replace("\"\"", "\u{1}").replace("\r\n", "\u{2}").chars() {
        match c {
            '"' => quoted = !quoted,
            ',' | '\u{2}' if !quoted => cells.push(String::new()),
            c => cells.last_mut().unwrap().push(c),
        }
    }
    assert!(!quoted, "a quote is open at the end");
    cells
}

#[test]
fn a_document_of_attacks_has_no_markup() {
    let sandbox = with_a_run();
    let text = report(&sandbox, "md");
    assert_visible("Markdown", &text);
    let small = text.to_lowercase();
    for markup in ["<script", "<img", "</script", "](javascript", "![", "<!--", "<iframe"] {
        let found = small.match_indices(markup).find(|(at, _)| !small[..*at].ends_with('\\'));
        assert_eq!(found, None, "{text}");
    }
    // A name does not end its row: all rows of a table have as many cells as its head.
    let bars = |line: &str| line.replace("\\|", "").matches('|').count();
    let mut head = None;
    for line in text.lines() {
        match line.starts_with('|') {
            true => assert_eq!(*head.get_or_insert(bars(line)), bars(line), "{line}"),
            false => head = None,
        }
    }
}

#[test]
fn attacks_are_text_in_xml() {
    let sandbox = with_a_run();
    let text = report(&sandbox, "junit");
    assert_visible("JUnit", &text);
    let read = Report::deserialize_from_str(&text).unwrap();
    assert!(read.test_suites.iter().any(|suite| suite.name.as_str().contains("<img src=x")), "{text}");
}

#[test]
fn a_terminal_shows_attacks_as_text() {
    let sandbox = with_a_run();
    let compared = sandbox.eval("compare latest");
    assert_visible("compare", &format!("{}{}", compared.stdout, compared.stderr));
    let past = sandbox.eval("history --suite hostile");
    assert_visible("history", &format!("{}{}", past.stdout, past.stderr));
    assert!(past.stdout.contains("\\u{1b}"), "{}", past.stdout);
}
