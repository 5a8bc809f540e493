//! `script`: a program of the user's scores.

mod program;

use crate::{About, MetricEntry, Range, SettingKey, threshold::MIN, threshold::Threshold};
use eval_core::{Case, Direction, Metric, Response, Score};
use program::Program;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// What a program says of an answer.
struct Script {
    program: Program,
    threshold: Threshold,
}

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "script",
    summary: "what a program of yours says: case and response as JSON on its input, a score as JSON on its output",
    direction: Direction::Higher,
    about: About {
        range: Range::Share,
        counts: "the `score` in the JSON object that the program prints: true, false, a number from 0 to 1, or null where \
                 it does not apply. A program that fails, takes too long or prints anything else leaves the answer \
                 unscored, which is never a failure of the model",
        misleads: "it is as good as the program; unscored answers are left out of the mean, so see how many there are",
        source: "the suite's own program; its file is part of the suite's hash",
    },
    keys: &[
        SettingKey {
            name: "command",
            summary: "a list: the program and its arguments, run in the suite's folder, needed",
        },
        SettingKey { name: "timeout_s", summary: "seconds after which it is ended, 10 where missing, 600 at most" },
        MIN,
    ],
    example: r#"metrics = [{ name = "script", as = "tone", command = ["python3", "tone.py"] }]"#,
    build: |settings| {
        let command = settings.texts("command")?.ok_or_else(|| settings.error("needs `command`"))?;
        let seconds = settings.amount("timeout_s")?.unwrap_or(10.0);
        if seconds > 600.0 {
            return Err(settings.error(format!("has a `timeout_s` of {seconds}; 600 is the most")));
        }
        let home = settings.task.home.as_ref().ok_or_else(|| {
            settings.error("runs programs of a suite's folder, and this suite has none: copy it into a folder")
        })?;
        let program = Program::find(command, &home.folder, Duration::from_secs_f64(seconds));
        let program = program.map_err(|why| settings.error(why))?;
        let threshold = Threshold::read(settings)?;
        let spec = threshold.spec(ENTRY.name, &format!("score by {}", program.name()));
        Ok((Box::new(Script { program, threshold }), spec))
    },
};

/// What a program prints.
#[derive(Deserialize)]
struct Said {
    score: Value,
}

impl Metric for Script {
    fn name(&self) -> &str {
        ENTRY.name
    }

    fn score(&self, case: &Case, response: &Response) -> Score {
        let said = self.program.run(&input(case, response)).and_then(|said| read(&said));
        match said {
            Ok(Some(value)) => self.threshold.score(value),
            Ok(None) => Score::NotApplicable,
            Err(why) => Score::Failed(format!("{} {why}", self.program.name())),
        }
    }

    fn waits(&self) -> bool {
        true
    }
}

/// What a program is told. The model's thinking is no part of its answer, and never scored.
fn input(case: &Case, response: &Response) -> String {
    json!({
        "case": {
            "task": *case.task, "id": *case.id, "input": case.input, "expected": case.expected_json(),
            "context": case.context, "tools": *case.tools, "tags": case.tags,
        },
        "response": {
            "text": response.text, "tool_calls": response.tool_calls, "finish_reason": response.finish_reason,
            "usage": response.usage, "latency_ms": response.timing.latency_ms, "cost_usd": response.cost_usd,
            "cached": response.cached,
        },
    })
    .to_string()
}

/// The score; `None` where it does not apply.
fn read(said: &[u8]) -> Result<Option<f64>, String> {
    let said: Said = serde_json::from_slice(said)
        .map_err(|error| format!("printed no JSON object with a `score`, such as {{\"score\": 0.5}}: {error}"))?;
    match &said.score {
        Value::Null => Ok(None),
        Value::Bool(right) => Ok(Some(f64::from(u8::from(*right)))),
        other => match other.as_f64().filter(|score| (0.0..=1.0).contains(score)) {
            Some(score) => Ok(Some(score)),
            None => Err(format!("printed the score {}, which is no number from 0 to 1", crate::text::show(other))),
        },
    }
}

#[cfg(all(test, unix))]
mod tests;
