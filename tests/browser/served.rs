//! The pages of `eval view`.

use crate::{
    accessibility::{assert_accessible, looks},
    browser::Browser,
    common::{hostile, paired, view::Server},
    hostile::assert_inert,
    pages, pictures,
};

/// Visits the pages of a server: each fits, is accessible, and asks nobody else.
fn visit(browser: &Browser, server: &Server, name: &str, paths: &[(&str, String)]) {
    let own = format!("http://127.0.0.1:{}/", server.port);
    for (what, path) in paths {
        let what = format!("{name}-{what}");
        browser.script("window.isLeft = true");
        browser.open(&format!("{own}{path}"));
        // On a busy machine the page before may be there for a moment.
        browser.wait("the page is loaded", "return !window.isLeft && document.readyState === 'complete'");
        if browser.is("document.getElementById('cases')") {
            browser.wait("the cases are listed", "return !document.getElementById('case-explorer').hidden");
            browser.press("j");
            browser.wait("a case", "return document.querySelector('#case h3') !== null");
            assert_inert(browser, 1);
        } else {
            assert_inert(browser, 0);
        }
        for (width, scheme) in looks() {
            browser.look(width, scheme);
            browser.assert_fits(&format!("{what}, {width}"));
            pictures::save(&format!("view-{what}-{width}-{scheme}.png"), &browser.picture(Some("body")));
        }
        assert_accessible(browser, &what);
        browser.assert_quiet(&own);
    }
}

#[test]
fn the_pages_of_a_folder() {
    let Some(browser) = Browser::start() else { return };
    let sandbox = paired::sandbox(&pages::tasks());
    for words in [
        "--candidate small=replay:ours.jsonl --reference large=replay:theirs.jsonl",
        "--candidate small=replay:theirs.jsonl",
    ] {
        let outcome = sandbox.eval(&format!("run --suite ./paired --quiet {words}"));
        assert!(matches!(outcome.code, Some(0 | 12)), "{}", outcome.stderr);
    }
    let [first, second] = sandbox.runs().try_into().unwrap();
    let server = Server::start(&sandbox, "");
    let paths = [
        ("list", String::new()),
        ("run", format!("runs/{}/", first.id())),
        ("pair", format!("compare?candidate={}%23small&reference={}%23small", first.id(), second.id())),
        ("trend", "suites/paired/".into()),
        ("missing", "runs/none/".into()),
    ];
    visit(&browser, &server, "paired", &paths[..4]);
    browser.open(&format!("http://127.0.0.1:{}/{}", server.port, paths[4].1));
    assert_accessible(&browser, "a page that is missing");
}

#[test]
fn a_run_that_has_changed_is_to_be_loaded_again() {
    let Some(browser) = Browser::start() else { return };
    let sandbox = paired::sandbox(&pages::tasks());
    sandbox.eval("run --suite ./paired --quiet --candidate small=replay:ours.jsonl");
    let server = Server::start(&sandbox, "");
    let own = format!("http://127.0.0.1:{}/", server.port);
    browser.open(&format!("{own}runs/{}/", sandbox.the_run().id()));
    browser.wait("the cases are listed", "return !document.getElementById('case-explorer').hidden");
    let log = sandbox.the_run().file("records.jsonl");
    let records = std::fs::read_to_string(&log).unwrap();
    let kept: Vec<&str> = records.split_inclusive('\n').skip(20).collect();
    std::fs::write(&log, kept.concat()).unwrap();
    let says = "return document.getElementById('case-count').innerText === 'The run has changed: load the page again.'";
    browser.press("j");
    browser.wait("a case", says);
    browser.script(
        "document.getElementById('case-count').textContent = ''; \
         const search = document.getElementById('case-search'); search.value = 'mail'; search.dispatchEvent(new Event('input', { bubbles: true }))",
    );
    browser.wait("a search", says);
}

#[test]
fn attacks_are_inert_in_served_pages() {
    let Some(browser) = Browser::start() else { return };
    let sandbox = hostile::sandbox();
    hostile::run(&sandbox);
    let server = Server::start(&sandbox, "");
    let run = format!("runs/{}/", sandbox.the_run().id());
    visit(&browser, &server, "hostile", &[("list", String::new()), ("run", run), ("trend", "suites/hostile/".into())]);
}
