//! The runs that are served. What was read is kept for as long as the files are as they were.

use super::trend::Trends;
use crate::{
    commands::cost::terms_since,
    evidence::{self, Named, told},
    looks,
    past::{on_a_line, past},
    run_folder::RunFolder,
    settings::Settings,
};
use eval_core::{JUDGEMENTS_FILE, log::RECORDS_FILE};
use eval_reports::{CasesIn, Explorer, Listed, Past, Run, html, read_run, summarize};
use std::{
    collections::{HashMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::SystemTime,
};

/// Runs whose numbers are kept, and reports that are kept whole.
const MOST_LISTED: usize = 256;
const MOST_OPENED: usize = 4;

type PastOrWhy = Result<Arc<Past>, String>;

pub(super) struct Shelf {
    runs: PathBuf,
    show_local: bool,
    /// What models cost by now.
    settings: Settings,
    /// By run id; an error is why it cannot be read.
    listed: Mutex<HashMap<String, Kept<PastOrWhy>>>,
    opened: Mutex<VecDeque<(Asked, Kept<Arc<Opened>>)>>,
    pub(super) trends: Trends,
}

/// A run, or a candidate and a reference, each as `RUN` or `RUN#MODEL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub candidate: String,
    pub reference: Option<String>,
}

/// What was read, and how the files were then.
pub(super) struct Kept<T> {
    pub stamp: Stamp,
    pub value: T,
}

/// Length and time of each file that a report is made of.
pub(super) type Stamp = Vec<Option<(u64, SystemTime)>>;

/// A report, and its cases once they are asked for.
pub(super) struct Opened {
    pub page: String,
    /// That of the files that it was read from.
    pub version: String,
    run: Run,
    explorer: OnceLock<Result<Explorer, String>>,
    /// How many searches began.
    searches: AtomicU64,
}

/// Why there is nothing to show.
pub(super) enum Refusal {
    /// There is no such thing here.
    Missing(String),
    /// It is here and cannot be shown.
    Failed(String),
    /// The files are others than those that the asking page knows.
    Changed,
    /// A newer search took the place of this one.
    Overtaken,
}

impl From<miette::Report> for Refusal {
    fn from(report: miette::Report) -> Self {
        let help = report.help().map(|help| format!(". {help}")).unwrap_or_default();
        Self::Failed(format!("{report}{help}"))
    }
}

impl Opened {
    /// The cases, listed at the first call. Where a version is named they must be of it: in another one a case may stand
    /// elsewhere.
    pub fn explorer(&self, version: Option<&str>) -> Result<&Explorer, Refusal> {
        if version.is_some_and(|version| version != self.version) {
            return Err(Refusal::Changed);
        }
        let read = || Explorer::new(&self.run).map_err(|error| error.to_string());
        self.explorer.get_or_init(read).as_ref().map_err(|error| Refusal::Failed(error.clone()))
    }

    /// The numbers of the cases that hold these words. A search reads the whole log, so that one goes on at a time: an
    /// older one ends when a newer one begins.
    pub fn search(&self, version: Option<&str>, words: &str) -> Result<Vec<u32>, Refusal> {
        let explorer = self.explorer(version)?;
        let mine = self.searches.fetch_add(1, Relaxed) + 1;
        Ok(explorer.search(words, || self.searches.load(Relaxed) == mine)?)
    }
}

impl Shelf {
    pub fn new(runs: PathBuf, show_local: bool, settings: Settings) -> Self {
        Self {
            runs,
            show_local,
            settings,
            listed: Mutex::default(),
            opened: Mutex::default(),
            trends: Trends::default(),
        }
    }

    /// Where the runs lie.
    pub fn folder(&self) -> String {
        self.runs.display().to_string()
    }

    /// The folders of the runs.
    pub(super) fn folders(&self) -> Vec<RunFolder> {
        RunFolder::all(&self.runs)
    }

