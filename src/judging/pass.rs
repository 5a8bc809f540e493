//! The pass: which answers of a run are not judged yet, and asking the judges about them.

use super::{Calibrations, infos, notes};
use crate::{
    commands::run::signals::Stop,
    models::LoadedModel,
    plan::{JudgedTask, Plan},
    run_folder::RunFolder,
    screen::{Screen, counted},
};
use eval_core::{
    Case, JudgeInfo, Judgement, Manifest, ModelRole, Outcome, Record,
    engine::{self, Ending, JudgeJob, Lane, order_key},
    log::{Log, LogError, LogWriter, Place},
};
use indicatif::{ProgressBar, ProgressStyle};
use miette::{IntoDiagnostic, miette};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// A run whose answers are to be judged.
pub struct Pass<'a> {
    pub folder: &'a RunFolder,
    pub plan: &'a Plan,
    pub judges: &'a [LoadedModel],
    pub known: &'a Calibrations,
    pub stop: &'a Arc<Stop>,
    pub screen: &'a Screen,
}

/// An answer, its case and repeat left out: those two tell the reference's answer to it.
type AnswerKey = (String, String, u32);

/// One answer that is to be judged by one metric.
struct Open {
    order: u64,
    metric: usize,
    answer: Place,
    reference: Option<Place>,
}

/// Asks the judges about all answers that they have not judged. What is done is kept, so that it can be gone on with.
pub async fn judge(pass: &Pass<'_>) -> miette::Result<Ending> {
    let manifest = pass.pin()?;
    let (mut log, done) = pass.begin(&manifest)?;
    let metrics = pass.plan.judged();
    let open = pass.open(&manifest, &metrics, &done)?;
    let mut ending = Ending::Complete;
    for judge in pass.judges {
        let of_judge: Vec<&Open> = open.iter().filter(|one| metrics[one.metric].judge == judge.info.name).collect();
        if matches!(ending, Ending::Complete) && !of_judge.is_empty() {
            ending = pass.ask(judge, &manifest, &metrics, &of_judge, &mut log).await?;
        }
    }
    Ok(ending)
}

