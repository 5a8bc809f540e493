use reqwest::Url;
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long an endpoint is set aside after its first failure in a row; twice as long after each further one.
const REST: Duration = Duration::from_secs(2);
const LONGEST_REST: Duration = Duration::from_secs(60);

/// The servers that share one model's calls.
#[derive(Debug)]
pub(super) struct Endpoints(Mutex<Vec<Endpoint>>);

#[derive(Debug)]
struct Endpoint {
    base: Url,
    in_flight: usize,
    failures: u32,
    resting_until: Option<Instant>,
    /// When it was chosen last, as a count of choices.
    turn: u64,
}

/// A call's endpoint; what it came to is said with [`Endpoints::done`].
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    index: usize,
    pub(super) base: Url,
}

impl Endpoints {
    /// At least one base URL.
    pub(super) fn new(bases: Vec<Url>) -> Self {
        let endpoint = |base| Endpoint { base, in_flight: 0, failures: 0, resting_until: None, turn: 0 };
        Self(Mutex::new(bases.into_iter().map(endpoint).collect()))
    }

    /// The one with the fewest calls in flight that is not set aside; where all are, the one whose rest ends first.
    pub(super) fn choose(&self, now: Instant) -> Option<Chosen> {
        let mut endpoints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = endpoints.iter().map(|endpoint| endpoint.turn).max()? + 1;
        let order = |endpoint: &Endpoint| {
            let resting = endpoint.resting_until.filter(|until| *until > now);
            (resting, endpoint.in_flight, endpoint.turn)
        };
        let (index, endpoint) = endpoints.iter_mut().enumerate().min_by_key(|(_, endpoint)| order(endpoint))?;
        endpoint.in_flight += 1;
        endpoint.turn = turn;
        Some(Chosen { index, base: endpoint.base.clone() })
    }

    /// Whether some endpoint is not set aside.
    pub(super) fn any_ready(&self, now: Instant) -> bool {
        let endpoints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        endpoints.iter().any(|endpoint| endpoint.resting_until.is_none_or(|until| until <= now))
    }

    /// The call is over; an endpoint that failed is set aside for a while.
    pub(super) fn done(&self, chosen: &Chosen, failed: bool, now: Instant) {
        let mut endpoints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(endpoint) = endpoints.get_mut(chosen.index) else { return };
        endpoint.in_flight = endpoint.in_flight.saturating_sub(1);
        if failed {
            let rest = REST.saturating_mul(1 << endpoint.failures.min(8)).min(LONGEST_REST);
            endpoint.failures += 1;
            endpoint.resting_until = Some(now + rest);
        } else {
            (endpoint.failures, endpoint.resting_until) = (0, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(n: usize) -> Endpoints {
        Endpoints::new((0..n).map(|i| Url::parse(&format!("http://replica-{i}/v1")).unwrap()).collect())
    }

    #[test]
    fn calls_are_shared_evenly() {
        let (pool, now) = (pool(3), Instant::now());
        let mut chosen: Vec<usize> = (0..6).map(|_| pool.choose(now).unwrap().index).collect();
        chosen.sort_unstable();
        assert_eq!(chosen, [0, 0, 1, 1, 2, 2]);
    }

    #[test]
    fn one_after_another_goes_round() {
        let (pool, now) = (pool(2), Instant::now());
        let turns: Vec<usize> = (0..4)
            .map(|_| {
                let chosen = pool.choose(now).unwrap();
                pool.done(&chosen, false, now);
                chosen.index
            })
            .collect();
        assert_eq!(turns, [0, 1, 0, 1]);
    }

    #[test]
    fn a_failing_one_is_set_aside_and_tried_again_later() {
        let (pool, now) = (pool(2), Instant::now());
        let first = pool.choose(now).unwrap();
        pool.done(&first, true, now);
        for _ in 0..3 {
            assert_ne!(pool.choose(now).unwrap().index, first.index);
        }
        assert_eq!(pool.choose(now + REST).unwrap().index, first.index, "it has the fewest calls in flight");
        pool.done(&first, true, now + REST);
        assert_ne!(pool.choose(now + 2 * REST).unwrap().index, first.index, "the second rest is longer");
    }

    #[test]
    fn a_single_one_is_always_there() {
        let (pool, now) = (pool(1), Instant::now());
        let only = pool.choose(now).unwrap();
        pool.done(&only, true, now);
        assert!(!pool.any_ready(now));
        assert_eq!(pool.choose(now).unwrap().index, 0);
    }
}
