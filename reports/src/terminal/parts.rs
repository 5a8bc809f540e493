//! The cases that reports show beside those that are held out.

use super::{Page, layout::right_cell};
use crate::{
    ModelRow, TaskSummary,
    format::{percent, percent_interval},
    parts::{Parts, with_parts},
    visible::visible_line,
};
use comfy_table::Cell;

impl Page<'_> {
    /// `None` where no case is held out.
    pub(super) fn parts_table(&self) -> Option<String> {
        let interval = format!("{:.0}% interval", self.summary.level * 100.0);
        let mut table =
            self.sheet.table(&[("task", false), ("part", false), ("right", true), ("rate", true), (&interval, false)]);
        for (task, row, parts) in with_parts(self.summary) {
            let name = if self.one_model() { task.task.clone() } else { format!("{}, {}", task.task, row.model) };
            for ((part, counts), name) in parts.rows().into_iter().zip([name.as_str(), ""]) {
                table.add_row(vec![
                    Cell::new(visible_line(name)),
                    Cell::new(part),
                    right_cell(counts.right()),
                    right_cell(percent(counts.correct_rate)),
                    Cell::new(percent_interval(counts.interval)),
                ]);
            }
        }
        with_parts(self.summary).next().map(|_| self.sheet.lay_out(table))
    }

    /// Where the two differ beyond chance. A table of reasons says it as well, where there is one.
    pub(super) fn parts_warnings(&self) -> Option<String> {
        let warning = |(task, row, parts): (&TaskSummary, &ModelRow, &Parts)| {
            let words = format!("{}, {}: {}", task.task, row.model, parts.warning()?);
            Some(self.sheet.wrap(&visible_line(&words)))
        };
        let lines: Vec<String> = with_parts(self.summary).filter_map(warning).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}
