//! `[models.NAME]` of `eval.toml`.

use eval_core::{Price, cost::Hosting};
use eval_runners::{
    api::{Decode, Offer},
    candle::{MemorySize, Representation},
    openai,
};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, path::PathBuf};

/// What is asked of a model. It stands in the manifest as it is, but for what may hold a secret.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// Who answers.
    pub runner: RunnerName,
    /// candle: a catalogue name, a .gguf file, a folder with safetensors, or owner/name/file.gguf on the model hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// candle: how weights are held in memory.
    #[serde(default, skip_serializing_if = "is_default")]
    pub held_as: Representation,
    /// candle: a folder with a LoRA adapter, which is merged into the weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<PathBuf>,
    /// candle: what weights and caches may take together. It changes no answer, so it is no part of what must be the
    /// same for a run to be resumed.
    #[serde(default, skip_serializing)]
    pub max_memory: Option<MemorySize>,
    /// candle: a file with a chat template that replaces the model's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_template: Option<PathBuf>,
    /// replay: the file with the recorded outputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outputs: Option<PathBuf>,
    /// replay: a recording that lies beside the suite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<String>,
    /// APIs: as the server calls it. replay: which model of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// openai: the kind of server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// APIs: where the server is, instead of where the preset says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// APIs: servers of the same model that share the calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base_urls: Vec<String>,
    /// APIs: the variable that holds the key, instead of the preset's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_env: Option<String>,
    /// APIs: a command that prints the key.
    #[serde(default, skip_serializing)]
    pub key_command: Option<String>,
    /// APIs: headers of one's own; `$NAME` stands for a variable.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", serialize_with = "names_only")]
    pub headers: BTreeMap<String, String>,
    /// candle and APIs: 0 (the default) is greedy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// candle and APIs: the share of the likeliest tokens that is drawn from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// candle and APIs: what answers are held to while they are made.
    #[serde(default, skip_serializing_if = "is_default")]
    pub decode: Decode,
    /// openai: how tools are told of.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tools: Offer,
    /// APIs: answers are streamed, which tells the time to the first token.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stream: bool,
    /// openai: asks for the probabilities of the answer's tokens, which tell how sure the model is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub logprobs: bool,
    /// APIs: room for thinking, beside the task's `max_output_tokens`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_tokens: Option<u32>,
    /// APIs: put into every request's body.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
    /// APIs: left out of every request's body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub omit: Vec<String>,
    /// APIs: how long an attempt may take, in seconds.
    #[serde(default, skip_serializing)]
    pub timeout_s: Option<f64>,
    /// APIs: attempts at a call that fails.
    #[serde(default, skip_serializing)]
    pub attempts: Option<u32>,
    /// APIs: how long a server that is gone or busy is waited for, in seconds.
    #[serde(default, skip_serializing)]
    pub outage_s: Option<f64>,
    /// APIs: calls in flight at once, instead of a number that adapts.
    #[serde(default, skip_serializing)]
    pub concurrency: Option<usize>,
    /// APIs: calls per minute at most.
    #[serde(default, skip_serializing)]
    pub requests_per_minute: Option<f64>,
    /// APIs: tokens per minute at most.
    #[serde(default, skip_serializing)]
    pub tokens_per_minute: Option<f64>,
    /// All but replay: templates by which it is asked instead of the suite's, by task.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prompts: BTreeMap<String, PathBuf>,
    /// USD per million tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// What serving it costs, where it is not paid by the token. It changes no answer and no record, so it is no part of
    /// what must be the same for a run to be resumed.
    #[serde(default, skip_serializing)]
    pub hosting: Option<Hosting>,
}

/// The runners.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunnerName {
    /// A model in this process.
    #[default]
    Candle,
    /// A server that speaks OpenAI's chat completions.
    Openai,
    /// Anthropic's Messages API.
    Anthropic,
    /// Google's Gemini API.
    Gemini,
    /// Recorded outputs.
    Replay,
}

impl RunnerName {
    /// The word used in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Candle => "candle",
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Replay => "replay",
        }
    }

    /// Whether it asks a server.
    pub fn is_api(self) -> bool {
        matches!(self, Self::Openai | Self::Anthropic | Self::Gemini)
    }

    /// What its models are configured with.
    fn keys(self) -> &'static str {
        match self {
            Self::Candle => {
                "a `candle` model has `weights`, and may have adapter, temperature, top_p, decode, held_as, \
                 max_memory, chat_template and prompts"
            }
            Self::Replay => {
                "a `replay` model has `outputs`, and `model` where the file holds several; or `recorded`, the name of a \
                 recording beside the suite"
            }
            _ => {
                "a served model has `model`, and may have preset (openai), base_url or base_urls, key_env or \
                 key_command, headers, temperature, top_p, decode, tools (openai), prompts, stream, logprobs (openai), \
                 thinking_tokens, extra, omit, timeout_s, attempts, outage_s, concurrency, requests_per_minute and tokens_per_minute"
            }
        }
    }
}

/// Whether a key belongs to a runner.
type Belongs = fn(RunnerName) -> bool;

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A header's value may be a secret.
fn names_only<S: Serializer>(headers: &BTreeMap<String, String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(headers.keys())
}

