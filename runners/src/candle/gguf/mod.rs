//! A GGUF file: metadata and tensors, with errors that say what is wrong with the file.

mod config;

pub use config::ARCHITECTURES;

use super::{
    Config, LoadError, Tokenizer, Vocabulary,
    checkpoint::{Checkpoint, Weights, file_digest},
};
use candle_core::{
    Device, Tensor,
    quantized::{
        GgmlDType, QTensor,
        gguf_file::{Content, TensorInfo, Value},
    },
};
use eval_kernels::Packed;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

/// An open GGUF file.
pub struct GgufFile {
    path: PathBuf,
    reader: BufReader<File>,
    content: Content,
}

impl GgufFile {
    /// Opens a file, reads its metadata and checks that every tensor lies within it.
    pub fn open(path: &Path) -> Result<Self, LoadError> {
        let io = |cause| LoadError::Io { path: path.into(), cause };
        let mut file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        let mut magic = Vec::new();
        file.by_ref().take(4).read_to_end(&mut magic).map_err(io)?;
        if magic != b"GGUF" {
            let message = match magic.as_slice() {
                [] => "it is empty".to_string(),
                other => {
                    format!("it begins with {:?}, a GGUF file begins with \"GGUF\"", String::from_utf8_lossy(other))
                }
            };
            return Err(LoadError::file(path, "is not a GGUF file", message));
        }
        let mut reader = BufReader::with_capacity(1 << 20, File::open(path).map_err(io)?);
        let content = Content::read(&mut reader).map_err(|e| {
            LoadError::file(path, "is cut short or damaged", format!("its header cannot be read ({})", first_line(&e)))
        })?;
        for (name, info) in &content.tensor_infos {
            let bytes = info.shape.elem_count() / info.ggml_dtype.block_size() * info.ggml_dtype.type_size();
            let end = content.tensor_data_offset.saturating_add(info.offset).saturating_add(bytes as u64);
            if end > length {
                let message =
                    format!("tensor {name} ends at byte {end}, the file has {length}; download it again, completely");
                return Err(LoadError::file(path, "is cut short", message));
            }
        }
        Ok(Self { path: path.into(), reader, content })
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The metadata under a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.content.metadata.get(key)
    }

    /// A required string.
    pub fn string(&self, key: &str) -> Result<&str, LoadError> {
        match self.get(key) {
            Some(Value::String(s)) => Ok(s),
            other => Err(self.bad(key, "a string", other)),
        }
    }

    /// A string, if there.
    pub fn optional_string(&self, key: &str) -> Result<Option<&str>, LoadError> {
        self.get(key).map(|_| self.string(key)).transpose()
    }

    /// A required non-negative whole number.
    pub fn number(&self, key: &str) -> Result<usize, LoadError> {
        let value = self.get(key);
        let number = value.and_then(|v| match v {
            Value::I8(n) => usize::try_from(*n).ok(),
            Value::I16(n) => usize::try_from(*n).ok(),
            Value::I32(n) => usize::try_from(*n).ok(),
            Value::I64(n) => usize::try_from(*n).ok(),
            v => v.to_u64().ok().and_then(|n| usize::try_from(n).ok()),
        });
        number.ok_or_else(|| self.bad(key, "a whole number", value))
    }

    /// A non-negative whole number, if there.
    pub fn optional_number(&self, key: &str) -> Result<Option<usize>, LoadError> {
        self.get(key).map(|_| self.number(key)).transpose()
    }

