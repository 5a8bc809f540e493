//! Two runs brought together as one: the candidate of the first, and the reference of the second.

use crate::{
    ReportError, Run,
    differences::differences,
    evidence::Evidence,
    source::{Renamed, Source},
};
use eval_core::{DataPolicy, ModelInfo, ModelRole};

/// Brings a run's candidate, or the model that is named, and another run's reference together, paired by the content of the
/// cases. From the reference's run comes the model that is named, else its only one, else its reference.
///
/// The candidate's run gives the suite's rules, tasks and bars. How the runs differ is said in the summary.
pub fn join(
    candidate: Run,
    candidate_model: Option<&str>,
    reference: Run,
    reference_model: Option<&str>,
) -> Result<Run, ReportError> {
    let (ours, theirs) = (&candidate.manifest, &reference.manifest);
    if ours.suite.name != theirs.suite.name {
        return Err(ReportError::NotComparable {
            message: format!(
                "the run {} is of the suite {:?}, and {} of {:?}",
                ours.id, ours.suite.name, theirs.id, theirs.suite.name
            ),
            help: "compare runs of one suite".into(),
        });
    }
    let candidates = candidates(&candidate, candidate_model)?;
    let taken = one_reference(&reference, reference_model)?;
    let theirs_info = &theirs.models[taken];
    let name = free_name(&theirs_info.name, &theirs.id, &candidates, &candidate);
    let on_trial: Vec<_> = candidates.iter().map(|index| &ours.models[*index]).collect();
    let differences = differences(ours, &on_trial, theirs, theirs_info);
    let mut manifest = ours.clone();
    if theirs.suite.data_policy == DataPolicy::LocalOnly {
        // What one of them keeps private stays private.
        manifest.suite.data_policy = DataPolicy::LocalOnly;
    }
    manifest.models = candidates
        .iter()
        .map(|index| ModelInfo { role: ModelRole::Candidate, ..ours.models[*index].clone() })
        .chain([ModelInfo { name: name.clone(), role: ModelRole::Reference, ..theirs_info.clone() }])
        .collect();
    // Whole tasks may be asked for; a task that the suite has no longer is another matter.
    let asked_for_some = !ours.selection.tasks.is_empty();
    let gone = theirs.tasks.iter().filter(|task| !ours.tasks.iter().any(|other| other.name == task.name));
    let missing_tasks = gone.filter(|_| !asked_for_some).map(|task| task.name.clone()).collect();
    let evidence = ours.tasks.iter().enumerate().map(|(index, task)| {
        let same = theirs.tasks.iter().position(|other| other.name == task.name);
        let missing = || Evidence {
            run: theirs.id.clone(),
            planned: task.cases as u64 * u64::from(theirs.repeats),
            repeats: theirs.repeats,
            ..Evidence::default()
        };
        let found = same.map_or_else(missing, |same| reference.evidence[same][taken].clone());
        candidates.iter().map(|model| candidate.evidence[index][*model].clone()).chain([found]).collect()
    });
    let evidence = evidence.collect();
    let is_kept = |model: &str| candidates.iter().any(|index| ours.models[*index].name == model);
    let mut failures = candidate.failures.clone();
    failures.retain(|(model, _), _| is_kept(model));
    let of_theirs = reference.failures.iter().filter(|((model, _), _)| *model == theirs_info.name);
    failures.extend(of_theirs.map(|((_, kind), found)| ((name.clone(), kind.clone()), found.clone())));
    let mut terms = candidate.terms.clone();
    terms.extend(reference.terms.get(&theirs_info.name).map(|given| (name.clone(), given.clone())));
    let kept = candidates.iter().map(|index| ours.models[*index].name.clone());
    let kept = kept.map(|name| Renamed { there: name.clone(), here: name }).collect::<Vec<_>>();
    let renamed = vec![Renamed { there: theirs_info.name.clone(), here: name }];
    let held_out = candidate.held_out.union(&reference.held_out).copied().collect();
    let with_models = |sources: Vec<Source>, models: &Vec<Renamed>| {
        sources.into_iter().map(|source| source.with_models(models.clone())).collect::<Vec<_>>()
    };
    let sources = [with_models(candidate.sources, &kept), with_models(reference.sources, &renamed)].concat();
    Ok(Run {
        redact: candidate.redact || reference.redact,
        manifest,
        records: candidate.records + reference.records,
        failures,
        notes: [candidate.notes, reference.notes].concat(),
        terms,
        looks: candidate.looks,
        differences,
        missing_tasks,
        evidence,
        sources,
        rows: [candidate.rows, reference.rows].concat(),
        held_out,
    })
}

/// The run with one of its models alone, judged by the bars.
pub fn only(run: Run, model: &str) -> Result<Run, ReportError> {
    let place = named(&run, model)?;
    let Run { mut manifest, evidence, sources, mut failures, .. } = run;
    failures.retain(|(of, _), _| of == model);
    manifest.models = vec![ModelInfo { role: ModelRole::Candidate, ..manifest.models.swap_remove(place) }];
    let evidence = evidence.into_iter().map(|mut models| vec![models.swap_remove(place)]).collect();
    let kept = vec![Renamed { there: model.into(), here: model.into() }];
    let sources = sources.into_iter().map(|source| source.with_models(kept.clone())).collect();
    Ok(Run { manifest, evidence, sources, failures, ..run })
}

/// The model of a run that a candidate is held against: the one that is named, else the only one, else the reference.
pub fn reference_of<'a>(run: &'a Run, wanted: Option<&str>) -> Result<&'a ModelInfo, ReportError> {
    one_reference(run, wanted).map(|place| &run.manifest.models[place])
}

/// The places of the candidates in the run's manifest: those on trial there, or else all models.
fn candidates(run: &Run, wanted: Option<&str>) -> Result<Vec<usize>, ReportError> {
    if let Some(name) = wanted {
        return Ok(vec![named(run, name)?]);
    }
    let models = run.manifest.models.iter().enumerate();
    let on_trial = models.filter(|(_, model)| model.role == ModelRole::Candidate).map(|(index, _)| index);
    Ok(on_trial.collect())
}

fn one_reference(run: &Run, wanted: Option<&str>) -> Result<usize, ReportError> {
    let models = &run.manifest.models;
    if let Some(name) = wanted {
        return named(run, name);
    }
    if models.len() == 1 {
        return Ok(0);
    }
    models.iter().position(|model| model.role == ModelRole::Reference).ok_or_else(|| ReportError::NotComparable {
        message: format!("the run {} holds {} models, none of them a reference", run.manifest.id, models.len()),
        help: format!("say which is meant, as RUN#MODEL: {}", names(run)),
    })
}

fn named(run: &Run, name: &str) -> Result<usize, ReportError> {
    let found = run.manifest.models.iter().position(|model| model.name == name);
    found.ok_or_else(|| ReportError::NotComparable {
        message: format!("the run {} holds no model {name:?}", run.manifest.id),
        help: format!("its models are {}", names(run)),
    })
}

fn names(run: &Run) -> String {
    run.manifest.models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The reference's name, with its run's id where a candidate has the same.
fn free_name(name: &str, id: &str, candidates: &[usize], candidate: &Run) -> String {
    let taken = candidates.iter().any(|index| candidate.manifest.models[*index].name == name);
    if taken { format!("{name} ({id})") } else { name.into() }
}
