//! The gold where a model can read it: in the input beside what is asked, or in the prompt's own examples.

mod calls;

use super::{Look, Warning, WarningKind};
use crate::words::{folded, texts};
use eval_core::{Case, Expected};
use regex::Regex;
use serde_json::Value;
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

/// Words that announce an answer, where a colon or an equals sign follows.
const MARKERS: &str = "label|labels|class|category|categories|classification|intent|target|gold|truth|ground[ _-]truth|expected|\
                       answer|answers|correct[ _-]answer|output|solution|sentiment|topic|tag|kategorie|klasse|antwort|lösung|\
                       catégorie|réponse|categoría|respuesta|categoria|risposta|categorie|antwoord";

/// Characters of an input from which on it is no coincidence that the prompt holds it.
const LONG: usize = 25;

/// A part of the input that equals the label in so many cases, and in half of those that have it, is the label.
const OFTEN: usize = 10;

pub(super) fn warnings(look: &Look<'_>) -> Vec<Warning> {
    let shown = Shown { look, by_key: RefCell::default() };
    let template = look.loaded.template(look.task).map(folded).unwrap_or_default();
    let columns = gold_columns(look);
    let (mut told, mut examples) = (Vec::new(), Vec::new());
    for (place, case) in look.task.cases.iter().enumerate() {
        if let Some(how) = leak(case, &columns, &shown) {
            told.push((place, Some(how)));
        }
        if is_in(&template, case) {
            examples.push((place, None));
        }
    }
    let told = look.cases(WarningKind::Leak, told, "the input shows what is expected");
    let examples = look.cases(
        WarningKind::Leak,
        examples,
        "the input stands in the prompt's own text, as an example that a model can copy",
    );
    told.into_iter().chain(examples).collect()
}

/// How a case tells what it expects, if it does.
fn leak(case: &Case, columns: &[String], shown: &Shown<'_>) -> Option<String> {
    match &case.expected {
        Expected::Label(label) => {
            let golds = [folded(label)];
            let column =
                columns.iter().find(|key| case.input[key.as_str()].as_str().map(folded).as_ref() == Some(&golds[0]));
            let column =
                column.filter(|key| shown.is(case, key)).map(|key| format!("the input's `{key}` is the label"));
            column.or_else(|| marked(case, &golds, shown))
        }
        Expected::Answers { answers, .. } => {
            let golds: Vec<String> = answers.iter().map(|answer| folded(answer)).collect();
            marked(case, &golds, shown).or_else(|| in_question(case, golds.first()?, shown))
        }
        Expected::Calls { calls, .. } if !calls.is_empty() => {
            let mut found = false;
            shown.each(case, &mut |text| found |= calls.iter().any(|call| calls::holds(text, call)));
            found.then(|| "the input holds the expected call as JSON".into())
        }
        Expected::Object(object) if !case.should_decline => {
            let members = case.input.as_object().into_iter().flatten();
            let copy =
                members.filter(|(_, value)| *value == &**object).map(|(key, _)| key).find(|key| shown.is(case, key));
            copy.map(|key| format!("the input's `{key}` is the expected object"))
        }
        _ => None,
    }
}

