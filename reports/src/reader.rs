use polars::prelude::*;

/// Reads cells of a collected frame by column name and row.
pub(crate) struct Reader<'a>(pub &'a DataFrame);

impl Reader<'_> {
    pub fn rows(&self) -> std::ops::Range<usize> {
        0..self.0.height()
    }

    pub fn number(&self, name: &str, row: usize) -> PolarsResult<Option<f64>> {
        Ok(self.0.column(name)?.get(row)?.extract::<f64>())
    }

    pub fn whole(&self, name: &str, row: usize) -> PolarsResult<Option<u64>> {
        Ok(self.0.column(name)?.get(row)?.extract::<u64>())
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.column(name).is_ok()
    }

    /// A whole column; what is null is no number.
    pub fn numbers(&self, name: &str) -> PolarsResult<Vec<f64>> {
        Ok(self.0.column(name)?.f64()?.iter().map(|x| x.unwrap_or(f64::NAN)).collect())
    }

    /// A whole column of counts.
    pub fn counts(&self, name: &str) -> PolarsResult<Vec<u32>> {
        Ok(self.0.column(name)?.u32()?.iter().map(|n| n.unwrap_or(0)).collect())
    }

    /// A count: a column without nulls.
    pub fn count(&self, name: &str, row: usize) -> PolarsResult<u64> {
        Ok(self.whole(name, row)?.unwrap_or(0))
    }

    /// A list.
    pub fn list(&self, name: &str, row: usize) -> PolarsResult<Series> {
        Ok(self.0.column(name)?.list()?.get_as_series(row).unwrap_or_default())
    }

    pub fn flag(&self, name: &str, row: usize) -> PolarsResult<bool> {
        Ok(self.0.column(name)?.bool()?.get(row).unwrap_or(false))
    }
}
