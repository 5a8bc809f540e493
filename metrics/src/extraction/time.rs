//! Reads a time of day, and a day with a time, that are written as text.

use super::date;
use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::Offset,
};

/// What stands after the hours, or between them and the minutes; the longest first.
const HOURS: [&str; 8] = ["heures", "heure", "horas", "hora", "uhr", "hrs", "hs", "h"];

/// Longer texts are no time.
const LONGEST: usize = 64;

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    pub time: Time,
    /// From UTC; `None`: not said.
    pub offset: Option<Offset>,
}

/// A day with a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub date: Date,
    pub clock: Clock,
}

impl Clock {
    /// Whether both are the same time, of the same day where both say their distance from UTC.
    pub fn is_same(self, other: Self) -> bool {
        // Any day will do: two clocks of one day are compared.
        let day = |clock| Moment { date: Date::constant(2000, 1, 1), clock };
        day(self).is_same(day(other))
    }
}

impl Moment {
    /// Whether both are the same moment; where one does not say its distance from UTC, whether both read the same.
    pub fn is_same(self, other: Self) -> bool {
        match (self.timestamp(), other.timestamp()) {
            (Some(a), Some(b)) => a == b,
            _ => (self.date, self.clock.time) == (other.date, other.clock.time),
        }
    }

    fn timestamp(self) -> Option<Timestamp> {
        self.clock.offset?.to_timestamp(self.date.to_datetime(self.clock.time)).ok()
    }
}

/// A time as people and models write it, or `None`.
///
/// Read are `14:30`, `T14:30`, `14:30:05.5`, `14.30`, `14h30`, `14 h 30`, `14 Uhr 30`, `2:30 pm`, `2 p.m.`, `14 Uhr`,
/// `14.30 Uhr`, with `at` or its like before, and `Z`, `UTC` or an offset such as `+02:00` after it.
pub(super) fn read_clock(text: &str) -> Option<Clock> {
    if text.len() > LONGEST {
        return None;
    }
    let plain = text.trim().to_lowercase();
    let plain = without_connector(&plain);
    // As ISO 8601 writes a time by itself.
    let plain = plain.strip_prefix('t').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(plain);
    let (plain, offset) = without_offset(plain);
    let (plain, afternoon) = without_half(plain);
    let (plain, worded) = match HOURS.iter().find_map(|word| plain.strip_suffix(word)) {
        Some(rest) => (rest.trim_end(), true),
        None => (plain, false),
    };
    let plain = plain.strip_suffix("min").filter(|rest| HOURS.iter().any(|word| rest.contains(word))).unwrap_or(plain);
    let word = HOURS.into_iter().filter(|_| !plain.contains(':')).find(|word| plain.contains(word));
    let parts: Vec<&str> = match word.and_then(|word| plain.split_once(word)) {
        Some((hour, minute)) => vec![hour.trim_end(), minute.trim()],
        None => {
            [':', '.'].iter().find(|mark| plain.contains(**mark)).map_or(vec![plain], |m| plain.split(*m).collect())
        }
    };
    let hour = match (number(parts[0])?, afternoon) {
        (hour, None) => hour,
        (hour @ 1..=12, Some(afternoon)) => hour % 12 + if afternoon { 12 } else { 0 },
        _ => return None,
    };
    let (minute, seconds) = match parts[1..] {
        [] if worded || afternoon.is_some() => (0, "0"),
        [minute] => (two_digits(minute)?, "0"),
        [minute, seconds] => (two_digits(minute)?, seconds),
        _ => return None,
    };
    let (second, nanosecond) = whole_and_fraction(seconds)?;
    Some(Clock { time: Time::new(hour, minute, second, nanosecond).ok()?, offset })
}

/// A day with a time after it, or `None`; between the two stand blanks, a comma, `T`, `at` or its like.
pub(super) fn read_moment(text: &str, month_first: bool) -> Option<Moment> {
    if text.len() > LONGEST {
        return None;
    }
    let text = text.trim();
    let mut gaps = text.char_indices().filter(|(_, c)| c.is_whitespace() || matches!(c, ',' | 'T' | 't'));
    gaps.find_map(|(at, gap)| {
        let clock = read_clock(without_connector(&text[at + gap.len_utf8()..]))?;
        Some(Moment { date: date::read(text[..at].trim_end_matches(','), month_first)?, clock })
    })
}

fn without_connector(text: &str) -> &str {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    let words = ["at ", "um ", "à ", "a las ", "kl. "];
    words.iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text)
}

fn without_offset(text: &str) -> (&str, Option<Offset>) {
    if let Some(rest) = ["z", "utc", "gmt"].iter().find_map(|name| text.strip_suffix(name)) {
        return (rest.trim_end(), Some(Offset::UTC));
    }
    let signed = text.rfind(['+', '-']).and_then(|at| {
        let digits = text[at + 1..].replace(':', "");
        let (hours, minutes) = (digits.get(..2)?, digits.get(2..).filter(|rest| !rest.is_empty()).unwrap_or("00"));
        let seconds = i32::from(two_digits(hours)?) * 3600 + i32::from(two_digits(minutes)?) * 60;
        let seconds = if text[at..].starts_with('-') { -seconds } else { seconds };
        Some((text[..at].trim_end(), Offset::from_seconds(seconds).ok()?))
    });
    signed.map_or((text, None), |(rest, offset)| (rest, Some(offset)))
}

