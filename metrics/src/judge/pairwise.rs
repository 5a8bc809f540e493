//! `judge_pairwise`: whether an answer is better than the reference's on the same case, asked in both orders.

use super::{
    AS, AfterTheRun, Common, JUDGES, MODEL, VOTES, majority,
    question::{Part, answer_of, messages, object},
    wording::Wording,
};
use crate::{About, MetricEntry, MetricError, Range, SettingKey, settings::Settings, spec::spec};
use eval_core::{Aggregate, Ask, Case, Direction, Judged, JudgedMetric, MetricSpec, Question, Record, Score, Task};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "judge_pairwise",
    summary: "whether the answer is better than the reference's, as another model judges them in both orders",
    direction: Direction::Higher,
    about: About {
        range: Range::Other("0 to 1, where 0.5 is level"),
        counts: "1 where the answer is preferred to the reference's in both orders, 0 where the other is, 0.5 else",
        misleads: "0.5 is level, not half right; a judge likes long answers and its own",
        source: JUDGES,
    },
    keys: &[
        SettingKey { name: "rubric", summary: "what makes an answer better: a text, or a .jinja file of the suite" },
        MODEL,
        VOTES,
        AS,
    ],
    example: r#"metrics = [{ name = "judge_pairwise", rubric = "Complete, and no needless word.", model = "openai:gpt-4o" }]"#,
    build: |settings| {
        let metric = Pairwise::read(settings)?;
        let spec = metric.specs().swap_remove(0);
        Ok((AfterTheRun::boxed(&metric.common.name.clone(), metric), spec))
    },
};

const FORM: &str = "Say nothing but one JSON object with two keys: {\"reasons\": \"…\", \"better\": \"…\"}. `reasons`: in one \
to three sentences, what decides between the two, written first. `better`: \"first\" where the answer that is shown first \
is better by the rubric, \"second\" where the other is, and \"tie\" where neither is.";

struct Pairwise {
    common: Common,
    wording: Wording,
}

/// A verdict as it must be written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdict {
    reasons: String,
    better: Better,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Better {
    First,
    Second,
    Tie,
}

impl Pairwise {
    fn read(settings: &Settings<'_>) -> Result<Self, MetricError> {
        let common = Common::read(settings, ENTRY.name)?;
        let Some(source) = settings.text("rubric")? else { return Err(settings.error("needs a `rubric`")) };
        let wording = Wording::new(&source).map_err(|why| settings.error(format!("has a `rubric` that {why}")))?;
        Ok(Self { common, wording })
    }

    fn instructions(&self, rubric: &str) -> String {
        format!(
            "You compare two answers that two other programs gave to the same question. Judge by this rubric and by \
             nothing else; neither length, tone nor place counts unless the rubric says so.\n\nRubric:\n{rubric}"
        )
    }

    fn judged(&self, winner: &str, order_decides: Option<bool>) -> Judged {
        let points = match winner {
            "candidate" => 1.0,
            "reference" => 0.0,
            _ => 0.5,
        };
        let mut scores = vec![(self.common.name.clone(), Score::Graded(points))];
        scores.extend(order_decides.map(|decides| (self.common.score("order_decides"), Score::from_bool(decides))));
        Judged { verdict: Some(winner.into()), scores }
    }
}

/// Whose answer a verdict prefers: swapped, the reference's stands first.
fn winner(better: &str, swapped: bool) -> &'static str {
    match (better, swapped) {
        ("first", false) | ("second", true) => "candidate",
        ("second", false) | ("first", true) => "reference",
        _ => "tie",
    }
}

impl JudgedMetric for Pairwise {
    fn model(&self) -> Option<&str> {
        self.common.model.as_deref()
    }

