//! `judge_grounded`: which claims of an answer the passages bear out, as another model sees it.
//!
//! The claims are the answer's and are held against the passages themselves. A claim counts as borne out only with words
//! that stand in a passage: a judge that cannot quote them has not found them.

use super::{
    AS, AfterTheRun, Common, JUDGES, MODEL, VOTES,
    question::{Part, answer_of, messages, object},
};
use crate::{
    About, MetricEntry, MetricError, Range,
    settings::Settings,
    spec::{ratio, share},
    text::fold,
};
use eval_core::{
    Ask, Behaviour, Case, Direction, Judged, JudgedMetric, MetricSpec, Question, Record, Score, Task, TaskKind,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "judge_grounded",
    summary: "rag: which claims of the answer the passages bear out, as another model judges it",
    direction: Direction::Higher,
    about: About {
        range: Range::Share,
        counts: "claims of the answer that the judge says a passage bears out, with a quotation that stands there; of all \
                 its claims",
        misleads: "says nothing of what the answer leaves out; an answer without claims is counted apart",
        source: JUDGES,
    },
    keys: &[MODEL, VOTES, AS],
    example: r#"metrics = [{ name = "judge_grounded", as = "grounded", model = "openai:gpt-4o" }]"#,
    build: |settings| {
        let metric = Grounded::read(settings)?;
        let spec = metric.specs().swap_remove(0);
        Ok((AfterTheRun::boxed(&metric.common.name.clone(), metric), spec))
    },
};

const INSTRUCTIONS: &str = "You check an answer against the passages that it was to be given from. Split the answer into the \
claims that it makes: each a statement of its own that could be true or false. Take them from the answer alone, all of \
them, and add none from the passages. What is no claim is left out: a greeting, a question, an offer of help, a refusal, a \
remark that the passages do not say something. Then hold each claim against the passages under `context` and nothing else, \
not against what you know.";

const FORM: &str = "Say nothing but one JSON object with one key: {\"claims\": [{\"claim\": \"…\", \"quote\": \"…\", \
\"verdict\": \"…\"}]}. `claim`: the claim. `quote`: the words of a passage that bear it out or contradict it, copied \
exactly; \"\" where there are none. `verdict`: \"supported\" where a passage bears the claim out, with those words as the \
quote; \"unsupported\" where the passages contradict it or say nothing of it; \"undetermined\" where one cannot tell. An \
answer without claims has {\"claims\": []}.";

/// The claims of one answer that are read; the rest would be a judge gone astray.
const MOST_CLAIMS: usize = 200;

struct Grounded {
    common: Common,
}

/// A verdict as it must be written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdict {
    claims: Vec<Claim>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    claim: String,
    quote: String,
    verdict: Support,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Support {
    Supported,
    Unsupported,
    Undetermined,
}

/// Claims by what becomes of them.
#[derive(Default, Clone, Copy)]
struct Counts {
    supported: usize,
    unsupported: usize,
    undetermined: usize,
}

impl Counts {
    /// The claims of one vote; a quote that stands in no passage bears nothing out.
    fn of(case: &Case, verdict: &Value) -> Self {
        let passages: Vec<String> = case.context.iter().map(|passage| fold(&passage.text)).collect();
        let mut counts = Self::default();
        for claim in verdict["claims"].as_array().into_iter().flatten() {
            let quote = fold(claim["quote"].as_str().unwrap_or_default());
            let quote = quote.trim_matches(|c: char| c.is_whitespace() || "\"“”„«»'….".contains(c));
            let quoted = !quote.is_empty() && passages.iter().any(|passage| passage.contains(quote));
            match claim["verdict"].as_str() {
                Some("supported") if quoted => counts.supported += 1,
                Some("unsupported") => counts.unsupported += 1,
                _ => counts.undetermined += 1,
            }
        }
        counts
    }

    fn all(self) -> usize {
        self.supported + self.unsupported + self.undetermined
    }
}

impl Grounded {
    fn read(settings: &Settings<'_>) -> Result<Self, MetricError> {
        Ok(Self { common: Common::read(settings, ENTRY.name)? })
    }

    /// Without claims nothing is grounded or not: the answer is counted apart.
    fn without_claims(&self) -> Judged {
        let scores = vec![(self.common.score("no_claims"), Score::Correct)];
        Judged { verdict: Some("no_claims".into()), scores }
    }
}

impl JudgedMetric for Grounded {
    fn model(&self) -> Option<&str> {
        self.common.model.as_deref()
    }

