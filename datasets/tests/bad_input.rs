//! What a person sees for every kind of bad suite.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Folder, rendered};

/// What is wrong with a suite, and how to make it so.
type Bad<'a> = (&'a str, &'a dyn Fn(&Folder));

/// Breaks a good suite in one way after another, and shows the error of each.
fn errors(cases: &[Bad<'_>]) -> String {
    let mut out = String::new();
    for (title, breaks) in cases {
        let folder = Folder::new();
        breaks(&folder);
        out.push_str(&format!("# {title}\n{}\n\n", folder.error()));
    }
    out
}

/// Sets a line of the settings in place of another.
fn toml(from: &'static str, to: &'static str) -> impl Fn(&Folder) {
    move |folder| {
        folder.replace("suite.toml", from, to);
    }
}

/// Sets the whole case file of a task.
fn cases(task: &'static str, lines: &'static str) -> impl Fn(&Folder) {
    move |folder| {
        folder.write(&format!("{task}.jsonl"), lines);
    }
}

fn file(name: &'static str, text: &'static str) -> impl Fn(&Folder) {
    move |folder| {
        folder.write(name, text);
    }
}

#[test]
fn the_settings_of_a_suite() {
    common::snapshot!(errors(&[
        ("malformed TOML", &toml("name = \"shop\"", "name = \"shop")),
        ("unknown key", &toml("description", "descripton")),
        ("a later version's key", &toml("[decision]", "prevalence = 0.1\n[decision]")),
        ("no name", &toml("name = \"shop\"", "")),
        ("a name that is not one", &toml("name = \"shop\"", "name = \"a shop\"")),
        ("wrong type", &toml("name = \"shop\"", "name = 3")),
        ("no such policy", &toml("[decision]", "data_policy = \"local\"\n[decision]")),
        ("margin out of range", &toml("margin = 0.05", "margin = 5")),
        ("not a number", &toml("margin = 0.05", "alpha = nan")),
        ("no task", &file("suite.toml", "name = \"shop\"\n")),
        ("several problems", &toml("margin = 0.05", "margn = 0.05\nalpha = \"low\"")),
    ]));
}

#[test]
fn the_settings_of_a_task() {
    common::snapshot!(errors(&[
        ("unknown key", &toml("labels =", "lables =")),
        ("a prevalence that is no share", &toml("kind = \"rag\"", "kind = \"rag\"\nprevalence = 10")),
        ("a key of another kind", &toml("kind = \"rag\"", "kind = \"rag\"\naccept_recovered = true")),
        ("no kind", &toml("kind = \"rag\"", "")),
        ("no such kind", &toml("kind = \"rag\"", "kind = \"rga\"")),
        ("two of one name", &toml("name = \"answers\"", "name = \"fields\"")),
        ("one label", &toml("\"billing\", \"delivery\", \"returns\"", "\"billing\"")),
        ("a label twice", &toml("\"returns\"]", "\"Billing \"]")),
        ("an abstain label in other letters", &toml("abstain = \"undetermined\"", "abstain = \"Billing\"")),
        ("no schema", &toml("schema = \"order.schema.json\"", "")),
        ("no tokens", &toml("kind = \"rag\"", "kind = \"rag\"\nmax_output_tokens = 0")),
        (
            "a metric that is neither name nor table",
            &toml("kind = \"rag\"", "kind = \"rag\"\nmetrics = [\"length\", 7]")
        ),
        ("a metric without name", &toml("kind = \"rag\"", "kind = \"rag\"\nmetrics = [{ max = 7 }]")),
        ("a bar without limit", &toml("{ min = 0.85 }", "{}")),
        ("a bar that nothing meets", &toml("{ min = 0.85 }", "{ min = 0.85, max = 0.5 }")),
        ("a bar that is no number", &toml("{ min = 0.85 }", "{ min = inf }")),
        ("a bar in other words", &toml("{ min = 0.85 }", "{ least = 0.85 }")),
        ("a field that the schema lacks", &toml("\"/total\"", "\"/totals\"")),
        ("a field of an item that the schema lacks", &toml("\"/total\"", "\"/lines/0/prize\"")),
        ("a comparator that is none", &toml("compare = \"number\"", "compare = \"numeric\"")),
        ("a tolerance of no number", &toml("compare = \"number\"", "compare = \"text\"")),
        ("a key of other comparators", &toml("compare = \"number\"", "month_first = true, compare = \"number\"")),
        (
            "an item's key that the schema lacks",
            &toml("\"/total\"", "\"/lines\" = { compare = \"objects\", key = \"sku\" }, \"/total\"")
        ),
        ("strict extraction", &toml("schema = \"order.schema.json\"", "schema = \"order.schema.json\"\nstrict = true")),
    ]));
}

#[test]
fn files() {
    common::snapshot!(errors(&[
        ("missing case file", &|folder| {
            folder.remove("triage.jsonl");
        }),
        ("missing template, named wrongly", &toml("kind = \"rag\"", "kind = \"rag\"\nprompt = \"anwsers.jinja\"")),
        ("missing schema", &|folder| {
            folder.remove("order.schema.json");
        }),
        ("a path above the folder", &toml("kind = \"rag\"", "kind = \"rag\"\ncases = \"../answers.jsonl\"")),
        ("an absolute path", &toml("kind = \"rag\"", "kind = \"rag\"\ncases = \"/etc/passwd\"")),
        ("a folder", &|folder| {
            std::fs::create_dir(folder.path().join("cases")).unwrap();
            folder.replace("suite.toml", "kind = \"rag\"", "kind = \"rag\"\ncases = \"cases\"");
        }),
        ("settings that are not UTF-8", &|folder| {
            folder.write("suite.toml", b"name = \"shop\"\ndescription = \"\xff\"");
        }),
        ("no settings", &|folder| {
            folder.remove("suite.toml");
        }),
    ]));
}

#[cfg(unix)]
#[test]
fn links() {
    let outside = tempfile::NamedTempFile::new().unwrap();
    let link = |name: &'static str| {
        let target = outside.path().to_path_buf();
        move |folder: &Folder| {
            folder.remove(name);
            std::os::unix::fs::symlink(&target, folder.path().join(name)).unwrap();
        }
    };
    common::snapshot!(errors(&[
        ("a case file behind a link", &link("triage.jsonl")),
        ("a schema behind a link", &link("order.schema.json")),
        ("the settings behind a link", &link("suite.toml")),
    ]));

    let inside = Folder::new();
    std::fs::rename(inside.path().join("triage.jsonl"), inside.path().join("other.jsonl")).unwrap();
    std::os::unix::fs::symlink("other.jsonl", inside.path().join("triage.jsonl")).unwrap();
    assert_eq!(inside.load().unwrap().suite.tasks[0].cases.len(), 2);
}

