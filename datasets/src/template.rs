//! Prompt templates: the system and the user turn of a case.

use crate::{
    SuiteError,
    nearest::{list, suggest},
    place::Text,
};
use eval_core::{Case, Message, Role, Task, TaskKind};
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior,
    syntax::SyntaxConfig,
    value::{Kwargs, Serde, Value},
};
use std::collections::BTreeMap;

/// The templates of a suite, compiled.
pub(crate) struct Templates {
    environment: Environment<'static>,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Templates")
    }
}

impl Default for Templates {
    fn default() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.set_syntax(syntax());
        environment.set_debug(true);
        environment.add_filter("tojson", to_json);
        Self { environment }
    }
}

impl Templates {
    /// Compiles a template under its path.
    pub(crate) fn add(&mut self, text: &Text) -> Result<(), SuiteError> {
        let (path, source) = (text.name.to_string(), text.text.to_string());
        self.environment.add_template_owned(path, source).map_err(|error| {
            let message = format!("the template does not compile: {}", error.detail().unwrap_or("syntax error"));
            text.problem(range(text, &error), message)
                .help("turns are written `{% block system %}…{% endblock %}` and `{% block user %}…{% endblock %}`")
        })
    }

    /// Refuses a variable that no task of the kind has, also where no case gets to it.
    pub(crate) fn check_variables(&self, path: &str, kind: TaskKind) -> Result<(), SuiteError> {
        let template = self.environment.get_template(path).map_err(|error| SuiteError::new(error.to_string()))?;
        let known = variables(kind);
        let global = |name: &str| self.environment.globals().any(|(global, _)| global == name);
        let mut unknown: Vec<_> = template.undeclared_variables(false).into_iter().collect();
        unknown.retain(|name| !known.contains(&name.as_str()) && !global(name) && name != "super" && name != "self");
        unknown.sort();
        let Some(name) = unknown.first() else { return Ok(()) };
        let text = Text::new(path, template.source().to_string());
        Err(text
            .problem(word(&text.text, name), format!("the template uses the undefined variable `{name}`"))
            .help(suggest(name, &format!("variables of a {kind} prompt"), known.iter().copied())))
    }

    /// Renders the turns of a case.
    pub(crate) fn render(&self, path: &str, task: &Task, case: &Case) -> Result<Vec<Message>, SuiteError> {
        let turns = self.turns(path, task, case).map_err(|error| self.explain(path, case, &error))?;
        let user = match (&turns.system, turns.user) {
            (_, Some(user)) => user,
            (None, None) => turns.whole.clone(),
            (Some(_), None) => {
                return Err(SuiteError::new(format!("{path}: there is a system block and no user block"))
                    .help("add `{% block user %}{{ input }}{% endblock %}`"));
            }
        };
        let inside = turns.system.iter().map(|turn| dense(turn)).sum::<usize>() + dense(&user);
        if dense(&turns.whole) != inside {
            return Err(SuiteError::new(format!("{path}: text stands outside of the system and the user block"))
                .help("move it into a block: no model sees it where it is"));
        }
        let message = |role, content: &str| Message { role, content: content.trim().to_string() };
        let user = message(Role::User, &user);
        if user.content.is_empty() {
            return Err(SuiteError::new(format!("{path}: the user turn of the case `{}` is empty", case.id))
                .help("put `{{ input }}`, or the parts of it that the model is to see, into the user block"));
        }
        let system = turns.system.map(|turn| message(Role::System, &turn)).filter(|turn| !turn.content.is_empty());
        Ok(system.into_iter().chain([user]).collect())
    }

    /// Whether the user turn shows anything of an input, where a template needs no more of a case.
    pub(crate) fn shows(&self, path: &str, input: &serde_json::Value) -> Result<bool, String> {
        let render = || {
            let input = BTreeMap::from([("input", Value::from(Serde(input)))]);
            let mut rendered = self.environment.get_template(path)?.render_captured(input)?;
            rendered.with_state_mut(|state| state.render_block("user"))
        };
        match render() {
            Ok(user) => Ok(!user.trim().is_empty()),
            Err(error) => {
                let error = innermost(&error);
                Err(error.detail().map_or_else(|| error.to_string(), str::to_string))
            }
        }
    }

    fn turns(&self, path: &str, task: &Task, case: &Case) -> Result<Turns, Error> {
        let mut rendered = self.environment.get_template(path)?.render_captured(context(task, case))?;
        let mut block = |name| match rendered.with_state_mut(|state| state.render_block(name)) {
            Err(error) if error.kind() == ErrorKind::UnknownBlock => Ok(None),
            other => other.map(Some),
        };
        Ok(Turns { system: block("system")?, user: block("user")?, whole: rendered.into_output() })
    }

