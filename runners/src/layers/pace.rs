use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Spreads units over time so that no minute holds more than are allowed: each call waits until those before it have
/// been let through at that rate. A call larger than a minute's allowance waits as long as it needs.
#[derive(Debug)]
pub(super) struct Pace {
    per_minute: f64,
    free: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn new(per_minute: f64) -> Self {
        Self { per_minute, free: Mutex::new(None) }
    }

    /// When a call of so many units may begin.
    pub(super) fn reserve(&self, units: u64, now: Instant) -> Instant {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = free.unwrap_or(now).max(now);
        let took = Duration::try_from_secs_f64(units as f64 / self.per_minute * 60.0).unwrap_or(Duration::MAX);
        *free = begin.checked_add(took);
        begin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_holds_more_than_are_allowed() {
        let (pace, now) = (Pace::new(120.0), Instant::now());
        let begins: Vec<u128> = (0..4).map(|_| (pace.reserve(1, now) - now).as_millis()).collect();
        assert_eq!(begins, [0, 500, 1000, 1500]);
        let later = now + Duration::from_secs(60);
        assert_eq!(pace.reserve(1, later), later, "what was not used is not saved up");
    }

    #[test]
    fn a_call_above_the_allowance_goes_through_and_makes_the_next_wait() {
        let (pace, now) = (Pace::new(60.0), Instant::now());
        assert_eq!(pace.reserve(180, now), now);
        assert_eq!((pace.reserve(1, now) - now).as_secs(), 180);
    }
}
