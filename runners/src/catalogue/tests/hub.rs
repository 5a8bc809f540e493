use super::{
    server::{Server, range_start, ranged, response, truncated},
    *,
};

/// Fetches the tiny entry from a server.
async fn fetched_from(server: &Server) -> (TempDir, Environment, Result<PathBuf, String>, Told) {
    let folder = tempfile::tempdir().unwrap();
    let environment = environment(&folder, &server.url);
    let (result, told) = fetched(&entry(&body(), vec![HUB]), &environment).await;
    (folder, environment, result, told)
}

/// The reason that stands behind the source.
fn reason(result: Result<PathBuf, String>) -> String {
    let message = result.unwrap_err();
    let line = message.lines().nth(1).unwrap();
    line.trim_start().trim_start_matches("model hub, owner/tiny: ").into()
}

fn part_of(environment: &Environment, bytes: &[u8]) -> PathBuf {
    environment.cache_dir.join(format!("tiny.gguf.{}.part", &digest(bytes)[..12]))
}

#[tokio::test]
async fn a_file_is_loaded_once() {
    let server = Server::start(|request, _| ranged(request, &body()));
    let (_folder, environment, result, told) = fetched_from(&server).await;
    assert_eq!(fs::read(result.unwrap()).unwrap(), body());
    assert_eq!(files(&environment), ["tiny.gguf"]);
    assert_eq!(told.sources, ["model hub, owner/tiny"]);
    assert_eq!(told.bytes.last(), Some(&(100_000, Some(100_000))));
    assert!(told.bytes.is_sorted());
    assert!(fetched(&entry(&body(), vec![HUB]), &environment).await.0.is_ok());
    let [request] = &server.requests()[..] else { panic!("{:?}", server.requests()) };
    assert!(request.starts_with("GET /owner/tiny/resolve/c0ffee/sub/tiny%20file.gguf HTTP/1.1\n"), "{request}");
    assert!(!request.contains("authorization") && !request.contains("range"), "{request}");
}

#[tokio::test]
async fn the_token_goes_to_the_hub_alone() {
    let store = Server::start(|request, _| ranged(request, &body()));
    let location = format!("{}/blob", store.url);
    let hub = Server::start(move |request, _| match request.starts_with("GET /renamed") {
        true => response(302, &[("location", &location)], b"see there"),
        false => response(307, &[("location", "/renamed")], b""),
    });
    let folder = tempfile::tempdir().unwrap();
    let environment = Environment { token: Some("hf_secret".into()), ..environment(&folder, &hub.url) };
    let (result, _) = fetched(&entry(&body(), vec![HUB]), &environment).await;
    assert!(result.is_ok());
    let with_token = |server: &Server| -> Vec<bool> {
        server.requests().iter().map(|request| request.contains("authorization: bearer hf_secret")).collect()
    };
    assert_eq!((with_token(&hub), with_token(&store)), (vec![true, true], vec![false]));
    assert!(!store.requests()[0].contains("hf_secret"));
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let mut said = String::new();
    for token in [None, Some("hf_secret".to_string())] {
        for status in [401, 403, 404, 407, 429, 503, 418] {
            let server = Server::start(move |_, _| response(status, &[], b"no"));
            let folder = tempfile::tempdir().unwrap();
            let environment = Environment { token: token.clone(), ..environment(&folder, &server.url) };
            let (result, _) = fetched(&entry(&body(), vec![HUB]), &environment).await;
            said += &format!("{}\n", reason(result));
            assert_eq!((server.requests().len(), files(&environment).len()), (1, 0));
        }
        said.push('\n');
    }
    assert!(!said.contains("hf_secret"));
    insta::assert_snapshot!(said);
}

