//! Numbers in words, as passages write small ones, in English, German, French and Spanish.

use super::numbers::WORDS;

/// Parts of a German number that is written as one word, and where a longer part hides a shorter one, the longer first.
const GERMAN: &[&str] = &[
    "dreizehn", "vierzehn", "funfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn", "zwanzig", "dreißig",
    "dreissig", "vierzig", "funfzig", "sechzig", "siebzig", "achtzig", "neunzig", "hundert", "tausend", "zwolf",
    "zehn", "elf", "eins", "ein", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun", "und",
];

/// No number in words is read past so many.
const GREATEST: f64 = 1e9;

/// What the words of folded text come to where several make one number: `twenty-five`, `zweihundertfunfzig`,
/// `quatre-vingt-dix`, `treinta y cinco`. Single words are in [`WORDS`].
pub(super) fn values(text: &str) -> Vec<f64> {
    let mut found = Vec::new();
    let mut number = Number::default();
    for word in text.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '\'')) {
        let bare = word.trim_end_matches(|c: char| !(c.is_alphanumeric() || c == '\''));
        let parts = german(bare).unwrap_or_else(|| vec![bare]);
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            if !number.goes_on_with(part) {
                found.extend(number.value());
                number = Number::default();
                number.goes_on_with(part);
            }
        }
        // Other marks than a hyphen or a blank end a number.
        if !word[bare.len()..].chars().all(|c| c == '-' || c == ' ') {
            found.extend(number.value());
            number = Number::default();
        }
    }
    found.extend(number.value());
    found
}

/// A number that is being read.
#[derive(Default)]
struct Number {
    /// Thousands that are complete.
    thousands: f64,
    /// What is below them.
    rest: f64,
    /// The last word's value; what comes next must be less than its room.
    last: Option<f64>,
    /// After `and` and its like.
    joined: bool,
    words: usize,
}

impl Number {
    /// Takes in a word, or says that it is no part of this number.
    fn goes_on_with(&mut self, word: &str) -> bool {
        if matches!(word, "and" | "und" | "et" | "y") {
            self.joined = true;
            return self.words > 0;
        }
        let Some(value) = value(word) else { return false };
        let Some(last) = self.last else {
            self.start(value);
            return true;
        };
        let fits = match value {
            100.0 | 1000.0 | 1e6 => self.multiply(value),
            // Quatre-vingts.
            20.0 if self.rest % 100.0 == 4.0 && !self.joined => {
                self.rest += 76.0;
                true
            }
            _ if value < room(last, self.rest) || (self.joined && last < 10.0 && tens(value)) => {
                self.rest += value;
                true
            }
            _ => false,
        };
        if fits {
            (self.last, self.joined, self.words) = (Some(value), false, self.words + 1);
        }
        fits
    }

    fn start(&mut self, value: f64) {
        *self = Self { last: Some(value), words: 1, ..Self::default() };
        if value >= 1000.0 { self.thousands = value } else { self.rest = value }
    }

    fn multiply(&mut self, by: f64) -> bool {
        let below = if by == 100.0 { self.rest % 100.0 } else { self.rest };
        let fits = below > 0.0 && !self.joined && (by > 100.0 || below < 20.0) && self.thousands * by < GREATEST;
        match by {
            _ if !fits => {}
            100.0 => self.rest *= 100.0,
            _ => (self.thousands, self.rest) = (self.thousands + self.rest * by, 0.0),
        }
        fits
    }

    /// `None` for a single word.
    fn value(&self) -> Option<f64> {
        (self.words > 1).then_some(self.thousands + self.rest)
    }
}

/// What may follow a word is less than this: nothing after five, five after twenty, twenty-five after a hundred.
fn room(last: f64, rest: f64) -> f64 {
    match last {
        1000.0 | 1e6 => 1000.0,
        100.0 => 100.0,
        // Soixante-quinze, quatre-vingt-quinze.
        60.0 => 20.0,
        20.0 if rest % 100.0 == 80.0 => 20.0,
        10.0 => 10.0,
        _ if tens(last) => 10.0,
        _ => 0.0,
    }
}

fn tens(value: f64) -> bool {
    (20.0..100.0).contains(&value) && value % 10.0 == 0.0
}

fn value(word: &str) -> Option<f64> {
    // An hour of eleven in Spanish is `once`; in English it is no number that goes on.
    let of_word = |word: &str| WORDS.iter().rev().find(|(_, forms)| forms.contains(&word)).map(|(value, _)| *value);
    of_word(word).or_else(|| of_word(word.strip_suffix('s')?)).filter(|_| word != "half")
}

/// The parts of a German number that is one word of several.
fn german(word: &str) -> Option<Vec<&str>> {
    let (mut rest, mut parts) = (word, Vec::new());
    while !rest.is_empty() {
        let part = GERMAN.iter().find(|part| rest.starts_with(**part))?;
        parts.push(&rest[..part.len()]);
        rest = &rest[part.len()..];
    }
    (parts.len() > 1).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_several_words_are_read() {
        for (text, number) in [
            ("twenty-five units", 25.0),
            ("twenty five", 25.0),
            ("the thirty-first", 31.0),
            ("one hundred and five", 105.0),
            ("two hundred", 200.0),
            ("one thousand two hundred ninety-nine", 1299.0),
            ("twelve hundred", 1200.0),
            ("fifteen thousand", 15_000.0),
            ("two million", 2_000_000.0),
            ("funfundzwanzig stuck", 25.0),
            ("einundzwanzig", 21.0),
            ("zweihundertfunfzig", 250.0),
            ("tausendzweihundert", 1200.0),
            ("vingt-cinq", 25.0),
            ("vingt et un", 21.0),
            ("soixante-quinze", 75.0),
            ("quatre-vingts", 80.0),
            ("quatre-vingt-dix-sept", 97.0),
            ("deux cents", 200.0),
            ("treinta y cinco", 35.0),
            ("veinticinco", 25.0),
        ] {
            let single = value(text.split(' ').next().unwrap());
            assert!(values(text).contains(&number) || single == Some(number), "{text}: {:?}", values(text));
        }
    }

    #[test]
    fn words_beside_each_other_are_not_always_one_number() {
        for text in [
            "five six",
            "twenty thirty",
            "twenty, five",
            "one and two",
            "cats and dogs",
            "hundert",
            "und",
            "five. hundred",
        ] {
            assert_eq!(values(text), Vec::<f64>::new(), "{text}");
        }
        assert_eq!(values("from twenty-one to twenty-five"), [21.0, 25.0]);
    }
}
