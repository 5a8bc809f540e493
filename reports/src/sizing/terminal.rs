use super::{Assumptions, TaskSize};
use crate::{
    Style,
    format::{count, limit, percent, points},
    terminal::layout::{Ink, Sheet, right_cell},
    visible::visible_line,
};
use comfy_table::Cell;

/// The plan for a terminal. Ends with a line end.
pub fn sizing_terminal(suite: &str, rows: &[TaskSize], assumed: &Assumptions, style: Style) -> String {
    let layout = Sheet::new(style);
    let with_pilot = rows.iter().any(|row| row.pilot.is_some());
    let discordance = if with_pilot {
        "discordance of the pilot".to_string()
    } else {
        format!("{} discordant", limit(assumed.discordance))
    };
    let difference = match assumed.difference {
        0.0 => "no difference".into(),
        difference => format!("a true difference of {}", points(Some(difference))),
    };
    let title = format!("How many cases does {} need?", visible_line(suite));
    let facts = format!(
        "margin {} · alpha {} one-sided · power {} · {difference} · {discordance}",
        points(Some(assumed.margin)).trim_start_matches('+'),
        assumed.alpha,
        limit(assumed.power)
    );
    let mut columns = vec![("task", false), ("has", true), ("discordant", true), ("needs", true)];
    columns.extend(with_pilot.then_some(("at most", true)));
    columns.extend([("", false), ("shows a loss up to", true), ("smallest margin", true)]);
    let mut table = layout.table(&columns);
    for row in rows {
        let enough = row.needed.is_some_and(|needed| needed <= row.cases as u64);
        let needed = |n: Option<u64>| n.map_or_else(|| "no number".into(), count);
        let words = match row.needed {
            Some(_) if enough => "enough".into(),
            Some(needed) => format!("{} short", count(needed - row.cases as u64)),
            None => "cannot be shown".into(),
        };
        let share = row.pilot.map_or_else(
            || percent(Some(row.discordance)),
            |pilot| format!("{} of {}", percent(Some(pilot.discordance)), count(pilot.cases as u64)),
        );
        let mut cells = vec![
            Cell::new(visible_line(&row.task)),
            right_cell(count(row.cases as u64)),
            right_cell(share),
            right_cell(needed(row.needed)),
        ];
        cells.extend(
            with_pilot.then(|| right_cell(row.pilot.map_or_else(|| "—".into(), |_| needed(row.needed_at_most)))),
        );
        cells.push(layout.cell(&words, if enough { Ink::Plain } else { Ink::Strong }));
        cells.push(right_cell(row.detectable.map_or_else(|| "none".into(), loss)));
        cells.push(right_cell(row.smallest_margin.map_or_else(|| "none".into(), unsigned)));
        table.add_row(cells);
    }
    let mut text = format!(
        "{}\n{}\n\n{}\n\n{}\n",
        layout.paint(&layout.wrap(&title), Ink::Strong),
        layout.paint(&layout.wrap(&facts), Ink::Faint),
        layout.lay_out(table),
        layout.wrap(MEANING)
    );
    if with_pilot {
        text.push_str(&layout.wrap(PILOT));
        text.push('\n');
    }
    text
}

const MEANING: &str = "needs: cases at which a candidate with this true difference is found good enough with the power. \
    shows a loss up to: how much worse it may truly be and still be found so with the cases there are. \
    smallest margin: what these cases could show of an equal candidate.";
const PILOT: &str = "at most: the cases at the upper limit (95%) of the pilot's discordance.";

fn loss(difference: f64) -> String {
    unsigned(-difference)
}

/// `1.2 points`: rounded up would promise too much of a loss, rounded down too little of a margin; tenths do.
fn unsigned(share: f64) -> String {
    format!("{:.1} points", (share * 100.0).abs())
}
