use super::*;
use crate::{candle::Vocabulary, chat::ToolFormat};
use eval_core::Tool;
use serde_json::json;

mod answers;
mod generated;
mod public;
mod texts;

/// Every byte, and tokens of each kind that families have.
fn tokenizer() -> Tokenizer {
    let written = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let (written, others): (Vec<u8>, Vec<u8>) = (0..=u8::MAX).partition(written);
    let others = (0..others.len() as u32).filter_map(|n| char::from_u32(256 + n));
    let mut tokens: Vec<String> = written.into_iter().map(char::from).chain(others).map(String::from).collect();
    let mut kinds = vec![1; tokens.len()];
    for (kind, text) in [
        (1, "\":"),
        (1, "\"}}"),
        (4, "<think>"),
        (4, "</think>"),
        (4, "<tool_call>"),
        (3, "[TOOL_CALLS]"),
        (3, "<|im_start|>"),
        (3, "<|im_end|>"),
    ] {
        tokens.push(text.into());
        kinds.push(kind);
    }
    let eos = tokens.len() as u32 - 1;
    let (model, pre) = ("gpt2".into(), "gpt-2".into());
    Tokenizer::new(&Vocabulary { model, pre, tokens, kinds, eos: Some(eos), ..Default::default() }).unwrap()
}

fn grammars(calls: Result<CallForm, String>) -> Grammars {
    Grammars::new(&tokenizer(), calls).unwrap()
}

/// The id of a whole token.
fn id(grammars: &Grammars, text: &str) -> u32 {
    let is = |token: &Token| match token {
        Token::Text(bytes) => bytes == text.as_bytes(),
        Token::Special(special) => special == text,
    };
    grammars.tokens.iter().position(is).unwrap() as u32
}

/// Takes a text in the longest tokens that are allowed. Whether all of it was, and the answer may end there.
fn accepts(grammars: &Grammars, mut constraint: Constraint, text: &str) -> bool {
    let (mut at, mut complete) = (0, false);
    while at < text.len() {
        let Ok(allowed) = constraint.allowed() else { return false };
        let length = |token: &Token| match token {
            Token::Text(bytes) => text.as_bytes()[at..].starts_with(bytes).then_some(bytes.len()),
            Token::Special(special) => text[at..].starts_with(special.as_str()).then_some(special.len()),
        };
        let fitting = grammars.tokens.iter().enumerate().filter(|(id, _)| allowed.is_allowed(*id as u32));
        let Some((length, id)) = fitting.filter_map(|(id, token)| Some((length(token)?, id as u32))).max() else {
            return false;
        };
        complete = constraint.take(id).unwrap();
        at += length;
    }
    complete || constraint.allowed().unwrap().is_allowed(id(grammars, "<|im_end|>"))
}

fn object() -> Shape {
    let schema = json!({"type": "object", "properties": {"a": {"type": ["string", "null"]}}, "required": ["a"], "additionalProperties": false});
    Shape::Json(schema.into())
}

#[test]
fn blanks_are_few_and_special_tokens_are_no_text() {
    let grammars = grammars(Err("none".into()));
    let accepts = |text| accepts(&grammars, grammars.begin(&object(), false).unwrap(), text);
    for text in [r#"{"a":null}"#, r#"{"a": "b c"}"#, "\n{\n  \"a\": \"\"\n}", r#" {"a":"<|im_sta"}"#] {
        assert!(accepts(text), "{text}");
    }
    for text in [
        "",
        "{}",
        r#"{"a":  null}"#,
        "\n\n\n{\"a\":null}",
        r#"{"a":null} "#,
        r#"{"a":"<|im_start|>"}"#,
        r#"{"a":"\u0041"}"#,
    ] {
        assert_eq!(accepts(text), text.contains("<|im_start|>"), "{text}: its characters, but not its token");
    }
    let mut constraint = grammars.begin(&object(), false).unwrap();
    for text in ["{", "\"", "a", "\":", "\""] {
        constraint.take(id(&grammars, text)).unwrap();
    }
    let allowed = constraint.allowed().unwrap();
    assert!(allowed.is_allowed(id(&grammars, "<tool_call>")));
    for special in ["<|im_start|>", "<|im_end|>", "<think>", "</think>"] {
        assert!(!allowed.is_allowed(id(&grammars, special)), "{special}");
    }
}

#[test]
fn the_answer_begins_after_the_thinking() {
    let grammars = grammars(Err("none".into()));
    let end = id(&grammars, "<|im_end|>");
    for opened in [false, true] {
        let begin = || grammars.begin(&object(), opened).unwrap();
        let open = if opened { "" } else { "<think>" };
        assert!(accepts(&grammars, begin(), &format!("{open}\nWhy {{ 1 not?\n</think>\n\n{{\"a\":null}}")));
        assert!(!accepts(&grammars, begin(), &format!("{open}Why?</think>no")));
        assert!(!accepts(&grammars, begin(), &format!("{open}Why?")), "no answer comes of it");
        assert_eq!(accepts(&grammars, begin(), "{\"a\":null}"), !opened, "it need not think");
    }
    let mut constraint = grammars.begin(&object(), true).unwrap();
    assert!(!constraint.allowed().unwrap().is_allowed(end));
    // Written out, the mark ends it too.
    "</think>".chars().for_each(|c| assert!(!constraint.take(id(&grammars, &c.to_string())).unwrap()));
    assert!(!constraint.allowed().unwrap().is_allowed(id(&grammars, "a")));
}

