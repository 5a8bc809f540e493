//! Where a served model is, and whether data may go there.

use super::ModelSpec;
use crate::environment::Environment;
use eval_core::{DataPolicy, Suite};
use eval_runners::{
    http::Url,
    openai::{Preset, REGION_VARIABLES},
};
use miette::miette;
use std::net::IpAddr;

/// A model's base URLs, at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Bases {
    pub urls: Vec<Url>,
    /// They are the provider's own, not the user's.
    pub are_usual: bool,
}

/// Where the configuration says, else where the variable does, else where the server usually is.
pub fn find(spec: &ModelSpec, usual: &Usual<'_>, environment: &Environment) -> miette::Result<Bases> {
    let settings = &spec.settings;
    let configured: Vec<&String> = settings.base_url.iter().chain(&settings.base_urls).collect();
    if !configured.is_empty() {
        let urls = configured.into_iter().map(|url| read(url, "base_url", &spec.name)).collect::<Result<_, _>>()?;
        return Ok(Bases { urls, are_usual: false });
    }
    if let Some(value) = environment.get(usual.variable) {
        let url = completed(&value, usual.path);
        return Ok(Bases { urls: vec![read(&url, usual.variable, &spec.name)?], are_usual: false });
    }
    let Some(base) = usual.base else {
        let help = format!("set {} in the environment or in .env, or `base_url` in eval.toml", usual.variable);
        return Err(miette!(help = help, "{}: this server has no usual address", spec.name));
    };
    let mut base = base.to_string();
    if base.contains("{region}") {
        let region = REGION_VARIABLES.iter().find_map(|name| environment.get(name)).ok_or_else(|| {
            let help = format!("set {} (eu-central-1, say), or `base_url` in eval.toml", REGION_VARIABLES.join(" or "));
            miette!(help = help, "{}: the region is not known", spec.name)
        })?;
        base = base.replace("{region}", &region);
    }
    Ok(Bases { urls: vec![read(&base, "the region", &spec.name)?], are_usual: true })
}

/// Where a kind of server usually is.
pub struct Usual<'a> {
    pub base: Option<&'a str>,
    /// The variable that names another place.
    pub variable: &'a str,
    /// What the variable's value may lack.
    pub path: &'a str,
}

impl<'a> From<&'a Preset> for Usual<'a> {
    fn from(preset: &'a Preset) -> Self {
        Self { base: preset.base_url, variable: preset.base_url_variable, path: preset.base_path }
    }
}

/// A host alone gets what it lacks: `0.0.0.0:11434` is where a server listens, and is asked on this machine.
fn completed(value: &str, path: &str) -> String {
    let value = value.trim().trim_end_matches('/');
    if path.is_empty() {
        return value.into();
    }
    let with_scheme = if value.contains("://") { value.to_string() } else { format!("http://{value}") };
    let with_scheme = with_scheme.replacen("://0.0.0.0", "://127.0.0.1", 1);
    if with_scheme.ends_with(path) { with_scheme } else { with_scheme + path }
}

/// The words are shown only where they hold no secret.
fn read(text: &str, from: &str, model: &str) -> miette::Result<Url> {
    let wrong = |what: &str, help: &str| miette!(help = help.to_string(), "{model}: {from} {what}");
    let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = url.ok_or_else(|| wrong("is no http or https address", "such as http://localhost:8000/v1"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("holds a user or a password", "addresses stand in reports: use key_env or headers instead"));
    }
    if url.fragment().is_some() || url.query_pairs().any(|(name, _)| name != "api-version") {
        let help = "addresses stand in reports, so only api-version may follow a `?`: use key_env or headers instead";
        return Err(wrong("holds more than an address", help));
    }
    Ok(url)
}

/// Whether a host is this machine.
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let name = host.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether a host is one that the user declared private: the whole name, or all names below `*.`.
fn is_private(url: &Url, private_hosts: &[String]) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    private_hosts.iter().any(|allowed| match allowed.strip_prefix('*') {
        Some(suffix) => suffix.starts_with('.') && host.len() > suffix.len() && host.ends_with(suffix),
        None => host == allowed,
    })
}

/// Refuses, before the first byte, what the suite's data policy forbids.
pub fn permit(
    spec: &ModelSpec,
    urls: &[Url],
    leaves: bool,
    suite: &Suite,
    private_hosts: &[String],
) -> miette::Result<()> {
    if suite.data_policy != DataPolicy::LocalOnly {
        return Ok(());
    }
    let outside = urls.iter().find(|url| !is_loopback(url) && !is_private(url, private_hosts));
    let place = match outside {
        Some(url) => url.host_str().unwrap_or_default().to_string(),
        None if leaves => "its provider's cloud".into(),
        None => return Ok(()),
    };
    let help = "ask a model on this machine; or, where the host is your own, add it to `private_hosts` in eval.toml";
    Err(miette!(
        help = help,
        "{}: the suite {:?} has data_policy = \"local-only\", and this model's prompts would go to {place}",
        spec.name,
        suite.name
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for here in [
            "http://localhost:1/v1",
            "http://127.0.0.1",
            "http://127.9.9.9:80",
            "http://[::1]:8000",
            "http://a.localhost",
        ] {
            assert!(is_loopback(&url(here)), "{here}");
        }
        for there in ["http://localhost.example.com", "http://10.0.0.1", "http://127.0.0.1.example.com", "http://[::2]"]
        {
            assert!(!is_loopback(&url(there)), "{there}");
        }
    }

    #[test]
    fn a_private_host_is_named_whole_or_by_what_it_ends_in() {
        let private = ["gpu-1".to_string(), "*.corp.internal".into(), "10.0.0.5".into(), "*".into()];
        for own in ["http://gpu-1:8000", "https://a.b.corp.internal", "http://10.0.0.5/v1"] {
            assert!(is_private(&url(own), &private), "{own}");
        }
        for other in [
            "http://gpu-11",
            "http://corp.internal",
            "http://xcorp.internal",
            "http://10.0.0.50",
            "https://api.example.com",
        ] {
            assert!(!is_private(&url(other), &private), "{other}");
        }
    }

    #[test]
    fn a_host_alone_is_completed() {
        assert_eq!(completed("0.0.0.0:11434", "/v1"), "http://127.0.0.1:11434/v1");
        assert_eq!(completed("https://mine.example.com/", "/openai/v1"), "https://mine.example.com/openai/v1");
        assert_eq!(completed("http://h/v1", "/v1"), "http://h/v1");
        assert_eq!(completed("http://h/other", ""), "http://h/other");
    }

    #[test]
    fn an_address_holds_no_secret() {
        for wrong in ["ftp://h", "h:80", "", "http://user:pass@h/v1", "http://h/v1?key=1", "http://h/#x"] {
            assert!(read(wrong, "base_url", "m").is_err(), "{wrong}");
        }
        assert!(read("https://h/openai/v1?api-version=preview", "base_url", "m").is_ok());
    }
}
