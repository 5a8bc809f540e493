//! Reads a number that is written as text.

use super::units::{self, Affix, Unit};

/// Longer texts are no number.
const LONGEST: usize = 400;

/// A number with what it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quantity {
    pub value: f64,
    /// All its digits, where it is an integer.
    pub whole: Option<i128>,
    /// `None`: none is written.
    pub unit: Option<Unit>,
}

/// A number as people and models write it, or `None`; `own` is a unit of the suite's, lower case.
///
/// Read are: `1299`, `-3.5`, `.5`, `1e3`; thousands grouped by comma, point, blank or apostrophe (`1,299.00`, `1.299,00`,
/// `1 299`, `1'299.50`), or as in India (`12,34,567.89`); a currency before or after (`$45`, `45 EUR`, `1.299,00 €`,
/// `Rs. 45`); a unit after it (`1.5 kg`); a price without cents (`49,-`, `1.299,-`).
/// Of point and comma the later is the decimal mark where both occur. A single comma or point before exactly three digits
/// is ambiguous: a comma groups thousands; a point is decimal, except in an amount of money, which has no three decimals.
pub(super) fn read(text: &str, own: Option<&str>) -> Option<Quantity> {
    if text.len() > LONGEST {
        return None;
    }
    let plain = units::folded(text).replace('−', "-");
    let (signed, outside) = units::split(&plain, own);
    let (sign, unsigned) = match signed.strip_prefix('-') {
        Some(rest) => (-1.0, rest.trim_start()),
        None => (1.0, signed.strip_prefix('+').unwrap_or(signed)),
    };
    let (bare, inside) = units::split(unsigned, own);
    let affix = both(outside, inside)?;
    let without_cents = [",-", ".-", ",–", ".–", ",—", ".—"].iter().find_map(|end| bare.strip_suffix(end));
    let (bare, money) = (without_cents.unwrap_or(bare), affix.money || without_cents.is_some());
    let starts_with_digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let bare = match bare.strip_prefix('.') {
        Some(fraction) if starts_with_digit(fraction) => format!("0.{fraction}"),
        _ => bare.to_string(),
    };
    if !starts_with_digit(&bare) {
        return None;
    }
    let read = || if money { grouped(&bare, true) } else { scientific(&bare).or_else(|| grouped(&bare, false)) };
    let digits = read()?;
    let value: f64 = digits.parse().ok()?;
    let whole = whole(&digits).map(|whole| if sign < 0.0 { -whole } else { whole });
    value.is_finite().then_some(Quantity { value: sign * value, whole, unit: affix.unit })
}

/// The digits of an integer, zeros behind the point aside.
fn whole(digits: &str) -> Option<i128> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    fraction.bytes().all(|b| b == b'0').then(|| whole.parse().ok()).flatten()
}

/// `$45 USD` says it twice; `$45 EUR` is no amount.
fn both(outside: Affix, inside: Affix) -> Option<Affix> {
    match (outside.unit, inside.unit) {
        (Some(a), Some(b)) if a != b => None,
        (a, b) => Some(Affix { unit: a.or(b), money: outside.money || inside.money }),
    }
}

/// As programs write numbers. The characters are checked, because Rust also reads `infinity` and `nan`.
fn scientific(text: &str) -> Option<String> {
    let fits = |b: u8| b.is_ascii_digit() || b".e+-".contains(&b);
    (text.bytes().all(fits) && text.parse::<f64>().is_ok()).then(|| text.into())
}

/// As people write numbers.
fn grouped(text: &str, money: bool) -> Option<String> {
    let (whole, fraction) = match decimal_mark(text, money) {
        Some(mark) => text.rsplit_once(mark)?,
        None => (text, "0"),
    };
    let separator = whole.chars().find(|c| !c.is_ascii_digit());
    if separator.is_some_and(|c| !(c.is_whitespace() || ".,'’".contains(c))) {
        return None;
    }
    let groups: Vec<&str> = whole.split(|c| Some(c) == separator).collect();
    let lengths_fit = groups.len() == 1 || by_thousands(&groups) || (separator == Some(',') && as_in_india(&groups));
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !lengths_fit || !groups.iter().chain([&fraction]).all(digits) {
        return None;
    }
    Some(format!("{}.{fraction}", groups.concat()))
}

fn by_thousands(groups: &[&str]) -> bool {
    groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3)
}

/// Three digits at the end, and two in each group before.
fn as_in_india(groups: &[&str]) -> bool {
    let [first, middle @ .., last] = groups else { return false };
    first.len() <= 2 && middle.iter().all(|group| group.len() == 2) && last.len() == 3
}

