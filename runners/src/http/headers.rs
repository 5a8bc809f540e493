use eval_core::{RunnerError, RunnerErrorKind as Kind};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

/// Puts in headers whose values are secrets; one of the same name is replaced. An error where a name or a value can be
/// none of a header.
pub fn add_secrets<'a>(
    headers: &mut HeaderMap,
    secrets: impl IntoIterator<Item = (&'a str, &'a SecretString)>,
) -> Result<(), RunnerError> {
    for (name, secret) in secrets {
        let wrong = |what: String| RunnerError::new(Kind::Rejected, what);
        let key = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| wrong(format!("{name:?} cannot be the name of a header")))?;
        let mut value = HeaderValue::from_str(secret.expose_secret()).map_err(|_| {
            wrong(format!(
                "the value for the header `{key}` has a character that no header can have, such as a line break"
            ))
        })?;
        // Keeps it out of debug output.
        value.set_sensitive(true);
        headers.insert(key, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_marked_and_a_wrong_one_is_not_repeated() {
        let mut headers = HeaderMap::new();
        headers.insert("x-team", HeaderValue::from_static("default"));
        add_secrets(&mut headers, [("X-Team", &"planted-team".into()), ("x-key", &"planted-key".into())]).unwrap();
        assert_eq!(headers["x-team"], "planted-team");
        assert!(!format!("{headers:?}").contains("planted"), "{headers:?}");
        let messages: Vec<String> = [("x-key", "planted\nkey"), ("x key", "planted-key")]
            .map(|(name, value)| add_secrets(&mut headers, [(name, &value.into())]).unwrap_err().message)
            .into();
        assert_eq!(
            messages,
            [
                "the value for the header `x-key` has a character that no header can have, such as a line break",
                "\"x key\" cannot be the name of a header",
            ]
        );
    }
}