    fn explain(&self, path: &str, case: &Case, error: &Error) -> SuiteError {
        let error = innermost(error);
        let named = error.name().unwrap_or(path);
        let text = self.environment.get_template(named).map(|template| Text::new(named, template.source().to_string()));
        let place = text.ok().map(|text| (range(&text, error), text));
        let (what, help) = match error.kind() {
            ErrorKind::UndefinedError => {
                let words = place.as_ref().and_then(|(range, text)| text.text.get(range.clone()));
                let words = words.filter(|words| !words.is_empty()).unwrap_or("a value");
                (format!("`{words}` is undefined"), described(&case.input))
            }
            _ => (
                error.detail().unwrap_or("it fails").to_string(),
                "templates are written as in Jinja2; each stands alone, without includes".into(),
            ),
        };
        let problem =
            SuiteError::new(format!("the prompt of the case `{}` does not render: {what}", case.id)).help(help);
        match place {
            Some((range, text)) => text.show(range, problem),
            None => problem,
        }
    }
}

/// Inner errors (of a block, of an include) say more than the outer ones.
fn innermost(mut error: &Error) -> &Error {
    while let Some(inner) = std::error::Error::source(error).and_then(|source| source.downcast_ref::<Error>()) {
        error = inner;
    }
    error
}

/// What a template rendered.
struct Turns {
    system: Option<String>,
    user: Option<String>,
    /// All of its text.
    whole: String,
}

fn described(input: &serde_json::Value) -> String {
    match input.as_object() {
        Some(input) => format!("`input` of this case holds {}", list(input.keys().map(String::as_str))),
        None => "`input` of this case is a string".into(),
    }
}

fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().unwrap_or_default()
}

/// What the prompt of a task can use.
fn variables(kind: TaskKind) -> &'static [&'static str] {
    match kind {
        TaskKind::Classification => &["input", "labels", "abstain"],
        TaskKind::Extraction => &["input", "schema"],
        TaskKind::Rag => &["input", "context"],
        TaskKind::Tools => &["input", "tools"],
    }
}

fn context(task: &Task, case: &Case) -> Value {
    let mut context = BTreeMap::from([("input", Value::from(Serde(&case.input)))]);
    match task.kind {
        TaskKind::Classification => {
            context.insert("labels", Value::from(Serde(&task.labels)));
            context.insert("abstain", Value::from(Serde(&task.abstain)));
        }
        TaskKind::Extraction => {
            context.insert("schema", Value::from(Serde(&task.schema)));
        }
        TaskKind::Rag => {
            context.insert("context", Value::from(Serde(&case.context)));
        }
        TaskKind::Tools => {
            context.insert("tools", Value::from(Serde(&*case.tools)));
        }
    }
    Value::from(context)
}

/// JSON as it is, unlike minijinja's own filter, which escapes it for HTML.
fn to_json(value: &Value, args: Kwargs) -> Result<String, Error> {
    let indent: Option<usize> = args.get("indent")?;
    args.assert_all_used()?;
    let written = match indent {
        None => serde_json::to_string(value),
        Some(indent) => {
            let blanks = " ".repeat(indent);
            let mut out = Vec::new();
            let format = serde_json::ser::PrettyFormatter::with_indent(blanks.as_bytes());
            serde::Serialize::serialize(value, &mut serde_json::Serializer::with_formatter(&mut out, format))
                .map(|()| String::from_utf8_lossy(&out).into_owned())
        }
    };
    written.map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
}

fn dense(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// Where in a template an error is: its expression, else its line.
fn range(text: &Text, error: &Error) -> std::ops::Range<usize> {
    error.range().unwrap_or_else(|| {
        let lines = text.text.split_inclusive('\n').take(error.line().unwrap_or(1).saturating_sub(1));
        let start = lines.map(str::len).sum::<usize>();
        start..start
    })
}

/// The first place of a name as a word of its own.
fn word(text: &str, name: &str) -> std::ops::Range<usize> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let found = text.match_indices(name).find(|(at, _)| {
        !text[..*at].ends_with(part) && !text[at + name.len()..].starts_with(part) && in_tag(&text[..*at])
    });
    found.map_or(0..0, |(at, _)| at..at + name.len())
}

/// Whether a tag is open at the end of this text.
fn in_tag(before: &str) -> bool {
    let last = |marks: [&str; 2]| marks.iter().filter_map(|mark| before.rfind(mark)).max();
    last(["{{", "{%"]) > last(["}}", "%}"])
}
