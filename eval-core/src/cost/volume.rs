use super::MONTH_DAYS;
use std::str::FromStr;

/// How much is asked a day, on average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Volume {
    /// Requests a day.
    Requests(f64),
    /// Tokens a day, in and out together.
    Tokens(f64),
}

/// What was typed is no volume.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "write a number with k, M or B, what is counted, and the time: 50k-requests/day, 8M-tokens/day, 200-requests/hour, \
     1.5B-tokens/month"
)]
pub struct NoVolume;

impl FromStr for Volume {
    type Err = NoVolume;

    fn from_str(text: &str) -> Result<Self, NoVolume> {
        let (amount, unit) = text.trim().split_once('-').ok_or(NoVolume)?;
        let (what, time) = unit.split_once('/').ok_or(NoVolume)?;
        let per_day = match time {
            "hour" => 24.0,
            "day" => 1.0,
            "month" => 1.0 / MONTH_DAYS,
            _ => return Err(NoVolume),
        };
        let number = number(amount).ok_or(NoVolume)? * per_day;
        match what {
            "requests" | "request" => Ok(Self::Requests(number)),
            "tokens" | "token" => Ok(Self::Tokens(number)),
            _ => Err(NoVolume),
        }
    }
}

/// `8M`, `1.5k`, `20_000`: finite and above 0.
fn number(text: &str) -> Option<f64> {
    let (digits, factor) = match text.char_indices().next_back()? {
        (at, 'k' | 'K') => (&text[..at], 1e3),
        (at, 'm' | 'M') => (&text[..at], 1e6),
        (at, 'b' | 'B') => (&text[..at], 1e9),
        _ => (text, 1.0),
    };
    // Words such as `inf` and `1e5` are numbers to Rust, not to a reader.
    if !digits.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '_') {
        return None;
    }
    let number: f64 = digits.replace('_', "").parse().ok()?;
    Some(number * factor).filter(|number| number.is_finite() && *number > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_are_read_by_day() {
        let read = |text: &str| text.parse::<Volume>();
        assert_eq!(read("8M-tokens/day"), Ok(Volume::Tokens(8e6)));
        assert_eq!(read("50k-requests/day"), Ok(Volume::Requests(50_000.0)));
        assert_eq!(read("1.5B-tokens/month"), Ok(Volume::Tokens(1.5e9 * 24.0 / 730.0)));
        assert_eq!(read(" 200-requests/hour "), Ok(Volume::Requests(4800.0)));
        assert_eq!(read("20_000-requests/day"), Ok(Volume::Requests(20_000.0)));
    }

    #[test]
    fn nothing_else_is_one() {
        for text in [
            "",
            "8M",
            "8M tokens/day",
            "8M-tokens",
            "8M-tokens/year",
            "8M-words/day",
            "-8M-tokens/day",
            "0-requests/day",
            "inf-tokens/day",
            "1e5-requests/day",
            "M-tokens/day",
            "8MM-tokens/day",
            "8€-tokens/day",
            "1.2.3k-tokens/day",
        ] {
            assert_eq!(text.parse::<Volume>(), Err(NoVolume), "{text}");
        }
    }
}
