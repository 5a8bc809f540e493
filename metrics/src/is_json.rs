use crate::{
    About, MetricEntry, Range, SettingKey,
    json::read_object,
    schema::{self, Schema},
    spec::share,
};
use eval_core::{Case, Direction, Metric, Response, Score};

/// Whether the answer is JSON, and follows a schema.
struct IsJson {
    schema: Option<Schema>,
    recovered: bool,
}

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "json",
    summary: "whether the answer is JSON, and follows a schema where there is one",
    direction: Direction::Higher,
    about: About {
        range: Range::Share,
        counts: "the whole answer, outer blanks aside, reads as JSON; with `schema` it is valid against it",
        misleads: "what is valid need not be right",
        source: "JSON Schema, by the jsonschema library; nothing is fetched",
    },
    keys: &[
        SettingKey { name: "schema", summary: "a JSON Schema, as a table; where missing, any JSON passes" },
        SettingKey { name: "recovered", summary: "true: an object in a fence or in prose is read too" },
    ],
    example: r#"metrics = [{ name = "json", schema = { type = "object", required = ["priority"] } }]"#,
    build: |settings| {
        let schema = match settings.value("schema") {
            Some(schema) if schema.is_object() => Some(
                schema::compile(schema)
                    .map_err(|why| settings.error(format!("has a `schema` that does not compile: {why}")))?,
            ),
            Some(_) => return Err(settings.error("wants a table as `schema`")),
            None => None,
        };
        let meaning = match schema {
            Some(_) => "Share of answers that are JSON and follow the schema.",
            None => "Share of answers that are JSON.",
        };
        let metric = IsJson { schema, recovered: settings.flag("recovered")? };
        Ok((Box::new(metric), share(ENTRY.name, Direction::Higher, meaning)))
    },
};

impl Metric for IsJson {
    fn name(&self) -> &str {
        ENTRY.name
    }

    fn score(&self, _: &Case, response: &Response) -> Score {
        let given = serde_json::from_str(response.text.trim()).ok();
        let Some(value) = given.or_else(|| read_object(&response.text).1.filter(|_| self.recovered)) else {
            return Score::Incorrect;
        };
        Score::from_bool(self.schema.as_ref().is_none_or(|schema| schema.is_valid(&value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use serde_json::{Value, json};

    fn score(settings: Value, text: &str) -> Score {
        let metric = sample::metric("json", settings, &sample::classification());
        metric.score(&sample::label_case("c", "billing"), &sample::says(text))
    }

    #[test]
    fn the_whole_answer_is_json_and_follows_the_schema() {
        let schema = json!({"schema": {"type": "object", "required": ["a"]}});
        for (settings, text, right) in [
            (json!({}), " [1, 2] ", true),
            (json!({}), "Here: {\"a\": 1}", false),
            (json!({"recovered": true}), "Here: {\"a\": 1}", true),
            (schema.clone(), "{\"a\": 1}", true),
            (schema, "{\"b\": 1}", false),
        ] {
            assert_eq!(score(settings, text), Score::from_bool(right), "{text}");
        }
    }
}
