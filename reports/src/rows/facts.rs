//! One record in few bytes.

use crate::breakdown::Fate;
use std::num::{NonZeroU32, NonZeroU64};

/// What a record says beside its scores, texts as numbers. There is one for every record, so that nothing in it takes
/// more room than its value: read it by its methods.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    /// The number of its case's id.
    pub id: u32,
    pub fate: Fate,
    pub should_decline: bool,
    pub length_cut: bool,
    pub cached: bool,
    pub unsupported: bool,
    pub held_out: bool,
    /// The number of its set of tags.
    pub tags: u32,
    pub(super) cluster: Small,
    pub(super) error_kind: Small,
    pub(super) expected_label: Small,
    pub(super) given_label: Small,
    /// Not a number where it is unknown, as those below.
    pub(super) cost_usd: f64,
    pub(super) latency_ms: f64,
    pub(super) tokens_per_second: f64,
    pub(super) confidence: f64,
    pub(super) input_tokens: Count,
    pub(super) cached_input_tokens: Count,
    pub(super) output_tokens: Count,
}

/// A number, one above what it stands for; `None`: there is none.
pub(super) type Small = Option<NonZeroU32>;
/// The same for counts.
pub(super) type Count = Option<NonZeroU64>;

pub(super) fn small(number: Option<u32>) -> Small {
    number.and_then(|number| NonZeroU32::new(number.saturating_add(1)))
}

pub(super) fn counted(number: Option<u64>) -> Count {
    number.and_then(|number| NonZeroU64::new(number.saturating_add(1)))
}

fn known(x: f64) -> Option<f64> {
    Some(x).filter(|x| !x.is_nan())
}

impl Facts {
    pub fn cluster(&self) -> Option<u32> {
        self.cluster.map(|n| n.get() - 1)
    }

    pub fn error_kind(&self) -> Option<u32> {
        self.error_kind.map(|n| n.get() - 1)
    }

    pub fn expected_label(&self) -> Option<u32> {
        self.expected_label.map(|n| n.get() - 1)
    }

    pub fn given_label(&self) -> Option<u32> {
        self.given_label.map(|n| n.get() - 1)
    }

    pub fn cost_usd(&self) -> Option<f64> {
        known(self.cost_usd)
    }

    pub fn latency_ms(&self) -> Option<f64> {
        known(self.latency_ms)
    }

    pub fn tokens_per_second(&self) -> Option<f64> {
        known(self.tokens_per_second)
    }

    pub fn confidence(&self) -> Option<f64> {
        known(self.confidence)
    }

    pub fn input_tokens(&self) -> Option<u64> {
        self.input_tokens.map(|n| n.get() - 1)
    }

    pub fn cached_input_tokens(&self) -> Option<u64> {
        self.cached_input_tokens.map(|n| n.get() - 1)
    }

    pub fn output_tokens(&self) -> Option<u64> {
        self.output_tokens.map(|n| n.get() - 1)
    }
}
