//! `eval judge run`: judges the answers of a finished run.

use crate::{
    args::{JudgeArgs, RunArgs},
    commands::run::{after_judging, open_cache, report, signals},
    environment::Environment,
    exit::Exit,
    judging::{self, Calibrations, Pass},
    models::Wanted,
    plan::Plan,
    run_folder::RunFolder,
    screen::{Screen, tell},
    settings::Settings,
};
use eval_core::{Manifest, engine::Ending};
use eval_runners::layers::Budget;
use miette::{IntoDiagnostic, WrapErr, miette};
use std::sync::Arc;

pub fn run(args: &JudgeArgs, screen: &Screen) -> miette::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().into_diagnostic()?;
    let folder = RunFolder::find(&args.run, &args.out)?;
    match runtime.block_on(judge(args, &folder, screen))? {
        Ending::Stopped => {
            tell("interrupted; every finished judgement is kept: the same command goes on");
            Ok(Exit::Interrupted)
        }
        ending => {
            let runs = folder.runs();
            let exit = report(&folder, &runs, None, screen)?;
            Ok(after_judging(exit, &ending, &folder, &args.out))
        }
    }
}

async fn judge(args: &JudgeArgs, folder: &RunFolder, screen: &Screen) -> miette::Result<Ending> {
    let stop = signals::stop_on_signals();
    let manifest = folder.manifest()?;
    let run = arguments(args, &manifest)?;
    let settings = Settings::read(run.config.as_deref())?;
    let mut plan = Plan::make(&run, &[], manifest.date.clone())?;
    let specs = plan.name_judges(run.judge.as_deref(), &settings)?;
    if specs.is_empty() {
        let help = "ask for one in suite.toml: metrics = [{ name = \"judge\", rubric = \"…\" }]";
        return Err(miette!(help = help, "the suite {:?} has no metric that a judge scores", plan.suite.suite.name));
    }
    let served = specs.iter().any(|spec| spec.settings.runner.is_api());
    let environment = if served { Environment::read()? } else { Environment::default() };
    let wanted = Wanted {
        suite: &plan.suite,
        asked: Vec::new(),
        date: &plan.date,
        seed: run.seed,
        concurrency: run.concurrency,
        environment: &environment,
        private_hosts: &settings.private_hosts,
        stop: stop.subscribe(),
        budget: run.max_cost.map(|limit| Arc::new(Budget::new(limit))),
    };
    let mut judges = judging::load(&specs, &wanted, screen).await?;
    open_cache(run.cache_mode(), run.cache_folder(), &mut judges)?;
    let known = Calibrations::read(&judging::file_for(&plan.suite.source))?;
    judging::judge(&Pass { folder, plan: &plan, judges: &judges, known: &known, stop: &stop, screen }).await
}

/// Those of the run, with what is said anew; what the run might spend is no limit on this.
fn arguments(args: &JudgeArgs, manifest: &Manifest) -> miette::Result<RunArgs> {
    let run: RunArgs = serde_json::from_value(manifest.arguments.clone())
        .into_diagnostic()
        .wrap_err("this run was written by another version of eval and cannot be judged")?;
    Ok(RunArgs {
        judge: args.judge.clone().or(run.judge),
        concurrency: args.concurrency.or(run.concurrency),
        config: args.config.clone().or(run.config),
        cache: args.cache.or(run.cache),
        cache_dir: args.cache_dir.clone().or(run.cache_dir),
        max_cost: args.max_cost,
        ..run
    })
}
