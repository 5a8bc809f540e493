//! `judge`: whether an answer meets a rubric, or how well, as another model sees it.

use super::{
    AS, AfterTheRun, Common, JUDGES, MODEL, VOTES, majority,
    question::{Part, answer_of, messages, object},
    wording::Wording,
};
use crate::{About, MetricEntry, MetricError, Range, SettingKey, settings::Settings, spec::spec};
use eval_core::{Aggregate, Ask, Case, Direction, Judged, JudgedMetric, MetricSpec, Question, Record, Score, Task};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "judge",
    summary: "whether the answer meets a rubric, or how well, as another model judges it",
    direction: Direction::Higher,
    about: About {
        range: Range::Other("0 to 1; with `scale` from 1 to the best grade"),
        counts: "answers that the judge says pass; with `scale` the grade, of several votes the one in the middle; an \
                 empty answer fails",
        misleads: "a judge errs, likes long answers and its own: hold it against people with `eval judge calibrate`",
        source: JUDGES,
    },
    keys: &[
        SettingKey { name: "rubric", summary: "what a good answer is: a text, or a .jinja file of the suite" },
        MODEL,
        VOTES,
        SettingKey {
            name: "scale",
            summary: "the best grade, 2 to 10, the worst being 1; where missing: pass or fail",
        },
        SettingKey { name: "show", summary: "what the judge sees beside the answer: input, expected, context" },
        AS,
    ],
    example: r#"metrics = [{ name = "judge", as = "helpful", rubric = "It says what to do next.", model = "openai:gpt-4o" }]"#,
    build: |settings| {
        let metric = Rubric::read(settings)?;
        let spec = metric.specs().swap_remove(0);
        Ok((AfterTheRun::boxed(&metric.common.name.clone(), metric), spec))
    },
};

const SHOWN: [&str; 3] = ["input", "expected", "context"];
const UNDETERMINED: &str = "undetermined";

struct Rubric {
    common: Common,
    wording: Wording,
    scale: Option<u64>,
    show: Vec<String>,
}

/// A verdict as it must be written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdict {
    reasons: String,
    verdict: Value,
}

impl Rubric {
    fn read(settings: &Settings<'_>) -> Result<Self, MetricError> {
        let common = Common::read(settings, "judge")?;
        let Some(source) = settings.text("rubric")? else { return Err(settings.error("needs a `rubric`")) };
        let wording = Wording::new(&source).map_err(|why| settings.error(format!("has a `rubric` that {why}")))?;
        let scale = settings.count("scale")?;
        if let Some(best) = scale.filter(|best| !(2..=10).contains(best)) {
            return Err(settings.error(format!("has {best} as the best grade; it lies between 2 and 10")));
        }
        let show = settings.texts("show")?.unwrap_or_else(|| SHOWN.map(String::from).to_vec());
        match show.iter().find(|part| !SHOWN.contains(&part.as_str())) {
            Some(unknown) => Err(settings.error(format!("cannot show `{unknown}`; there are {}", SHOWN.join(", ")))),
            None => Ok(Self { common, wording, scale, show }),
        }
    }

    /// The words that stand for a verdict.
    fn words(&self) -> Vec<String> {
        match self.scale {
            None => ["pass", "fail", UNDETERMINED].map(String::from).to_vec(),
            Some(best) => (1..=best).map(|grade| grade.to_string()).chain([UNDETERMINED.into()]).collect(),
        }
    }

    fn form(&self) -> String {
        let verdict = match self.scale {
            None => "\"pass\" where the answer meets the rubric, \"fail\" where it does not".to_string(),
            Some(best) => format!("a grade as text, from \"1\", the worst, to \"{best}\", the best"),
        };
        format!(
            "Say nothing but one JSON object with two keys: {{\"reasons\": \"…\", \"verdict\": \"…\"}}. `reasons`: in one \
             to three sentences, what in the answer decides, written first. `verdict`: {verdict}, and \"undetermined\" \
             where what you are shown does not let you tell."
        )
    }

    fn instructions(&self, rubric: &str) -> String {
        format!(
            "You judge an answer that another program gave. Judge by this rubric and by nothing else; neither length nor \
             tone counts unless the rubric says so.\n\nRubric:\n{rubric}"
        )
    }

    fn parts(&self, case: &Case, answer: String) -> Vec<Part> {
        let wanted = |name: &str| self.show.iter().any(|shown| shown == name);
        let input = wanted("input").then(|| Part::input(case));
        let context = Part::context(case).filter(|_| wanted("context"));
        let expected = wanted("expected").then(|| Part::expected(case));
        input.into_iter().chain(context).chain(expected).chain([Part::new("answer", answer)]).collect()
    }

