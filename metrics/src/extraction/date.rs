//! Reads a day that is written as text.

use jiff::civil::Date;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Names and abbreviations of the months in English, German, French and Spanish, without accents.
const MONTHS: [&[&str]; 12] = [
    &["january", "jan", "januar", "janner", "jaenner", "janvier", "janv", "enero", "ene"],
    &["february", "feb", "februar", "feber", "fevrier", "fevr", "fev", "febrero"],
    &["march", "mar", "marz", "maerz", "mars", "marzo"],
    &["april", "apr", "avril", "avr", "abril", "abr"],
    &["may", "mai", "mayo"],
    &["june", "jun", "juni", "juin", "junio"],
    &["july", "jul", "juli", "juillet", "juil", "julio"],
    &["august", "aug", "aout", "agosto", "ago"],
    &["september", "sep", "sept", "septembre", "septiembre", "setiembre"],
    &["october", "oct", "oktober", "okt", "octobre", "octubre"],
    &["november", "nov", "novembre", "noviembre"],
    &["december", "dec", "dezember", "dez", "decembre", "diciembre", "dic"],
];

/// Days of the week in the four languages, without accents; other abbreviations are known by a comma after them.
const WEEKDAYS: &str = " monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun montag dienstag \
    mittwoch donnerstag freitag samstag sonnabend sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes \
    miercoles jueves viernes sabado domingo ";

/// Words that may stand before a day.
const LEADS: [&str; 12] = ["am", "den", "dem", "vom", "le", "du", "el", "del", "dia", "on", "the", "ab"];

/// Longer texts are no day.
const LONGEST: usize = 64;

/// A day as people and models write it, or `None`.
///
/// Read are ISO days, eight digits, numbers with `.`, `/` or `-` (where both readings are possible the day comes first, or
/// the month where `month_first` says so), and month names in four languages before or after the day. The year has four
/// digits; `am`, `le`, `on` and the like, and a weekday, are dropped before it, and the weekday is not checked.
pub(super) fn read(text: &str, month_first: bool) -> Option<Date> {
    if text.len() > LONGEST {
        return None;
    }
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).collect::<String>().to_lowercase();
    let bare = without_leads(plain.trim());
    numeric(bare, month_first).or_else(|| worded(bare))
}

fn without_leads(mut text: &str) -> &str {
    loop {
        let (word, rest) = text.split_at(text.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(text.len()));
        let plain = word.trim_end_matches('.');
        let is_word = !plain.is_empty() && plain.chars().all(char::is_alphabetic);
        let is_weekday = WEEKDAYS.contains(&format!(" {plain} ")) || (rest.starts_with(',') && month(plain).is_none());
        if !is_word || !(is_weekday || LEADS.contains(&word)) {
            return text;
        }
        text = rest.trim_start_matches(',').trim_start();
    }
}

fn numeric(day: &str, month_first: bool) -> Option<Date> {
    let Some(mark) = day.chars().find(|c| !c.is_ascii_digit()) else {
        // The pieces are cut between ASCII digits.
        return (day.len() == 8).then(|| date(&day[..4], month_number(&day[4..6])?, &day[6..])).flatten();
    };
    let parts: Vec<&str> = day.split(mark).collect();
    let [a, b, c] = parts[..] else { return None };
    if !"-/.".contains(mark) {
        return None;
    }
    if a.len() == 4 {
        return date(a, month_number(b)?, c);
    }
    let day_first = || date(c, month_number(b)?, a);
    let month_first_of_two = || if mark == '.' { None } else { date(c, month_number(a)?, b) };
    match month_first {
        true => month_first_of_two().or_else(day_first),
        false => day_first().or_else(month_first_of_two),
    }
}

fn worded(text: &str) -> Option<Date> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || ",.-/".contains(c))
        .filter(|word| !matches!(*word, "" | "de" | "del" | "of" | "the"))
        .collect();
    match words[..] {
        [a, b, year] => match (month(a), month(b)) {
            (None, Some(month)) => date(year, month, ordinal(a)),
            (Some(month), None) => date(year, month, ordinal(b)),
            _ => None,
        },
        _ => None,
    }
}

fn month(word: &str) -> Option<i8> {
    (1..).zip(MONTHS).find_map(|(number, names)| names.contains(&word).then_some(number))
}

