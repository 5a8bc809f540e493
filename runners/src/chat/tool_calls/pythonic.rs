//! Calls written as Python: `name(key="value", other=1)`.

use super::{Piece, json, plain::unfence};
use eval_core::{Arguments, Tool, ToolCall};
use serde_json::{Map, Number, Value};

/// Takes out calls that begin a line: to a function on offer, with a keyword, in brackets, or in a `tool_code` fence. Where the family
/// does not write calls so (`accept` is false), they are attempts that cannot be read.
pub(super) fn split<'a>(text: &'a str, tools: &[Tool], accept: bool) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while at < text.len() {
        if !begins_a_call(&text[from..at], &text[at..], tools) {
            at = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
            continue;
        }
        let read = Reader { rest: &text[at..], tools }.calls().filter(|_| accept);
        let (calls, rest) = read.unwrap_or_else(|| {
            let end = text[at..].find("```").map_or(text.len(), |end| at + end);
            (vec![unreadable(&text[at..end])], &text[end..])
        });
        let (before, after) = unfence(&text[from..at], rest);
        pieces.push(Piece::Text(before));
        pieces.extend(calls.into_iter().map(Piece::Call));
        at = text.len() - after.len();
        from = at;
    }
    pieces.push(Piece::Text(&text[from..]));
    pieces
}

fn begins_a_call(before: &str, text: &str, tools: &[Tool]) -> bool {
    let fenced = ["```tool_code", "```tool_call"].iter().any(|fence| before.trim_end().ends_with(fence));
    let line = text.trim_start_matches([' ', '\t']);
    if fenced {
        return !line.starts_with('{') && !line.trim_start_matches('[').trim_start().starts_with('{');
    }
    let bracketed = line.starts_with('[');
    let inner = line.trim_start_matches('[').trim_start();
    let inner = inner.strip_prefix("print(").unwrap_or(inner);
    let name = &inner[..inner.len() - inner.trim_start_matches(is_name).len()];
    let Some(arguments) = inner[name.len()..].strip_prefix('(') else { return false };
    let after_key = arguments.trim_start_matches(is_name);
    let keyword = after_key.len() < arguments.len() && after_key.starts_with('=');
    json::offered(name, tools) || (!name.is_empty() && (keyword || (bracketed && after_key.starts_with(')'))))
}

