//! The same weights by two engines: in this process, and served by llama.cpp through the package llama-cpp-python.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Sandbox;
use eval_runners::candle::{GgufFile, Tokenizer};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    env::var_os,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

const MODEL: &str = "eval/models/SmolLM2-135M-Instruct.Q4_1.gguf";
/// Cases of each task.
const LIMIT: usize = 5;
/// The model's chat template has no place for tools, and the server does not say so: the model would never see them. Our
/// engine describes them in the system turn. Left to itself, the server penalises tokens that the answer already has.
const CONFIG: &str = r#"
[models.served]
runner = "openai"
preset = "llamacpp"
model = "smollm2-135m"
tools = "in_words"
extra = { repeat_penalty = 1.0 }
timeout_s = 600.0

# The server rounds activations to 8 bits. Where both engines do (`packed`), near ties fall twice as often: 18 of 20.
[models.own]
runner = "candle"
weights = "smollm2-135m"
held_as = "f32"
"#;

/// Killed with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

fn python() -> Option<PathBuf> {
    let python = var_os("EVAL_LLAMA_PYTHON").map_or_else(|| "python3".into(), PathBuf::from);
    let mut probe = Command::new(&python);
    probe.args(["-c", "import llama_cpp.server.app"]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success()).then_some(python)
}

fn start(python: &Path, model: &Path) -> (Server, u16) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/llama_cpp_server.sh");
    let mut command = Command::new(script);
    command.arg(python).arg(model).arg(port.to_string()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut server = Server(command.spawn().unwrap());
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(server.0.try_wait().unwrap().is_none(), "the server ended before it listened");
        sleep(Duration::from_millis(200));
    }
    (server, port)
}

/// The first token, and whether a function was called: a call's own text is taken out of the answer.
fn beginning(tokenizer: &Tokenizer, record: &Value) -> (Option<u32>, bool) {
    let first = tokenizer.encode_plain(record["text"].as_str().unwrap()).unwrap().first().copied();
    (first, record["tool_calls"] != json!([]))
}

#[test]
fn two_engines_agree_on_all_four_tasks() {
    let cache =
        var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| Some(PathBuf::from(var_os("HOME")?).join(".cache")));
    let Some(cache) = cache.filter(|cache| cache.join(MODEL).is_file()) else {
        return eprintln!("skipped: the default model is not in the cache; `eval models pull smollm2-135m` fetches it");
    };
    let Some(python) = python() else {
        return eprintln!(
            "skipped: no Python with llama-cpp-python[server]; install it, and name the interpreter in EVAL_LLAMA_PYTHON"
        );
    };
    let (_server, port) = start(&python, &cache.join(MODEL));
    let sandbox = Sandbox::new();
    sandbox.write("eval.toml", CONFIG);
    let words = "run --suite support-tickets --candidate served --reference own --quiet";
    let output = sandbox
        .command()
        .args(words.split(' '))
        .args(["--limit", &LIMIT.to_string()])
        .env("XDG_CACHE_HOME", &cache)
        .env("LLAMACPP_BASE_URL", format!("http://127.0.0.1:{port}/v1"))
        .output()
        .unwrap();
    // A reference that is no better than a trivial strategy is no yardstick: 12 is the verdict on this small model.
    assert_eq!(output.status.code(), Some(12), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(sandbox.the_run().file("report.html").exists());

    let gguf = GgufFile::open(&cache.join(MODEL)).unwrap();
    let tokenizer = Tokenizer::of_file(&gguf).unwrap();
    let mut cases: BTreeMap<(String, String), Vec<(String, Value)>> = BTreeMap::new();
    for record in sandbox.the_run().records() {
        assert_eq!(record["outcome"], "scored", "{record}");
        let word = |key: &str| record[key].as_str().unwrap().to_string();
        cases.entry((word("task"), word("case"))).or_default().push((word("model"), record));
    }
    assert_eq!(cases.len(), 4 * LIMIT);
    let (mut differing, mut same) = (Vec::new(), 0);
    for ((task, case), pair) in &cases {
        let [(a, ours), (b, theirs)] = &pair[..] else { panic!("{task} {case} was not asked of both") };
        assert_eq!(
            ours["usage"]["input_tokens"], theirs["usage"]["input_tokens"],
            "the prompts of {task} {case} differ"
        );
        same += usize::from((&ours["text"], &ours["tool_calls"]) == (&theirs["text"], &theirs["tool_calls"]));
        if beginning(&tokenizer, ours) != beginning(&tokenizer, theirs) {
            differing.push(format!("{task} {case}: {a} {} | {b} {}", ours["text"], theirs["text"]));
        }
    }
    let (all, texts) = (cases.len(), differing.join("\n"));
    eprintln!("first tokens differ in {} of {all}, whole answers are the same in {same}\n{texts}", differing.len());
    assert!(differing.len() * 20 <= all, "fewer than 95 % agree:\n{texts}");
}
