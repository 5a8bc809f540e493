//! `eval metrics`.

use crate::{args::MetricsCommand, exit::Exit, screen::Screen};
use eval_core::{Direction, TaskKind};
use eval_metrics::{About, KindMetric, MetricEntry, of_kind, registry};
use miette::miette;

const KINDS: [TaskKind; 4] = [TaskKind::Classification, TaskKind::Extraction, TaskKind::Rag, TaskKind::Tools];

pub fn run(command: MetricsCommand, screen: &Screen) -> miette::Result<Exit> {
    let text = match command {
        MetricsCommand::List => list(),
        MetricsCommand::Show { name } => show(&name, screen.width())?,
    };
    screen.print(&text)?;
    Ok(Exit::Done)
}

fn list() -> String {
    let mut text = String::new();
    for kind in KINDS {
        text += &format!("{kind}\n");
        for KindMetric { spec, .. } in of_kind(kind) {
            text += &line(&spec.name, spec.direction, &spec.description);
        }
        text.push('\n');
    }
    text += "any task, asked for with `metrics = […]`\n";
    for entry in registry() {
        text += &line(entry.name, entry.direction, entry.summary);
    }
    text += "\n↑ higher is better, ↓ lower, – neither. `not_` before a name of the last list turns it round, one\n\
             that a judge scores excepted, and `as = \"…\"` among its settings gives it a name of its own. More: eval metrics show NAME\n";
    text
}

fn line(name: &str, direction: Direction, summary: &str) -> String {
    format!("  {name:<24} {} {summary}\n", arrow(direction))
}

fn arrow(direction: Direction) -> char {
    match direction {
        Direction::Higher => '↑',
        Direction::Lower => '↓',
        Direction::Neutral => '–',
    }
}

fn show(name: &str, width: usize) -> miette::Result<String> {
    let plain = name.strip_prefix("not_").unwrap_or(name);
    let entry = registry().iter().find(|entry| entry.name == name || entry.name == plain);
    let of_kinds = KINDS.into_iter().flat_map(|kind| {
        let found = of_kind(kind).into_iter().find(|metric| metric.spec.name == name);
        found.map(|metric| of_a_kind(kind, &metric, width))
    });
    if let Some(entry) = entry.filter(|entry| entry.name != name && entry.is_judged()) {
        return Err(miette!(help = "write a rubric for what you want", "`{}` has no opposite", entry.name));
    }
    let texts: Vec<String> = of_kinds.chain(entry.map(|entry| asked_for(entry, width))).collect();
    match &texts[..] {
        [] => Err(miette!(help = "`eval metrics list` shows all", "there is no metric {name:?}")),
        texts => Ok(texts.join("\n")),
    }
}

fn of_a_kind(kind: TaskKind, metric: &KindMetric, width: usize) -> String {
    let spec = &metric.spec;
    let mut text = format!("{} (of every {kind} task)\n", spec.name);
    text += &row("measures", &spec.description, width);
    if let Some(about) = metric.about {
        text += &about_rows(about, spec.direction, width);
    }
    let limit = if spec.direction == Direction::Lower { "max = 0.1" } else { "min = 0.8" };
    text + &row("example", &format!("bars = {{ {} = {{ {limit} }} }}", spec.name), width)
}

fn asked_for(entry: &MetricEntry, width: usize) -> String {
    let mut text = format!("{} (asked for with `metrics`, on any task)\n", entry.name);
    text += &row("measures", entry.summary, width);
    text += &about_rows(&entry.about, entry.direction, width);
    let keys = entry.keys.iter().filter(|key| key.name != "as").map(|key| (key.name, key.summary));
    for (place, (name, summary)) in keys.chain([("as", "a name of its own for the scores")]).enumerate() {
        let title = if place == 0 { "settings" } else { "" };
        text += &row(title, &format!("{name}: {summary}"), width);
    }
    if entry.is_judged() {
        text += &row("opposite", "none: write a rubric for what you want", width);
    } else {
        text += &row("opposite", &format!("not_{}: 1 − the score, with the same settings", entry.name), width);
    }
    for (place, line) in entry.example.lines().enumerate() {
        text += &format!("  {:<10} {line}\n", if place == 0 { "example" } else { "" });
    }
    text
}

fn about_rows(about: &About, direction: Direction, width: usize) -> String {
    let better = match direction {
        Direction::Higher => "higher is better",
        Direction::Lower => "lower is better",
        Direction::Neutral => "neither way is better",
    };
    [
        row("range", &format!("{}; {better}", about.range.as_str()), width),
        row("counts", about.counts, width),
        row("misleads", about.misleads, width),
        row("source", about.source, width),
    ]
    .concat()
}

/// A title and words, broken between words where they would leave the screen.
fn row(title: &str, words: &str, width: usize) -> String {
    const INDENT: usize = 13;
    let mut text = format!("  {title:<10}");
    let mut column = INDENT - 1;
    for word in words.split(' ') {
        let length = word.chars().count();
        if column + 1 + length > width && column >= INDENT {
            text += &format!("\n{:INDENT$}{word}", "");
            column = INDENT + length;
        } else {
            text += &format!(" {word}");
            column += 1 + length;
        }
    }
    text + "\n"
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn words_are_broken_where_they_would_leave_the_screen() {
        let text = row("counts", "one two three four five six seven eight nine ten eleven twelve", 40);
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
        assert_eq!(text.split_whitespace().skip(1).count(), 12);
        assert!(row("counts", &"x".repeat(90), 60).contains(&"x".repeat(90)));
    }

    #[test]
    fn every_metric_can_be_shown() {
        let of_kinds = KINDS.into_iter().flat_map(of_kind).map(|metric| metric.spec.name);
        let names = of_kinds.chain(registry().iter().map(|entry| entry.name.to_string()));
        for name in names {
            let text = show(&name, 100).unwrap();
            for title in ["measures", "range", "counts", "misleads", "source", "example"] {
                assert!(text.contains(&format!("\n  {title}")), "{name} has no {title}\n{text}");
            }
        }
        assert!(show("acuracy", 100).is_err());
        assert!(show("not_contains", 100).unwrap().starts_with("contains"));
        // A suite cannot ask for these either.
        for name in ["judge", "judge_grounded", "judge_pairwise"] {
            assert_eq!(show(&format!("not_{name}"), 100).unwrap_err().to_string(), format!("`{name}` has no opposite"));
            assert!(show(name, 100).unwrap().contains("\n  opposite   none"));
        }
    }
}
