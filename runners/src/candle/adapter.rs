//! A LoRA adapter (Hu et al., arXiv 2106.09685) in the layout of PEFT, merged into the weights as they are read.

use super::{
    Config, LoadError,
    checkpoint::{Weights, files_digest},
    folder::{Settings, Shards, linear_names},
};
use candle_core::{Device, Tensor, quantized::QTensor};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// Keys of `adapter_config.json` that change nothing in how a trained adapter is merged, or that are honoured.
const PLAIN: [&str; 26] = [
    "auto_mapping",
    "base_model_name_or_path",
    "bias",
    "corda_config",
    "ensure_weight_tying",
    "eva_config",
    "exclude_modules",
    // PEFT drops it for the linear layers of these families.
    "fan_in_fan_out",
    "inference_mode",
    "init_lora_weights",
    "layers_pattern",
    "layers_to_transform",
    "lora_alpha",
    "lora_dropout",
    "loftq_config",
    "lora_ga_config",
    "megatron_core",
    "peft_type",
    "peft_version",
    "qalora_group_size",
    "r",
    "revision",
    "runtime_config",
    "target_modules",
    "task_type",
    "use_rslora",
];

/// An adapter at rest.
pub struct Adapter {
    settings: Settings,
    shards: Shards,
    rank: usize,
    scaling: f64,
    /// The matrices that it changes, as the hub calls them.
    modules: BTreeSet<String>,
    sha256: String,
}

impl Adapter {
    /// Opens a folder with `adapter_config.json` and `adapter_model.safetensors`; what is not plain LoRA is an error.
    pub fn open(folder: &Path) -> Result<Self, LoadError> {
        let settings = Settings::read(&folder.join("adapter_config.json"))?;
        refuse(&settings)?;
        let rank = settings.number("r")?;
        let alpha = settings.float("lora_alpha")?;
        let divided_by = if settings.flag("use_rslora")? { (rank as f64).sqrt() } else { rank as f64 };
        let shards = Shards::open(folder, "adapter_model")?;
        let modules = modules(&shards, &settings)?;
        let files = shards.files().chain([settings.path()]).map(Path::to_path_buf).collect();
        Ok(Self { rank, scaling: alpha / divided_by, modules, sha256: files_digest(files)?, shards, settings })
    }

    /// What it is, for the manifest.
    pub fn details(&self) -> Result<Value, LoadError> {
        Ok(json!({
            "base_model": self.settings.optional_string("base_model_name_or_path")?,
            "rank": self.rank,
            "scaling": self.scaling,
            "sha256": self.sha256,
        }))
    }

    /// What is added to a matrix of this shape.
    fn change(&self, module: &str, shape: &[usize], device: &Device) -> Result<Tensor, LoadError> {
        let [output, input] = shape else { return Err(self.fail(format!("{module} is not a matrix"))) };
        let (a, b) = parts(module);
        for (name, shape) in [(&a, [self.rank, *input]), (&b, [*output, self.rank])] {
            let found = self.shards.shape(name).unwrap_or_default();
            if found != shape {
                return Err(self.fail(format!(
                    "{name} has the shape {found:?}, this model and the rank {} ask for {shape:?}: was it made for \
                     another model?",
                    self.rank
                )));
            }
        }
        let (a, b) = (self.shards.tensor(&a, device)?, self.shards.tensor(&b, device)?);
        Ok((b.matmul(&a)? * self.scaling)?)
    }

    fn fail(&self, message: String) -> LoadError {
        let path = self.settings.path();
        LoadError::file(path.parent().unwrap_or(path), "cannot be merged", message)
    }
}

/// The names of a module's two matrices.
fn parts(module: &str) -> (String, String) {
    (format!("base_model.model.{module}.lora_A.weight"), format!("base_model.model.{module}.lora_B.weight"))
}

fn refuse(settings: &Settings) -> Result<(), LoadError> {
    let kind = settings.string("peft_type")?;
    if kind != "LORA" {
        return Err(settings.fail(format!("it is of the kind {kind:?} (`peft_type`); \"LORA\" is supported")));
    }
    let task = settings.optional_string("task_type")?.unwrap_or("CAUSAL_LM");
    if task != "CAUSAL_LM" {
        return Err(settings.fail(format!("it was made for {task:?} (`task_type`); \"CAUSAL_LM\" is supported")));
    }
    let bias = settings.optional_string("bias")?.unwrap_or("none");
    if bias != "none" {
        return Err(settings.fail(format!("it also trains biases (`bias` {bias:?}), which is not supported")));
    }
    // Other beginnings change the base model too.
    if let Some(Value::String(how)) = settings.get("init_lora_weights")
        && !["gaussian", "orthogonal", "eva"].contains(&how.as_str())
    {
        return Err(settings.fail(format!(
            "it began as {how:?} (`init_lora_weights`), which changes the base model too: convert it to plain LoRA when \
             you save it (PEFT's `path_initial_model_for_weight_conversion`)"
        )));
    }
    match settings.set().find(|key| !PLAIN.contains(key)) {
        Some(key) => Err(settings.fail(format!(
            "it is not plain LoRA: `{key}` is set, which is not supported; merge it with PEFT (`merge_and_unload`) and \
             name the merged model"
        ))),
        None => Ok(()),
    }
}

