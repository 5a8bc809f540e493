//! What an answer states that can be looked up, and whether the passages hold it: numbers, dates, names, quotations. No
//! model judges; what is found in other words, or reckoned from the passages, counts as not found.

mod dates;
mod names;
mod numbers;
mod source;
mod spelled;

use ::regex::Regex;
use eval_core::Case;
use serde_json::Value;
use source::Source;
use std::{ops::Range, sync::LazyLock};

/// Only the beginning of an answer is looked at, in characters.
const LOOKED_AT: usize = 10_000;
/// No more than so many facts of an answer are looked up.
const MOST_FACTS: usize = 200;

/// The facts of one answer.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Grounding {
    /// How many there are.
    pub stated: usize,
    /// How many of them the passages do not hold.
    pub missing: usize,
    /// Those, as the answer writes them, each once.
    pub unsupported: Vec<String>,
}

/// Something that can be looked up.
#[derive(Debug, PartialEq)]
enum Fact {
    /// Every value that the digits may stand for.
    Number(Vec<f64>),
    /// Every day that the text may stand for.
    Date(Vec<dates::Day>),
    /// The words of a name.
    Name(Vec<String>),
    /// Text that is to stand there as it is: a quotation, a code.
    Verbatim(String),
}

/// Looks up the facts of an answer in the passages of its case. A name may also come from the question.
pub(super) fn check(answer: &str, case: &Case) -> Grounding {
    let end = answer.char_indices().nth(LOOKED_AT).map_or(answer.len(), |(at, _)| at);
    let answer = without_citations(&answer[..end], case);
    let facts = facts(&answer);
    if facts.is_empty() {
        return Grounding::default();
    }
    let question = match &case.input {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let source = Source::new(case.context.iter().map(|passage| passage.text.as_str()), &question);
    let mut grounding = Grounding { stated: facts.len(), ..Grounding::default() };
    for (span, fact) in facts {
        let text = answer[span].trim();
        if source.holds(&fact) {
            continue;
        }
        grounding.missing += 1;
        if grounding.unsupported.iter().all(|known| known != text) {
            grounding.unsupported.push(text.into());
        }
    }
    grounding
}

/// `[1]` and the ids of passages in brackets name a source; they state nothing. Blanks in their place keep words apart.
fn without_citations(answer: &str, case: &Case) -> String {
    #[expect(clippy::expect_used, reason = "the expression is a constant, and the tests of this file compile it")]
    static BRACKETED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[\[(【]([^\[\]()【】]{1,80})[\])】]").expect("a constant expression"));
    let is_known = |id: &str| case.context.iter().any(|passage| passage.id == id);
    let is_number = |id: &str| id.len() < 3 && id.bytes().all(|byte| byte.is_ascii_digit());
    let blanked = |found: &::regex::Captures<'_>| {
        let square = !found[0].starts_with('(');
        let cites = found[1].split([',', ';']).map(str::trim).all(|id| is_known(id) || (square && is_number(id)));
        if cites { " ".repeat(found[0].len()) } else { found[0].to_string() }
    };
    BRACKETED.replace_all(answer, blanked).into_owned()
}

/// The facts in the order of the text. What lies in a quotation is not looked up again, nor the digits of a date.
fn facts(answer: &str) -> Vec<(Range<usize>, Fact)> {
    let mut facts: Vec<(Range<usize>, Fact)> = Vec::new();
    for find in [quotations, dates::find, names::codes, numbers::find, names::find] {
        for (span, fact) in find(answer) {
            if facts.len() < MOST_FACTS
                && facts.iter().all(|(taken, _)| span.end <= taken.start || taken.end <= span.start)
            {
                facts.push((span, fact));
            }
        }
    }
    facts.sort_by_key(|(span, _)| span.start);
    facts
}

/// What stands between quotation marks.
fn quotations(text: &str) -> Vec<(Range<usize>, Fact)> {
    #[expect(clippy::expect_used, reason = "the expression is a constant, and the tests of this file compile it")]
    static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"[“„]([^“”„"\n]{2,500})[”“"]|"([^"\n]{2,500})"|«([^«»\n]{2,500})»"#)
            .expect("a constant expression")
    });
    let quotation = |found: ::regex::Captures<'_>| {
        let inner = found.iter().skip(1).flatten().next()?;
        Some((inner.range(), Fact::Verbatim(inner.as_str().into())))
    };
    QUOTED.captures_iter(text).filter_map(quotation).take(MOST_FACTS).collect()
}

#[cfg(test)]
mod tests;
