//! A JSON Schema that fits all expected objects, and how their fields are compared.

use super::cell::{integer, is_day, is_moment, number};
use crate::json::segment;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// Objects with more keys than this hold names as keys, not fields.
const FIELDS: usize = 100;

/// A field whose values are at most so many different words is one of these.
const WORDS: usize = 12;

/// So many items of a list are compared with each other.
const LOOKED: usize = 50;

/// What the values of one place look like.
#[derive(Debug, Default)]
pub(super) struct Shape {
    nulls: u64,
    booleans: u64,
    integers: u64,
    numbers: u64,
    texts: u64,
    /// Among the texts.
    days: u64,
    moments: u64,
    integer_texts: u64,
    number_texts: u64,
    /// The different texts, while they are few.
    words: HashSet<String>,
    items: Option<Box<Shape>>,
    /// A list held an item twice: it is a sequence and no set.
    repeats: bool,
    fields: Option<Fields>,
}

#[derive(Debug, Default)]
struct Fields {
    shapes: Vec<(String, Shape)>,
    /// Too many keys to be fields.
    open: bool,
}

impl Shape {
    pub(super) fn add(&mut self, value: &Value) {
        match value {
            Value::Null => self.nulls += 1,
            Value::Bool(_) => self.booleans += 1,
            Value::Number(number) if number.is_f64() => self.numbers += 1,
            Value::Number(_) => self.integers += 1,
            Value::String(text) => self.add_text(text),
            Value::Array(items) => {
                self.repeats |= items.iter().take(LOOKED).enumerate().any(|(at, item)| items[..at].contains(item));
                let shape = self.items.get_or_insert_default();
                items.iter().for_each(|item| shape.add(item));
            }
            Value::Object(map) => self.fields.get_or_insert_default().add(map),
        }
    }

    fn add_text(&mut self, text: &str) {
        self.texts += 1;
        self.days += u64::from(is_day(text));
        self.moments += u64::from(is_moment(text));
        self.integer_texts += u64::from(integer(text).is_some());
        self.number_texts += u64::from(number(text).is_some());
        if self.words.len() <= WORDS && !self.words.contains(text) {
            self.words.insert(text.chars().take(60).collect());
        }
    }

    /// Whether all texts are numbers, of the cells of a table.
    fn is_numeric(&self) -> bool {
        self.texts > 0 && self.number_texts == self.texts
    }

    fn is_day(&self) -> bool {
        self.texts > 0 && self.days == self.texts
    }

    fn is_moment(&self) -> bool {
        self.texts > 0 && self.moments == self.texts
    }

    /// The words that a field is one of: few, short, each seen ten times on average.
    fn choices(&self) -> Option<Vec<&String>> {
        let few = self.words.len() <= WORDS && self.texts >= 10 * self.words.len() as u64;
        let short = self.words.iter().all(|word| word.chars().count() <= 40 && !word.trim().is_empty());
        if !(few && short && self.texts > 0) || self.is_day() || self.is_moment() || self.is_numeric() {
            return None;
        }
        let mut words: Vec<&String> = self.words.iter().collect();
        words.sort();
        Some(words)
    }

    /// The schema of the whole: an object.
    pub(super) fn schema(&self, text: bool) -> Value {
        let mut schema = json!({"$schema": "https://json-schema.org/draft/2020-12/schema"});
        if let (Some(schema), Value::Object(rest)) = (schema.as_object_mut(), self.below(text, false)) {
            schema.extend(rest);
        }
        schema
    }

    fn below(&self, text: bool, nullable: bool) -> Value {
        let cells = text && self.is_numeric();
        let integers = self.integer_texts == self.texts;
        let kinds = [
            ("boolean", self.booleans > 0),
            ("integer", self.integers > 0 && self.numbers == 0 || cells && integers),
            ("number", self.numbers > 0 || cells && !integers),
            ("string", self.texts > 0 && !cells),
            ("array", self.items.is_some()),
            ("object", self.fields.is_some()),
        ];
        let mut kinds: Vec<&str> = kinds.into_iter().filter(|(_, seen)| *seen).map(|(kind, _)| kind).collect();
        let single = kinds.len() == 1;
        if nullable || self.nulls > 0 {
            kinds.push("null");
        }
        let mut schema = match kinds.as_slice() {
            // Nothing but null was seen: anything may come.
            [] | ["null"] => return json!({}),
            [kind] => json!({"type": kind}),
            several => json!({"type": several}),
        };
        if single && let Some(words) = self.choices() {
            let null = kinds.contains(&"null").then_some(Value::Null);
            return json!({"enum": words.into_iter().map(|word| json!(word)).chain(null).collect::<Vec<_>>()});
        }
        if single && self.is_day() {
            schema["format"] = json!("date");
        }
        if let Some(items) = &self.items {
            schema["items"] = items.below(text, false);
        }
        if let Some(fields) = self.fields.as_ref().filter(|fields| !fields.open) {
            schema["additionalProperties"] = json!(false);
            schema["required"] = fields.shapes.iter().map(|(name, _)| json!(name)).collect();
            let property = |(name, shape): &(String, Shape)| (name.clone(), shape.below(text, true));
            schema["properties"] = Value::Object(fields.shapes.iter().map(property).collect());
        }
        schema
    }

    /// How fields are compared, by JSON pointer, in TOML.
    pub(super) fn rules(&self, text: bool) -> Vec<(String, String)> {
        let mut rules = Vec::new();
        self.rules_below(text, String::new(), &mut rules);
        rules
    }