/// A word such as `label:` with the gold behind it, in the input or in a passage.
fn marked(case: &Case, golds: &[String], shown: &Shown<'_>) -> Option<String> {
    static MARKED: LazyLock<Regex> = LazyLock::new(|| {
        #[allow(clippy::expect_used)]
        Regex::new(&format!(r#"\b({MARKERS})["'*]* ?[:=]["'*\[( ]*"#)).expect("a constant expression")
    });
    let mut how = None;
    let mut look = |text: &str| {
        if how.is_some() || !text.contains([':', '=']) {
            return;
        }
        let text = folded(text);
        how = MARKED.captures_iter(&text).find_map(|found| {
            let rest = &text[found.get(0)?.end()..];
            let ends = |gold: &String| rest.strip_prefix(gold.as_str()).is_some_and(|rest| !rest.starts_with(goes_on));
            golds.iter().any(ends).then(|| format!("it is marked `{}:`", &found[1]))
        });
    };
    shown.each(case, &mut look);
    case.context.iter().for_each(|passage| look(&passage.text));
    how
}

/// The first accepted answer, which others say in other words, where the question says it itself: one of four letters or
/// more, and not one of several that the question lets choose from.
fn in_question(case: &Case, gold: &str, shown: &Shown<'_>) -> Option<String> {
    const CHOICES: [&str; 9] = [" or ", " oder ", " ou ", " o ", " eller ", " of ", " lub ", " nebo ", " czy "];
    let mut found = false;
    shown.each(case, &mut |text| {
        let text = format!(" {} ", folded(text));
        found |= !CHOICES.iter().any(|word| text.contains(word)) && stands_in(&text, gold);
    });
    let is_long = gold.chars().filter(|c| c.is_alphanumeric()).count() >= 4;
    (found && is_long).then(|| "the answer stands in the question".into())
}

/// Whether the words stand in a text as words of their own.
fn stands_in(text: &str, words: &str) -> bool {
    let apart =
        |(at, _): (usize, &str)| !text[..at].ends_with(goes_on) && !text[at + words.len()..].starts_with(goes_on);
    text.match_indices(words).any(apart)
}

fn goes_on(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_')
}

/// Parts of the input that are the label in most cases that have them.
fn gold_columns(look: &Look<'_>) -> Vec<String> {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for case in &look.task.cases {
        let Expected::Label(label) = &case.expected else { continue };
        for (key, value) in case.input.as_object().into_iter().flatten() {
            let (all, equal) = counts.entry(key).or_default();
            *all += 1;
            *equal += usize::from(value.as_str().is_some_and(|value| folded(value) == folded(label)));
        }
    }
    let marker = |key: &str| MARKERS.split('|').any(|marker| marker == key.to_lowercase());
    let is_gold =
        |key: &str, (all, equal): (usize, usize)| 2 * equal >= all && equal >= if marker(key) { 1 } else { OFTEN };
    counts.into_iter().filter(|(key, count)| is_gold(key, *count)).map(|(key, _)| key.into()).collect()
}

/// Whether the text of a template holds a case.
fn is_in(template: &str, case: &Case) -> bool {
    let mut longest = String::new();
    texts(&case.input, &mut |text| {
        // Blanks aside, what is longer than the template is not in it.
        if text.len() > longest.len() && text.len() <= 2 * template.len() {
            longest = text.into();
        }
    });
    let longest = folded(&longest);
    longest.chars().count() >= LONG && template.contains(&longest)
}

/// Which parts of an input the prompt shows.
struct Shown<'a> {
    look: &'a Look<'a>,
    by_key: RefCell<HashMap<String, bool>>,
}

impl Shown<'_> {
    /// The texts of an input that the prompt shows.
    fn each(&self, case: &Case, each: &mut dyn FnMut(&str)) {
        match &case.input {
            Value::Object(members) => {
                members.iter().filter(|(key, _)| self.is(case, key)).for_each(|(_, value)| texts(value, each));
            }
            other => texts(other, each),
        }
    }

    /// Whether a part of the input comes to be seen: tried once, by a word that no case has.
    fn is(&self, case: &Case, key: &str) -> bool {
        // Of letters that no filter changes.
        const MARK: &str = "\u{f8f1}\u{f8f2}\u{f8f1}";
        if let Some(known) = self.by_key.borrow().get(key) {
            return *known;
        }
        let mut other = case.clone();
        other.input[key] = MARK.into();
        // A template that does not take a text there uses the part.
        let messages = self.look.loaded.messages(self.look.task, &other, None);
        let shown = messages.map_or(true, |turns| turns.iter().any(|turn| turn.content.contains(MARK)));
        self.by_key.borrow_mut().insert(key.into(), shown);
        shown
    }
}
