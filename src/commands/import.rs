//! `eval import`.

use super::run::quoted;
use crate::{
    args::ImportArgs,
    exit::Exit,
    screen::{Screen, counted, tell},
};
use eval_datasets::{ImportProgress, Imported, ImportedTask, Reason};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    fmt::Write,
    path::Path,
    time::{Duration, Instant},
};

/// An import that is faster needs no progress.
const PATIENCE: Duration = Duration::from_millis(500);

/// Plain lines come no more often than this.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// So many labels are listed.
const LABELS: usize = 8;

pub fn run(args: &ImportArgs, screen: &Screen) -> miette::Result<Exit> {
    let mut view = View::new(screen);
    let imported = eval_datasets::import(&args.options(), &mut |progress| view.show(progress));
    view.end();
    screen.print(&told(&imported?))?;
    Ok(Exit::Done)
}

/// How far the import is: a bar on a terminal, plain lines elsewhere.
struct View {
    bar: Option<ProgressBar>,
    quiet: bool,
    begun: Instant,
    last: Instant,
}

impl View {
    fn new(screen: &Screen) -> Self {
        let bar = screen.live.then(|| ProgressBar::new(1_000));
        if let Some(bar) = &bar
            && let Ok(style) = ProgressStyle::with_template("  {bar:24} {msg}")
        {
            bar.set_style(style.progress_chars("━━ "));
        }
        let now = Instant::now();
        Self { bar, quiet: screen.quiet, begun: now, last: now }
    }

    fn show(&mut self, progress: ImportProgress) {
        if self.begun.elapsed() < PATIENCE {
            return;
        }
        let share = progress.share.map(|share| format!(" · {:.0} %", 100.0 * share)).unwrap_or_default();
        let words = format!("{} rows, {} cases{share}", grouped(progress.rows), grouped(progress.cases));
        match &self.bar {
            Some(bar) => {
                bar.set_position((progress.share.unwrap_or_default() * 1_000.0) as u64);
                bar.set_message(words);
            }
            None if !self.quiet && self.last.elapsed() >= LINE_EVERY => {
                self.last = Instant::now();
                tell(&words);
            }
            None => {}
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn told(imported: &Imported) -> String {
    let folder = named(&imported.folder);
    let typed = quoted(Path::new(&folder));
    let mut text = String::new();
    for task in &imported.tasks {
        let _ = writeln!(text, "{}", of_task(task));
    }
    for note in &imported.notes {
        let _ = writeln!(text, "  {note}");
    }
    let cases: u64 = imported.tasks.iter().map(|task| task.cases).sum();
    let of = |n: u64| format!("{} row{}", grouped(n), if n == 1 { "" } else { "s" });
    if imported.skipped > 0 {
        let _ = writeln!(
            text,
            "\nskipped {} of {}; each with its reason in {}",
            grouped(imported.skipped),
            of(imported.read),
            imported.folder.join("import.jsonl").display()
        );
        imported.reasons.iter().for_each(|reason| text.push_str(&of_reason(reason)));
    } else {
        let _ = writeln!(text, "\nread {}, none skipped", of(imported.read));
    }
    let files = imported.files.iter().filter_map(|file| file.file_name()?.to_str()).collect::<Vec<_>>().join(", ");
    let limit = if cases > 500 { " --limit 100" } else { "" };
    let _ = write!(
        text,
        "\nwrote {folder}: {files}\n\nNext: say in the prompt what the task is about, then\n  eval suites check {typed}\n  eval run --suite {typed}{limit}\n"
    );
    visible(&text)
}

fn of_task(task: &ImportedTask) -> String {
    let cases = counted(usize::try_from(task.cases).unwrap_or(usize::MAX), "case");
    let cases = cases.replacen(&task.cases.to_string(), &grouped(task.cases), 1);
    let mut line = format!("{} ({}): {cases}", task.name, task.kind);
    if task.declining > 0 {
        let _ = write!(line, ", {} of them where declining is right", grouped(task.declining));
    }
    if !task.labels.is_empty() {
        let shown = task.labels.iter().take(LABELS).map(|(label, count)| format!("{label} {}", grouped(*count)));
        let more = task.labels.len().saturating_sub(LABELS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = write!(line, "\n  labels: {}{more}", shown.collect::<Vec<_>>().join(", "));
    }
    line
}

fn of_reason(reason: &Reason) -> String {
    let more = if reason.count > reason.first.len() as u64 { " …" } else { "" };
    let places: Vec<String> = reason.first.iter().map(|place| format!("           {place}\n")).collect();
    let places = places.concat();
    format!("  {:>7}  {}\n{}{more}\n", grouped(reason.count), reason.why, places.trim_end())
}

/// A path that `--suite` takes for a folder.
pub fn named(dir: &Path) -> String {
    if dir.is_absolute() || dir.starts_with(".") || dir.starts_with("..") {
        dir.display().to_string()
    } else {
        format!("./{}", dir.display())
    }
}

/// `1,234,567`.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let first = digits.len() % 3;
    let mut text = digits[..first].to_string();
    for at in (first..digits.len()).step_by(3) {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&digits[at..at + 3]);
    }
    text
}

/// Without the control characters that a file's labels and names may hold.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}
