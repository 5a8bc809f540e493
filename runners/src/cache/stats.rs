use super::{CacheError, Store, file::failed};
use eval_core::Usage;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a store holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stats {
    /// On disk, the answers that are not in their last place yet included.
    pub bytes: u64,
    /// All of them.
    pub entries: u64,
    /// Those that cannot be read, and are asked for anew.
    pub unreadable: u64,
    /// By protocol and model.
    pub groups: BTreeMap<(String, String), Group>,
    /// When the first was bought, RFC 3339 in UTC.
    pub oldest: Option<String>,
    /// When the last was bought.
    pub newest: Option<String>,
}

/// The entries of one model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Group {
    /// How many.
    pub entries: u64,
    /// Where they are known.
    pub input_tokens: u64,
    /// Where they are known.
    pub output_tokens: u64,
    /// Entries without one of the two.
    pub unknown_tokens: u64,
    /// When they were bought, where it is known.
    pub cost_usd: f64,
    /// Entries whose cost is unknown.
    pub unknown_cost: u64,
}

#[derive(Deserialize)]
struct Parts {
    #[serde(default)]
    protocol: String,
    #[serde(default)]
    model: String,
}

#[derive(Deserialize)]
struct Answer {
    usage: Usage,
}

impl Store {
    /// Reads every entry once.
    pub fn stats(&self) -> Result<Stats, CacheError> {
        let collect = |connection: &rusqlite::Connection| {
            let mut stats = Stats { bytes: self.bytes(), ..Stats::default() };
            let mut entries = connection.prepare("SELECT created, parts, response, cost_usd FROM answers")?;
            let mut rows = entries.query([])?;
            while let Some(row) = rows.next()? {
                stats.entries += 1;
                let created: String = row.get(0)?;
                stats.oldest = Some(stats.oldest.take().map_or(created.clone(), |oldest| oldest.min(created.clone())));
                stats.newest = stats.newest.take().max(Some(created));
                let parts = row.get_ref(1)?.as_str().ok().and_then(|text| serde_json::from_str(text).ok());
                let answer = row.get_ref(2)?.as_str().ok().and_then(|text| serde_json::from_str(text).ok());
                match parts.zip(answer) {
                    Some((Parts { protocol, model }, Answer { usage })) => {
                        stats.groups.entry((protocol, model)).or_default().add(&usage, row.get(3)?);
                    }
                    None => stats.unreadable += 1,
                }
            }
            Ok(stats)
        };
        self.with_reader(Stats::default(), collect).map_err(failed("read", self.path()))
    }

    fn bytes(&self) -> u64 {
        let log = self.path().with_extension("sqlite-wal");
        [self.path(), &log].into_iter().filter_map(|path| path.metadata().ok()).map(|file| file.len()).sum()
    }
}

impl Group {
    fn add(&mut self, usage: &Usage, cost_usd: Option<f64>) {
        self.entries += 1;
        self.input_tokens += usage.input_tokens.unwrap_or(0);
        self.output_tokens += usage.output_tokens.unwrap_or(0);
        self.unknown_tokens += u64::from(usage.input_tokens.is_none() || usage.output_tokens.is_none());
        self.cost_usd += cost_usd.unwrap_or(0.0);
        self.unknown_cost += u64::from(cost_usd.is_none());
    }
}
