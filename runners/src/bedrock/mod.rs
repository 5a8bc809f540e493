//! Amazon Nova by Bedrock's Converse API, which is the only one that serves it. Reference:
//! `https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html`.

mod answer;
mod request;

use crate::{
    api::{ApiRunner, ApiSettings, Asking, Decode, Offer, Protocol},
    http::{Failure, Secrets, Transport, add_secrets},
};
use eval_core::{BoxFuture, Prompt, Response, RunnerError, RunnerErrorKind as Kind};
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};

/// Where it is, in a region.
pub const BASE_URL: &str = "https://bedrock-runtime.{region}.amazonaws.com";

/// The environment variable that holds its key.
pub const KEY_VARIABLE: &str = "AWS_BEARER_TOKEN_BEDROCK";

/// Below the same host, the open models have their chat completions here.
const CHAT_COMPLETIONS: &str = "/openai/v1";

struct Converse {
    transport: Transport,
    headers: HeaderMap,
    path: String,
    asking: Asking,
}

/// Whether the model is Amazon's Nova, by its id, that of a profile for several regions, or an ARN.
pub fn serves(model: &str) -> bool {
    model.contains("amazon.nova")
}

/// A model behind the Converse API. A base URL may be that of the same region's chat completions.
pub fn runner(settings: ApiSettings) -> Result<ApiRunner, RunnerError> {
    let ApiSettings { mut address, key, headers: user, asking } = settings;
    check(&address.model, &asking)?;
    for base in &mut address.bases {
        let path = base.path().trim_end_matches('/');
        let path = path.strip_suffix(CHAT_COMPLETIONS).unwrap_or(path).to_string();
        base.set_path(&path);
    }
    let bearer = key.as_ref().map(|key| SecretString::from(format!("Bearer {}", key.expose_secret())));
    let mut headers = HeaderMap::new();
    add_secrets(&mut headers, user.iter().map(|(name, value)| (name.as_str(), value)))?;
    add_secrets(&mut headers, bearer.iter().map(|bearer| ("authorization", bearer)))?;
    let secrets = Secrets::new(key.into_iter().chain(user.into_iter().map(|(_, value)| value)));
    let path = format!("/model/{}/converse", request::encoded(&address.model));
    let transport = Transport::new(address, secrets.clone())?;
    Ok(ApiRunner::new(Converse { transport, headers, path, asking }, secrets))
}

/// An error where the API cannot do what is asked of it.
fn check(model: &str, asking: &Asking) -> Result<(), RunnerError> {
    let wrong = |what: &str| Err(RunnerError::new(Kind::Rejected, format!("{model} {what}")));
    if asking.stream {
        return wrong("is asked by Bedrock's Converse API, whose answers are not streamed here: leave `stream` out");
    }
    // Bedrock's `outputConfig` is for Claude and some open models; Nova constrains nothing but the arguments of calls.
    if asking.decode == Decode::Schema {
        return wrong("cannot be constrained to a schema by Bedrock: take decode = \"free\"");
    }
    if asking.tools == Offer::InWords {
        return wrong("is asked by Bedrock's Converse API, which takes tools: leave `tools = \"in_words\"` out");
    }
    Ok(())
}

impl Protocol for Converse {
    fn ask<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Result<Response, Failure>> {
        Box::pin(async move {
            let body = request::body(&self.asking, prompt);
            let request = self.transport.request(&self.path, &self.headers, &body)?;
            let answer = self.transport.json(&self.transport.send(request).await?)?;
            let nothing = || self.transport.failure(Kind::Malformed, "answered without content and without a reason");
            answer::read(answer).ok_or_else(nothing)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nova_is_known_by_its_id() {
        for nova in [
            "amazon.nova-lite-v1:0",
            "us.amazon.nova-pro-v1:0",
            "global.amazon.nova-2-lite-v1:0",
            "arn:aws:bedrock:eu-north-1:123456789012:inference-profile/eu.amazon.nova-micro-v1:0",
        ] {
            assert!(serves(nova), "{nova}");
        }
        for other in ["openai.gpt-oss-20b-1:0", "arcee-supernova", "amazon.titan-text-lite-v1"] {
            assert!(!serves(other), "{other}");
        }
    }
}
