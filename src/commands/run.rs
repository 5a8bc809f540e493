//! `eval run`.

use crate::{
    args::{RUNS, RunArgs},
    exit::Exit,
    memory,
    models::{self, DEFAULT_MODEL, LoadedModel, Wanted},
    plan::Plan,
    progress::ProgressView,
    resume::{self, Finished},
    run_folder::RunFolder,
    screen::{Screen, counted, tell},
    settings::Settings,
};
use eval_core::{
    Event, ModelRole, Sink, SinkError,
    engine::{self, Ending, Lane},
    log::LogWriter,
};
use eval_reports::Style;
use miette::{IntoDiagnostic, miette};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::watch;

pub fn run(args: RunArgs, screen: &Screen) -> miette::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().into_diagnostic()?;
    match runtime.block_on(ask_all(args, screen))? {
        Asked { folder, ending: Ending::Complete, .. } => {
            memory::give_back();
            report(&folder, screen)
        }
        Asked { folder, ending: Ending::Stopped, out } => {
            say_how_to_resume(&folder, &out);
            Ok(Exit::Interrupted)
        }
        Asked { folder, ending: Ending::Failed(error), out } => {
            tell(&format!("the run ended: {error}"));
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
}

async fn ask_all(args: RunArgs, screen: &Screen) -> miette::Result<Asked> {
    let stop = stop_on_signals();
    let resumed = args.resume.as_deref().map(|id| resume::open(id, &args)).transpose()?;
    let args = match &resumed {
        Some(resumed) => resumed.arguments(&args)?,
        None => args,
    };
    let settings = Settings::read(args.config.as_deref())?;
    let specs = specs(&args, &settings)?;
    let date = match &resumed {
        Some(resumed) => resumed.manifest.date.clone(),
        None => jiff::Zoned::now().strftime("%Y-%m-%d").to_string(),
    };
    let plan = Plan::make(&args, date)?;
    let wanted = Wanted { suite: &plan.suite.suite, date: &plan.date, seed: args.seed, concurrency: args.concurrency };
    let mut loaded = Vec::new();
    for spec in &specs {
        loaded.push(spec.load(&wanted, screen).await?);
    }
    let infos: Vec<_> = loaded.iter().map(|model| model.info.clone()).collect();
    let (folder, writer, done) = match resumed {
        Some(resumed) => {
            resumed.check(&plan, &infos)?;
            resumed.go_on(screen)?
        }
        None => {
            let time = jiff::Timestamp::now();
            let stamp = time.strftime("%Y%m%d-%H%M%S").to_string();
            let id = RunFolder::free_id(&args.out, &stamp, &plan.suite.suite.name);
            let folder = RunFolder::create(&args.out, &id)?;
            folder.write_manifest(&plan.manifest(id, time.to_string(), &args, infos)?)?;
            let log = folder.start_log()?;
            (folder, log, BTreeMap::new())
        }
    };
    let mut sinks = Sinks { log: writer, view: (!screen.quiet).then(|| ProgressView::new(screen.live)) };
    let mut ending = Ending::Complete;
    let stopped = stop.subscribe();
    for model in &loaded {
        ending = ask(model, &plan, done.get(&model.info.name), stopped.clone(), &mut sinks).await?;
        if !matches!(ending, Ending::Complete) {
            break;
        }
    }
    Ok(Asked { folder, out: args.out, ending })
}

fn say_how_to_resume(folder: &RunFolder, out: &Path) {
    let id = folder.path().file_name().map(|id| id.to_string_lossy().into_owned()).unwrap_or_default();
    let out = if out == Path::new(RUNS) { String::new() } else { format!(" --out {}", quoted(out)) };
    tell(&format!("interrupted; every finished case is kept. Go on with\n  eval run --resume {id}{out}"));
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    if path.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c)) {
        return path;
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

/// The models of a run, candidates first; two of one name would not be told apart in the records.
fn specs(args: &RunArgs, settings: &Settings) -> miette::Result<Vec<models::ModelSpec>> {
    let default = [DEFAULT_MODEL.to_string()];
    let candidates = if args.candidates.is_empty() { &default[..] } else { &args.candidates[..] };
    let candidates = candidates.iter().map(|words| (words, ModelRole::Candidate));
    let reference = args.reference.iter().map(|words| (words, ModelRole::Reference));
    let mut specs: Vec<models::ModelSpec> = Vec::new();
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

async fn ask(
    model: &LoadedModel,
    plan: &Plan,
    done: Option<&Finished>,
    stop: watch::Receiver<bool>,
    sinks: &mut Sinks,
) -> miette::Result<Ending> {
    let name = &model.info.name;
    sinks.on(&Event::Planned { model: name, tasks: &plan.sizes() }).into_diagnostic()?;
    for (task, tally) in done.iter().flat_map(|done| &done.tallies) {
        sinks.on(&Event::Resumed { task, tally: *tally }).into_diagnostic()?;
    }
    let lane = Lane {
        model: name.clone(),
        runner: model.runner.clone(),
        price: model.info.price.clone(),
        concurrency: model.concurrency,
    };
    let mut failed = None;
    let jobs = plan.jobs(done.map(|done| &done.keys)).map_while(|job| job.map_err(|error| failed = Some(error)).ok());
    let ending = engine::run(&lane, jobs, stop, sinks).await.map_err(|e| miette!("{e}"))?;
    sinks.on(&Event::Ended { model: name }).into_diagnostic()?;
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(ending),
    }
}

/// Summarises a finished run, writes its files and prints its table.
fn report(folder: &RunFolder, screen: &Screen) -> miette::Result<Exit> {
    let run = eval_reports::read_run(folder.path()).map_err(|e| miette!("{e}"))?;
    let summary = eval_reports::summarize(&run).map_err(|e| miette!("{e}"))?;
    folder.write("summary.json", &eval_reports::json(&summary))?;
    let page = eval_reports::html(&run, &summary).map_err(|e| miette!("{e}"))?;
    let path = folder.write("report.html", &page)?;
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
    for (kind, failures) in &run.failures {
        let message: String =
            failures.message.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
        screen.note(&format!("{} failed ({kind}), for one: {message}", counted(failures.count, "case")));
    }
}

/// The log comes first: what is shown is already kept.
struct Sinks {
    log: LogWriter,
    view: Option<ProgressView>,
}

impl Sink for Sinks {
    fn on(&mut self, event: &Event<'_>) -> Result<(), SinkError> {
        self.log.on(event)?;
        match &mut self.view {
            Some(view) => view.on(event),
            None => Ok(()),
        }
    }
}

/// Turns true at the first Ctrl-C (or SIGTERM) while cases are asked. A second one leaves at once, which loses only what
/// is in flight, as does one while nobody is asked: models load and reports are written again.
///
/// It listens on a thread of its own, because loading a model, and a model that answers at once, leave the runtime no
/// pause to look for signals.
fn stop_on_signals() -> Arc<watch::Sender<bool>> {
    let stop = Arc::new(watch::Sender::new(false));
    let heard = stop.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        while runtime.as_ref().is_ok_and(|runtime| runtime.block_on(signal())) {
            if heard.receiver_count() == 0 || heard.send_replace(true) {
                std::process::exit(130);
            }
        }
    });
    stop
}

#[cfg(unix)]
async fn signal() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return false };
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.is_ok(),
        terminated = terminate.recv() => terminated.is_some(),
    }
}

#[cfg(not(unix))]
async fn signal() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}
