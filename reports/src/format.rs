//! Numbers for readers. Unknown is "—".

use crate::Verdict;

pub(crate) const UNKNOWN: &str = "—";

fn or_unknown(value: Option<f64>, text: impl Fn(f64) -> String) -> String {
    value.filter(|x| x.is_finite()).map_or_else(|| UNKNOWN.into(), text)
}

/// `72.1%`
pub(crate) fn percent(share: Option<f64>) -> String {
    or_unknown(share, |x| format!("{:.1}%", x * 100.0))
}

/// `[61.0, 81.2]`, in percent; empty where unknown.
pub(crate) fn percent_interval(interval: Option<[f64; 2]>) -> String {
    interval.map_or_else(String::new, |[lower, upper]| format!("[{:.1}, {:.1}]", lower * 100.0, upper * 100.0))
}

/// `+1.2 points`
pub(crate) fn points(share: Option<f64>) -> String {
    or_unknown(share, |x| format!("{} points", signed(x)))
}

/// `[−3.4, +1.2]`, in points; empty where unknown.
pub(crate) fn points_interval(interval: Option<[f64; 2]>) -> String {
    interval.map_or_else(String::new, |[lower, upper]| format!("[{}, {}]", signed(lower), signed(upper)))
}

/// How large a difference is, without its sign: `3 points`, `1.2 points`, `1 point`.
pub(crate) fn size_in_points(share: f64) -> String {
    let points = (share.abs() * 1e3).round() / 10.0;
    if points == 1.0 { "1 point".into() } else { format!("{points} points") }
}

fn signed(share: f64) -> String {
    let tenths = (share * 1000.0).round();
    // Rounded to nothing it has no sign.
    if tenths == 0.0 { "0.0".into() } else { format!("{:+.1}", tenths / 10.0).replace('-', "−") }
}

/// A bar's limit, with no more digits than it has: `85%`, `92.5%`.
pub(crate) fn limit(share: f64) -> String {
    let percent = (share * 1e4).round() / 1e2;
    if percent < 100.0 || share >= 1.0 {
        return format!("{percent}%");
    }
    // So many nines as there are, and a digit behind them.
    let digits = (-((1.0 - share) * 100.0).log10()).ceil().max(0.0) as usize;
    format!("{:.digits$}%", share * 100.0)
}

/// `41 ms`, `1.24 s`, `2 min 5 s`
pub(crate) fn duration(ms: Option<f64>) -> String {
    or_unknown(ms, |ms| match ms {
        ms if ms < 10.0 => format!("{ms:.1} ms"),
        ms if ms < 999.5 => format!("{ms:.0} ms"),
        ms if ms < 99_950.0 => format!("{} s", significant(ms / 1e3)),
        ms => {
            let seconds = (ms / 1e3).round() as u64;
            format!("{} min {} s", seconds / 60, seconds % 60)
        }
    })
}

/// A p-value.
pub(crate) fn p_value(p: Option<f64>) -> String {
    match p {
        Some(p) if p < 0.0001 => "below 0.0001".into(),
        Some(p) => format!("{p:.4}"),
        None => UNKNOWN.into(),
    }
}

/// `$0.000110`, `$12.40`: three significant digits, so that figures of one size align, and never in powers of ten.
pub fn usd(amount: Option<f64>) -> String {
    or_unknown(amount, |x| match x {
        0.0 => "$0".into(),
        x if x.abs() >= 100.0 => format!("${x:.0}"),
        x if x.abs() >= 0.995 => format!("${x:.2}"),
        x => {
            let digits = 2 - x.abs().log10().floor() as i32;
            format!("${x:.*}", digits.clamp(2, 12) as usize)
        }
    })
}

/// As [`usd`], as short as an axis wants it: `$0.0001`, `$0.60`, and of cents always two.
pub(crate) fn usd_short(amount: Option<f64>) -> String {
    let text = usd(amount);
    let Some((whole, cents)) = text.split_once('.') else { return text };
    let cents = cents.trim_end_matches('0');
    format!("{whole}.{cents:0<2}")
}

/// An amount as it was given, with every digit: `$0.075`, `$0.60`.
pub(crate) fn usd_given(amount: f64) -> String {
    let text = amount.to_string();
    let cents = text.split_once('.').map_or(0, |(_, cents)| cents.len());
    if cents < 2 { format!("${amount:.2}") } else { format!("${text}") }
}

/// As [`usd`], with large amounts as `$31,025`.
pub(crate) fn dollars(amount: Option<f64>) -> String {
    match amount {
        Some(x) if (999.5..1e15).contains(&x) => format!("${}", count(x.round() as u64)),
        amount => usd(amount),
    }
}

/// `950`, `17.7k`, `8M`, `1.25B`: three significant digits.
pub(crate) fn compact(value: f64) -> String {
    let (value, unit) = match value {
        x if x >= 999.5e6 => (x / 1e9, "B"),
        x if x >= 999.5e3 => (x / 1e6, "M"),
        x if x >= 999.5 => (x / 1e3, "k"),
        x => (x, ""),
    };
    let text = significant(value);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{unit}")
}

