use super::{CacheError, Key, Store, file::failed};
use eval_core::PromptId;
use rusqlite::params;
use serde_json::{Map, Value};
use std::cmp::Reverse;

const ENTRIES: &str = "SELECT created, task = ?1 AND case_id = ?2, parts FROM answers \
                       WHERE key <> ?3 AND (?4 IS NULL OR created < ?4)";

/// The entry that is most like a key, and what keeps them apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Nearest {
    /// When it was bought, RFC 3339 in UTC.
    pub created: String,
    /// Whether it was bought for the same task and case.
    pub same_case: bool,
    /// Never empty.
    pub differences: Vec<Difference>,
    /// How many entries it is the nearest of.
    pub among: u64,
}

/// A part of two keys that is not the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Its name, such as `asking.temperature` or `message 1 (system)`.
    pub part: String,
    /// In the key that was asked for; `None`: it has no such part.
    pub here: Option<Value>,
    /// In the entry.
    pub there: Option<Value>,
}

impl Difference {
    /// Whether the part is a text, of which only a digest is known.
    pub fn is_text(&self) -> bool {
        self.part.starts_with("message ") || self.part == "schema" || self.part == "tools"
    }
}

impl Store {
    /// Of all other entries, or of those bought before `before` (RFC 3339 as in [`Nearest::created`]), the one with the
    /// fewest parts that differ from the key's; among equals first one of the same case, then the newest.
    pub fn nearest(&self, key: &Key, id: &PromptId, before: Option<&str>) -> Result<Option<Nearest>, CacheError> {
        let here = key.parts();
        let search = |connection: &rusqlite::Connection| {
            let mut entries = connection.prepare(ENTRIES)?;
            let mut rows = entries.query(params![id.task, id.case, key.digest, before])?;
            let mut best: Option<Nearest> = None;
            let mut among = 0;
            while let Some(row) = rows.next()? {
                let Ok(there) = serde_json::from_str(row.get_ref(2)?.as_str()?) else { continue };
                among += 1;
                let differences = differences(&here, &there);
                let found = Nearest { created: row.get(0)?, same_case: row.get(1)?, differences, among };
                if best.as_ref().is_none_or(|best| order(&found) < order(best)) {
                    best = Some(found);
                }
            }
            Ok(best.map(|best| Nearest { among, ..best }))
        };
        self.with_reader(None, search).map_err(failed("read", self.path()))
    }
}

fn order(entry: &Nearest) -> (usize, bool, Reverse<&str>) {
    (entry.differences.len(), !entry.same_case, Reverse(&entry.created))
}

/// The parts that differ, in the order of the key; those that only the entry has come last.
fn differences(here: &Map<String, Value>, there: &Map<String, Value>) -> Vec<Difference> {
    let changed = here.iter().filter(|(part, value)| there.get(*part) != Some(value));
    let gone = there.iter().filter(|(part, _)| !here.contains_key(*part));
    changed
        .map(|(part, value)| (part, Some(value), there.get(part)))
        .chain(gone.map(|(part, value)| (part, None, Some(value))))
        .map(|(part, here, there)| Difference { part: part.clone(), here: here.cloned(), there: there.cloned() })
        .collect()
}
