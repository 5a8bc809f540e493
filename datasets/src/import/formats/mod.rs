//! The formats of other tools, by name: one file each.

use super::{ImportFormat, ImportOptions, Source};
use crate::SuiteError;

/// The source of a named format; `None`: the format is a table.
pub(crate) fn open(format: ImportFormat, options: &ImportOptions) -> Option<Result<Box<dyn Source>, SuiteError>> {
    let _ = (format, options);
    None
}
