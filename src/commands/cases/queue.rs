//! Which cases of a run a person is asked about.

use crate::{
    args::ReviewArgs,
    screen::{Screen, counted},
};
use eval_core::{Case, Manifest, ModelRole, Suite};
use eval_reports::{Doubt, Run};
use miette::miette;

/// The cases to look at, and what became of the others.
pub struct Queue {
    pub doubts: Vec<Doubt>,
    /// People looked at them before.
    done: usize,
    /// They are not what the models were asked any more.
    changed: usize,
}

impl Queue {
    /// What the suite still holds as it was asked, and nobody looked at.
    pub fn new(run: &Run, models: &[String], tasks: &[String], suite: &Suite) -> miette::Result<Self> {
        let mut queue = Self { doubts: Vec::new(), done: 0, changed: 0 };
        for mut doubt in eval_reports::doubts(run, models).map_err(|error| miette!("{error}"))? {
            if !tasks.is_empty() && !tasks.contains(&doubt.task) {
                continue;
            }
            match find(suite, &doubt) {
                Some(case) if case.held_out => {}
                Some(case) if case.reviewed.is_some() => queue.done += 1,
                Some(case) if case.hash.to_string() == doubt.case_hash => {
                    doubt.case = case.id.to_string();
                    queue.doubts.push(doubt);
                }
                _ => queue.changed += 1,
            }
        }
        let place = |doubt: &Doubt| {
            let task = suite.tasks.iter().position(|task| task.name == doubt.task)?;
            Some((task, suite.tasks[task].cases.iter().position(|case| *case.id == *doubt.case)?))
        };
        queue.doubts.sort_by_cached_key(|doubt| (!doubt.is_split(), place(doubt)));
        Ok(queue)
    }

    /// What there is to do, in a line.
    pub fn say(&self, models: &[String], screen: &Screen) -> miette::Result<()> {
        let split = self.doubts.iter().filter(|doubt| doubt.is_split()).count();
        let others = self.doubts.len() - split;
        let mut words = match models {
            [one] => vec![format!("{} that {one} got wrong", counted(others, "case"))],
            _ => vec![
                format!("{} that one model got right and one wrong", counted(split, "case")),
                format!("{others} that both got wrong"),
            ],
        };
        words.extend((self.done > 0).then(|| format!("{} reviewed before", self.done)));
        words.extend((self.changed > 0).then(|| format!("{} changed since the run", self.changed)));
        screen.print(&format!("{}\n", words.join(", ")))
    }
}

/// By content, else by id: a gold that was changed is another content.
fn find<'a>(suite: &'a Suite, doubt: &Doubt) -> Option<&'a Case> {
    let cases = &suite.tasks.iter().find(|task| task.name == doubt.task)?.cases;
    let same = |case: &&std::sync::Arc<Case>| case.hash.to_string() == doubt.case_hash;
    let by_id = cases.iter().find(|case| *case.id == *doubt.case);
    by_id.filter(same).or_else(|| cases.iter().find(same)).or(by_id).map(|case| &**case)
}

/// The models whose answers are shown: those that are named, else the candidate and the reference, else all there are.
pub fn models(args: &ReviewArgs, manifest: &Manifest) -> miette::Result<Vec<String>> {
    let names: Vec<String> = manifest.models.iter().map(|model| model.name.clone()).collect();
    let known = format!("its models are {}", names.join(", "));
    if let Some(unknown) = args.models.iter().find(|name| !names.contains(name)) {
        return Err(miette!(help = known, "the run {} holds no model {unknown:?}", manifest.id));
    }
    let mut chosen = args.models.clone();
    chosen.dedup();
    let reference = manifest.models.iter().find(|model| model.role == ModelRole::Reference);
    if chosen.is_empty() {
        let candidate = manifest.models.iter().find(|model| model.role == ModelRole::Candidate);
        chosen = match reference {
            Some(reference) => candidate.into_iter().chain([reference]).map(|model| model.name.clone()).collect(),
            None => names,
        };
    }
    if chosen.len() > 2 {
        let help = format!("name one or two of them with --model: {known}");
        return Err(miette!(help = help, "{} models cannot be shown beside each other", chosen.len()));
    }
    Ok(chosen)
}
