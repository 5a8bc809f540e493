use http::HeaderMap;
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use std::time::Duration;

/// How long the server asks to be left alone: `retry-after-ms`, else `Retry-After` in seconds or as a date
/// (RFC 9110, section 10.2.3). A date that has passed is no wait.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |name: &str, unit: f64| {
        let number: f64 = text(name)?.parse().ok()?;
        (number.is_finite() && number >= 0.0).then(|| Duration::try_from_secs_f64(number * unit).ok())?
    };
    number("retry-after-ms", 1e-3).or_else(|| number("retry-after", 1.0)).or_else(|| {
        let date = rfc2822::parse(text("retry-after")?).ok()?;
        let wait: SignedDuration = date.timestamp().duration_since(now);
        Some(Duration::try_from(wait).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_milliseconds_and_dates() {
        let now: Timestamp = "2015-10-21T07:27:30Z".parse().unwrap();
        let read = |name: &'static str, value: &str| {
            retry_after(&HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]), now)
        };
        assert_eq!(read("retry-after", "7"), Some(Duration::from_secs(7)));
        assert_eq!(read("retry-after", " 0.5 "), Some(Duration::from_millis(500)));
        assert_eq!(read("retry-after-ms", "250"), Some(Duration::from_millis(250)));
        assert_eq!(read("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(read("retry-after", "Wed, 21 Oct 2015 07:27:00 GMT"), Some(Duration::ZERO));
        for wrong in ["soon", "-3", "inf", "1e300", ""] {
            assert_eq!(read("retry-after", wrong), None, "{wrong}");
        }
    }
}
