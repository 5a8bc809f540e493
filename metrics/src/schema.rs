//! JSON Schema validation. The draft is read from `$schema` (2020-12 where missing); `format` is not checked, because
//! whether it must be differs between drafts; nothing is fetched.

use jsonschema::Validator;
use serde_json::Value;

/// Compiles a schema; the error is for a person.
pub(crate) fn compile(schema: &Value) -> Result<Validator, String> {
    if let Some(why) = eval_core::unbounded(schema) {
        return Err(format!("it {why}"));
    }
    jsonschema::options().should_validate_formats(false).build(schema).map_err(|error| error.to_string())
}

/// The first violation in a few words: where, and what is asked there.
pub(crate) fn violation(validator: &Validator, value: &Value) -> Option<String> {
    let error = validator.validate(value).err()?;
    let place = match error.instance_path().as_str() {
        "" => "the object",
        path => path,
    };
    Some(crate::text::cut(&format!("{place}: {}", error.masked())))
}
