//! Progress of a run: a bar a task and model on a terminal, plain lines elsewhere.

use crate::screen::{counted, tell};
use eval_core::{Event, Record, Sink, SinkError, Tally};
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
    resumed: usize,
    /// The resumed ones included.
    done: Tally,
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
            let lane = Lane { bar, total: *total, resumed: 0, done: Tally::default() };
            self.lanes.insert(task.clone(), lane);
        }
        if self.bars.is_none() {
            let cases: usize = tasks.iter().map(|(_, total)| total).sum();
            tell(&format!("{model}: {} in {}", counted(cases, "case"), counted(tasks.len(), "task")));
        }
    }

    fn resume(&mut self, task: &str, tally: Tally) {
        let elapsed = self.begun.elapsed();
        let Some(lane) = self.lanes.get_mut(task) else { return };
        (lane.done, lane.resumed) = (tally, tally.records);
        lane.show(elapsed, None);
    }

    fn count(&mut self, record: &Record) {
        self.asked += 1;
        let elapsed = self.begun.elapsed();
        let rate = self.asked as f64 / elapsed.as_secs_f64().max(1e-3);
        let Some(lane) = self.lanes.get_mut(&record.task) else { return };
        lane.done.add(record);
        let left = self.lanes.values().map(|lane| lane.total.saturating_sub(lane.done.records)).sum();
        if let Some(lane) = self.lanes.get(&record.task).filter(|_| self.bars.is_some()) {
            lane.show(elapsed, Some(time_left(left, rate)));
        }
        if self.bars.is_none() && (self.last_line.elapsed() >= LINE_EVERY || left == 0) {
            self.last_line = Instant::now();
            self.line(&record.model, rate, left);
        }
    }

    fn line(&self, model: &str, rate: f64, left: usize) {
        let (done, total) = self.lanes.values().fold((0, 0), |(d, t), lane| (d + lane.done.records, t + lane.total));
        let correct: usize = self.lanes.values().map(|lane| lane.done.correct).sum();
        let failed: usize = self.lanes.values().map(|lane| lane.done.failed).sum();
        let cost = self.lanes.values().try_fold(0.0, |sum, lane| lane.done.cost_usd.map(|cost| sum + cost));
        tell(&format!(
            "{model}: {done}/{total}, {correct} correct, {failed} failed, {rate:.1}/s{}, {} left",
            money(cost),
            time_left(left, rate)
        ));
    }
}

impl Lane {
    fn show(&self, elapsed: Duration, left: Option<String>) {
        self.bar.set_position(self.done.records as u64);
        self.bar.set_message(self.message(elapsed, left));
        if self.done.records == self.total {
            self.bar.abandon();
        }
    }

    fn message(&self, elapsed: Duration, left: Option<String>) -> String {
        let Tally { records, correct, failed, cost_usd } = self.done;
        let rate = (records - self.resumed) as f64 / elapsed.as_secs_f64().max(1e-3);
        let failed = if failed == 0 { String::new() } else { format!("  {failed} failed") };
        let left = left.filter(|_| records < self.total).map(|left| format!("  {left} left")).unwrap_or_default();
        format!("{correct} correct{failed}  {rate:.1}/s{}{left}", money(cost_usd))
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
            Event::Resumed { task, tally } => self.resume(task, *tally),
            Event::Finished(record) => self.count(record),
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
