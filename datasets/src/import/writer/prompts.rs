//! Prompts to begin with: they run as they are.

use crate::import::TaskSpec;
use eval_core::TaskKind;
use serde_json::Value;

/// What the inputs of a task look like.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    texts: u64,
    objects: u64,
    /// The keys of the objects: how many have one, and whether it is always text.
    parts: Vec<(String, u64, bool)>,
}

/// More parts than this are shown as JSON.
const PARTS: usize = 30;

impl Inputs {
    pub(super) fn add(&mut self, input: &Value) {
        let Value::Object(map) = input else {
            self.texts += 1;
            return;
        };
        self.objects += 1;
        let room = self.parts.len() <= PARTS;
        for (key, value) in map {
            match self.parts.iter_mut().find(|(name, ..)| name == key) {
                Some((_, count, text)) => {
                    *count += 1;
                    *text &= value.is_string();
                }
                None if room => self.parts.push((key.clone(), 1, value.is_string())),
                None => {}
            }
        }
    }

    /// How a template shows an input.
    fn template(&self) -> String {
        if self.objects == 0 {
            return "{{ input }}".into();
        }
        if self.texts > 0 {
            return "{{ input if input is string else input | tojson(indent=2) }}".into();
        }
        if self.parts.len() > PARTS {
            return "{{ input | tojson(indent=2) }}".into();
        }
        let one = |(name, count, text): &(String, u64, bool)| {
            let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && name.starts_with(|c: char| c.is_ascii_alphabetic());
            let value =
                if is_word { format!("input.{name}") } else { format!("input[{}]", Value::from(name.as_str())) };
            let shown = if *text { format!("{{{{ {value} }}}}") } else { format!("{{{{ {value} | tojson }}}}") };
            let line = format!("{}: {shown}", title(name));
            match *count == self.objects {
                true => line,
                false => format!("{{% if {value} is defined %}}\n{line}\n{{% endif %}}"),
            }
        };
        self.parts.iter().map(one).collect::<Vec<_>>().join("\n")
    }
}

/// `order_number` as `Order number`.
fn title(name: &str) -> String {
    let words = name.replace(['_', '{', '}', '%', '#'], " ");
    let mut letters = words.trim().chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A system and a user turn by the kind of the task.
pub(super) fn prompt(spec: &TaskSpec, inputs: &Inputs) -> String {
    let system = match spec.kind {
        TaskKind::Classification => classification(spec),
        TaskKind::Extraction => EXTRACTION.into(),
        TaskKind::Rag => RAG.into(),
        TaskKind::Tools => TOOLS.into(),
    };
    let before = if spec.kind == TaskKind::Rag { PASSAGES } else { "" };
    let what =
        "{# A prompt to begin with, written by `eval import`: say in the system block what your task is about. #}";
    format!(
        "{what}\n{{% block system %}}\n{system}\n{{% endblock %}}\n\n{{% block user %}}\n{before}{}\n{{% endblock %}}\n",
        inputs.template()
    )
}

fn classification(spec: &TaskSpec) -> String {
    let mut text = "\
You sort texts. Answer with one of these labels, as it is written here, and nothing else:
{% for label in labels %}
- {{ label }}
{% endfor %}"
        .to_string();
    if spec.abstain.is_some() {
        text.push_str("\nAnswer {{ abstain }} if the text does not tell.");
    }
    text
}

const EXTRACTION: &str = "\
You read texts. Answer with one JSON object that follows this JSON Schema, and nothing else:
{{ schema | tojson }}
A value that the text does not hold is null. Infer nothing.";

const RAG: &str = "\
You answer questions from passages. Answer with one JSON object and nothing else:
{\"answer\": \"…\", \"citations\": [\"…\"]}
The answer is as short as can be and in the words of the passages. \"citations\" lists the ids of the passages that it is from.
Write {\"answer\": null, \"citations\": []} if the passages do not hold the answer. Do not guess.";

const PASSAGES: &str = "\
Passages:
{% for passage in context %}
[{{ passage.id }}] {{ passage.text }}
{% endfor %}

Question:
";

const TOOLS: &str = "\
Make the tool calls that the request needs, and no others. Call nothing if no tool fits or a required argument is missing:
then answer in one short sentence. Never invent an argument.";
