//! `eval run --gate`: what cannot be decided is told before anything is asked, which may cost money.

use crate::{
    args::{PolicyName, RunArgs},
    evidence::{Named, told},
    plan::Plan,
};
use eval_reports::reference_of;
use miette::miette;

/// Options that do not go together.
pub fn check(args: &RunArgs) -> miette::Result<()> {
    let options = &args.gate_options;
    let part = args.limit.is_some() || args.sample.is_some() || args.part.is_some() || !args.tags.is_empty();
    let files = [&options.junit, &options.markdown, &options.json].into_iter().any(Option::is_some);
    let decides = options.baseline.is_some() || options.margin.is_some() || options.policy.is_some();
    if !args.gate && (files || decides || options.github) {
        let help = "add --gate, or decide later with `eval gate RUN`";
        return Err(miette!(help = help, "--baseline, --margin, --policy and the gate's files need --gate"));
    }
    if !args.gate {
        return Ok(());
    }
    if part {
        let help = "run the suite whole, or whole tasks of it with --task";
        return Err(miette!(help = help, "a part of a suite (--limit, --sample, --tag, --part) cannot pass a gate"));
    }
    if args.candidates.len() > 1 {
        return Err(miette!(help = "run them one by one", "a gate takes one candidate, not {}", args.candidates.len()));
    }
    if args.dry_run {
        let help = "leave one of them out";
        return Err(miette!(help = help, "--dry-run asks nothing, so that --gate has nothing to decide on"));
    }
    let alone = args.reference.is_none() && options.baseline.is_none() && args.resume.is_none();
    if alone && options.policy == Some(PolicyName::NoRegression) {
        let help = "name a baseline with --baseline, or a model with --reference";
        return Err(miette!(
            help = help,
            "the policy no-regression needs a model that the candidate could be worse than"
        ));
    }
    if args.reference.is_some() && options.baseline.is_some() {
        let help = "ask the reference again with --reference, or hold the candidate against what it once said";
        return Err(miette!(help = help, "--reference and --baseline both name what the candidate is held against"));
    }
    Ok(())
}

/// A baseline that the run cannot be held against.
pub fn check_baseline(baseline: Option<&Named>, plan: &Plan) -> miette::Result<()> {
    let Some(Named { run, model }) = baseline else { return Ok(()) };
    let (theirs, ours) = (&run.manifest.suite.name, &plan.suite.suite.name);
    if theirs != ours {
        let help = "compare runs of one suite";
        return Err(miette!(help = help, "the baseline {} is of the suite {theirs:?}, not {ours:?}", run.manifest.id));
    }
    reference_of(run, model.as_deref()).map(drop).map_err(told)
}
