//! Prompt beginnings that several prompts share, read once: a tree, within the memory that all caches have together.

use super::{Decoder, KvCache, memory::Budget};
use candle_core::Result;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Shorter runs of tokens are not worth the run of attention of their own that they cost.
const SHORTEST: usize = 16;

/// Of the places where a prompt parts from others, those up to which it is read by itself. They follow from the prompt
/// alone, whatever is kept, so that the arithmetic (and with it every byte of an answer) is the same either way.
pub fn cuts(mut places: Vec<usize>, length: usize) -> Vec<usize> {
    places.sort_unstable();
    let mut last = 0;
    // At least one token is left to be read with the answer.
    places.retain(|place| {
        let worth = *place < length && *place >= last + SHORTEST;
        if worth {
            last = *place;
        }
        worth
    });
    places
}

/// A beginning's cache, once somebody has read it.
type Slot = Arc<Mutex<Option<Arc<KvCache>>>>;

/// The caches of a model: beginnings that are kept, and the room that answers in the making hold.
pub struct Caches {
    budget: Budget,
    bytes_per_token: u64,
    state: Mutex<State>,
    /// Told whenever an answer gives its room back.
    freed: Condvar,
}

#[derive(Default)]
struct State {
    /// The nodes of the tree. The cache of each holds on to those before it.
    kept: Vec<Kept>,
    answers: usize,
    answers_bytes: u64,
    clock: u64,
}

struct Kept {
    /// All tokens up to its end.
    ids: Vec<u32>,
    /// Where the nodes before it end, and it.
    cuts: Vec<usize>,
    bytes: u64,
    used: u64,
    slot: Slot,
}

/// Room for one answer: for its own tokens and for the beginning that it follows, which stays as long as it is held.
pub struct Room {
    caches: Arc<Caches>,
    bytes: u64,
    path: Vec<Slot>,
}

/// What an answer needs, and what there is, where that is too little with nothing beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge {
    /// Bytes.
    pub needed: u64,
    /// Bytes.
    pub most: u64,
}

impl Caches {
    /// Nothing is kept yet.
    pub fn new(budget: Budget, bytes_per_token: u64) -> Self {
        Self { budget, bytes_per_token, state: Mutex::default(), freed: Condvar::new() }
    }