/// The modules that have both of LoRA's matrices; any other tensor is an error.
fn modules(shards: &Shards, settings: &Settings) -> Result<BTreeSet<String>, LoadError> {
    let mut modules = BTreeSet::new();
    for name in shards.names() {
        let module = name
            .strip_prefix("base_model.model.")
            .and_then(|name| name.strip_suffix(".lora_A.weight").or_else(|| name.strip_suffix(".lora_B.weight")));
        let Some(module) = module else {
            return Err(settings.fail(format!(
                "beside it lies {name}, which is not a matrix of plain LoRA and is not supported; whole embeddings are \
                 left out with PEFT's `save_embedding_layers=False`"
            )));
        };
        modules.insert(module.to_string());
    }
    if modules.is_empty() {
        return Err(settings.fail("the weights beside it hold no matrix".into()));
    }
    let halved = |module: &&String| {
        let (a, b) = parts(module);
        shards.shape(&a).is_none() || shards.shape(&b).is_none()
    };
    match modules.iter().find(halved) {
        Some(module) => Err(settings.fail(format!("{module} has one of its two matrices; save the adapter again"))),
        None => Ok(modules),
    }
}

/// Weights with an adapter merged into them.
pub struct Adapted<'a> {
    base: &'a mut dyn Weights,
    adapter: &'a Adapter,
    config: Config,
    /// By the names of GGUF.
    modules: BTreeMap<String, String>,
}

impl<'a> Adapted<'a> {
    /// Every matrix that the adapter changes has to be one of the model's.
    pub fn new(base: &'a mut dyn Weights, adapter: &'a Adapter) -> Result<Self, LoadError> {
        let config = base.config()?;
        let modules: BTreeMap<String, String> = linear_names(&config)
            .into_iter()
            .map(|(gguf, module)| (format!("{gguf}.weight"), module))
            .filter(|(gguf, module)| base.has(gguf) && adapter.modules.contains(module))
            .collect();
        if let Some(module) = adapter.modules.iter().find(|module| !modules.values().any(|own| own == *module)) {
            let tied = module == "lm_head" || module.ends_with("embed_tokens");
            let why =
                if tied { "which this model shares with its embeddings" } else { "which this model does not have" };
            return Err(adapter.fail(format!("it changes {module}, {why}")));
        }
        Ok(Self { base, adapter, config, modules })
    }

    /// The rows of query and key as GGUF orders them for llama: the halves of each head interleaved.
    fn interleave(&self, change: Tensor, heads: usize) -> candle_core::Result<Tensor> {
        let (rows, columns) = change.dims2()?;
        let halves = change.reshape((heads, 2, rows / heads / 2, columns))?;
        halves.transpose(1, 2)?.contiguous()?.reshape((rows, columns))
    }
}

impl Weights for Adapted<'_> {
    fn config(&self) -> Result<Config, LoadError> {
        Ok(self.config.clone())
    }

    fn has(&self, name: &str) -> bool {
        self.base.has(name)
    }

    fn dense(&mut self, name: &str, device: &Device) -> Result<Tensor, LoadError> {
        let weight = self.base.dense(name, device)?;
        let Some(module) = self.modules.get(name) else { return Ok(weight) };
        let mut change = self.adapter.change(module, weight.dims(), device)?;
        if self.config.rope.interleaved && name.ends_with(".attn_q.weight") {
            change = self.interleave(change, self.config.heads)?;
        }
        if self.config.rope.interleaved && name.ends_with(".attn_k.weight") {
            change = self.interleave(change, self.config.kv_heads)?;
        }
        Ok((weight + change)?)
    }

    fn stored(&mut self, name: &str, device: &Device) -> Result<QTensor, LoadError> {
        match self.modules.contains_key(name) {
            true => Err(self.fail(format!("an adapter changes {name}: it cannot be held as stored"))),
            false => self.base.stored(name, device),
        }
    }

    fn fail(&self, message: String) -> LoadError {
        self.base.fail(message)
    }
}
