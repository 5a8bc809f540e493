use super::{MONTH_HOURS, MeasuredRate, Rate, Steps};
use serde::{Deserialize, Serialize};

/// What it costs to serve a model on machines of one's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hosting {
    /// Of one replica.
    pub usd_per_hour: f64,
    /// Replicas that run whatever the volume.
    #[serde(default = "one")]
    pub min_replicas: u32,
    /// Requests per second of one replica.
    pub rate: Rate,
    /// The share of the rate that a replica is loaded with at the peak.
    #[serde(default = "usual_utilization")]
    pub target_utilization: f64,
    /// Storage, network, licences.
    #[serde(default)]
    pub fixed_usd_per_month: f64,
    /// People's time, hours a month.
    #[serde(default)]
    pub care_hours: f64,
    /// What an hour of it costs.
    #[serde(default)]
    pub care_usd_per_hour: f64,
    /// What `usd_per_hour` pays for. A rate that was measured elsewhere is not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware: Option<String>,
}

/// How the volume comes, and what counts as cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Requests at the peak over requests on average.
    pub peak_factor: f64,
    /// Whether people's time counts.
    pub with_care: bool,
}

fn one() -> u32 {
    1
}

fn usual_utilization() -> f64 {
    0.6
}

impl Hosting {
    /// What is wrong, and how to mend it.
    pub fn check(&self) -> Result<(), (String, String)> {
        let amount = |x: f64| x.is_finite() && x >= 0.0;
        let utilization = self.target_utilization;
        let ranges = [
            ("usd_per_hour", amount(self.usd_per_hour), "it is what one replica costs an hour in USD, 0 or more"),
            ("rate", self.rate.is_sound(), "it is \"measured\" or a number of requests per second above 0"),
            ("target_utilization", utilization > 0.0 && utilization <= 1.0, "it is above 0 and at most 1"),
            ("fixed_usd_per_month", amount(self.fixed_usd_per_month), "it is a number of USD, 0 or more"),
            ("care_hours", amount(self.care_hours), "it is a number of hours a month, 0 or more"),
            ("care_usd_per_hour", amount(self.care_usd_per_hour), "it is a number of USD, 0 or more"),
        ];
        if let Some((key, _, range)) = ranges.into_iter().find(|(_, sound, _)| !sound) {
            return Err((format!("`hosting.{key}` is out of range"), range.into()));
        }
        // The default of 0 must not make people's time free by oversight.
        if self.care_hours > 0.0 && self.care_usd_per_hour == 0.0 {
            let help = "say what an hour costs with `care_usd_per_hour`, or leave `care_hours` out";
            return Err(("`hosting.care_hours` has no price".into(), help.into()));
        }
        Ok(())
    }

    /// Requests per second of one replica; why they are unknown, and what to do, where the rate is not of the hardware
    /// that is paid for. `measured` is the run's, or why there is none.
    pub fn requests_per_second(&self, measured: &Result<MeasuredRate, String>) -> Result<f64, String> {
        match (&self.rate, measured) {
            (Rate::Stated(rate), _) => match (&rate.hardware, &self.hardware) {
                (Some(there), Some(here)) if !same(there, here) => Err(format!(
                    "its rate is of {there:?} and its price of {here:?}: give the rate of what is paid for"
                )),
                (Some(there), None) => Err(format!(
                    "its rate is of {there:?}, and it is not said that this is what `usd_per_hour` pays for: if it is, add \
                     hardware = {there:?} to its `hosting`"
                )),
                _ => Ok(rate.requests_per_second),
            },
            (Rate::Measured, Err(reason)) => Err(format!("its rate is not known: {reason}")),
            (Rate::Measured, Ok(rate)) => match &self.hardware {
                Some(priced) if same(priced, &rate.hardware) => Ok(rate.requests_per_second),
                Some(priced) => Err(format!(
                    "its rate was measured on {:?} and its price is of {priced:?}: measure there, or give the rate as a \
                     number of requests per second",
                    rate.hardware
                )),
                None => Err(format!(
                    "its rate was measured on {0:?}, and it is not said that this is what `usd_per_hour` pays for: if \
                     it is, add hardware = {0:?} to its `hosting`; if not, give the rate as a number",
                    rate.hardware
                )),
            },
        }
    }

    /// USD a month of people's time.
    pub fn care_usd(&self) -> f64 {
        self.care_hours * self.care_usd_per_hour
    }

    /// The cost a month by volume, of replicas that do so many requests per second.
    pub fn steps(&self, requests_per_second: f64, load: Load) -> Steps {
        let care = if load.with_care { self.care_usd() } else { 0.0 };
        Steps {
            standing_usd: self.fixed_usd_per_month + care,
            replica_usd: MONTH_HOURS * self.usd_per_hour,
            min_replicas: self.min_replicas,
            replica_requests: requests_per_second * self.target_utilization / load.peak_factor * 86_400.0,
        }
    }
}