/// The time without `am` or `pm`, and whether it is after noon.
fn without_half(text: &str) -> (&str, Option<bool>) {
    let halves = [("a.m.", false), ("p.m.", true), ("am", false), ("pm", true)];
    let found = halves.iter().find_map(|(word, afternoon)| Some((text.strip_suffix(word)?, *afternoon)));
    found.map_or((text, None), |(rest, afternoon)| (rest.trim_end(), Some(afternoon)))
}

fn whole_and_fraction(seconds: &str) -> Option<(i8, i32)> {
    let (whole, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, "0"));
    let is_fraction = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    let nanoseconds = format!("{fraction:0<9}").parse().ok().filter(|_| is_fraction)?;
    Some((number(whole)?, nanoseconds))
}

fn two_digits(text: &str) -> Option<i8> {
    (text.len() == 2).then(|| number(text)).flatten()
}

fn number(text: &str) -> Option<i8> {
    ((1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(hour: i8, minute: i8, second: i8) -> Option<Time> {
        Time::new(hour, minute, second, 0).ok()
    }

    #[test]
    fn times_as_people_write_them() {
        for (text, time) in [
            ("14:30", at(14, 30, 0)),
            ("14:30:05", at(14, 30, 5)),
            ("9:05", at(9, 5, 0)),
            ("14.30", at(14, 30, 0)),
            ("14.30 Uhr", at(14, 30, 0)),
            ("14 Uhr", at(14, 0, 0)),
            ("14h30", at(14, 30, 0)),
            ("14h", at(14, 0, 0)),
            ("2:30 PM", at(14, 30, 0)),
            ("2:30pm", at(14, 30, 0)),
            ("2 p.m.", at(14, 0, 0)),
            ("12:15 am", at(0, 15, 0)),
            ("12 pm", at(12, 0, 0)),
            ("T14:30", at(14, 30, 0)),
            ("T14:30:05Z", at(14, 30, 5)),
            ("14 h 30", at(14, 30, 0)),
            ("14 h 30 min", at(14, 30, 0)),
            ("14 h", at(14, 0, 0)),
            ("14 heures 30", at(14, 30, 0)),
            ("14 Uhr 30", at(14, 30, 0)),
            ("14:30 horas", at(14, 30, 0)),
            ("14:30 h", at(14, 30, 0)),
            ("à 14h30", at(14, 30, 0)),
            ("um 14:30 Uhr", at(14, 30, 0)),
            ("at 2:30 pm", at(14, 30, 0)),
        ] {
            assert_eq!(read_clock(text).map(|clock| clock.time), time, "{text}");
        }
        for text in [
            "",
            "14",
            "24:00",
            "14:60",
            "14:3",
            "13 pm",
            "0 am",
            "half past two",
            "14:30:05:06",
            "-",
            "pm",
            "h",
            "T",
            "T14",
            "T 14:30",
            "14 min",
            "14 h 3",
            "14 h 30 h 10 h",
            "h 30",
            "14 : 30",
        ] {
            assert_eq!(read_clock(text), None, "{text}");
        }
    }

    #[test]
    fn distances_from_utc_count_where_both_say_them() {
        let same = |a, b| read_moment(a, false).unwrap().is_same(read_moment(b, false).unwrap());
        assert!(same("2026-03-14T10:30:00Z", "2026-03-14T12:30+02:00"));
        assert!(same("2026-03-14T23:30:00-05:00", "2026-03-15 04:30 UTC"));
        assert!(!same("2026-03-14T10:30:00Z", "2026-03-14T10:30:00+0200"));
        assert!(same("2026-03-14T10:30:00+02:00", "14.03.2026 10:30"));
        assert!(same("2026-03-14T10:30:00.250", "2026-03-14 10:30:00,25"));
        assert!(!same("2026-03-14T10:30", "2026-03-14 22:30"));
        let same = |a, b| read_clock(a).unwrap().is_same(read_clock(b).unwrap());
        assert!(same("10:30Z", "12:30+02"));
        assert!(same("10:30", "10:30Z"));
    }

    #[test]
    fn moments_as_people_write_them() {
        let wanted = read_moment("2026-03-14T14:30:00", false).unwrap();
        for text in [
            "2026-03-14 14:30",
            "14.03.2026 14:30",
            "14.03.2026, 14.30 Uhr",
            "14. März 2026 um 14:30 Uhr",
            "March 14, 2026 at 2:30 PM",
            "Saturday, 14 March 2026, 2:30 p.m.",
            "14 mars 2026 à 14h30",
            "le samedi 14 mars 2026 à 14 h 30",
            "am 14. März 2026 um 14 Uhr 30",
            "2026-03-14 T14:30",
            "14 de marzo de 2026 a las 14:30",
        ] {
            assert_eq!(read_moment(text, false), Some(wanted), "{text}");
        }
        for text in ["2026-03-14", "14:30", "2026-03-14T", "2026-03-14 soon", "14 August 2026"] {
            assert_eq!(read_moment(text, false), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[0-9:.hT+ pamz-]{0,24}|\\PC{0,16}") {
            let _ = (read_clock(&text), read_moment(&text, true));
        }

        #[test]
        fn every_minute_is_read_back(hour in 0i8..24, minute in 0i8..60) {
            let half = if hour < 12 { "am" } else { "pm" };
            let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
            for text in [
                format!("{hour}:{minute:02}"),
                format!("{hour:02}.{minute:02} Uhr"),
                format!("{hour}h{minute:02}"),
                format!("{twelve}:{minute:02} {half}"),
            ] {
                prop_assert_eq!(read_clock(&text).map(|clock| clock.time), at(hour, minute, 0), "{}", text);
            }
        }
    }
}
