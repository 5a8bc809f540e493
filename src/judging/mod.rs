//! Judging a run's answers: which models judge, what they are pinned by, and the pass over the records.

mod calibrations;
mod pass;

pub use calibrations::{Calibrations, file_for};
pub use pass::{Pass, judge};

use crate::{
    models::{LoadedModel, ModelSpec, Wanted},
    plan::{JudgedTask, Plan},
    run_folder::RunFolder,
    screen::Screen,
    settings::RunnerName,
};
use eval_core::{JudgeInfo, ModelInfo, hash_json};
use eval_runners::api::Decode;
use miette::miette;
use serde_json::{Value, json};

/// Makes the judges ready. They are held to the rules of any model: what leaves the machine, what may be spent.
pub async fn load(specs: &[ModelSpec], wanted: &Wanted<'_>, screen: &Screen) -> miette::Result<Vec<LoadedModel>> {
    let mut loaded = Vec::new();
    for spec in specs {
        if spec.settings.runner == RunnerName::Replay {
            let help = "name a model that can be asked; what it says is kept, and is not bought twice";
            return Err(miette!(help = help, "{} is a recording: it cannot judge what it was never asked", spec.name));
        }
        if spec.settings.decode == Decode::Labels {
            let help = "take decode = \"free\" or \"schema\"";
            return Err(miette!(
                help = help,
                "{}: a judge gives reasons, which decode = \"labels\" has no room for",
                spec.name
            ));
        }
        loaded.push(spec.load(wanted, screen).await?);
    }
    Ok(loaded)
}

/// USD of the calls that judged a run so far, where they are known and were not bought before.
pub fn spent(folder: &RunFolder) -> miette::Result<f64> {
    let mut spent = 0.0;
    folder.read_judgements(|judgement| {
        let bought = judgement.calls.iter().filter(|call| !call.cached);
        spent += bought.filter_map(eval_core::JudgeCall::cost).sum::<f64>();
    })?;
    Ok(spent)
}

/// What judges each metric, with what is known of how far people agree with it.
pub fn infos(plan: &Plan, judges: &[LoadedModel], known: &Calibrations) -> Vec<JudgeInfo> {
    let info = |judged: &JudgedTask| {
        let judge = judges.iter().find(|judge| judge.info.name == judged.judge)?;
        let by = hash_json(&json!({"judge": identity(&judge.info), "metric": judged.metric.content()}));
        Some(JudgeInfo {
            calibration: known.of(&judged.task, &judged.name, &by).cloned(),
            task: judged.task.clone(),
            metric: judged.name.clone(),
            by,
            model: judge.info.clone(),
            pairwise: judged.metric.is_pairwise(),
            scores: judged.metric.scores(),
            verdicts: judged.metric.verdicts(),
        })
    };
    plan.judged().iter().filter_map(info).collect()
}

/// What makes two judges the same: the model and how it is asked, not its name, its price or where it is served.
fn identity(info: &ModelInfo) -> Value {
    if info.details.get("asking").is_some() {
        return json!({"runner": info.runner, "model": info.settings["model"], "asking": info.details["asking"]});
    }
    let mut whole = crate::models::identity(info);
    whole["price"] = Value::Null;
    whole
}

/// What a person should know of the judges before trusting them.
pub fn notes(plan: &Plan, judges: &[LoadedModel], models: &[ModelInfo]) -> Vec<String> {
    let mut notes = Vec::new();
    for judge in judges {
        let own = models.iter().find(|model| identity(model) == identity(&judge.info));
        notes.extend(own.map(|model| {
            format!(
                "{} judges its own answers, those of {}: judges are partial to their own",
                judge.info.name, model.name
            )
        }));
        let greedy = judge.info.settings["temperature"].as_f64().unwrap_or(0.0) == 0.0;
        let judged = plan.judged();
        let voting = judged.iter().find(|judged| judged.judge == judge.info.name && judged.metric.votes() > 1);
        notes.extend(voting.filter(|_| greedy).map(|judged| {
            format!(
                "{}: the votes of {} are one vote, because it is asked without a temperature",
                judged.name, judged.judge
            )
        }));
    }
    notes
}
