use super::{Fact, dates, numbers, spelled};
use crate::extraction::currency;
use std::collections::HashSet;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// What facts are looked up in.
pub(super) struct Source {
    /// The passages, folded, with one blank between words.
    text: String,
    /// The words of the passages and of the question.
    words: HashSet<String>,
    /// The values of the numbers, as bits.
    values: HashSet<u64>,
    days: Vec<dates::Day>,
}

impl Source {
    pub(super) fn new<'a>(passages: impl Iterator<Item = &'a str>, question: &str) -> Self {
        let (mut text, mut values, mut days) = (String::new(), HashSet::new(), Vec::new());
        for passage in passages {
            values.extend(numbers::all(passage).flat_map(|(_, values)| values).map(f64::to_bits));
            days.extend(dates::all(passage).flat_map(|(_, days)| days));
            text.push_str(&collapsed(passage));
            text.push(' ');
        }
        let of = |text: &str| words(text).map(String::from).collect::<Vec<_>>();
        let mut known: HashSet<String> = of(&text).into_iter().collect();
        let in_words = numbers::WORDS.iter().filter(|(_, forms)| forms.iter().any(|form| known.contains(*form)));
        values.extend(in_words.map(|(value, _)| value.to_bits()));
        values.extend(spelled::values(&text).into_iter().map(f64::to_bits));
        // The unit of `20GB` is a word as well.
        let units = known.iter().map(|word| word.trim_start_matches(|c: char| c.is_ascii_digit()).to_string());
        let units: Vec<String> = units.filter(|unit| !unit.is_empty()).collect();
        known.extend(units);
        known.extend(of(&collapsed(question)));
        Self { text, words: known, values, days }
    }

    /// Whether the passages hold the fact.
    pub(super) fn holds(&self, fact: &Fact) -> bool {
        match fact {
            Fact::Number(values) => values.iter().any(|value| self.values.contains(&value.to_bits())),
            Fact::Date(days) => days.iter().any(|day| self.days.iter().any(|known| self.is_same(*day, *known))),
            Fact::Name(names) => {
                names.iter().flat_map(|name| words(name)).all(|word| self.knows(word) || self.knows_currency(word))
            }
            Fact::Verbatim(text) => text.split(['…']).flat_map(|text| text.split("...")).all(|part| {
                let part = collapsed(part);
                self.text.contains(part.trim_matches([' ', '.', ',', ';', ':', '!', '?']))
            }),
        }
    }

    /// A passage that leaves out the year is known by a number elsewhere in the passages.
    fn is_same(&self, stated: dates::Day, known: dates::Day) -> bool {
        let year = match (stated.year, known.year) {
            (Some(stated), Some(known)) => stated == known,
            (Some(stated), None) => self.values.contains(&f64::from(stated).to_bits()),
            (None, _) => true,
        };
        year && stated.month == known.month && (stated.day.is_none() || stated.day == known.day)
    }

    /// Whether a currency is there, by another of its names: `EUR` by `€`.
    fn knows_currency(&self, word: &str) -> bool {
        let is_sign = |name: &str| name.chars().any(|c| !c.is_alphanumeric() && c != '.');
        let stands_alone = |(at, _): (usize, &str)| !self.text[..at].ends_with(char::is_alphabetic);
        currency(word).iter().any(|name| match is_sign(name) {
            true => self.text.match_indices(name).any(stands_alone),
            false => self.words.contains(name.trim_end_matches('.')),
        })
    }

    /// Whether a word is there, in this or the like form: `Germans` by `German`.
    fn knows(&self, word: &str) -> bool {
        let is_known = |word: &str| self.words.contains(word);
        let stem = word.strip_suffix("'s").unwrap_or(word);
        let shorter = ["s", "es", "e", "n", "en", "er", "'"].iter().filter_map(|end| stem.strip_suffix(end));
        let longer = ["s", "es", "e", "n", "en", "'s"].iter().map(|end| format!("{stem}{end}"));
        is_known(stem)
            || shorter.filter(|word| word.len() > 2).any(is_known)
            || longer.into_iter().any(|w| is_known(&w))
    }
}

/// Words of folded text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .map(|word| word.trim_matches('\''))
        .filter(|w| !w.is_empty())
}

/// Lower case, without accents, with straight apostrophes and quotation marks.
pub(super) fn folded(text: &str) -> String {
    let plain = text.nfkd().filter(|c| !is_combining_mark(*c));
    let straight = plain.map(|c| match c {
        '’' | '‘' | '´' | '`' => '\'',
        '“' | '”' | '„' | '«' | '»' => '"',
        c => c,
    });
    straight.collect::<String>().to_lowercase()
}

/// [`folded`], with one blank between words.
fn collapsed(text: &str) -> String {
    folded(text).split_whitespace().collect::<Vec<_>>().join(" ")
}
