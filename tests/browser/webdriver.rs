//! WebDriver as it is on the wire: JSON over HTTP. A client crate would bring more crates than this file has functions.

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A driver and its one session, both ended with it.
pub struct Session {
    driver: Child,
    port: u16,
    id: String,
}

impl Session {
    /// Starts the driver on a port of its choice, and a browser.
    pub fn start(driver: &str, capabilities: Value) -> Self {
        let mut command = Command::new(driver);
        let mut driver = command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        let mut session = Self { driver, port: port.expect("the driver names no port"), id: String::new() };
        // What it says is read on, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        let answer = session.send("POST", "/session", &json!({"capabilities": {"alwaysMatch": capabilities}}));
        session.id = answer.expect("no browser starts")["sessionId"].as_str().unwrap().into();
        session
    }

    /// A command of the session, or what the driver says is wrong.
    pub fn try_post(&self, command: &str, body: &Value) -> Result<Value, String> {
        self.send("POST", &format!("/session/{}/{command}", self.id), body)
    }

    pub fn post(&self, command: &str, body: &Value) -> Value {
        self.try_post(command, body).unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    pub fn try_get(&self, command: &str) -> Result<Value, String> {
        self.send("GET", &format!("/session/{}/{command}", self.id), &Value::Null)
    }

    /// A command of Chrome's own protocol.
    pub fn chrome(&self, command: &str, parameters: Value) -> Value {
        self.post("goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer: Value = serde_json::from_slice(&read(stream)).unwrap();
        match &answer["value"]["error"] {
            Value::String(_) => Err(format!("{}: {}", answer["value"]["error"], answer["value"]["message"])),
            _ => Ok(answer["value"].take()),
        }
    }
}

/// The body of an answer, which says how long it is.
fn read(stream: TcpStream) -> Vec<u8> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    body
}

impl Drop for Session {
    fn drop(&mut self) {
        // A driver that is killed would leave its browser behind. Nothing may panic here: a test may be failing already.
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ =
                write!(stream, "DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", self.id);
            let _ = stream.read(&mut [0; 64]);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
