"""What `eval run` asks: a server that keeps every conversation, told apart by a number that it gives as the answer."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from measured import command

# Tools are described in the words that a model of this machine gets whose chat template has no place for them.
CONFIG = """[models.recorder]
runner = "openai"
preset = "vllm"
model = "recorder"
base_url = "http://127.0.0.1:{port}/v1"
tools = "in_words"
"""


@contextmanager
def listening():
    asked, lock = [], threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                asked.append(body)
                number = str(len(asked) - 1)
            message = {"role": "assistant", "content": number}
            answer = {"id": number, "object": "chat.completion", "created": 0, "model": "recorder",
                      "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                      "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}
            out = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(out)))
            self.end_headers()
            self.wfile.write(out)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()


def conversations(binary, suite, limit, work, cpus):
    """Every case of the suite: task, case, messages and the limit on tokens, in the order of the case files."""
    work.mkdir(parents=True)
    with listening() as (port, asked):
        (work / "eval.toml").write_text(CONFIG.format(port=port))
        words = [binary, "run", "--suite", suite, "--candidate", "recorder", "--cache", "off",
                 "--config", work / "eval.toml", "--out", work / "runs"]
        command(words + (["--limit", limit] if limit else []), work / "log.txt", cpus)
    found = []
    [records] = (work / "runs").glob("*/records.jsonl")
    for line in records.read_text().splitlines():
        record = json.loads(line)
        body = asked[int(record["text"])]
        if body.get("stop"):
            raise SystemExit(f"{record['task']} has stop strings, which this comparison does not honour")
        tokens = body.get("max_tokens") or body["max_completion_tokens"]
        found.append({"task": record["task"], "case": record["case"], "messages": body["messages"], "limit": tokens})
    return sorted(found, key=lambda case: (case["task"], case["case"]))
