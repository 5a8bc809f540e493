//! What a run over a served model costs this machine: wall time, CPU time and memory of the whole binary, everything on,
//! beside a bare aiohttp loop that only sends. `cargo bench --bench served [-- CASES…]`; see README.md in this folder.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod mock;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
};

/// Calls in flight.
const CONCURRENCY: usize = 64;
/// What the mock takes for an answer.
const LATENCY_MS: u64 = 50;
const CASES: [usize; 2] = [10_000, 100_000];

fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("--serve") => return mock::serve(LATENCY_MS),
        // What `cargo test --benches` passes.
        Some("--test") => return,
        _ => {}
    }
    let named: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if named.is_empty() { CASES.to_vec() } else { named };
    println!("{:<34} {:>8} {:>8} {:>8} {:>8}", "", "wall s", "CPU s", "peak MB", "floor s");
    for cases in sizes {
        let folder = tempfile::tempdir().unwrap();
        write_suite(folder.path(), cases);
        let mock = Mock::start();
        let python = std::env::var("BENCH_PYTHON").unwrap_or_else(|_| "python3".into());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/served/aiohttp_loop.py");
        let (n, c) = (cases.to_string(), CONCURRENCY.to_string());
        let base = mock.base.clone();
        measure("aiohttp loop, sends only", cases, folder.path(), &base, &[&python, script, &base, &n, &c]);
        let eval = env!("CARGO_BIN_EXE_eval");
        let run = [eval, "run", "--suite", "./suite", "--candidate", "vllm:mock", "--concurrency", &c];
        measure("eval run", cases, folder.path(), &base, &run);
        measure("eval run, all from the cache", cases, folder.path(), &base, &run);
        measure("eval run --cache off", cases, folder.path(), &base, &[&run[..], &["--cache", "off"]].concat());
        cut_the_last_run(folder.path());
        measure("eval run --resume, half is done", cases, folder.path(), &base, &[eval, "run", "--resume", "latest"]);
    }
}

/// The mock is a process of its own: its time is not ours.
struct Mock {
    process: Child,
    base: String,
}

impl Mock {
    fn start() -> Self {
        let me = std::env::current_exe().unwrap();
        let mut process = Command::new(me).arg("--serve").stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Self { process, base: format!("http://{}/v1", line.trim()) }
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}

fn write_suite(folder: &Path, cases: usize) {
    let suite = folder.join("suite");
    fs::create_dir(&suite).unwrap();
    let toml = "name = \"mail\"\ndescription = \"Short mails.\"\n[[task]]\nname = \"triage\"\nkind = \"classification\"\n\
                labels = [\"billing\", \"delivery\", \"returns\"]\nabstain = \"undetermined\"\n";
    fs::write(suite.join("suite.toml"), toml).unwrap();
    let prompt = "{% block system %}Answer with one of: {{ labels | join(', ') }}.{% endblock %}\
                  {% block user %}{{ input }}{% endblock %}\n";
    fs::write(suite.join("triage.jinja"), prompt).unwrap();
    let mut file = std::io::BufWriter::new(fs::File::create(suite.join("triage.jsonl")).unwrap());
    for case in 0..cases {
        let input = format!("Where is my parcel {case}? I ordered it two weeks ago.");
        writeln!(file, "{{\"id\":\"c-{case}\",\"input\":\"{input}\",\"expected\":\"delivery\"}}").unwrap();
    }
}

/// Leaves half of the last run's records, as if it had been killed.
fn cut_the_last_run(folder: &Path) {
    let runs = fs::read_dir(folder.join(".eval/runs")).unwrap();
    let last =
        runs.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).max().unwrap().join("records.jsonl");
    let log = fs::read_to_string(&last).unwrap();
    let half = log.lines().count() / 2;
    fs::write(&last, log.split_inclusive('\n').take(half).collect::<String>()).unwrap();
}

/// Runs a command and prints what the system says that it took.
fn measure(title: &str, cases: usize, folder: &Path, base: &str, command: &[&str]) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/served/measure.py");
    let output = Command::new("python3")
        .arg(script)
        .args(command)
        .current_dir(folder)
        .env("VLLM_BASE_URL", base)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let floor = (cases as f64 / CONCURRENCY as f64).ceil() * LATENCY_MS as f64 / 1e3;
    match text.lines().last().map(|line| line.split(' ').collect::<Vec<_>>()).as_deref() {
        Some(["0", wall, cpu, peak]) => {
            println!("{:<34} {wall:>8} {cpu:>8} {peak:>8} {floor:>8.1}", format!("{cases} × {title}"));
        }
        _ => println!("{cases} × {title}: not measured ({text:?})"),
    }
}
