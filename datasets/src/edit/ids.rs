//! Ids for new cases, in the style of those that are there.

use std::collections::{BTreeMap, HashSet};

/// Gives ids that are free.
pub(super) struct Ids {
    taken: HashSet<String>,
    prefix: String,
    digits: usize,
    last: u64,
}

impl Ids {
    /// Ids that go on with the numbers of most of these: `t-060` after `t-001` to `t-059`. Where none ends in a number the
    /// task's name and a number are taken.
    pub(super) fn new<'a>(ids: impl Iterator<Item = &'a str>, task: &str) -> Self {
        let taken: HashSet<String> = ids.map(String::from).collect();
        /// How many ids begin so, how many digits the shortest number has, and the largest number.
        struct Numbered(usize, usize, u64);
        let mut prefixes: BTreeMap<&str, Numbered> = BTreeMap::new();
        for id in &taken {
            let prefix = id.trim_end_matches(|c: char| c.is_ascii_digit());
            let digits = &id[prefix.len()..];
            let Ok(number) = digits.parse() else { continue };
            let found = prefixes.entry(prefix).or_insert(Numbered(0, digits.len(), number));
            *found = Numbered(found.0 + 1, found.1.min(digits.len()), found.2.max(number));
        }
        let commonest = prefixes.into_iter().max_by_key(|(_, found)| found.0);
        let (prefix, digits, last) = match commonest {
            Some((prefix, Numbered(_, digits, last))) => (prefix.to_string(), digits, last),
            None => (format!("{task}-"), 1, 0),
        };
        Self { taken, prefix, digits, last }
    }

    pub(super) fn take(&mut self, id: &str) {
        self.taken.insert(id.into());
    }

    /// The next free one.
    pub(super) fn next(&mut self) -> String {
        loop {
            self.last = self.last.saturating_add(1);
            let id = format!("{}{:0digits$}", self.prefix, self.last, digits = self.digits);
            if self.taken.insert(id.clone()) {
                return id;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_in_the_style_of_the_file() {
        let next = |ids: &[&str]| {
            let mut free = Ids::new(ids.iter().copied(), "triage");
            [free.next(), free.next()]
        };
        assert_eq!(next(&["t-001", "t-009", "odd-77"]), ["t-010", "t-011"]);
        assert_eq!(next(&["t-9", "t-10"]), ["t-11", "t-12"]);
        assert_eq!(next(&["7", "8"]), ["9", "10"]);
        assert_eq!(next(&["t-099"]), ["t-100", "t-101"]);
        assert_eq!(next(&["first", "second"]), ["triage-1", "triage-2"]);
        assert_eq!(next(&["x99999999999999999999"]), ["triage-1", "triage-2"]);
    }
}