    fn specs(&self) -> Vec<MetricSpec> {
        let points = "Mean of 1 where the answer is better than the reference's, 0 where it is worse and 0.5 else: a \
                      preference that turns with the order is none. 0.5 is level.";
        let order = "Share of pairs on which the verdict turns with the order.";
        let specs = [
            spec(&self.common.name, Direction::Higher, Aggregate::Mean, points),
            spec(&self.common.score("order_decides"), Direction::Lower, Aggregate::Share, order),
        ];
        specs.map(|spec| MetricSpec { judge: Some(self.model().unwrap_or_default().into()), ..spec }).to_vec()
    }

    fn scores(&self) -> Vec<String> {
        vec![self.common.name.clone(), self.common.score("order_decides")]
    }

    fn verdicts(&self) -> Vec<String> {
        ["candidate", "reference", "tie"].map(String::from).to_vec()
    }

    fn content(&self) -> Value {
        json!({
            "metric": ENTRY.name, "rubric": self.wording.source(), "votes": self.common.votes,
            "instructions": self.instructions(""), "form": FORM,
        })
    }

    fn is_pairwise(&self) -> bool {
        true
    }

    fn votes(&self) -> u32 {
        self.common.votes
    }

    fn problem(&self, task: &Task) -> Option<(String, String)> {
        let why = self.wording.problem(task.cases.iter().map(|case| &**case))?;
        let help = "a rubric is written as in Jinja2, over input, expected and context".into();
        Some((format!("the rubric of `{}` {why}", self.common.name), help))
    }

    fn ask(&self, case: &Case, answer: &Record, reference: Option<&Record>) -> Ask {
        let Some(reference) = reference else { return Ask::Known(Judged::default()) };
        let (ours, theirs) = match (answer_of(answer), answer_of(reference)) {
            (Some(ours), Some(theirs)) if ours == theirs => return Ask::Known(self.judged("tie", None)),
            (Some(ours), Some(theirs)) => (ours, theirs),
            (Some(_), None) => return Ask::Known(self.judged("candidate", None)),
            (None, Some(_)) => return Ask::Known(self.judged("reference", None)),
            (None, None) => return Ask::Known(self.judged("tie", None)),
        };
        let rubric = match self.wording.of(case) {
            Ok(rubric) => rubric,
            Err(why) => {
                let failed = Score::Failed(format!("the rubric {why}"));
                return Ask::Known(Judged { verdict: None, scores: vec![(self.common.name.clone(), failed)] });
            }
        };
        let schema = Arc::new(json!({
            "type": "object", "additionalProperties": false, "required": ["reasons", "better"],
            "properties": {"reasons": {"type": "string"}, "better": {"enum": ["first", "second", "tie"]}},
        }));
        let question = |swapped: bool, vote: u32| {
            let (first, second) = if swapped { (&theirs, &ours) } else { (&ours, &theirs) };
            let shown = [Part::input(case)].into_iter().chain(Part::context(case));
            let shown = shown.chain([Part::new("first answer", first), Part::new("second answer", second)]);
            Question {
                messages: messages(&self.instructions(&rubric), FORM, &shown.collect::<Vec<_>>()),
                schema: schema.clone(),
                max_output_tokens: 400,
                vote,
                swapped,
            }
        };
        let votes = 0..self.common.votes;
        Ask::Judge(votes.flat_map(|vote| [question(false, vote), question(true, vote)]).collect())
    }

    fn read(&self, text: &str) -> Result<Value, String> {
        let read: Verdict = serde_json::from_str(object(text)?).map_err(|error| error.to_string())?;
        Ok(json!({"better": read.better, "reasons": read.reasons}))
    }

    fn score(&self, _: &Case, questions: &[Question], verdicts: &[Value]) -> Judged {
        let of = |swapped: bool| {
            let votes = questions.iter().zip(verdicts).filter(move |(question, _)| question.swapped == swapped);
            let votes = votes.map(move |(_, verdict)| winner(verdict["better"].as_str().unwrap_or_default(), swapped));
            majority(votes).unwrap_or("tie")
        };
        let (given, swapped) = (of(false), of(true));
        self.judged(if given == swapped { given } else { "tie" }, Some(given != swapped))
    }
}