impl ModelSettings {
    /// What is wrong, and how to mend it.
    pub fn check(&self) -> Result<(), (String, String)> {
        let runner = self.runner;
        if runner == RunnerName::Replay && !self.prompts.is_empty() {
            let help = "a recording was asked already, by whatever prompts: leave `prompts` out";
            return Err(("`prompts` does not belong to the runner \"replay\"".into(), help.into()));
        }
        if let Some((key, _)) = self.given().into_iter().find(|(_, belongs)| !belongs(runner)) {
            let message = format!("`{key}` does not belong to the runner {:?}", runner.as_str());
            return Err((message, runner.keys().into()));
        }
        let needed = match runner {
            RunnerName::Candle => self.weights.is_none().then_some("weights"),
            RunnerName::Replay if self.recorded.is_some() && self.outputs.is_some() => {
                return Err(("`outputs` and `recorded` exclude each other".into(), runner.keys().into()));
            }
            RunnerName::Replay => (self.outputs.is_none() && self.recorded.is_none()).then_some("outputs"),
            _ => self.model.as_ref().is_none_or(|model| model.trim().is_empty()).then_some("model"),
        };
        if let Some(key) = needed {
            return Err((format!("`{key}` is missing"), runner.keys().into()));
        }
        if let Some(preset) = self.preset.as_deref().filter(|name| openai::preset(name).is_none()) {
            let names: Vec<&str> = openai::PRESETS.iter().map(|preset| preset.name).collect();
            return Err((format!("there is no preset {preset:?}"), format!("there are {}", names.join(", "))));
        }
        if runner.is_api() && self.decode == Decode::Labels {
            let help = "take \"free\" or \"schema\": a server does not tell how likely each label is";
            return Err(("`decode = \"labels\"` is for the runner \"candle\"".into(), help.into()));
        }
        if self.key_env.is_some() && self.key_command.is_some() {
            return Err(("`key_env` and `key_command` both give the key".into(), "leave one of them out".into()));
        }
        if self.base_url.is_some() && !self.base_urls.is_empty() {
            return Err(("`base_url` and `base_urls` both give addresses".into(), "leave one of them out".into()));
        }
        if self.price.is_some() && self.hosting.is_some() {
            let help = "a model is paid by the token or hosted: leave one of them out, or name the model twice";
            return Err(("`price` and `hosting` both say what it costs".into(), help.into()));
        }
        self.hosting.as_ref().map_or(Ok(()), Hosting::check)?;
        self.ranges()
    }

    fn ranges(&self) -> Result<(), (String, String)> {
        let positive = |number: Option<f64>| number.is_none_or(|number| number.is_finite() && number > 0.0);
        let ranges = [
            (
                "temperature",
                self.temperature.is_none_or(|t| (0.0..=10.0).contains(&t)),
                "it lies between 0 (greedy) and 10",
            ),
            ("top_p", self.top_p.is_none_or(|p| p > 0.0 && p <= 1.0), "it is above 0 and at most 1"),
            ("price", self.price.as_ref().is_none_or(Price::is_sound), "prices are USD per million tokens, 0 or more"),
            ("timeout_s", positive(self.timeout_s), "it is a number of seconds above 0"),
            ("outage_s", positive(self.outage_s), "it is a number of seconds above 0"),
            ("attempts", self.attempts != Some(0), "it is at least 1"),
            ("concurrency", self.concurrency != Some(0), "it is at least 1"),
            ("requests_per_minute", positive(self.requests_per_minute), "it is above 0"),
            ("tokens_per_minute", positive(self.tokens_per_minute), "it is above 0"),
        ];
        match ranges.into_iter().find(|(_, sound, _)| !sound) {
            Some((key, _, range)) => Err((format!("`{key}` is out of range"), range.into())),
            None => Ok(()),
        }
    }

    /// The keys that are given, each with the runners that it belongs to.
    fn given(&self) -> Vec<(&'static str, Belongs)> {
        let candle = |runner| runner == RunnerName::Candle;
        let replay = |runner| runner == RunnerName::Replay;
        let sampled = |runner| runner != RunnerName::Replay;
        let named = |runner| runner != RunnerName::Candle;
        let openai = |runner| runner == RunnerName::Openai;
        let keys: [(&'static str, bool, Belongs); 29] = [
            ("weights", self.weights.is_some(), candle),
            ("held_as", self.held_as != Representation::Auto, candle),
            ("max_memory", self.max_memory.is_some(), candle),
            ("adapter", self.adapter.is_some(), candle),
            ("chat_template", self.chat_template.is_some(), candle),
            ("outputs", self.outputs.is_some(), replay),
            ("recorded", self.recorded.is_some(), replay),
            ("model", self.model.is_some(), named),
            ("temperature", self.temperature.is_some(), sampled),
            ("top_p", self.top_p.is_some(), sampled),
            ("preset", self.preset.is_some(), openai),
            ("base_url", self.base_url.is_some(), RunnerName::is_api),
            ("base_urls", !self.base_urls.is_empty(), RunnerName::is_api),
            ("key_env", self.key_env.is_some(), RunnerName::is_api),
            ("key_command", self.key_command.is_some(), RunnerName::is_api),
            ("headers", !self.headers.is_empty(), RunnerName::is_api),
            ("decode", self.decode != Decode::Free, sampled),
            ("tools", self.tools != Offer::Native, openai),
            ("stream", self.stream, RunnerName::is_api),
            ("logprobs", self.logprobs, openai),
            ("thinking_tokens", self.thinking_tokens.is_some(), RunnerName::is_api),
            ("extra", !self.extra.is_empty(), RunnerName::is_api),
            ("omit", !self.omit.is_empty(), RunnerName::is_api),
            ("timeout_s", self.timeout_s.is_some(), RunnerName::is_api),
            ("attempts", self.attempts.is_some(), RunnerName::is_api),
            ("outage_s", self.outage_s.is_some(), RunnerName::is_api),
            ("concurrency", self.concurrency.is_some(), RunnerName::is_api),
            ("requests_per_minute", self.requests_per_minute.is_some(), RunnerName::is_api),
            ("tokens_per_minute", self.tokens_per_minute.is_some(), RunnerName::is_api),
        ];
        keys.into_iter().filter(|(_, given, _)| *given).map(|(key, _, belongs)| (key, belongs)).collect()
    }
}
