//! What a model file or folder holds, without loading its weights.

use super::{LoadError, open};
use crate::chat::{ChatTemplate, tool_format};
use serde_json::{Map, Value, json};
use std::path::Path;

/// What a person asks of a model: names, shape, tokenizer and template. What cannot be run is said under
/// `problem` and does not hide the rest.
pub fn inspect(path: &Path) -> Result<Value, LoadError> {
    let file = open(path)?;
    let mut out = Map::new();
    out.insert("general_name".into(), json!(file.name()?));
    out.insert("architecture".into(), json!(file.architecture()?));
    let types = file.element_types().into_iter().map(|(name, count)| format!("{name} {count}"));
    out.insert("stored_as".into(), types.collect());
    if let Some(licence) = file.licence()? {
        out.insert("licence".into(), json!(licence));
    }
    match file.config() {
        Ok(config) => {
            out.insert("layers".into(), json!(config.layers));
            out.insert("hidden".into(), json!(config.hidden));
            out.insert("heads".into(), json!(format!("{} over {}", config.heads, config.kv_heads)));
            if let Some(experts) = &config.experts {
                out.insert("experts".into(), json!(format!("{} of {}", experts.used, experts.count)));
            }
            out.insert("context".into(), json!(config.context));
        }
        Err(error) => return Ok(with_problem(out, &error)),
    }
    out.insert("tokenizer".into(), json!(file.tokenizer_kind()?));
    let tokenizer = match file.tokenizer() {
        Ok(tokenizer) => tokenizer,
        Err(error) => return Ok(with_problem(out, &error)),
    };
    out.insert("tokens".into(), json!(tokenizer.size()));
    let ends = tokenizer.ends().iter().map(|id| tokenizer.decode(&[*id]).unwrap_or_default());
    out.insert("answers_end_at".into(), ends.collect());
    let Some(source) = file.chat_template()? else {
        out.insert("chat_template".into(), json!("none: the model's configuration has to name one"));
        return Ok(out.into());
    };
    match ChatTemplate::compile(&source, tokenizer.bos().as_deref(), tokenizer.eos().as_deref(), "2026-01-01") {
        Ok(template) => {
            let yes = |yes: bool| if yes { "yes" } else { "no" };
            out.insert("system_turn".into(), json!(yes(template.allows_system())));
            out.insert("takes_tools".into(), json!(yes(template.takes_tools())));
            out.insert("tool_calls".into(), json!(tool_format(&source, &file.architecture()?)));
            Ok(out.into())
        }
        Err(error) => Ok(with_problem(out, &file.fail(error.to_string()))),
    }
}

fn with_problem(mut out: Map<String, Value>, error: &LoadError) -> Value {
    out.insert("problem".into(), json!(error.to_string()));
    out.into()
}
