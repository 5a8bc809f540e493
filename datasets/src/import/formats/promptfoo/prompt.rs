//! A prompt as a template with a system and a user turn.

use super::{
    super::chat::Turns,
    config::{Config, Spot, expanded, file_of},
    values::environment,
};
use crate::{
    SuiteError,
    import::{
        ImportFormat, Place, Why,
        rows::{self, Meter, TableOptions},
    },
    place::Text,
    template::Templates,
};
use minijinja::value::Serde;
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, path::Path};

/// Keys of an input for what stands before and after the prompt.
pub(super) const AROUND: [&str; 2] = ["prompt_prefix", "prompt_suffix"];

/// Shows all variables.
pub(super) const PLAIN: &str = "{% block user %}
{% for name, value in input.items() %}
{{ name }}: {{ value }}
{% endfor %}
{% endblock %}
";

#[derive(Debug)]
pub(super) struct Prompt {
    system: String,
    user: String,
    names: BTreeSet<String>,
}

/// A prompt, or why it is none here, with its place.
pub(super) type Placed = (Place, Result<Prompt, Why>);

/// All prompts of the configuration.
pub(super) fn all(config: &Config) -> Result<Vec<Placed>, SuiteError> {
    let Some(spot) = config.root.key("prompts") else {
        return Ok(vec![(config.root.place(0), Prompt::of("{{prompt}}"))]);
    };
    let items = match spot.value() {
        Value::Array(_) => spot.items(),
        Value::Object(map) if is_of_labels(map) => {
            let of = |file: &String| of_source(config, file, &spot.key(file).unwrap_or(spot.clone()).place(0));
            let prompts: Result<Vec<_>, _> = map.keys().map(of).collect();
            return Ok(prompts?.into_iter().flatten().collect());
        }
        _ => vec![spot],
    };
    let mut prompts = Vec::new();
    for item in items {
        let place = item.place(0);
        match item.value() {
            messages @ Value::Array(_) => prompts.push((place, Prompt::of_messages(messages))),
            message if message["role"].is_string() => prompts.push((place, Prompt::of_messages(&json!([message])))),
            value => match source(value) {
                Some(source) => prompts.extend(of_source(config, source, &place)?),
                None => prompts.push((place, Err(Why::new("a prompt without a text, a file or messages")))),
            },
        }
    }
    Ok(prompts)
}

/// Whether these are files, each with its label.
fn is_of_labels(map: &Map<String, Value>) -> bool {
    let keys = ["role", "raw", "id", "file", "label"];
    !keys.iter().any(|key| map.contains_key(*key)) && map.values().all(|label| label.is_string() || label.is_null())
}

/// The words that are a prompt, or name its file.
fn source(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| ["raw", "id", "file"].iter().find_map(|key| value[*key].as_str()))
}

fn of_source(config: &Config, source: &str, place: &Place) -> Result<Vec<Placed>, SuiteError> {
    let read = files(config, source)?.unwrap_or_else(|| vec![Prompt::of(source)]);
    Ok(read.into_iter().map(|prompt| (place.clone(), prompt)).collect())
}

/// The prompts of the files that a text names; `None`: the text is the prompt.
fn files(config: &Config, source: &str) -> Result<Option<Vec<Result<Prompt, Why>>>, SuiteError> {
    for scheme in ["exec:", "langfuse://", "portkey://", "helicone://", "http://", "https://"] {
        if source.starts_with(scheme) {
            return Ok(Some(vec![Err(
                Why::new("a prompt that a program or a server gives").detail(format!("`{source}`"))
            )]));
        }
    }
    let alone = !source.contains(['\n', '{']) && rows::ending(Path::new(source)).is_some();
    let Some(file) = file_of(source).or(Some(source).filter(|_| alone)) else { return Ok(None) };
    let paths = expanded(&config.base, file);
    let named = file_of(source).is_some();
    if !named && !paths.iter().any(|path| path.is_file()) {
        return Ok(None);
    }
    if paths.is_empty() {
        return Ok(Some(vec![Err(Why::new("a pattern that no file fits").detail(format!("`{source}`")))]));
    }
    let mut out = Vec::new();
    for path in paths {
        match rows::ending(&path).as_deref() {
            Some("json") => out.push(Prompt::of_messages(&super::super::whole_json(&path)?)),
            Some("yaml" | "yml") => out.push(Prompt::of_messages(Spot::read(&path)?.value())),
            Some("csv") => out.extend(cells(&path)?),
            Some("txt" | "md" | "j2" | "jinja") | None => {
                let text = rows::whole(&path)?;
                out.extend(text.split("\n---\n").map(Prompt::of));
            }
            _ => out.push(Err(Why::new("a prompt that a program makes").detail(format!("`{source}`")))),
        }
    }
    Ok(Some(out))
}

fn cells(path: &Path) -> Result<Vec<Result<Prompt, Why>>, SuiteError> {
    let table = TableOptions { format: ImportFormat::Csv, at: None };
    let mut rows = rows::open(&[path.to_path_buf()], &table, &Meter::default())?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        out.push(row.columns.and_then(|row| match row.get("prompt").and_then(Value::as_str) {
            Some(text) => Prompt::of(text),
            None => Err(Why::new("a table of prompts without a column `prompt`")),
        }));
    }
    Ok(out)
}

