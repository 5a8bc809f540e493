//! A suite that takes long enough to be interrupted: so many cases that a signal comes in time.

use super::Sandbox;

/// Its cases; enough that a run lasts, even where answers are replayed.
pub const CASES: usize = 12_000;

/// The arguments of a run of it.
pub const RUN: [&str; 5] = ["run", "--suite", "./big", "--candidate", "m=replay:big.jsonl"];

/// A folder with the suite in `big` and a right answer for every case in `big.jsonl`.
pub fn sandbox() -> Sandbox {
    let answer = |n| format!("{{\"task\": \"echo\", \"case\": \"n-{n}\", \"text\": \"{n}\"}}\n");
    let sandbox = sandbox_of(CASES);
    sandbox.write("big.jsonl", (0..CASES).map(answer).collect::<String>());
    sandbox
}

/// A folder with a suite of so many cases in `big`. The right answer to each is its prompt, a number.
pub fn sandbox_of(cases: usize) -> Sandbox {
    let context = "[{\"id\": \"kb-1\", \"text\": \"Numbers.\"}]";
    let expected = |n| format!("{{\"answers\": [\"{n}\"]}}");
    let case = |n| {
        format!("{{\"id\": \"n-{n}\", \"input\": \"{n}\", \"context\": {context}, \"expected\": {}}}\n", expected(n))
    };
    let sandbox = Sandbox::new();
    sandbox.write("big/suite.toml", "name = \"big\"\n\n[[task]]\nname = \"echo\"\nkind = \"rag\"\n");
    sandbox.write("big/echo.jinja", "{{ input }}\n");
    sandbox.write("big/echo.jsonl", (0..cases).map(case).collect::<String>());
    sandbox
}
