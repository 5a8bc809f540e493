use super::section::Section;
use eval_core::{Compare, FieldRule};
use std::ops::Range;

/// The rule of one field, with the place of its pointer.
#[derive(Debug)]
pub(crate) struct FieldSetting {
    pub(crate) pointer: String,
    pub(crate) span: Range<usize>,
    pub(crate) rule: FieldRule,
}

const COMPARATORS: &[(&str, Compare)] = &[
    ("exact", Compare::Exact),
    ("text", Compare::Text),
    ("number", Compare::Number),
    ("date", Compare::Date),
    ("time", Compare::Time),
    ("datetime", Compare::Datetime),
    ("set", Compare::Set),
    ("list", Compare::List),
    ("objects", Compare::Objects),
];

/// The keys of a rule that only some comparators have.
const OWN_KEYS: &[(&str, &[Compare], &str)] = &[
    ("tolerance", &[Compare::Number], "numbers"),
    ("relative", &[Compare::Number], "numbers"),
    ("unit", &[Compare::Number], "numbers"),
    ("month_first", &[Compare::Date, Compare::Datetime], "dates"),
    ("key", &[Compare::Objects], "lists of objects"),
];

/// The rules of a task's fields.
pub(super) fn fields(task: &Section<'_>) -> Vec<FieldSetting> {
    let wanted = "a table of rules by JSON pointer, such as `{ \"/total\" = { compare = \"number\" } }`";
    let Some(section) = task.section("fields", wanted, "`fields`") else { return Vec::new() };
    let mut fields = Vec::new();
    for (pointer, span, _) in section.entries() {
        let wanted = "a table such as `{ compare = \"number\", tolerance = 0.01 }`";
        let Some(section) = section.section(pointer, wanted, format!("the rule of `{pointer}`")) else { continue };
        fields.push(FieldSetting { pointer: pointer.to_string(), span, rule: rule(&section, pointer) });
    }
    fields
}

fn rule(section: &Section<'_>, pointer: &str) -> FieldRule {
    let own = OWN_KEYS.iter().map(|(key, ..)| *key);
    section.allow(&["compare", "any_of"].into_iter().chain(own).collect::<Vec<_>>());
    let compare = section.word("compare", COMPARATORS).map_or(Compare::default(), |found| found.value);
    let difference = |key| section.number(key, "a finite number of at least 0", |x| x.is_finite() && x >= 0.0);
    let flag = |key| section.boolean(key).is_some_and(|found| found.value);
    for (key, comparators, what) in OWN_KEYS.iter().filter(|(key, ..)| section.has(key)) {
        if !comparators.contains(&compare) {
            let names = COMPARATORS.iter().find(|(_, known)| *known == comparators[0]).map_or("", |(name, _)| name);
            section.document.problem(
                section.key_span(key),
                format!("`{key}` of `{pointer}` applies to {what} only"),
                format!("add `compare = \"{names}\"`, or remove `{key}`"),
            );
        }
    }
    FieldRule {
        compare,
        tolerance: difference("tolerance").map(|found| found.value),
        relative: difference("relative").map(|found| found.value),
        unit: section.string("unit").map(|found| found.value),
        month_first: flag("month_first"),
        key: section.string("key").map(|found| found.value),
        any_of: flag("any_of"),
    }
}
