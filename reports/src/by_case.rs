/// Some values of each case, one after another: they are read in random order, and must lie close together.
#[derive(Debug, Clone)]
pub(crate) struct ByCase<T> {
    values: Vec<T>,
    /// Where the values of each case end.
    ends: Vec<u32>,
}

impl<T> Default for ByCase<T> {
    fn default() -> Self {
        Self { values: Vec::new(), ends: Vec::new() }
    }
}

impl<T> ByCase<T> {
    /// Adds the next case.
    pub fn push(&mut self, values: impl Iterator<Item = T>) {
        self.values.extend(values);
        self.ends.push(self.values.len() as u32);
    }

    /// The values of a case; none of a case that was not added.
    pub fn of(&self, case: usize) -> &[T] {
        let end = |case: usize| self.ends.get(case).map_or(self.values.len(), |end| *end as usize);
        let start = if case == 0 { 0 } else { end(case - 1) };
        &self.values[start..end(case)]
    }
}
