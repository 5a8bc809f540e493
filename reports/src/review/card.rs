//! A case with what two models gave, for a terminal. Whatever a model or a case holds, no control character comes through.

use super::{Given, marks::marked};
use crate::{
    Style,
    terminal::layout::{Ink, Sheet},
    visible::{visible, visible_line},
};
use comfy_table::{ColumnConstraint, Width};
use eval_core::Passage;
use serde_json::Value;

/// A case as a person is shown it.
#[derive(Debug, Clone, Copy)]
pub struct Card<'a> {
    /// The line above it, such as `3 of 12 · triage · t-017`.
    pub head: &'a str,
    /// What the model is asked about.
    pub input: &'a Value,
    /// The passages of a rag case.
    pub context: &'a [Passage],
    /// The expected outcome, whose truth is in question.
    pub gold: &'a Value,
    /// One or two.
    pub answers: &'a [Given],
}

/// The case as text. Ends with a line end.
pub fn card(card: &Card<'_>, style: Style) -> String {
    let sheet = Sheet::new(style);
    let mut parts = vec![sheet.paint(&visible_line(card.head), Ink::Strong)];
    for passage in card.context {
        parts.push(block(&sheet, &format!("passage {}", passage.id), &passage.text));
    }
    parts.push(block(&sheet, "input", &shown(card.input)));
    parts.push(block(&sheet, "gold", &shown(card.gold)));
    parts.push(answers(&sheet, card.answers));
    parts.join("\n\n") + "\n"
}

/// A title and a text below it, a little to the right.
fn block(sheet: &Sheet, title: &str, text: &str) -> String {
    let lines = on_screen(text);
    let lines = lines.lines().map(|line| {
        // Blanks at the start are what JSON is read by, and wrapping takes them off.
        let indent = line.len() - line.trim_start().len();
        let inner = sheet.wrap(line.trim_start()).replace('\n', &format!("\n  {}", &line[..indent]));
        format!("  {}{inner}", &line[..indent])
    });
    format!("{}\n{}", sheet.paint(&visible_line(title), Ink::Faint), lines.collect::<Vec<_>>().join("\n"))
}

fn answers(sheet: &Sheet, answers: &[Given]) -> String {
    let mut texts: Vec<String> = answers.iter().map(given).collect();
    if let [one, other] = texts.as_slice() {
        texts = marked(one, other).to_vec();
    }
    let heads: Vec<String> = answers.iter().enumerate().map(|(place, given)| head(place, given)).collect();
    let [_, _] = heads.as_slice() else {
        let blocks = heads.iter().zip(&texts).zip(answers);
        return blocks
            .map(|((head, text), given)| block(sheet, head, &with_notes(text, given)))
            .collect::<Vec<_>>()
            .join("\n\n");
    };
    let columns: Vec<(&str, bool)> = heads.iter().map(|head| (head.as_str(), false)).collect();
    let mut table = sheet.table(&columns);
    for column in 0..2 {
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::Absolute(Width::Percentage(48)));
        }
    }
    table.add_row(
        texts.iter().zip(answers).map(|(text, given)| on_screen(&with_notes(text, given))).collect::<Vec<_>>(),
    );
    sheet.lay_out(table)
}

fn head(place: usize, given: &Given) -> String {
    visible_line(&format!("{} {} · {}", place + 1, given.model, if given.right { "right" } else { "wrong" }))
}

/// What the model gave: an object as it was read, so that two are compared line by line; else its words and calls.
fn given(given: &Given) -> String {
    match &given.answer {
        Value::Object(_) => shown(&given.answer),
        Value::String(read) if *read != given.text && given.tool_calls.is_empty() => {
            format!("{}\n(read as {read})", given.text)
        }
        _ if given.text.is_empty() => "(nothing)".into(),
        _ => given.text.clone(),
    }
}

fn with_notes(text: &str, given: &Given) -> String {
    let unsupported =
        (!given.unsupported.is_empty()).then(|| format!("not found in the passages: {}", given.unsupported.join(", ")));
    let notes = given.note.iter().cloned().chain(unsupported).map(|note| format!("→ {note}"));
    std::iter::once(text.to_string()).chain(notes).collect::<Vec<_>>().join("\n")
}

/// A text as it is, anything else as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

/// On several lines; tabs would break the columns.
fn on_screen(text: &str) -> String {
    visible(&text.replace("\r\n", "\n").replace('\t', "    "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn given(model: &str, text: &str, right: bool) -> Given {
        Given {
            model: model.into(),
            right,
            text: text.into(),
            answer: Value::Null,
            tool_calls: Vec::new(),
            declined: false,
            note: (!right).then(|| "another answer\u{1b}[2J".into()),
            unsupported: vec!["14 days".into()],
        }
    }

    #[test]
    fn two_answers_stand_beside_each_other_and_nothing_moves_the_cursor() {
        let answers =
            [given("small\u{7}", "within 30 days", true), given("large", "within 14 days \u{1b}[31m\u{202e}", false)];
        let context = [Passage { id: "kb-1".into(), text: "Returns: 30 days.\r\n\u{9b}1m".into() }];
        let gold = json!({"answers": ["30 days"]});
        let input = json!("how long\u{1b}]0;owned\u{7}");
        let all =
            Card { head: "1 of 2 · answers · a-1", input: &input, context: &context, gold: &gold, answers: &answers };
        let text = card(&all, Style { width: 80, color: false });
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        for part in ["1 small\\u{7} · right", "2 large · wrong", "within ‹30›", "within ‹14›", "kb-1", "\"30 days\""]
        {
            assert!(text.contains(part), "{part}\n{text}");
        }
        let row = text.lines().find(|line| line.contains("‹30›")).unwrap();
        assert!(row.contains("‹14›"), "{row}");
    }

    #[test]
    fn objects_are_compared_as_they_were_read() {
        let object = |total| Given { answer: json!({"order": "FM-1", "total": total}), ..given("m", "…", false) };
        let answers = [object(5), object(7)];
        let (input, gold) = (json!({"body": "FM-1, 5 euros"}), json!({"order": "FM-1", "total": 5}));
        let all = Card { head: "1 of 1", input: &input, context: &[], gold: &gold, answers: &answers };
        let text = card(&all, Style { width: 100, color: false });
        assert!(text.contains("\"total\": ‹5›") && text.contains("\"total\": ‹7›"), "{text}");
    }
}
