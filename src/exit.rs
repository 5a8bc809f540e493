//! How the process ends. The codes are documented in the README and do not change.

use std::process::ExitCode;

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: it did what was asked, and the evidence (if any) is complete.
    Done,
    /// 2: a suite has warnings, and the user asked that none be there.
    Warned,
    /// 10: a gate failed.
    NotGoodEnough,
    /// 11: a gate is undecided.
    NeedMoreData,
    /// 12: errors above the limit, or nothing to compare.
    InvalidEvidence,
    /// 130: interrupted by the user; what was finished is kept.
    Interrupted,
}

/// 2: usage, or a bad suite, configuration or file.
pub const BAD_INPUT: u8 = 2;
/// 1: a defect in eval.
pub const INTERNAL: i32 = 1;

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Warned => BAD_INPUT,
            Exit::NotGoodEnough => 10,
            Exit::NeedMoreData => 11,
            Exit::InvalidEvidence => 12,
            Exit::Interrupted => 130,
        })
    }
}
