use super::{
    Page,
    layout::{Ink, right_cell},
};
use crate::{answerability::COLUMNS, visible::visible_line};
use comfy_table::Cell;

impl Page<'_> {
    /// What was answered and what declined, of questions with an answer and of those without.
    pub(super) fn answerability_table(&self) -> Option<String> {
        let mut columns = vec![("task", false), ("questions", false)];
        columns.extend(COLUMNS.map(|name| (name, true)));
        let mut table = self.sheet.table(&columns);
        let mut is_empty = true;
        for task in &self.summary.tasks {
            for row in &task.models {
                let Some(answerability) = &row.answerability else { continue };
                is_empty = false;
                let names = [&task.task, &row.model].map(|name| visible_line(name));
                let [task, model] = if self.one_model() { [names[0].clone(), String::new()] } else { names };
                for ((questions, cells), name) in answerability.rows().into_iter().zip([task, format!("  {model}")]) {
                    let mut line = vec![Cell::new(name), self.sheet.cell(questions, Ink::Plain)];
                    line.extend(cells.into_iter().map(right_cell));
                    table.add_row(line);
                }
            }
        }
        (!is_empty).then(|| self.sheet.lay_out(table))
    }
}
