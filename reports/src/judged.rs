//! What judges said of a run's answers, put beside the records that it is of.

use crate::{
    ReportError,
    flaw::Flaw,
    format::{count, counted, percent, percent_interval, usd},
    outline::Outline,
};
use eval_core::{
    ErrorInfo, JUDGEMENTS_FILE, JudgeInfo, Judgement, Manifest, ModelRole, Outcome, Record, TaskInfo,
    log::{Log, LogError, Place},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

/// The judgements of a run that count: those of its judges as they are in its manifest, the last of each answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Judgements {
    path: PathBuf,
    judges: Vec<JudgeInfo>,
    references: Vec<String>,
    /// By answer and judge.
    scores: HashMap<(u64, usize), Given>,
    /// By model and judge.
    calls: BTreeMap<(String, usize), Calls>,
}

/// By name; `None` is unknown.
type GivenScores = BTreeMap<String, Option<f64>>;

#[derive(Debug, Clone)]
struct Given {
    scores: GivenScores,
    error: Option<ErrorInfo>,
    place: Place,
}

/// The calls that judged a model's answers, those that were made again included.
#[derive(Debug, Clone, Copy)]
struct Calls {
    calls: u64,
    /// `None` where that of any call is unknown.
    cost_usd: Option<f64>,
}

/// What one judge made of one model's answers to a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgedRow {
    /// The metric.
    pub metric: String,
    /// The judge.
    pub judge: String,
    /// Answers that were to be judged.
    pub answers: u64,
    /// Those that got no score: the judge failed, or was not asked.
    pub unscored: u64,
    /// Calls of the judge.
    pub calls: u64,
    /// USD of the calls, which are no part of the model's own cost; `None` is unknown.
    pub cost_usd: Option<f64>,
    /// How far people agree with the judge; `None`: nobody has looked.
    pub calibration: Option<Agreed>,
}

/// How far people agree with a judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agreed {
    /// Labelled answers.
    pub answers: u64,
    /// Of both intervals.
    pub level: f64,
    /// The share of equal verdicts.
    pub accuracy: f64,
    /// Its interval.
    pub accuracy_interval: [f64; 2],
    /// Cohen's kappa; `None` is undefined.
    pub kappa: Option<f64>,
    /// Its interval.
    pub kappa_interval: Option<[f64; 2]>,
}

/// An answer that may be judged.
#[derive(Clone, Copy)]
struct Answer<'a> {
    task: &'a str,
    case: &'a str,
    case_hash: &'a str,
    model: &'a str,
    repeat: u32,
    outcome: Outcome,
}

impl<'a> From<&'a Record> for Answer<'a> {
    fn from(Record { task, case, case_hash, model, repeat, outcome, .. }: &'a Record) -> Self {
        Self { task, case, case_hash, model, repeat: *repeat, outcome: *outcome }
    }
}

impl<'a> From<&'a Outline> for Answer<'a> {
    fn from(Outline { task, case, case_hash, model, repeat, outcome, .. }: &'a Outline) -> Self {
        Self { task, case, case_hash, model, repeat: *repeat, outcome: *outcome }
    }
}

impl Answer<'_> {
    fn key(self) -> u64 {
        key(self.task, self.case, self.case_hash, self.model, self.repeat)
    }
}

fn key(task: &str, case: &str, case_hash: &str, model: &str, repeat: u32) -> u64 {
    let mut hasher = DefaultHasher::new();
    (task, case, case_hash, model, repeat).hash(&mut hasher);
    hasher.finish()
}

