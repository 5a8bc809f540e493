//! Extraction: the response is an object that follows a JSON Schema.

mod assignment;
mod compare;
mod date;
mod known;
mod nothing;
mod number;
mod pairing;
mod rules;
pub(crate) mod specs;
mod tally;
mod time;
mod units;
mod wanted;

pub(crate) use units::currency;

use crate::{
    MetricError,
    compile::CompiledKind,
    json::{JsonForm, read_object},
    schema,
    text::cut,
};
use eval_core::{Behaviour, Case, Expected, FieldCounts, FieldRules, Grade, Grader, Response, Score, Task, TaskKind};
use known::KnownFields;
use nothing::all_null;
use serde_json::Value;
use std::collections::BTreeMap;
use tally::Tally;
use wanted::Wanted;

struct Extraction {
    schema: schema::Schema,
    accept_recovered: bool,
    rules: FieldRules,
    fields: KnownFields,
}

pub(crate) fn compile(task: &Task) -> Result<CompiledKind, MetricError> {
    let definition = task.schema.as_ref().ok_or_else(|| {
        let help = "name a JSON Schema file: schema = \"….schema.json\"";
        MetricError::new(
            "schema",
            format!("task `{}` has kind {} and no schema", task.name, TaskKind::Extraction),
            help,
        )
    })?;
    let schema = schema::compile_with(definition, task.formats).map_err(|error| {
        let help = "mend the schema file; `$ref` may only point into the same file";
        MetricError::new("schema", format!("the schema of task `{}` does not compile: {error}", task.name), help)
    })?;
    let rules = rules::compile(&task.fields)?;
    rules::check_expected(&rules, &task.cases)?;
    let expected = task.cases.iter().filter_map(|case| match &case.expected {
        Expected::Object(object) => Some(Wanted::new(object, &rules)),
        _ => None,
    });
    let fields = KnownFields::of(expected);
    let grader = Extraction { schema, accept_recovered: task.accept_recovered, rules, fields };
    Ok((Box::new(grader), specs::specs()))
}

fn field_scores(tally: &Tally<'_>) -> [(&'static str, Score); 6] {
    let all = &tally.all;
    [
        ("fields_matched", all.matched),
        ("fields_exact", tally.exact),
        ("fields_given", all.given),
        ("fields_expected", all.expected),
        ("fields_invented", all.invented),
        ("fields_absent", all.absent),
    ]
    .map(|(name, count)| (name, Score::Graded(count as f64)))
}

impl Extraction {
    /// By name, those that this case or its answer says something of.
    fn by_field(&self, tally: &Tally<'_>) -> BTreeMap<String, FieldCounts> {
        let counted = self.fields.names.iter().zip(&tally.by_field);
        let counted = counted.filter(|(_, counts)| **counts != FieldCounts::default());
        counted.map(|(name, counts)| (name.clone(), *counts)).collect()
    }
}

impl Grader for Extraction {
    fn grade(&self, case: &Case, response: &Response) -> Grade {
        let (form, object) =
            if response.tool_calls.is_empty() { read_object(&response.text) } else { (JsonForm::None, None) };
        let nothing = Value::Null;
        let answer = object.as_ref().unwrap_or(&nothing);
        let as_given = form == JsonForm::AsGiven;
        let accepted = as_given || (matches!(form, JsonForm::Recovered(_)) && self.accept_recovered);
        let violation = object.as_ref().and_then(|object| self.schema.violation(object));
        let follows = object.is_some() && violation.is_none();
        let valid = accepted && follows;
        let behaviour = match () {
            () if !accepted => Behaviour::Broken,
            () if valid && all_null(answer) => Behaviour::Declined,
            () => Behaviour::Answered,
        };
        let share = Score::from_bool;
        let mut scores = vec![
            ("json_as_given", share(as_given)),
            ("json_recovered", share(matches!(form, JsonForm::Recovered(_)))),
            ("json_none", share(form == JsonForm::None)),
            ("schema_valid", share(valid)),
            ("schema_valid_as_given", share(as_given && follows)),
            ("schema_valid_any_form", share(follows)),
        ];
        if let JsonForm::Recovered(repairs) = form {
            scores.extend(specs::repair_scores(repairs));
        }
        let Expected::Object(expected) = &case.expected else {
            let correct = Score::Failed(format!("case `{}` expects no object", case.id));
            let (answer, fields) = (Value::Null, BTreeMap::new());
            return Grade { behaviour, correct, answer, reading: form.as_str(), scores, fields, note: None };
        };
        let wanted = Wanted::new(expected, &self.rules);
        let tally = Tally::new(&self.fields, &wanted, answer);
        let is_object = object.is_some();
        let all_right = is_object && tally.all_right();
        scores.push(("exact_object", share(as_given && follows && wanted.stands_as(answer))));
        scores.push(("fields_right_any_form", share(is_object && tally.all_right_however_written())));
        scores.extend(field_scores(&tally));
        let note = match form {
            _ if !response.tool_calls.is_empty() => Some("a tool call where an object is asked for".into()),
            JsonForm::None => Some(format!("no JSON object: `{}`", cut(&response.text))),
            JsonForm::Recovered(_) if !accepted => {
                Some("JSON in a fence, in prose or not quite JSON, which the task does not accept".into())
            }
            _ if violation.is_some() => violation.map(|violation| format!("not valid against the schema, {violation}")),
            _ if !all_right => tally.first_wrong().or_else(|| Some("a field that is not expected".into())),
            _ => None,
        };
        let correct = Score::from_bool(valid && all_right);
        let fields = self.by_field(&tally);
        Grade { behaviour, correct, answer: object.unwrap_or_default(), reading: form.as_str(), scores, fields, note }
    }
}

#[cfg(test)]
mod tests;