    /// Room for an answer of `own` tokens after the beginnings of `ids` that end at `cuts`. `None`: not now; with
    /// `wait`, which is for those who hold no room, it is waited for.
    pub fn reserve(
        self: &Arc<Self>,
        ids: &[u32],
        cuts: &[usize],
        own: usize,
        wait: bool,
    ) -> std::result::Result<Option<Room>, TooLarge> {
        let own = own as u64 * self.bytes_per_token;
        let mut state = self.lock();
        loop {
            let alone = state.answers == 0;
            let most = if alone { self.budget.most.unwrap_or(u64::MAX) } else { self.budget.usual };
            if let Some(path) = state.make_room(self.bytes_per_token, ids, cuts, own, most) {
                state.answers += 1;
                state.answers_bytes += own;
                return Ok(Some(Room { caches: self.clone(), bytes: own, path }));
            }
            if alone {
                let shared = cuts.last().map_or(0, |end| *end as u64 * self.bytes_per_token);
                return Err(TooLarge { needed: own + shared, most });
            }
            if !wait {
                return Ok(None);
            }
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Forgets every beginning that no answer follows.
    pub fn shed(&self) {
        self.lock().kept.retain(Kept::is_held);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The nodes of a path, new ones included, where they and `own` bytes fit below `most`; what was used least recently
    /// goes for them.
    fn make_room(&mut self, per_token: u64, ids: &[u32], cuts: &[usize], own: u64, most: u64) -> Option<Vec<Slot>> {
        let begins = [0].iter().chain(cuts);
        let mut path: Vec<(Option<Slot>, u64)> = Vec::with_capacity(cuts.len());
        for (place, (begin, end)) in begins.zip(cuts).enumerate() {
            path.push((self.find(ids, &cuts[..=place]), (end - begin) as u64 * per_token));
        }
        let missing: u64 = path.iter().filter(|(slot, _)| slot.is_none()).map(|(_, bytes)| bytes).sum();
        // The path is held by now: it stays.
        let held: u64 = self.kept.iter().filter(|kept| kept.is_held()).map(|kept| kept.bytes).sum();
        if self.answers_bytes.saturating_add(held).saturating_add(own + missing) > most {
            return None;
        }
        while self.answers_bytes + self.kept_bytes() + own + missing > most && self.forget_one() {}
        self.clock += 1;
        let nodes = path.into_iter().enumerate();
        Some(nodes.map(|(place, (slot, bytes))| self.take(slot, ids, &cuts[..=place], bytes)).collect())
    }

    /// The node at the last of `cuts`. Read in other pieces, the same tokens are another node: they may differ in a bit.
    fn find(&self, ids: &[u32], cuts: &[usize]) -> Option<Slot> {
        let ids = &ids[..*cuts.last()?];
        self.kept.iter().find(|kept| kept.cuts == cuts && kept.ids == ids).map(|kept| kept.slot.clone())
    }

    /// Counts a node as used, a new one where there is none.
    fn take(&mut self, slot: Option<Slot>, ids: &[u32], cuts: &[usize], bytes: u64) -> Slot {
        let slot = slot.unwrap_or_default();
        match self.kept.iter_mut().find(|kept| Arc::ptr_eq(&kept.slot, &slot)) {
            Some(kept) => kept.used = self.clock,
            None => {
                let ids = ids[..cuts.last().copied().unwrap_or(0)].to_vec();
                self.kept.push(Kept { ids, cuts: cuts.to_vec(), bytes, used: self.clock, slot: slot.clone() });
            }
        }
        slot
    }

    fn kept_bytes(&self) -> u64 {
        self.kept.iter().map(|kept| kept.bytes).sum()
    }

    /// Forgets what was used least recently. That is a leaf: who uses a node uses those before it, and of two that were
    /// used at once the longer one goes first.
    fn forget_one(&mut self) -> bool {
        let free = self.kept.iter().enumerate().filter(|(_, kept)| !kept.is_held());
        let oldest = free.min_by_key(|(_, kept)| (kept.used, std::cmp::Reverse(kept.ids.len())));
        let oldest = oldest.map(|(at, _)| at);
        oldest.map(|at| self.kept.swap_remove(at)).is_some()
    }
}

impl Kept {
    /// Whether an answer follows it.
    fn is_held(&self) -> bool {
        Arc::strong_count(&self.slot) > 1
    }
}

impl Room {
    /// A cache that holds the beginnings of `ids` that end at `cuts` and has room for `capacity` tokens more, and how
    /// many tokens had to be read for it.
    pub fn cache(&self, decoder: &Decoder, ids: &[u32], cuts: &[usize], capacity: usize) -> Result<(KvCache, usize)> {
        let mut before: Option<Arc<KvCache>> = None;
        let (mut begin, mut read) = (0, 0);
        let after = |before: Option<Arc<KvCache>>, capacity| match before {
            Some(before) => decoder.cache_after(before, capacity),
            None => decoder.cache(capacity),
        };
        for (slot, end) in self.path.iter().zip(cuts) {
            // Whoever comes first reads; the others wait for it here instead of reading it too.
            let mut kept = slot.lock().unwrap_or_else(PoisonError::into_inner);
            let cache = match kept.as_ref() {
                Some(cache) => cache.clone(),
                None => {
                    let own = &ids[begin..*end];
                    let mut cache = after(before, own.len())?;
                    decoder.read(own, &mut cache)?;
                    read += own.len();
                    kept.insert(Arc::new(cache)).clone()
                }
            };
            drop(kept);
            (before, begin) = (Some(cache), *end);
        }
        Ok((after(before, capacity)?, read))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let caches = self.caches.clone();
        let mut state = caches.lock();
        // Before others are told: what they find must be free.
        self.path.clear();
        state.answers -= 1;
        state.answers_bytes -= self.bytes;
        drop(state);
        caches.freed.notify_all();
    }
}

#[cfg(test)]
mod tests;
