use super::fixture::{HOSTILE, Run, fail_call, html, markdown, one_model, summarize, terminal, with_reference};
use crate::{Style, json};
use eval_core::Selection;

fn on_terminal(run: &Run, width: usize) -> String {
    terminal(run, &summarize(run).unwrap(), Style { width, color: false })
}

fn page(run: &Run) -> String {
    html(run, &summarize(run).unwrap()).unwrap()
}

#[test]
fn one_model_on_a_narrow_terminal() {
    insta::assert_snapshot!(on_terminal(&one_model(), 80));
}

#[test]
fn a_part_of_the_suite_against_a_reference_on_a_wide_terminal() {
    let mut run = with_reference();
    run.manifest.selection = Selection { sample: Some(40), ..Selection::default() };
    run.notes.push("records.jsonl, line 321: the last line was cut off while being written and is left out.".into());
    insta::assert_snapshot!(on_terminal(&run, 120));
}

#[test]
fn no_line_is_wider_than_the_terminal_and_colour_changes_no_word() {
    let run = with_reference();
    for width in [60, 80, 100, 120, 200] {
        let text = on_terminal(&run, width);
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= width, "{widest} > {width}\n{text}");
        assert!(!text.contains('\u{1b}'));
    }
    let summary = summarize(&run).unwrap();
    let coloured = terminal(&run, &summary, Style { width: 100, color: true });
    assert!(coloured.contains("\u{1b}["));
}

#[test]
fn a_pull_request_comment() {
    let run = with_reference();
    insta::assert_snapshot!(markdown(&run, &summarize(&run).unwrap()));
}

#[test]
fn the_summary_file() {
    let run = with_reference();
    let mut summary = summarize(&run).unwrap();
    summary.tasks.truncate(1);
    insta::assert_snapshot!(json(&summary));
}

#[test]
fn the_summary_file_reads_back() {
    let summary = summarize(&with_reference()).unwrap();
    let read: crate::Summary = serde_json::from_str(&json(&summary)).unwrap();
    assert_eq!(read.verdicts, summary.verdicts);
    for (read, written) in read.tasks.iter().zip(&summary.tasks) {
        let (read, written) = (&read.models[0], &written.models[0]);
        assert_eq!((&read.breakdown, &read.wants_refusal), (&written.breakdown, &written.wants_refusal));
        assert_eq!((read.bars, &read.confusion), (written.bars, &written.confusion));
    }
}

#[test]
fn hostile_text_is_inert_wherever_it_stands() {
    let mut run = one_model();
    run.manifest.suite.name = HOSTILE.into();
    run.manifest.suite.description = HOSTILE.into();
    run.manifest.models[0].details = serde_json::json!({ HOSTILE: HOSTILE });
    run.manifest.tasks[0].metrics[1].description = HOSTILE.into();
    run.manifest.tasks[0].labels[0] = HOSTILE.into();
    run.manifest.tasks[0].trivial.insert(HOSTILE.into(), 0.9);
    for record in run.records.iter_mut().filter(|r| r.task == "triage") {
        record.text = HOSTILE.into();
        record.reasoning = Some(HOSTILE.into());
        record.note = record.note.as_ref().map(|_| HOSTILE.into());
        record.prompt[1].content = HOSTILE.into();
        record.expected = HOSTILE.into();
        record.reading = Some(HOSTILE.into());
        record.unsupported = vec!["alert(1)".into(), HOSTILE.into()];
    }
    for record in run.records.iter_mut().filter(|r| r.task == "fields") {
        record.fields.insert(HOSTILE.into(), eval_core::FieldCounts::default());
    }
    fail_call(&mut run.records[0], HOSTILE, HOSTILE);
    run.notes.push(HOSTILE.into());

    let page = page(&run);
    let is_hidden = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}');
    assert!(page.contains("&lt;&#x2f;pre&gt;&lt;script&gt;alert(1)&lt;&#x2f;script&gt; \\u{202e}gnihton"));
    assert!(page.matches("<script").count() == 1 && !page.contains(is_hidden));
    assert!(page.contains("{{ 7*7 }}"));
    for shown in [on_terminal(&run, 80), markdown(&run, &summarize(&run).unwrap())] {
        assert!(!shown.contains(is_hidden), "{shown}");
    }
    assert!(!markdown(&run, &summarize(&run).unwrap()).contains("<script"));
}

#[test]
fn questions_without_an_answer_are_told_from_those_with_one() {
    let run = one_model();
    let row = r#"<th scope="row">unanswerable</th><td class="n">—</td><td class="n">2</td><td class="n">8</td>"#;
    assert_eq!(page(&run).matches(row).count(), 1);
    let summary: serde_json::Value = serde_json::from_str(&json(&summarize(&run).unwrap())).unwrap();
    let row = |task: usize| summary["tasks"][task]["models"][0]["answerability"].clone();
    assert_eq!(row(2)["unanswerable"], serde_json::json!({"right": null, "wrong": 2, "declined": 8, "other": 0}));
    assert!(row(0).is_null());
}

#[test]
fn the_page_and_the_summary_tell_the_fields_of_an_extraction_apart() {
    let run = one_model();
    let summary = summarize(&run).unwrap();
    let rows = &summary.tasks[1].models[0].fields;
    let names: Vec<_> = rows.iter().map(|row| row.field.as_str()).collect();
    assert_eq!(names, ["/amount", "/order_number", "/product", "/wish"]);
    assert!(rows[0].recall < rows[2].recall && rows[0].invented == Some(0.3), "{rows:?}");
    assert!(page(&run).contains("smollm2-135m is weakest on &#x2f;amount: F1 "));
    assert!(summary.tasks[0].models[0].fields.is_empty());
}

#[test]
fn the_page_stands_alone() {
    // What the page itself holds may be named.
    let page = page(&with_reference()).replace("url(#", "");
    for outside in ["http:", "https:", "<link", "<img", "<iframe", "@import", "url(", " onclick", " src="] {
        assert!(!page.contains(outside), "{outside}");
    }
    for word in ["lang=\"en\"", "<main>", "<caption>", "scope=\"col\"", "prefers-color-scheme", "@media print"] {
        assert!(page.contains(word), "{word}");
    }
}

#[test]
fn the_first_screen_asks_and_answers() {
    let page = page(&one_model());
    assert!(page.contains("<h1>Can smollm2-135m do support-tickets well enough?</h1>"));
    assert!(page.contains(
        "smollm2-135m is good enough on answers; not good enough on fields and actions; undecided on triage."
    ));
    assert!(page.contains("Name the model to replace with --reference MODEL"));
    assert!(page.contains("aria-label=\"accuracy: 30.0% [19.7, 42.9]; accuracy at least 80%: missed\""));
}
