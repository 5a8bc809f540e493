//! Numbers with check digits.

use super::constant;
use regex::Regex;
use std::sync::LazyLock;

/// Numbers that payment services publish for tests.
const TEST_CARDS: &[&str] = &[
    "4111111111111111",
    "4242424242424242",
    "4000056655665556",
    "4012888888881881",
    "4222222222222",
    "5555555555554444",
    "5105105105105100",
    "5200828282828210",
    "2223003122003222",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "6011000990139424",
    "3530111333300000",
    "3566002020360505",
    "30569309025904",
    "38520000023237",
];

/// How cards group their digits.
const GROUPS: &[&[usize]] =
    &[&[13], &[14], &[15], &[16], &[19], &[4, 4, 4, 4], &[4, 4, 4, 4, 3], &[4, 6, 5], &[4, 6, 4]];

/// Card numbers: an issuer's first digits, its length, and Luhn's check digit.
pub(super) fn cards(text: &str) -> usize {
    static DIGITS: LazyLock<Regex> = LazyLock::new(|| constant(r"\d+(?:[ \u{a0}-]\d+)*"));
    DIGITS
        .find_iter(text)
        .filter(|run| stands_apart(text, run.start(), run.end()))
        .map(|run| in_run(run.as_str()))
        .sum()
}

fn in_run(run: &str) -> usize {
    let groups: Vec<&str> = run.split([' ', '\u{a0}', '-']).collect();
    let (mut at, mut cards) = (0, 0);
    while at < groups.len() {
        let card = GROUPS.iter().find(|lengths| {
            let own = groups.get(at..at + lengths.len());
            own.is_some_and(|own| {
                own.iter().map(|group| group.len()).eq(lengths.iter().copied()) && is_card(&own.concat())
            })
        });
        cards += usize::from(card.is_some());
        at += card.map_or(1, |lengths| lengths.len());
    }
    cards
}

fn is_card(number: &str) -> bool {
    let first = |digits: usize| number[..digits].parse().unwrap_or(0);
    let (two, three, four) = (first(2), first(3), first(4));
    let lengths: &[usize] = match (two, three, four) {
        (40..=49, ..) => &[13, 16, 19],
        (51..=55, ..) | (_, _, 2221..=2720) | (_, _, 3528..=3589) => &[16],
        (34 | 37, ..) => &[15],
        (36 | 38, ..) | (_, 300..=305, _) => &[14],
        (65 | 62, ..) | (_, 644..=649, _) | (_, _, 6011) => &[16, 19],
        _ => return false,
    };
    lengths.contains(&number.len()) && luhn(number) && !TEST_CARDS.contains(&number)
}

fn luhn(number: &str) -> bool {
    let digits = number.bytes().rev().map(|digit| u32::from(digit - b'0'));
    let weighed = digits.enumerate().map(|(place, digit)| match place % 2 {
        0 => digit,
        _ if digit > 4 => 2 * digit - 9,
        _ => 2 * digit,
    });
    weighed.sum::<u32>().is_multiple_of(10)
}

/// Characters of an IBAN, by country; other countries are not looked for.
const IBANS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AT", 20),
    ("BE", 16),
    ("BG", 22),
    ("CH", 21),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("EE", 20),
    ("ES", 24),
    ("FI", 18),
    ("FR", 27),
    ("GB", 22),
    ("GR", 27),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IS", 26),
    ("IT", 27),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MC", 27),
    ("MT", 31),
    ("NL", 18),
    ("NO", 15),
    ("PL", 28),
    ("PT", 25),
    ("RO", 24),
    ("RS", 22),
    ("SA", 24),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("TR", 26),
    ("UA", 29),
];

/// Those that banks and standards print as examples.
const EXAMPLE_IBANS: &[&str] = &[
    "AT611904300234573201",
    "BE68539007547034",
    "CH9300762011623852957",
    "DE89370400440532013000",
    "ES9121000418450200051332",
    "FR1420041010050500013M02606",
    "GB29NWBK60161331926819",
    "GB82WEST12345698765432",
    "IE29AIBK93115212345678",
    "IT60X0542811101000000123456",
    "NL91ABNA0417164300",
];

/// Account numbers with their country's length and the right check digits.
pub(super) fn ibans(text: &str) -> usize {
    static IBAN: LazyLock<Regex> = LazyLock::new(|| constant(r"(?i)\b([a-z]{2})\d{2}(?:[ \u{a0}-]?[a-z0-9])+"));
    let is_iban = |found: regex::Captures<'_>| -> bool {
        let (Some(whole), Some(country)) = (found.get(0), found.get(1)) else { return false };
        let country = country.as_str().to_uppercase();
        let Some((_, length)) = IBANS.iter().find(|(name, _)| *name == country) else { return false };
        let own = whole.as_str().char_indices().filter(|(_, c)| c.is_ascii_alphanumeric()).take(*length);
        let own: Vec<(usize, char)> = own.collect();
        let number: String = own.iter().map(|(_, c)| c.to_ascii_uppercase()).collect();
        let end = own.last().map_or(0, |(at, _)| at + 1);
        number.len() == *length
            && !whole.as_str()[end..].starts_with(|c: char| c.is_alphanumeric())
            && remainder(&format!("{}{}", &number[4..], &number[..4])) == 1
            && !EXAMPLE_IBANS.contains(&number.as_str())
    };
    IBAN.captures_iter(text).filter_map(|found| is_iban(found).then_some(())).count()
}