fn unreadable(raw: &str) -> ToolCall {
    let raw = if raw.trim().is_empty() { "```tool_code" } else { raw };
    let name = raw.split('(').next().unwrap_or_default().trim().trim_start_matches('[').trim();
    let name = if name.chars().all(is_name) { name } else { "" };
    ToolCall { name: name.to_string(), arguments: Arguments::Raw(raw.trim().to_string()) }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

/// Reads from the front of `rest`; every method gives `None` where the text is not what it reads.
struct Reader<'a, 't> {
    rest: &'a str,
    tools: &'t [Tool],
}

/// Literals nested deeper than this are not read.
const DEEPEST: usize = 32;

impl<'a> Reader<'a, '_> {
    /// One call a line, or a list in brackets; and what follows.
    fn calls(mut self) -> Option<(Vec<ToolCall>, &'a str)> {
        let mut calls = Vec::new();
        self.blanks();
        if self.eat("[") {
            while !self.eat("]") {
                calls.push(self.call()?);
                if !self.eat(",") {
                    self.eat("]").then_some(())?;
                    break;
                }
            }
            return (!calls.is_empty()).then_some((calls, self.rest));
        }
        calls.push(self.call()?);
        loop {
            let mut ahead = Reader { rest: json::after_separators(self.rest), tools: self.tools };
            match ahead.call() {
                Some(call) => calls.push(call),
                None => return Some((calls, self.rest)),
            }
            self.rest = ahead.rest;
        }
    }

    fn call(&mut self) -> Option<ToolCall> {
        self.blanks();
        if self.eat("print(") {
            let call = self.call()?;
            return self.eat(")").then_some(call);
        }
        let name = self.name()?;
        self.eat("(").then_some(())?;
        let mut arguments = Map::new();
        while !self.eat(")") {
            let (key, value) = self.argument(name, arguments.len())?;
            arguments.insert(key, value);
            if !self.eat(",") {
                self.eat(")").then_some(())?;
                break;
            }
        }
        Some(ToolCall { name: name.to_string(), arguments: Arguments::Object(arguments) })
    }

    /// `key=value`, or a value whose key is told by its position among the function's parameters.
    fn argument(&mut self, function: &str, position: usize) -> Option<(String, Value)> {
        self.blanks();
        let start = self.rest;
        if let Some(key) = self.name().filter(|key| !key.contains('.'))
            && self.eat("=")
        {
            return Some((key.to_string(), self.value(0)?));
        }
        self.rest = start;
        let tool = self.tools.iter().find(|tool| tool.name() == function)?;
        let key = tool.parameters()["properties"].as_object()?.keys().nth(position)?.clone();
        Some((key, self.value(0)?))
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.blanks();
        if depth > DEEPEST {
            return None;
        }
        match self.rest.chars().next()? {
            '"' | '\'' => self.string().map(Value::from),
            '[' => self.items("[", "]", depth).map(Value::from),
            '(' => self.items("(", ")", depth).map(Value::from),
            '{' => self.object(depth).map(Value::from),
            '-' | '+' | '0'..='9' | '.' => self.number().map(Value::from),
            _ => match self.name()? {
                "True" | "true" => Some(true.into()),
                "False" | "false" => Some(false.into()),
                "None" | "null" => Some(Value::Null),
                _ => None,
            },
        }
    }

    fn items(&mut self, open: &str, close: &str, depth: usize) -> Option<Vec<Value>> {
        let mut items = Vec::new();
        self.eat(open).then_some(())?;
        while !self.eat(close) {
            items.push(self.value(depth + 1)?);
            if !self.eat(",") {
                self.eat(close).then_some(())?;
                break;
            }
        }
        Some(items)
    }

    fn object(&mut self, depth: usize) -> Option<Map<String, Value>> {
        let mut object = Map::new();
        self.eat("{").then_some(())?;
        while !self.eat("}") {
            self.blanks();
            let key = self.string()?;
            self.eat(":").then_some(())?;
            object.insert(key, self.value(depth + 1)?);
            if !self.eat(",") {
                self.eat("}").then_some(())?;
                break;
            }
        }
        Some(object)
    }

    fn number(&mut self) -> Option<Number> {
        let end = self.rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E' | '_'));
        let (digits, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let digits = digits.replace('_', "");
        let number = match digits.parse::<i64>() {
            Ok(whole) => Number::from(whole),
            Err(_) => Number::from_f64(digits.parse().ok()?)?,
        };
        self.rest = rest;
        Some(number)
    }

    fn string(&mut self) -> Option<String> {
        let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| self.rest.starts_with(quote))?;
        let mut text = String::new();
        let mut rest = &self.rest[quote.len()..];
        while !rest.starts_with(quote) {
            let mut chars = rest.chars();
            match chars.next()? {
                '\\' => rest = escape(chars.as_str(), &mut text)?,
                '\n' if quote.len() == 1 => return None,
                c => {
                    text.push(c);
                    rest = chars.as_str();
                }
            }
        }
        self.rest = &rest[quote.len()..];
        Some(text)
    }

    fn name(&mut self) -> Option<&'a str> {
        let end = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!name.is_empty()).then_some(name)
    }

    fn eat(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

/// Python's escape after a backslash: appends what it means, gives what follows it.
fn escape<'a>(rest: &'a str, text: &mut String) -> Option<&'a str> {
    let mut chars = rest.chars();
    let simple = match chars.next()? {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '\n' => return Some(chars.as_str()),
        c @ ('\\' | '\'' | '"') => c,
        c @ ('x' | 'u' | 'U') => {
            let digits = match c {
                'x' => 2,
                'u' => 4,
                _ => 8,
            };
            let code = u32::from_str_radix(chars.as_str().get(..digits)?, 16).ok()?;
            text.push(char::from_u32(code)?);
            return chars.as_str().get(digits..);
        }
        other => {
            text.push('\\');
            other
        }
    };
    text.push(simple);
    Some(chars.as_str())
}
