//! What a person sees for every kind of bad input: the file, the line, the mend. No model is called, nothing panics.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Sandbox, shop, snapshot};

/// What is wrong, and how to make it so.
type Bad<'a> = (&'a str, &'a dyn Fn(&Sandbox));

/// The errors of a command, with one thing wrong at a time. Each ends with 2 and leaves no run behind.
fn errors(words: &str, cases: &[Bad<'_>]) -> String {
    let mut out = String::new();
    for (title, breaks) in cases {
        let sandbox = shop::sandbox();
        breaks(&sandbox);
        let outcome = sandbox.eval_to(2, words);
        assert!(!outcome.stderr.contains("internal error"), "{title}: {}", outcome.stderr);
        assert_eq!(outcome.stdout, "", "{title}");
        assert!(sandbox.runs().is_empty(), "{title}");
        let error = outcome.stderr.replace(sandbox.path().to_str().unwrap(), "[DIR]");
        out.push_str(&format!("# {title}\n{error}\n"));
    }
    out
}

const RUN: &str = "run --suite ./shop --candidate m=replay:mixed.jsonl --quiet";

/// Sets a part of a file in place of another.
fn replace(name: &'static str, from: &'static str, to: &'static str) -> impl Fn(&Sandbox) {
    move |sandbox| {
        sandbox.replace(name, from, to);
    }
}

/// Sets a whole file.
fn file(name: &'static str, contents: impl AsRef<[u8]>) -> impl Fn(&Sandbox) {
    move |sandbox| {
        sandbox.write(name, &contents);
    }
}

#[test]
fn of_a_suite() {
    let good = "{\"id\": \"t-1\", \"input\": \"a\", \"expected\": \"billing\"}\n";
    let cases: &[Bad<'_>] = &[
        ("malformed TOML", &replace("shop/suite.toml", "name = \"shop\"", "name = \"shop")),
        ("unknown key", &replace("shop/suite.toml", "description", "descripton")),
        ("missing case file", &|sandbox| {
            sandbox.remove("shop/triage.jsonl");
        }),
        ("empty case file", &file("shop/triage.jsonl", "")),
        ("invalid JSON on line 2", &file("shop/triage.jsonl", format!("{good}{{\"id\": \"t-2\", \"input\"}}\n"))),
        ("duplicate id", &file("shop/triage.jsonl", good.repeat(2))),
        ("label outside the set", &replace("shop/triage.jsonl", "\"returns\"", "\"return\"")),
        ("a gold that its comparator cannot read", &|sandbox| {
            sandbox.replace(
                "shop/suite.toml",
                "schema = \"order.schema.json\"",
                "schema = \"order.schema.json\"\nfields = { \"/order\" = { compare = \"date\" } }",
            );
        }),
        ("a schema that does not compile", &replace("shop/order.schema.json", "\"string\"", "\"text\"")),
        ("an undefined variable", &replace("shop/triage.jinja", "labels |", "lables |")),
        (
            "a template that leaves the folder",
            &replace("shop/suite.toml", "abstain =", "prompt = \"../x.jinja\"\nabstain ="),
        ),
        ("invalid UTF-8", &file("shop/triage.jsonl", [good.as_bytes(), b"{\"id\": \"\xff\"}\n"].concat())),
        ("a line of 100 MB", &file("shop/triage.jsonl", vec![b'x'; 100 << 20])),
    ];
    snapshot!(Sandbox::new(), errors(RUN, cases));
    // The same is found without asking any model.
    assert_eq!(errors("suites check ./shop", cases), errors(RUN, cases));
}

#[cfg(unix)]
#[test]
fn of_a_suite_that_links_to_a_place_outside() {
    let outside = tempfile::NamedTempFile::new().unwrap();
    let link = |name: &'static str| {
        let target = outside.path().to_path_buf();
        move |sandbox: &Sandbox| {
            sandbox.remove(name);
            std::os::unix::fs::symlink(&target, sandbox.path().join(name)).unwrap();
        }
    };
    let cases: &[Bad<'_>] = &[("cases", &link("shop/triage.jsonl")), ("a prompt", &link("shop/triage.jinja"))];
    snapshot!(Sandbox::new(), errors(RUN, cases));
}

#[test]
fn of_a_recording() {
    let right = || shop::lines(&shop::right());
    snapshot!(
        Sandbox::new(),
        errors(
            RUN,
            &[
                ("empty", &file("mixed.jsonl", "")),
                ("not JSON", &file("mixed.jsonl", "task,case,text\n")),
                ("invalid UTF-8", &file("mixed.jsonl", b"{\"task\": \"triage\xff\"}\n")),
                ("a line cut short", &file("mixed.jsonl", right().trim_end().trim_end_matches('}'))),
                (
                    "a second answer",
                    &file("mixed.jsonl", right().repeat(2).lines().take(19).collect::<Vec<_>>().join("\n"))
                ),
                ("an unknown case", &replace("mixed.jsonl", "\"t-1\"", "\"t-11\"")),
                ("an unknown task", &replace("mixed.jsonl", "\"triage\"", "\"traige\"")),
                (
                    "another content",
                    &replace("mixed.jsonl", "\"case\":\"t-1\"", "\"case\":\"t-1\",\"case_hash\":\"00\"")
                ),
                ("no answer", &replace("mixed.jsonl", "\"text\":\"Delivery.\",", "")),
                ("wrong types", &replace("mixed.jsonl", "\"text\":\"Delivery.\"", "\"text\":7,\"repeat\":-1")),
            ]
        )
    );
}

#[test]
fn of_a_configuration() {
    let config = |text: &'static str| file("eval.toml", text);
    snapshot!(
        Sandbox::new(),
        errors(
            "run --suite ./shop --candidate m --quiet",
            &[
                ("malformed TOML", &config("[models.m\nrunner = \"replay\"\n")),
                ("an unknown table", &config("[model.m]\nrunner = \"replay\"\n")),
                ("an unknown key", &config("[models.m]\nrunner = \"replay\"\noutput = \"mixed.jsonl\"\n")),
                ("no runner", &config("[models.m]\noutputs = \"mixed.jsonl\"\n")),
                (
                    "an amount of memory that is none",
                    &config("[models.m]\nrunner = \"candle\"\nweights = \"m.gguf\"\nmax_memory = \"plenty\"\n")
                ),
                ("an unknown runner", &config("[models.m]\nrunner = \"repaly\"\noutputs = \"mixed.jsonl\"\n")),
                (
                    "a key of another runner",
                    &config("[models.m]\nrunner = \"candle\"\nweights = \"smollm2-135m\"\noutputs = \"mixed.jsonl\"\n")
                ),
                ("no outputs", &config("[models.m]\nrunner = \"replay\"\n")),
                (
                    "a price below 0",
                    &config(
                        "[models.m]\nrunner = \"replay\"\noutputs = \"mixed.jsonl\"\nprice = { input = -1.0, output = 1.0 }\n"
                    )
                ),
                (
                    "a price without its half",
                    &config("[models.m]\nrunner = \"replay\"\noutputs = \"mixed.jsonl\"\nprice = { input = 1.0 }\n")
                ),
                (
                    "a price in other words",
                    &config(
                        "[models.m]\nrunner = \"replay\"\noutputs = \"mixed.jsonl\"\nprice = { input = \"1 USD\", output = 1.0 }\n"
                    )
                ),
                (
                    "a temperature out of range",
                    &config("[models.m]\nrunner = \"candle\"\nweights = \"smollm2-135m\"\ntemperature = -1.0\n")
                ),
                (
                    "outputs that are not there",
                    &config("[models.m]\nrunner = \"replay\"\noutputs = \"absent.jsonl\"\n")
                ),
            ]
        ),
    );
    snapshot!(Sandbox::new(), errors(&format!("{RUN} --config absent.toml"), &[("no such file", &|_| ())]));
}
