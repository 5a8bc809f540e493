use super::*;
use eval_core::Arguments;
use proptest::prelude::*;
use serde_json::json;
use std::fmt::Write;

const FAMILIES: [ToolFormat; 6] = [
    ToolFormat::Hermes,
    ToolFormat::Llama3,
    ToolFormat::Mistral,
    ToolFormat::Gemma,
    ToolFormat::Phi,
    ToolFormat::PlainJson,
];

fn tools() -> Vec<Tool> {
    let tool = |name: &str, properties: serde_json::Value| {
        let parameters = json!({"type": "object", "properties": properties});
        Tool(json!({"type": "function", "function": {"name": name, "description": "…", "parameters": parameters}}))
    };
    let text = json!({"type": "string"});
    vec![
        tool("lookup_order", json!({"order_id": text})),
        tool("refund", json!({"order_id": text, "amount": {"type": "number"}})),
        tool("get_time", json!({})),
    ]
}

/// Each output with what is read from it, for a snapshot.
fn readings(format: ToolFormat, outputs: &[&str]) -> String {
    let mut shown = String::new();
    for output in outputs {
        let (text, calls) = format.parse(output, &tools());
        writeln!(shown, "{output}").unwrap();
        for call in &calls {
            match &call.arguments {
                Arguments::Object(object) => writeln!(shown, "  => {} {}", call.name, json!(object)).unwrap(),
                Arguments::Raw(raw) => writeln!(shown, "  => {:?} unreadable: {raw:?}", call.name).unwrap(),
            }
        }
        writeln!(shown, "  => text {text:?}\n").unwrap();
    }
    shown
}

#[test]
fn hermes() {
    insta::assert_snapshot!(readings(
        ToolFormat::Hermes,
        &[
            "<tool_call>\n{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}\n</tool_call>",
            "<tool_call>{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}</tool_call>\n<tool_call>{\"name\": \"refund\", \"arguments\": {\"order_id\": \"A-1\", \"amount\": 9.5}}</tool_call>",
            "I will look that up.\n<tool_call>\n{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}\n</tool_call>\nOne moment.",
            "<tool_call>\n{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}",
            "<tool_call>\n{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-",
            "<tool_call>\n{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}\n<tool_call>\n{\"name\": \"get_time\", \"arguments\": {}}\n</tool_call>",
            "<tool_call>{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}{\"name\": \"get_time\", \"arguments\": {}}</tool_call>",
            "<tool_call>{'name': 'lookup_order', 'arguments': {'order_id': 'A-1'}}</tool_call>",
            "<tool_call>{\"arguments\": {\"order_id\": \"A-1\"}}</tool_call>",
            "<tool_call>{\"name\": \"get_time\"}</tool_call>",
            "<tool_call>{\"name\": \"get_time\", \"arguments\": \"\"}</tool_call>",
            "<tool_call>{\"name\": \"lookup_order\", \"arguments\": \"{\\\"order_id\\\": \\\"A-1\\\"}\"}</tool_call>",
            "<tool_call>{\"name\": \"lookup_order\", \"arguments\": [\"A-1\"]}</tool_call>",
            "<tool_call>{\"name\": \"lookup_order\", \"parameters\": {\"order_id\": \"a } b { \\u00e9 \\\" </tool\"}}</tool_call>",
            "<tool_call>{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}}</tool_call>",
            "<tool_call>[{\"name\": \"get_time\", \"arguments\": {}}, {\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}]</tool_call>",
            "<tool_call>lookup_order(order_id=\"A-1\")</tool_call>",
            "<tool_call>\n<function=lookup_order>\n<parameter=order_id>\nA-1\n</parameter>\n</function>\n</tool_call>",
            "<tool_call></tool_call>",
            "Sure <tool_call>",
            "Sure.\n{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}\n</tool_call>",
            "{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}",
            "[TOOL_CALLS][{\"name\": \"get_time\", \"arguments\": {}}]",
            "Your order A-1 is on its way {as promised} [1].",
        ]
    ));
}