    /// A number, if there.
    pub fn optional_float(&self, key: &str) -> Result<Option<f64>, LoadError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::F32(x)) => Ok(Some(f64::from(*x))),
            Some(Value::F64(x)) => Ok(Some(*x)),
            other => Err(self.bad(key, "a number", other)),
        }
    }

    /// A truth value, if there.
    pub fn optional_bool(&self, key: &str) -> Result<Option<bool>, LoadError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Bool(b)) => Ok(Some(*b)),
            other => Err(self.bad(key, "true or false", other)),
        }
    }

    /// A required list of strings.
    pub fn strings(&self, key: &str) -> Result<Vec<&str>, LoadError> {
        let Some(Value::Array(items)) = self.get(key) else { return Err(self.bad(key, "a list", self.get(key))) };
        items
            .iter()
            .map(|item| match item {
                Value::String(s) => Ok(s.as_str()),
                other => Err(self.bad(key, "a list of strings", Some(other))),
            })
            .collect()
    }

    /// A list of whole numbers, if there.
    pub fn optional_integers(&self, key: &str) -> Result<Option<Vec<i64>>, LoadError> {
        self.optional_list(key, "a list of whole numbers", |item| match item {
            Value::I8(n) => Some(i64::from(*n)),
            Value::I16(n) => Some(i64::from(*n)),
            Value::I32(n) => Some(i64::from(*n)),
            Value::I64(n) => Some(*n),
            other => other.to_u64().ok().and_then(|n| i64::try_from(n).ok()),
        })
    }

    /// A list of numbers, if there.
    pub fn optional_floats(&self, key: &str) -> Result<Option<Vec<f64>>, LoadError> {
        self.optional_list(key, "a list of numbers", |item| match item {
            Value::F32(x) => Some(f64::from(*x)),
            Value::F64(x) => Some(*x),
            _ => None,
        })
    }

    fn optional_list<T>(
        &self,
        key: &str,
        what: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<Vec<T>>, LoadError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Array(items)) => {
                let items: Option<Vec<T>> = items.iter().map(read).collect();
                items.map(Some).ok_or_else(|| self.bad(key, what, self.get(key)))
            }
            other => Err(self.bad(key, what, other)),
        }
    }

    /// Whether a tensor is there.
    pub fn has(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    /// Where a tensor lies. The matrices of a block's experts (`….3.weight`) may lie stacked in one tensor
    /// (`…_exps.weight`).
    fn place(&self, name: &str) -> Option<TensorInfo> {
        let part = |info: &TensorInfo, shape: &[usize], number: usize| {
            let bytes = shape.iter().product::<usize>() / info.ggml_dtype.block_size() * info.ggml_dtype.type_size();
            let offset = info.offset.saturating_add((number * bytes) as u64);
            TensorInfo { ggml_dtype: info.ggml_dtype, shape: shape.into(), offset }
        };
        if let Some(info) = self.content.tensor_infos.get(name) {
            return Some(part(info, info.shape.dims(), 0));
        }
        let (stack, number) = name.strip_suffix(".weight")?.rsplit_once('.')?;
        let (stack, number) = (format!("{stack}_exps.weight"), number.parse().ok()?);
        let info = self.content.tensor_infos.get(&stack)?;
        let (count, shape) = info.shape.dims().split_first()?;
        (number < *count).then(|| part(info, shape, number))
    }

    /// Reads a tensor.
    pub fn tensor(&mut self, name: &str, device: &Device) -> Result<QTensor, LoadError> {
        let Some(place) = self.place(name) else { return Err(self.fail(format!("it has no tensor {name}"))) };
        let read = place.read(&mut self.reader, self.content.tensor_data_offset, device);
        read.map_err(|e| self.fail(format!("tensor {name} cannot be read: {}", first_line(&e))))
    }

    /// Tensor types and how many elements are stored in each, the commonest first: the file's quantisation.
    pub fn element_types(&self) -> Vec<(String, usize)> {
        let mut types: BTreeMap<String, usize> = BTreeMap::new();
        for info in self.content.tensor_infos.values() {
            *types.entry(format!("{:?}", info.ggml_dtype)).or_default() += info.shape.elem_count();
        }
        let mut types: Vec<_> = types.into_iter().collect();
        types.sort_by_key(|(_, elements)| std::cmp::Reverse(*elements));
        types
    }

    /// An error about this file.
    pub fn fail(&self, message: String) -> LoadError {
        LoadError::file(&self.path, "cannot be loaded", message)
    }

    fn bad(&self, key: &str, what: &str, found: Option<&Value>) -> LoadError {
        let found = match found {
            None => "nothing".to_string(),
            Some(Value::Array(items)) => format!("a list of {}", items.len()),
            Some(value) => format!("{value:?}").chars().take(60).collect(),
        };
        self.fail(format!("its metadata should hold {what} under {key}, it holds {found}"))
    }
}

impl Weights for GgufFile {
    fn config(&self) -> Result<Config, LoadError> {
        config::read(self)
    }

    fn has(&self, name: &str) -> bool {
        self.has(name)
    }

    fn dense(&mut self, name: &str, device: &Device) -> Result<Tensor, LoadError> {
        Ok(self.tensor(name, device)?.dequantize(device)?)
    }

    fn stored(&mut self, name: &str, device: &Device) -> Result<QTensor, LoadError> {
        self.tensor(name, device)
    }

    fn fail(&self, message: String) -> LoadError {
        self.fail(message)
    }
}

impl Checkpoint for GgufFile {
    fn name(&self) -> Result<Option<String>, LoadError> {
        Ok(self.optional_string("general.name")?.map(String::from))
    }

    fn licence(&self) -> Result<Option<String>, LoadError> {
        Ok(self.optional_string("general.license")?.map(String::from))
    }

    fn architecture(&self) -> Result<String, LoadError> {
        Ok(self.string("general.architecture")?.to_string())
    }

    fn element_types(&self) -> Vec<(String, usize)> {
        self.element_types()
    }

    fn tokenizer_kind(&self) -> Result<String, LoadError> {
        let vocabulary = Vocabulary::read(self)?;
        Ok(format!("{} {}", vocabulary.model, vocabulary.pre).trim_end().to_string())
    }

    fn tokenizer(&self) -> Result<Tokenizer, LoadError> {
        Tokenizer::of_file(self)
    }

    fn chat_template(&self) -> Result<Option<String>, LoadError> {
        Ok(self.optional_string("tokenizer.chat_template")?.map(String::from))
    }

    fn sha256(&self) -> Result<String, LoadError> {
        file_digest(&self.path)
    }

    fn runs_stored(&self) -> bool {
        true
    }

    fn packed_bytes(&self) -> Result<u64, Vec<String>> {
        let (mut packed, mut floats, mut unknown) = (0, 0, BTreeSet::new());
        let mut quantized = 0;
        for info in self.content.tensor_infos.values() {
            let elements = info.shape.elem_count() as u64;
            match (Packed::bytes(info.ggml_dtype, elements), info.ggml_dtype) {
                (Some(bytes), _) => (packed, quantized) = (packed + bytes, quantized + elements),
                // A few floats among the others stay floats.
                (None, GgmlDType::F32 | GgmlDType::F16 | GgmlDType::BF16) => floats += elements,
                (None, unknown_type) => drop(unknown.insert(format!("{unknown_type:?}"))),
            }
        }
        if !unknown.is_empty() {
            return Err(unknown.into_iter().collect());
        }
        if quantized < floats {
            return Err(self.element_types().into_iter().map(|(name, _)| name).take(1).collect());
        }
        Ok(packed + 4 * floats)
    }
}

/// candle's errors carry a backtrace after the first line.
pub(crate) fn first_line(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_string()
}
