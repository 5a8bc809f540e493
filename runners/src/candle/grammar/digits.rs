//! Keeps the numbers of an answer to those that every reader holds: `1e999` is JSON, and so are a thousand digits.
//! A schema that speaks of numbers has limits for them; where it allows anything, the grammar has none.

use llguidance::toktrie::SimpleVob;
use std::sync::Arc;

/// The most bytes of one number.
const LONGEST: usize = 250;

/// The tokens that write an exponent, by where in JSON they begin.
pub struct Exponents {
    in_text: SimpleVob,
    in_number: SimpleVob,
    elsewhere: SimpleVob,
    /// Tokens that write a digit first.
    digits: SimpleVob,
}

impl Exponents {
    /// Of tokens as the bytes that they write; `none` is the empty set of them.
    pub fn of(tokens: &[Vec<u8>], none: &SimpleVob) -> Self {
        let those = |is: &dyn Fn(&[u8]) -> bool| {
            let mut set = none.clone();
            tokens.iter().enumerate().filter(|(_, bytes)| is(bytes)).for_each(|(id, _)| set.allow_token(id as u32));
            set
        };
        let from = |place: Place| those(&|bytes| place.after(bytes).is_none());
        let elsewhere = Place::default();
        Self {
            in_text: from(Place { in_text: true, ..elsewhere }),
            in_number: from(Place { number: 1, ..elsewhere }),
            elsewhere: from(elsewhere),
            digits: those(&|bytes| bytes.first().is_some_and(u8::is_ascii_digit)),
        }
    }
}

/// Where in JSON an answer stands.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    in_text: bool,
    escaped: bool,
    /// The bytes of the number that it stands in, from its first digit on.
    number: usize,
}

impl Place {
    /// Where it stands after these bytes; `None` where they write an exponent.
    fn after(mut self, bytes: &[u8]) -> Option<Self> {
        for byte in bytes {
            if !self.in_text && self.number > 0 && matches!(byte, b'e' | b'E') {
                return None;
            }
            let quote = *byte == b'"' && !self.escaped;
            self.escaped = self.in_text && !self.escaped && *byte == b'\\';
            self.in_text ^= quote;
            let goes_on = byte.is_ascii_digit() || (*byte == b'.' && self.number > 0);
            self.number = if goes_on && !self.in_text { self.number + 1 } else { 0 };
        }
        Some(self)
    }
}

/// Keeps exponents and endless digits out of one answer.
pub struct Digits {
    exponents: Arc<Exponents>,
    place: Place,
    /// Whether JSON has begun, and not only words before it.
    begun: bool,
}

impl Digits {
    /// For an answer that is JSON, or else for one in which JSON begins with a brace.
    pub fn new(exponents: Arc<Exponents>, begun: bool) -> Self {
        Self { exponents, place: Place::default(), begun }
    }

    /// Takes out of the allowed tokens those that go on with a number as it should not.
    pub fn limit(&self, allowed: &mut SimpleVob) {
        let Exponents { in_text, in_number, elsewhere, digits } = &*self.exponents;
        match self.place {
            _ if !self.begun => (),
            Place { in_text: true, .. } => allowed.sub(in_text),
            Place { number: 0, .. } => allowed.sub(elsewhere),
            Place { number, .. } => {
                allowed.sub(in_number);
                if number > LONGEST {
                    allowed.sub(digits);
                }
            }
        }
    }

    /// Goes on by the bytes of a token.
    pub fn take(&mut self, bytes: &[u8]) {
        self.begun |= bytes.contains(&b'{');
        if self.begun {
            self.place = self.place.after(bytes).unwrap_or_default();
        }
    }
}
