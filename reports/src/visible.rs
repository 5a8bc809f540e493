//! Makes what a model wrote safe to show: control and direction characters become visible escapes.

/// Whether a character could move the cursor, change the direction of the text around it, or hide.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with hidden characters as `\u{…}`; line ends and tabs stay. Joiners stay too: scripts and emoji need them.
pub fn visible(text: &str) -> String {
    escape(text, |c| c == '\n' || c == '\t')
}

/// As [`visible`], on one line.
pub fn visible_line(text: &str) -> String {
    escape(text, |_| false)
}

fn escape(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if !is_hidden(c) || keep(c) => out.push(c),
            '\n' | '\r' | '\t' => out.extend(c.escape_default()),
            c => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_becomes_visible_and_writing_stays() {
        assert_eq!(visible("a\u{1b}[31m\u{202e}txt\r\n\tb"), "a\\u{1b}[31m\\u{202e}txt\\r\n\tb");
        assert_eq!(visible_line("a\nb\u{2066}\u{e0041}"), "a\\nb\\u{2066}\\u{e0041}");
        let writing = "naïve 👩‍🔧 می‌خواهم שלום";
        assert_eq!(visible_line(writing), writing);
    }
}
