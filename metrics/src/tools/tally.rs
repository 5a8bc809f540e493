use super::{fitting::Fitting, matching};
use eval_core::{CallOrder, ExpectedCall, ToolCall};

/// How the calls made meet those expected.
pub(super) struct Tally {
    /// Pairs with the same name and the right arguments.
    pub(super) calls_matched: usize,
    /// Pairs with the same name; with a given order, in that order.
    pub(super) names_matched: usize,
    /// Expected functions that were not called, in whatever order.
    pub(super) missing: usize,
    /// Calls of functions beyond those expected, in whatever order.
    pub(super) extra: usize,
}

impl Tally {
    pub(super) fn new(fitting: Fitting<'_>, expected: &[ExpectedCall], order: CallOrder, made: &[ToolCall]) -> Self {
        let pairs = match order {
            CallOrder::Any => matching::any_order,
            CallOrder::Given => matching::in_order,
        };
        let size = (expected.len(), made.len());
        let same_name = |e: usize, m: usize| expected[e].name == made[m].name;
        let fits = |e: usize, m: usize| fitting.fits(&expected[e].name, &expected[e].arguments, &made[m]);
        let named = matching::any_order(size, &same_name);
        Self {
            calls_matched: pairs(size, &fits),
            names_matched: pairs(size, &same_name),
            missing: expected.len() - named,
            extra: made.len() - named,
        }
    }
}
