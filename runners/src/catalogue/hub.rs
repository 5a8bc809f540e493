//! The model hub, by plain HTTP: a ranged GET of `{endpoint}/{repo}/resolve/{revision}/{file}`.

use super::{
    Environment, FetchError, OnProgress, Progress,
    error::{Failure, cause},
    hub_cache,
    store::{self, Expected, Part},
};
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{ACCEPT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, LOCATION, RANGE},
    redirect::Policy,
};
use std::{path::Path, time::Duration};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest silence between two chunks.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
const MAX_REDIRECTS: usize = 10;
/// How often a download that breaks off is taken up in one fetch.
const ATTEMPTS: usize = 3;

/// A file in a repository of the model hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HubFile<'a> {
    /// `owner/name`.
    pub repo: &'a str,
    /// A commit, a branch or a tag.
    pub revision: &'a str,
    /// The path in the repository.
    pub file: &'a str,
}

impl<'a> HubFile<'a> {
    /// Reads `owner/name/file.gguf` (also with `hf:` before it) or `owner/name:file.gguf`; the revision is `main`.
    pub fn parse(reference: &'a str) -> Result<Self, FetchError> {
        let wrong = |message| FetchError::Reference { reference: reference.into(), message };
        let path = reference.strip_prefix("hf:").or((!reference.contains(':')).then_some(reference));
        let (repo, file) = match path {
            Some(path) => {
                let name_end = path.match_indices('/').nth(1).map(|(at, _)| at);
                name_end.map(|at| (&path[..at], &path[at + 1..])).ok_or_else(|| wrong("it names no file"))?
            }
            None => reference.split_once(':').ok_or_else(|| wrong("it names no file"))?,
        };
        let plain = |part: &str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            !part.is_empty() && !part.starts_with('.') && part.chars().all(allowed)
        };
        if repo.split('/').count() != 2 || !repo.split('/').all(plain) {
            return Err(wrong("a repository is an owner and a name, such as owner/name"));
        }
        if !file.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', ':'])) {
            return Err(wrong("the file's path has a part that is empty, hidden or not allowed"));
        }
        if !file.ends_with(".gguf") {
            return Err(wrong("the file's name must end in .gguf"));
        }
        Ok(Self { repo, revision: "main", file })
    }

    fn url(&self, endpoint: &str) -> Result<Url, Failure> {
        let wrong = || Failure::Source(format!("HF_ENDPOINT is no http or https address: {endpoint:?}"));
        let mut url = Url::parse(endpoint).map_err(|_| wrong())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong());
        }
        url.path_segments_mut()
            .map_err(|()| wrong())?
            .pop_if_empty()
            .extend(self.repo.split('/'))
            .push("resolve")
            .push(self.revision)
            .extend(self.file.split('/'));
        Ok(url)
    }
}

/// Brings the file to `target`: from the folder of the hub's own tools if it is there, else from the hub.
pub(super) async fn fetch(
    file: HubFile<'_>,
    expected: &Expected,
    target: &Path,
    environment: &Environment,
    progress: OnProgress<'_>,
) -> Result<(), Failure> {
    if let Some(path) = hub_cache::find(file, expected, environment, progress)? {
        return Ok(store::adopt(&path, target)?);
    }
    if environment.offline {
        let folder = environment.hub_home.display();
        return Err(Failure::Source(format!("HF_HUB_OFFLINE is set, and {folder} does not hold the file")));
    }
    let url = file.url(&environment.endpoint)?;
    let download = Download { client: client(&url)?, url, token: environment.token.as_deref(), target };
    let mut attempt = 1;
    loop {
        match download.attempt(expected.clone(), progress).await {
            Err(Broken::Off(_)) if attempt < ATTEMPTS => attempt += 1,
            Err(Broken::Off(reason)) => return Err(Failure::Source(reason)),
            Err(Broken::Failed(failure)) => return Err(failure),
            Ok(()) => return Ok(()),
        }
    }
}

