use super::section::Section;

/// By what rule `eval split` held cases out, so that the same rule holds out a part of what is new.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SplitRule {
    pub(crate) share: f64,
    pub(crate) seed: u64,
}

/// The rule, where the suite was split.
pub(super) fn read(suite: &Section<'_>) -> Option<SplitRule> {
    let section = suite.section("held_out", "a table", "`held_out`")?;
    section.allow(&["share", "seed"]);
    section.require("share", "say by which share the cases were drawn: `share = 0.3`");
    let share = section.number("share", "a share above 0 and below 1, such as 0.3", |x| x > 0.0 && x < 1.0)?.value;
    let seed = section.whole("seed").map_or(0, |found| found.value);
    Some(SplitRule { share, seed })
}
