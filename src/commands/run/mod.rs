//! `eval run`.

mod ask;
mod dry_run;
mod gated;
mod privacy;
pub mod signals;

use crate::{
    args::{GateOptions, RUNS, RunArgs},
    commands::gate,
    environment::Environment,
    evidence::{self, Named},
    exit::Exit,
    judging::{self, Calibrations, Pass},
    looks, memory,
    models::{self, DEFAULT_MODEL, LoadedModel, ModelSpec, Wanted},
    plan::Plan,
    progress::ProgressView,
    resume::{self, Finished, Resumed},
    run_folder::RunFolder,
    screen::{Screen, counted, tell},
    settings::Settings,
};
use ask::Sinks;
use eval_core::{Manifest, ModelInfo, ModelRole, engine::Ending, log::LogWriter};
use eval_reports::{CasesIn, Style};
use eval_runners::{
    cache::{CacheMode, CacheRunner, Store},
    layers::Budget,
};
use miette::{IntoDiagnostic, miette};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

pub fn run(args: RunArgs, screen: &Screen) -> miette::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().into_diagnostic()?;
    gated::check(&args)?;
    // Both are read before anything is asked, which may cost money; and `latest` is not this run.
    looks::read(&args.out)?;
    let baseline = args.gate_options.baseline.as_ref().map(|words| evidence::open(words, &args.out)).transpose()?;
    let options = args.gate.then(|| args.gate_options.clone());
    let asked = runtime.block_on(ask_all(args, baseline.as_ref(), screen))?;
    let Some(Asked { folder, out, ending, judging }) = asked else { return Ok(Exit::Done) };
    match ending {
        Ending::Complete => {
            memory::give_back();
            let exit = report(&folder, &out, options.map(|options| (options, baseline)), screen)?;
            Ok(after_judging(exit, &judging, &folder, &out))
        }
        Ending::Stopped => {
            tell("interrupted; every finished case is kept");
            say_how_to_resume(&folder, &out);
            Ok(Exit::Interrupted)
        }
        Ending::Failed(error) => {
            tell(&format!("the run ended before all was asked: {error}"));
            say_how_to_resume(&folder, &out);
            Ok(Exit::InvalidEvidence)
        }
    }
}

/// A run whose models have been asked.
struct Asked {
    folder: RunFolder,
    out: PathBuf,
    ending: Ending,
    judging: Ending,
}

/// `None`: nothing was to be asked.
async fn ask_all(args: RunArgs, baseline: Option<&Named>, screen: &Screen) -> miette::Result<Option<Asked>> {
    let stop = signals::stop_on_signals();
    let resumed = args.resume.as_deref().map(|id| resume::open(id, &args)).transpose()?;
    let dry_run = args.dry_run;
    let args = match &resumed {
        Some(resumed) => resumed.arguments(&args)?,
        None => args,
    };
    let settings = Settings::read(args.config.as_deref())?;
    let specs = specs(&args, &settings)?;
    let mut plan = Plan::make(&args, &specs, date(resumed.as_ref()))?;
    let judge_specs = plan.name_judges(args.judge.as_deref(), &settings)?;
    let plan = plan;
    gated::check_baseline(baseline, &plan)?;
    // What no model of the run needs is not read.
    let served = specs.iter().chain(&judge_specs).any(|spec| spec.settings.runner.is_api());
    let environment = if served { Environment::read()? } else { Environment::default() };
    let all_specs: Vec<&ModelSpec> = specs.iter().chain(&judge_specs).collect();
    privacy::warn(&all_specs, args.seed, &plan, &environment, &settings, screen);
    if dry_run {
        dry_run::print(&specs, &judge_specs, &plan, &args, &environment, &settings, screen)?;
        return Ok(None);
    }
    let budget = args.max_cost.map(|limit| Arc::new(Budget::new(limit)));
    let wanted = Wanted {
        suite: &plan.suite,
        asked: plan.asked(),
        date: &plan.date,
        seed: args.seed,
        concurrency: args.concurrency,
        environment: &environment,
        private_hosts: &settings.private_hosts,
        stop: stop.subscribe(),
        budget: budget.clone(),
    };
    let mut loaded = Vec::new();
    for spec in &specs {
        loaded.push(spec.load(&wanted, screen).await?);
    }
    loaded.extend(judging::load(&judge_specs, &Wanted { asked: Vec::new(), ..wanted }, screen).await?);
    let known = Calibrations::read(&judging::file_for(&plan.suite.source))?;
    let store = open_cache(args.cache_mode(), args.cache_folder(), &mut loaded)?;
    let judges = loaded.split_off(specs.len());
    let (folder, log, done) = begin(&args, &plan, resumed, &loaded, screen)?;
    if let Some(budget) = budget {
        // What is unknown is not counted, and what came from the cache was bought before.
        let answers: f64 = done.values().flat_map(|done| done.tallies.values()).map(|tally| tally.spent_usd).sum();
        budget.spent_before(answers + judging::spent(&folder)?);
    }
    let view = (!screen.quiet).then(|| ProgressView::new(screen.live));
    memory::give_back();
    let sinks = Sinks { log, view, notes: Vec::new() };
    let (ending, notes) = ask::ask(&loaded, &plan, &done, &stop, sinks).await?;
    folder.add_notes(notes)?;
    let mut judging = Ending::Complete;
    if matches!(ending, Ending::Complete) && !judges.is_empty() {
        let pass = Pass { folder: &folder, plan: &plan, judges: &judges, known: &known, stop: &stop, screen };
        judging = judging::judge(&pass).await?;
    }
    let ending = if matches!(judging, Ending::Stopped) { Ending::Stopped } else { ending };
    if let Some(store) = store {
        store.problems().iter().for_each(|problem| screen.note(&format!("note: the response cache: {problem}")));
    }
    Ok(Some(Asked { folder, out: args.out, ending, judging }))
}

