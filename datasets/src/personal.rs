//! What in a case looks like data of a real person. Values are found, counted, and never shown.

mod numbers;
mod phone;

use crate::words::texts;
use eval_core::Case;
use regex::Regex;
use serde::Serialize;
use serde_json::json;
use std::{collections::BTreeMap, fmt, sync::LazyLock};

/// A kind of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Personal {
    /// A payment card's number.
    Card,
    /// An international bank account number.
    Iban,
    /// A mail address.
    Mail,
    /// A telephone number in international form.
    Phone,
    /// A social security number of the US, Germany, France or Switzerland.
    SocialSecurity,
}

impl fmt::Display for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Card => "a card number",
            Self::Iban => "an IBAN",
            Self::Mail => "a mail address",
            Self::Phone => "a phone number",
            Self::SocialSecurity => "a social security number",
        })
    }
}

/// How many values of each kind stand in what a model is shown of a case: its input, its passages, what its tools
/// answer. Values that are known examples, or set aside for them, are not counted.
pub fn personal_data(case: &Case) -> BTreeMap<Personal, usize> {
    let mut found = BTreeMap::new();
    let mut look = |text: &str| count(text, &mut found);
    texts(&case.input, &mut look);
    case.context.iter().for_each(|passage| look(&passage.text));
    if let Some(script) = &case.script {
        texts(&json!(script), &mut look);
    }
    found
}

fn count(text: &str, found: &mut BTreeMap<Personal, usize>) {
    let digits = text.bytes().filter(u8::is_ascii_digit).take(8).count();
    let mut add = |kind, number| {
        if number > 0 {
            *found.entry(kind).or_default() += number;
        }
    };
    if text.contains('@') {
        add(Personal::Mail, mails(text));
    }
    if digits == 8 {
        add(Personal::Card, numbers::cards(text));
        add(Personal::Iban, numbers::ibans(text));
        add(Personal::Phone, phone::phones(text));
        add(Personal::SocialSecurity, numbers::social_security(text));
    }
}

#[allow(clippy::expect_used)]
fn constant(expression: &str) -> Regex {
    Regex::new(expression).expect("a constant expression")
}

fn mails(text: &str) -> usize {
    static MAIL: LazyLock<Regex> =
        LazyLock::new(|| constant(r"(?i)[a-z0-9][a-z0-9._%+'-]*@((?:[a-z0-9-]+\.)+[a-z]{2,})"));
    let domains = MAIL.captures_iter(text).filter_map(|found| found.get(1));
    domains.filter(|domain| !is_example(&domain.as_str().to_lowercase())).count()
}

/// Domains that are reserved for examples and tests.
fn is_example(domain: &str) -> bool {
    let below = |name: &str| domain == name || domain.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    ["example.com", "example.net", "example.org", "example", "test", "invalid", "localhost", "local"]
        .into_iter()
        .any(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(Personal, usize)> {
        let mut found = BTreeMap::new();
        count(text, &mut found);
        found.into_iter().collect()
    }

    #[test]
    fn addresses_that_may_be_somebodys() {
        assert_eq!(found("write to jo.b+x@firm-a.co.uk, or JO@gmail.com."), [(Personal::Mail, 2)]);
        assert_eq!(found("jo@example.org, jo@mail.example.com, jo@shop.example, a@b, @handle, root@localhost"), []);
        assert_eq!(found("jo@notexample.org"), [(Personal::Mail, 1)]);
    }

    #[test]
    fn kinds_are_told_apart() {
        // Each is made up, with check digits that are right.
        assert_eq!(found("card 4929 1234 5678 9015"), [(Personal::Card, 1)]);
        assert_eq!(found("IBAN DE02 1203 0000 0000 2020 51 please"), [(Personal::Iban, 1)]);
        assert_eq!(found("call +49 151 2345 9876"), [(Personal::Phone, 1)]);
        assert_eq!(found("SSN 512-44-7781"), [(Personal::SocialSecurity, 1)]);
        assert_eq!(found("order FM-318204 of 2026-01-09, 34.50, 4711"), []);
    }
}
