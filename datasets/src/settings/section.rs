use crate::{
    SuiteError,
    error::Problems,
    nearest::{list, suggest},
    place::Text,
};
use std::{cell::RefCell, ops::Range};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A TOML file that is being read, with the problems found so far.
pub(crate) struct Document {
    pub(crate) text: Text,
    pub(crate) problems: RefCell<Problems>,
}

impl Document {
    /// Notes a problem at bytes of the file.
    pub(crate) fn problem(&self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.problems.borrow_mut().push(self.text.problem(span, message).help(help));
    }
}

/// A table of the file. What is wrong with a key is noted in the document and the key then read as not given.
pub(crate) struct Section<'a> {
    pub(crate) document: &'a Document,
    table: &'a DeTable<'a>,
    /// Where the table, or its header, stands.
    pub(crate) span: Range<usize>,
    /// How messages call it.
    name: String,
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) span: Range<usize>,
}

impl<'a> Section<'a> {
    pub(crate) fn new(
        document: &'a Document,
        table: &'a DeTable<'a>,
        span: Range<usize>,
        name: impl Into<String>,
    ) -> Self {
        Self { document, table, span, name: name.into() }
    }

    /// Notes every key that is not one of these.
    pub(crate) fn allow(&self, keys: &[&str]) {
        for key in self.table.keys().filter(|key| !keys.contains(&key.get_ref().as_ref())) {
            let word = key.get_ref().as_ref();
            self.document.problem(
                key.span(),
                format!("unknown key `{word}` in {}", self.name),
                suggest(word, "known keys", keys.iter().copied()),
            );
        }
    }

    /// The keys with their places and values, by name.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'a str, Range<usize>, &'a Spanned<DeValue<'a>>)> {
        self.table.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value))
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Where a key stands, else where the table does.
    pub(crate) fn key_span(&self, key: &str) -> Range<usize> {
        self.entries().find(|(name, ..)| *name == key).map_or(self.span.clone(), |(_, span, _)| span)
    }

    /// Notes that a key is missing.
    pub(crate) fn require(&self, key: &str, help: &str) {
        if !self.has(key) {
            self.document.problem(self.span.clone(), format!("{} has no `{key}`", self.name), help);
        }
    }

    fn read<T>(
        &self,
        key: &str,
        wanted: &str,
        read: impl FnOnce(&'a DeValue<'a>, Range<usize>) -> Option<T>,
    ) -> Option<At<T>> {
        let found = self.table.get(key)?;
        match read(found.get_ref(), found.span()) {
            Some(value) => Some(At { value, span: found.span() }),
            None => {
                let message = format!("`{key}` in {} is not {wanted}", self.name);
                let help = format!("it is {}; write {wanted}", described(found.get_ref()));
                self.document.problem(found.span(), message, help);
                None
            }
        }
    }

    /// A string that holds something.
    pub(crate) fn string(&self, key: &str) -> Option<At<String>> {
        self.read(key, "a non-empty string", |value, _| {
            value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_string)
        })
    }

    /// One of these words.
    pub(crate) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Option<At<T>> {
        let found = self.string(key)?;
        match words.iter().find(|(word, _)| *word == found.value) {
            Some((_, value)) => Some(At { value: *value, span: found.span }),
            None => {
                let message = format!("`{key}` in {} is `{}`, which is none of its values", self.name, found.value);
                let help = suggest(&found.value, "values", words.iter().map(|(word, _)| *word));
                self.document.problem(found.span, message, help);
                None
            }
        }
    }

    pub(crate) fn boolean(&self, key: &str) -> Option<At<bool>> {
        self.read(key, "true or false", |value, _| value.as_bool())
    }

    /// A number for which `fits` holds, which `wanted` describes.
    pub(crate) fn number(&self, key: &str, wanted: &str, fits: impl Fn(f64) -> bool) -> Option<At<f64>> {
        self.read(key, wanted, |value, _| number(value).filter(|x| fits(*x)))
    }

    /// A whole number of at least 1.
    pub(crate) fn count(&self, key: &str) -> Option<At<u32>> {
        self.read(key, "a whole number of at least 1", |value, _| match value {
            DeValue::Integer(n) => u32::from_str_radix(n.as_str(), n.radix()).ok().filter(|n| *n > 0),
            _ => None,
        })
    }

    /// A whole number of at least 0.
    pub(crate) fn whole(&self, key: &str) -> Option<At<u64>> {
        self.read(key, "a whole number of at least 0", |value, _| match value {
            DeValue::Integer(n) => u64::from_str_radix(n.as_str(), n.radix()).ok(),
            _ => None,
        })
    }

    /// An array of strings that hold something.
    pub(crate) fn strings(&self, key: &str) -> Option<Vec<At<String>>> {
        let wanted = "an array of non-empty strings";
        self.read(key, wanted, |value, _| {
            let items = value.as_array()?.iter();
            items
                .map(|item| {
                    let text = item.get_ref().as_str().filter(|text| !text.trim().is_empty())?;
                    Some(At { value: text.to_string(), span: item.span() })
                })
                .collect()
        })
        .map(|found| found.value)
    }

    /// An array of anything.
    pub(crate) fn array(&self, key: &str, wanted: &str) -> impl Iterator<Item = &'a Spanned<DeValue<'a>>> {
        let found = self.read(key, wanted, |value, _| value.as_array());
        found.into_iter().flat_map(|array| array.value.iter())
    }

    /// A table, called `name` in messages.
    pub(crate) fn section(&self, key: &str, wanted: &str, name: impl Into<String>) -> Option<Section<'a>> {
        let found = self.read(key, wanted, |value, _| value.as_table())?;
        Some(Section::new(self.document, found.value, found.span, name))
    }
}

/// A number of a TOML file.
pub(crate) fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok().map(|n| n as f64),
        DeValue::Float(x) => x.as_str().parse().ok(),
        _ => None,
    }
}

fn described(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Boolean(value) => format!("`{value}`"),
        DeValue::Integer(n) => format!("`{}`", n.as_str()),
        DeValue::Float(x) => format!("`{}`", x.as_str()),
        DeValue::String(text) if text.len() < 40 => format!("the string {text:?}"),
        DeValue::Array(_) => "an array with other items".into(),
        DeValue::Table(table) => format!("a table with {}", list(table.keys().map(|key| key.get_ref().as_ref()))),
        other => format!("a {}", other.type_str()),
    }
}

/// The problems of a file that is not TOML.
pub(crate) fn syntax_error(text: &Text, error: &toml::de::Error) -> SuiteError {
    text.problem(error.span().unwrap_or(0..0), format!("not valid TOML: {}", error.message()))
        .help("strings stand in quotes, tables begin with `[name]` or `[[task]]`")
}
