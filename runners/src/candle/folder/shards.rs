//! Tensors in safetensors files: one file, or several with an index.

use super::Settings;
use crate::candle::{LoadError, gguf::first_line};
use candle_core::{DType, Device, Tensor};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{Read, Seek, SeekFrom},
    ops::Range,
    path::{Path, PathBuf},
};

/// The tensors of a folder, by name.
#[derive(Debug)]
pub struct Shards {
    /// What is blamed for a tensor that is not there: the index, else the only file.
    source: PathBuf,
    files: Vec<PathBuf>,
    tensors: BTreeMap<String, Place>,
}

/// Where a tensor lies.
#[derive(Debug)]
struct Place {
    file: usize,
    dtype: String,
    shape: Vec<usize>,
    start: u64,
}

/// A tensor in the header of a file.
#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

/// The types that can be read.
const FLOATS: [&str; 3] = ["F32", "F16", "BF16"];
/// What the longest header may take; the format's own limit.
const LONGEST_HEADER: u64 = 100_000_000;

impl Shards {
    /// Opens `STEM.safetensors`, or the files that `STEM.safetensors.index.json` names.
    pub fn open(folder: &Path, stem: &str) -> Result<Self, LoadError> {
        let whole = folder.join(format!("{stem}.safetensors"));
        let index = folder.join(format!("{stem}.safetensors.index.json"));
        let (source, files) = match index.is_file() {
            true => (index.clone(), indexed(&Settings::read(&index)?)?),
            false => (whole.clone(), vec![whole]),
        };
        let mut tensors = BTreeMap::new();
        for (number, file) in files.iter().enumerate() {
            tensors.extend(header(file, number)?);
        }
        Ok(Self { source, files, tensors })
    }

    /// The files that hold the tensors.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(PathBuf::as_path)
    }

    /// The names of all tensors.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The shape of a tensor, if it is there.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|place| &place.shape[..])
    }

    /// Tensor types and how many elements are stored in each, the commonest first.
    pub fn element_types(&self) -> Vec<(String, usize)> {
        let mut types: BTreeMap<&str, usize> = BTreeMap::new();
        for place in self.tensors.values() {
            *types.entry(&place.dtype).or_default() += place.shape.iter().product::<usize>();
        }
        let mut types: Vec<_> = types.into_iter().map(|(name, elements)| (name.to_string(), elements)).collect();
        types.sort_by_key(|(_, elements)| std::cmp::Reverse(*elements));
        types
    }

    /// Whether a tensor is there, in a type that can be read and of this shape.
    pub fn check(&self, name: &str, shape: &[usize]) -> Result<(), LoadError> {
        let place = self.place(name)?;
        if place.shape != shape {
            let message = format!(
                "tensor {name} has the shape {:?}, config.json asks for {shape:?}: they are not of one model",
                place.shape
            );
            return Err(LoadError::file(&self.files[place.file], "does not fit", message));
        }
        self.dtype(name, place).map(|_| ())
    }

    /// Reads a tensor as 32-bit floats.
    pub fn tensor(&self, name: &str, device: &Device) -> Result<Tensor, LoadError> {
        self.read(name, 0, &self.place(name)?.shape, device)
    }

    /// Reads some rows of a tensor that stacks matrices; they are counted through all of them.
    pub fn rows(&self, name: &str, rows: Range<usize>, device: &Device) -> Result<Tensor, LoadError> {
        let columns = self.place(name)?.shape.last().copied().unwrap_or_default();
        self.read(name, rows.start * columns, &[rows.len(), columns], device)
    }

    /// Reads a stretch of a tensor: so many elements are left out, then the shape is filled.
    fn read(&self, name: &str, left_out: usize, shape: &[usize], device: &Device) -> Result<Tensor, LoadError> {
        let place = self.place(name)?;
        let path = &self.files[place.file];
        let io = |cause| LoadError::Io { path: path.clone(), cause };
        let dtype = self.dtype(name, place)?;
        let width = dtype.size_in_bytes();
        let mut file = File::open(path).map_err(io)?;
        file.seek(SeekFrom::Start(place.start + (left_out * width) as u64)).map_err(io)?;
        let mut bytes = Vec::new();
        file.take((shape.iter().product::<usize>() * width) as u64).read_to_end(&mut bytes).map_err(io)?;
        let read = Tensor::from_raw_buffer(&bytes, dtype, shape, &Device::Cpu);
        let read = read.and_then(|tensor| tensor.to_dtype(DType::F32)?.to_device(device));
        let unread =
            |e| LoadError::file(path, "is damaged", format!("tensor {name} cannot be read: {}", first_line(&e)));
        read.map_err(unread)
    }

    fn place(&self, name: &str) -> Result<&Place, LoadError> {
        self.tensors.get(name).ok_or_else(|| {
            let message = format!("it has no tensor {name}; download the model again, with all of its files");
            LoadError::file(&self.source, "is not complete", message)
        })
    }

    fn dtype(&self, name: &str, place: &Place) -> Result<DType, LoadError> {
        match place.dtype.as_str() {
            "F32" => Ok(DType::F32),
            "F16" => Ok(DType::F16),
            "BF16" => Ok(DType::BF16),
            other => Err(LoadError::file(
                &self.files[place.file],
                "cannot be loaded",
                format!("tensor {name} is stored as {other}; F32, F16 and BF16 can be read"),
            )),
        }
    }
}