fn decimal_mark(text: &str, money: bool) -> Option<char> {
    let mark = match (text.rfind('.'), text.rfind(',')) {
        (Some(point), Some(comma)) => return Some(if point > comma { '.' } else { ',' }),
        (Some(_), None) => '.',
        (None, Some(_)) => ',',
        (None, None) => return None,
    };
    let (whole, fraction) = text.split_once(mark)?;
    let groups_thousands = fraction.len() == 3 && !whole.starts_with('0') && (mark == ',' || money);
    (!fraction.contains(mark) && !groups_thousands).then_some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str) -> Option<f64> {
        read(text, None).map(|quantity| quantity.value)
    }

    #[test]
    fn numbers_as_people_write_them() {
        for (text, number) in [
            ("1299", 1299.0),
            (" 12.50 ", 12.5),
            ("1e3", 1000.0),
            ("1.5e-3", 0.0015),
            ("-3.5", -3.5),
            ("−3,5", -3.5),
            ("+7", 7.0),
            ("1,299.00", 1299.0),
            ("1.299,00 €", 1299.0),
            ("$1,299.00", 1299.0),
            ("1 299", 1299.0),
            ("1\u{a0}299,50", 1299.5),
            ("1\u{202f}234\u{202f}567", 1_234_567.0),
            ("1'299.50 CHF", 1299.5),
            ("1’299.50", 1299.5),
            ("12,50", 12.5),
            ("1,299", 1299.0),
            ("1.299", 1.299),
            ("1.299 €", 1299.0),
            ("0,125", 0.125),
            ("0.125 €", 0.125),
            ("1.299.000", 1_299_000.0),
            ("€45", 45.0),
            ("45 EUR", 45.0),
            ("EUR 45,00", 45.0),
            ("-€45.10", -45.1),
            ("€ -45.10", -45.1),
            ("19 Euros", 19.0),
            ("45£", 45.0),
            ("49,-", 49.0),
            ("49,– €", 49.0),
            ("250 kr", 250.0),
            ("$45.00 USD", 45.0),
            ("1,5 kg", 1.5),
            ("12 %", 12.0),
            ("１２", 12.0),
            (".5", 0.5),
            ("-.25", -0.25),
            ("$.99", 0.99),
            ("1.299,-", 1299.0),
            ("1,299.-", 1299.0),
            ("CHF 1'299.–", 1299.0),
            ("12,34,567.89", 1_234_567.89),
            ("₹1,00,000", 100_000.0),
            ("Rs. 1,299", 1299.0),
            ("Rs 1,299.50", 1299.5),
            ("1299 rupees", 1299.0),
        ] {
            assert_eq!(value(text), Some(number), "{text}");
        }
    }

    #[test]
    fn what_is_no_number() {
        for text in [
            "",
            "€",
            "-",
            "abc",
            "inf",
            "nan",
            "NaN",
            "infinity",
            "1e999",
            "12 apples",
            "1 29",
            "12,34,56",
            "1.299,000.5,1",
            "1.2.3",
            "FM-123456",
            "12-13",
            "0x10",
            "1_000",
            "½",
            "٣",
            "2026-03-14",
            "49 Euro 90",
            "--5",
            "1,,299",
            "$45 EUR",
            "5 kg kg m",
            "kg 5",
            "kg",
            ".",
            ".-",
            "..5",
            "1,23,45",
            "123,45,678",
            "12.34.567",
        ] {
            assert_eq!(read(text, None), None, "{text}");
        }
    }

    #[test]
    fn integers_keep_all_their_digits() {
        let whole = |text| read(text, None).unwrap().whole;
        assert_eq!(whole("9007199254740993"), Some(9_007_199_254_740_993));
        assert_eq!(whole("−9.007.199.254.740.993,00 €"), Some(-9_007_199_254_740_993));
        assert_eq!((whole("1e3"), whole("1.5")), (None, None));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[0-9.,' e€$+-]{0,12}|\\PC{0,12}") {
            let _ = read(&text, Some("box"));
        }

        #[test]
        fn what_programs_write_is_read_back(number in -1e9..1e9f64) {
            prop_assert_eq!(value(&number.to_string()), Some(number));
        }

        #[test]
        fn amounts_are_read_in_both_notations(cents in 0u64..1_000_000_000) {
            let (whole, part) = (cents / 100, cents % 100);
            let digits = whole.to_string();
            let grouped = |mark: &str| {
                let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|g| std::str::from_utf8(g).unwrap()).collect();
                groups.join(mark)
            };
            let amount = format!("{whole}.{part:02}").parse::<f64>().unwrap();
            prop_assert_eq!(value(&format!("{}.{part:02}", grouped(","))), Some(amount));
            prop_assert_eq!(value(&format!("{},{part:02} €", grouped("."))), Some(amount));
        }
    }
}
