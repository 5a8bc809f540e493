use super::FetchError;
use std::{ffi::OsString, path::PathBuf};

/// What a fetch takes from its surroundings.
#[derive(Clone)]
pub struct Environment {
    /// Where the model hub answers: `HF_ENDPOINT`, else `https://huggingface.co`.
    pub endpoint: String,
    /// `HF_TOKEN`, sent to the endpoint alone.
    pub token: Option<String>,
    /// `HF_HUB_OFFLINE`: the hub is not called.
    pub offline: bool,
    /// Where the hub's own tools keep their files: `HF_HOME`, else `huggingface` in the user's cache folder.
    pub hub_home: PathBuf,
    /// Where fetched models lie: `eval/models` in the user's cache folder.
    pub cache_dir: PathBuf,
    /// Python interpreters to try in turn.
    pub python: Vec<PathBuf>,
}

impl Environment {
    /// Reads the process's environment variables. The user's cache folder is `XDG_CACHE_HOME`, else `~/.cache`, on
    /// every system.
    pub fn from_env() -> Result<Self, FetchError> {
        Self::from_vars(|name| std::env::var_os(name))
    }

    pub(super) fn from_vars(var: impl Fn(&str) -> Option<OsString>) -> Result<Self, FetchError> {
        let set = |name: &str| var(name).filter(|value| !value.is_empty());
        let text = |name: &str| Some(set(name)?.to_str()?.trim().to_string()).filter(|value| !value.is_empty());
        // The XDG specification has relative paths ignored.
        let cache = set("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || set("HOME").map(|home| PathBuf::from(home).join(".cache"));
        let cache = cache.or_else(home).ok_or(FetchError::NoCacheFolder)?;
        Ok(Self {
            endpoint: text("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".into()),
            token: text("HF_TOKEN"),
            offline: text("HF_HUB_OFFLINE")
                .is_some_and(|value| ["1", "on", "yes", "true"].contains(&value.to_ascii_lowercase().as_str())),
            hub_home: set("HF_HOME").map_or_else(|| cache.join("huggingface"), PathBuf::from),
            cache_dir: cache.join("eval").join("models"),
            python: vec!["python3".into(), "python".into()],
        })
    }
}
