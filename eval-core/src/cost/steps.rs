use super::MONTH_DAYS;

/// The cost a month of a hosted model by its volume: a flight of steps, one a replica.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steps {
    /// USD a month whatever the volume, beside the replicas.
    pub standing_usd: f64,
    /// USD a month of one replica.
    pub replica_usd: f64,
    /// Replicas that run whatever the volume.
    pub min_replicas: u32,
    /// Requests a day, on average, that one replica serves.
    pub replica_requests: f64,
}

/// Where hosting becomes cheaper than paying by the request, in requests a day: just above these volumes, the month
/// costs less.
///
/// The two differ where the step to one replica more makes hosting dearer again for a while.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreakEven {
    /// The first volume from which it is cheaper.
    pub first: f64,
    /// The volume from which it stays cheaper.
    pub for_good: f64,
}

/// A break-even beyond so many replicas is none.
const MOST_REPLICAS: f64 = 1e6;

/// Volumes that fill the replicas to the last request must not get one more by rounding.
const ROUNDING: f64 = 1e-9;

impl Steps {
    /// Replicas at so many requests a day.
    pub fn replicas(&self, requests_per_day: f64) -> u64 {
        let needed = (requests_per_day / self.replica_requests * (1.0 - ROUNDING)).ceil();
        (needed as u64).max(self.min_replicas.into())
    }

    /// USD a month at so many requests a day.
    pub fn monthly_usd(&self, requests_per_day: f64) -> f64 {
        self.of(self.replicas(requests_per_day) as f64)
    }

    fn of(&self, replicas: f64) -> f64 {
        self.standing_usd + replicas * self.replica_usd
    }

    /// Where these steps cross the line of a price per request; `None`: hosting is never cheaper.
    ///
    /// With n replicas that serve K requests each, hosting is cheaper above (standing + n·replica) ÷ price, which must lie
    /// below n·K: n·(K·price − replica) > standing. The step to n + 1 stays below the line where
    /// n·(K·price − replica) ≥ standing + replica.
    pub fn break_even(&self, usd_per_request: f64) -> Option<BreakEven> {
        let price = usd_per_request * MONTH_DAYS;
        let gain = self.replica_requests * price - self.replica_usd;
        if gain <= 0.0 {
            return None;
        }
        let least = f64::from(self.min_replicas.max(1));
        let first = ((self.standing_usd / gain).floor() + 1.0).max(least);
        let for_good = ((self.standing_usd + self.replica_usd) / gain).ceil().max(least);
        if for_good > MOST_REPLICAS {
            return None;
        }
        // Where the step begins below the line, the crossing is the step itself.
        let begins = if first > least { (first - 1.0) * self.replica_requests } else { 0.0 };
        let for_good = self.of(for_good) / price;
        Some(BreakEven { first: (self.of(first) / price).max(begins).min(for_good), for_good })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A replica costs 730 USD a month and serves 1,000 requests a day.
    fn steps(standing_usd: f64, min_replicas: u32) -> Steps {
        Steps { standing_usd, replica_usd: 730.0, min_replicas, replica_requests: 1000.0 }
    }

    /// The price at which one request a day costs so many USD a month.
    fn a_month(usd: f64) -> f64 {
        usd / MONTH_DAYS
    }

    fn near(a: Option<BreakEven>, first: f64, for_good: f64) {
        let found = a.unwrap();
        assert!((found.first - first).abs() < 1e-6 && (found.for_good - for_good).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn by_hand() {
        // One replica at 1 USD a request: cheaper from 730; the second is needed at 1,000, where both cost 1,460 and
        // 1,000: cheaper again from 1,460; and so on, until a step is so small that it stays below: 730·(n+1) ≤ 1,000·n
        // from n = 3.
        near(steps(0.0, 1).break_even(a_month(1.0)), 730.0, 2190.0);
        // At 2 USD each step begins below the line.
        near(steps(0.0, 1).break_even(a_month(2.0)), 365.0, 365.0);
        // A standing cost of 500: 1,230 on the first step is above the line of 1,000; on the second 1,960 is not.
        near(steps(500.0, 1).break_even(a_month(1.0)), 1960.0, 4150.0);
        // Five replicas whatever the volume.
        near(steps(0.0, 5).break_even(a_month(1.0)), 3650.0, 3650.0);
        // None at rest: the first request brings one.
        near(steps(0.0, 0).break_even(a_month(1.0)), 730.0, 2190.0);
        // A replica that serves no more than it costs never pays.
        assert_eq!(steps(0.0, 1).break_even(a_month(0.73)), None);
        assert_eq!(steps(0.0, 1).break_even(0.0), None);
        assert_eq!(steps(1.0, 1).break_even(a_month(0.73 + 1e-8)), None);
    }

    #[test]
    fn what_costs_nothing_is_cheaper_at_once() {
        let free = Steps { standing_usd: 0.0, replica_usd: 0.0, min_replicas: 1, replica_requests: 10.0 };
        near(free.break_even(a_month(1.0)), 0.0, 0.0);
    }

    #[test]
    fn full_replicas_need_no_further_one() {
        let steps = Steps { replica_requests: 0.1 * 3.0, ..steps(0.0, 1) };
        let replicas = [0.0, 0.3, 0.31, 0.9, 0.3 * 1e6].map(|volume| steps.replicas(volume));
        assert_eq!(replicas, [1, 1, 2, 3, 1_000_000]);
    }

    #[test]
    fn a_break_even_is_where_the_curves_cross() {
        let mut found = 0;
        for standing_usd in [0.0, 90.0, 800.0, 5000.0] {
            for (replica_usd, replica_requests) in [(0.0, 500.0), (200.0, 900.0), (730.0, 1000.0), (3000.0, 70_000.0)] {
                for min_replicas in [0, 1, 2, 7] {
                    for usd_per_request in [1e-4, 0.003, 0.01, 0.0246, 0.03, 0.2] {
                        let steps = Steps { standing_usd, replica_usd, min_replicas, replica_requests };
                        found += usize::from(agrees(&steps, usd_per_request));
                    }
                }
            }
        }
        assert!(found > 200, "{found}");
    }

    /// Compares the break-even with the curves at many volumes; whether there is one.
    fn agrees(steps: &Steps, usd_per_request: f64) -> bool {
        let cheaper = |volume: f64| steps.monthly_usd(volume) < usd_per_request * MONTH_DAYS * volume;
        let found = steps.break_even(usd_per_request);
        let reach = found.map_or(200.0 * steps.replica_requests, |at| 3.0 * at.for_good + 9.0 * steps.replica_requests);
        let mut before = 0.0;
        for part in 1..=2000 {
            let volume = reach * f64::from(part) / 2000.0;
            assert!(steps.monthly_usd(volume) >= before, "{steps:?}");
            before = steps.monthly_usd(volume);
            match found {
                Some(at) if volume < at.first => assert!(!cheaper(volume), "{volume} {at:?} {steps:?}"),
                Some(at) if volume > at.for_good * (1.0 + 1e-6) => {
                    assert!(cheaper(volume), "{volume} {at:?} {steps:?}")
                }
                Some(_) => {}
                None => assert!(!cheaper(volume), "{volume} {steps:?}"),
            }
        }
        if let Some(at) = found {
            assert!(at.first <= at.for_good && cheaper(at.first * (1.0 + 1e-6) + 1e-6), "{at:?} {steps:?}");
            assert!(at.for_good == 0.0 || !cheaper(at.for_good * (1.0 - 1e-6)), "{at:?} {steps:?}");
        }
        found.is_some()
    }
}
