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
    let items = if spot.value().is_array() { spot.items() } else { vec![spot] };
    let mut prompts = Vec::new();
    for item in items {
        let source = match item.value() {
            Value::String(text) => text.clone(),
            object => ["raw", "id", "file"].iter().find_map(|key| object[key].as_str()).unwrap_or_default().to_string(),
        };
        let place = item.place(0);
        if item.value()["role"].is_string() {
            prompts.push((place, Prompt::of_messages(&json!([item.value()]))));
        } else if let Some(read) = files(config, &source)? {
            prompts.extend(read.into_iter().map(|prompt| (place.clone(), prompt)));
        } else {
            prompts.push((place, Prompt::of(&source)));
        }
    }
    Ok(prompts)
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

    /// Itself, where it renders with the variables of a test.
    pub(super) fn tried(self, vars: Option<&Map<String, Value>>) -> Result<Self, Why> {
        let nothing = Map::new();
        for text in [&self.system, &self.user] {
            environment().render_str(text, Serde(vars.unwrap_or(&nothing))).map_err(|error| unread(&error))?;
        }
        Ok(self)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.names.iter()
    }

    /// The template: variables of promptfoo are parts of the input.
    pub(super) fn template(&self, around: bool) -> String {
        let sets = |text: &str| {
            let used = used(text).unwrap_or_default().into_iter();
            used.map(|name| format!("{{% set {name} = input.{name} %}}\n")).collect::<String>()
        };
        let system = match self.system.is_empty() {
            true => String::new(),
            false => format!("{{% block system %}}\n{}{}\n{{% endblock %}}\n\n", sets(&self.system), self.system),
        };
        let part = |key: &str| match around {
            true => format!("{{{{ input.{key} if input.{key} is defined }}}}"),
            false => String::new(),
        };
        let [before, after] = AROUND.map(part);
        format!("{system}{{% block user %}}\n{}{before}{}{after}\n{{% endblock %}}\n", sets(&self.user), self.user)
    }
}

/// The variables that a template uses.
fn used(text: &str) -> Result<BTreeSet<String>, Why> {
    let environment = environment();
    let template = environment.template_from_str(text).map_err(|error| unread(&error))?;
    let names = template.undeclared_variables(false).into_iter();
    let global = |name: &String| environment.globals().any(|(global, _)| global == name);
    Ok(names.filter(|name| !global(name)).collect())
}

fn unread(error: &minijinja::Error) -> Why {
    Why::new("a prompt that is not read as a template").detail(error.to_string())
}
