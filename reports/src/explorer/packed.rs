//! Data inside a page: deflated, and in letters that are no markup.

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::DeflateEncoder};
use std::io::Write;

/// As the page's script opens it: base64 of raw deflate.
pub(super) fn packed(text: &str) -> std::io::Result<String> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes())?;
    Ok(STANDARD.encode(encoder.finish()?))
}

/// The source expression of a content security policy that allows one script.
pub(super) fn script_hash(script: &str) -> String {
    use sha2::{Digest, Sha256};
    format!("sha256-{}", STANDARD.encode(Sha256::digest(script.as_bytes())))
}
