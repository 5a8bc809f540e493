//! What stands between a conversation and a model's text: its chat template, its thinking, its tool calls.

mod exchanges;
mod jinja;
mod python_json;
mod template;
mod thinking;
mod tool_calls;

pub use exchanges::{arguments_as_object, arguments_as_text, exchanges_as_turns, exchanges_in_words};
pub use template::{ChatTemplate, TemplateError};
pub use thinking::{opens_thinking, split_thinking};
pub use tool_calls::{ToolFormat, offer_in_words, tool_format, tools_as_text};
