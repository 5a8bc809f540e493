//! Asking the models: served ones side by side, then those of this machine, which would only share its cores.

use super::signals::Stop;
use crate::{models::LoadedModel, plan::Plan, progress::ProgressView, resume::Finished};
use eval_core::{
    Event, Sink, SinkError,
    engine::{self, Ending, Lane},
    log::LogWriter,
};
use futures_util::future::join_all;
use miette::{IntoDiagnostic, miette};
use std::{cell::RefCell, collections::BTreeMap, sync::Arc};

/// The log comes first: what is shown is already kept.
pub struct Sinks {
    pub log: LogWriter,
    pub view: Option<ProgressView>,
    /// What came up.
    pub notes: Vec<String>,
}

impl Sink for Sinks {
    fn on(&mut self, event: &Event<'_>) -> Result<(), SinkError> {
        self.log.on(event)?;
        if let Event::Noted { model, note } = event {
            self.notes.push(format!("{model}: {note}"));
        }
        match &mut self.view {
            Some(view) => view.on(event),
            None => Ok(()),
        }
    }
}

/// One model's way to the sinks that all share.
struct Shared<'a>(&'a RefCell<Sinks>);

impl Sink for Shared<'_> {
    fn on(&mut self, event: &Event<'_>) -> Result<(), SinkError> {
        self.0.borrow_mut().on(event)
    }
}

/// Asks every model what is not done yet. A wrong key or a dead server shows at once, because served models come first,
/// and ends the run for all of them. With the ending comes what came up on the way.
pub async fn ask(
    models: &[LoadedModel],
    plan: &Plan,
    done: &BTreeMap<String, Finished>,
    stop: &Arc<Stop>,
    sinks: Sinks,
) -> miette::Result<(Ending, Vec<String>)> {
    let sinks = RefCell::new(sinks);
    let (served, local): (Vec<_>, Vec<_>) = models.iter().partition(|model| model.cached_as.is_some());
    stop.asking(true);
    let lanes = served.into_iter().map(|model| async {
        let ending = lane(model, plan, done.get(&model.info.name), stop, Shared(&sinks)).await;
        // The others end in order: their answers would have nothing to be compared with.
        if matches!(ending, Ok(Ending::Failed(_)) | Err(_)) {
            stop.now();
        }
        ending
    });
    let mut ending = Ending::Complete;
    for one in join_all(lanes).await {
        ending = worse(ending, one?);
    }
    for model in local {
        if matches!(ending, Ending::Complete) {
            ending = lane(model, plan, done.get(&model.info.name), stop, Shared(&sinks)).await?;
        }
    }
    stop.asking(false);
    Ok((ending, sinks.into_inner().notes))
}

fn worse(a: Ending, b: Ending) -> Ending {
    match (&a, &b) {
        (Ending::Failed(_), _) | (Ending::Stopped, Ending::Complete) => a,
        _ => b,
    }
}

async fn lane(
    model: &LoadedModel,
    plan: &Plan,
    done: Option<&Finished>,
    stop: &Stop,
    mut sinks: Shared<'_>,
) -> miette::Result<Ending> {
    let name = &model.info.name;
    sinks.on(&Event::Planned { model: name, tasks: &plan.sizes() }).into_diagnostic()?;
    for (task, tally) in done.iter().flat_map(|done| &done.tallies) {
        sinks.on(&Event::Resumed { model: name, task, tally: *tally }).into_diagnostic()?;
    }
    let lane = Lane {
        model: name.clone(),
        runner: model.runner.clone(),
        price: model.info.price.clone(),
        concurrency: model.concurrency,
    };
    let mut failed = None;
    let jobs = plan.jobs(name, done.map(|done| &done.keys), model.reads_prompts);
    let jobs = jobs.map_while(|job| job.map_err(|error| failed = Some(error)).ok());
    let ending = engine::run(&lane, jobs, stop.subscribe(), &mut sinks).await.map_err(|e| miette!("{e}"))?;
    sinks.on(&Event::Ended { model: name }).into_diagnostic()?;
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(ending),
    }
}