#[tokio::test]
async fn a_download_that_breaks_off_is_taken_up_again() {
    // 30,000 bytes an answer: three attempts bring 90,000.
    let server = Server::start(|request, _| {
        let (start, body) = (range_start(request).unwrap_or(0), body());
        let range = format!("bytes {start}-{}/{}", body.len() - 1, body.len());
        let status = if start == 0 { 200 } else { 206 };
        truncated(status, &[("content-range", &range)], &body[start..], 30_000.min(body.len() - start))
    });
    let (_folder, environment, result, _) = fetched_from(&server).await;
    let reason = reason(result);
    assert!(reason.starts_with("127.0.0.1 broke off after 90000 of 100000 bytes: "), "{reason}");
    assert_eq!(files(&environment), [part_of(&environment, &body()).file_name().unwrap().to_str().unwrap()]);

    let (result, told) = fetched(&entry(&body(), vec![HUB]), &environment).await;
    assert_eq!(fs::read(result.unwrap()).unwrap(), body());
    assert!(told.bytes[0].0 > 90_000);
    let starts: Vec<_> = server.requests().iter().map(|request| range_start(request)).collect();
    assert_eq!(starts, [None, Some(30_000), Some(60_000), Some(90_000)]);
    assert_eq!(files(&environment), ["tiny.gguf"]);
}

#[tokio::test]
async fn leftovers_that_cannot_be_continued_are_loaded_anew() {
    // A server that does not know ranges, and a leftover that is longer than the file.
    let ignorant = Server::start(|_, _| response(200, &[], &body()));
    let exact = Server::start(|request, _| ranged(request, &body()));
    for (server, held, requests) in [(&ignorant, 500, 1), (&exact, 100_500, 2)] {
        let folder = tempfile::tempdir().unwrap();
        let environment = environment(&folder, &server.url);
        fs::create_dir(&environment.cache_dir).unwrap();
        fs::write(part_of(&environment, &body()), vec![7; held]).unwrap();
        let (result, _) = fetched(&entry(&body(), vec![HUB]), &environment).await;
        assert_eq!(fs::read(result.unwrap()).unwrap(), body());
        assert_eq!(server.requests().len(), requests);
    }
}

#[tokio::test]
async fn a_wrong_file_is_deleted_and_said() {
    let mut other = body();
    other[5] ^= 1;
    let (expected, got) = (digest(&body()), digest(&other));
    let server = Server::start(move |_, _| response(200, &[], &other));
    let (_folder, environment, result, _) = fetched_from(&server).await;
    let words = format!("wrong checksum: expected sha256 {expected}, got {got}. What came is deleted");
    assert_eq!(reason(result), words);
    assert!(files(&environment).is_empty());
}

#[tokio::test]
async fn a_file_that_the_hub_calls_another_is_not_loaded() {
    let tag = format!("\"{}\"", "0".repeat(64));
    let linked = Server::start(move |_, _| response(302, &[("x-linked-etag", &tag), ("location", "/blob")], b""));
    let (.., result, told) = fetched_from(&linked).await;
    let words = format!("wrong checksum: expected sha256 {}, got {}", digest(&body()), "0".repeat(64));
    assert_eq!((reason(result), linked.requests().len(), told.bytes.len()), (words, 1, 0));

    let page = Server::start(|_, _| response(200, &[], b"<html>Please log in"));
    let (.., result, told) = fetched_from(&page).await;
    assert_eq!(reason(result), "wrong size: expected 100000 bytes, got 19");
    assert!(told.bytes.is_empty());
}

