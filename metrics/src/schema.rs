//! JSON Schema validation. The draft is read from `$schema` (2020-12 where missing); `format` is checked where that is asked
//! for, because whether it must be differs between drafts; nothing is fetched.

use jsonschema::Validator;
use serde_json::Value;

/// Compiles a schema; the error is for a person.
pub(crate) fn compile(schema: &Value) -> Result<Validator, String> {
    compile_with(schema, false)
}

/// The same, with a word on whether `format` is checked.
pub(crate) fn compile_with(schema: &Value, formats: bool) -> Result<Validator, String> {
    if let Some(why) = eval_core::unbounded(schema) {
        return Err(format!("it {why}"));
    }
    jsonschema::options().offline().should_validate_formats(formats).build(schema).map_err(|error| error.to_string())
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// For each draft a keyword that means something else, or nothing, in another.
    #[test]
    fn each_draft_is_read_by_its_own_rules() {
        let draft_4 = "http://json-schema.org/draft-04/schema#";
        let draft_6 = "http://json-schema.org/draft-06/schema#";
        let draft_7 = "http://json-schema.org/draft-07/schema#";
        let draft_2019 = "https://json-schema.org/draft/2019-09/schema";
        let draft_2020 = "https://json-schema.org/draft/2020-12/schema";
        let if_then = json!({"if": {"minimum": 5}, "then": {"multipleOf": 2}});
        let dependent = json!({"dependentRequired": {"a": ["b"]}});
        let tuple = json!({"prefixItems": [{"type": "string"}], "items": false});
        for (draft, schema, right, wrong) in [
            (draft_4, json!({"minimum": 5, "exclusiveMinimum": true}), json!(6), json!(5)),
            (draft_6, json!({"exclusiveMinimum": 5}), json!(6), json!(5)),
            (draft_6, json!({"items": {"const": 1}}), json!([1]), json!([2])),
            (draft_7, if_then, json!(6), json!(7)),
            (draft_2019, dependent.clone(), json!({"a": 1, "b": 2}), json!({"a": 1})),
            (draft_2020, dependent, json!({"b": 2}), json!({"a": 1})),
            (draft_2020, tuple.clone(), json!(["x"]), json!(["x", 1])),
            ("", tuple, json!(["x"]), json!([1])),
        ] {
            let mut schema = schema;
            if !draft.is_empty() {
                schema["$schema"] = draft.into();
            }
            let validator = compile(&schema).unwrap();
            assert_eq!((validator.is_valid(&right), validator.is_valid(&wrong)), (true, false), "{schema}");
        }
    }

    #[test]
    fn formats_are_checked_on_request() {
        for (format, right, wrong) in [
            ("date", "2026-02-28", "2026-02-30"),
            ("date-time", "2026-03-14T10:30:00Z", "2026-03-14 10:30"),
            ("email", "a@example.org", "a at example.org"),
            ("uri", "https://example.org/a", "example"),
            ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
        ] {
            let schema = json!({"type": "string", "format": format});
            let (loose, strict) = (compile_with(&schema, false).unwrap(), compile_with(&schema, true).unwrap());
            assert!(loose.is_valid(&json!(right)) && loose.is_valid(&json!(wrong)), "{format}");
            assert!(strict.is_valid(&json!(right)) && !strict.is_valid(&json!(wrong)), "{format}");
        }
    }

    #[test]
    fn nothing_is_fetched() {
        for outside in ["https://example.org/order.json", "file:///etc/order.json", "order.json"] {
            assert!(compile(&json!({"$ref": outside})).is_err(), "{outside}");
        }
    }
}
