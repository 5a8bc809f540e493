use super::*;
use crate::{
    candle::{Checkpoint, GgufFile, Representation, memory::Budget},
    chat::ChatTemplate,
};
use candle_core::Device;
use eval_core::{Message, PromptId, Role};
use serde_json::{Value, json};
use std::{path::Path, sync::Arc};

fn model(path: &Path, template: &str, temperature: f64, reads_ahead: bool) -> Model {
    let mut file = GgufFile::open(path).unwrap();
    let tokenizer = Checkpoint::tokenizer(&file).unwrap();
    let grammars = Grammars::new(&tokenizer, Err("none".into())).unwrap();
    let template = ChatTemplate::compile(template, None, None, "2026-03-14").unwrap();
    let decoder = Decoder::load(&mut file, Representation::F32, &Device::Cpu).unwrap();
    let bytes_per_token = decoder.cache_bytes(1) as u64;
    Model {
        decoder,
        encoder: Encoder { tokenizer, template },
        tool_format: ToolFormat::PlainJson,
        sampling: Sampling { temperature, top_p: 1.0, seed: 3 },
        caches: Arc::new(Caches::new(Budget { usual: 1 << 28, most: None }, bytes_per_token)),
        tokens_read: Default::default(),
        notes: Default::default(),
        grammars: Some(grammars),
        decode: Decode::Schema,
        reads_ahead,
        faults: Default::default(),
    }
}

fn prompt(words: &str, schema: &Value, max_output_tokens: u32) -> Prompt {
    Prompt {
        id: PromptId { task: "t".into(), case: words.into(), case_hash: format!("{:032}", words.len()), repeat: 0 },
        messages: vec![Message { role: Role::User, content: words.into() }],
        tools: Arc::from([]),
        schema: Some(Arc::new(schema.clone())),
        labels: Arc::from([]),
        max_output_tokens,
        stop: Vec::new(),
        shared: Vec::new(),
        exchanges: Vec::new(),
    }
}

/// The ids of the answers, made at once, and the passes that they took together.
fn answers(model: &Model, prompts: &[Prompt]) -> (Vec<Vec<u32>>, usize) {
    let begin = |prompt: &Prompt| {
        let encoded = model.encode(prompt).unwrap();
        let room = model.reserve(prompt, &encoded, false).unwrap().unwrap();
        model.begin(Arc::new(prompt.clone()), encoded, room).unwrap()
    };
    let mut answers: Vec<Answer> = prompts.iter().map(begin).collect();
    let mut passes = 0;
    loop {
        let mut unfinished: Vec<&mut Answer> = answers.iter_mut().filter(|answer| !answer.is_finished()).collect();
        if unfinished.is_empty() {
            return (answers.into_iter().map(|answer| answer.ids).collect(), passes);
        }
        passes += 1;
        model.advance(&mut unfinished).unwrap();
    }
}

#[test]
fn reading_ahead_changes_no_answer() {
    let schema = json!({"type": "object", "additionalProperties": false,
        "required": ["order_number", "wish", "urgent"], "properties": {
            "order_number": {"type": ["string", "null"], "pattern": "^FM-[0-9]{2}$"},
            "wish": {"enum": ["replacement of the whole piece", "money back", null]},
            "urgent": {"type": "boolean"}}});
    let prompts: Vec<Prompt> =
        ["x", "where is it?", "the lamp came broken", "0123"].map(|words| prompt(words, &schema, 160)).into();
    for (name, temperature) in [("llama", 0.0), ("llama", 2.0), ("gemma3", 2.0), ("qwen2", 0.0)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/models/tiny-{name}.gguf"));
        let load = |ahead| model(&path, "{% for m in messages %}{{ m.content }}{% endfor %}", temperature, ahead);
        let ((one_by_one, passes), (ahead, fewer)) = (answers(&load(false), &prompts), answers(&load(true), &prompts));
        assert_eq!(ahead, one_by_one, "{name} at {temperature}");
        assert!(fewer < passes, "{name} at {temperature}: {fewer} and {passes} passes");
        println!("{name} at {temperature}: {fewer} of {passes}");
        for (prompt, ids) in prompts.iter().zip(&ahead) {
            assert_eq!(answers(&load(true), std::slice::from_ref(prompt)).0[0], *ids, "alone");
        }
    }
}