/// What templates see as today: the day on which the run began.
fn date(resumed: Option<&Resumed>) -> String {
    match resumed {
        Some(resumed) => resumed.manifest.date.clone(),
        None => jiff::Zoned::now().strftime("%Y-%m-%d").to_string(),
    }
}

/// The run's folder, its log, and what is in it already.
fn begin(
    args: &RunArgs,
    plan: &Plan,
    resumed: Option<Resumed>,
    loaded: &[LoadedModel],
    screen: &Screen,
) -> miette::Result<(RunFolder, LogWriter, BTreeMap<String, Finished>)> {
    let info = |model: &LoadedModel| {
        let mut prompts = plan.own_prompt_hashes(&model.info.name);
        prompts.extend(model.info.prompts.clone());
        ModelInfo { prompts, ..model.info.clone() }
    };
    let infos: Vec<_> = loaded.iter().map(info).collect();
    if let Some(resumed) = resumed {
        resumed.check(plan, &infos)?;
        return resumed.go_on(screen);
    }
    let time = jiff::Timestamp::now();
    let stamp = time.strftime("%Y%m%d-%H%M%S").to_string();
    let id = RunFolder::free_id(&args.out, &stamp, &plan.suite.suite.name);
    let folder = RunFolder::create(&args.out, &id)?;
    let notes = loaded.iter().flat_map(|model| model.notes.clone()).collect();
    folder.write_manifest(&Manifest { notes, ..plan.manifest(id, time.to_string(), args, infos)? })?;
    let log = folder.start_log()?;
    Ok((folder, log, BTreeMap::new()))
}

/// Puts the cache around the models that buy their answers.
pub fn open_cache(mode: CacheMode, folder: &Path, loaded: &mut [LoadedModel]) -> miette::Result<Option<Arc<Store>>> {
    if loaded.iter().all(|model| model.cached_as.is_none()) {
        return Ok(None);
    }
    let store = mode.open(folder).map_err(|error| {
        let help = "--cache off runs without it; `eval cache clear` begins a new one";
        miette!(help = help, "{error}")
    })?;
    let store = store.map(Arc::new);
    for model in loaded {
        if let (Some(store), Some(identity)) = (&store, &model.cached_as) {
            let (inner, price) = (model.runner.clone(), model.info.price.clone());
            model.runner = Arc::new(CacheRunner::new(inner, store.clone(), identity.clone(), price));
        }
    }
    Ok(store)
}

