//! A model in a folder, as the model hub lays it out: `config.json`, a tokenizer, safetensors.

mod config;
mod names;
mod rope;
mod settings;
mod shards;
mod words;

pub use names::linear_names;
pub use settings::Settings;
pub use shards::Shards;

use super::{
    Config, LoadError, Tokenizer,
    checkpoint::{Checkpoint, Weights, files_digest},
};
use candle_core::{Device, Tensor, quantized::QTensor};
use names::Expected;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// An open folder.
pub struct Folder {
    path: PathBuf,
    settings: Settings,
    shards: Shards,
    /// By the names of GGUF; empty where the decoder cannot run the model.
    expected: BTreeMap<String, Expected>,
}

impl Folder {
    /// Opens a folder and reads what stands before the weights.
    pub fn open(path: &Path) -> Result<Self, LoadError> {
        let config = path.join("config.json");
        if !config.is_file()
            && let Some(message) = mistaken(path)
        {
            return Err(LoadError::file(path, "is no model's folder", message));
        }
        let settings = Settings::read(&config)?;
        let shards = Shards::open(path, "model")?;
        let mut folder = Self { path: path.into(), settings, shards, expected: BTreeMap::new() };
        folder.expected = folder.read().map(|(_, expected)| expected).unwrap_or_default();
        Ok(folder)
    }

    /// The decoder's shape, and the tensors that it needs, each of which is there.
    fn read(&self) -> Result<(Config, BTreeMap<String, Expected>), LoadError> {
        let (config, layout) = config::read(&self.settings)?;
        let expected = names::expected(&config, &layout, self.shards.shape(names::STACK).is_some());
        for tensor in expected.values() {
            self.shards.check(&tensor.name, &tensor.shape)?;
        }
        let known: Vec<&str> = expected.values().map(|tensor| tensor.name.as_str()).collect();
        let unused = |name: &&str| {
            let derived = name.ends_with(".rotary_emb.inv_freq") || (layout.tied && *name == "lm_head.weight");
            !derived && !known.contains(name)
        };
        match self.shards.names().find(unused) {
            Some(name) => Err(self.fail(format!(
                "it holds a tensor {name}, which has no place in this family as config.json describes it: answers \
                 without it would be wrong"
            ))),
            None => Ok((config, expected)),
        }
    }

    fn one(&self, name: &str) -> Result<&Expected, LoadError> {
        self.expected.get(name).ok_or_else(|| self.fail(format!("it has no tensor {name}")))
    }
}

/// What to name instead of a folder that holds something else.
fn mistaken(folder: &Path) -> Option<String> {
    if folder.join("adapter_config.json").is_file() {
        return Some("it holds an adapter: name its base model, and the folder as the model's `adapter`".into());
    }
    let names = std::fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let file = names.filter(|name| name.ends_with(".gguf")).min()?;
    Some(format!("it holds {file}: name that file itself"))
}

impl Weights for Folder {
    fn config(&self) -> Result<Config, LoadError> {
        Ok(self.read()?.0)
    }

    fn has(&self, name: &str) -> bool {
        self.expected.contains_key(name)
    }

    fn dense(&mut self, name: &str, device: &Device) -> Result<Tensor, LoadError> {
        let Expected { name, rows, plus_one, .. } = self.one(name)?;
        let tensor = match rows {
            Some(rows) => self.shards.rows(name, rows.clone(), device)?,
            None => self.shards.tensor(name, device)?,
        };
        Ok(if *plus_one { (tensor + 1.0)? } else { tensor })
    }

    fn stored(&mut self, name: &str, _: &Device) -> Result<QTensor, LoadError> {
        Err(self.fail(format!("tensor {name} cannot be multiplied with as it is stored")))
    }

    fn fail(&self, message: String) -> LoadError {
        LoadError::file(&self.path, "cannot be loaded", message)
    }
}

impl Checkpoint for Folder {
    fn name(&self) -> Result<Option<String>, LoadError> {
        Ok(self.path.file_name().map(|name| name.to_string_lossy().into_owned()))
    }

    fn licence(&self) -> Result<Option<String>, LoadError> {
        Ok(words::licence(&self.path))
    }

    fn architecture(&self) -> Result<String, LoadError> {
        let name = self.settings.string("model_type")?;
        Ok(config::family(name).unwrap_or(name).to_string())
    }

    fn element_types(&self) -> Vec<(String, usize)> {
        self.shards.element_types()
    }

    fn tokenizer_kind(&self) -> Result<String, LoadError> {
        Ok("tokenizer.json".into())
    }

    fn tokenizer(&self) -> Result<Tokenizer, LoadError> {
        words::tokenizer(&self.path, &self.settings)
    }

    fn chat_template(&self) -> Result<Option<String>, LoadError> {
        words::chat_template(&self.path)
    }

    fn sha256(&self) -> Result<String, LoadError> {
        let mut files: Vec<PathBuf> = self.shards.files().map(Path::to_path_buf).collect();
        files.extend(words::FILES.iter().map(|name| self.path.join(name)).filter(|file| file.is_file()));
        files.push(self.settings.path().into());
        files_digest(files)
    }

    fn runs_stored(&self) -> bool {
        false
    }

    fn packed_bytes(&self) -> Result<u64, Vec<String>> {
        Err(self.element_types().into_iter().map(|(name, _)| name).collect())
    }
}
