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

/// Text that is written as JSON writes an integer: `007` and `+1` are names.
pub(super) fn integer(text: &str) -> Option<i64> {
    text.parse::<i64>().ok().filter(|number| number.to_string() == text)
}

/// Text that is written as JSON writes a number.
pub(super) fn number(text: &str) -> Option<Value> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    serde_json::from_str::<Value>(text).ok().filter(|value| plain && value.is_number())
}