    /// All runs, newest first.
    pub fn list(&self) -> Vec<Listed> {
        let folders = self.folders();
        let mut kept = locked(&self.listed);
        kept.retain(|id, _| folders.iter().any(|folder| folder.id() == *id));
        let mut listed: Vec<Listed> = folders.iter().map(|folder| listed(folder, &mut kept)).collect();
        let when = |listed: &Listed| listed.found.as_ref().ok().map(|past| past.manifest.started_at.clone());
        listed.sort_by_key(|listed| (when(listed), listed.run.clone()));
        listed.reverse();
        listed
    }

    /// The report of a run or of a pair.
    pub fn open(&self, asked: &Asked) -> Result<Arc<Opened>, Refusal> {
        let candidate = self.folder_of(&asked.candidate)?;
        let reference = asked.reference.as_deref().map(|words| self.folder_of(words)).transpose()?;
        let both = [Some(&candidate), reference.as_ref()];
        let stamp: Stamp = both.into_iter().flatten().flat_map(|(folder, _)| stamp(folder.path())).collect();
        // One report is made at a time, so that two that are asked for the same make it once.
        let mut opened = locked(&self.opened);
        if let Some((_, kept)) = opened.iter().find(|(known, kept)| known == asked && kept.stamp == stamp) {
            return Ok(kept.value.clone());
        }
        let value = Arc::new(self.read(candidate, reference, version(&stamp))?);
        opened.retain(|(known, _)| known != asked);
        opened.truncate(MOST_OPENED - 1);
        opened.push_front((asked.clone(), Kept { stamp, value: value.clone() }));
        Ok(value)
    }

    fn read(&self, candidate: Wanted, reference: Option<Wanted>, version: String) -> Result<Opened, Refusal> {
        let named = |(folder, model): Wanted| -> miette::Result<Named> {
            let mut run = read_run(folder.path()).map_err(told)?;
            run.looks = looks::read(&folder.runs())?;
            run.terms = terms_since(&run.manifest.models, &self.settings);
            Ok(Named { run, model })
        };
        let reference = reference.map(named).transpose()?;
        let mut run = evidence::together(named(candidate)?, reference)?;
        run.redact &= !self.show_local;
        let summary = summarize(&run).map_err(told)?;
        let page = html(&run, &summary, CasesIn::Served).map_err(told)?;
        Ok(Opened { page, version, run, explorer: OnceLock::new(), searches: AtomicU64::new(0) })
    }

    /// The folder of a run as it is listed: what was asked for is no path.
    fn folder_of(&self, words: &str) -> Result<Wanted, Refusal> {
        let folders = self.folders();
        let by_name = |name: &str| folders.iter().find(|folder| folder.id() == name).cloned();
        if let Some(folder) = by_name(words) {
            return Ok((folder, None));
        }
        // Both names may hold the sign.
        let of_model = words.match_indices('#').find_map(|(at, _)| {
            let (name, model) = (&words[..at], &words[at + 1..]);
            Some((by_name(name)?, Some(model.to_string())))
        });
        of_model.ok_or_else(|| Refusal::Missing(format!("There is no run {words:?} in {}.", self.folder())))
    }
}

/// A run's folder, and the model that is meant, if one was named.
type Wanted = (RunFolder, Option<String>);

fn listed(folder: &RunFolder, kept: &mut HashMap<String, Kept<Result<Arc<Past>, String>>>) -> Listed {
    let (run, stamp) = (folder.id(), stamp(folder.path()));
    if let Some(known) = kept.get(&run).filter(|known| known.stamp == stamp) {
        return Listed { run, found: known.value.clone() };
    }
    let found = past(folder).map(Arc::new).map_err(|error| on_a_line(&error));
    if kept.len() < MOST_LISTED || kept.contains_key(&run) {
        kept.insert(run.clone(), Kept { stamp, value: found.clone() });
    }
    Listed { run, found }
}

pub(super) fn stamp(folder: &Path) -> Stamp {
    let of = |name: &str| {
        let about = std::fs::metadata(folder.join(name)).ok()?;
        Some((about.len(), about.modified().ok()?))
    };
    ["run.json", RECORDS_FILE, JUDGEMENTS_FILE].map(of).into()
}

/// A name for files as they were.
fn version(stamp: &Stamp) -> String {
    let mut hasher = DefaultHasher::new();
    stamp.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// A page that failed while it was made has spoilt nothing: what is kept is whole.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