impl Judgements {
    /// Those beside a record log; none where nobody judged.
    pub fn beside(records: &Path, manifest: &Manifest) -> Result<Self, ReportError> {
        let path = records.with_file_name(JUDGEMENTS_FILE);
        let with_role = |role| manifest.models.iter().filter(move |model| model.role == role);
        let mut all = Self {
            judges: manifest.judges.clone(),
            references: with_role(ModelRole::Reference).map(|model| model.name.clone()).collect(),
            ..Self::default()
        };
        if !all.judges.is_empty() && path.exists() {
            Log::read_lines(&path, |judgement: Judgement, place| {
                all.add(judgement, place);
                Ok::<_, LogError>(())
            })?;
        }
        Ok(Self { path, ..all })
    }

    fn add(&mut self, judgement: Judgement, place: Place) {
        let of = |info: &JudgeInfo| {
            info.by == judgement.by && info.task == judgement.task && info.metric == judgement.metric
        };
        let Some(judge) = self.judges.iter().position(of) else { return };
        let calls =
            self.calls.entry((judgement.model.clone(), judge)).or_insert(Calls { calls: 0, cost_usd: Some(0.0) });
        for call in &judgement.calls {
            calls.calls += 1;
            calls.cost_usd = calls.cost_usd.zip(call.cost()).map(|(sum, cost)| sum + cost);
        }
        let answer = key(&judgement.task, &judgement.case, &judgement.case_hash, &judgement.model, judgement.repeat);
        self.scores.insert((answer, judge), Given { scores: judgement.scores, error: judgement.error, place });
    }

    /// The judges of an answer, by their places.
    fn of<'a>(&'a self, answer: Answer<'a>) -> impl Iterator<Item = (usize, &'a JudgeInfo)> {
        let answered = matches!(answer.outcome, Outcome::Scored | Outcome::MetricFailed);
        let reference = self.references.iter().any(|name| name == answer.model);
        let nothing_to_compare = move |info: &JudgeInfo| info.pairwise && (reference || self.references.is_empty());
        let judges = self.judges.iter().enumerate();
        judges.filter(move |(_, info)| answered && info.task == answer.task && !nothing_to_compare(info))
    }

    /// The scores of an answer; where the judge failed, or was not asked, they are unknown.
    fn given(&self, answer: Answer<'_>) -> Vec<(GivenScores, Option<ErrorInfo>)> {
        let of = |(judge, info)| match self.scores.get(&(answer.key(), judge)) {
            Some(given) => (given.scores.clone(), given.error.clone()),
            None => unjudged(info),
        };
        self.of(answer).map(of).collect()
    }

    /// Puts the scores into a record.
    pub fn apply(&self, record: &mut Record) {
        for (scores, error) in self.given((&*record).into()) {
            record.scores.extend(scores);
            record.error = record.error.take().or(error);
        }
    }

    /// The same for an outline.
    pub fn apply_to_outline(&self, outline: &mut Outline) {
        for (scores, error) in self.given((&*outline).into()) {
            outline.scores.extend(scores);
            outline.error = outline.error.take().or(error);
        }
    }

    /// What the judges said of a record: the metric and the judge, and the judgement.
    pub fn said(&self, record: &Record) -> Result<Vec<Judgement>, ReportError> {
        let answer = Answer::from(record);
        let key = answer.key();
        let places: Vec<Place> =
            self.of(answer).filter_map(|(judge, _)| Some(self.scores.get(&(key, judge))?.place)).collect();
        if places.is_empty() { Ok(Vec::new()) } else { Ok(Log::read_lines_at(&self.path, &places)?) }
    }

    /// Counts an outline to which the scores were put.
    pub fn count(&self, outline: &Outline, rows: &mut Vec<JudgedRow>) {
        for (judge, info) in self.of(outline.into()) {
            let row = match rows.iter_mut().position(|row| row.metric == info.metric) {
                Some(place) => &mut rows[place],
                None => {
                    let calls = self.calls.get(&(outline.model.clone(), judge)).copied();
                    rows.push(JudgedRow::new(info, calls));
                    let last = rows.len() - 1;
                    &mut rows[last]
                }
            };
            row.answers += 1;
            row.unscored += u64::from(info.scores.iter().any(|name| outline.scores.get(name) == Some(&None)));
        }
    }
}

