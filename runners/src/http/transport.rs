use super::{
    Failure, Secrets,
    endpoints::{Chosen, Endpoints},
    failure::{Words, cause, kind, not_json, transport_kind, words},
    retry_after::retry_after,
};
use crate::surrogates::whole_characters;
use bytes::{Bytes, BytesMut};
use eval_core::{RunnerError, RunnerErrorKind as Kind};
use reqwest::{
    Client, Request, Response, StatusCode, Url,
    header::{CONTENT_TYPE, HeaderMap},
    redirect::Policy,
};
use serde_json::Value;
use std::time::{Duration, Instant};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A larger answer is no model's.
const MAX_BODY: usize = 64 << 20;

/// Where a model is, and how it is spoken of in errors.
#[derive(Debug, Clone)]
pub struct Address {
    /// At least one, such as `https://api.openai.com/v1`; several share the calls.
    pub bases: Vec<Url>,
    /// The model as its servers call it.
    pub model: String,
    /// Where the key comes from, for people: `OPENAI_API_KEY`.
    pub key_from: String,
    /// How long one attempt may take, from the call to the last byte.
    pub timeout: Duration,
    /// Whether calls may go through the proxy that the environment names.
    pub proxy: bool,
}

/// Sends one model's calls to its servers; turns what goes wrong into typed failures without secrets.
pub struct Transport {
    client: Client,
    endpoints: Endpoints,
    address: Address,
    secrets: Secrets,
}

