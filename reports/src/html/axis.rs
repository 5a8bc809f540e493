use serde::Serialize;

/// An axis in percent of a chart's width or height.
#[derive(Debug, Serialize)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    #[serde(skip)]
    decades: bool,
    pub ticks: Vec<Tick>,
}

/// A marked place.
#[derive(Debug, Serialize)]
pub(super) struct Tick {
    pub at: f64,
    pub label: String,
}

/// Steps between ticks that a person can count in.
const STEPS: [f64; 4] = [1.0, 2.0, 5.0, 10.0];
const MOST_TICKS: f64 = 5.0;

impl Axis {
    /// Over these numbers, its ends at ticks.
    pub fn linear(low: f64, high: f64, label: impl Fn(f64) -> String) -> Self {
        let span = if high > low { high - low } else { 1.0 };
        let unit = 10f64.powf((span / MOST_TICKS).log10().floor());
        let step = STEPS.iter().map(|step| step * unit).find(|step| span / step <= MOST_TICKS).unwrap_or(10.0 * unit);
        let (first, last) = ((low / step).floor() as i64, ((low + span) / step - 1e-9).ceil() as i64);
        let (low, high) = (first as f64 * step, last as f64 * step);
        let values = (first..=last).map(|n| n as f64 * step);
        Self { low, high, decades: false, ticks: Vec::new() }.with(values, label)
    }

    /// Over these numbers above 0, by powers of ten.
    pub fn decades(low: f64, high: f64, label: impl Fn(f64) -> String) -> Self {
        let (first, last) = (low.log10().floor() as i32, (high.log10() - 1e-9).ceil() as i32);
        let last = last.max(first + 1);
        let every = (f64::from(last - first) / MOST_TICKS).ceil().max(1.0) as i32;
        let last = first + (last - first + every - 1) / every * every;
        let values = (first..=last).step_by(every as usize).map(|n| 10f64.powi(n));
        Self { low: first.into(), high: last.into(), decades: true, ticks: Vec::new() }.with(values, label)
    }

    fn with(mut self, values: impl Iterator<Item = f64>, label: impl Fn(f64) -> String) -> Self {
        self.ticks = values.map(|x| Tick { at: self.at(x), label: label(x) }).collect();
        self
    }

    /// Where a number lies, from the left; what is outside lies at the end.
    pub fn at(&self, x: f64) -> f64 {
        let x = if self.decades { x.max(1e-300).log10() } else { x };
        let share = ((x - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        (share * 1e4).round() / 100.0
    }

    /// The same from the top.
    pub fn down(&self, x: f64) -> f64 {
        ((100.0 - self.at(x)) * 100.0).round() / 100.0
    }

    /// The same axis, standing up.
    pub fn upright(mut self) -> Self {
        self.ticks.iter_mut().for_each(|tick| tick.at = ((100.0 - tick.at) * 100.0).round() / 100.0);
        self
    }

    /// The numbers that it ends at.
    pub fn ends(&self) -> [f64; 2] {
        let end = |x: f64| if self.decades { 10f64.powf(x) } else { x };
        [end(self.low), end(self.high)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_hold_what_is_shown() {
        let axis = Axis::linear(-0.124, 0.031, |x| format!("{:.0}", x * 100.0));
        assert_eq!(labels(&axis), ["-15", "-10", "-5", "0", "5"]);
        assert_eq!((axis.at(-0.15), axis.at(0.05), axis.at(-0.05), axis.down(-0.05)), (0.0, 100.0, 50.0, 50.0));
        let axis = Axis::linear(0.0, 0.00037, |x| format!("{x:.4}"));
        assert_eq!(labels(&axis), ["0.0000", "0.0001", "0.0002", "0.0003", "0.0004"]);
        assert_eq!(Axis::linear(0.0, 0.0, |x| x.to_string()).ends(), [0.0, 1.0]);
    }

    #[test]
    fn decades_are_equally_wide() {
        let axis = Axis::decades(40.0, 9_000.0, |x| x.to_string());
        assert_eq!((labels(&axis), axis.ends()), (vec!["10", "100", "1000", "10000"], [10.0, 1e4]));
        assert!((axis.at(100.0) - 33.33).abs() < 0.01 && axis.at(1.0) == 0.0 && axis.at(0.0) == 0.0);
        assert_eq!(Axis::decades(100.0, 100.0, |x| x.to_string()).ends(), [100.0, 1000.0]);
        assert!(Axis::decades(1e-3, 1e9, |x| x.to_string()).ticks.len() <= 6);
    }
}
