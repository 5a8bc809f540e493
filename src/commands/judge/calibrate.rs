//! `eval judge calibrate`: a run's judgements against labels that people gave.

use crate::{
    args::CalibrateArgs,
    commands::gate::save,
    exit::Exit,
    judging::{Calibrations, file_for},
    run_folder::RunFolder,
    screen::{Screen, counted},
};
use eval_core::{Calibration, FEWEST_LABELLED, JudgeInfo, Judgement, Manifest, statistics};
use miette::{IntoDiagnostic, WrapErr, miette};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::Path,
};

/// Of the intervals.
const LEVEL: f64 = 0.95;

/// What a person said of an answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    task: String,
    case: String,
    #[serde(default)]
    metric: Option<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    repeat: u32,
    label: serde_json::Value,
}

/// An answer of a run: task, case, model, repeat.
type Answer = (String, String, String, u32);

/// One item: its case, the person's label and the judge's verdict.
struct Item {
    case: String,
    label: String,
    verdict: String,
}

pub fn run(args: &CalibrateArgs, screen: &Screen) -> miette::Result<Exit> {
    let folder = RunFolder::find(&args.run, &args.out)?;
    let mut manifest = folder.manifest()?;
    if manifest.judges.is_empty() {
        let help = "`eval judge run RUN` judges it";
        return Err(miette!(help = help, "nobody has judged the run {}", manifest.id));
    }
    let labels = read(&args.labels)?;
    let found = pair(args, &manifest, &folder, &labels)?;
    let file = args.to.clone().unwrap_or_else(|| file_for(&manifest.suite.source));
    let mut all = Calibrations::read(&file)?;
    let (mut exit, mut kept) = (Exit::Done, 0);
    for (place, items) in found {
        let info = &mut manifest.judges[place];
        let calibration = calibrate(info, &items)?;
        screen.print(&words(&calibration, info))?;
        exit = worse(exit, &calibration);
        // Too few labels say nothing, and must not take the place of what says something.
        if calibration.cases >= FEWEST_LABELLED {
            all.put(calibration.clone());
            info.calibration = Some(calibration);
            kept += 1;
        }
    }
    if kept > 0 {
        save(&file, &all.text()?)?;
        folder.write_manifest(&manifest)?;
        screen.print(&format!("\nkept in {} and in the run {}\n", file.display(), manifest.id))?;
    }
    Ok(exit)
}

/// The gravest of all: a judge that must not decide, then too few labels.
fn worse(exit: Exit, calibration: &Calibration) -> Exit {
    match calibration.weakness() {
        None => exit,
        Some(_) if calibration.cases < FEWEST_LABELLED && exit == Exit::Done => Exit::NeedMoreData,
        Some(_) if calibration.cases < FEWEST_LABELLED => exit,
        Some(_) => Exit::NotGoodEnough,
    }
}

fn read(path: &Path) -> miette::Result<Vec<Label>> {
    let text = std::fs::read_to_string(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("failed to read the labels {}", path.display()))?;
    let line = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| {
            let help =
                "a line is {\"task\": …, \"case\": …, \"label\": …}, with `model`, `metric` and `repeat` where needed";
            miette!(help = help, "{}, line {}: not a label: {error}", path.display(), number + 1)
        })
    };
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(line).collect()
}

/// The labels of each judged metric, by its place in the manifest, with what the judge said of the same answers.
fn pair(
    args: &CalibrateArgs,
    manifest: &Manifest,
    folder: &RunFolder,
    labels: &[Label],
) -> miette::Result<BTreeMap<usize, Vec<Item>>> {
    let judged = judged(manifest, folder)?;
    let mut found: BTreeMap<usize, Vec<Item>> = BTreeMap::new();
    let (mut seen, mut missing) = (HashSet::new(), 0);
    for (number, label) in labels.iter().enumerate() {
        let wrong = |what: String, help: String| {
            miette!(help = help, "{}, label {}: {what}", args.labels.display(), number + 1)
        };
        let metric = label.metric.as_ref().or(args.metric.as_ref());
        if args.metric.is_some() && metric != args.metric.as_ref() {
            continue;
        }
        let of_task = |info: &JudgeInfo| info.task == label.task && metric.is_none_or(|metric| *metric == info.metric);
        let places: Vec<usize> = (0..manifest.judges.len()).filter(|place| of_task(&manifest.judges[*place])).collect();
        let [place] = places[..] else {
            let names: Vec<String> =
                manifest.judges.iter().map(|info| format!("{} of {}", info.metric, info.task)).collect();
            let what = if places.is_empty() { "no judge scores that" } else { "it is not said which metric it is of" };
            return Err(wrong(what.into(), format!("the run was judged for {}", names.join(", "))));
        };
        let info = &manifest.judges[place];
        let word = label.label.as_str().map_or_else(|| label.label.to_string(), String::from);
        if !info.verdicts.contains(&word) {
            return Err(wrong(
                format!("{word:?} is no verdict of {}", info.metric),
                format!("there are {}", info.verdicts.join(", ")),
            ));
        }
        let model = match &label.model {
            Some(model) => model.clone(),
            None => one_model(manifest, info).ok_or_else(|| {
                wrong("it is not said whose answer it is of".into(), "give `model`: the run holds several".into())
            })?,
        };
        let answer = (label.task.clone(), label.case.clone(), model, label.repeat);
        if !seen.insert((place, answer.clone())) {
            return Err(wrong("the answer has a label already".into(), "keep one label for each answer".into()));
        }
        match judged.get(&(place, answer)) {
            Some(verdict) => found.entry(place).or_default().push(Item {
                case: label.case.clone(),
                label: word,
                verdict: verdict.clone(),
            }),
            None => missing += 1,
        }
    }
    if found.is_empty() {
        let help = "task, case, model and repeat are those of the run's records";
        return Err(miette!(
            help = help,
            "none of {} is of an answer that the run's judge scored",
            counted(labels.len(), "label")
        ));
    }
    if missing > 0 {
        crate::screen::tell(&format!(
            "note: {} of answers that the judge did not score are left out",
            counted(missing, "label")
        ));
    }
    Ok(found)
}