/// Answers that nobody judged are unscored, which is no failure of the models: the report is written, and says so.
pub fn after_judging(exit: Exit, judging: &Ending, folder: &RunFolder, out: &Path) -> Exit {
    let Ending::Failed(error) = judging else { return exit };
    tell(&format!("the judging ended before all was judged: {error}"));
    tell(&format!("What is not judged is unscored. Go on with\n  eval judge run {}", named(folder, out)));
    if exit == Exit::Done { Exit::InvalidEvidence } else { exit }
}

fn say_how_to_resume(folder: &RunFolder, out: &Path) {
    tell(&format!("Go on with\n  eval run --resume {}", named(folder, out)));
}

/// A run as a command line names it.
fn named(folder: &RunFolder, out: &Path) -> String {
    let id = folder.path().file_name().map(|id| id.to_string_lossy().into_owned()).unwrap_or_default();
    let out = if out == Path::new(RUNS) { String::new() } else { format!(" --out {}", quoted(out)) };
    id + &out
}

/// A path as a shell reads it.
pub fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    if path.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c)) {
        return path;
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

/// The models of a run, candidates first; two of one name would not be told apart in the records.
pub fn specs(args: &RunArgs, settings: &Settings) -> miette::Result<Vec<ModelSpec>> {
    let default = [DEFAULT_MODEL.to_string()];
    let candidates = if args.candidates.is_empty() { &default[..] } else { &args.candidates[..] };
    let candidates = candidates.iter().map(|words| (words, ModelRole::Candidate));
    let reference = args.reference.iter().map(|words| (words, ModelRole::Reference));
    let mut specs: Vec<ModelSpec> = Vec::new();
    for (words, role) in candidates.chain(reference) {
        let spec = models::parse(words, role, settings)?;
        if specs.iter().any(|other| other.name == spec.name) {
            let spec_words = words.split_once('=').map_or(words.as_str(), |(_, spec)| spec);
            let help = format!("give one of them a name of its own: other={spec_words}");
            return Err(miette!(help = help, "two models are called {:?}", spec.name));
        }
        specs.push(spec);
    }
    Ok(specs)
}

/// Summarises a finished run, writes its files, and prints its table or decides.
pub fn report(
    folder: &RunFolder,
    runs: &Path,
    gate: Option<(GateOptions, Option<Named>)>,
    screen: &Screen,
) -> miette::Result<Exit> {
    let mut run = eval_reports::read_run(folder.path()).map_err(|e| miette!("{e}"))?;
    run.looks = looks::read(runs)?;
    looks::log(runs, &run.looks, &run.manifest)?;
    let summary = eval_reports::summarize(&run).map_err(|e| miette!("{e}"))?;
    folder.write("summary.json", &eval_reports::json(&summary))?;
    let page = eval_reports::html(&run, &summary, CasesIn::Page).map_err(|e| miette!("{e}"))?;
    let path = folder.write("report.html", &page)?;
    if let Some((options, baseline)) = gate {
        failures(&run, screen);
        screen.note(&format!("report  {}", path.display()));
        return gate::decide(Named { run, model: None }, baseline, &options, screen);
    }
    screen.print(&eval_reports::terminal(&run, &summary, Style { width: screen.width(), color: screen.color }))?;
    screen.print(&format!(
        "\nreport  {}\nrecords {}\n",
        path.display(),
        folder.path().join("records.jsonl").display()
    ))?;
    failures(&run, screen);
    Ok(if summary.is_valid_evidence() { Exit::Done } else { Exit::InvalidEvidence })
}

/// Failed calls and scorers by kind, with one of their messages: nobody should have to open a log to learn what went wrong.
fn failures(run: &eval_reports::Run, screen: &Screen) {
    for ((model, kind), failures) in &run.failures {
        if run.redact || failures.message.is_empty() {
            // A server's words may quote the prompt, and of held-out cases they are not kept.
            screen.note(&format!("{} of {model} failed ({kind})", counted(failures.count, "case")));
            continue;
        }
        let message: String =
            failures.message.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
        screen.note(&format!("{} of {model} failed ({kind}), for one: {message}", counted(failures.count, "case")));
    }
}
