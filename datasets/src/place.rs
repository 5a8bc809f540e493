//! Places in files: what an error shows.

use crate::SuiteError;
use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::{ops::Range, sync::Arc};

/// How much of a long line is shown before and after the start of what is pointed at, in bytes.
const BEFORE: usize = 40;
const AFTER: usize = 80;

/// A whole text file of a suite.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) name: Arc<str>,
    pub(crate) text: Arc<str>,
}

impl Text {
    pub(crate) fn new(name: &str, text: String) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// A problem at bytes of this file.
    pub(crate) fn problem(&self, span: Range<usize>, message: impl Into<String>) -> SuiteError {
        self.show(span, SuiteError::new(message))
    }

    /// A problem that has no place yet, at bytes of this file.
    pub(crate) fn show(&self, span: Range<usize>, problem: SuiteError) -> SuiteError {
        let start = span.start.min(self.text.len());
        let end = span.end.clamp(start, self.text.len());
        let excerpt = Excerpt { name: self.name.clone(), text: self.text.clone(), line: 0, column: 0 };
        problem.at(excerpt, (start, end - start).into())
    }
}

/// One line of a case file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) file: &'a str,
    /// From 1.
    pub(crate) number: usize,
    pub(crate) text: &'a str,
}

impl Line<'_> {
    /// A problem at bytes of this line; of a long line only what stands around them is shown.
    pub(crate) fn problem(&self, span: Range<usize>, message: impl Into<String>) -> SuiteError {
        let text = self.text;
        let at = text.floor_char_boundary(span.start.min(text.len()));
        let start = if at <= BEFORE { 0 } else { text.floor_char_boundary(at - BEFORE) };
        let end = if text.len() <= at + AFTER { text.len() } else { text.floor_char_boundary(at + AFTER) };
        let before = if start > 0 { "… " } else { "" };
        let after = if end < text.len() { " …" } else { "" };
        let excerpt = Excerpt {
            name: self.file.into(),
            text: format!("{before}{}{after}", &text[start..end]).into(),
            line: self.number - 1,
            column: start.saturating_sub(before.len()),
        };
        let shown = span.end.clamp(at, end) - at;
        SuiteError::new(message).at(excerpt, (before.len() + at - start, shown).into())
    }
}

/// A part of a file that knows where in the file it stands.
#[derive(Debug)]
pub(crate) struct Excerpt {
    name: Arc<str>,
    text: Arc<str>,
    /// The file's line that the excerpt begins in, from 0.
    line: usize,
    /// The column that it begins at, from 0.
    column: usize,
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.read_span(span, before, after)?;
        let column = if inner.line() == 0 { self.column + inner.column() } else { inner.column() };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.to_string(),
            inner.data(),
            *inner.span(),
            self.line + inner.line(),
            column,
            inner.line_count(),
        )))
    }
}
