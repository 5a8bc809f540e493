//! Allocations that fail when a test says so.

use candle_core::Result;
use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

/// Which calls of the decoder run out of memory, counted from 0.
#[derive(Default)]
pub struct Faults(Mutex<(usize, HashSet<usize>)>);

impl Faults {
    /// These calls fail, counted from now.
    pub fn at(&self, calls: impl IntoIterator<Item = usize>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (0, calls.into_iter().collect());
    }

    /// Fails where it is this call's turn, in the words of CUDA's driver.
    pub fn strike(&self) -> Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let call = state.0;
        state.0 += 1;
        if state.1.contains(&call) {
            candle_core::bail!("DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")")
        }
        Ok(())
    }
}
