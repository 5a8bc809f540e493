//! A log's bytes in blocks of whole lines.

use std::io::Read;

/// Bytes that are read at a time, about.
pub(super) const BLOCK: usize = 1 << 19;

/// Longest line that is read: a model's answer is far below, a broken file may be far above.
pub(super) const MAX_LINE: usize = 64 << 20;

/// Whole lines of a log; of the last block also what stands after the last line end.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub bytes: Vec<u8>,
    /// Where it begins in the log.
    pub offset: u64,
}

/// Cuts what it reads at line ends.
pub(super) struct Blocks<R> {
    file: R,
    /// What was read behind the last line end.
    rest: Vec<u8>,
    offset: u64,
    done: bool,
}

impl<R: Read> Blocks<R> {
    pub fn new(file: R) -> Self {
        Self { file, rest: Vec::new(), offset: 0, done: false }
    }

    /// The next block, in a buffer that may have served before; `None` at the end.
    ///
    /// A line that goes on beyond [`MAX_LINE`] ends the reading: it is the block's last one, without its line end.
    pub fn next(&mut self, mut bytes: Vec<u8>) -> std::io::Result<Option<Block>> {
        bytes.clear();
        bytes.append(&mut self.rest);
        while !self.done {
            let known = bytes.len();
            bytes.reserve(BLOCK);
            let read = self.file.by_ref().take(BLOCK as u64).read_to_end(&mut bytes)?;
            // Only the new bytes: a long line is not searched again and again.
            if let Some(end) = bytes[known..].iter().rposition(|byte| *byte == b'\n') {
                self.rest.extend_from_slice(&bytes[known + end + 1..]);
                bytes.truncate(known + end + 1);
                self.done = read < BLOCK && self.rest.is_empty();
                break;
            }
            self.done = read < BLOCK || bytes.len() > MAX_LINE;
        }
        let block = Block { offset: self.offset, bytes };
        self.offset += block.bytes.len() as u64;
        Ok((!block.bytes.is_empty()).then_some(block))
    }
}
