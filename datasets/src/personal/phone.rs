//! Telephone numbers in international form.

use super::constant;
use regex::Regex;
use std::sync::LazyLock;

/// What numbers begin with that are set aside for films and examples, after the `+`.
const FICTIONAL: &[&str] = &[
    // France
    "33199000",
    "33261910",
    "33353010",
    "33465710",
    "33536490",
    "33639980",
    // United Kingdom
    "447700900",
    "442079460",
    "441632960",
    "441134960",
    "441144960",
    "441154960",
    "441164960",
    "441174960",
    "441184960",
    "441214960",
    "441314960",
    "441414960",
    "441514960",
    "441614960",
    "441914980",
    "442896496",
    "442920180",
    "443069990",
    "448081570",
    "449098790",
    // Germany
    "493023125",
    "494066969",
    "49221471",
    "496990009",
    "498999998",
    "4915228817386",
    "4915228895456",
    "4917139200",
    // Australia
    "6125550",
    "6127010",
    "6135550",
    "6137010",
    "6175550",
    "6177010",
    "6185550",
    "6187010",
    "61491570",
    // Sweden
    "4631390",
    "4640628",
    "468465004",
    "46980319",
    "46701740",
];

/// Runs that nobody is given.
const MADE_UP: &[&str] = &["0000000", "1111111", "5555555", "9999999", "1234567", "7654321"];

/// Numbers that begin with `+` and have 9 to 15 digits.
pub(super) fn phones(text: &str) -> usize {
    static PHONE: LazyLock<Regex> = LazyLock::new(|| constant(r"\+[1-9](?:[ \u{a0}./()-]{0,2}\d){8,}"));
    let stands_apart = |start: usize| !text[..start].ends_with(|c: char| c.is_alphanumeric() || c == '+');
    let numbers = PHONE.find_iter(text).filter(|number| stands_apart(number.start()));
    numbers.filter(|number| may_be_real(&number.as_str().replace(|c: char| !c.is_ascii_digit(), ""))).count()
}

fn may_be_real(digits: &str) -> bool {
    let american = digits.starts_with('1');
    let length = if american { 11..=11 } else { 9..=15 };
    let in_films = american && digits.get(4..7) == Some("555");
    length.contains(&digits.len())
        && !in_films
        && !FICTIONAL.iter().any(|start| digits.starts_with(start))
        && !MADE_UP.iter().any(|run| digits.contains(run))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_somebody_may_have() {
        for text in ["+49 151 2345 9876", "(+1 415 867 5309)", "tel:+442071838750", "+33 6 12 98 76 54"] {
            assert_eq!(phones(text), 1, "{text}");
        }
        for text in [
            "+1 415 555 0132",
            "+44 7700 900123",
            "+49 30 23125 012",
            "0151 2345 9876",
            "+12 %",
            "a+4915123459876",
            "+49 123456789",
        ] {
            assert_eq!(phones(text), 0, "{text}");
        }
    }
}
