//! In the place of the loops where there is no AVX-512: nothing calls them there.

use super::held::Row;

/// Never called.
pub fn score(_: &[f32], _: Row<'_>, _: usize, _: &mut [f32], _: usize) {
    unreachable!("{}", crate::NOT_HERE)
}

/// Never called.
pub fn mix(_: &[f32], _: usize, _: Row<'_>, _: usize, _: usize, _: &mut [f32]) {
    unreachable!("{}", crate::NOT_HERE)
}

/// Never called.
pub fn softmax(_: &mut [f32]) {
    unreachable!("{}", crate::NOT_HERE)
}
