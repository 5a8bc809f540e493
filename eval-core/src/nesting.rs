//! How deeply values may be nested that come from elsewhere.

use serde_json::Value;

/// A value from a model, a server or a case file that is nested more deeply cannot be read. Records and files hold such
/// values some levels down, and readers of JSON stop at 128.
pub const DEEPEST: usize = 64;

/// Whether a value is nested more deeply than [`DEEPEST`]. `[]` is one level deep, a text none.
pub fn too_deep(value: &Value) -> bool {
    exceeds(value, DEEPEST)
}

/// It goes no further down than is allowed.
fn exceeds(value: &Value, levels: usize) -> bool {
    let within = |value| levels == 0 || exceeds(value, levels - 1);
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(within),
        Value::Object(members) => levels == 0 || members.values().any(within),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_limit_is_exact_and_holds_for_what_no_reader_takes() {
        let nested = |levels: usize| {
            (0..levels).fold(json!(1), |inner, level| match level % 2 {
                0 => json!([0, inner]),
                _ => json!({"a": 0, "b": inner}),
            })
        };
        assert!(!too_deep(&json!("text")) && !too_deep(&nested(DEEPEST)));
        for levels in [DEEPEST + 1, 127, 128, 2_000] {
            assert!(too_deep(&nested(levels)), "{levels}");
        }
        assert!(!too_deep(&json!(vec![json!([]); 200])));
    }
}
