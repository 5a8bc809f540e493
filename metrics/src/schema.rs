//! JSON Schema validation. The draft is read from `$schema` (2020-12 where missing); `format` is checked where that is asked
//! for, because whether it must be differs between drafts; nothing is fetched.

use eval_core::checks_within;
use jsonschema::Validator;
use serde_json::Value;

/// So many times at most are parts of a schema applied to parts of an answer to tell what is wrong: each time something
/// is kept, and alternatives within alternatives multiply.
const MOST_EXPLAINED: f64 = 1e4;

/// A schema, compiled.
pub(crate) struct Schema {
    validator: Validator,
    /// Where it refers back to a part of itself: the depth of an answer decides how much there is to say of it.
    recursive: Option<Value>,
}

/// Compiles a schema; the error is for a person.
pub(crate) fn compile(schema: &Value) -> Result<Schema, String> {
    compile_with(schema, false)
}

/// The same, with a word on whether `format` is checked.
pub(crate) fn compile_with(schema: &Value, formats: bool) -> Result<Schema, String> {
    let expansion = eval_core::expansion(schema);
    if let Err(problem) = expansion.as_ref()
        && !problem.unfollowed
    {
        return Err(format!("it {}", problem.why));
    }
    // A format that the draft does not know would be passed over, where formats are asked for.
    let options =
        jsonschema::options().offline().should_validate_formats(formats).should_ignore_unknown_formats(!formats);
    let validator = options.build(schema).map_err(|error| error.to_string())?;
    let refers_back = expansion.map_err(|problem| format!("it {}", problem.why))?;
    Ok(Schema { validator, recursive: refers_back.then(|| schema.clone()) })
}

impl Schema {
    pub(crate) fn is_valid(&self, value: &Value) -> bool {
        self.validator.is_valid(value)
    }

    /// The first violation in a few words: where, and what is asked there.
    pub(crate) fn violation(&self, value: &Value) -> Option<String> {
        // A verdict takes little time; what is wrong may take more than there is.
        if self.is_valid(value) {
            return None;
        }
        if self.recursive.as_ref().is_some_and(|schema| !checks_within(schema, value, MOST_EXPLAINED)) {
            return Some("with too many alternatives at this depth to say where".into());
        }
        let error = self.validator.validate(value).err()?;
        let place = match error.instance_path().as_str() {
            "" => "the object",
            path => path,
        };
        Some(crate::text::cut(&format!("{place}: {}", error.masked())))
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
            ("idn-email", "ä@example.org", "x"),
            ("idn-hostname", "grün.example", "-.-"),
            ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
        ] {
            let schema = json!({"type": "string", "format": format});
            let (loose, strict) = (compile_with(&schema, false).unwrap(), compile_with(&schema, true).unwrap());
            assert!(loose.is_valid(&json!(right)) && loose.is_valid(&json!(wrong)), "{format}");
            assert!(strict.is_valid(&json!(right)) && !strict.is_valid(&json!(wrong)), "{format}");
        }
    }

    #[test]
    fn a_format_that_is_not_known_is_named_where_formats_are_asked_for() {
        let misspelt = json!({"type": "string", "format": "data-time"});
        assert!(compile_with(&misspelt, false).is_ok());
        assert!(compile_with(&misspelt, true).err().is_some_and(|why| why.contains("data-time")));
        // It is of a later draft.
        let early = json!({"$schema": "http://json-schema.org/draft-07/schema#", "format": "uuid"});
        assert!(compile_with(&early, true).err().is_some_and(|why| why.contains("uuid")));
    }

    #[test]
    fn nothing_is_fetched() {
        for outside in ["https://example.org/order.json", "file:///etc/order.json", "order.json"] {
            assert!(compile(&json!({"$ref": outside})).is_err(), "{outside}");
        }
    }

    /// Both would take hours and gigabytes.
    #[test]
    fn a_deep_answer_of_a_schema_that_multiplies_is_decided_at_once() {
        let below = json!({"properties": {"n": {"$ref": "#/$defs/t"}}});
        let doubles = json!({"$defs": {"t": {"allOf": [below, below]}}, "properties": {"n": {"$ref": "#/$defs/t"}}});
        let deep = (0..60).fold(json!(6), |value, _| json!({"n": value}));
        assert_eq!(compile(&doubles).unwrap().violation(&deep), None);
        let by_name = json!({"$dynamicAnchor": "node", "type": "object", "properties": {
            "n": {"anyOf": [{"type": "string"}, {"$dynamicRef": "#node"}, {"$dynamicRef": "#node"}]}}});
        assert!(compile(&by_name).unwrap().violation(&deep).unwrap().contains("to say where"));

        let operator = |name: &str| {
            let part = json!({"$ref": "#/$defs/e"});
            json!({"type": "object", "required": ["op", "l", "r"],
                "properties": {"op": {"const": name}, "l": part, "r": part}})
        };
        let leaf = json!({"type": "object", "required": ["leaf"], "properties": {"leaf": {"type": "string"}}});
        let all = [operator("and"), operator("or"), operator("xor"), operator("nand"), leaf];
        let schema = json!({"$defs": {"e": {"anyOf": all}}, "properties": {"e": {"$ref": "#/$defs/e"}}});
        let schema = compile(&schema).unwrap();
        let tree = |first: Value, levels: usize| {
            let join = |left, _| json!({"op": "nand", "l": left, "r": {"leaf": "y"}});
            json!({"e": (0..levels).fold(first, join)})
        };
        assert_eq!(schema.violation(&tree(json!({"leaf": "x"}), 40)), None);
        assert!(schema.violation(&tree(json!({"leaf": 1}), 40)).unwrap().contains("to say where"));
        assert!(schema.violation(&tree(json!({"leaf": 1}), 1)).unwrap().starts_with("/e: "));
    }
}
