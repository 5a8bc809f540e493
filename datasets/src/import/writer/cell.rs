//! What the text of a cell stands for.

use serde_json::Value;

/// A day as ISO writes it.
pub(super) fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let number = |text: &str, length: usize| {
        Some(text).filter(|text| text.len() == length && text.bytes().all(|b| b.is_ascii_digit()))?.parse::<u32>().ok()
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => 31,
    };
    (1..=12).contains(&month) && (1..=days).contains(&day)
}

/// A day with a time of day, as ISO writes them.
pub(super) fn is_moment(text: &str) -> bool {
    let Some((day, time)) = text.split_once('T') else { return false };
    let clock = time.get(..8).unwrap_or_default();
    is_day(day)
        && clock.chars().enumerate().all(|(at, c)| if at == 2 || at == 5 { c == ':' } else { c.is_ascii_digit() })
        && time.get(8..).is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || ".:+-Z".contains(c)))
}

/// Text that is written as JSON writes an integer: `007` and `+1` are names.
pub(super) fn integer(text: &str) -> Option<i64> {
    text.parse::<i64>().ok().filter(|number| number.to_string() == text)
}

/// Text that is written as JSON writes a number.
pub(super) fn number(text: &str) -> Option<Value> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    serde_json::from_str::<Value>(text).ok().filter(|value| plain && value.is_number())
}