#[tokio::test]
async fn hubs_that_do_not_answer() {
    let folder = tempfile::tempdir().unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let with = |endpoint: &str, offline| Environment { offline, ..environment(&folder, endpoint) };
    let entry = entry(&body(), vec![HUB]);
    let said = reason(fetched(&entry, &with(&format!("http://{closed}"), false)).await.0);
    assert!(said.starts_with("127.0.0.1 could not be reached: "), "{said}");
    let said = reason(fetched(&entry, &with("huggingface.co", false)).await.0);
    assert_eq!(said, "HF_ENDPOINT is no http or https address: \"huggingface.co\"");
    let said = reason(fetched(&entry, &with(&format!("http://{closed}"), true)).await.0);
    assert_eq!(said, format!("HF_HUB_OFFLINE is set, and {}/hf does not hold the file", folder.path().display()));
    let circle = Server::start(|_, _| response(302, &[("location", "/again")], b""));
    let said = reason(fetched(&entry, &with(&circle.url, false)).await.0);
    assert_eq!(said, "more than 10 redirects");
}

/// Leaves a file as the hub's own tools do: a blob named by its checksum, and a snapshot that links to it.
fn leave_in_hub_home(environment: &Environment, commit: &str, blob_name: &str, bytes: &[u8]) {
    let repo = environment.hub_home.join("hub/models--owner--tiny");
    let snapshot = repo.join("snapshots").join(commit).join("sub");
    fs::create_dir_all(repo.join("blobs")).unwrap();
    fs::create_dir_all(repo.join("refs")).unwrap();
    fs::create_dir_all(&snapshot).unwrap();
    fs::write(repo.join("refs/main"), commit).unwrap();
    let blob = repo.join("blobs").join(blob_name);
    fs::write(&blob, bytes).unwrap();
    fs::hard_link(&blob, snapshot.join("tiny file.gguf")).unwrap();
    #[cfg(unix)]
    {
        fs::remove_file(snapshot.join("tiny file.gguf")).unwrap();
        std::os::unix::fs::symlink(blob, snapshot.join("tiny file.gguf")).unwrap();
    }
}

#[tokio::test]
async fn a_copy_of_the_hub_s_own_tools_is_verified_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let environment = Environment { offline: true, ..environment(&folder, "http://127.0.0.1:9") };
    let mut spoilt = body();
    spoilt[5] ^= 1;
    leave_in_hub_home(&environment, "aaa", "spoilt", &spoilt);
    let (result, _) = fetched(&entry(&body(), vec![HUB]), &environment).await;
    assert!(reason(result).starts_with("HF_HUB_OFFLINE is set"));
    leave_in_hub_home(&environment, "bbb", &digest(&body()), &body());
    let (result, _) = fetched(&entry(&body(), vec![HUB]), &environment).await;
    assert_eq!(fs::read(result.unwrap()).unwrap(), body());
    assert_eq!(files(&environment), ["tiny.gguf"]);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_ends_the_fetch() {
    let server = Server::start(|request, _| ranged(request, &body()));
    let folder = tempfile::tempdir().unwrap();
    let environment = environment(&folder, &server.url);
    fs::create_dir(&environment.cache_dir).unwrap();
    std::os::unix::fs::symlink("/dev/full", part_of(&environment, &body())).unwrap();
    let (result, told) = fetched(&entry(&body(), vec![HUB, PACKAGE]), &environment).await;
    let message = result.unwrap_err();
    assert!(message.starts_with("failed to write ") && message.contains(". The disk is full: free some"), "{message}");
    assert_eq!(told.sources, ["model hub, owner/tiny"]);
}

async fn hub_fetched(reference: &str, environment: &Environment) -> (Result<PathBuf, String>, Told) {
    let mut told = Told::default();
    let result = fetch_hub(reference, environment, &mut |progress| told.on(progress)).await;
    (result.map_err(|error| error.to_string()), told)
}