fn tools() -> Shape {
    let track = json!({"type": "object", "properties": {"parcel": {"$ref": "#/$defs/id"}}, "required": ["parcel"],
        "additionalProperties": false, "$defs": {"id": {"type": "string", "pattern": "^P[0-9]$"}}});
    let tools = [("track", Some(track)), ("ping", None)].map(|(name, parameters)| {
        Tool(json!({"type": "function", "function": {"name": name, "parameters": parameters}}))
    });
    Shape::Calls(Arc::from(tools))
}

#[test]
fn calls_are_written_as_the_family_writes_them() {
    let call = |key| format!(r#"{{"name": "track", "{key}": {{"parcel": "P7"}}}}"#);
    let ping = |key| format!(r#"{{"name": "ping", "{key}": {{}}}}"#);
    let (track, ping_it) = (call("arguments"), ping("arguments"));
    let families = [
        (ToolFormat::Gemma, false, format!("{track}\n{ping_it}")),
        (ToolFormat::Hermes, true, format!("<tool_call>\n{track}\n</tool_call>\n<tool_call>\n{ping_it}\n</tool_call>")),
        (ToolFormat::Llama3, true, format!("{}; {}", call("parameters"), ping("parameters"))),
        (ToolFormat::Mistral, true, format!("[TOOL_CALLS][{track}, {ping_it}]")),
        (ToolFormat::Phi, true, format!("<|tool_call|>[{track}, {ping_it}]<|/tool_call|>")),
    ];
    for (format, takes_tools, right) in families {
        let grammars = grammars(CallForm::of(format, "<|tool_call|>", takes_tools));
        let accepts = |text: &str| accepts(&grammars, grammars.begin(&tools(), false).unwrap(), text);
        for text in [right.as_str(), "No parcel is late. I'm sorry!", "\nNone."] {
            assert!(accepts(text), "{format:?}: {text}");
        }
        for (from, to) in
            [("P7", "P77"), ("\"parcel\"", "\"other\""), ("ping", "pong"), ("{}", "{\"a\": 1}"), ("]", ""), ("\n", " ")]
        {
            let wrong = right.replacen(from, to, 1);
            assert!(wrong == right || !accepts(&wrong), "{format:?}: {wrong}");
        }
        for text in ["", " ", "See {", "Well: <tool_call>", "call(a=1)]", &format!("Gladly.\n{right}")] {
            assert!(!accepts(text), "{format:?}: {text}");
        }
    }
}

#[test]
fn a_family_whose_calls_have_no_grammar_is_refused() {
    let marked = "[TOOL_CALLS]name[ARGS]";
    for format in [ToolFormat::Gemma, ToolFormat::PlainJson, ToolFormat::Mistral, ToolFormat::Phi] {
        let grammars = grammars(CallForm::of(format, marked, true));
        let error = grammars.begin(&tools(), false).err().unwrap();
        assert!(
            error.contains("no grammar is known for how this model's chat template has tool calls written"),
            "{error}"
        );
        assert!(grammars.begin(&object(), false).is_ok(), "other tasks are held to their shape");
    }
    let strict = json!({"function": {"name": "f", "parameters": {"properties": {"a": {"uniqueItems": true}}}}});
    let shape = Shape::Calls(Arc::from([Tool(strict)]));
    let error = grammars(CallForm::of(ToolFormat::Hermes, "", true)).begin(&shape, false).err().unwrap();
    assert!(error.starts_with("the schema of the parameters of `f` has `uniqueItems` at /properties/a"), "{error}");
}

#[test]
fn labels_that_begin_alike_are_told_apart() {
    let grammars = grammars(Err("none".into()));
    let labels: Arc<[String]> = ["order", "order-change", "n/a \"x\""].map(String::from).into();
    let accepts = |text| accepts(&grammars, grammars.begin(&Shape::Label(labels.clone()), false).unwrap(), text);
    for (text, right) in
        [("order", true), ("order-change", true), (" n/a \"x\"", true), ("order-", false), ("Order", false)]
    {
        assert_eq!(accepts(text), right, "{text}");
    }
}

#[test]
fn a_grammar_is_compiled_once_and_begun_anew_for_every_answer() {
    let grammars = grammars(Err("none".into()));
    for n in 0..KEPT + 5 {
        let shape = Shape::Label(Arc::from([format!("label {n}")]));
        assert!(accepts(&grammars, grammars.begin(&shape, false).unwrap(), &format!("label {n}")));
        assert!(accepts(&grammars, grammars.begin(&object(), false).unwrap(), r#"{"a":null}"#));
    }
    assert_eq!(grammars.compiled.lock().unwrap().len(), KEPT);
}