/// `[$0.0000300, $0.0000354]`; empty where unknown.
pub(crate) fn usd_interval(interval: Option<[f64; 2]>) -> String {
    interval.map_or_else(String::new, |[lower, upper]| format!("[{}, {}]", usd(Some(lower)), usd(Some(upper))))
}

/// `12`, `8.4`, `0.37`
pub(crate) fn rate(value: Option<f64>) -> String {
    or_unknown(value, significant)
}

/// `12,480`
pub(crate) fn whole(value: Option<u64>) -> String {
    value.map_or_else(|| UNKNOWN.into(), count)
}

/// `12,480`
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn significant(x: f64) -> String {
    match x.abs() {
        a if a >= 99.5 => format!("{x:.0}"),
        a if a >= 9.95 => format!("{x:.1}"),
        _ => format!("{x:.2}"),
    }
}

/// `1.5 times`, `50 times`
pub(crate) fn times(ratio: f64) -> String {
    if ratio >= 9.95 { format!("{ratio:.0} times") } else { format!("{ratio:.1} times") }
}

/// `1 case`, `2 cases`
pub(crate) fn counted(n: u64, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {one}s", count(n)) }
}

/// `a, b and c`
pub(crate) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}

/// `once`, `3 times`.
pub(crate) fn how_often(n: u32) -> String {
    if n == 1 { "once".into() } else { format!("{n} times") }
}

/// `does this, does that, and does more`: parts of a sentence that hold lists of their own.
pub(crate) fn clauses(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [start @ .., last] => format!("{}, and {last}", start.join(", ")),
    }
}

/// `2026-11-21 10:37 UTC` from RFC 3339 in UTC; anything else as it is.
pub fn moment(rfc3339: &str) -> String {
    match (rfc3339.get(..10), rfc3339.get(11..16)) {
        (Some(day), Some(time)) if rfc3339.ends_with('Z') => format!("{day} {time} UTC"),
        _ => rfc3339.into(),
    }
}

impl Verdict {
    /// The words for a reader.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::GoodEnough => "good enough",
            Self::NotGoodEnough => "not good enough",
            Self::NeedMoreData => "need more data",
            Self::Invalid => "invalid",
        }
    }

    /// A sign that tells verdicts apart without colour.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::GoodEnough => "✓",
            Self::NotGoodEnough => "✗",
            Self::NeedMoreData => "?",
            Self::Invalid => "!",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_a_person_writes_them() {
        let amounts = [0.0, 0.0000331, 0.00012, 0.05, 0.999, 12.4, 1234.5].map(|x| usd(Some(x)));
        assert_eq!(amounts, ["$0", "$0.0000331", "$0.000120", "$0.0500", "$1.00", "$12.40", "$1234"]);
        let short = [0.0, 0.0001, 0.5, 0.075, 2.0, 100.0].map(|x| usd_short(Some(x)));
        assert_eq!(short, ["$0", "$0.0001", "$0.50", "$0.075", "$2.00", "$100"]);
        assert_eq!([0.6, 6.0, 0.075, 0.12345].map(usd_given), ["$0.60", "$6.00", "$0.075", "$0.12345"]);
        let times = [0.4, 41.2, 999.0, 999.6, 12_340.0, 124_560.0, 119_999.2].map(|ms| duration(Some(ms)));
        assert_eq!(times, ["0.4 ms", "41 ms", "999 ms", "1.00 s", "12.3 s", "2 min 5 s", "2 min 0 s"]);
        assert_eq!([limit(0.85), limit(0.925), limit(0.3333)], ["85%", "92.5%", "33.33%"]);
        assert_eq!([limit(0.99999927), limit(0.99996), limit(1.0)], ["99.99993%", "99.996%", "100%"]);
        let large = [950.0, 31_025.4, 0.5].map(|x| dollars(Some(x)));
        assert_eq!(large, ["$950", "$31,025", "$0.500"]);
        let short = [0.0, 12.0, 950.0, 999.7, 17_662.0, 8e6, 1.25e9, 3e12].map(compact);
        assert_eq!(short, ["0", "12", "950", "1k", "17.7k", "8M", "1.25B", "3000B"]);
        assert_eq!([count(7), count(999), count(1000), count(1_234_567)], ["7", "999", "1,000", "1,234,567"]);
        assert_eq!([-0.03, 0.0124, 0.01].map(size_in_points), ["3 points", "1.2 points", "1 point"]);
        assert_eq!([percent(None), usd(None), duration(Some(f64::NAN))], ["—", "—", "—"]);
        assert_eq!(moment("2026-11-21T10:37:21.5Z"), "2026-11-21 10:37 UTC");
        assert_eq!(moment("gestern"), "gestern");
    }
}
