//! The rule of a split, in the text of `suite.toml`; every other byte stays.

use crate::settings::SplitRule;

/// The text with the rule: above the tasks, else at the end.
pub(super) fn with(text: &str, rule: SplitRule) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let SplitRule { share, seed } = rule;
    let table = format!("[held_out]{end}share = {share}{end}seed = {seed}{end}{end}");
    let (mut at, mut place) = (0, None);
    for line in text.split_inclusive('\n') {
        if line.starts_with("[[task]]") {
            break;
        }
        at += line.len();
        // Comments right above a task are of the task.
        place = if line.starts_with('#') { place.or(Some(at - line.len())) } else { None };
    }
    match place.unwrap_or(at) {
        at if at < text.len() => format!("{}{table}{}", &text[..at], &text[at..]),
        _ => format!("{}{end}{end}{}{end}", text.trim_end(), table.trim_end()),
    }
}

/// The text without a rule.
pub(super) fn without(text: &str) -> String {
    let (mut out, mut inside) = (String::with_capacity(text.len()), false);
    for line in text.split_inclusive('\n') {
        let words = line.trim();
        let is_key =
            |name: &str| words.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with(['=', '.']));
        if words.starts_with("[held_out]") {
            inside = true;
        } else if inside && words.is_empty() {
            inside = false;
        } else if !(inside && (is_key("share") || is_key("seed")) || is_key("held_out")) {
            inside &= words.starts_with('#');
            out.push_str(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_comes_and_goes_and_no_other_byte_changes() {
        let rule = SplitRule { share: 0.3, seed: 7 };
        let table = "[held_out]\nshare = 0.3\nseed = 7\n\n";
        for (before, after) in [
            ("name = \"s\"\n\n# of all\n\n", "# of t\n# too\n[[task]]\nname = \"t\"\n\n# u\n[[task]]\nname = \"u\""),
            ("name = \"s\"\n", "[[task]]\nname = \"t\"\n[task.fields]\n"),
            ("", "[[task]]\n"),
        ] {
            let text = format!("{before}{after}");
            assert_eq!(with(&text, rule), format!("{before}{table}{after}"));
            assert_eq!(without(&with(&text, rule)), text);
            let windows = text.replace('\n', "\r\n");
            assert_eq!(without(&with(&windows, rule)), windows);
        }
        assert_eq!(with("task = []\n", rule), format!("task = []\n\n{}\n", table.trim_end()));
        assert_eq!(without("a = 1\nheld_out = { share = 0.3 }\n[b]\n"), "a = 1\n[b]\n");
        assert_eq!(without("[held_out]\nseed = 1\nshare=0.3\n[b]\nshare = 2\n"), "[b]\nshare = 2\n");
    }
}