fn month_number(digits: &str) -> Option<i8> {
    digits.parse().ok()
}

/// `14th`, `1er` and `2nd` without their ending.
fn ordinal(word: &str) -> &str {
    ["st", "nd", "rd", "th", "er", "º"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word)
}

fn date(year: &str, month: i8, day: &str) -> Option<Date> {
    let digits = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        (lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then_some(())
    };
    digits(year, 4..=4)?;
    digits(day, 1..=2)?;
    Date::new(year.parse().ok()?, month, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_day_in_many_forms() {
        for text in [
            "2026-03-14",
            " 2026-03-14 ",
            "2026/03/14",
            "2026.3.14",
            "20260314",
            "14.03.2026",
            "14.3.2026",
            "14/03/2026",
            "14-03-2026",
            "03/14/2026",
            "14 March 2026",
            "14th March 2026",
            "14th of March, 2026",
            "March 14, 2026",
            "March 14th 2026",
            "MAR 14 2026",
            "14 Mar. 2026",
            "14-Mar-2026",
            "Saturday, 14 March 2026",
            "14. März 2026",
            "Samstag, 14. März 2026",
            "14 mars 2026",
            "14 de marzo de 2026",
            "14 de marzo del 2026",
            "14. Maerz 2026",
            "am 14. März 2026",
            "Am 14.03.2026",
            "Samstag, den 14. März 2026",
            "am Samstag, dem 14.3.2026",
            "Sa., 14. März 2026",
            "le 14 mars 2026",
            "le samedi 14 mars 2026",
            "el 14 de marzo de 2026",
            "sábado 14 de marzo de 2026",
            "on the 14th of March 2026",
            "Saturday March 14, 2026",
        ] {
            assert_eq!(read(text, false), Date::new(2026, 3, 14).ok(), "{text}");
        }
        for (text, month, day) in [
            ("03/04/2026", 4, 3),
            ("1er août 2026", 8, 1),
            ("1 décembre 2026", 12, 1),
            ("5. Jänner 2026", 1, 5),
            ("2 févr. 2026", 2, 2),
            ("9 de septiembre de 2026", 9, 9),
            ("3. Okt. 2026", 10, 3),
            ("22nd June 2026", 6, 22),
            ("May 1, 2026", 5, 1),
        ] {
            assert_eq!(read(text, false), Date::new(2026, month, day).ok(), "{text}");
        }
        for (text, month, day) in [("03/04/2026", 3, 4), ("14/03/2026", 3, 14), ("03.04.2026", 4, 3)] {
            assert_eq!(read(text, true), Date::new(2026, month, day).ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_day() {
        for text in [
            "",
            "2026",
            "2026-03",
            "2026-02-30",
            "30/02/2026",
            "14.03.26",
            "03.14.2026",
            "14 March",
            "14 Foo 2026",
            "March 2026",
            "tomorrow",
            "am",
            "on Saturday",
            "Saturday, 2026",
            "am 14. März 2026 oder 2027",
            "14 March April 2026",
            "2026-03-14 or later",
            "14.03.2026 10:30",
            "1-2-3-4",
            "99/99/2026",
            "٠٣/٠٤/٢٠٢٦",
            "+1.03.2026",
            "March 14, 2026 or so",
            "20261314",
            "2026031",
        ] {
            assert_eq!(read(text, false), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[0-9./ ,-]{0,14}|\\PC{0,14}|[0-9]{1,2}[. ]{1,2}(mar|juin|dez)[. ]{1,2}[0-9]{0,5}") {
            let _ = (read(&text, false), read(&text, true));
        }

        #[test]
        fn every_day_is_read_back(year in 1900i16..2100, month in 1i8..=12, day in 1i8..=28) {
            let date = Date::new(year, month, day).ok();
            prop_assert_eq!(read(&format!("{year}-{month:02}-{day:02}"), false), date);
            prop_assert_eq!(read(&format!("{year}{month:02}{day:02}"), false), date);
            prop_assert_eq!(read(&format!("{month}/{day}/{year}"), true), date);
            prop_assert_eq!(read(&format!("{day}.{month}.{year}"), false), date);
            for name in MONTHS[month as usize - 1] {
                prop_assert_eq!(read(&format!("{day} {name} {year}"), false), date);
            }
        }
    }
}