/// The only model whose answers a metric is of.
fn one_model(manifest: &Manifest, info: &JudgeInfo) -> Option<String> {
    let of = |model: &&eval_core::ModelInfo| !(info.pairwise && model.role == eval_core::ModelRole::Reference);
    match manifest.models.iter().filter(of).collect::<Vec<_>>()[..] {
        [one] => Some(one.name.clone()),
        _ => None,
    }
}

/// The verdicts of the run's judges, the last on each answer.
fn judged(manifest: &Manifest, folder: &RunFolder) -> miette::Result<HashMap<(usize, Answer), String>> {
    let mut judged = HashMap::new();
    folder.read_judgements(|judgement: Judgement| {
        let of = |info: &JudgeInfo| {
            info.by == judgement.by && info.task == judgement.task && info.metric == judgement.metric
        };
        let Some(place) = manifest.judges.iter().position(of) else { return };
        let key = (place, (judgement.task, judgement.case, judgement.model, judgement.repeat));
        match judgement.verdict {
            Some(verdict) => drop(judged.insert(key, verdict)),
            None => drop(judged.remove(&key)),
        }
    })?;
    Ok(judged)
}

fn calibrate(info: &JudgeInfo, items: &[Item]) -> miette::Result<Calibration> {
    let number = |word: &str| info.verdicts.iter().position(|known| known == word).unwrap_or(usize::MAX) as u32;
    let pairs: Vec<(u32, u32)> = items.iter().map(|item| (number(&item.label), number(&item.verdict))).collect();
    let mut cases: Vec<&str> = items.iter().map(|item| item.case.as_str()).collect();
    cases.sort_unstable();
    cases.dedup();
    let cluster = |item: &Item| cases.partition_point(|case| *case < item.case.as_str()) as u32;
    let clusters: Vec<u32> = items.iter().map(cluster).collect();
    let agreement = statistics::agreement(&pairs, &clusters, LEVEL);
    let agreement = agreement.ok_or_else(|| miette!("no answer of {} has a label", info.metric))?;
    let limits = |interval: statistics::Interval| [interval.lower, interval.upper];
    let mut table: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for item in items {
        *table.entry(item.label.clone()).or_default().entry(item.verdict.clone()).or_default() += 1;
    }
    Ok(Calibration {
        task: info.task.clone(),
        metric: info.metric.clone(),
        judge: info.model.name.clone(),
        by: info.by.clone(),
        answers: items.len() as u64,
        cases: agreement.units as u64,
        level: LEVEL,
        accuracy: agreement.accuracy,
        accuracy_interval: limits(agreement.accuracy_interval),
        kappa: agreement.kappa,
        kappa_interval: agreement.kappa_interval.map(limits),
        table,
        at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    })
}

/// The numbers, the table, and whether the judge may decide.
fn words(found: &Calibration, info: &JudgeInfo) -> String {
    let limits = |[a, b]: [f64; 2]| format!("[{a:.3}, {b:.3}]");
    let kappa = match (found.kappa, found.kappa_interval) {
        (Some(kappa), Some(interval)) => format!("{kappa:.3} {}", limits(interval)),
        (Some(kappa), None) => format!("{kappa:.3}, without an interval"),
        (None, _) => "undefined".into(),
    };
    let mut text = format!(
        "{} of {}, judged by {}\n  {} of {}, {:.0}% intervals\n  accuracy       {:.3} {}\n  Cohen's kappa  {kappa}\n",
        found.metric,
        found.task,
        found.judge,
        counted(found.answers as usize, "answer"),
        counted(found.cases as usize, "case"),
        100.0 * found.level,
        found.accuracy,
        limits(found.accuracy_interval),
    );
    for label in info.verdicts.iter().filter(|label| found.table.contains_key(*label)) {
        let row: Vec<String> = found.table[label].iter().map(|(verdict, n)| format!("{verdict} {n}")).collect();
        text += &format!("  people say {label}: the judge says {}\n", row.join(", "));
    }
    match found.weakness() {
        None => text + "  the judge may decide\n",
        Some(why) => text + &format!("  the judge may not decide: {why}\n"),
    }
}
