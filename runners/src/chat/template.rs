use super::{
    exchanges::{arguments_as_object, exchanges_as_turns, exchanges_in_words},
    jinja::{self, Raised},
    python_json::Style,
};
use eval_core::{Arguments, Exchange, Message, Role, Tool, ToolCall};
use minijinja::{Environment, Value, context, value::Serde};
use serde_json::{Value as Json, json};
use std::error::Error as _;

const NAME: &str = "chat template";

/// Why a chat template cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TemplateError(String);

/// A model's own chat template, compiled.
pub struct ChatTemplate {
    env: Environment<'static>,
    bos: Option<String>,
    eos: Option<String>,
    allows_system: bool,
    tools: Option<ToolsGo>,
    exchanges: ExchangesGo,
}

/// Where a template looks for the functions.
#[derive(Clone, Copy)]
enum ToolsGo {
    /// The variable `tools`.
    Variable,
    /// The key `tools` of the system turn, as a JSON text (Phi 4 mini).
    SystemTurn,
}

/// How a template takes calls and what they gave back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExchangesGo {
    /// All calls of an answer in one turn.
    Together,
    /// A turn for each call.
    OneByOne,
    /// In plain words: it has no place for them.
    InWords,
}

impl ChatTemplate {
    /// Compiles a template; `bos` and `eos` are the tokens that it may name, `date` (YYYY-MM-DD) is its today.
    pub fn compile(source: &str, bos: Option<&str>, eos: Option<&str>, date: &str) -> Result<Self, TemplateError> {
        let today = date
            .parse()
            .map_err(|e| TemplateError(format!("the date for chat templates is {date:?}, not YYYY-MM-DD: {e}")))?;
        let broken = |e| TemplateError(format!("the model's chat template does not compile: {}", describe(&e)));
        let mut env = jinja::environment(today).map_err(broken)?;
        env.add_template_owned(NAME, jinja::normalise(source)).map_err(broken)?;
        let (bos, eos) = (bos.map(String::from), eos.map(String::from));
        let mut template = Self { env, bos, eos, allows_system: false, tools: None, exchanges: ExchangesGo::InWords };
        template.allows_system = template.probe_system();
        template.tools = template.probe_tools();
        template.exchanges = template.probe_exchanges();
        Ok(template)
    }

    /// The prompt up to where the model's answer begins.
    ///
    /// Fails where the template refuses the conversation (a system turn it does not allow, turns out of order), and
    /// where it would drop a function without a word.
    pub fn render(&self, messages: &[Message], tools: &[Tool]) -> Result<String, TemplateError> {
        self.render_conversation(messages, &[], tools)
    }

    /// The same for a conversation in which tools have answered.
    pub fn render_conversation(
        &self,
        messages: &[Message],
        exchanges: &[Exchange],
        tools: &[Tool],
    ) -> Result<String, TemplateError> {
        let messages = messages.iter().map(turn).chain(turns(exchanges, self.exchanges)).collect();
        let (messages, variable) = place(messages, tools, self.tools.unwrap_or(ToolsGo::Variable));
        let prompt = self.render_json(&conversation(&messages, variable))?;
        match tools.iter().find(|tool| !prompt.contains(tool.name())) {
            None => Ok(prompt),
            Some(tool) => Err(TemplateError(format!(
                "the model's chat template leaves the function {:?} out of the prompt: describe it in the system turn",
                tool.name()
            ))),
        }
    }

    /// Whether a system turn is shown to the model: neither refused nor silently dropped.
    pub fn allows_system(&self) -> bool {
        self.allows_system
    }

    /// Whether calls and what they gave back have a place of their own.
    pub fn takes_exchanges(&self) -> bool {
        self.exchanges != ExchangesGo::InWords
    }

    /// Whether function definitions are shown to the model.
    pub fn takes_tools(&self) -> bool {
        self.tools.is_some()
    }

    /// Renders the template over any variables.
    fn render_json(&self, variables: &Json) -> Result<String, TemplateError> {
        let token = |token: &Option<String>| token.as_deref().map_or(Value::UNDEFINED, Value::from);
        let own = context! { documents => (), bos_token => token(&self.bos), eos_token => token(&self.eos) };
        let context = context! { ..Value::from(Serde(variables)), ..own };
        self.env.get_template(NAME).and_then(|template| template.render(context)).map_err(|e| {
            TemplateError(match raised(&e) {
                Some(words) => format!("the model's chat template refuses the conversation: {words}"),
                None => format!("the model's chat template fails on the conversation: {}", describe(&e)),
            })
        })
    }

    fn probe_system(&self) -> bool {
        let turns = [json!({"role": "system", "content": PROBE}), json!({"role": "user", "content": "?"})];
        self.render_json(&conversation(&turns, None)).is_ok_and(|prompt| prompt.contains(PROBE))
    }

