//! The rubric: a template of the suite's, rendered for each case.

use eval_core::Case;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, value::Serde, value::Value};
use std::collections::BTreeMap;

/// The template's name; there is one.
const NAME: &str = "rubric";
const VARIABLES: &[&str] = &["input", "expected", "context"];

/// A rubric, compiled.
pub(super) struct Wording {
    environment: Environment<'static>,
    source: String,
}

impl Wording {
    /// Compiles a template; the error says what is wrong with it.
    pub fn new(source: &str) -> Result<Self, String> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment
            .add_template_owned(NAME, source.to_string())
            .map_err(|error| format!("does not compile: {}", error.detail().unwrap_or("syntax error")))?;
        let template = environment.get_template(NAME).map_err(|error| error.to_string())?;
        let globals: Vec<&str> = environment.globals().map(|(name, _)| name).collect();
        let mut unknown: Vec<String> = template.undeclared_variables(false).into_iter().collect();
        unknown.retain(|name| !VARIABLES.contains(&name.as_str()) && !globals.contains(&name.as_str()));
        unknown.sort();
        match unknown.first().map(String::as_str) {
            Some("answer" | "output" | "response") => {
                Err("uses the answer: it is shown to the judge below the rubric by itself, as data".into())
            }
            Some(name) => Err(format!("uses `{name}`; there are {}", VARIABLES.join(", "))),
            None => Ok(Self { source: source.into(), environment }),
        }
    }

    /// As it is written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The rubric of a case.
    pub fn of(&self, case: &Case) -> Result<String, String> {
        let expected = case.expected_json();
        let context = BTreeMap::from([
            ("input", Value::from(Serde(&case.input))),
            ("expected", Value::from(Serde(&expected))),
            ("context", Value::from(Serde(&case.context))),
        ]);
        let rendered = self.environment.get_template(NAME).and_then(|template| template.render(context));
        match rendered {
            Ok(text) if text.trim().is_empty() => Err("is empty".into()),
            Ok(text) => Ok(text.trim().to_string()),
            Err(error) => Err(format!("does not render: {}", error.detail().unwrap_or("a value is undefined"))),
        }
    }

    /// The first of the cases for which it does not render.
    pub fn problem<'a>(&self, cases: impl IntoIterator<Item = &'a Case>) -> Option<String> {
        let problem = |case: &Case| self.of(case).err().map(|why| format!("{why} (case `{}`)", case.id));
        cases.into_iter().find_map(problem)
    }
}
