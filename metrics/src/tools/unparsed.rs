use eval_core::Tool;

/// Marks that only stand in a call which the model's parser should have read.
const MARKS: &[&str] = &[
    "<tool_call",
    "<|tool_call",
    "<|python_tag|>",
    "[TOOL_CALLS]",
    "<function=",
    "<function_call",
    "```tool_code",
    "```tool_call",
];

/// Whether a message without calls holds what was meant as one: a parser's mark, a JSON object with `name` and
/// `arguments` or `parameters`, `functions.x(`, or an offered function with its arguments in brackets.
pub(super) fn looks_like_call(text: &str, tools: &[Tool]) -> bool {
    MARKS.iter().any(|mark| text.contains(mark))
        || (has_key(text, "name") && (has_key(text, "arguments") || has_key(text, "parameters")))
        || has_invocation(text, "functions.", |rest| {
            let name = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            name > 0 && rest[name..].starts_with('(')
        })
        || tools
            .iter()
            .filter(|tool| !tool.name().is_empty())
            .any(|tool| has_invocation(text, tool.name(), |rest| rest.strip_prefix('(').is_some_and(begins_arguments)))
}

/// A quoted key with its colon, in either kind of quotes.
fn has_key(text: &str, key: &str) -> bool {
    ['"', '\''].iter().any(|quote| {
        let quoted = format!("{quote}{key}{quote}");
        text.match_indices(&quoted).any(|(at, _)| text[at + quoted.len()..].trim_start().starts_with(':'))
    })
}

/// Whether `start` stands in the text as the start of a word and what follows is as asked.
fn has_invocation(text: &str, start: &str, follows: impl Fn(&str) -> bool) -> bool {
    text.match_indices(start).any(|(at, _)| {
        let inside_word = text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        !inside_word && follows(&text[at + start.len()..])
    })
}

/// `)`, a quote, `{`, or `name=`: "refund(s)" is prose.
fn begins_arguments(text: &str) -> bool {
    let text = text.trim_start();
    let word = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    text.starts_with([')', '"', '\'', '{'])
        || (word > 0 && text[word..].trim_start().starts_with(['=', ':']) && !text[word..].starts_with("=="))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn attempts_at_a_call_are_told_from_prose() {
        let tools = sample::tools().tools;
        for text in [
            "<tool_call>\n{\"name\": \"refund\", \"arguments\": {\"order_number\": \"FM-1\"}}\n</tool_call>",
            "<tool_call>{broken",
            "{\"name\": \"refund\", \"parameters\": {\"order_number\": \"FM-1\"}}",
            "{'name' : 'refund', 'arguments' : {}}",
            "Sure:\n```json\n{\"name\": \"refund\",\n \"arguments\":{}}\n```",
            "[TOOL_CALLS][{\"name\"",
            "<|python_tag|>refund.call(order_number=\"FM-1\")",
            "functions.refund({\"order_number\": \"FM-1\"})",
            "<function=refund>{\"order_number\": \"FM-1\"}</function>",
            "```tool_code\nprint(refund())\n```",
            "refund(order_number=\"FM-1\")",
            "I will call refund( order_number = 'FM-1').",
            "refund()",
            "escalate({\"team\": \"legal\"})",
        ] {
            assert!(looks_like_call(text, &tools), "{text}");
        }
        for text in [
            "Nothing to do here: the customer says thanks.",
            "Your refund(s) will arrive within 5 days.",
            "No refund (the order is settled).",
            "The tool functions. Nothing else is asked.",
            "No call: the \"name\" is missing.",
            "prefund(x=1) is not a function of ours",
            "{\"name\": \"Marit\", \"wish\": \"none\"}",
            "",
        ] {
            assert!(!looks_like_call(text, &tools), "{text}");
        }
    }
}
