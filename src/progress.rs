//! Progress of a run: a bar a task and model on a terminal, plain lines elsewhere.

use crate::screen::{counted, tell};
use eval_core::{Event, Record, Sink, SinkError, Tally};
use eval_reports::visible_line;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

const BAR: &str = "  {prefix:28} {bar:24} {pos:>5}/{len}  {msg}";
/// Plain lines of one model come no more often than this.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// A bar is drawn no more often than this.
const DRAW_EVERY: Duration = Duration::from_millis(100);

/// Shows how far a run is.
pub struct ProgressView {
    /// `None`: plain lines.
    bars: Option<MultiProgress>,
    models: BTreeMap<String, Model>,
}

/// A model at work; served ones are at work side by side.
struct Model {
    tasks: BTreeMap<String, Task>,
    begun: Instant,
    last_line: Instant,
    asked: usize,
}

struct Task {
    bar: ProgressBar,
    drawn: Instant,
    total: usize,
    resumed: usize,
    /// The resumed ones included.
    done: Tally,
}

impl ProgressView {
    /// Draws in place when `live`.
    pub fn new(live: bool) -> Self {
        Self { bars: live.then(MultiProgress::new), models: BTreeMap::new() }
    }

    fn plan(&mut self, model: &str, tasks: &[(String, usize)]) {
        let now = Instant::now();
        let begun = |(task, total): &(String, usize)| (task.clone(), Task::new(self.bar(model, task, *total), *total));
        let tasks: BTreeMap<String, Task> = tasks.iter().map(begun).collect();
        if self.bars.is_none() {
            let cases: usize = tasks.values().map(|task| task.total).sum();
            tell(&format!("{model}: {} in {}", counted(cases, "case"), counted(tasks.len(), "task")));
        }
        self.models.insert(model.into(), Model { tasks, begun: now, last_line: now, asked: 0 });
    }

    fn bar(&self, model: &str, task: &str, total: usize) -> ProgressBar {
        let Some(bars) = &self.bars else { return ProgressBar::hidden() };
        let bar = bars.add(ProgressBar::new(total as u64));
        if let Ok(style) = ProgressStyle::with_template(BAR) {
            bar.set_style(style.progress_chars("━━ "));
        }
        bar.set_prefix(shorten(&visible_line(&format!("{model} {task}")), 28));
        bar
    }

    fn resume(&mut self, model: &str, task: &str, tally: Tally) {
        let Some(model) = self.models.get_mut(model) else { return };
        let Some(task) = model.tasks.get_mut(task) else { return };
        (task.done, task.resumed) = (tally, tally.records);
        task.draw(model.begun.elapsed(), None);
    }

    fn count(&mut self, record: &Record) {
        let plain = self.bars.is_none();
        let Some(model) = self.models.get_mut(&record.model) else { return };
        model.asked += 1;
        let Some(task) = model.tasks.get_mut(&record.task) else { return };
        task.done.add(record);
        let is_due = task.done.records == task.total || task.drawn.elapsed() >= DRAW_EVERY;
        if !plain && !is_due {
            return;
        }
        let left: usize = model.tasks.values().map(|task| task.total.saturating_sub(task.done.records)).sum();
        let elapsed = model.begun.elapsed();
        let rate = model.asked as f64 / elapsed.as_secs_f64().max(1e-3);
        if !plain {
            if let Some(task) = model.tasks.get_mut(&record.task) {
                task.draw(elapsed, Some(time_left(left, rate)));
            }
        } else if model.last_line.elapsed() >= LINE_EVERY || left == 0 {
            model.last_line = Instant::now();
            tell(&model.line(&record.model, rate, left));
        }
    }

    fn say(&self, text: &str) {
        match &self.bars {
            Some(bars) => drop(bars.println(text)),
            None => tell(text),
        }
    }
}

impl Model {
    fn line(&self, model: &str, rate: f64, left: usize) -> String {
        let sum = |of: fn(&Tally) -> usize| self.tasks.values().map(|task| of(&task.done)).sum::<usize>();
        let total: usize = self.tasks.values().map(|task| task.total).sum();
        let cost = self.tasks.values().try_fold(0.0, |sum, task| task.done.cost_usd().map(|cost| sum + cost));
        let cached = match sum(|done| done.cached) {
            0 => String::new(),
            n => format!(", {n} from the cache"),
        };
        format!(
            "{model}: {}/{total}, {} correct, {} failed{cached}, {rate:.1}/s{}, {} left",
            sum(|done| done.records),
            sum(|done| done.correct),
            sum(|done| done.failed),
            money(cost),
            time_left(left, rate)
        )
    }
}

impl Task {
    fn new(bar: ProgressBar, total: usize) -> Self {
        Self { bar, drawn: Instant::now(), total, resumed: 0, done: Tally::default() }
    }

    fn draw(&mut self, elapsed: Duration, left: Option<String>) {
        self.drawn = Instant::now();
        self.bar.set_position(self.done.records as u64);
        self.bar.set_message(self.message(elapsed, left));
        if self.done.records == self.total {
            self.bar.abandon();
        }
    }

    fn message(&self, elapsed: Duration, left: Option<String>) -> String {
        let Tally { records, correct, failed, .. } = self.done;
        let rate = (records - self.resumed) as f64 / elapsed.as_secs_f64().max(1e-3);
        let failed = if failed == 0 { String::new() } else { format!("  {failed} failed") };
        let left = left.filter(|_| records < self.total).map(|left| format!("  {left} left")).unwrap_or_default();
        format!("{correct} correct{failed}  {rate:.1}/s{}{left}", money(self.done.cost_usd()))
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
            Event::Resumed { model, task, tally } => self.resume(model, task, *tally),
            Event::Finished(record) => self.count(record),
            Event::Noted { model, note } => self.say(&format!("note: {model}: {note}")),
            Event::Stopping { in_flight } => {
                self.say(&format!("stopping: waiting for {in_flight} in flight (interrupt again to leave at once)"));
            }
            Event::Ended { model } => {
                if let Some(model) = self.models.get_mut(*model) {
                    let elapsed = model.begun.elapsed();
                    for task in model.tasks.values_mut() {
                        task.draw(elapsed, None);
                        task.bar.abandon();
                    }
                }
            }
        }
        Ok(())
    }
}
