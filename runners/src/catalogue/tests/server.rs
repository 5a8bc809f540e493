//! A loopback server that speaks as much HTTP as a hub does.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A server that answers until the test ends.
pub(super) struct Server {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `answer` gets the request's head (in lower case but for the path) and its number, from 0.
    pub(super) fn start(answer: impl Fn(&str, usize) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let head = head(&stream);
                let number = {
                    let mut seen = seen.lock().unwrap();
                    seen.push(head.clone());
                    seen.len() - 1
                };
                // A client that has seen enough may have gone.
                let _ = stream.write_all(&answer(&head, number));
            }
        });
        Self { url, requests }
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn head(stream: &TcpStream) -> String {
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap).take_while(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    lines.fold(first, |head, line| head + "\n" + &line.to_lowercase())
}

/// An answer with its headers, `Content-Length` among them.
pub(super) fn response(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    truncated(status, headers, body, body.len())
}

/// An answer that ends after the first `sent` bytes of its body.
pub(super) fn truncated(status: u16, headers: &[(&str, &str)], body: &[u8], sent: usize) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        answer += &format!("{name}: {value}\r\n");
    }
    [answer.as_bytes(), b"\r\n", &body[..sent]].concat()
}

/// What of `body` a request asks for, as a server that honours `Range` gives it.
pub(super) fn ranged(request: &str, body: &[u8]) -> Vec<u8> {
    let Some(start) = range_start(request) else { return response(200, &[], body) };
    if start >= body.len() {
        return response(416, &[], b"");
    }
    let range = format!("bytes {start}-{}/{}", body.len() - 1, body.len());
    response(206, &[("content-range", &range)], &body[start..])
}

/// The first byte of a request's `Range`.
pub(super) fn range_start(request: &str) -> Option<usize> {
    let range = request.lines().find_map(|line| line.strip_prefix("range: bytes="))?;
    range.strip_suffix('-')?.parse().ok()
}
