//! What a model is loaded from: a GGUF file, or a folder as the model hub lays it out.

use super::{Config, Folder, GgufFile, LoadError, Tokenizer};
use candle_core::{Device, Tensor, quantized::QTensor};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

/// The weights of a decoder, by the names that GGUF gives them.
pub trait Weights {
    /// The decoder's shape.
    fn config(&self) -> Result<Config, LoadError>;
    /// Whether a tensor is there.
    fn has(&self, name: &str) -> bool;
    /// Reads a tensor as 32-bit floats.
    fn dense(&mut self, name: &str, device: &Device) -> Result<Tensor, LoadError>;
    /// Reads a tensor as it is stored.
    fn stored(&mut self, name: &str, device: &Device) -> Result<QTensor, LoadError>;
    /// An error about them.
    fn fail(&self, message: String) -> LoadError;
}

/// A model at rest: weights, tokenizer, chat template and what is said of it.
pub trait Checkpoint: Weights {
    /// What it calls itself, if anything.
    fn name(&self) -> Result<Option<String>, LoadError>;
    /// Its licence, if it says.
    fn licence(&self) -> Result<Option<String>, LoadError>;
    /// The family, in GGUF's words where the decoder knows it.
    fn architecture(&self) -> Result<String, LoadError>;
    /// Tensor types and how many elements are stored in each, the commonest first.
    fn element_types(&self) -> Vec<(String, usize)>;
    /// Its tokenizer, in a few words.
    fn tokenizer_kind(&self) -> Result<String, LoadError>;
    /// Builds the tokenizer.
    fn tokenizer(&self) -> Result<Tokenizer, LoadError>;
    /// Its own chat template, if it has one.
    fn chat_template(&self) -> Result<Option<String>, LoadError>;
    /// Of everything that its answers depend on.
    fn sha256(&self) -> Result<String, LoadError>;
    /// Whether its weights can be multiplied with as they are stored.
    fn runs_stored(&self) -> bool;
    /// Bytes that its weights take when they are packed, or the types of those that cannot be.
    fn packed_bytes(&self) -> Result<u64, Vec<String>>;
}

/// Opens a `.gguf` file or a folder with `config.json` and safetensors.
pub fn open(path: &Path) -> Result<Box<dyn Checkpoint>, LoadError> {
    if path.is_dir() { Ok(Box::new(Folder::open(path)?)) } else { Ok(Box::new(GgufFile::open(path)?)) }
}

/// The SHA-256 of a file.
pub fn file_digest(path: &Path) -> Result<String, LoadError> {
    let io = |cause| LoadError::Io { path: path.into(), cause };
    let mut file = File::open(path).map_err(io)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer).map_err(io)?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
    }
    Ok(hex(&digest.finalize()))
}

/// One digest for several files: that of the lines that `sha256sum` prints for them, in the order of their names.
pub fn files_digest(mut files: Vec<PathBuf>) -> Result<String, LoadError> {
    files.sort();
    let mut digest = Sha256::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        digest.update(format!("{}  {name}\n", file_digest(&file)?));
    }
    Ok(hex(&digest.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
