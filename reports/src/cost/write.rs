use super::{
    report::CostReport,
    view::{Grid, Part, view},
};
use crate::{
    Style,
    markdown::escape,
    terminal::layout::{Ink, Sheet, right_cell},
    visible::visible_line,
};
use comfy_table::Cell;

/// A report of cost as JSON, indented, with a line end.
pub fn cost_json(report: &CostReport) -> String {
    // Text keys and finite or null numbers: serde_json writes every such value.
    serde_json::to_string_pretty(report).map(|text| text + "\n").unwrap_or_default()
}

/// A report of cost for a terminal. Ends with a line end.
pub fn cost_terminal(report: &CostReport, style: Style) -> String {
    let sheet = Sheet::new(style);
    let mut text = String::new();
    for part in view(report) {
        let (gap, shown) = match part {
            Part::Title(words) => ("\n", sheet.paint(&sheet.wrap(&visible_line(&words)), Ink::Strong)),
            Part::Facts(words) => ("", sheet.paint(&sheet.wrap(&visible_line(&words)), Ink::Faint)),
            Part::Text(words) => ("\n", sheet.wrap(&visible_line(&words))),
            Part::Table(grid) => ("\n", table(&sheet, &grid)),
        };
        text.push_str(if text.is_empty() { "" } else { gap });
        text.push_str(&shown);
        text.push('\n');
    }
    text
}

fn table(sheet: &Sheet, grid: &Grid) -> String {
    let header: Vec<(&str, bool)> = grid.header.iter().map(|(name, number)| (name.as_str(), *number)).collect();
    let mut table = sheet.table(&header);
    for row in &grid.rows {
        let cells = row.iter().zip(&grid.header).map(|(text, (_, number))| {
            let text: Vec<String> = text.lines().map(visible_line).collect();
            if *number { right_cell(text.join("\n")) } else { Cell::new(text.join("\n")) }
        });
        table.add_row(cells.collect::<Vec<_>>());
    }
    sheet.lay_out(table)
}

/// A report of cost for a pull request or a page of text.
pub fn cost_markdown(report: &CostReport) -> String {
    let mut parts = view(report).into_iter().map(|part| match part {
        Part::Title(words) => format!("**{}**\n", escape(&words)),
        Part::Facts(words) | Part::Text(words) => format!("{}\n", escape(&words)),
        Part::Table(grid) => grid_markdown(&grid),
    });
    let first = parts.next().unwrap_or_default();
    parts.fold(first, |text, part| format!("{text}\n{part}"))
}

fn grid_markdown(grid: &Grid) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let cell = |text: &String| text.lines().map(|line| escape(line.trim())).collect::<Vec<_>>().join("<br>");
    let rule = grid.header.iter().map(|(_, number)| if *number { "---:" } else { "---" }.to_string()).collect();
    let rows = grid.rows.iter().map(|row| {
        let empty = grid.header.len() - row.len();
        line(row.iter().map(cell).chain(vec![String::new(); empty]).collect())
    });
    let head = line(grid.header.iter().map(|(name, _)| escape(name)).collect());
    std::iter::once(head).chain([line(rule)]).chain(rows).collect()
}
