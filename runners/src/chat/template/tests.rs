use super::*;
use serde_json::Map;
use std::{fs, path::Path};

fn fixture(path: impl AsRef<Path>) -> Json {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn fixtures() -> impl AsRef<Path> {
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures")
}

/// Where Python's outcome and ours part: `None` where they are the same. A template that raises must raise in the same
/// words; other errors of Python need only be errors here.
fn difference(got: &Result<String, TemplateError>, case: &Json) -> Option<String> {
    let same = match (got, case["rendered"].as_str(), case["error"].as_str()) {
        (Ok(got), Some(rendered), _) => got == rendered,
        (Err(TemplateError(got)), None, Some(error)) => {
            let python = error.split_once(": ").is_some_and(|(kind, _)| kind.ends_with("Error"));
            python || got.ends_with(&format!("refuses the conversation: {error}"))
        }
        _ => false,
    };
    (!same)
        .then(|| format!("{}\n    here   {got:?}\n    Python {} {}\n", case["name"], case["rendered"], case["error"]))
}

#[test]
fn published_templates_render_as_in_python() {
    let mut differences = Vec::new();
    let mut cases = 0;
    for entry in fs::read_dir(fixtures().as_ref().join("chat_templates")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let file = fixture(&path);
        let token = |key: &str| file[key].as_str();
        let template = ChatTemplate::compile(
            token("template").unwrap(),
            token("bos_token"),
            token("eos_token"),
            token("date").unwrap(),
        );
        let template = template.unwrap();
        for case in file["cases"].as_array().unwrap() {
            // What minijinja is known not to do; the README beside the fixtures lists it.
            if case["name"].as_str().is_some_and(|name| name.starts_with("python only")) {
                continue;
            }
            let mut variables: Map<String, Json> = case["kwargs"].as_object().unwrap().clone();
            for key in ["messages", "tools", "add_generation_prompt"] {
                variables.insert(key.into(), case[key].clone());
            }
            cases += 1;
            let got = template.render_json(&variables.into());
            differences.extend(difference(&got, case).map(|d| format!("{}: {d}", path.display())));
        }
    }
    assert!(cases > 200, "{cases}");
    assert!(differences.is_empty(), "{} of {cases} differ:\n{}", differences.len(), differences.concat());
}

/// Small templates, one construct each. What Python's Jinja does otherwise is in the snapshot: to be read as the list of
/// what a template may not rely on here.
#[test]
fn snippets_render_as_in_python() {
    let file = fixture(fixtures().as_ref().join("jinja_snippets.json"));
    let variables = json!({"messages": file["messages"], "tools": file["tools"], "add_generation_prompt": true});
    let mut differences = String::new();
    for case in file["cases"].as_array().unwrap() {
        let template = ChatTemplate::compile(case["name"].as_str().unwrap(), Some("<s>"), Some("</s>"), "2026-11-03");
        let got = template.and_then(|template| template.render_json(&variables));
        differences.extend(difference(&got, case));
    }
    insta::assert_snapshot!(differences);
}

const HI: &[(Role, &str)] = &[(Role::User, "Hi")];
const RULED: &[(Role, &str)] = &[(Role::System, "Be brief."), (Role::User, "Hi")];

fn messages(turns: &[(Role, &str)]) -> Vec<Message> {
    turns.iter().map(|(role, content)| Message { role: *role, content: content.to_string() }).collect()
}

fn lookup() -> Vec<Tool> {
    vec![Tool(json!({"type": "function", "function": {"name": "lookup_order", "parameters": {"type": "object"}}}))]
}

fn compile(source: &str) -> ChatTemplate {
    ChatTemplate::compile(source, None, Some("</s>"), "2026-11-03").unwrap()
}

fn published(name: &str) -> ChatTemplate {
    compile(fixture(fixtures().as_ref().join(format!("chat_templates/{name}.json")))["template"].as_str().unwrap())
}

#[test]
fn probes_tell_what_a_template_shows_the_model() {
    let table = [
        ("smollm2", true, false),
        ("qwen2.5", true, true),
        ("qwen3", true, true),
        ("mistral-7b", false, false),
        ("mistral-nemo", true, true),
        ("phi-3.5", true, false),
        ("phi-4", true, false),
        ("deepseek-r1-distill", true, false),
        ("llama-3", true, true),
        ("gemma-3", true, false),
    ];
    for (name, system, tools) in table {
        let template = published(name);
        assert_eq!((template.allows_system(), template.takes_tools()), (system, tools), "{name}");
    }
    let drops_system = "{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}";
    assert!(!compile(drops_system).allows_system());
}

#[test]
fn the_default_model_is_asked_in_its_own_words() {
    insta::assert_snapshot!(published("smollm2").render(&messages(RULED), &[]).unwrap());
    insta::assert_snapshot!(published("qwen2.5").render(&messages(RULED), &lookup()).unwrap());
}

#[test]
fn functions_in_the_system_turn_are_those_of_phi_4_mini() {
    let template = compile(
        "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}\
         {% if m.role == 'system' and 'tools' in m and m['tools'] is not none %}<|tool|>{{ m['tools'] }}<|/tool|>{% endif %}\
         <|end|>{% endfor %}<|assistant|>",
    );
    assert!(template.takes_tools());
    let tools = r#"<|tool|>[{"name": "lookup_order", "parameters": {"type": "object"}}]<|/tool|><|end|><|user|>Hi<|end|><|assistant|>"#;
    let ruled = template.render(&messages(RULED), &lookup()).unwrap();
    assert_eq!(ruled, format!("<|system|>Be brief.{tools}"));
    assert_eq!(template.render(&messages(HI), &lookup()).unwrap(), format!("<|system|>{tools}"));
    assert_eq!(template.render(&messages(HI), &[]).unwrap(), "<|user|>Hi<|end|><|assistant|>");
}

#[test]
fn errors_say_what_the_template_says_or_where_it_fails() {
    let error = |source: &str, turns: &[(Role, &str)], tools: &[Tool]| {
        let template = ChatTemplate::compile(source, None, None, "2026-11-03");
        template.and_then(|template| template.render(&messages(turns), tools)).unwrap_err().to_string()
    };
    let mistral = fixture(fixtures().as_ref().join("chat_templates/mistral-7b.json"));
    let errors = [
        error(mistral["template"].as_str().unwrap(), RULED, &[]),
        error("{% for m in messages %}\n{{ m.content }\n{% endfor %}", HI, &[]),
        error("a\n{{ messages[0].name.first }}", HI, &[]),
        error("a\n{{ messages[0].content.casefold() }}", HI, &[]),
        error("{{ messages[0].content }}", HI, &lookup()),
        ChatTemplate::compile("", None, None, "yesterday").err().unwrap().to_string(),
    ];
    insta::assert_snapshot!(errors.join("\n"));
}

/// Two calls in one answer, then one.
fn answered() -> Vec<Exchange> {
    let exchange = |text: &str, orders: &[&str]| Exchange {
        text: text.into(),
        tool_calls: serde_json::from_value(
            orders.iter().map(|order| json!({"name": "lookup_order", "arguments": {"order": order}})).collect(),
        )
        .unwrap(),
        answers: orders.iter().map(|order| format!("{{\"{order}\":\"open\"}}")).collect(),
    };
    vec![exchange("Let me see.", &["FM-1", "FM-2"]), exchange("", &["FM-3"])]
}

#[test]
fn calls_and_their_answers_are_rendered_as_each_template_takes_them() {
    let mut out = String::new();
    for name in ["qwen3", "llama-3", "mistral-nemo", "gemma-3", "phi-4"] {
        let template = published(name);
        let tools = if template.takes_tools() { lookup() } else { Vec::new() };
        let prompt = template.render_conversation(&messages(HI), &answered(), &tools).unwrap();
        let after = prompt.split_once("Hi").unwrap().1;
        out.push_str(&format!(
            "=== {name}, {}\n{after}\n",
            if template.takes_exchanges() { "by its template" } else { "in words" }
        ));
    }
    insta::assert_snapshot!(out);
}
