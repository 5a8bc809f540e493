//! `eval split`.

use crate::{
    args::SplitArgs,
    exit::Exit,
    screen::{Screen, counted},
};
use eval_datasets::{EditableSuite, TaskSplit};

/// So many labels of a task are listed.
const STRATA: usize = 8;

pub fn run(args: &SplitArgs, screen: &Screen) -> miette::Result<Exit> {
    let mut suite = EditableSuite::open(&args.suite)?;
    let name = suite.loaded().suite.name.clone();
    let Some(share) = args.share else {
        let cases = counted(suite.clear_split()?, "case");
        screen.print(&format!("{name}: nothing is held out any more; {cases} were\n"))?;
        return Ok(Exit::Done);
    };
    for split in suite.split(share, args.seed)? {
        screen.print(&format!("{}\n{}\n", counts(&split), strata(&split)))?;
    }
    screen.note("reports show the held-out cases in totals alone; --part open or held-out runs one part");
    Ok(Exit::Done)
}

/// Such as `triage: 24 of 60 cases held out (40 %), 24 of them new`.
fn counts(split: &TaskSplit) -> String {
    let percent = 100.0 * split.held_out as f64 / split.cases.max(1) as f64;
    let all = counted(split.cases, "case");
    format!("{}: {} of {all} held out ({percent:.0} %), {} of them new", split.task, split.held_out, split.new)
}

/// Such as `  returns 2 of 14, billing 7 of 21 and 69 more`: the least served first.
fn strata(split: &TaskSplit) -> String {
    let mut strata: Vec<_> = split.strata.iter().map(|(name, (held_out, all))| (name, *held_out, *all)).collect();
    // a ÷ b below c ÷ d.
    strata.sort_by(|(_, a, b), (_, c, d)| (a * d).cmp(&(c * b)));
    let words = strata.iter().take(STRATA).map(|(name, held_out, all)| format!("{name} {held_out} of {all}"));
    let words = words.collect::<Vec<_>>().join(", ");
    match strata.len().saturating_sub(STRATA) {
        0 => format!("  {words}"),
        more => format!("  {words} and {more} more"),
    }
}
