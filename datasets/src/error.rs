use crate::place::Excerpt;
use miette::{Diagnostic, LabeledSpan, SourceCode, SourceSpan};
use std::fmt::Display;

/// The most problems of one file that are reported in full.
const REPORTED: usize = 20;

/// The most characters of a message or a help.
const LONGEST: usize = 800;

/// Why a suite cannot be used: one problem with its place and its mend, or several that were found together.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SuiteError {
    message: String,
    help: Option<String>,
    place: Option<Box<Place>>,
    related: Vec<SuiteError>,
}

/// Where a problem is: an excerpt of a file, and what in it to point at.
#[derive(Debug)]
struct Place {
    excerpt: Excerpt,
    span: SourceSpan,
}

impl SuiteError {
    /// A problem without a place in a text.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: shortened(message.into()), help: None, place: None, related: Vec::new() }
    }

    /// With what to do about it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(shortened(help.into()));
        self
    }

    /// With the place it is at.
    pub(crate) fn at(mut self, excerpt: Excerpt, span: SourceSpan) -> Self {
        self.place = Some(Box::new(Place { excerpt, span }));
        self
    }
}

impl Diagnostic for SuiteError {
    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place.as_ref().map(|place| &place.excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.place.as_ref()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_primary_with_span(None, place.span))))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        (!self.related.is_empty()).then(|| Box::new(self.related.iter().map(|e| e as &dyn Diagnostic)) as Box<_>)
    }
}

/// Messages quote what files hold, and that may be megabytes.
fn shortened(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text,
    }
}

/// Gathers the problems of one file: the first [`REPORTED`] in full, the others counted.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    reported: Vec<SuiteError>,
    more: usize,
}

impl Problems {
    pub(crate) fn push(&mut self, problem: SuiteError) {
        if self.reported.len() < REPORTED {
            self.reported.push(problem);
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.reported.is_empty()
    }

    /// The problems, with a last line that counts those not shown.
    pub(crate) fn into_errors(mut self, file: &str) -> Vec<SuiteError> {
        if self.more > 0 {
            self.reported.push(SuiteError::new(format!("{file}: and {} more", self.more)));
        }
        self.reported
    }
}

/// One error out of all problems of loading something; `None` where there are none.
pub(crate) fn combine(what: &str, mut problems: Vec<SuiteError>) -> Option<SuiteError> {
    match problems.len() {
        0 => None,
        1 => problems.pop(),
        _ => Some(SuiteError {
            related: problems,
            ..SuiteError::new(format!("failed to load {what}: several problems"))
        }),
    }
}
