use serde::{Deserialize, Serialize};

/// What makes the evidence unusable, in the words of a recommendation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flaw {
    /// What is amiss, in a few words: `the reference large is no yardstick`.
    pub amiss: String,
    /// What to do about it.
    pub mend: String,
    /// The whole of it, in a sentence, for the reasons of the verdict; empty where they say it anyway.
    #[serde(skip)]
    pub(crate) reason: String,
}

impl Flaw {
    pub(crate) fn new(reason: String, amiss: String, mend: String) -> Self {
        Self { amiss, mend, reason }
    }
}
