//! JSON Schema validation. The draft is read from `$schema` (2020-12 where missing); `format` is checked where that is asked
//! for, because whether it must be differs between drafts; nothing is fetched.

use jsonschema::Validator;
use serde_json::Value;

/// A schema that is ready to check values, in bounded time whatever they are.
pub(crate) struct Schema {
    validator: Validator,
    /// The levels that a value may have; `None`: any number.
    deepest: Option<usize>,
}

/// So many levels below the bound, every alternative's reasons may be gathered for a message; there are a few hundred.
const EXPLAINED: usize = 2;

impl Schema {
    /// Compiles a schema; the error is for a person.
    pub(crate) fn compile(schema: &Value) -> Result<Self, String> {
        Self::compile_with(schema, false)
    }

    /// The same, with a word on whether `format` is checked.
    pub(crate) fn compile_with(schema: &Value, formats: bool) -> Result<Self, String> {
        if let Some(why) = eval_core::unbounded(schema) {
            return Err(format!("it {why}"));
        }
        let options = jsonschema::options().offline().should_validate_formats(formats);
        let validator = options.build(schema).map_err(|error| error.to_string())?;
        Ok(Self { validator, deepest: eval_core::deepest(schema) })
    }

    /// Whether a value follows the schema. One that is nested too deeply to be checked does not.
    pub(crate) fn is_valid(&self, value: &Value) -> bool {
        self.too_deep(value).is_none() && self.validator.is_valid(value)
    }

    /// The first violation in a few words: where, and what is asked there.
    pub(crate) fn violation(&self, value: &Value) -> Option<String> {
        if let Some(why) = self.too_deep(value) {
            return Some(why);
        }
        if self.validator.is_valid(value) {
            return None;
        }
        // The reasons of each alternative of each level are as many as they multiply to.
        if self.deepest.is_some_and(|deepest| EXPLAINED * eval_core::levels(value) > deepest) {
            return Some("the object: it follows none of the schema's alternatives".into());
        }
        let error = self.validator.validate(value).err()?;
        let place = match error.instance_path().as_str() {
            "" => "the object",
            path => path,
        };
        Some(crate::text::cut(&format!("{place}: {}", error.masked())))
    }

    /// Why a value cannot be checked: alternatives that refer back to their schema multiply with each of its levels.
    pub(crate) fn too_deep(&self, value: &Value) -> Option<String> {
        let (deepest, levels) = (self.deepest?, eval_core::levels(value));
        (levels > deepest).then(|| {
            format!("the object: nested {levels} levels deep; this schema, whose alternatives refer back to it, is checked to {deepest}")
        })
    }
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
            let validator = Schema::compile(&schema).unwrap();
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
            let (loose, strict) =
                (Schema::compile_with(&schema, false).unwrap(), Schema::compile_with(&schema, true).unwrap());
            assert!(loose.is_valid(&json!(right)) && loose.is_valid(&json!(wrong)), "{format}");
            assert!(strict.is_valid(&json!(right)) && !strict.is_valid(&json!(wrong)), "{format}");
        }
    }

    #[test]
    fn nothing_is_fetched() {
        for outside in ["https://example.org/order.json", "file:///etc/order.json", "order.json"] {
            assert!(Schema::compile(&json!({"$ref": outside})).is_err(), "{outside}");
        }
    }

    /// Wrong at its deepest place, an expression of four operators is checked at once or not at all.
    #[test]
    fn what_multiplies_with_each_level_is_checked_within_bounds() {
        let operand = json!({"$ref": "#/$defs/e"});
        let operator = |name: &str| json!({"required": ["op", "l", "r"], "properties": {"op": {"const": name}, "l": operand, "r": operand}});
        let leaf = json!({"required": ["leaf"], "properties": {"leaf": {"type": "string"}}});
        let mut alternatives = ["and", "or", "xor", "nand"].map(operator).to_vec();
        alternatives.push(leaf);
        let schema = Schema::compile(&json!({"$ref": "#/$defs/e", "$defs": {"e": {"anyOf": alternatives}}})).unwrap();
        let nested = |levels: usize, leaf: Value| {
            let node = |inner: Value, _| json!({"op": "nand", "l": inner, "r": {"leaf": "y"}});
            (1..levels).fold(json!({"leaf": leaf}), node)
        };
        assert!(schema.is_valid(&nested(8, json!("x"))));
        assert!(schema.violation(&nested(2, json!(1))).is_some());
        assert!(schema.violation(&nested(8, json!(1))).unwrap().contains("none of the schema's alternatives"));
        assert!(schema.violation(&nested(100, json!(1))).unwrap().contains("nested 100 levels deep"));
        assert!(!schema.is_valid(&nested(9, json!("x"))));
    }
}
