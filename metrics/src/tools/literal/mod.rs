//! Arguments that are source text of Java or JavaScript, read to the values that they stand for.
//!
//! A parameter says so with `"x-literal": "java:ArrayList<String>"`. The rules are those of the Berkeley leaderboard,
//! its limits included: text that does not read as the type stays text, and a list is split at every comma.

mod java;
mod javascript;

use serde_json::{Number, Value};

/// The key of a parameter's schema.
pub(super) const KEY: &str = "x-literal";

/// The type of the value that a literal stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Whole,
    Fraction,
    Bool,
    List,
    Object,
    Null,
}

impl Kind {
    /// The type of a value as it is written: `5.0` is no whole number.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::String(_) => Self::Text,
            Value::Number(number) if number.is_f64() => Self::Fraction,
            Value::Number(_) => Self::Whole,
            Value::Bool(_) => Self::Bool,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
            Value::Null => Self::Null,
        }
    }

    /// A name in words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Whole => "a whole number",
            Self::Fraction => "a number",
            Self::Bool => "true or false",
            Self::List => "a list",
            Self::Object => "an object",
            Self::Null => "null",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Java,
    JavaScript,
}

/// What a literal is to be read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Literal<'a> {
    language: Language,
    name: &'a str,
    items: Option<&'a str>,
}

impl<'a> Literal<'a> {
    /// The literal that a parameter's schema asks for, `None` where it asks for none.
    ///
    /// # Errors
    /// For words that name no type.
    pub(super) fn of(schema: &'a Value) -> Result<Option<Self>, String> {
        let Some(words) = schema.get(KEY) else { return Ok(None) };
        words.as_str().and_then(Self::parse).map(Some).ok_or_else(|| {
            format!(
                "`{KEY}` is {words}: write \"java:TYPE\" with {} or \"javascript:TYPE\" with {}; lists say what they \
                 hold, \"java:ArrayList<String>\"",
                java::TYPES.map(|(name, _)| name).join(", "),
                javascript::TYPES.map(|(name, _)| name).join(", "),
            )
        })
    }

    fn parse(words: &'a str) -> Option<Self> {
        let (language, rest) = words.split_once(':')?;
        let language = match language {
            "java" => Language::Java,
            "javascript" => Language::JavaScript,
            _ => return None,
        };
        let (name, items) = match rest.split_once('<') {
            Some((name, items)) => (name, Some(items.strip_suffix('>')?)),
            None => (rest, None),
        };
        let literal = Self { language, name, items };
        kind(language, name)?;
        items.is_none_or(|items| kind(language, items).is_some()).then_some(literal)
    }

    /// The type that its value should have.
    pub(super) fn kind(&self) -> Kind {
        kind(self.language, self.name).unwrap_or(Kind::Text)
    }

    /// The type that the items of its list should have.
    pub(super) fn items(&self) -> Option<Kind> {
        self.items.filter(|_| self.kind() == Kind::List).and_then(|name| kind(self.language, name))
    }

    /// The value that a text stands for; the text where it does not read as the type.
    pub(super) fn read(&self, text: &str) -> Value {
        match self.language {
            Language::Java => java::read(text, self.name, self.items),
            Language::JavaScript => javascript::read(text, self.name, self.items),
        }
    }
}

fn kind(language: Language, name: &str) -> Option<Kind> {
    let types: &[(&str, Kind)] = match language {
        Language::Java => &java::TYPES,
        Language::JavaScript => &javascript::TYPES,
    };
    types.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

/// `-?\d+` as a number.
fn whole(text: &str) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let only_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    only_digits.then(|| number(text))?
}

/// `-?\d+(\.\d+)?`, and an exponent where it may have one.
fn fraction(text: &str, exponent: bool) -> Option<Value> {
    let (mantissa, power) = match text.split_once(['e', 'E']) {
        Some((mantissa, power)) if exponent => (mantissa, Some(power)),
        Some(_) => return None,
        None => (text, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let sound = match unsigned.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part),
        None => digits(unsigned),
    };
    let sound = sound && power.is_none_or(|power| digits(power.strip_prefix(['+', '-']).unwrap_or(power)));
    sound.then(|| text.parse().ok().and_then(Number::from_f64).map(Value::Number))?
}

