//! A server on loopback that answers as it is told, faults included, and remembers what it was asked.

// Each test binary uses a part of it.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    /// With its query.
    pub path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// `null` where it is no JSON.
    pub body: Value,
    /// Counted from 0, over all requests.
    pub number: usize,
}

/// What the server does.
pub enum Reply {
    /// An answer.
    Answer { status: u16, headers: Vec<(String, String)>, body: String },
    /// An answer of which only the first bytes come before the connection is closed.
    Cut { body: String, bytes: usize },
    /// As a cut answer, but the connection is closed only after a pause.
    Stall { body: String, bytes: usize, pause: Duration },
    /// The connection is closed without a word.
    Close,
    /// An answer that comes late.
    Late(Duration, Box<Reply>),
}

impl Reply {
    pub fn json(status: u16, body: Value) -> Self {
        Self::text(status, "application/json", body.to_string())
    }

    pub fn text(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        Self::Answer { status, headers: vec![("content-type".into(), content_type.into())], body: body.into() }
    }

    /// Server-sent events, each one with these data.
    pub fn events(data: impl IntoIterator<Item = impl std::fmt::Display>) -> Self {
        let body: String = data.into_iter().map(|data| format!("data: {data}\n\n")).collect();
        Self::text(200, "text/event-stream", body)
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name.into(), value.into()));
        }
        self
    }
}

/// Listens until it is dropped.
pub struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    closed: Arc<AtomicBool>,
}

impl Server {
    pub fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), answer)
    }

    /// At a given port, for a server that comes back where it was.
    pub fn start_at(address: SocketAddr, answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let server = Self { address: listener.local_addr().unwrap(), asked: Arc::default(), closed: Arc::default() };
        let (asked, closed, answer) = (server.asked.clone(), server.closed.clone(), Arc::new(answer));
        thread::spawn(move || {
            let mut open: Vec<TcpStream> = Vec::new();
            for stream in listener.incoming().map_while(Result::ok) {
                if closed.load(Ordering::SeqCst) {
                    break;
                }
                open.push(stream.try_clone().unwrap());
                let (asked, answer) = (asked.clone(), answer.clone());
                thread::spawn(move || serve(stream, &asked, &*answer));
            }
            // A server that is gone answers nobody.
            open.iter().for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
        });
        server
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT` and a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        // Wakes the listener, which then closes.
        let _ = TcpStream::connect(self.address);
        // Until nobody listens there.
        for _ in 0..100 {
            if TcpStream::connect(self.address).is_err() {
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn serve(stream: TcpStream, asked: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked) -> Reply) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(mut request) = read(&mut reader) {
        {
            let mut asked = asked.lock().unwrap();
            request.number = asked.len();
            asked.push(request.clone());
        }
        if !write(&stream, answer(&request)) {
            let _ = stream.shutdown(Shutdown::Both);
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let mut words = line.split_whitespace().map(String::from);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_string());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some(Asked { method, path, headers, body, number: 0 })
}

/// Whether the connection stays open.
fn write(mut stream: &TcpStream, reply: Reply) -> bool {
    match reply {
        Reply::Late(pause, reply) => {
            thread::sleep(pause);
            write(stream, *reply)
        }
        Reply::Close => false,
        Reply::Stall { body, bytes, pause } => {
            write(stream, Reply::Cut { body, bytes });
            thread::sleep(pause);
            false
        }
        Reply::Cut { body, bytes } => {
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body.as_bytes()[..bytes]));
            false
        }
        Reply::Answer { status, headers, body } => {
            let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let answer = format!("HTTP/1.1 {status} -\r\n{headers}content-length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).is_ok()
        }
    }
}