impl Pass<'_> {
    /// Writes into the manifest what judges, and what the scores are called.
    fn pin(&self) -> miette::Result<Manifest> {
        let mut manifest = self.folder.manifest()?;
        manifest.judges = infos(self.plan, self.judges, self.known);
        for (task, new) in manifest.tasks.iter_mut().zip(self.plan.task_infos()) {
            task.metrics.retain(|spec| spec.judge.is_none() || new.metrics.iter().any(|new| new.name == spec.name));
            for spec in new.metrics.into_iter().filter(|spec| spec.judge.is_some()) {
                match task.metrics.iter_mut().find(|known| known.name == spec.name) {
                    Some(known) => *known = spec,
                    None => task.metrics.push(spec),
                }
            }
        }
        for note in notes(self.plan, self.judges, &manifest.models) {
            if !manifest.notes.contains(&note) {
                self.screen.note(&format!("note: {note}"));
                manifest.notes.push(note);
            }
        }
        self.folder.write_manifest(&manifest)?;
        Ok(manifest)
    }

    /// The log of judgements, and the answers that are judged: not those on which a judge failed.
    fn begin(&self, manifest: &Manifest) -> miette::Result<(LogWriter, HashSet<u64>)> {
        let mut done = HashSet::new();
        let by: HashSet<&str> = manifest.judges.iter().map(|info| info.by.as_str()).collect();
        let log = self.folder.resume_judgements(|judgement: Judgement| {
            if by.contains(judgement.by.as_str()) {
                let key = done_key(&judgement.by, &judgement.metric, &judgement.task, &judgement.case);
                let key = crate::plan::key(&key, &judgement.model, judgement.repeat);
                if judgement.error.is_none() {
                    done.insert(key)
                } else {
                    done.remove(&key)
                };
            }
        })?;
        Ok((log, done))
    }

    /// What is to be judged, in the run's seeded order: judging that is cut short is a sample.
    fn open(&self, manifest: &Manifest, metrics: &[JudgedTask], done: &HashSet<u64>) -> miette::Result<Vec<Open>> {
        let cases = self.cases();
        let reference =
            manifest.models.iter().find(|model| model.role == ModelRole::Reference).map(|model| &model.name);
        let pairwise = metrics.iter().any(|judged| judged.metric.is_pairwise());
        if pairwise && reference.is_none() {
            self.screen.note("note: the run holds no reference, so that nothing is judged in pairs");
        }
        let mut references: HashMap<AnswerKey, Place> = HashMap::new();
        let mut open: Vec<(AnswerKey, Open)> = Vec::new();
        let mut changed = None;
        Log::read(&self.folder.records(), |record: Record, place| {
            if !matches!(record.outcome, Outcome::Scored | Outcome::MetricFailed) {
                return Ok(());
            }
            let key = (record.task.clone(), record.case.clone(), record.repeat);
            match cases.get(&(record.task.as_str(), record.case.as_str())) {
                Some(case) if case.hash.to_string() == record.case_hash => {}
                _ => changed = changed.take().or(Some(format!("{}, case {}", record.task, record.case))),
            }
            let is_reference = reference == Some(&record.model);
            if is_reference && pairwise {
                references.insert(key.clone(), place);
            }
            for (metric, judged) in metrics.iter().enumerate().filter(|(_, judged)| judged.task == record.task) {
                let Some(info) = info_of(manifest, judged) else { continue };
                let in_pairs = judged.metric.is_pairwise();
                let answer = done_key(&info.by, &info.metric, &record.task, &record.case);
                let is_done = done.contains(&crate::plan::key(&answer, &record.model, record.repeat));
                if !is_done && !(in_pairs && (is_reference || reference.is_none())) {
                    let order = order_key(manifest.seed, &record.case_hash, record.repeat);
                    open.push((key.clone(), Open { order, metric, answer: place, reference: None }));
                }
            }
            Ok::<_, LogError>(())
        })
        .into_diagnostic()?;
        if let Some(place) = changed {
            let help = "judge with the suite as it was when the run was made, or run it again";
            return Err(miette!(help = help, "the suite changed since the run {}: task {place}", manifest.id));
        }
        let in_pairs = |one: &Open| metrics[one.metric].metric.is_pairwise();
        let mut open: Vec<Open> = open
            .into_iter()
            .map(|(key, one)| Open { reference: references.get(&key).copied().filter(|_| in_pairs(&one)), ..one })
            .collect();
        open.sort_by_key(|one| one.order);
        Ok(open)
    }

    fn cases(&self) -> HashMap<(&str, &str), &Arc<Case>> {
        self.plan.cases().map(|case| ((&*case.task, &*case.id), case)).collect()
    }

    async fn ask(
        &self,
        judge: &LoadedModel,
        manifest: &Manifest,
        metrics: &[JudgedTask],
        open: &[&Open],
        log: &mut LogWriter,
    ) -> miette::Result<Ending> {
        self.screen.note(&format!("{} judges {}", judge.info.name, counted(open.len(), "answer")));
        let bar = bar(open.len(), self.screen.live);
        let lane = Lane {
            model: judge.info.name.clone(),
            runner: judge.runner.clone(),
            price: judge.info.price.clone(),
            concurrency: judge.concurrency,
        };
        let (cases, path) = (self.cases(), self.folder.records());
        let mut failed = None;
        let job = |one: &&Open| -> Result<Option<JudgeJob>, LogError> {
            let judged = &metrics[one.metric];
            let places: Vec<Place> = [one.answer].into_iter().chain(one.reference).collect();
            let mut records = Log::read_at(&path, &places)?.into_iter();
            let (Some(answer), reference) = (records.next(), records.next()) else { return Ok(None) };
            let case = cases.get(&(answer.task.as_str(), answer.case.as_str())).map(|case| Arc::clone(case));
            let info = info_of(manifest, judged);
            Ok(case.zip(info).map(|(case, info)| JudgeJob {
                name: judged.name.clone(),
                metric: judged.metric.clone(),
                by: info.by.clone(),
                case,
                answer,
                reference,
            }))
        };
        let jobs = open.iter().map_while(|one| job(one).map_err(|error| failed = Some(error)).ok()).flatten();
        let each = |judgement: &Judgement| {
            bar.inc(1);
            log.append(judgement)
        };
        self.stop.asking(true);
        let ending = engine::judge(&lane, jobs, self.stop.subscribe(), each).await;
        self.stop.asking(false);
        bar.finish_and_clear();
        match failed {
            Some(error) => Err(error).into_diagnostic(),
            None => ending.map_err(|error| miette!("{error}")),
        }
    }
}

fn info_of<'a>(manifest: &'a Manifest, judged: &JudgedTask) -> Option<&'a JudgeInfo> {
    manifest.judges.iter().find(|info| info.task == judged.task && info.metric == judged.name)
}

/// Of these words and the model and repeat an answer's key is made.
fn done_key(by: &str, metric: &str, task: &str, case: &str) -> String {
    format!("{by}\n{metric}\n{task}\n{case}")
}

fn bar(answers: usize, live: bool) -> ProgressBar {
    let bar = if live { ProgressBar::new(answers as u64) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("  judged {bar:24} {pos:>5}/{len}") {
        bar.set_style(style);
    }
    bar
}