/// Whether two names are of the same hardware: blanks and case do not matter.
fn same(a: &str, b: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    words(a) == words(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::StatedRate;

    fn hosting() -> Hosting {
        Hosting {
            usd_per_hour: 2.0,
            min_replicas: 1,
            rate: Rate::Stated(10.0.into()),
            target_utilization: 0.5,
            fixed_usd_per_month: 100.0,
            care_hours: 10.0,
            care_usd_per_hour: 80.0,
            hardware: None,
        }
    }

    #[test]
    fn replicas_follow_the_peak() {
        let steps = hosting().steps(10.0, Load { peak_factor: 4.0, with_care: true });
        // 5 requests per second at the peak are 1.25 on average, 108,000 a day.
        let costs = [0.0, 1.0, 108_000.0, 108_001.0, 216_001.0].map(|volume| steps.monthly_usd(volume));
        assert_eq!(costs, [2360.0, 2360.0, 2360.0, 3820.0, 5280.0]);
        let without = hosting().steps(10.0, Load { peak_factor: 4.0, with_care: false });
        assert_eq!(without.monthly_usd(1.0), 1560.0);
        let floor = Hosting { min_replicas: 3, ..hosting() };
        assert_eq!(floor.steps(10.0, Load { peak_factor: 4.0, with_care: true }).monthly_usd(1.0), 5280.0);
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let wrong = [
            (Hosting { usd_per_hour: -1.0, ..hosting() }, "usd_per_hour"),
            (Hosting { usd_per_hour: f64::NAN, ..hosting() }, "usd_per_hour"),
            (Hosting { rate: Rate::Stated(0.0.into()), ..hosting() }, "rate"),
            (Hosting { target_utilization: 0.0, ..hosting() }, "target_utilization"),
            (Hosting { target_utilization: 1.01, ..hosting() }, "target_utilization"),
            (Hosting { fixed_usd_per_month: f64::INFINITY, ..hosting() }, "fixed_usd_per_month"),
            (Hosting { care_hours: -0.5, ..hosting() }, "care_hours"),
            (Hosting { care_usd_per_hour: 0.0, ..hosting() }, "care_hours"),
        ];
        for (hosting, key) in wrong {
            let (message, _) = hosting.check().unwrap_err();
            assert!(message.contains(&format!("`hosting.{key}`")), "{message}");
        }
        assert_eq!(hosting().check(), Ok(()));
        assert_eq!(Hosting { target_utilization: 1.0, ..hosting() }.check(), Ok(()));
    }

    #[test]
    fn a_rate_measured_elsewhere_is_not_used() {
        let rate = MeasuredRate { requests_per_second: 7.0, in_flight: 16, hardware: "A CPU, 2 cores".into() };
        let measured = Hosting { rate: Rate::Measured, ..hosting() };
        let on = |hardware: &str| Hosting { hardware: Some(hardware.into()), ..measured.clone() };
        assert_eq!(on("a  cpu, 2 CORES").requests_per_second(&Ok(rate.clone())), Ok(7.0));
        assert!(on("A CPU, 4 cores").requests_per_second(&Ok(rate.clone())).unwrap_err().contains("measure there"));
        let unsaid = measured.requests_per_second(&Ok(rate.clone())).unwrap_err();
        assert!(unsaid.contains("add hardware = \"A CPU, 2 cores\""), "{unsaid}");
        let reason = measured.requests_per_second(&Err("it was not run here".into())).unwrap_err();
        assert_eq!(reason, "its rate is not known: it was not run here");
        // A number needs no measurement.
        assert_eq!(hosting().requests_per_second(&Err(String::new())), Ok(10.0));
        let stated = StatedRate { hardware: Some("L4".into()), ..3.0.into() };
        let elsewhere = Hosting { rate: Rate::Stated(stated), hardware: Some("H200".into()), ..hosting() };
        assert!(elsewhere.requests_per_second(&Ok(rate)).is_err());
    }

    #[test]
    fn defaults() {
        let given = serde_json::json!({"usd_per_hour": 1.75, "rate": "measured"});
        let hosting: Hosting = serde_json::from_value(given).unwrap();
        assert_eq!((hosting.min_replicas, hosting.target_utilization, hosting.care_usd()), (1, 0.6, 0.0));
        let unknown = serde_json::json!({"usd_per_hour": 1.75, "rate": 1, "gpus": 2});
        assert!(serde_json::from_value::<Hosting>(unknown).is_err());
    }
}
