//! A prompt as the model sees it: rendered by its chat template and turned into ids.

use super::{Guard, Tokenizer, error::engine, prefix::cuts};
use crate::chat::{ChatTemplate, TemplateError, offer_in_words, opens_thinking};
use eval_core::{Message, Prompt, Role, RunnerError, RunnerErrorKind};

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
        let guard = self.tokenizer.guard(messages.iter().map(|m| m.content.as_str()));
        let text = self.render(messages, prompt, &guard)?;
        let ids = self.tokenizer.encode(&text, &guard).map_err(engine)?;
        let mut places = Vec::new();
        for marked in partings(prompt) {
            let marked = self.render(self.adapt(marked, prompt), prompt, &guard)?;
            if let Some((before, _)) = marked.split_once(MARK) {
                // Blanks at its end would be one token or another's beginning, as the next word has it.
                let before = self.tokenizer.encode(before.trim_end(), &guard).map_err(engine)?;
                places.push(common_prefix(&before, &ids));
            }
        }
        Ok(Encoded { cuts: cuts(places, ids.len()), thinking_opened: opens_thinking(&text), ids })
    }

    fn render(&self, mut messages: Vec<Message>, prompt: &Prompt, guard: &Guard) -> Result<String, RunnerError> {
        for message in &mut messages {
            message.content = guard.protect(&message.content);
        }
        let tools = if self.template.takes_tools() { &prompt.tools[..] } else { &[] };
        let refused = |e: TemplateError| RunnerError::new(RunnerErrorKind::Template, e.to_string());
        self.template.render(&messages, tools).map_err(refused)
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

fn common_prefix(a: &[u32], b: &[u32]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
