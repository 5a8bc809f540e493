use super::Fact;
use ::regex::Regex;
use std::{ops::Range, sync::LazyLock};

#[expect(clippy::expect_used, reason = "the expression is a constant, and every test of this folder compiles it")]
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\d{1,3}(?:['’\u{a0}\u{202f} ]\d{3})+(?:[.,]\d+)?\b|\d+(?:[.,]\d+)*").expect("a constant expression")
});

/// The numbers of an answer that are written in digits. The numbering of a list is none.
pub(super) fn find(text: &str) -> Vec<(Range<usize>, Fact)> {
    let is_numbering = |span: &Range<usize>| {
        let before = text[..span.start].rsplit('\n').next().unwrap_or_default();
        let after = &text[span.end..];
        before.trim().is_empty() && (after.starts_with(". ") || after.starts_with(") "))
    };
    let number = |(span, values): (Range<usize>, Vec<f64>)| {
        let fact = if values.is_empty() { Fact::Verbatim(text[span.clone()].into()) } else { Fact::Number(values) };
        (span, fact)
    };
    all(text).filter(|(span, _)| !is_numbering(span)).map(number).collect()
}

/// All numbers, with what they may stand for.
pub(super) fn all(text: &str) -> impl Iterator<Item = (Range<usize>, Vec<f64>)> {
    NUMBER.find_iter(text).map(|found| {
        let (length, times) = magnitude(&text[found.end()..]);
        let values = values(found.as_str()).into_iter().map(|value| value * times).collect();
        (found.start()..found.end() + length, values)
    })
}

/// Words after digits that multiply them, in English, German, French and Spanish.
const MAGNITUDES: &[(f64, &[&str])] = &[
    (1e3, &["thousand", "tausend", "tsd", "mille", "mil", "millier", "milliers", "k"]),
    (1e6, &["million", "millions", "millionen", "mio", "millón", "millon", "millones", "mn"]),
    (1e9, &["billion", "billions", "milliarde", "milliarden", "mrd", "milliard", "milliards", "bn"]),
];

/// The length of a magnitude that the text begins with, blanks before it included, and what it multiplies by; 0 and 1
/// where there is none.
fn magnitude(after: &str) -> (usize, f64) {
    let word = after.trim_start_matches([' ', '\u{a0}', '\u{202f}']);
    let end = word.find(|c: char| !c.is_alphabetic()).unwrap_or(word.len());
    let lower = word[..end].to_lowercase();
    let found = MAGNITUDES.iter().find(|(_, names)| names.contains(&lower.as_str()));
    found.map_or((0, 1.0), |(times, _)| (after.len() - word.len() + end, *times))
}

/// Every value that the digits may stand for: of `1.299` there are two, `1.2.3` is no number.
fn values(written: &str) -> Vec<f64> {
    let digits: String = written.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    let parse = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
    let marks: Vec<(usize, char)> = digits.char_indices().filter(|(_, c)| matches!(c, '.' | ',')).collect();
    let groups = |text: &str| {
        let parts: Vec<&str> = text.split(['.', ',']).collect();
        parts[0].len() <= 3 && parts[1..].iter().all(|part| part.len() == 3)
    };
    let joined = |text: &str| text.replace(['.', ','], "");
    let found = match marks.as_slice() {
        [] => vec![parse(&digits)],
        [(at, _)] => {
            // Nothing is grouped after a leading nought, and three noughts after the mark are a group.
            let grouped = (groups(&digits) && !digits.starts_with('0')).then(|| parse(&joined(&digits))).flatten();
            let is_group = grouped.is_some() && digits.ends_with("000");
            let decimal = (!is_group).then(|| parse(&format!("{}.{}", &digits[..*at], &digits[at + 1..]))).flatten();
            vec![decimal, grouped]
        }
        [.., (_, before), (at, last)] if before != last && marks.iter().filter(|(_, c)| c == last).count() == 1 => {
            let whole = &digits[..*at];
            vec![groups(whole).then(|| parse(&format!("{}.{}", joined(whole), &digits[at + 1..]))).flatten()]
        }
        [(_, first), rest @ ..] if rest.iter().all(|(_, c)| c == first) && groups(&digits) => {
            vec![parse(&joined(&digits))]
        }
        _ => Vec::new(),
    };
    found.into_iter().flatten().collect()
}

/// Numbers in words, as passages write small ones, in English, German, French and Spanish.
pub(super) const WORDS: &[(f64, &[&str])] = &[
    (0.0, &["zero", "null", "cero"]),
    (1.0, &["one", "eins", "ein", "eine", "einem", "einen", "einer", "un", "une", "uno", "una", "once", "first"]),
    (2.0, &["two", "twice", "second", "zwei", "zweimal", "deux", "dos"]),
    (3.0, &["three", "third", "drei", "trois", "tres"]),
    (4.0, &["four", "fourth", "vier", "quatre", "cuatro"]),
    (5.0, &["five", "fifth", "funf", "cinq", "cinco"]),
    (6.0, &["six", "sixth", "sechs", "seis"]),
    (7.0, &["seven", "seventh", "sieben", "sept", "siete"]),
    (8.0, &["eight", "eighth", "acht", "huit", "ocho"]),
    (9.0, &["nine", "ninth", "neun", "neuf", "nueve"]),
    (10.0, &["ten", "tenth", "zehn", "dix", "diez"]),
    (11.0, &["eleven", "elf", "onze", "once"]),
    (12.0, &["twelve", "dozen", "zwolf", "douze", "doce"]),
    (13.0, &["thirteen", "dreizehn", "treize", "trece"]),
    (14.0, &["fourteen", "fortnight", "vierzehn", "quatorze", "catorce"]),
    (15.0, &["fifteen", "funfzehn", "quinze", "quince"]),
    (16.0, &["sixteen", "sechzehn", "seize", "dieciseis"]),
    (17.0, &["seventeen", "siebzehn", "diecisiete"]),
    (18.0, &["eighteen", "achtzehn", "dieciocho"]),
    (19.0, &["nineteen", "neunzehn", "diecinueve"]),
    (20.0, &["twenty", "zwanzig", "vingt", "veinte"]),
    (21.0, &["veintiuno", "veintiun", "veintiuna"]),
    (22.0, &["veintidos"]),
    (23.0, &["veintitres"]),
    (24.0, &["veinticuatro"]),
    (25.0, &["veinticinco"]),
    (26.0, &["veintiseis"]),
    (27.0, &["veintisiete"]),
    (28.0, &["veintiocho"]),
    (29.0, &["veintinueve"]),
    (30.0, &["thirty", "dreißig", "dreissig", "trente", "treinta"]),
    (40.0, &["forty", "vierzig", "quarante", "cuarenta"]),
    (50.0, &["fifty", "half", "funfzig", "cinquante", "cincuenta"]),
    (60.0, &["sixty", "sechzig", "soixante", "sesenta"]),
    (70.0, &["seventy", "siebzig", "setenta"]),
    (80.0, &["eighty", "achtzig", "ochenta"]),
    (90.0, &["ninety", "neunzig", "noventa"]),
    (100.0, &["hundred", "hundert", "cent", "cien", "ciento"]),
    (1000.0, &["thousand", "tausend", "mille", "mil"]),
    (1e6, &["million", "millionen", "millones", "millon"]),
];
