use super::*;
use crate::{
    refusal::{Stance, stance},
    sample,
};
use eval_core::Passage;
use serde_json::json;
use std::{fs, path::PathBuf};

const PASSAGES: [&str; 4] = [
    "Unopened goods can be returned within thirty days. The fee is £4.50; express costs 1,299.00. Opened in 1998 in Leeds by \
     Ann-Marie O'Neill of Field & Moor Ltd. From 3 April 2026 on, \"no receipt is needed\" at the till.",
    "Die Frist beträgt 14 Tage. Der Versand nach München kostet 4,90 €. Bestellnummern wie FM-1001 stehen in der Mail. \
     Geschlossen am 24. Dezember. Ein Karton fasst fünfundzwanzig Stück.",
    "The tent costs €1,299.00 and comes in Twenty-five units of 20GB. Le lot de quatre-vingt-dix.",
    "It weighs 500 grams and was sold 2.5 million times; the brand is worth 3 Mrd. €.",
];

fn unsupported(answer: &str) -> (usize, Vec<String>) {
    let mut case = sample::answer_case("c", &["x"], &[]);
    case.input = json!("Does Peter need a receipt in 45 days?");
    case.context = PASSAGES
        .iter()
        .enumerate()
        .map(|(at, text)| Passage { id: format!("kb-{}", at + 1), text: (*text).into() })
        .collect();
    let Grounding { stated, unsupported, .. } = check(answer, &case);
    (stated, unsupported)
}

#[test]
fn what_the_passages_hold_is_supported() {
    for (answer, stated) in [
        ("30 days", 1),
        ("Within 30 days, for £4.50.", 2),
        ("It costs 1299, or 1.299,00 in another notation.", 2),
        ("4.90 euros", 1),
        ("On 3 April 2026", 1),
        ("From 2026-04-03 or 03/04/2026 or April 3rd, 2026 on", 3),
        ("am 24.12.1998", 1),
        ("Christmas Eve? Closed on December 24.", 1),
        ("Ann-Marie O’Neill of Field & Moor opened it in Leeds.", 2),
        ("Leeds", 1),
        ("Peter can do without.", 0),
        ("Yes, so can Peter.", 1),
        ("They say “no receipt is needed”.", 1),
        ("They say \"No receipt … at the till.\"", 1),
        ("Order FM-1001 was meant.", 1),
        ("Die Frist beträgt 14 Tage, der Versand nach München 4,90 €.", 2),
        ("No.", 0),
        ("You do not have to pay. [1] [kb-2] (kb-1)", 0),
        ("1,299 EUR", 2),
        ("EUR 1299", 2),
        ("25 units", 1),
        ("20 GB", 2),
        ("90 en tout", 1),
        ("2,500,000 times, 2.5 million times, 2,5 Mio. mal", 3),
        ("3 billion, 3 Milliarden", 2),
        ("1. Goods can be returned\n2. They must be unopened", 0),
        ("", 0),
    ] {
        let expected = if answer.starts_with("Christmas") { vec!["Christmas Eve".to_string()] } else { Vec::new() };
        assert_eq!(unsupported(answer), (stated + expected.len(), expected), "{answer}");
    }
}

#[test]
fn what_they_do_not_hold_is_named() {
    for (answer, missing) in [
        ("45 days", &["45"][..]),
        ("Within 30 days, for £5.50 or 45.0.", &["45.0", "5.50"]),
        ("On 3 May 2026, not on 3 April 2025.", &["3 April 2025", "3 May 2026"]),
        ("Paris", &["Paris"]),
        ("It was opened by John Smith in Leeds.", &["John Smith"]),
        ("She said “bring the receipt” twice.", &["bring the receipt"]),
        ("Order FM-1002 was meant, FM-1002!", &["FM-1002"]),
        ("Der Versand nach Bad Homburg kostet 5,90 €.", &["5,90", "Bad Homburg"]),
        ("Version 1.2.3", &["1.2.3"]),
        ("The IKEA store", &["IKEA"]),
        ("1,299 CHF", &["CHF"]),
        ("35 units", &["35"]),
        ("2.5 billion times, or 2.5 thousand, or 2.5", &["2.5", "2.5 billion", "2.5 thousand"]),
        ("0.500 grams", &["0.500"]),
        ("14.000 Tage", &["14.000"]),
        ("14,000 days", &["14,000"]),
    ] {
        let mut found = unsupported(answer).1;
        found.sort();
        assert_eq!(found, missing, "{answer}");
    }
}

#[test]
fn much_to_look_up_ends_in_time() {
    for piece in ["1", "1 ", "1.", "A ", "Ab ", "\"ab\" ", "3 May 2026 ", "A1 ", "“", "1,000", "Müller von "] {
        let (stated, missing) = unsupported(&piece.repeat(1_000_000 / piece.len()));
        assert!(missing.len() <= stated && stated <= MOST_FACTS, "{piece}");
    }
}

/// Long answers that people wrote from passages: their facts are there, and mostly not in the passages of other questions.
#[test]
fn gold_answers_are_grounded_in_their_own_passages() {
    let folder = std::env::var_os("EVAL_DATA")
        .map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data").into(), PathBuf::from);
    let Ok(lines) = fs::read_to_string(folder.join("clapnq/dev_answerable.jsonl")) else {
        eprintln!("skipped: no clapnq/dev_answerable.jsonl in the folder that EVAL_DATA names");
        return;
    };
    let rows: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found = |offset: usize| {
        let (mut stated, mut missing) = (0, 0);
        for (at, row) in rows.iter().enumerate() {
            let passages = rows[(at + offset) % rows.len()]["passages"].as_array().unwrap();
            let text =
                |passage: &serde_json::Value| ["title", "text"].map(|key| passage[key].as_str().unwrap()).join("\n");
            let passage = |passage| Passage { id: "kb".into(), text: text(passage) };
            let mut case = sample::answer_case("c", &["x"], &[]);
            case.input = row["question"].clone();
            case.context = passages.iter().map(passage).collect();
            for answer in row["answers"].as_array().unwrap().iter().filter_map(|answer| answer.as_str()) {
                let grounding = check(answer, &case);
                stated += grounding.stated;
                missing += grounding.missing;
                if offset == 0 && std::env::var_os("EVAL_SHOW").is_some() {
                    eprintln!("{:?}", grounding.unsupported);
                }
                assert!(answer == "NA" || stance(answer) == Stance::Answers, "{answer}");
            }
        }
        eprintln!("passages {offset} further: {missing} of {stated} facts not found");
        1.0 - f64::from(missing as u32) / f64::from(stated as u32)
    };
    let (own, other) = (found(0), found(7));
    eprintln!("found in their own passages {own:.3}, in others {other:.3}");
    assert!(own > 0.9 && other < 0.5, "{own} {other}");
}