    fn specs(&self) -> Vec<MetricSpec> {
        let of = |what: &str| self.common.score(what);
        let all = of("claims");
        let of_claims = |name: &str, counted: &str, direction, description| {
            ratio(name, direction, [counted, all.as_str()], description)
        };
        let specs = [
            of_claims(
                &self.common.name,
                &of("supported_claims"),
                Direction::Higher,
                "Of the claims of the answers, the share that a passage bears out, with its words.",
            ),
            of_claims(
                &of("unsupported"),
                &of("unsupported_claims"),
                Direction::Lower,
                "Of the claims of the answers, the share that the passages contradict or do not hold.",
            ),
            of_claims(
                &of("undetermined"),
                &of("undetermined_claims"),
                Direction::Lower,
                "Of the claims of the answers, the share of which the judge cannot tell, or that it cannot quote.",
            ),
            share(
                &of("no_claims"),
                Direction::Neutral,
                "Share of judged answers that claim nothing: they are neither grounded nor not.",
            ),
        ];
        specs.map(|spec| MetricSpec { judge: Some(self.model().unwrap_or_default().into()), ..spec }).to_vec()
    }

    fn scores(&self) -> Vec<String> {
        let names = ["claims", "supported_claims", "unsupported_claims", "undetermined_claims", "no_claims"];
        names.map(|name| self.common.score(name)).to_vec()
    }

    fn verdicts(&self) -> Vec<String> {
        ["supported", "unsupported", "undetermined", "no_claims"].map(String::from).to_vec()
    }

    fn content(&self) -> Value {
        json!({"metric": ENTRY.name, "votes": self.common.votes, "instructions": INSTRUCTIONS, "form": FORM})
    }

    fn votes(&self) -> u32 {
        self.common.votes
    }

    fn problem(&self, task: &Task) -> Option<(String, String)> {
        (task.kind != TaskKind::Rag).then(|| {
            let help = "take `judge` with a rubric, or ask for it on a task of the kind rag".into();
            (
                format!(
                    "`{}` holds answers against passages, which a task of kind {} has none of",
                    ENTRY.name, task.kind
                ),
                help,
            )
        })
    }

    fn ask(&self, case: &Case, answer: &Record, _: Option<&Record>) -> Ask {
        // The answer as it was read, without the form around it; declining claims nothing.
        let text = match answer.answer.as_str() {
            _ if answer.behaviour == Some(Behaviour::Declined) => None,
            Some(text) => Some(text.to_string()),
            None => answer_of(answer),
        };
        let Some(text) = text else { return Ask::Known(self.without_claims()) };
        let context = Part::context(case).unwrap_or_else(|| Part::new("context", "(no passage)"));
        let messages = messages(INSTRUCTIONS, FORM, &[context, Part::input(case), Part::new("answer", text)]);
        let schema = Arc::new(json!({
            "type": "object", "additionalProperties": false, "required": ["claims"],
            "properties": {"claims": {"type": "array", "items": {
                "type": "object", "additionalProperties": false, "required": ["claim", "quote", "verdict"],
                "properties": {
                    "claim": {"type": "string"}, "quote": {"type": "string"},
                    "verdict": {"enum": ["supported", "unsupported", "undetermined"]},
                },
            }}},
        }));
        let question = |vote| Question {
            messages: messages.clone(),
            schema: schema.clone(),
            max_output_tokens: 1500,
            vote,
            swapped: false,
        };
        Ask::Judge((0..self.common.votes).map(question).collect())
    }

    fn read(&self, text: &str) -> Result<Value, String> {
        let read: Verdict = serde_json::from_str(object(text)?).map_err(|error| error.to_string())?;
        if read.claims.len() > MOST_CLAIMS {
            return Err(format!("it holds {} claims, more than {MOST_CLAIMS}", read.claims.len()));
        }
        Ok(json!({"claims": read.claims}))
    }

    /// The means over the votes: their claims are not the same, so that no single one could be voted on.
    fn score(&self, case: &Case, _: &[Question], verdicts: &[Value]) -> Judged {
        let votes: Vec<Counts> = verdicts.iter().map(|verdict| Counts::of(case, verdict)).collect();
        if votes.iter().all(|vote| vote.all() == 0) {
            return self.without_claims();
        }
        let sum = |of: fn(Counts) -> usize| votes.iter().map(|vote| of(*vote)).sum::<usize>();
        let mean = |name: &str, of: fn(Counts) -> usize| {
            (self.common.score(name), Score::Graded(sum(of) as f64 / votes.len() as f64))
        };
        let verdict = match () {
            () if sum(|vote| vote.unsupported) > 0 => "unsupported",
            () if sum(|vote| vote.undetermined) > 0 => "undetermined",
            () => "supported",
        };
        let scores = vec![
            mean("claims", Counts::all),
            mean("supported_claims", |vote| vote.supported),
            mean("unsupported_claims", |vote| vote.unsupported),
            mean("undetermined_claims", |vote| vote.undetermined),
            (self.common.score("no_claims"), Score::Incorrect),
        ];
        Judged { verdict: Some(verdict.into()), scores }
    }
}
