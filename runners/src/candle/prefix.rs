//! Prompt beginnings that many cases share, read once.

use super::{Decoder, KvCache};
use candle_core::Result;
use std::sync::{Arc, Mutex, PoisonError};

/// How many beginnings are kept: one per task is usual.
const KEPT: usize = 8;
/// Shorter beginnings are not worth the second run of attention that they cost.
const SHORTEST: usize = 16;

type Slot = Arc<Mutex<Option<Arc<KvCache>>>>;

/// Caches of shared beginnings, the latest last.
#[derive(Default)]
pub struct PrefixStore(Mutex<Vec<(Vec<u32>, Slot)>>);

impl PrefixStore {
    /// How many of a prompt's first `shared` tokens are read by themselves. It follows from the prompt alone, kept
    /// or not, so that the arithmetic (and with it every byte of an answer) is the same either way.
    pub fn cut(shared: usize) -> usize {
        if shared < SHORTEST { 0 } else { shared }
    }

    /// A cache that holds `prefix` and has room for `capacity` tokens more.
    pub fn cache(&self, decoder: &Decoder, prefix: &[u32], capacity: usize) -> Result<KvCache> {
        if prefix.is_empty() {
            return decoder.cache(capacity);
        }
        let slot = self.slot(prefix);
        // Whoever comes first reads; the others wait for it here instead of reading it too.
        let mut kept = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = match kept.as_ref() {
            Some(shared) => shared.clone(),
            None => {
                let mut cache = decoder.cache(prefix.len())?;
                decoder.read(prefix, &mut cache)?;
                kept.insert(Arc::new(cache)).clone()
            }
        };
        drop(kept);
        decoder.cache_after(shared, capacity)
    }

    fn slot(&self, prefix: &[u32]) -> Slot {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = match kept.iter().position(|(ids, _)| ids == prefix) {
            Some(at) => kept.remove(at).1,
            None => Slot::default(),
        };
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((prefix.to_vec(), slot.clone()));
        slot
    }
}
