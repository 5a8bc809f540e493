//! Progress of a run: a bar a task and model on a terminal, plain lines elsewhere.

use crate::screen::{counted, tell};
use eval_core::{Event, Outcome, Record, Sink, SinkError};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

const BAR: &str = "  {prefix:28} {bar:24} {pos:>5}/{len}  {msg}";
/// Plain lines come no more often than this.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows how far a run is.
pub struct ProgressView {
    /// `None`: plain lines.
    bars: Option<MultiProgress>,
    lanes: BTreeMap<String, Lane>,
    begun: Instant,
    last_line: Instant,
    asked: usize,
}

/// One task of the model at work.
struct Lane {
    bar: ProgressBar,
    total: usize,
    done: usize,
    resumed: usize,
    correct: usize,
    failed: usize,
    cost: Option<f64>,
}

impl ProgressView {
    /// Draws in place when `live`.
    pub fn new(live: bool) -> Self {
        let now = Instant::now();
        let bars = live.then(MultiProgress::new);
        Self { bars, lanes: BTreeMap::new(), begun: now, last_line: now, asked: 0 }
    }

    fn plan(&mut self, model: &str, tasks: &[(String, usize)]) {
        self.lanes.clear();
        (self.begun, self.last_line, self.asked) = (Instant::now(), Instant::now(), 0);
        for (task, total) in tasks {
            let bar = match &self.bars {
                Some(bars) => bars.add(ProgressBar::new(*total as u64)),
                None => ProgressBar::hidden(),
            };
            if let Ok(style) = ProgressStyle::with_template(BAR) {
                bar.set_style(style.progress_chars("━━ "));
            }
            let prefix: String =
                format!("{model} {task}").chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            bar.set_prefix(shorten(&prefix, 28));
            let lane = Lane { bar, total: *total, done: 0, resumed: 0, correct: 0, failed: 0, cost: Some(0.0) };
            self.lanes.insert(task.clone(), lane);
        }
        if self.bars.is_none() {
            let cases: usize = tasks.iter().map(|(_, total)| total).sum();
            tell(&format!("{model}: {} in {}", counted(cases, "case"), counted(tasks.len(), "task")));
        }
    }

    fn count(&mut self, record: &Record, resumed: bool) {
        self.asked += usize::from(!resumed);
        let elapsed = self.begun.elapsed();
        let rate = self.asked as f64 / elapsed.as_secs_f64().max(1e-3);
        let left: usize = self.lanes.values().map(|lane| lane.total - lane.done).sum::<usize>().saturating_sub(1);
        let Some(lane) = self.lanes.get_mut(&record.task) else { return };
        lane.done += 1;
        lane.resumed += usize::from(resumed);
        lane.correct += usize::from(record.correct == Some(true));
        lane.failed += usize::from(matches!(record.outcome, Outcome::RunnerFailed | Outcome::MetricFailed));
        lane.cost = lane.cost.zip(record.cost_usd).map(|(sum, cost)| sum + cost);
        lane.bar.set_position(lane.done as u64);
        lane.bar.set_message(lane.message(elapsed, (!resumed).then(|| time_left(left, rate))));
        if lane.done == lane.total {
            lane.bar.abandon();
        }
        if self.bars.is_none() && !resumed && (self.last_line.elapsed() >= LINE_EVERY || left == 0) {
            self.last_line = Instant::now();
            self.line(&record.model, rate, left);
        }
    }

    fn line(&self, model: &str, rate: f64, left: usize) {
        let (done, total) = self.lanes.values().fold((0, 0), |(d, t), lane| (d + lane.done, t + lane.total));
        let correct: usize = self.lanes.values().map(|lane| lane.correct).sum();
        let failed: usize = self.lanes.values().map(|lane| lane.failed).sum();
        let cost = self.lanes.values().try_fold(0.0, |sum, lane| lane.cost.map(|cost| sum + cost));
        tell(&format!(
            "{model}: {done}/{total}, {correct} correct, {failed} failed, {rate:.1}/s{}, {} left",
            money(cost),
            time_left(left, rate)
        ));
    }
}

impl Lane {
    fn message(&self, elapsed: Duration, left: Option<String>) -> String {
        let rate = (self.done - self.resumed) as f64 / elapsed.as_secs_f64().max(1e-3);
        let failed = if self.failed == 0 { String::new() } else { format!("  {} failed", self.failed) };
        let left = left.filter(|_| self.done < self.total).map(|left| format!("  {left} left")).unwrap_or_default();
        format!("{} correct{failed}  {rate:.1}/s{}{left}", self.correct, money(self.cost))
    }
}

/// A cost of 0 is not shown: local models have none per call, and unknown ones are no number.
fn money(cost: Option<f64>) -> String {
    cost.filter(|cost| *cost > 0.0).map(|cost| format!("  ${cost:.4}")).unwrap_or_default()
}

fn time_left(cases: usize, rate: f64) -> String {
    let seconds = (cases as f64 / rate.max(1e-6)).ceil();
    match seconds {
        s if s < 100.0 => format!("{s:.0} s"),
        s if s < 6_000.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3_600.0),
    }
}

fn shorten(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_string();
    }
    text.chars().take(width - 1).chain(['…']).collect()
}

impl Sink for ProgressView {
    fn on(&mut self, event: &Event<'_>) -> Result<(), SinkError> {
        match event {
            Event::Planned { model, tasks } => self.plan(model, tasks),
            Event::Resumed(record) => self.count(record, true),
            Event::Finished(record) => self.count(record, false),
            Event::Stopping { in_flight } => {
                let text = format!("stopping: waiting for {in_flight} in flight (interrupt again to leave at once)");
                match &self.bars {
                    Some(bars) => drop(bars.println(text)),
                    None => tell(&text),
                }
            }
            Event::Ended { .. } => {
                for lane in self.lanes.values() {
                    lane.bar.abandon();
                }
            }
        }
        Ok(())
    }
}
