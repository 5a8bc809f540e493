//! An environment that renders chat templates as `transformers` does in Python: a sandboxed Jinja with trimmed
//! blocks, loop controls, and the functions that templates of models expect.

use super::python_json::Style;

use jiff::civil::Date;
use minijinja::{
    Environment, Error, ErrorKind, UndefinedBehavior, Value,
    syntax::SyntaxConfig,
    value::{Kwargs, Rest, ValueKind},
};
use std::fmt;

/// An environment whose `strftime_now` tells the given day at midnight.
pub(super) fn environment(today: Date) -> Result<Environment<'static>, Error> {
    let mut env = Environment::new();
    env.set_debug(false);
    env.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    env.set_undefined_behavior(UndefinedBehavior::Lenient);
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    env.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    env.add_filter("tojson", tojson);
    env.add_filter("length", length);
    env.add_filter("count", length);
    env.add_test("sequence", is_sequence);
    env.add_test("iterable", is_iterable);
    env.add_function("raise_exception", raise_exception);
    env.add_function("strftime_now", move |format: &str| strftime(today, format));
    Ok(env)
}

/// The words of a template that called `raise_exception`.
#[derive(Debug)]
pub(super) struct Raised(pub(super) String);

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Raised {}

fn raise_exception(words: String) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, words.clone()).with_source(Raised(words)))
}

fn strftime(today: Date, format: &str) -> Result<String, Error> {
    jiff::fmt::strtime::format(format, today.at(0, 0, 0, 0))
        .map_err(|e| Error::new(ErrorKind::InvalidOperation, format!("strftime_now cannot write {format:?}: {e}")))
}

/// `tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False)`.
fn tojson(value: &Value, positional: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, "an undefined value has no JSON"));
    }
    let argument = |index: usize, name: &str| -> Result<Option<Value>, Error> {
        let given = positional.get(index).cloned().map_or_else(|| named.get(name), |value| Ok(Some(value)))?;
        Ok(given.filter(|value: &Value| !value.is_none()))
    };
    let is_true = |given: Option<Value>| given.is_some_and(|value| value.is_true());
    let ensure_ascii = is_true(argument(0, "ensure_ascii")?);
    let indent = argument(1, "indent")?.map(|indent| match indent.as_str() {
        Some(text) => Ok(text.to_string()),
        None => usize::try_from(indent).map(|blanks| " ".repeat(blanks)),
    });
    let mut style = Style { ensure_ascii, ..Style::new(indent.transpose()?) };
    if let Some(separators) = argument(2, "separators")? {
        style.comma = separators.get_item_by_index(0)?.to_string();
        style.colon = separators.get_item_by_index(1)?.to_string();
    }
    style.sort_keys = is_true(argument(3, "sort_keys")?);
    named.assert_all_used()?;
    let json = serde_json::to_value(value).map_err(|e| Error::new(ErrorKind::BadSerialization, e.to_string()))?;
    Ok(style.dumps(&json))
}

/// Python's: an undefined value has length 0.
fn length(value: &Value) -> Result<usize, Error> {
    if value.is_undefined() { Ok(0) } else { minijinja::filters::length(value) }
}

/// Python's: strings and mappings have a length and items, too.
fn is_sequence(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Undefined | ValueKind::Seq | ValueKind::String | ValueKind::Map)
}

/// Python's: an undefined value can be iterated, `None` cannot.
fn is_iterable(value: &Value) -> bool {
    !value.is_none() && value.try_iter().is_ok()
}

/// The template without what only Python reads: line ends as Jinja's lexer sees them, and the marks
/// `{% generation %}` … `{% endgeneration %}` (which parts a training run learns) as a scope of their own.
pub(super) fn normalise(source: &str) -> String {
    let source = source.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(source.len());
    let mut rest = source.as_str();
    while let Some(start) = rest.find("{%") {
        let (before, tag) = rest.split_at(start);
        out.push_str(before);
        let end = tag.find("%}").map_or(tag.len(), |end| end + 2);
        let (tag, after) = tag.split_at(end);
        match tag.trim_start_matches("{%").trim_end_matches("%}").trim_matches(['-', '+']).trim() {
            "generation" => out.push_str(&tag.replacen("generation", "with", 1)),
            "endgeneration" => out.push_str(&tag.replacen("endgeneration", "endwith", 1)),
            _ => out.push_str(tag),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}
