//! Progress of a run: a bar a task and model on a terminal, plain lines elsewhere.

use crate::screen::{counted, tell};
use eval_core::{Event, Outcome, Record, Sink, SinkError};
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
    done: usize,
    asked: usize,
    correct: usize,
    failed: usize,
    cached: usize,
    /// Of what was bought by this run; `None` where some of it is unknown.
    cost: Option<f64>,
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
        let prefix: String = format!("{model} {task}").chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        bar.set_prefix(shorten(&prefix, 28));
        bar
    }

    fn count(&mut self, record: &Record, resumed: bool) {
        let plain = self.bars.is_none();
        let Some(model) = self.models.get_mut(&record.model) else { return };
        model.asked += usize::from(!resumed);
        let elapsed = model.begun.elapsed();
        let rate = model.asked as f64 / elapsed.as_secs_f64().max(1e-3);
        let left: usize = model.tasks.values().map(|task| task.total - task.done).sum::<usize>().saturating_sub(1);
        let Some(task) = model.tasks.get_mut(&record.task) else { return };
        task.count(record, resumed);
        if plain {
            if !resumed && (model.last_line.elapsed() >= LINE_EVERY || left == 0) {
                model.last_line = Instant::now();
                tell(&model.line(&record.model, rate, left));
            }
        } else if task.done == task.total || task.drawn.elapsed() >= DRAW_EVERY {
            task.draw(elapsed, (!resumed).then(|| time_left(left, rate)));
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
        let sum = |of: fn(&Task) -> usize| self.tasks.values().map(of).sum::<usize>();
        let cost = self.tasks.values().try_fold(0.0, |sum, task| task.cost.map(|cost| sum + cost));
        let cached = match sum(|task| task.cached) {
            0 => String::new(),
            n => format!(", {n} from the cache"),
        };
        format!(
            "{model}: {}/{}, {} correct, {} failed{cached}, {rate:.1}/s{}, {} left",
            sum(|task| task.done),
            sum(|task| task.total),
            sum(|task| task.correct),
            sum(|task| task.failed),
            money(cost),
            time_left(left, rate)
        )
    }
}

impl Task {
    fn new(bar: ProgressBar, total: usize) -> Self {
        let drawn = Instant::now();
        Self { bar, drawn, total, done: 0, asked: 0, correct: 0, failed: 0, cached: 0, cost: Some(0.0) }
    }

    fn count(&mut self, record: &Record, resumed: bool) {
        self.done += 1;
        self.asked += usize::from(!resumed);
        self.correct += usize::from(record.correct == Some(true));
        self.failed += usize::from(matches!(record.outcome, Outcome::RunnerFailed | Outcome::MetricFailed));
        if record.cached {
            self.cached += 1;
        } else if record.outcome != Outcome::RunnerFailed {
            self.cost = self.cost.zip(record.cost_usd).map(|(sum, cost)| sum + cost);
        }
    }

    fn draw(&mut self, elapsed: Duration, left: Option<String>) {
        self.drawn = Instant::now();
        self.bar.set_position(self.done as u64);
        self.bar.set_message(self.message(elapsed, left));
        if self.done == self.total {
            self.bar.abandon();
        }
    }

    fn message(&self, elapsed: Duration, left: Option<String>) -> String {
        let rate = self.asked as f64 / elapsed.as_secs_f64().max(1e-3);
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
                self.say(&format!("stopping: waiting for {in_flight} in flight (interrupt again to leave at once)"));
            }
            Event::Ended { model } => {
                for task in self.models.get_mut(*model).into_iter().flat_map(|model| model.tasks.values_mut()) {
                    task.bar.set_position(task.done as u64);
                    task.bar.abandon();
                }
            }
        }
        Ok(())
    }
}
