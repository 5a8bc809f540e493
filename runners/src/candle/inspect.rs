//! What a GGUF file holds, without loading its weights.

use super::{Config, GgufFile, LoadError, Tokenizer, Vocabulary};
use crate::chat::{ChatTemplate, tool_format};
use serde_json::{Map, Value, json};
use std::path::Path;

/// What a person asks of a model file: names, shape, tokenizer and template. What cannot be run is said under
/// `problem` and does not hide the rest.
pub fn inspect(path: &Path) -> Result<Value, LoadError> {
    let file = GgufFile::open(path)?;
    let mut out = Map::new();
    out.insert("general_name".into(), json!(file.optional_string("general.name")?));
    out.insert("architecture".into(), json!(file.string("general.architecture")?));
    let types = file.element_types().into_iter().map(|(name, count)| format!("{name} {count}"));
    out.insert("stored_as".into(), types.collect());
    match Config::read(&file) {
        Ok(config) => {
            out.insert("layers".into(), json!(config.layers));
            out.insert("hidden".into(), json!(config.hidden));
            out.insert("heads".into(), json!(format!("{} over {}", config.heads, config.kv_heads)));
            out.insert("context".into(), json!(config.context));
        }
        Err(error) => return Ok(with_problem(out, &error)),
    }
    let vocabulary = Vocabulary::read(&file)?;
    out.insert("tokenizer".into(), json!(format!("{} {}", vocabulary.model, vocabulary.pre).trim_end()));
    out.insert("tokens".into(), json!(vocabulary.tokens.len()));
    let tokenizer = match Tokenizer::of_file(&file) {
        Ok(tokenizer) => tokenizer,
        Err(error) => return Ok(with_problem(out, &error)),
    };
    let ends = tokenizer.ends().iter().map(|id| tokenizer.decode(&[*id]).unwrap_or_default());
    out.insert("answers_end_at".into(), ends.collect());
    let Some(source) = file.optional_string("tokenizer.chat_template")? else {
        out.insert("chat_template".into(), json!("none: the model's configuration has to name one"));
        return Ok(out.into());
    };
    match ChatTemplate::compile(source, tokenizer.bos().as_deref(), tokenizer.eos().as_deref(), "2026-01-01") {
        Ok(template) => {
            let yes = |yes: bool| if yes { "yes" } else { "no" };
            out.insert("system_turn".into(), json!(yes(template.allows_system())));
            out.insert("takes_tools".into(), json!(yes(template.takes_tools())));
            out.insert("tool_calls".into(), json!(tool_format(source, file.string("general.architecture")?)));
            Ok(out.into())
        }
        Err(error) => Ok(with_problem(out, &file.fail(error.to_string()))),
    }
}

fn with_problem(mut out: Map<String, Value>, error: &LoadError) -> Value {
    out.insert("problem".into(), json!(error.to_string()));
    out.into()
}
