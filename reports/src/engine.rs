//! What renders pages: every value is escaped, and hidden characters are made visible.

use crate::{ReportError, visible::visible};
use minijinja::{Environment, UndefinedBehavior, Value, escape_formatter, syntax::SyntaxConfig, value::ValueKind};

/// An engine with these templates, by name.
pub(crate) fn engine(templates: &[(&'static str, &'static str)]) -> Result<Environment<'static>, ReportError> {
    let mut engine = Environment::new();
    engine.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if value.kind() == ValueKind::String && !value.is_safe() => {
            escape_formatter(out, state, &Value::from(visible(text)))
        }
        _ => escape_formatter(out, state, value),
    });
    for (name, source) in templates {
        engine.add_template(name, source)?;
    }
    Ok(engine)
}