/// The files that an index names. They lie beside it.
fn indexed(index: &Settings) -> Result<Vec<PathBuf>, LoadError> {
    let folder = index.path().parent().unwrap_or(Path::new(""));
    let map = index.optional_object("weight_map")?.cloned().unwrap_or_default();
    let names: BTreeSet<&str> = map.values().filter_map(Value::as_str).collect();
    if names.is_empty() {
        return Err(index.fail("it names no file under `weight_map`; download it again".into()));
    }
    if let Some(name) = names.iter().find(|name| name.contains(['/', '\\']) || !name.ends_with(".safetensors")) {
        return Err(index.fail(format!("it names {name:?}, which is not a safetensors file beside it")));
    }
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// The tensors that the header of a file lists, all of which lie within the file.
fn header(path: &Path, number: usize) -> Result<BTreeMap<String, Place>, LoadError> {
    let io = |cause| LoadError::Io { path: path.into(), cause };
    let mut file = File::open(path).map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => missing(path),
        _ => io(cause),
    })?;
    let length = file.metadata().map_err(io)?.len();
    let damaged = |message: String| LoadError::file(path, "is cut short or damaged", message);
    let mut size = [0; 8];
    file.read_exact(&mut size).map_err(|_| damaged(format!("it has {length} bytes; download it again")))?;
    let size = u64::from_le_bytes(size);
    if size > LONGEST_HEADER || size + 8 > length {
        return Err(damaged("its header does not fit into it; is it a Git LFS pointer? Download it again".into()));
    }
    let mut text = Vec::new();
    file.take(size).read_to_end(&mut text).map_err(io)?;
    let entries: Map<String, Value> =
        serde_json::from_slice(&text).map_err(|e| damaged(format!("its header cannot be read ({e})")))?;
    let mut tensors = BTreeMap::new();
    for (name, entry) in entries.into_iter().filter(|(name, _)| name != "__metadata__") {
        let entry: Entry = serde_json::from_value(entry)
            .map_err(|e| damaged(format!("its header says of tensor {name} what cannot be read ({e})")))?;
        let (start, end) = entry.data_offsets;
        let bytes = end.checked_sub(start).ok_or_else(|| damaged(format!("tensor {name} ends before it begins")))?;
        let start = start.saturating_add(8 + size);
        let elements = entry.shape.iter().try_fold(1, |product: u64, side| product.checked_mul(*side as u64));
        let width = if entry.dtype == "F32" { 4 } else { 2 };
        if elements
            .is_none_or(|elements| FLOATS.contains(&&entry.dtype[..]) && elements.checked_mul(width) != Some(bytes))
        {
            return Err(damaged(format!("tensor {name} of shape {:?} does not have {bytes} bytes", entry.shape)));
        }
        if start.saturating_add(bytes) > length {
            let end = start.saturating_add(bytes);
            return Err(damaged(format!(
                "tensor {name} ends at byte {end}, the file has {length}; download it again, completely"
            )));
        }
        tensors.insert(name, Place { file: number, dtype: entry.dtype, shape: entry.shape, start });
    }
    Ok(tensors)
}

fn missing(path: &Path) -> LoadError {
    let folder = path.parent().unwrap_or(Path::new(""));
    let other = ["pytorch_model.bin", "pytorch_model.bin.index.json", "adapter_model.bin"]
        .into_iter()
        .find(|name| folder.join(name).is_file());
    let message = match other {
        Some(other) => format!("the folder has {other}, which is not read: save the model again as safetensors"),
        None => "its folder does not hold it; download the model again, with all of its files".into(),
    };
    LoadError::file(path, "is missing", message)
}