impl Prompt {
    /// Of a text, or of chat messages as JSON.
    fn of(text: &str) -> Result<Self, Why> {
        let messages = text.trim_start().starts_with('[').then(|| serde_json::from_str(text).ok()).flatten();
        match messages {
            Some(messages @ Value::Array(_)) => Self::of_messages(&messages),
            _ => Self::new(Turns { user: text.trim().into(), ..Turns::default() }),
        }
    }

    fn of_messages(messages: &Value) -> Result<Self, Why> {
        match messages {
            Value::Array(_) | Value::String(_) => Self::new(Turns::of(messages)?),
            _ => Err(Why::new("a prompt that is neither a text nor a list of messages")),
        }
    }

    fn new(turns: Turns) -> Result<Self, Why> {
        // Nunjucks calls it otherwise.
        let text = |text: String| text.replace("| dump", "| tojson").replace("|dump", "|tojson");
        let (system, user) = (text(turns.system), text(turns.user));
        let names: BTreeSet<String> = used(&system)?.into_iter().chain(used(&user)?).collect();
        if names.contains("env") {
            return Err(Why::new("a prompt that reads the environment").detail("`env`"));
        }
        Ok(Self { system, user, names })
    }

    /// Itself, where it renders with the variables of the first test, and shows something of one of them.
    pub(super) fn tried<'a>(mut self, tests: impl Iterator<Item = &'a Map<String, Value>>) -> Result<Self, Why> {
        let (environment, globals) = (environment(), globals());
        let (mut first, mut empty, mut known) = (true, true, BTreeSet::new());
        for vars in tests {
            let render = |text: &str| environment.render_str(text, Serde(vars)).map_err(|error| unread(&error));
            if first {
                render(&self.system)?;
            }
            match render(&self.user) {
                Ok(user) => empty &= user.trim().is_empty(),
                Err(why) if first => return Err(why),
                Err(_) => {}
            }
            known.extend(vars.keys().filter(|name| globals.contains(*name)).cloned());
            first = false;
        }
        if empty && !first {
            return Err(Why::new("a prompt that is empty with the variables of the tests"));
        }
        // `range` is a function, unless a test has a variable of that name.
        self.names.retain(|name| !globals.contains(name) || known.contains(name));
        Ok(self)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.names.iter()
    }

    /// The template: variables of promptfoo are parts of the input.
    pub(super) fn template(&self, around: bool) -> String {
        let system = match self.system.is_empty() {
            true => String::new(),
            false => {
                format!("{{% block system %}}\n{}{}\n{{% endblock %}}\n\n", self.set(&self.system, &[]), self.system)
            }
        };
        let (keys, [before, after]) = match around {
            true => (&AROUND[..], AROUND.map(|key| format!("{{{{ {key} if {key} is defined }}}}"))),
            false => (&[][..], Default::default()),
        };
        let set = self.set(&self.user, keys);
        format!("{system}{{% block user %}}\n{set}{before}{}{after}\n{{% endblock %}}\n", self.user)
    }

    /// Gives the variables of a text, and these, their values: all at once, for one of them may be called `input`.
    fn set(&self, text: &str, more: &[&str]) -> String {
        let used = used(text).unwrap_or_default();
        let mut names: Vec<&str> = used.iter().filter(|name| self.names.contains(*name)).map(String::as_str).collect();
        names.extend(more);
        if names.is_empty() {
            return String::new();
        }
        let values: Vec<String> = names.iter().map(|name| format!("input.{name}")).collect();
        format!("{{% set {} = {} %}}\n", names.join(", "), values.join(", "))
    }
}

/// A template as a suite has it, which is stricter than promptfoo: what is not there is no empty text.
pub(super) struct Shown(Templates);

impl Shown {
    pub(super) fn new(template: &str) -> Result<Self, SuiteError> {
        let mut templates = Templates::default();
        templates.add(&Text::new("prompt", template.into()))?;
        Ok(Self(templates))
    }

    /// Whether a case of this input can be asked.
    pub(super) fn tried(&self, input: &Value) -> Result<(), Why> {
        match self.0.shows("prompt", input) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Why::new("the prompt is empty with the variables of the test")),
            Err(error) => Err(Why::new("the prompt does not render with the variables of the test").detail(error)),
        }
    }
}

/// The variables that a template uses.
fn used(text: &str) -> Result<BTreeSet<String>, Why> {
    let environment = environment();
    let template = environment.template_from_str(text).map_err(|error| unread(&error))?;
    Ok(template.undeclared_variables(false).into_iter().collect())
}

/// The functions that every template has.
fn globals() -> BTreeSet<String> {
    environment().globals().map(|(name, _)| name.to_string()).collect()
}

fn unread(error: &minijinja::Error) -> Why {
    Why::new("a prompt that is not read as a template").detail(error.to_string())
}
