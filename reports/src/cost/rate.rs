use crate::{Run, work::Work};
use eval_core::{Manifest, ModelInfo, cost::MeasuredRate};

/// Requests per second that a model of eval's own process does with all its workers busy; else why that is not known.
///
/// The log holds no clock times. A worker reads prompts one by one and generates for a batch at once, so that an answer
/// takes prompt + generation ÷ batch of its time.
pub(super) fn measured(run: &Run, info: &ModelInfo, model: usize, tasks: &[usize]) -> Result<MeasuredRate, String> {
    let count = |key: &str| info.details[key].as_u64().filter(|n| *n > 0);
    let (Some(workers), Some(batch)) = (count("workers"), count("batch")) else {
        return Err("only a model that runs in eval's own process is measured on a machine that the run knows: give \
                    `rate` as a number of requests per second of one replica"
            .into());
    };
    let work = tasks.iter().map(|task| run.evidence[*task][model].work).fold(Work::default(), |sum, work| Work {
        answers: sum.answers + work.answers,
        prompt_ms: sum.prompt_ms + work.prompt_ms,
        generation_ms: sum.generation_ms + work.generation_ms,
        untold: sum.untold + work.untold,
    });
    // Fewer answers than places leave places empty.
    let workers = workers.min(work.answers.max(1));
    let batch = batch.min(work.answers.div_ceil(workers).max(1));
    let busy_ms = work.prompt_ms + work.generation_ms / batch as f64;
    if work.untold > 0 || work.answers == 0 || !(busy_ms.is_finite() && busy_ms > 0.0) {
        return Err("the run's answers do not tell how long they took: give `rate` as a number".into());
    }
    Ok(MeasuredRate {
        requests_per_second: workers as f64 * work.answers as f64 / busy_ms * 1e3,
        in_flight: (workers * batch) as usize,
        hardware: hardware(&run.manifest, info),
    })
}

/// The machine of a run by a name that a person can copy: the processor and its cores, and what sits beside it.
fn hardware(manifest: &Manifest, info: &ModelInfo) -> String {
    let machine = &manifest.machine;
    let cpu = machine.cpu.as_deref().unwrap_or(&machine.arch);
    let host = format!("{cpu}, {} core{}", machine.cores, if machine.cores == 1 { "" } else { "s" });
    let named = info.details["gpu"]["name"].as_str();
    match named.or(info.details["device"].as_str()) {
        None | Some("cpu") => host,
        Some(device) => format!("{device} beside {host}"),
    }
}