    fn rules_below(&self, text: bool, pointer: String, rules: &mut Vec<(String, String)>) {
        let rule = |compare: &str| (pointer.clone(), format!("{{ compare = \"{compare}\" }}"));
        let others = self.booleans + self.integers + self.numbers;
        if let Some(items) = &self.items {
            let compare = match (items.fields.is_some(), self.repeats) {
                (true, _) => "objects",
                (false, true) => "list",
                (false, false) => "set",
            };
            if self.texts + others == 0 && items.items.is_none() && self.fields.is_none() {
                rules.push(rule(compare));
            }
            items.rules_below(text, format!("{pointer}/*"), rules);
        }
        if let Some(fields) = self.fields.as_ref().filter(|fields| !fields.open) {
            for (name, shape) in &fields.shapes {
                shape.rules_below(text, format!("{pointer}/{}", segment(name)), rules);
            }
        }
        if self.items.is_some() || self.fields.is_some() || self.texts == 0 || self.choices().is_some() {
            return;
        }
        match others {
            0 if self.is_day() => rules.push(rule("date")),
            0 if self.is_moment() => rules.push(rule("datetime")),
            0 if !(text && self.is_numeric()) => rules.push(rule("text")),
            _ => {}
        }
    }

    /// A value with `null` for every field that it lacks, and numbers where the cells of the field are ones.
    pub(super) fn complete(&self, value: Value, text: bool) -> Value {
        match value {
            Value::String(cell) if text && self.is_numeric() => {
                integer(&cell).map(Value::from).or_else(|| number(&cell)).unwrap_or(Value::String(cell))
            }
            Value::Array(items) => match &self.items {
                Some(shape) => items.into_iter().map(|item| shape.complete(item, text)).collect(),
                None => Value::Array(items),
            },
            Value::Object(mut map) => match self.fields.as_ref().filter(|fields| !fields.open) {
                Some(fields) => {
                    let field = |(name, shape): &(String, Shape)| {
                        (name.clone(), map.remove(name).map_or(Value::Null, |value| shape.complete(value, text)))
                    };
                    Value::Object(fields.shapes.iter().map(field).collect())
                }
                None => Value::Object(map),
            },
            other => other,
        }
    }
}

impl Fields {
    fn add(&mut self, map: &Map<String, Value>) {
        for (key, value) in map {
            let full = self.open || self.shapes.len() == FIELDS;
            match self.shapes.iter_mut().find(|(name, _)| name == key) {
                Some((_, shape)) => shape.add(value),
                None if full => {
                    self.open = true;
                    self.shapes.clear();
                    return;
                }
                None => {
                    let mut shape = Shape::default();
                    shape.add(value);
                    self.shapes.push((key.clone(), shape));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(values: &[Value]) -> Shape {
        let mut shape = Shape::default();
        values.iter().for_each(|value| shape.add(value));
        shape
    }

    #[test]
    fn every_field_is_required_and_may_be_null() {
        let values = [
            json!({"item": "rolls", "pieces": 4, "lines": [{"price": 1.5}]}),
            json!({"on": "2026-05-03", "lines": [{"price": 2, "name": "x"}]}),
        ];
        let shape = shape(&values);
        let schema = shape.schema(false);
        assert_eq!(schema["required"], json!(["item", "pieces", "lines", "on"]));
        assert_eq!(schema["properties"]["pieces"]["type"], json!(["integer", "null"]));
        assert_eq!(schema["properties"]["on"]["format"], "date");
        let line = &schema["properties"]["lines"]["items"];
        assert_eq!(line["properties"]["price"]["type"], json!(["number", "null"]));
        let validator = crate::schema::compile(&schema).unwrap();
        for value in values {
            let complete = shape.complete(value, false);
            assert!(validator.is_valid(&complete), "{complete}");
        }
        let rules: Vec<String> = shape.rules(false).into_iter().map(|(at, rule)| format!("{at} {rule}")).collect();
        assert_eq!(
            rules.join("; "),
            "/item { compare = \"text\" }; /lines { compare = \"objects\" }; /lines/*/name { compare = \"text\" }; /on { compare = \"date\" }"
        );
    }

    #[test]
    fn cells_that_are_all_numbers_become_numbers() {
        let values =
            [json!({"total": "12.50", "code": "007", "n": "3"}), json!({"total": "-4", "code": "12", "n": null})];
        let shape = shape(&values);
        let complete = shape.complete(values[0].clone(), true);
        assert_eq!(complete, json!({"total": 12.5, "code": "007", "n": 3}));
        let validator = crate::schema::compile(&shape.schema(true)).unwrap();
        assert!(values.iter().all(|value| validator.is_valid(&shape.complete(value.clone(), true))));
    }

    #[test]
    fn few_words_are_choices_and_many_keys_are_none() {
        let words: Vec<Value> = (0..40).map(|n| json!({"size": if n % 2 == 0 { "small" } else { "large" }})).collect();
        assert_eq!(shape(&words).schema(false)["properties"]["size"], json!({"enum": ["large", "small", null]}));
        let keys: Map<String, Value> = (0..300).map(|n| (format!("k{n}"), json!(n))).collect();
        let open = shape(&[json!({"of": keys})]);
        assert_eq!(open.schema(false)["properties"]["of"], json!({"type": ["object", "null"]}));
    }
}