/// A whole number, exactly where it has a place.
fn number(text: &str) -> Option<Value> {
    let exact = text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from));
    exact.ok().or_else(|| text.parse().ok().and_then(Number::from_f64)).map(Value::Number)
}

/// A value by its looks alone: a quoted text, a truth value, a number, else the text.
fn guess(text: &str, quotes: &[char]) -> Value {
    if let "true" | "false" = text {
        return Value::Bool(text == "true");
    }
    if quotes.iter().any(|quote| text.starts_with(*quote) && text.ends_with(*quote)) {
        return inner(text).into();
    }
    let plain = text.trim().trim_start_matches('+');
    let float = || plain.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number);
    whole(plain).or_else(float).unwrap_or_else(|| text.into())
}

/// Without the first and the last character.
fn inner(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next();
    chars.next_back();
    chars.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn literals_of_java() {
        for (literal, text, value) in [
            ("integer", "-12", json!(-12)),
            ("integer", "12L", json!("12L")),
            ("long", "12L", json!(12)),
            ("long", "12", json!("12")),
            ("float", "1.5f", json!(1.5)),
            ("float", "1.5", json!("1.5")),
            ("double", "2", json!(2.0)),
            ("double", "1e3", json!(1000.0)),
            ("boolean", "true", json!(true)),
            ("boolean", "True", json!("True")),
            ("char", "'c'", json!("'c'")),
            ("String", "\"x\"", json!("\"x\"")),
            ("Array<integer>", "new int[]{2, 7}", json!([2, 7])),
            ("Array<String>", "new String[] {\"-v\"}", json!(["\"-v\""])),
            ("ArrayList<String>", "new ArrayList<String>(Arrays.asList(\"a\", \"b\"))", json!(["a", "b"])),
            ("ArrayList<long>", "new ArrayList<>() {{ add(1L); add(2L); }}", json!([1, 2])),
            ("ArrayList<any>", "new ArrayList<>()", json!([])),
            ("ArrayList<any>", "items", json!("items")),
            (
                "HashMap",
                "new HashMap<String, Object>() {{ put(\"a\", 5); put(\"b\", \"x\"); }}",
                json!({"a": 5, "b": "x"}),
            ),
            ("HashMap", "new HashMap<>()", json!({})),
            ("HashMap", "options", json!("options")),
        ] {
            let schema = json!({KEY: format!("java:{literal}")});
            assert_eq!(Literal::of(&schema).unwrap().unwrap().read(text), value, "{literal} {text}");
        }
    }

    #[test]
    fn literals_of_javascript() {
        for (literal, text, value) in [
            ("String", "'x'", json!("x")),
            ("String", "x", json!("x")),
            ("float", "5", json!(5.0)),
            ("float", "1e3", json!("1e3")),
            ("Bigint", "12n", json!(12)),
            ("Boolean", "false", json!(false)),
            ("array<String>", "[\"a\", 'b']", json!(["a", "b"])),
            ("array<float>", "new Array(1, 2.5)", json!([1.0, 2.5])),
            ("array<array>", "[[1, 2], ['x']]", json!([[1, 2], ["x"]])),
            ("array<String>", "[]", json!([])),
            ("array<String>", "list", json!("list")),
            ("dict", "{\"a\": 1, 'b': [true, \"x, y\"], c: d}", json!({"a": 1, "b": [true, "\"x", "y\""], "c": "d"})),
            ("dict", "{'limit': 5,}", json!({"limit": "5,"})),
            ("dict", "{}", json!({})),
            ("dict", "options", json!("options")),
        ] {
            let schema = json!({KEY: format!("javascript:{literal}")});
            assert_eq!(Literal::of(&schema).unwrap().unwrap().read(text), value, "{literal} {text}");
        }
    }

    #[test]
    fn a_literal_of_no_type_is_refused() {
        for words in
            [json!("java:Set"), json!("rust:i32"), json!("java:ArrayList<>"), json!("javascript:char"), json!(5)]
        {
            let error = Literal::of(&json!({KEY: words})).unwrap_err();
            assert!(error.starts_with(&format!("`x-literal` is {words}: write \"java:TYPE\" with byte, ")), "{error}");
        }
    }
}