#[tokio::test]
async fn a_user_s_file_is_verified_by_the_hub_s_checksum() {
    let store = Server::start(|_, _| response(200, &[("etag", "\"0000\"")], &body()));
    let location = format!("{}/blob", store.url);
    let tag = format!("\"{}\"", digest(&body()));
    let hub = Server::start(move |request, _| {
        let tag = if request.contains("/wrong.gguf") { format!("\"{}\"", "1".repeat(64)) } else { tag.clone() };
        response(302, &[("x-linked-size", "100000"), ("x-linked-etag", &tag), ("location", &location)], b"")
    });
    let folder = tempfile::tempdir().unwrap();
    let environment = environment(&folder, &hub.url);
    let (result, told) = hub_fetched("owner/tiny:sub/tiny.gguf", &environment).await;
    let path = environment.cache_dir.join("owner--tiny/sub/tiny.gguf");
    assert_eq!((result, fs::read(&path).unwrap()), (Ok(path.clone()), body()));
    assert_eq!((told.notes.len(), told.bytes.last()), (0, Some(&(100_000, Some(100_000)))));
    assert!(hub.requests()[0].starts_with("GET /owner/tiny/resolve/main/sub/tiny.gguf "));

    assert_eq!(hub_fetched("hf:owner/tiny/sub/tiny.gguf", &environment).await.0, Ok(path));
    assert_eq!(hub.requests().len(), 1);

    let message = hub_fetched("owner/tiny:wrong.gguf", &environment).await.0.unwrap_err();
    assert!(message.contains("wrong checksum: expected sha256 1111"), "{message}");
    assert_eq!(files(&environment), ["tiny.gguf"]);
}

#[tokio::test]
async fn a_file_without_a_checksum_is_said() {
    let gitless = Server::start(|_, _| response(200, &[("etag", "W/\"5d41402a\"")], b"GGUF and so on"));
    let folder = tempfile::tempdir().unwrap();
    let environment = environment(&folder, &gitless.url);
    let (result, told) = hub_fetched("owner/tiny:tiny.gguf", &environment).await;
    assert!(result.is_ok());
    assert_eq!(told.notes, ["The hub sent no checksum for this file: only its size was checked."]);

    let login = Server::start(|_, _| response(200, &[("content-type", "text/html; charset=utf-8")], b"Log in"));
    let environment = Environment { endpoint: login.url.clone(), ..environment };
    let message = hub_fetched("owner/tiny:other.gguf", &environment).await.0.unwrap_err();
    assert!(message.contains("answers with a web page"), "{message}");
    assert_eq!(files(&environment), ["tiny.gguf"]);
}

#[tokio::test]
async fn a_user_s_file_is_found_among_those_of_the_hub_s_own_tools() {
    let folder = tempfile::tempdir().unwrap();
    let environment = Environment { offline: true, ..environment(&folder, "http://127.0.0.1:9") };
    leave_in_hub_home(&environment, "bbb", &digest(&body()), &body());
    let (result, _) = hub_fetched("owner/tiny:sub/tiny file.gguf", &environment).await;
    assert_eq!(fs::read(result.unwrap()).unwrap(), body());
    let message = hub_fetched("owner/tiny:other.gguf", &environment).await.0.unwrap_err();
    insta::assert_snapshot!(message.replace(&folder.path().display().to_string(), "DIR"));
}

#[test]
fn hub_references() {
    let file = |repo, file| Some(HubFile { repo, revision: "main", file });
    assert_eq!(HubFile::parse("owner/name:file.gguf").ok(), file("owner/name", "file.gguf"));
    assert_eq!(HubFile::parse("hf:owner/na.me/sub/file-Q4.gguf").ok(), file("owner/na.me", "sub/file-Q4.gguf"));
    let wrong = [
        "model.gguf",
        "owner/name",
        "owner/name:Q4_K_M",
        "hf:owner/file.gguf",
        "owner/name/more:file.gguf",
        "../name:file.gguf",
        "owner/name:../../file.gguf",
        "owner/name:sub//file.gguf",
        "owner/na me:file.gguf",
        "C:\\models\\file.gguf",
        "https://huggingface.co/owner/name/file.gguf",
        "",
    ];
    let said: Vec<_> = wrong.iter().map(|words| HubFile::parse(words).unwrap_err().to_string()).collect();
    insta::assert_snapshot!(said.join("\n"));
}
