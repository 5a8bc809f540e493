//! Whether a suite can show what it is asked: what `eval suites check` says beyond that every file is in order.

mod balance;
mod duplicates;
mod leaks;
mod personal;
mod size;
mod slices;

use crate::{
    LoadedSuite,
    shortcuts::{self, Shortcut},
    words::{self, Word},
};
use eval_core::{Task, TaskKind};
use serde::Serialize;
use std::{fmt, sync::Arc};

/// What was found out about a suite.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Soundness {
    /// Its tasks, in their order.
    pub tasks: Vec<TaskSoundness>,
    /// What is amiss, by task; none of it keeps the suite from being run.
    pub warnings: Vec<Warning>,
}

/// What a task's cases can show.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskSoundness {
    /// The task's name.
    pub task: String,
    /// Its kind.
    pub kind: TaskKind,
    /// Its cases.
    pub cases: usize,
    /// Those where declining is right.
    pub declining: usize,
    /// The suite's margin: a share.
    pub margin: f64,
    /// Cases that decide at that margin, up to two significant digits; `None`: no number that anyone would pay for.
    pub cases_wanted: Option<usize>,
    /// The smallest margin that its cases can show where there is no difference, a share; `None`: not even 1.
    pub smallest_margin: Option<f64>,
    /// How many times as many cases are wanted where those of a cluster are right and wrong together; 1 without clusters.
    pub largest_design_effect: f64,
    /// The least accuracy that the suite asks for, where it does.
    pub bar: Option<f64>,
    /// What is right without reading.
    pub shortcuts: Vec<Shortcut>,
}

/// Something amiss with the cases of a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Warning {
    /// What it is, for programs.
    pub kind: WarningKind,
    /// The task's name.
    pub task: String,
    /// What it is, in words.
    pub message: String,
    /// The cases it is about; none where it is about the task.
    pub places: Vec<Place>,
}

/// The kinds of warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarningKind {
    /// Too few cases to decide.
    Size,
    /// Too few independent groups of cases to decide.
    Clusters,
    /// No case where declining is right, or most are.
    Declining,
    /// A label that no case expects, or few.
    RareLabel,
    /// One outcome is most of the task.
    Imbalance,
    /// A tag on too few cases.
    TinySlice,
    /// A tag on every case.
    TagOnAll,
    /// The same input under another id.
    Duplicate,
    /// Nearly the same input under another id.
    NearDuplicate,
    /// Equal inputs with different golds.
    Contradiction,
    /// The gold stands in what the model is shown.
    Leak,
    /// What looks like data of a real person.
    PersonalData,
    /// What reads nothing comes close to the bar.
    Shortcut,
}

impl fmt::Display for WarningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// A case, by where it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// The case file, relative to the suite's folder.
    pub file: Arc<str>,
    /// Its line, from 1.
    pub line: u32,
    /// The case's id.
    pub case: Arc<str>,
    /// What is to be said of this one; never a value of the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Looks at all tasks.
pub(crate) fn of(loaded: &LoadedSuite) -> Soundness {
    let (mut tasks, mut warnings) = (Vec::new(), Vec::new());
    for task in &loaded.suite.tasks {
        let words = words::of(task);
        let about = TaskSoundness {
            task: task.name.clone(),
            kind: task.kind,
            cases: task.cases.len(),
            declining: task.cases.iter().filter(|case| case.should_decline).count(),
            margin: loaded.suite.decision.margin,
            cases_wanted: size::cases_wanted(&loaded.suite.decision),
            smallest_margin: size::smallest(task.cases.len(), &loaded.suite.decision),
            largest_design_effect: size::largest_design_effect(&task.cases),
            bar: task.bars.get("accuracy").and_then(|bar| bar.min),
            shortcuts: shortcuts::of(task, &words),
        };
        let look = Look { loaded, task, words: &words };
        warnings.extend(size::warnings(&look, &about));
        warnings.extend(balance::warnings(&look));
        warnings.extend(slices::warnings(&look));
        warnings.extend(duplicates::warnings(&look));
        warnings.extend(leaks::warnings(&look));
        warnings.extend(personal::warnings(&look));
        warnings
            .extend(shortcuts::warnings(&about).into_iter().map(|message| look.task(WarningKind::Shortcut, message)));
        tasks.push(about);
    }
    Soundness { tasks, warnings }
}

/// A task that is looked at.
struct Look<'a> {
    loaded: &'a LoadedSuite,
    task: &'a Task,
    /// Of each case.
    words: &'a [Vec<Word>],
}

impl Look<'_> {
    /// A warning about the task.
    fn task(&self, kind: WarningKind, message: impl Into<String>) -> Warning {
        Warning { kind, task: self.task.name.clone(), message: message.into(), places: Vec::new() }
    }

    /// A warning about cases, by their place among the task's; `None` where there are none.
    fn cases(&self, kind: WarningKind, cases: Vec<(usize, Option<String>)>, message: &str) -> Option<Warning> {
        let places: Vec<Place> = cases.into_iter().map(|(case, note)| Place { note, ..self.place(case) }).collect();
        let message = format!("{}: {message}", counted(places.len()));
        (!places.is_empty()).then(|| Warning { places, ..self.task(kind, message) })
    }

    fn place(&self, case: usize) -> Place {
        let (file, line) = self.loaded.line(self.task, case);
        Place { file, line, case: self.task.cases[case].id.clone(), note: None }
    }

    /// How another case is named in a note.
    fn named(&self, case: usize) -> String {
        let Place { file, line, case, .. } = self.place(case);
        format!("{file}:{line} ({case})")
    }
}

/// `1 case`, `2 cases`.
fn counted(cases: usize) -> String {
    format!("{cases} case{}", if cases == 1 { "" } else { "s" })
}