    fn probe_tools(&self) -> Option<ToolsGo> {
        let parameters = json!({"type": "object", "properties": {}});
        let function = json!({"name": PROBE, "description": PROBE, "parameters": parameters});
        let tool = Tool(json!({"type": "function", "function": function}));
        let shown = |go: &ToolsGo| {
            let turn = json!({"role": "user", "content": "?"});
            let (turns, variable) = place(vec![turn], std::slice::from_ref(&tool), *go);
            self.render_json(&conversation(&turns, variable)).is_ok_and(|prompt| prompt.contains(PROBE))
        };
        [ToolsGo::Variable, ToolsGo::SystemTurn].into_iter().find(shown)
    }
}

impl ChatTemplate {
    fn probe_exchanges(&self) -> ExchangesGo {
        let call = |name: &str| ToolCall { name: name.into(), arguments: Arguments::Object(Default::default()) };
        let exchange = Exchange {
            text: String::new(),
            tool_calls: vec![call(PROBE), call(PROBE)],
            answers: vec![format!("{PROBE}a"), format!("{PROBE}b")],
        };
        let shown = |go: &ExchangesGo| {
            let mut messages = vec![json!({"role": "user", "content": "?"})];
            messages.extend(turns(std::slice::from_ref(&exchange), *go));
            // Some templates show calls only beside the functions.
            let function = json!({"name": "f", "description": "", "parameters": {"type": "object", "properties": {}}});
            let tool = Tool(json!({"type": "function", "function": function}));
            let (messages, variable) = place(messages, &[tool], self.tools.unwrap_or(ToolsGo::Variable));
            self.render_json(&conversation(&messages, variable)).is_ok_and(|prompt| {
                // Both calls by name, and both answers, which hold the name as well.
                prompt.matches(PROBE).count() >= 4 && exchange.answers.iter().all(|answer| prompt.contains(answer))
            })
        };
        let known = [ExchangesGo::Together, ExchangesGo::OneByOne].into_iter().find(shown);
        known.unwrap_or(ExchangesGo::InWords)
    }
}

fn turn(message: &Message) -> Json {
    json!({"role": message.role, "content": message.content})
}

fn turns(exchanges: &[Exchange], go: ExchangesGo) -> Vec<Json> {
    match go {
        ExchangesGo::Together => exchanges_as_turns(exchanges, arguments_as_object),
        ExchangesGo::OneByOne => {
            let alone: Vec<Exchange> = exchanges.iter().flat_map(one_by_one).collect();
            exchanges_as_turns(&alone, arguments_as_object)
        }
        ExchangesGo::InWords => exchanges_in_words(exchanges).iter().map(turn).collect(),
    }
}

fn one_by_one(exchange: &Exchange) -> impl Iterator<Item = Exchange> {
    exchange.calls(0).enumerate().map(|(place, (_, call, answer))| Exchange {
        text: if place == 0 { exchange.text.clone() } else { String::new() },
        tool_calls: vec![call.clone()],
        answers: vec![answer.into()],
    })
}

/// Words that no template holds by chance.
const PROBE: &str = "eval_probe_7f3a";

/// The variables of a prompt that ends where the model's answer begins.
fn conversation(messages: &[Json], tools: Option<Vec<Json>>) -> Json {
    json!({"messages": messages, "tools": tools, "add_generation_prompt": true})
}

/// Puts the functions where the template looks for them: the turns, and the value of the variable `tools`.
fn place(mut messages: Vec<Json>, tools: &[Tool], go: ToolsGo) -> (Vec<Json>, Option<Vec<Json>>) {
    match go {
        _ if tools.is_empty() => (messages, None),
        ToolsGo::Variable => (messages, Some(tools.iter().map(|tool| tool.0.clone()).collect())),
        ToolsGo::SystemTurn => {
            if messages.first().is_none_or(|turn| turn["role"] != json!(Role::System)) {
                messages.insert(0, json!({"role": Role::System, "content": ""}));
            }
            let functions: Json = tools.iter().map(|tool| tool.0["function"].clone()).collect();
            messages[0]["tools"] = json!(Style::new(None).dumps(&functions));
            (messages, None)
        }
    }
}

fn raised(error: &minijinja::Error) -> Option<String> {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(Raised(words)) = cause.downcast_ref() {
            return Some(words.clone());
        }
        source = cause.source();
    }
    None
}

fn describe(error: &minijinja::Error) -> String {
    let what = error.detail().map_or_else(|| error.kind().to_string(), String::from);
    match error.line() {
        Some(line) => format!("{what} (line {line} of the template)"),
        None => what,
    }
}

#[cfg(test)]
mod tests;