#[test]
fn llama() {
    insta::assert_snapshot!(readings(
        ToolFormat::Llama3,
        &[
            "{\"name\": \"lookup_order\", \"parameters\": {\"order_id\": \"A-1\"}}",
            "<|python_tag|>{\"name\": \"lookup_order\", \"parameters\": {\"order_id\": \"A-1\"}}<|eom_id|>",
            "<|python_tag|>{\"name\": \"lookup_order\", \"parameters\": {\"order_id\": \"A-1\"}}; {\"name\": \"get_time\", \"parameters\": {}}",
            "{\"type\": \"function\", \"name\": \"lookup_order\", \"parameters\": {\"order_id\": \"A-1\"}}",
            "{\"type\": \"function\", \"function\": {\"name\": \"lookup_order\", \"parameters\": {\"order_id\": \"A-1\"}}}",
            "{\"function\": \"lookup_order\", \"parameters\": {\"order_id\": \"A-1\"}}",
            "<function=lookup_order>{\"order_id\": \"A-1\"}</function>",
            "Let me see. <function=lookup_order>{\"order_id\": \"A-1\"}</function><function=get_time>{}</function> Done.",
            "<function=lookup_order>{\"order_id\": A-1}</function>",
            "<function=lookup_order",
            "<function=>{}</function>",
            "{\"name\": \"lookup_order\", \"parameters\": {\"order_id\": \"A-1\"",
            "{\"name\": \"lookup_ord",
            "<|python_tag|>{\"name\": \"lookup_order\", \"parameters\": {\"order_id\": \"A-1\"}}; {\"name\": \"refund\", \"para",
            "<|python_tag|>brave_search.call(query=\"order A-1\")",
            "<|python_tag|>",
            "[lookup_order(order_id=\"A-1\"), get_time()]",
            "[lookup_order(order_id=\"A-1]",
            "{'name': 'lookup_order', 'parameters': {'order_id': 'A-1'}}",
            "{\"parameters\": {\"order_id\": \"A-1\"}}",
            "{\"name\": \"unknown_tool\", \"parameters\": {}}",
            "{\"name\": \"lookup_order\", \"parameters\": {\"order_id\": \"caf\\u00e9 {x} \\ud83d\\ude00\"}}",
            "<tool_call>{\"name\": \"get_time\", \"arguments\": {}}</tool_call>",
            "I cannot see orders. Please send the order number in the form {letter}-{number}.",
        ]
    ));
}

#[test]
fn mistral() {
    insta::assert_snapshot!(readings(
        ToolFormat::Mistral,
        &[
            "[TOOL_CALLS][{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}]",
            "[TOOL_CALLS] [{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}, \"id\": \"9Ae3bDc2F\"}, {\"name\": \"get_time\", \"arguments\": {}}]",
            "[TOOL_CALLS]lookup_order[ARGS]{\"order_id\": \"A-1\"}",
            "[TOOL_CALLS]lookup_order[CALL_ID]9Ae3bDc2F[ARGS]{\"order_id\": \"A-1\"}[TOOL_CALLS]get_time[ARGS]{}",
            "[TOOL_CALLS]lookup_order{\"order_id\": \"A-1\"}",
            "Looking. [TOOL_CALLS][{\"name\": \"get_time\", \"arguments\": {}}] There.",
            "[TOOL_CALLS][{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}, {\"name\": \"get_t",
            "[TOOL_CALLS]lookup_order[ARGS]{\"order_id\": \"A-",
            "[TOOL_CALLS]lookup_order[ARGS]",
            "[TOOL_CALLS]lookup_order",
            "[TOOL_CALLS][]",
            "[TOOL_CALLS]",
            "[TOOL_CALLS][{\"arguments\": {}}]",
            "[TOOL_CALLS][{'name': 'lookup_order', 'arguments': {'order_id': 'A-1'}}]",
            "[TOOL_CALLS]{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"] [ } \\u00e9\"}}",
            "[{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}]",
            "I do so: lookup_order[ARGS]{\"order_id\": \"A-1\"}",
            "No\u{a0}[ARGS]",
            "[TOOL_CALLS]I am sorry, I cannot do that.",
            "[TOOL_CALLS][{\"name\": \"get_time\", \"arguments\": {}}][{\"name\": \"get_time\", \"arguments\": {}}]",
            "The list [1, 2] is empty.",
        ]
    ));
}

