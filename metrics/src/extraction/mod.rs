//! Extraction: the response is an object that follows a JSON Schema.

mod compare;
mod date;
mod leaves;
mod number;
mod rules;

use crate::{
    MetricError,
    compile::CompiledKind,
    json::{JsonForm, read_object},
    schema, spec,
    text::{cut, show},
};
use eval_core::{
    Aggregate, Behaviour, Case, Direction, Expected, Grade, Grader, MetricSpec, Response, Score, Task, TaskKind,
};
use jsonschema::Validator;
use leaves::{all_null, count_values, leaves};
use rules::Rules;
use serde_json::Value;

struct Extraction {
    schema: Validator,
    accept_recovered: bool,
    rules: Rules,
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
    let schema = schema::compile(definition).map_err(|error| {
        let help = "mend the schema file; `$ref` may only point into the same file";
        MetricError::new("schema", format!("the schema of task `{}` does not compile: {error}", task.name), help)
    })?;
    let rules = Rules::new(&task.fields)?;
    rules.check_expected(&task.cases)?;
    let grader = Extraction { schema, accept_recovered: task.accept_recovered, rules };
    Ok((Box::new(grader), specs()))
}

pub(crate) fn specs() -> Vec<MetricSpec> {
    use Direction::{Higher, Lower};
    vec![
        spec::accuracy("Share of answers in the accepted form, valid against the schema, with every field right."),
        spec::share("json_as_given", Higher, "Share of answers that are a JSON object and nothing else."),
        spec::share("json_recovered", Lower, "Share of answers that a JSON object could only be dug out of."),
        spec::share("json_none", Lower, "Share of answers without a readable JSON object."),
        spec::share(
            "schema_valid",
            Higher,
            "Share of answers in the accepted form that are valid against the schema (formats are not checked).",
        ),
        spec::share(
            "fields_right_any_form",
            Higher,
            "Share of answers with every field right, also where the form or the schema was missed.",
        ),
        spec::ratio(
            "field_precision",
            Higher,
            ["fields_matched", "fields_given"],
            "Of the values given, the share that is right.",
        ),
        spec::ratio(
            "field_recall",
            Higher,
            ["fields_matched", "fields_expected"],
            "Of the values that the texts hold, the share that was found.",
        ),
        spec::spec(
            "field_f1",
            Higher,
            Aggregate::Harmonic { a: "field_precision".into(), b: "field_recall".into() },
            "Harmonic mean of field precision and field recall.",
        ),
        spec::ratio(
            "invented",
            Lower,
            ["fields_invented", "fields_absent"],
            "Of the fields that the texts do not hold, the share that was given a value.",
        ),
    ]
}

/// Fields of an answer against those expected. Values are scalar leaves that are not null.
#[derive(Debug, Default, PartialEq)]
struct Fields {
    expected: usize,
    given: usize,
    matched: usize,
    absent: usize,
    invented: usize,
    /// The first field that is not right.
    first_wrong: Option<String>,
}

impl Fields {
    fn compare(rules: &Rules, expected: &Value, answer: &Value) -> Self {
        let mut fields = Self { given: count_values(answer), ..Self::default() };
        for (pointer, wanted) in leaves(expected) {
            let got = answer.pointer(&pointer).unwrap_or(&Value::Null);
            let right = if wanted.is_null() {
                fields.absent += 1;
                let right = all_null(got);
                fields.invented += usize::from(!right);
                right
            } else {
                fields.expected += 1;
                let right = compare::equal(rules.of(&pointer), wanted, got);
                fields.matched += usize::from(right);
                right
            };
            if !right && fields.first_wrong.is_none() {
                fields.first_wrong = Some(format!("{pointer}: expected {}, got {}", show(wanted), show(got)));
            }
        }
        fields
    }

    /// Every value expected was given and no other.
    fn all_right(&self) -> bool {
        self.matched == self.expected && self.given == self.matched
    }

    fn scores(&self) -> [(&'static str, Score); 5] {
        [
            ("fields_matched", self.matched),
            ("fields_given", self.given),
            ("fields_expected", self.expected),
            ("fields_invented", self.invented),
            ("fields_absent", self.absent),
        ]
        .map(|(name, count)| (name, Score::Graded(count as f64)))
    }
}

impl Grader for Extraction {
    fn grade(&self, case: &Case, response: &Response) -> Grade {
        let (form, object) =
            if response.tool_calls.is_empty() { read_object(&response.text) } else { (JsonForm::None, None) };
        let nothing = Value::Null;
        let answer = object.as_ref().unwrap_or(&nothing);
        let accepted = form == JsonForm::AsGiven || (form == JsonForm::Recovered && self.accept_recovered);
        let violation = object.as_ref().and_then(|object| schema::violation(&self.schema, object));
        let valid = accepted && violation.is_none();
        let behaviour = match () {
            () if !accepted => Behaviour::Broken,
            () if valid && all_null(answer) => Behaviour::Declined,
            () => Behaviour::Answered,
        };
        let share = Score::from_bool;
        let mut scores = vec![
            ("json_as_given", share(form == JsonForm::AsGiven)),
            ("json_recovered", share(form == JsonForm::Recovered)),
            ("json_none", share(form == JsonForm::None)),
            ("schema_valid", share(valid)),
        ];
        let Expected::Object(expected) = &case.expected else {
            let correct = Score::Failed(format!("case `{}` expects no object", case.id));
            return Grade { behaviour, correct, answer: Value::Null, reading: form.as_str(), scores, note: None };
        };
        let fields = Fields::compare(&self.rules, expected, answer);
        let all_right = object.is_some() && fields.all_right();
        scores.push(("fields_right_any_form", share(all_right)));
        scores.extend(fields.scores());
        let note = match form {
            _ if !response.tool_calls.is_empty() => Some("a tool call where an object is asked for".into()),
            JsonForm::None => Some(format!("no JSON object: `{}`", cut(&response.text))),
            JsonForm::Recovered if !accepted => {
                Some("JSON in a fence, in prose or not quite JSON, which the task does not accept".into())
            }
            _ if violation.is_some() => violation.map(|violation| format!("not valid against the schema, {violation}")),
            _ if !all_right => fields.first_wrong.or_else(|| Some("a field that is not expected".into())),
            _ => None,
        };
        let correct = Score::from_bool(valid && all_right);
        Grade { behaviour, correct, answer: object.unwrap_or_default(), reading: form.as_str(), scores, note }
    }
}

#[cfg(test)]
mod tests;
