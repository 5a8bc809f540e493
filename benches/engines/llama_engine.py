"""python llama_engine.py JOB RESULT: the cases through llama.cpp, several sequences at once.

As its server does: a batch holds the next token of every answer in the making and the prompts of those that begin; a
sequence that is done takes the next case. The beginning that the prompts of a task share is read once and copied.
"""

import time

BEGUN = time.monotonic()

import json
import sys
from collections import deque
from os.path import commonprefix
from pathlib import Path

import llama_cpp as llama
import numpy as np

BATCH = 2048


class Sequence:
    def __init__(self, number):
        self.number = number
        self.task = self.case = None

    def begin(self, case, held):
        self.case, self.answer, self.length, self.pending = case, [], held, case["ids"][held:]


class Engine:
    def __init__(self, job):
        self.job = job
        self.shared = beginnings(job["cases"])
        self.sequences = [Sequence(number) for number in range(job["sequences"])]
        self.keepers = {task: len(self.sequences) + at for at, task in enumerate(self.shared)}
        parameters = llama.llama_model_default_params()
        self.model = llama.llama_model_load_from_file(job["weights"].encode(), parameters)
        room = max(len(case["ids"]) + case["limit"] for case in job["cases"])
        at_once = len(self.sequences) + len(self.keepers)
        options = llama.llama_context_default_params()
        options.n_ctx = (room + 255) // 256 * 256 * at_once
        options.n_seq_max = at_once
        options.n_batch = BATCH
        options.n_threads = options.n_threads_batch = job["threads"]
        options.kv_unified = job["one_cache"]
        self.context = llama.llama_init_from_model(self.model, options)
        self.memory = llama.llama_get_memory(self.context)
        self.words = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(self.model))
        self.batch = llama.llama_batch_init(BATCH, 0, 1)
        self.read = 0

    def put(self, token, position, sequence, wanted):
        batch, at = self.batch, self.batch.n_tokens
        batch.token[at], batch.pos[at], batch.logits[at] = token, position, wanted
        batch.n_seq_id[at], batch.seq_id[at][0] = 1, sequence
        batch.n_tokens += 1
        return at

    def decode(self):
        code = llama.llama_decode(self.context, self.batch)
        if code:
            raise SystemExit(f"llama_decode returned {code}")

    def best(self, at):
        logits = llama.llama_get_logits_ith(self.context, at)
        return int(np.argmax(np.ctypeslib.as_array(logits, (self.words,))))

    def read_beginnings(self):
        for task, tokens in self.shared.items():
            for start in range(0, len(tokens), BATCH):
                self.batch.n_tokens = 0
                for at, token in enumerate(tokens[start:start + BATCH], start):
                    self.put(token, at, self.keepers[task], False)
                self.decode()
            self.read += len(tokens)

    def take(self, sequence, case):
        """A sequence keeps the beginning of its task; for another task's it copies that."""
        task = case["task"]
        held = len(self.shared[task])
        if sequence.task != task:
            llama.llama_memory_seq_rm(self.memory, sequence.number, -1, -1)
            llama.llama_memory_seq_cp(self.memory, self.keepers[task], sequence.number, -1, -1)
        else:
            llama.llama_memory_seq_rm(self.memory, sequence.number, held, -1)
        sequence.task = task
        sequence.begin(case, held)
        self.read += len(sequence.pending)

    def step(self):
        self.batch.n_tokens = 0
        ready = []
        active = [sequence for sequence in self.sequences if sequence.case]
        # Room is kept for the answers in the making, so that no prompt makes them wait.
        room = BATCH - len(active)
        for sequence in active:
            given = 1 + min(len(sequence.pending) - 1, room)
            room -= given - 1
            now, sequence.pending = sequence.pending[:given], sequence.pending[given:]
            for token in now:
                at = self.put(token, sequence.length, sequence.number, False)
                sequence.length += 1
            if not sequence.pending:
                self.batch.logits[at] = True
                ready.append((sequence, at))
        self.decode()
        for sequence, at in ready:
            token = self.best(at)
            sequence.answer.append(token)
            sequence.pending = [token]
            if token in self.job["ends"] or len(sequence.answer) >= sequence.case["limit"]:
                yield sequence

    def run(self):
        waiting, answers = deque(self.job["cases"]), []
        if len(waiting) > len(self.shared):
            self.read_beginnings()
        while True:
            for sequence in self.sequences:
                if waiting and not sequence.case:
                    self.take(sequence, waiting.popleft())
            if not any(sequence.case for sequence in self.sequences):
                return answers
            for sequence in self.step():
                case = sequence.case
                answers.append({"task": case["task"], "case": case["case"], "ids": sequence.answer})
                sequence.case = None


def beginnings(cases):
    """The tokens that the prompts of each task share."""
    prompts = {}
    for case in cases:
        prompts.setdefault(case["task"], []).append(case["ids"][:-1])
    return {task: commonprefix(ids) if len(ids) > 1 else [] for task, ids in prompts.items()}


def main(job, result):
    job = json.loads(Path(job).read_text())
    llama.llama_backend_init()
    engine = Engine(job)
    loaded = time.monotonic()
    answers = engine.run()
    wall = time.monotonic() - loaded
    system = llama.llama_print_system_info().decode()
    Path(result).write_text(json.dumps({
        "load_s": loaded - BEGUN, "wall_s": wall, "read_tokens": engine.read, "answers": answers,
        "version": f"llama-cpp-python {llama.__version__}", "built": system,
    }))


if __name__ == "__main__":
    main(*sys.argv[1:])