#[test]
fn names_and_paths() {
    let error = |words: &str| rendered(&eval_datasets::load(words).unwrap_err());
    common::snapshot!(["suport-tickets", "src", "./no-such-folder", "./Cargo.toml", "./src"].map(error).join("\n\n"));
}

#[test]
fn case_lines() {
    common::snapshot!(errors(&[
        ("empty case file", &cases("triage", "\n  \n")),
        (
            "invalid JSON on line 3",
            &cases(
                "triage",
                "{\"id\": \"t-1\", \"input\": \"a\", \"expected\": \"billing\"}\n\n{\"id\": \"t-2\", \"input\": \"b\" \"expected\": \"billing\"}\n"
            )
        ),
        ("a line cut short", &cases("triage", "{\"id\": \"t-1\", \"input\": \"a\", \"expec")),
        ("not an object", &cases("triage", "[1, 2]\n")),
        (
            "a key twice",
            &cases("triage", "{\"id\": \"t-1\", \"input\": \"a\", \"expected\": \"billing\", \"input\": \"b\"}\n")
        ),
        (
            "unknown key",
            &cases("triage", "{\"id\": \"t-1\", \"input\": \"a\", \"expected\": \"billing\", \"tag\": [\"x\"]}\n")
        ),
        ("nothing needed is there", &cases("triage", "{}\n")),
        (
            "wrong types",
            &cases("triage", "{\"id\": 1, \"input\": [\"a\"], \"expected\": 2, \"tags\": \"x\", \"cluster\": 3}\n")
        ),
        (
            "duplicate id",
            &cases(
                "triage",
                "{\"id\": \"t-1\", \"input\": \"a\", \"expected\": \"billing\"}\n{\"id\": \"t-2\", \"input\": \"b\", \"expected\": \"billing\"}\n{\"id\": \"t-1\", \"input\": \"c\", \"expected\": \"billing\"}\n"
            )
        ),
        (
            "a label outside the set, in a long line",
            &cases(
                "triage",
                "{\"id\": \"t-1\", \"input\": \"a mail that goes on for a while, so that the line is longer than any terminal is wide, and then some more\", \"expected\": \"biling\", \"tags\": [\"short\", \"typos\", \"thread\", \"multilingual\", \"lang-de\", \"angry\"]}\n"
            )
        ),
        ("invalid UTF-8", &|folder| {
            folder.write(
                "triage.jsonl",
                b"{\"id\": \"t-1\", \"input\": \"a\", \"expected\": \"billing\"}\n{\"id\": \"t-\xff\"}\n",
            );
        }),
    ]));
}

/// `total` is 5, or an amount that is no number.
const ALTERNATIVES: &str = "{\"id\": \"f-1\", \"input\": {\"body\": \"b\"}, \"expected\": {\"order_number\": null, \"total\": {\"any_of\": [5, true]}, \"lines\": []}}\n";