    fn judged(&self, verdict: &str) -> Judged {
        let undetermined = verdict == UNDETERMINED;
        let score = match (self.scale, verdict.parse::<f64>()) {
            (None, _) => Score::from_bool(verdict == "pass"),
            (Some(_), Ok(grade)) => Score::Graded(grade),
            (Some(_), Err(_)) => Score::NotApplicable,
        };
        let scores =
            vec![(self.common.name.clone(), score), (self.common.score(UNDETERMINED), Score::from_bool(undetermined))];
        Judged { verdict: Some(verdict.into()), scores }
    }
}

impl JudgedMetric for Rubric {
    fn model(&self) -> Option<&str> {
        self.common.model.as_deref()
    }

    fn specs(&self) -> Vec<MetricSpec> {
        let (aggregate, means) = match self.scale {
            None => {
                (Aggregate::Share, "Share of answers that meet the rubric; what the judge cannot tell does not.".into())
            }
            Some(best) => (Aggregate::Mean, format!("Mean grade by the rubric, from 1 to {best}.")),
        };
        let undetermined = self.common.score(UNDETERMINED);
        let cannot = "Share of judged answers of which the judge cannot tell.";
        let specs = [
            spec(&self.common.name, Direction::Higher, aggregate, &means),
            spec(&undetermined, Direction::Lower, Aggregate::Share, cannot),
        ];
        specs.map(|spec| MetricSpec { judge: Some(self.model().unwrap_or_default().into()), ..spec }).to_vec()
    }

    fn scores(&self) -> Vec<String> {
        vec![self.common.name.clone(), self.common.score(UNDETERMINED)]
    }

    fn verdicts(&self) -> Vec<String> {
        self.words()
    }

    fn content(&self) -> Value {
        json!({
            "metric": ENTRY.name, "rubric": self.wording.source(), "scale": self.scale, "show": self.show,
            "votes": self.common.votes, "instructions": self.instructions(""), "form": self.form(),
        })
    }

    fn votes(&self) -> u32 {
        self.common.votes
    }

    fn problem(&self, task: &Task) -> Option<(String, String)> {
        let why = self.wording.problem(task.cases.iter().map(|case| &**case))?;
        let help = "a rubric is written as in Jinja2, over input, expected and context".into();
        Some((format!("the rubric of `{}` {why}", self.common.name), help))
    }

    fn ask(&self, case: &Case, answer: &Record, _: Option<&Record>) -> Ask {
        // Nothing said meets no rubric, and needs no judge.
        let Some(text) = answer_of(answer) else {
            return Ask::Known(self.judged(if self.scale.is_some() { "1" } else { "fail" }));
        };
        let rubric = match self.wording.of(case) {
            Ok(rubric) => rubric,
            Err(why) => {
                let failed = Score::Failed(format!("the rubric {why}"));
                return Ask::Known(Judged { verdict: None, scores: vec![(self.common.name.clone(), failed)] });
            }
        };
        let messages = messages(&self.instructions(&rubric), &self.form(), &self.parts(case, text));
        let schema = Arc::new(json!({
            "type": "object", "additionalProperties": false, "required": ["reasons", "verdict"],
            "properties": {"reasons": {"type": "string"}, "verdict": {"enum": self.words()}},
        }));
        let question = |vote| Question {
            messages: messages.clone(),
            schema: schema.clone(),
            max_output_tokens: 400,
            vote,
            swapped: false,
        };
        Ask::Judge((0..self.common.votes).map(question).collect())
    }

    fn read(&self, text: &str) -> Result<Value, String> {
        let read: Verdict = serde_json::from_str(object(text)?).map_err(|error| error.to_string())?;
        let word = match &read.verdict {
            Value::String(word) => word.clone(),
            Value::Number(grade) => grade.to_string(),
            other => return Err(format!("{other} is no verdict")),
        };
        if !self.words().contains(&word) {
            return Err(format!("`{}` is no verdict; there are {}", crate::text::cut(&word), self.words().join(", ")));
        }
        Ok(json!({"verdict": word, "reasons": read.reasons}))
    }

    fn score(&self, _: &Case, _: &[Question], verdicts: &[Value]) -> Judged {
        let votes = verdicts.iter().filter_map(|verdict| verdict["verdict"].as_str());
        match self.scale {
            None => self.judged(majority(votes).unwrap_or(UNDETERMINED)),
            // Half of the grades lie on either side; of an even number the lower of the two in the middle.
            Some(_) => {
                let mut grades: Vec<u64> = votes.clone().filter_map(|vote| vote.parse().ok()).collect();
                grades.sort_unstable();
                match grades.get(grades.len().saturating_sub(1) / 2) {
                    Some(grade) if 2 * grades.len() > verdicts.len() => self.judged(&grade.to_string()),
                    _ => self.judged(UNDETERMINED),
                }
            }
        }
    }
}
