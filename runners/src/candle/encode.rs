//! A prompt as the model sees it: rendered by its chat template and turned into ids.

use super::{Guard, Tokenizer, error::engine, prefix::cuts};
use crate::chat::{ChatTemplate, TemplateError, offer_in_words, opens_thinking};
use eval_core::{Arguments, Exchange, Message, Prompt, Role, RunnerError, RunnerErrorKind, ToolCall};
use serde_json::Value;

/// Stands for a user's words where only what comes before them is wanted.
const MARK: &str = "\u{1}eval-marks-the-user-turn\u{1}";

/// A prompt in tokens.
pub struct Encoded {
    /// All of it.
    pub ids: Vec<u32>,
    /// Where the beginnings end that other prompts may share, in ids.
    pub cuts: Vec<usize>,
    /// Whether the template has opened the model's thinking.
    pub thinking_opened: bool,
}

/// Renders prompts and turns them into ids.
pub struct Encoder {
    /// Of the model.
    pub tokenizer: Tokenizer,
    /// Of the model.
    pub template: ChatTemplate,
}

impl Encoder {
    /// Where tools are described: by the model's template, or in the system turn where the template knows none.
    pub fn tools_in(&self) -> &'static str {
        if self.template.takes_tools() { "template" } else { "system turn" }
    }

    /// Where the system turn goes.
    pub fn system_in(&self) -> &'static str {
        if self.template.allows_system() { "template" } else { "user turn" }
    }

    /// Renders and encodes.
    pub fn encode(&self, prompt: &Prompt) -> Result<Encoded, RunnerError> {
        let messages = self.adapt(prompt.messages.clone(), prompt);
        let from_tools = prompt.exchanges.iter().flat_map(texts);
        let said: Vec<&str> = messages.iter().map(|m| m.content.as_str()).chain(from_tools).collect();
        let guard = self.tokenizer.guard(said.iter().copied());
        let exchanges: Vec<Exchange> = prompt.exchanges.iter().map(|exchange| protected(exchange, &guard)).collect();
        let text = self.render(messages, &exchanges, prompt, &guard)?;
        let ids = self.tokenizer.encode(&text, &guard).map_err(engine)?;
        let mut places = Vec::new();
        for marked in partings(prompt) {
            let marked = self.render(self.adapt(marked, prompt), &[], prompt, &guard)?;
            if let Some((before, _)) = marked.split_once(MARK) {
                // Blanks at its end would be one token or another's beginning, as the next word has it.
                let before = self.tokenizer.encode(before.trim_end(), &guard).map_err(engine)?;
                places.push(common_prefix(&before, &ids));
            }
        }
        Ok(Encoded { cuts: cuts(places, ids.len()), thinking_opened: opens_thinking(&text), ids })
    }

    fn render(
        &self,
        mut messages: Vec<Message>,
        exchanges: &[Exchange],
        prompt: &Prompt,
        guard: &Guard,
    ) -> Result<String, RunnerError> {
        for message in &mut messages {
            message.content = guard.protect(&message.content);
        }
        let tools = if self.template.takes_tools() { &prompt.tools[..] } else { &[] };
        let refused = |e: TemplateError| RunnerError::new(RunnerErrorKind::Template, e.to_string());
        self.template.render_conversation(&messages, exchanges, tools).map_err(refused)
    }

    /// The turns as this model's template takes them: tools go to the system turn where the template knows none, and
    /// the system turn is put before the user's words where it knows none of those.
    fn adapt(&self, mut messages: Vec<Message>, prompt: &Prompt) -> Vec<Message> {
        if !self.template.takes_tools() {
            offer_in_words(&mut messages, &prompt.tools);
        }
        if !self.template.allows_system() && messages.first().is_some_and(|m| m.role == Role::System) {
            let system = messages.remove(0);
            if let Some(user) = messages.iter_mut().find(|m| m.role == Role::User) {
                user.content = format!("{}\n\n{}", system.content, user.content);
            }
        }
        messages
    }
}

/// The conversation as those would have it that begin as it does and then part from it, with a mark where they do: at
/// the first words of a user, after the turns that are examples, and where the prompt says so.
fn partings(prompt: &Prompt) -> Vec<Vec<Message>> {
    let mut users = prompt.messages.iter().enumerate().filter(|(_, m)| m.role == Role::User).map(|(at, _)| at);
    let Some(first) = users.next() else { return Vec::new() };
    let last = users.next_back().unwrap_or(first);
    let words = &prompt.messages[last].content;
    let shared = prompt.shared.iter().filter_map(|end| words.get(..*end)).map(|words| (last, words));
    let mut places: Vec<(usize, &str)> = [(first, ""), (last, "")].into_iter().chain(shared).collect();
    places.dedup();
    let marked = |(turn, words): (usize, &str)| {
        let mut messages = prompt.messages.clone();
        messages[turn].content = format!("{words}{MARK}");
        messages
    };
    places.into_iter().map(marked).collect()
}

/// What models and tools have said in an exchange, arguments aside.
fn texts(exchange: &Exchange) -> impl Iterator<Item = &str> {
    exchange.answers.iter().map(String::as_str).chain([exchange.text.as_str()])
}

/// An exchange in which no word of a model or a tool reads as a special token.
fn protected(exchange: &Exchange, guard: &Guard) -> Exchange {
    let call = |call: &ToolCall| ToolCall {
        name: guard.protect(&call.name),
        arguments: match &call.arguments {
            Arguments::Object(object) => {
                let members = object.iter().map(|(key, value)| (guard.protect(key), protected_value(value, guard)));
                Arguments::Object(members.collect())
            }
            Arguments::Raw(raw) => Arguments::Raw(guard.protect(raw)),
        },
    };
    Exchange {
        text: guard.protect(&exchange.text),
        tool_calls: exchange.tool_calls.iter().map(call).collect(),
        answers: exchange.answers.iter().map(|answer| guard.protect(answer)).collect(),
    }
}

fn protected_value(value: &Value, guard: &Guard) -> Value {
    match value {
        Value::String(text) => guard.protect(text).into(),
        Value::Array(items) => items.iter().map(|item| protected_value(item, guard)).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, value)| (guard.protect(key), protected_value(value, guard))).collect()
        }
        other => other.clone(),
    }
}

fn common_prefix(a: &[u32], b: &[u32]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