#[test]
fn expected_outcomes() {
    common::snapshot!(errors(&[
        (
            "extraction: not an object",
            &cases("fields", "{\"id\": \"f-1\", \"input\": {\"body\": \"b\"}, \"expected\": null}\n")
        ),
        (
            "extraction: against the schema",
            &cases(
                "fields",
                "{\"id\": \"f-1\", \"input\": {\"body\": \"b\"}, \"expected\": {\"order_number\": null, \"lines\": [{\"price\": \"5\"}]}}\n"
            )
        ),
        ("alternatives where no rule allows them", &cases("fields", ALTERNATIVES)),
        ("an alternative that the schema refuses", &|folder: &Folder| {
            folder.replace("suite.toml", "compare = \"number\"", "any_of = true, compare = \"number\"");
            folder.write("fields.jsonl", ALTERNATIVES);
        }),
        (
            "rag: no context",
            &cases("answers", "{\"id\": \"a-1\", \"input\": \"b\", \"expected\": {\"answerable\": false}}\n")
        ),
        (
            "rag: empty context",
            &cases(
                "answers",
                "{\"id\": \"a-1\", \"input\": \"b\", \"context\": [], \"expected\": {\"answerable\": false}}\n"
            )
        ),
        (
            "rag: passages",
            &cases(
                "answers",
                "{\"id\": \"a-1\", \"input\": \"b\", \"context\": [{\"id\": \"k\", \"text\": \"a\"}, {\"id\": \"k\", \"text\": \"b\"}, {\"id\": \"l\"}], \"expected\": {\"answerable\": false}}\n"
            )
        ),
        (
            "rag: no answer",
            &cases(
                "answers",
                "{\"id\": \"a-1\", \"input\": \"b\", \"context\": [{\"id\": \"k\", \"text\": \"a\"}], \"expected\": {\"answers\": []}}\n"
            )
        ),
        (
            "rag: an answer to what has none",
            &cases(
                "answers",
                "{\"id\": \"a-1\", \"input\": \"b\", \"context\": [{\"id\": \"k\", \"text\": \"a\"}], \"expected\": {\"answers\": [\"a\"], \"answerable\": false}}\n"
            )
        ),
        (
            "rag: citation of nothing",
            &cases(
                "answers",
                "{\"id\": \"a-1\", \"input\": \"b\", \"context\": [{\"id\": \"kb-1\", \"text\": \"a\"}], \"expected\": {\"answers\": [\"a\"], \"citations\": [\"kb-2\"]}}\n"
            )
        ),
        (
            "tools: no such tool",
            &cases(
                "actions",
                "{\"id\": \"x-1\", \"input\": \"b\", \"expected\": {\"calls\": [{\"name\": \"refunds\"}]}}\n"
            )
        ),
        (
            "tools: a required argument is missing",
            &cases(
                "actions",
                "{\"id\": \"x-1\", \"input\": \"b\", \"expected\": {\"calls\": [{\"name\": \"refund\", \"arguments\": {\"order_number\": {\"any_of\": [\"a\"]}}}]}}\n"
            )
        ),
        (
            "tools: arguments that the tool refuses",
            &cases(
                "actions",
                "{\"id\": \"x-1\", \"input\": \"b\", \"expected\": {\"calls\": [{\"name\": \"refund\", \"arguments\": {\"order_nr\": \"a\", \"order_number\": 7, \"amount\": {\"any_of\": [\"5\", null]}}}]}}\n"
            )
        ),
        (
            "tools: shapes",
            &cases(
                "actions",
                "{\"id\": \"x-1\", \"input\": \"b\", \"expected\": {\"calls\": [{\"name\": \"lookup_order\", \"arguments\": {\"order_number\": {\"any_of\": [], \"optional\": 1, \"of\": 2}}}], \"order\": \"strict\"}}\n"
            )
        ),
        ("tools: none", &|folder| {
            folder.replace("suite.toml", "tools = \"tools.json\"", "");
        }),
        (
            "tools: the case's own do not compile",
            &cases(
                "actions",
                "{\"id\": \"x-1\", \"input\": \"b\", \"tools\": [{\"name\": \"f\"}], \"expected\": {\"calls\": []}}\n"
            )
        ),
    ]));
}

#[test]
fn only_the_first_problems_of_a_file_are_shown_and_the_others_counted() {
    let folder = Folder::new();
    let lines: String =
        (0..25).map(|i| format!("{{\"id\": \"t-{i}\", \"input\": \"a\", \"expected\": \"x\"}}\n")).collect();
    let error = folder.write("triage.jsonl", lines).error();
    assert_eq!(error.matches("not in the task's label set").count(), 20, "{error}");
    assert!(error.ends_with("triage.jsonl: and 5 more"), "{error}");
}