fn client(endpoint: &Url) -> Result<Client, Failure> {
    // Fails only where a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .user_agent(concat!("eval/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT);
    let local = matches!(endpoint.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let builder = if local { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| Failure::Source(format!("no HTTPS client could be made: {}", cause(&error))))
}

/// How an attempt ended without the file.
enum Broken {
    /// The transfer had begun: it can be taken up again.
    Off(String),
    Failed(Failure),
}

impl<F: Into<Failure>> From<F> for Broken {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

struct Download<'a> {
    client: Client,
    url: Url,
    token: Option<&'a str>,
    target: &'a Path,
}

impl Download<'_> {
    async fn attempt(&self, mut expected: Expected, progress: OnProgress<'_>) -> Result<(), Broken> {
        let mut response = self.ask(&mut expected).await?;
        let host = response.url().host_str().unwrap_or_default().to_string();
        let mut part = self.part(&response, &mut expected)?;
        while let Some(chunk) = response.chunk().await.map_err(|error| {
            let of_total = expected.bytes.map_or_else(String::new, |bytes| format!(" of {bytes}"));
            Broken::Off(format!("{host} broke off after {}{of_total} bytes: {}", part.done, cause(&error)))
        })? {
            part.write(&chunk)?;
            progress(Progress::Bytes { done: part.done, total: expected.bytes });
            if expected.bytes.is_some_and(|bytes| part.done > bytes) {
                break;
            }
        }
        progress(Progress::Verifying);
        part.finish(self.target, &expected)?;
        if expected.sha256.is_none() {
            progress(Progress::Note { text: "The hub sent no checksum for this file: only its size was checked." });
        }
        Ok(())
    }

    /// Follows redirects by hand: the hub names size and checksum in its redirect to the store that has the bytes,
    /// and the token may not go there.
    async fn ask(&self, expected: &mut Expected) -> Result<Response, Broken> {
        let mut url = self.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let at_hub = url.origin() == self.url.origin();
            let host = url.host_str().unwrap_or_default().to_string();
            let mut request = self.client.get(url.clone()).header(ACCEPT_ENCODING, "identity");
            if let Some(token) = self.token.filter(|_| at_hub) {
                request = request.bearer_auth(token);
            }
            if let Some(held) = self.held(expected) {
                request = request.header(RANGE, format!("bytes={held}-"));
            }
            let response = request.send().await.map_err(|error| unreachable(&host, &error))?;
            if at_hub {
                expected.learn(linked_size(response.headers()), linked_digest(&response))?;
            }
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let next = response.headers().get(LOCATION).and_then(|location| url.join(location.to_str().ok()?).ok());
            let next = next.ok_or_else(|| Failure::Source(format!("{host} redirects to no address")))?;
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err(Failure::Source(format!("{host} redirects to an address without encryption")).into());
            }
            url = next;
        }
        Err(Failure::Source(format!("more than {MAX_REDIRECTS} redirects")).into())
    }

    /// How many bytes an earlier attempt left, if it left any.
    fn held(&self, expected: &Expected) -> Option<u64> {
        let path = store::resumable(self.target, expected)?;
        std::fs::metadata(path).ok().map(|found| found.len()).filter(|bytes| *bytes > 0)
    }

    /// Where the bytes of this response go on, or start.
    fn part(&self, response: &Response, expected: &mut Expected) -> Result<Part, Broken> {
        let resumable = store::resumable(self.target, expected);
        let path = resumable.unwrap_or_else(|| store::unresumable(self.target));
        match response.status() {
            StatusCode::OK if expected.sha256.is_none() && is_page(response.headers()) => {
                let words = "the hub's address answers with a web page: a proxy or a login stands before it";
                Err(Failure::Source(words.into()).into())
            }
            StatusCode::OK => {
                expected.learn(response.content_length(), None)?;
                Ok(Part::create(&path)?)
            }
            StatusCode::PARTIAL_CONTENT => {
                let part = Part::resume(&path)?;
                match content_range(response.headers()) {
                    Some((start, total)) if start == part.done => {
                        expected.learn(total, None)?;
                        Ok(part)
                    }
                    _ => Err(start_again(&path, "another part of the file than was asked for")),
                }
            }
            StatusCode::RANGE_NOT_SATISFIABLE => Err(start_again(&path, "that the file has no such part")),
            status => Err(Failure::Source(refusal(status, response, self.token.is_some())).into()),
        }
    }
}

fn start_again(path: &Path, sent: &str) -> Broken {
    match std::fs::remove_file(path) {
        Ok(()) => Broken::Off(format!("the hub sent {sent}")),
        Err(error) => store::write_error(path, error).into(),
    }
}

fn unreachable(host: &str, error: &reqwest::Error) -> Failure {
    Failure::Source(match (error.is_connect(), error.is_timeout()) {
        (true, true) => format!("{host} did not answer within {} s", CONNECT_TIMEOUT.as_secs()),
        (false, true) => format!("{host} was silent for {} s", READ_TIMEOUT.as_secs()),
        _ => format!("{host} could not be reached: {}", cause(error)),
    })
}

fn refusal(status: StatusCode, response: &Response, has_token: bool) -> String {
    let host = response.url().host_str().unwrap_or_default();
    let why = match status.as_u16() {
        401 if has_token => "it refuses HF_TOKEN: make a new one, or unset it for a public file",
        401 => "it wants a token, or there is no such repository: check the name, or set HF_TOKEN",
        403 if has_token => "access is refused: accept the model's terms on its page, with the account of HF_TOKEN",
        403 => "access is refused: the network may block it, or the model has terms to accept, which takes HF_TOKEN",
        404 => "there is no such repository, revision or file",
        407 => "the proxy wants a password: see HTTPS_PROXY",
        429 => "too many requests: wait, or set HF_TOKEN",
        500.. => "the server failed: try again later",
        _ => "an answer that was not expected",
    };
    format!("{host} answered {}: {why}", status.as_u16())
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

fn linked_size(headers: &HeaderMap) -> Option<u64> {
    headers.get("x-linked-size")?.to_str().ok()?.parse().ok()
}

/// The SHA-256 that the hub keeps large files by. Its tag of other files is no SHA-256, nor are other servers' tags.
fn linked_digest(response: &Response) -> Option<String> {
    let headers = response.headers();
    let own = || headers.get(ETAG).filter(|_| response.status().is_success());
    let tag = headers.get("x-linked-etag").or_else(own)?.to_str().ok()?;
    let digest = tag.trim_start_matches("W/").trim_matches('"');
    hub_cache::is_sha256(digest).then(|| digest.to_ascii_lowercase())
}

/// First byte and size of the whole: `bytes 100-199/200`.
fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let (range, total) = headers.get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()))
}