#[test]
fn gemma() {
    insta::assert_snapshot!(readings(
        ToolFormat::Gemma,
        &[
            "```tool_code\nlookup_order(order_id=\"A-1\")\n```",
            "```tool_code\nprint(lookup_order(order_id='A-1'))\n```\nI wait for the answer.",
            "```tool_code\nlookup_order(order_id=\"A-1\")\nget_time()\n```",
            "[lookup_order(order_id=\"A-1\"), refund(order_id=\"A-1\", amount=9.5)]",
            "I look it up.\n\n[get_time()]",
            "```json\n{\"name\": \"lookup_order\", \"parameters\": {\"order_id\": \"A-1\"}}\n```",
            "```tool_code\n{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}\n```",
            "```python\nrefund(\"A-1\", amount=-1_000)\n```",
            "lookup_order(order_id=\"A-1\")",
            "lookup_order(order_id=\"say \\\"hi\\\" (é \\u00e9) [x], y\")",
            "refund(order_id=\"A-1\", amount={'value': [1, 2.0, True, None], 'q': (1,)})",
            "```tool_code\nlookup_order(order_id=\"A-",
            "```tool_code\nlookup_order(order_id=A-1)\n```\nDone.",
            "```tool_code\nimport orders\n```",
            "```tool_code\n```",
            "lookup_order(get_time())",
            "refund(\"A-1\", 2, 3)",
            "[unknown_tool(x=1)]",
            "unknown_tool(x=1)",
            "[\n  lookup_order(\n    order_id=\"A-1\",\n  ),\n]",
            "```json\n{\"name\": \"lookup_order\", \"parameters\": {\"order_id\": \"A-1\"}\n```",
            "<start_function_call>call:lookup_order{order_id:<escape>A-1<escape>}<end_function_call>",
            "You can track it (see [1]) or use refund(…) later.",
            "```python\nx = 1\n```",
        ]
    ));
}

#[test]
fn phi() {
    insta::assert_snapshot!(readings(
        ToolFormat::Phi,
        &[
            "<|tool_call|>[{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}]<|/tool_call|>",
            "<|tool_call|>[{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}, {\"name\": \"get_time\", \"arguments\": {}}]<|/tool_call|>",
            "<|tool_call|>{\"name\": \"get_time\", \"arguments\": {}}",
            "functools[{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}]",
            "<|tool_call|>functools[{\"name\": \"get_time\", \"arguments\": {}}]<|/tool_call|>",
            "Sure. functools[{\"name\": \"get_time\", \"arguments\": {}}] Wait.",
            "functools[{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-",
            "<|tool_call|>[{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": A-1}}]<|/tool_call|>",
            "<|tool_call|>[{\"arguments\": {\"order_id\": \"A-1\"}}]<|/tool_call|>",
            "<|tool_call|><|/tool_call|>",
            "<|/tool_call|>",
            "functools[]",
            "[{\"name\": \"lookup_order\", \"parameters\": {\"order_id\": \"}] \\u00fc\"}}]",
            "<|tool_call|>[{'name': 'get_time', 'arguments': {}}]<|/tool_call|>",
            "<|tool_call|>I do not know.<|/tool_call|>",
            "We use functools for that.",
        ]
    ));
}