#[test]
fn a_huge_line_is_refused_and_not_read() {
    let folder = Folder::new();
    let mut bytes = vec![b'x'; 100 * 1024 * 1024];
    bytes.extend_from_slice(b"\n{\"id\": \"t-1\", \"input\": \"a\", \"expected\": \"billing\"}\n");
    common::snapshot!(folder.write("triage.jsonl", bytes).error());
}

#[test]
fn schemas_and_tools() {
    common::snapshot!(errors(&[
        ("a schema that is not JSON", &file("order.schema.json", "{\"type\": \"object\",\n  // comment\n}")),
        ("a schema of no object", &file("order.schema.json", "{\"type\": \"array\"}")),
        (
            "a schema that does not compile",
            &file(
                "order.schema.json",
                "{\"type\": \"object\", \"properties\": {\n  \"total\": {\"type\": \"decimal\"}}}"
            )
        ),
        (
            "a schema with a pattern that does not compile",
            &file("order.schema.json", "{\"type\": \"object\", \"properties\": {\n  \"total\": {\"pattern\": \"(\"}}}")
        ),
        (
            "a schema that refers to the network",
            &file(
                "order.schema.json",
                "{\"type\": \"object\", \"properties\": {\n  \"total\": {\"$ref\": \"https://example.org/total.json\"}}}"
            )
        ),
        (
            "a schema that refers to nothing",
            &file(
                "order.schema.json",
                "{\"type\": \"object\", \"properties\": {\n  \"total\": {\"$ref\": \"#/$defs/total\"}}}"
            )
        ),
        ("no tools", &file("tools.json", "[]")),
        ("tools in another shape", &file("tools.json", "[{\"name\": \"f\", \"parameters\": {}}]")),
        ("a tool without name", &file("tools.json", "[{\"type\": \"function\", \"function\": {}}]")),
        (
            "a tool with a name that servers refuse",
            &file("tools.json", "[{\"type\": \"function\", \"function\": {\"name\": \"look up\"}}]")
        ),
        (
            "two tools of one name",
            &file(
                "tools.json",
                "[{\"type\": \"function\", \"function\": {\"name\": \"f\"}},\n {\"type\": \"function\", \"function\": {\"name\": \"f\"}}]"
            )
        ),
        (
            "parameters that are no object",
            &file(
                "tools.json",
                "[{\"type\": \"function\", \"function\": {\"name\": \"f\", \"parameters\": {\"type\": \"string\"}}}]"
            )
        ),
        (
            "parameters that do not compile",
            &file(
                "tools.json",
                "[{\"type\": \"function\", \"function\": {\"name\": \"f\", \"parameters\": {\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"text\"}}}}}]"
            )
        ),
    ]));
}

#[test]
fn templates() {
    common::snapshot!(errors(&[
        ("it does not compile", &file("triage.jinja", "{% block user %}\n{{ input }\n{% endblock %}")),
        (
            "an undefined variable",
            &file(
                "triage.jinja",
                "{% block system %}{{ lables }}{% endblock %}\n{% block user %}{{ input }}{% endblock %}"
            )
        ),
        (
            "a variable of another kind, where no case gets to it",
            &file("triage.jinja", "{{ input }}{% if abstain == 'x' %}{{ schema }}{% endif %}")
        ),
        (
            "an undefined part of the input",
            &file(
                "fields.jinja",
                "{% block system %}Read.{% endblock %}\n{% block user %}{{ input.text }}{% endblock %}"
            )
        ),
        ("an unknown filter", &file("triage.jinja", "{{ input | shout }}")),
        (
            "an empty user turn",
            &file("triage.jinja", "{% block system %}{{ input }}{% endblock %}\n{% block user %} {% endblock %}")
        ),
        ("no user turn", &file("triage.jinja", "{% block system %}{{ input }}{% endblock %}")),
        ("text outside of the blocks", &file("triage.jinja", "Sort this.\n{% block user %}{{ input }}{% endblock %}")),
        ("an include", &file("triage.jinja", "{% include '../secret' %}{{ input }}")),
    ]));
}

#[test]
fn a_setting_that_only_others_can_check() {
    let folder = Folder::new();
    let suite = folder.load().unwrap();
    let at =
        |key| rendered(&suite.locate("triage", key, "no metric `accurcy`".into(), "did you mean `accuracy`?".into()));
    common::snapshot!([at("bars.accuracy.min"), at("bars.accurcy"), at("metrics")].join("\n\n"));
}

#[test]
fn a_huge_value_does_not_make_a_huge_message() {
    let folder = Folder::new();
    let label = "x".repeat(5 * 1024 * 1024);
    let error = folder
        .write("triage.jsonl", format!("{{\"id\": \"{label}\", \"input\": \"a\", \"expected\": \"{label}\"}}"))
        .error();
    assert!(error.len() < 5000, "{} bytes", error.len());
}
