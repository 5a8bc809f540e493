use super::Fact;
use ::regex::{Captures, Regex};
use std::{ops::Range, sync::LazyLock};

/// A day, a day of any year, or a month of a year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Day {
    pub year: Option<u32>,
    pub month: u32,
    pub day: Option<u32>,
}

/// The months in English, German, French and Spanish.
const MONTHS: [&str; 12] = [
    r"jan(?:uary|uar|vier)?\.?|j(?:a|ä|ae)nner|enero",
    r"feb(?:ruary|ruar|rero)?\.?|f[eé]vrier",
    r"mar(?:ch|s|zo)?\.?|m(?:a|ä|ae)rz",
    r"apr(?:il)?\.?|avril|abril",
    r"may|mai|mayo",
    r"june?|juni|juin|junio",
    r"july?|juli|juillet|julio",
    r"aug(?:ust)?\.?|ao[uû]t|agosto",
    r"sept?(?:ember|embre|iembre)?\.?|setiembre",
    r"oct(?:ober|obre|ubre)?\.?|okt(?:ober)?\.?",
    r"nov(?:ember|embre|iembre)?\.?",
    r"d[eé]c(?:ember|embre)?\.?|dez(?:ember)?\.?|diciembre",
];

/// How dates are written, and each month by itself.
struct Forms {
    dates: Vec<Regex>,
    months: Vec<Regex>,
}

#[expect(clippy::expect_used, reason = "the expressions are constants, and every test of this folder compiles them")]
static FORMS: LazyLock<Forms> = LazyLock::new(|| {
    let compiled = |pattern: &str| Regex::new(pattern).expect("a constant expression");
    let month = format!("(?<month>{})", MONTHS.join("|"));
    Forms {
        dates: vec![
            compiled(r"\b(?<y>\d{4})-(?<m>\d{2})-(?<d>\d{2})\b"),
            compiled(r"\b(?<a>\d{1,2})[./-](?<b>\d{1,2})[./-](?<y>\d{4})\b"),
            compiled(&format!(
                r"(?i)\b(?<d>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?(?: of| de)? {month}(?:,? (?:de |del )?(?<y>\d{{4}})\b|\b|$|\s)"
            )),
            compiled(&format!(r"(?i)\b{month} (?<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?<y>\d{{4}})\b)?")),
            compiled(&format!(r"(?i)\b{month} (?:de |del |of )?(?<y>\d{{4}})\b")),
        ],
        months: MONTHS.iter().map(|month| compiled(&format!("(?i)^(?:{month})$"))).collect(),
    }
});

/// The dates of an answer, with every day that each may stand for.
pub(super) fn find(text: &str) -> Vec<(Range<usize>, Fact)> {
    let mut found: Vec<(Range<usize>, Fact)> = Vec::new();
    for (span, days) in all(text) {
        if found.iter().all(|(taken, _)| span.end <= taken.start || taken.end <= span.start) {
            found.push((span, Fact::Date(days)));
        }
    }
    found
}

/// The dates in every form, so that some may overlap.
pub(super) fn all(text: &str) -> impl Iterator<Item = (Range<usize>, Vec<Day>)> {
    let matches = FORMS.dates.iter().flat_map(move |form| form.captures_iter(text));
    matches.filter_map(|captures| {
        let days = days(&captures);
        Some((captures.get(0)?.range(), days)).filter(|(_, days)| !days.is_empty())
    })
}

fn days(captures: &Captures<'_>) -> Vec<Day> {
    let number = |name| captures.name(name).and_then(|digits| digits.as_str().parse::<u32>().ok());
    let year = number("y");
    if let (Some(a), Some(b)) = (number("a"), number("b")) {
        // Day first or month first: the text does not say.
        return [(a, b), (b, a)].into_iter().filter_map(|(day, month)| checked(year, month, Some(day))).collect();
    }
    let month = captures.name("month").map(|word| word.as_str());
    let named = month.and_then(|word| FORMS.months.iter().position(|month| month.is_match(word)));
    let month = number("m").or(named.map(|place| place as u32 + 1));
    month.and_then(|month| checked(year, month, number("d"))).into_iter().collect()
}

fn checked(year: Option<u32>, month: u32, day: Option<u32>) -> Option<Day> {
    let is_day = (1..=12).contains(&month) && day.is_none_or(|day| (1..=31).contains(&day));
    is_day.then_some(Day { year, month, day })
}
