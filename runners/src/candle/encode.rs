//! A prompt as the model sees it: rendered by its chat template and turned into ids.

use super::{Guard, Tokenizer};
use crate::chat::{ChatTemplate, TemplateError, offer_in_words, opens_thinking};
use eval_core::{Message, Prompt, Role, RunnerError, RunnerErrorKind};

/// Stands for the user's words where only what comes before them is wanted.
const MARK: &str = "\u{1}eval-marks-the-user-turn\u{1}";

/// A prompt in tokens.
pub struct Encoded {
    /// All of it.
    pub ids: Vec<u32>,
    /// How many of the first ids do not depend on the user's words: what the cases of a task share. It follows from
    /// the prompt alone, so that an answer does not depend on which prompt came first.
    pub shared: usize,
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
        let messages = self.messages(prompt, None);
        let guard = self.tokenizer.guard(messages.iter().map(|m| m.content.as_str()));
        let text = self.render(messages, prompt, &guard)?;
        let ids = self.tokenizer.encode(&text, &guard).map_err(engine)?;
        let marked = self.render(self.messages(prompt, Some(MARK)), prompt, &guard)?;
        let shared = match marked.split_once(MARK) {
            Some((before, _)) => common_prefix(&self.tokenizer.encode(before, &guard).map_err(engine)?, &ids),
            None => 0,
        };
        let thinking_opened = opens_thinking(&text);
        Ok(Encoded { shared: shared.min(ids.len().saturating_sub(1)), ids, thinking_opened })
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
    /// the system turn is put before the user's words where it knows none of those. `user` replaces the user's words.
    fn messages(&self, prompt: &Prompt, user: Option<&str>) -> Vec<Message> {
        let mut messages = prompt.messages.clone();
        if let Some((own, other)) = messages.iter_mut().find(|m| m.role == Role::User).zip(user) {
            own.content = other.into();
        }
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

fn engine(message: String) -> RunnerError {
    RunnerError::new(RunnerErrorKind::Engine, message)
}

fn common_prefix(a: &[u32], b: &[u32]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
