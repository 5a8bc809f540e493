//! A report as its reader sees it: the cases that it carries are packed, and its script opens them.

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::DeflateDecoder;
use std::io::Read;

/// The page, and behind it the text of all that is packed in it.
pub fn opened(page: &str) -> String {
    let packed = page.split("<template").skip(1).map(|part| part.split(['>', '<']).nth(1).unwrap().trim());
    let open = |packed: &str| {
        let mut text = String::new();
        DeflateDecoder::new(&STANDARD.decode(packed).unwrap()[..]).read_to_string(&mut text).unwrap();
        text
    };
    let parts: Vec<String> = packed.map(open).collect();
    assert!(!parts.is_empty(), "the page carries no cases");
    [&[page.to_string()], &parts[..]].concat().join("\n")
}