fn unjudged(info: &JudgeInfo) -> (GivenScores, Option<ErrorInfo>) {
    let scores = info.scores.iter().map(|name| (name.clone(), None)).collect();
    let message = format!("{} was not asked for {}: `eval judge run RUN` goes on", info.model.name, info.metric);
    (scores, Some(ErrorInfo { kind: "not_judged".into(), message }))
}

impl JudgedRow {
    fn new(info: &JudgeInfo, calls: Option<Calls>) -> Self {
        let calls = calls.unwrap_or(Calls { calls: 0, cost_usd: Some(0.0) });
        let agreed = |found: &eval_core::Calibration| Agreed {
            answers: found.answers,
            level: found.level,
            accuracy: found.accuracy,
            accuracy_interval: found.accuracy_interval,
            kappa: found.kappa,
            kappa_interval: found.kappa_interval,
        };
        Self {
            metric: info.metric.clone(),
            judge: info.model.name.clone(),
            answers: 0,
            unscored: 0,
            calls: calls.calls,
            cost_usd: calls.cost_usd,
            calibration: info.calibration.as_ref().map(agreed),
        }
    }

    /// What must be read beside its numbers.
    pub(crate) fn words(&self) -> String {
        let Self { metric, judge, answers, unscored, calls, .. } = self;
        let mut words = format!("{metric} is {judge}'s judgement of {}", counted(*answers, "answer"));
        if *unscored > 0 {
            words += &format!(", {} of them unscored", count(*unscored));
        }
        words += &format!("; {} at {}, apart from the model's own cost. ", counted(*calls, "call"), usd(self.cost_usd));
        words
            + &match &self.calibration {
                None => "It was never held against people: `eval judge calibrate` does that.".to_string(),
                Some(agreed) => {
                    let limits = |[a, b]: [f64; 2]| format!(" [{a:.2}, {b:.2}]");
                    let kappa = agreed.kappa.map_or("undefined".into(), |kappa| format!("{kappa:.2}"));
                    format!(
                        "On {} that people labelled they agree in {} {}; Cohen's kappa {kappa}{}.",
                        counted(agreed.answers, "answer"),
                        percent(Some(agreed.accuracy)),
                        percent_interval(Some(agreed.accuracy_interval)),
                        agreed.kappa_interval.map(limits).unwrap_or_default()
                    )
                }
            }
    }
}

/// The bars of a task that rest on a judge whom nobody held against people, or who does not agree with them: no verdict
/// may rest on these, unless it was allowed.
pub(crate) fn uncalibrated(manifest: &Manifest, task: &TaskInfo) -> Vec<Flaw> {
    if manifest.allow_uncalibrated_judge || manifest.suite.decision.allow_uncalibrated_judge {
        return Vec::new();
    }
    let judged = task.metrics.iter().filter(|spec| spec.judge.is_some() && task.bars.contains_key(&spec.name));
    let reason = |spec: &eval_core::MetricSpec| {
        let of = |info: &&JudgeInfo| {
            let own = spec.name.strip_prefix(&info.metric).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
            info.task == task.name && own
        };
        let info = manifest.judges.iter().filter(of).max_by_key(|info| info.metric.len());
        let why = match info.map(|info| info.calibration.as_ref()) {
            None => "nobody judged yet: `eval judge run RUN` does".into(),
            Some(None) => "it was never held against people: `eval judge calibrate RUN LABELS` does, or \
                           --allow-uncalibrated-judge decides all the same"
                .to_string(),
            Some(Some(calibration)) => calibration.weakness()?,
        };
        Some(Flaw::new(
            format!("The bar on {} rests on a judge that cannot decide: {why}.", spec.shown()),
            "a bar rests on a judge that cannot decide".into(),
            "hold it against people, with `eval judge calibrate`".into(),
        ))
    };
    judged.filter_map(reason).collect()
}