/// Of the number that digits and letters (A is 10) write, divided by 97.
fn remainder(text: &str) -> u64 {
    text.chars().filter_map(|c| c.to_digit(36)).fold(0, |rest, digit| {
        let digit = u64::from(digit);
        (if digit > 9 { rest * 100 + digit } else { rest * 10 + digit }) % 97
    })
}

/// Social security numbers of the US, and of Germany, France and Switzerland by their check digits.
pub(super) fn social_security(text: &str) -> usize {
    static AMERICAN: LazyLock<Regex> = LazyLock::new(|| constant(r"\b(\d{3})-(\d{2})-(\d{4})\b"));
    static GERMAN: LazyLock<Regex> = LazyLock::new(|| constant(r"\b\d{2} ?[0-3]\d[01]\d{3} ?[A-Z] ?\d{3}\b"));
    static FRENCH: LazyLock<Regex> =
        LazyLock::new(|| constant(r"\b[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?\d{2} ?\d{3} ?\d{3} ?\d{2}\b"));
    static SWISS: LazyLock<Regex> = LazyLock::new(|| constant(r"\b756\.\d{4}\.\d{4}\.\d{2}\b"));
    let of = |expression: &Regex, is_one: fn(&str) -> bool| {
        let runs = expression.find_iter(text).filter(|run| stands_apart(text, run.start(), run.end()));
        runs.filter(|run| is_one(&run.as_str().replace([' ', '.', '-'], ""))).count()
    };
    of(&AMERICAN, american) + of(&GERMAN, german) + of(&FRENCH, french) + of(&SWISS, swiss)
}

fn american(number: &str) -> bool {
    let (area, group, serial) = (&number[..3], &number[3..5], &number[5..]);
    let given = area != "000" && area != "666" && !area.starts_with('9') && group != "00" && serial != "0000";
    given && !["078051120", "219099999", "123456789"].contains(&number)
}

fn german(number: &str) -> bool {
    const WEIGHTS: [u32; 12] = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
    let letter = |c: u8| u32::from(c - b'A') + 1;
    let mut digits = Vec::new();
    for c in number[..11].bytes() {
        match c {
            b'A'..=b'Z' => digits.extend([letter(c) / 10, letter(c) % 10]),
            _ => digits.push(u32::from(c - b'0')),
        }
    }
    let cross = |product: u32| product / 10 + product % 10;
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| cross(digit * weight)).sum();
    number[11..].parse() == Ok(sum % 10) && !["15070649C103", "65170839J003"].contains(&number)
}

fn french(number: &str) -> bool {
    let (number, key): (u64, u64) = (number[..13].parse().unwrap_or(0), number[13..].parse().unwrap_or(0));
    key == 97 - number % 97
}

fn swiss(number: &str) -> bool {
    let digits = number.bytes().map(|digit| u32::from(digit - b'0'));
    let sum: u32 = digits.enumerate().map(|(place, digit)| if place % 2 == 0 { digit } else { 3 * digit }).sum();
    sum.is_multiple_of(10) && number != "7561234567897"
}

/// Whether no letter or digit touches a run, which would make it a part of something else.
fn stands_apart(text: &str, start: usize, end: usize) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    !text[..start].ends_with(part) && !text[end..].starts_with(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_by_issuer_length_and_check_digit() {
        for text in ["4929123456789015", "x: 4929-1234-5678-9015.", "12 4929 1234 5678 9015", "3714 496353 98449"] {
            assert_eq!(cards(text), 1, "{text}");
        }
        for text in [
            "4929123456789012",
            "4111 1111 1111 1111",
            "FM4929123456789015",
            "49 2912 3456 7890 15",
            "9929 1234 5678 9014",
            "tracking 00340434161094042557",
        ] {
            assert_eq!(cards(text), 0, "{text}");
        }
    }

    #[test]
    fn accounts_by_country_length_and_check_digits() {
        for text in [
            "DE02120300000000202051",
            "de02 1203 0000 0000 2020 51",
            "an NL02 ABNA 0123 4567 89 zu",
            "(BE71096123456769)",
        ] {
            assert_eq!(ibans(text), 1, "{text}");
        }
        for text in
            ["DE03120300000000202051", "DE89 3704 0044 0532 0130 00", "DE0212030000000020205", "XX02120300000000202051"]
        {
            assert_eq!(ibans(text), 0, "{text}");
        }
    }

    #[test]
    fn social_security_numbers_of_some_countries() {
        for text in ["512-44-7781", "65 180839 J 009", "1 85 05 78 006 084 91", "756.9217.0769.85"] {
            assert_eq!(social_security(text), 1, "{text}");
        }
        for text in ["000-12-3456", "123-45-6789", "65 180839 J 002", "1 85 05 78 006 084 92", "756.1234.5678.97"] {
            assert_eq!(social_security(text), 0, "{text}");
        }
    }
}
