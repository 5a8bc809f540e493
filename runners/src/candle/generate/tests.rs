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

/// The logarithms of the probabilities of `ids` after a prompt, read in one pass.
fn log_probabilities(model: &Model, prompt: &[u32], ids: &[u32]) -> Vec<f64> {
    let mut cache = model.decoder.cache(prompt.len() + ids.len()).unwrap();
    let mut feeds = [Feed { ids: &[prompt, ids].concat(), cache: &mut cache }];
    let logits: Vec<Vec<f32>> = model.decoder.step_through(&mut feeds).unwrap().to_vec2().unwrap();
    let log_probability = |(row, id): (&Vec<f32>, &u32)| {
        let whole: f64 = row.iter().map(|x| f64::from(*x).exp()).sum();
        f64::from(row[*id as usize]) - whole.ln()
    };
    logits[prompt.len() - 1..].iter().zip(ids).map(log_probability).collect()
}

#[test]
fn confidence_is_what_the_models_logits_say() {
    let schema = json!({"type": "object", "additionalProperties": false, "required": ["urgent", "wish"],
        "properties": {"urgent": {"type": "boolean"}, "wish": {"enum": ["money back", null]}}});
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/tiny-llama.gguf");
    let template = "{% for m in messages %}{{ m.content }}{% endfor %}";
    let free = |words| Prompt { schema: None, ..prompt(words, &Value::Null, 24) };
    for (temperature, asked) in
        [(0.0, free("where is it?")), (1.5, free("x")), (0.0, prompt("the lamp came broken", &schema, 80))]
    {
        let model = model(&path, template, temperature, true);
        let encoded = model.encode(&asked).unwrap();
        let read = encoded.ids.clone();
        let room = model.reserve(&asked, &encoded, false).unwrap().unwrap();
        let mut answer = model.begin(Arc::new(asked), encoded, room).unwrap();
        while !answer.is_finished() {
            model.advance(&mut [&mut answer]).unwrap();
        }
        let each = log_probabilities(&model, &read, &answer.ids);
        let expected = (each.iter().sum::<f64>() / each.len() as f64).exp();
        let response = model.finish(answer).unwrap();
        let confidence = response.confidence.unwrap();
        assert!((confidence - expected).abs() < 1e-5, "{confidence} and {expected} of {:?}", response.text);
        assert!(confidence > 0.0 && confidence < 1.0);
    }
}

#[test]
fn the_confidence_in_a_label_is_its_share_of_all_labels() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/tiny-llama.gguf");
    let mut model = model(&path, "{% for m in messages %}{{ m.content }}{% endfor %}", 0.0, true);
    (model.decode, model.grammars) = (Decode::Labels, None);
    let labels = ["billing", "delivery", "other"];
    let asked =
        Prompt { schema: None, labels: labels.map(String::from).into(), ..prompt("where is it?", &Value::Null, 8) };
    let encoded = model.encode(&asked).unwrap();
    let read = encoded.ids.clone();
    let ends: Vec<u32> = model.encoder.tokenizer.ends().to_vec();
    let chance = |label: &str| -> f64 {
        let ids = model.encoder.tokenizer.encode_plain(label).unwrap();
        let ended =
            |end: &u32| log_probabilities(&model, &read, &[&ids[..], &[*end]].concat()).iter().sum::<f64>().exp();
        ends.iter().map(ended).sum()
    };
    let chances = labels.map(chance);
    let room = model.reserve(&asked, &encoded, false).unwrap().unwrap();
    let answer = model.begin(Arc::new(asked), encoded, room).unwrap();
    let response = model.finish(answer).unwrap();
    let chosen = labels.iter().position(|label| *label == response.text).unwrap();
    let share = chances[chosen] / chances.iter().sum::<f64>();
    assert!((response.confidence.unwrap() - share).abs() < 1e-6, "{:?} and {share}", response.confidence);
    assert!(chances.iter().all(|chance| *chance <= chances[chosen]));
}