#[test]
fn plain_json() {
    insta::assert_snapshot!(readings(
        ToolFormat::PlainJson,
        &[
            "{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}",
            "{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}\n{\"name\": \"get_time\", \"arguments\": {}}",
            "[{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}, {\"name\": \"get_time\", \"arguments\": {}}]",
            "```json\n{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}\n```",
            "Here is the call:\n```json\n{\"name\": \"get_time\", \"arguments\": {}}\n```\nI hope this helps.",
            "```\n[{\"name\": \"get_time\", \"arguments\": {}}]",
            "Of course: {\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}} is the call.",
            "<tool_call>{\"name\": \"get_time\", \"arguments\": {}}</tool_call>",
            "{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"",
            "[{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"}}, {\"name\"",
            "{'name': 'lookup_order', 'arguments': {'order_id': 'A-1'}}",
            "{\"arguments\": {\"order_id\": \"A-1\"}}",
            "{\"name\": \"\", \"arguments\": {}}",
            "{\"name\": \"get_time\"}",
            "{\"name\": \"Anna\", \"age\": 3}",
            "{\"tool_calls\": [{\"name\": \"get_time\", \"arguments\": {}}]}",
            "{\"name\": \"lookup_order\", \"arguments\": \"{\\\"order_id\\\": \\\"A-1\\\"}\"}",
            "{\"name\": \"lookup_order\", \"arguments\": \"A-1\"}",
            "{\"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"{\\\"name\\\": \\u007b\"}}",
            "{\"id\": \"1\", \"name\": \"lookup_order\", \"arguments\": {\"order_id\": \"A-1\"",
            "lookup_order(order_id=\"A-1\")",
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>lookup_order\n```json\n{\"order_id\": \"A-1\"}\n```<｜tool▁call▁end｜>",
            "{\"answer\": null}",
            "[]",
            "I need the \"name\" and the \"arguments\" {both}.",
        ]
    ));
}

#[test]
fn without_tools_on_offer_text_stays_text() {
    for format in FAMILIES {
        let text = "<tool_call>{\"name\": \"get_time\", \"arguments\": {}}</tool_call> ";
        assert_eq!(format.parse(text, &[]), (text.to_string(), Vec::new()));
    }
}

#[test]
fn the_family_is_told_by_the_template_then_by_the_architecture() {
    let table = [
        ("<|im_start|>{{ tools }}<tool_call>", "qwen2", ToolFormat::Hermes),
        ("<|start_header_id|>{{ message.content }}", "llama", ToolFormat::Llama3),
        ("[INST]{{ tools }}[TOOL_CALLS]", "llama", ToolFormat::Mistral),
        ("<start_of_turn>", "gemma3", ToolFormat::Gemma),
        ("<|user|>", "phi3", ToolFormat::Phi),
        ("<|im_start|>{{ message.content }}", "llama", ToolFormat::PlainJson),
        ("<|im_start|>{{ message.content }}", "qwen2", ToolFormat::PlainJson),
    ];
    for (template, architecture, format) in table {
        assert_eq!(tool_format(template, architecture), format, "{template} {architecture}");
    }
}

#[test]
fn functions_in_words() {
    insta::assert_snapshot!(tools_as_text(&tools()));
}

fn fragment() -> impl Strategy<Value = String> {
    let known: Vec<String> = [
        "<tool_call>",
        "</tool_call>",
        "<|python_tag|>",
        "<function=",
        "</function>",
        "[TOOL_CALLS]",
        "[ARGS]",
        "<|tool_call|>",
        "<|/tool_call|>",
        "functools[",
        "```tool_code\n",
        "```json\n",
        "```",
        "\n",
        "{\"name\": ",
        "\"lookup_order\"",
        "\"arguments\": {",
        "}",
        "]",
        "[",
        "{",
        ", ",
        "lookup_order(",
        "order_id=",
        "\"é\"",
        ")",
        "'",
        "{\"name\": \"get_time\", \"arguments\": {}}",
        "[get_time()]",
        "print(",
        "\\u",
        "(",
        "<｜tool▁call▁begin｜>",
    ]
    .map(String::from)
    .to_vec();
    prop_oneof![3 => prop::sample::select(known), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn nothing_said_is_lost(fragments in prop::collection::vec(fragment(), 0..10)) {
        let output = fragments.concat();
        for format in FAMILIES {
            let (text, calls) = format.parse(&output, &tools());
            prop_assert!(!text.trim().is_empty() || !calls.is_empty() || output.trim().is_empty(), "{format:?}");
            prop_assert!(!calls.is_empty() || text == output, "{format:?} changed text that holds no call");
            let unread = calls.iter().filter(|call| call.name.trim().is_empty());
            prop_assert!(unread.into_iter().all(|call| matches!(call.arguments, Arguments::Raw(_))), "{format:?}");
        }
    }
}
