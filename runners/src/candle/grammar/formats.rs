//! Formats of text, as the grammar takes them.

use serde_json::{Map, Value, json};

/// The formats of JSON Schema that have a grammar.
const FOLLOWED: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid", "uri"];

/// Those that have none. All others say nothing.
const BEYOND: [&str; 9] = [
    "idn-email",
    "idn-hostname",
    "iri",
    "iri-reference",
    "json-pointer",
    "regex",
    "relative-json-pointer",
    "uri-reference",
    "uri-template",
];

const DATE: &str = concat!(
    "(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)",
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))",
    "|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)"
);
/// Without leap seconds, of which there is one in years.
const TIME: &str =
    r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?(?:[zZ]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])";
/// Without two hyphens in the third and the fourth place, which mark names in other alphabets.
const NAME: &str = "[a-zA-Z0-9](?:[a-zA-Z0-9]|[a-zA-Z0-9-]{1,2}[a-zA-Z0-9]|[a-zA-Z0-9-](?:[a-zA-Z0-9][a-zA-Z0-9-]|-[a-zA-Z0-9])[a-zA-Z0-9-]{0,58}[a-zA-Z0-9])?";
const MAILBOX: &str = r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,16}(?:\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,15}){0,3}";

/// Puts a pattern in the place of a format where the library's own is too wide. Where a format has no grammar, its name.
pub fn as_pattern(schema: &mut Map<String, Value>) -> Result<(), String> {
    let Some(Value::String(format)) = schema.get("format") else { return Ok(()) };
    let format = format.clone();
    let for_texts = match schema.get("type") {
        Some(Value::Array(types)) => types.iter().any(|name| name == "string"),
        Some(name) => name == "string",
        None => true,
    };
    if !for_texts || !FOLLOWED.iter().chain(&BEYOND).any(|known| *known == format) {
        schema.shift_remove("format");
        return Ok(());
    }
    if BEYOND.contains(&format.as_str()) {
        return Err(format);
    }
    let (pattern, longest) = match format.as_str() {
        "date" => (DATE.into(), None),
        "time" => (TIME.into(), None),
        "date-time" => (format!("{DATE}[tT]{TIME}"), None),
        "hostname" => (format!(r"{NAME}(?:\.{NAME}){{0,3}}"), Some(253)),
        "email" => (format!(r"{MAILBOX}@{NAME}(?:\.{NAME}){{0,2}}"), Some(254)),
        _ => return Ok(()),
    };
    schema.shift_remove("format");
    if let Some(longest) = longest {
        let given = schema.get("maxLength").and_then(Value::as_u64);
        schema.insert("maxLength".into(), json!(given.map_or(longest, |given| given.min(longest))));
    }
    let pattern = json!(format!("^{pattern}$"));
    match (schema.contains_key("pattern"), schema.get_mut("allOf")) {
        (false, _) => drop(schema.insert("pattern".into(), pattern)),
        (true, Some(Value::Array(all))) => all.push(json!({"pattern": pattern})),
        (true, _) => drop(schema.insert("allOf".into(), json!([{"pattern": pattern}]))),
    }
    Ok(())
}