impl Transport {
    /// An error where no HTTPS client can be made on this system.
    pub fn new(address: Address, secrets: Secrets) -> Result<Self, RunnerError> {
        // Fails only where a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // A redirect could lead what is sent, the key too, to another host.
        let builder = Client::builder()
            .user_agent(concat!("eval/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT);
        let builder = if address.proxy { builder } else { builder.no_proxy() };
        let client = builder
            .build()
            .map_err(|e| RunnerError::new(Kind::Engine, format!("no HTTPS client could be made: {}", cause(&e))))?;
        Ok(Self { client, endpoints: Endpoints::new(address.bases.clone()), address, secrets })
    }

    /// What must not be shown.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// A POST of JSON to a path below the base URLs, such as `/messages`.
    pub fn request(&self, path: &str, headers: &HeaderMap, body: &Value) -> Result<Request, Failure> {
        let url = format!("http://endpoint{path}");
        let request = self.client.post(url).headers(headers.clone()).header(CONTENT_TYPE, "application/json");
        request.body(body.to_string()).build().map_err(|e| self.broken(&e))
    }

    /// Reads a whole answer as JSON; a half of a surrogate pair in its texts is U+FFFD.
    pub fn json(&self, body: &Bytes) -> Result<Value, Failure> {
        let halves = || std::str::from_utf8(body).ok().and_then(whole_characters);
        serde_json::from_slice(body)
            .or_else(|error| halves().map_or(Err(error), |mended| serde_json::from_str(&mended)))
            .map_err(|_| self.not_json(body))
    }

    /// The failure of an answer that is no JSON.
    pub fn not_json(&self, body: &[u8]) -> Failure {
        self.failure(Kind::Malformed, &format!("answered with {}", not_json(&self.redacted(body))))
    }

    /// Long words are cut: what is secret goes first, so that no piece of it is left.
    fn redacted(&self, body: &[u8]) -> Vec<u8> {
        self.secrets.redact(String::from_utf8_lossy(body).into_owned()).into_bytes()
    }

    fn words(&self, body: &[u8]) -> Words {
        words(&self.redacted(body))
    }

    /// The failure that an answer tells although its status says that it succeeded.
    pub fn said(&self, body: &Value) -> Failure {
        let words = self.words(body.to_string().as_bytes());
        let status = words.codes.iter().find_map(|code| StatusCode::from_bytes(code.as_bytes()).ok());
        let kind = kind(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &words);
        let mut failure = self.failure(kind, &format!("answered with an error: {}", words.message));
        failure.code = words.codes.into_iter().next();
        failure
    }

    /// Sends a request, whose URL's path and query are taken as below a base URL, and gives the whole body of an
    /// answer that says that it succeeded.
    pub async fn send(&self, request: Request) -> Result<Bytes, Failure> {
        let (chosen, response) = self.open(request).await?;
        let body = self.whole(response).await;
        self.endpoints.done(&chosen, body.as_ref().is_err(), Instant::now());
        body
    }

    /// As [`Transport::send`], as a response that can be read.
    pub async fn buffered(&self, request: Request) -> Result<Response, Failure> {
        Ok(http::Response::new(self.send(request).await?).into())
    }

    /// As [`Transport::send`], for an answer that is read while it comes: the endpoint counts it as ended.
    pub async fn stream(&self, request: Request) -> Result<Response, Failure> {
        let (chosen, response) = self.open(request).await?;
        self.endpoints.done(&chosen, false, Instant::now());
        Ok(response)
    }

    /// An endpoint that cannot be reached was asked nothing: the next one is tried at once.
    async fn open(&self, request: Request) -> Result<(Chosen, Response), Failure> {
        loop {
            let nowhere = || self.failure(Kind::Unreachable, "has no address");
            let chosen = self.endpoints.choose(Instant::now()).ok_or_else(nowhere)?;
            let again = request.try_clone().ok_or_else(|| self.failure(Kind::Engine, "cannot be sent again"))?;
            let outcome = self.attempt(again, &chosen).await;
            let Err(failure) = outcome else { return outcome.map(|response| (chosen, response)) };
            let kind = failure.error.kind;
            let of_endpoint = kind.may_pass() && kind != Kind::Throttled;
            self.endpoints.done(&chosen, of_endpoint, Instant::now());
            if kind != Kind::Unreachable || !self.endpoints.any_ready(Instant::now()) {
                return Err(failure);
            }
        }
    }

    async fn attempt(&self, mut request: Request, chosen: &Chosen) -> Result<Response, Failure> {
        *request.url_mut() = below(&chosen.base, request.url());
        *request.timeout_mut() = Some(self.address.timeout);
        let response = self.client.execute(request).await.map_err(|e| self.broken(&e))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let headers = response.headers().clone();
        let mut body = self.whole(response).await.unwrap_or_default();
        if body.is_empty() {
            // Where there are no words, AWS still names the error.
            body =
                headers.get("x-amzn-errortype").map(|name| Bytes::copy_from_slice(name.as_bytes())).unwrap_or_default();
        }
        let mut failure = self.told(status, &format!("answered {status}"), &body);
        let wait = retry_after(&headers, jiff::Timestamp::now());
        failure.error.retry_after = wait.or(failure.error.retry_after);
        Err(failure)
    }

    /// A failure that a server tells where its answer should be: within a stream, or under a status of success. `status`
    /// is the one that the same failure has as an answer of its own.
    pub fn told_late(&self, status: u16, body: &Value) -> Failure {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        self.told(status, "broke off its answer", body.to_string().as_bytes())
    }

    fn told(&self, status: StatusCode, what: &str, body: &[u8]) -> Failure {
        let words = self.words(body);
        let kind = kind(status, &words);
        let (said, advice) = (words.message.as_str(), self.advice(kind));
        let said = if advice.is_empty() { said } else { said.trim_end_matches('.') };
        let said = if said.is_empty() { String::new() } else { format!(": {said}") };
        let mut failure = self.failure(kind, &format!("{what}{said}{advice}"));
        failure.error.retry_after = words.retry_after;
        failure.code = words.codes.into_iter().next();
        failure
    }

    async fn whole(&self, mut response: Response) -> Result<Bytes, Failure> {
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| self.broken(&e))? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(self.failure(Kind::Malformed, "sent more than 64 MiB"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    /// A failure below the protocol.
    pub fn broken(&self, error: &reqwest::Error) -> Failure {
        let (kind, cause) = (transport_kind(error), cause(error));
        match kind {
            Kind::Unreachable => self.failure(kind, &format!("cannot be reached: {cause}{}", self.advice(kind))),
            Kind::Timeout => self.late(),
            _ => self.failure(kind, &format!("broke the connection: {cause}")),
        }
    }

    /// The failure of a stream that broke: of one that was begun so long ago that its time is up, that it is late.
    pub fn broken_stream(&self, begun: Instant, cause: &str) -> Failure {
        match begun.elapsed() < self.address.timeout {
            true => self.failure(Kind::Disconnected, &format!("broke the stream: {cause}")),
            false => self.late(),
        }
    }

    fn late(&self) -> Failure {
        let seconds = self.address.timeout.as_secs_f64();
        self.failure(Kind::Timeout, &format!("gave no whole answer within {seconds} s; `timeout_s` allows more"))
    }

    /// A failure that names the model and its host.
    pub fn failure(&self, kind: Kind, what: &str) -> Failure {
        let hosts: Vec<&str> = self.address.bases.iter().map(Url::authority).collect();
        let message = format!("{} at {} {what}", self.address.model, hosts.join(", "));
        Failure::new(kind, self.secrets.redact(message))
    }

    fn advice(&self, kind: Kind) -> String {
        match kind {
            Kind::Unauthorized => format!(". Is the key right? It is read from {}", self.address.key_from),
            Kind::UnknownModel => ". Are `model` and `base_url` right?".into(),
            Kind::Quota => ". The account needs credit".into(),
            Kind::Unreachable => ". Is the server running, and `base_url` right?".into(),
            _ => String::new(),
        }
    }
}

fn below(base: &Url, relative: &Url) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{}", base.path().trim_end_matches('/'), relative.path()));
    if let Some(query) = relative.query() {
        url.set_query(Some(query));
    }
    url
}
