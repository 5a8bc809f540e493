mod answerability;
mod compare;
pub(crate) mod layout;
mod parts;

use crate::{
    BarState, ModelRow, Run, Summary, TaskSummary,
    deciding::deciding,
    format::{count, counted, duration, limit, moment, percent, percent_interval, rate, usd},
    question::{no_reference, question},
    repeats::{asked, counted_in_answers},
    verdict::selection_words,
    visible::visible_line,
};
use comfy_table::{Cell, Table};
use eval_core::{Manifest, MetricSpec, ModelRole};
use layout::{Ink, Sheet, right_cell};

pub use compare::compare_terminal;

/// How text for a terminal looks.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether colours and weights may be used.
    pub color: bool,
}

/// The result of a run for a terminal: the question, a table of verdicts, a table of what the answers did, the metrics
/// and the reasons. Ends with a line end.
pub fn terminal(run: &Run, summary: &Summary, style: Style) -> String {
    let page = Page { run, summary, sheet: Sheet::new(style) };
    let mut parts = vec![page.header(), page.verdict_table(), page.answer_table(), page.metric_table()];
    parts.extend(page.parts_table());
    parts.extend(page.answerability_table());
    parts.extend(page.comparison_table());
    parts.push(page.reasons());
    parts.extend(page.notes());
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

struct Page<'a> {
    run: &'a Run,
    summary: &'a Summary,
    sheet: Sheet,
}

