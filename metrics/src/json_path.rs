use crate::{
    About, MetricEntry, Range, SettingKey,
    json::{read_object, same_number},
    spec::share,
};
use eval_core::{Case, Direction, Metric, Response, Score};
use serde_json::Value;
use serde_json_path::JsonPath as Path;

/// Whether the answer is JSON with a value at a path, or with one of some values there.
struct JsonPath {
    path: Path,
    /// Any value that is not null, where empty.
    any_of: Vec<Value>,
    recovered: bool,
}

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "json_path",
    summary: "whether the answer is JSON that holds a value, or a certain one, at a path",
    direction: Direction::Higher,
    about: About {
        range: Range::Share,
        counts: "one of the values that the path finds is not null, or equals one of those asked for: numbers by value, \
                 texts and lists exactly. An answer that is no JSON does not pass",
        misleads: "a path that finds several values passes where one fits",
        source: "RFC 9535 (JSONPath), by the serde_json_path library",
    },
    keys: &[
        SettingKey { name: "path", summary: "a JSONPath such as \"$.items[*].price\", needed" },
        SettingKey { name: "equals", summary: "the value; where missing, any that is not null" },
        SettingKey { name: "any_of", summary: "a list of values, in place of `equals`" },
        SettingKey { name: "recovered", summary: "true: an object in a fence or in prose is read too" },
    ],
    example: r#"metrics = [{ name = "json_path", path = "$.priority", any_of = ["high", "urgent"] }]"#,
    build: |settings| {
        let source = settings.text("path")?.ok_or_else(|| settings.error("needs `path`"))?;
        let path = Path::parse(&source)
            .map_err(|error| settings.error(format!("has a `path` that cannot be read: {}", error)))?;
        let any_of = match (settings.value("equals"), settings.value("any_of")) {
            (Some(_), Some(_)) => return Err(settings.error("needs `equals` or `any_of`, not both")),
            (Some(value), None) => vec![value.clone()],
            (None, Some(Value::Array(values))) if !values.is_empty() => values.clone(),
            (None, Some(_)) => return Err(settings.error("wants a list of values as `any_of`")),
            (None, None) => Vec::new(),
        };
        let what = match &any_of[..] {
            [] => "a value".into(),
            values => values.iter().map(Value::to_string).collect::<Vec<_>>().join(" or "),
        };
        let meaning = format!("Share of answers that are JSON with {what} at `{source}`.");
        let metric = JsonPath { path, any_of, recovered: settings.flag("recovered")? };
        Ok((Box::new(metric), share(ENTRY.name, Direction::Higher, &meaning)))
    },
};

impl Metric for JsonPath {
    fn name(&self) -> &str {
        ENTRY.name
    }

    fn score(&self, _: &Case, response: &Response) -> Score {
        let given = serde_json::from_str(response.text.trim()).ok();
        let dug_out = || read_object(&response.text).1.filter(|_| self.recovered);
        let Some(answer) = given.or_else(dug_out) else { return Score::Incorrect };
        let fits = |found: &Value| match &self.any_of[..] {
            [] => !found.is_null(),
            values => values.iter().any(|value| same(value, found)),
        };
        Score::from_bool(self.path.query(&answer).iter().any(|found| fits(found)))
    }
}

/// Whether two values are the same, `1` and `1.0` among them.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use serde_json::json;

    fn passes(settings: Value, text: &str) -> bool {
        let metric = sample::metric("json_path", settings, &sample::classification());
        metric.score(&sample::label_case("c", "billing"), &sample::says(text)) == Score::Correct
    }

    #[test]
    fn a_value_at_a_path() {
        let items = r#"{"items": [{"price": 5, "gift": null}, {"price": 7.0}], "order": "FM-1"}"#;
        assert!(passes(json!({"path": "$.order"}), items));
        assert!(!passes(json!({"path": "$.items[*].gift"}), items));
        assert!(passes(json!({"path": "$.items[*].price", "equals": 7}), items));
        assert!(passes(json!({"path": "$..price", "any_of": [1, 5.0]}), items));
        assert!(!passes(json!({"path": "$.items[0].price", "equals": "5"}), items));
        assert!(passes(json!({"path": "$.items[?@.price > 6]"}), items));
        assert!(passes(json!({"path": "$[1]", "equals": {"a": [1.0]}}), r#"[0, {"a": [1]}]"#));
    }

    #[test]
    fn what_is_no_json_does_not_pass_unless_it_may_be_dug_out() {
        let fenced = "```json\n{\"order\": \"FM-1\"}\n```";
        assert!(!passes(json!({"path": "$.order"}), fenced));
        assert!(passes(json!({"path": "$.order", "recovered": true}), fenced));
        assert!(!passes(json!({"path": "$.order", "recovered": true}), "no order here"));
    }
}