impl Page<'_> {
    fn manifest(&self) -> &Manifest {
        &self.run.manifest
    }

    fn one_model(&self) -> bool {
        self.manifest().models.len() == 1
    }

    fn header(&self) -> String {
        let manifest = self.manifest();
        let cases: usize = manifest.tasks.iter().map(|task| task.cases).sum();
        let mut facts = vec![
            visible_line(&manifest.suite.name),
            visible_line(&manifest.id),
            moment(&visible_line(&manifest.started_at)),
            counted(cases as u64, "case"),
        ];
        facts.extend(asked(self.run).map(|words| visible_line(&words)));
        facts.extend(selection_words(&manifest.selection).map(|words| format!("part: {}", visible_line(&words))));
        let mut lines = vec![
            self.sheet.paint(&self.sheet.wrap(&visible_line(&question(manifest))), Ink::Strong),
            self.sheet.paint(&self.sheet.wrap(&facts.join(" · ")), Ink::Faint),
            String::new(),
        ];
        for row in &self.summary.verdicts {
            let words = format!("{} {}", row.verdict.sign(), row.verdict.words());
            let about = match (&row.reference, self.one_model()) {
                (_, true) => String::new(),
                (None, _) => format!("  {}", visible_line(&row.candidate)),
                (Some(reference), _) => {
                    format!("  {} in place of {}", visible_line(&row.candidate), visible_line(reference))
                }
            };
            lines.push(format!("{}{about}", self.sheet.paint(&words, Ink::Verdict(row.verdict))));
            lines.extend(row.recommendation.as_ref().map(|words| self.sheet.wrap(&visible_line(words))));
        }
        lines.extend(
            self.summary.differences.iter().map(|words| self.sheet.wrap(&format!("≠ {}", visible_line(words)))),
        );
        lines.join("\n")
    }

    /// One row a task and model. Where there are several models the task has a row of its own above them.
    fn rows<'a>(&'a self, table: &mut Table, cells: impl Fn(&'a TaskSummary, &'a ModelRow) -> Vec<Cell>) {
        for task in &self.summary.tasks {
            if !self.one_model() {
                table.add_row(vec![self.sheet.cell(&visible_line(&task.task), Ink::Strong)]);
            }
            for row in &task.models {
                let name = match self.one_model() {
                    true => visible_line(&task.task),
                    false => format!("  {}", visible_line(&row.model)),
                };
                table.add_row([vec![Cell::new(name)], cells(task, row)].concat());
            }
        }
    }

    fn verdict_table(&self) -> String {
        let interval = format!("{:.0}% interval", self.summary.level * 100.0);
        let mut table = self.sheet.table(&[
            ("task", false),
            ("verdict", false),
            ("right", true),
            ("rate", true),
            (&interval, false),
            ("bar", false),
        ]);
        self.rows(&mut table, |_, row| {
            let words = format!("{} {}", row.verdict.sign(), row.verdict.words());
            let limits = row.intervals.get("accuracy").copied().flatten();
            vec![
                self.sheet.cell(&words, Ink::Verdict(row.verdict)),
                right_cell(row.right_of().join("/")),
                right_cell(percent(row.correct_rate)),
                Cell::new(percent_interval(limits)),
                self.bars_cell(row),
            ]
        });
        let note =
            deciding(self.summary).map(|words| self.sheet.paint(&self.sheet.wrap(&visible_line(&words)), Ink::Faint));
        [self.sheet.lay_out(table)].into_iter().chain(note).collect::<Vec<_>>().join("\n")
    }

    fn bars_cell(&self, row: &ModelRow) -> Cell {
        let words: Vec<String> = row
            .bar_results
            .iter()
            .map(|bar| {
                let is_share = self.is_share(&bar.metric);
                let show = |x: f64| if is_share { limit(x) } else { format!("{x}") };
                let ask = bar.min.map(|x| format!("≥ {}", show(x))).or(bar.max.map(|x| format!("≤ {}", show(x))));
                let name =
                    if bar.metric == "accuracy" { String::new() } else { format!("{} ", visible_line(&bar.shown())) };
                format!("{name}{} {}", ask.unwrap_or_default(), state_word(bar.state))
            })
            .collect();
        let ink = match row.bars {
            BarState::None => Ink::Faint,
            _ => Ink::Plain,
        };
        self.sheet.cell(&if words.is_empty() { "no bar".into() } else { words.join("\n") }, ink)
    }

    fn is_share(&self, metric: &str) -> bool {
        self.spec(metric).is_none_or(|spec| spec.aggregate.is_share())
    }

    fn spec(&self, metric: &str) -> Option<&MetricSpec> {
        self.manifest().tasks.iter().flat_map(|task| &task.metrics).find(|spec| spec.name == metric)
    }

    fn answer_table(&self) -> String {
        let (wide, wider) = (self.sheet.width >= 100, self.sheet.width >= 120);
        let mut columns = vec![
            ("task", false),
            ("wrong", true),
            ("refused", true),
            ("broken", true),
            ("errors", true),
            ("p50", true),
        ];
        columns.extend(wide.then_some(("p95", true)));
        columns.extend(wider.then_some(("p99", true)));
        columns.extend([("tok/s", true)]);
        columns.extend(wide.then_some(("cost", true)));
        columns.push(("per right", true));
        let mut table = self.sheet.table(&columns);
        self.rows(&mut table, |_, row| {
            let answers = &row.breakdown;
            let counts = [
                answers.wrong_answers + answers.answered_should_decline,
                answers.over_refusals + answers.flawed_refusals,
                answers.broken_answers,
                answers.failed_calls + answers.failed_scores,
            ];
            let mut cells: Vec<String> = counts.map(count).to_vec();
            cells.push(duration(row.latency_ms.p50));
            cells.extend(wide.then(|| duration(row.latency_ms.p95)));
            cells.extend(wider.then(|| duration(row.latency_ms.p99)));
            cells.push(rate(row.tokens_per_second));
            cells.extend(wide.then(|| usd(row.cost_usd)));
            cells.push(usd(row.cost_per_correct_usd));
            cells.into_iter().map(right_cell).collect()
        });
        let at_once = self.manifest().models.iter().filter_map(|model| {
            let n = model.in_flight.filter(|n| *n > 1)?;
            Some(format!("Latency of {}: with up to {n} cases in flight at once.", visible_line(&model.name)))
        });
        let notes = counted_in_answers(self.summary).map(String::from).into_iter().chain(at_once);
        let notes = notes.map(|note| self.sheet.paint(&self.sheet.wrap(&note), Ink::Faint));
        [self.sheet.lay_out(table)].into_iter().chain(notes).collect::<Vec<_>>().join("\n")
    }

    fn metric_table(&self) -> String {
        let mut table = self.sheet.table(&[("task", false), ("metrics", false)]);
        self.rows(&mut table, |task, row| {
            let specs =
                self.manifest().tasks.iter().filter(|info| info.name == task.task).flat_map(|info| &info.metrics);
            let words: Vec<String> = specs
                .filter(|spec| spec.name != "accuracy")
                .map(|spec| {
                    let value = row.metrics.get(&spec.name).copied().flatten();
                    let shown = if spec.aggregate.is_share() { percent(value) } else { rate(value) };
                    // A name and its value stay on one line.
                    format!("{}\u{a0}{shown}", visible_line(&spec.shown()).replace(' ', "\u{a0}"))
                })
                .collect();
            vec![Cell::new(words.join(" · "))]
        });
        self.sheet.lay_out(table).replace('\u{a0}', " ")
    }

    fn reasons(&self) -> String {
        let mut table = self.sheet.table(&[("why", false), ("", false)]);
        for task in &self.summary.tasks {
            // A reference is not on trial: what is wrong with it as a yardstick, its comparisons say.
            let compared = !task.comparisons.is_empty();
            for row in task.models.iter().filter(|row| row.role == ModelRole::Candidate || !compared) {
                let name = if self.one_model() {
                    visible_line(&task.task)
                } else {
                    format!("{}\n  {}", visible_line(&task.task), visible_line(&row.model))
                };
                self.reason_row(&mut table, &name, &row.reasons);
            }
            for row in &task.comparisons {
                let name = format!(
                    "{}\n  {}\n  against {}",
                    visible_line(&task.task),
                    visible_line(&row.candidate),
                    visible_line(&row.reference)
                );
                self.reason_row(&mut table, &name, &row.reasons);
            }
        }
        self.sheet.lay_out(table)
    }

    fn reason_row(&self, table: &mut Table, name: &str, reasons: &[String]) {
        if !reasons.is_empty() {
            let lines: Vec<String> = reasons.iter().map(|reason| visible_line(reason)).collect();
            table.add_row(vec![Cell::new(name), Cell::new(lines.join("\n"))]);
        }
    }

    fn notes(&self) -> Option<String> {
        let notes = self.run.notes.iter().map(|note| visible_line(note));
        let lines: Vec<String> = no_reference(self.manifest()).map(String::from).into_iter().chain(notes).collect();
        (!lines.is_empty()).then(|| lines.iter().map(|line| self.sheet.wrap(line)).collect::<Vec<_>>().join("\n"))
    }
}

fn state_word(state: BarState) -> &'static str {
    match state {
        BarState::Met => "met",
        BarState::Missed => "missed",
        BarState::Open => "open",
        BarState::None => "",
    }
}
