//! Checks: what an answer must pass, where a case says that in place of accepted answers.

use super::answerable;
use crate::{
    MetricError,
    refusal::{Stance, stance},
    registry::build_part,
    text::cut,
};
use eval_core::{Behaviour, Case, Expected, Grade, Metric, MetricConfig, Response, Score, Task};
use serde_json::Value;
use std::{collections::HashMap, sync::Arc};

/// The checks of every case that has such, by its id.
pub(super) struct Checks {
    of: HashMap<Arc<str>, Vec<Check>>,
}

struct Check {
    metric: Box<dyn Metric>,
    /// As the case writes it, for the note of an answer that does not pass.
    words: String,
}

impl Checks {
    pub(super) fn compile(task: &Task) -> Result<Self, MetricError> {
        let mut of = HashMap::new();
        for (place, case) in task.cases.iter().enumerate() {
            let Expected::Checks(configs) = &case.expected else { continue };
            let checks = configs.iter().map(|config| check(config, task)).collect::<Result<_, _>>();
            let checks = checks.map_err(|error| MetricError {
                message: format!("the case `{}`: {}", case.id, error.message),
                key: "cases".into(),
                case: Some(place),
                ..error
            })?;
            of.insert(case.id.clone(), checks);
        }
        Ok(Self { of })
    }

    /// Right is what passes every check; a refusal is seen among what does not.
    pub(super) fn grade(&self, case: &Case, response: &Response) -> Grade {
        let text = response.text.trim();
        let checks = self.of.get(&case.id).map(Vec::as_slice).unwrap_or_default();
        let broken = match () {
            () if !response.tool_calls.is_empty() => Some("a tool call where an answer is asked for"),
            () if text.is_empty() => Some("an empty answer"),
            () => None,
        };
        let outcomes = || checks.iter().map(|check| (check, check.metric.score(case, response)));
        let failed = outcomes().find_map(|(check, score)| match score {
            Score::Failed(why) => Some(format!("{}: {why}", check.words)),
            score if score.value().is_none() => Some(format!("{}: it has no score for this answer", check.words)),
            _ => None,
        });
        let missed = outcomes().find(|(_, score)| score.value().is_some_and(|value| value < 1.0));
        let right = broken.is_none() && failed.is_none() && missed.is_none();
        let behaviour = match broken {
            Some(_) => Behaviour::Broken,
            None if !right && stance(text) == Stance::Declines => Behaviour::Declined,
            None => Behaviour::Answered,
        };
        let note = match (broken, missed) {
            (Some(why), _) => Some(why.to_string()),
            (None, Some((check, _))) => Some(format!("does not pass {}: `{}`", check.words, cut(text))),
            _ => None,
        };
        let correct = match failed.filter(|_| broken.is_none()) {
            Some(why) => Score::Failed(why),
            None => Score::from_bool(right),
        };
        let scores = answerable(behaviour, right);
        Grade {
            behaviour,
            correct,
            answer: if behaviour == Behaviour::Answered { Value::from(text) } else { Value::Null },
            reading: if broken.is_some() { "none" } else { "text" },
            scores: scores.into_iter().map(|(name, hit)| (name, Score::from_bool(hit))).collect(),
            fields: Default::default(),
            note,
        }
    }
}

fn check(config: &MetricConfig, task: &Task) -> Result<Check, MetricError> {
    let (metric, _) = build_part(config, task)?;
    if metric.waits() {
        let help =
            "ask for it among the task's `metrics`, or check the text by `contains`, `regex`, `json` or the like";
        return Err(MetricError::new("cases", format!("`{}` cannot be a check: it runs a program", config.name), help));
    }
    let settings = Value::from(config.settings.clone());
    Ok(Check { metric, words: cut(&format!("{} {settings}", config.name)) })
}

#[cfg(test)]
mod tests {
    use crate::{compile, sample};
    use eval_core::{Behaviour, Case, Expected, MetricConfig, Score, Task, TaskKind};
    use serde_json::{Value, json};
    use std::sync::Arc;

    fn case(checks: Value) -> Case {
        let config = |check: &Value| {
            let mut settings = check.as_object().unwrap().clone();
            MetricConfig { name: settings.remove("name").unwrap().as_str().unwrap().into(), settings }
        };
        let checks = checks.as_array().unwrap().iter().map(config).collect();
        Case { expected: Expected::Checks(checks), context: Vec::new(), ..sample::answer_case("c", &["-"], &[]) }
    }

    fn task(case: &Case) -> Task {
        Task { cases: vec![Arc::new(case.clone())], ..sample::task(TaskKind::Rag) }
    }

    #[test]
    fn an_answer_is_right_that_passes_every_check() {
        use Behaviour::{Answered, Broken, Declined};
        let case = case(json!([
            {"name": "contains", "any_of": ["Paris", "Lutetia"], "ignore_case": true},
            {"name": "not_contains", "text": "London"},
            {"name": "weighted", "min": 0.5, "of": [{"name": "regex", "pattern": "^It"}, {"name": "length", "max": 9}]},
        ]));
        let scorer = compile(&task(&case)).unwrap();
        for (text, behaviour, right) in [
            ("PARIS", Answered, true),
            ("It is Paris, the capital.", Answered, true),
            ("Of course it is Paris.", Answered, false),
            ("It is Paris, not London.", Answered, false),
            ("I don't know.", Declined, false),
            (" ", Broken, false),
        ] {
            let grade = scorer.grader.grade(&case, &sample::says(text));
            assert_eq!((grade.behaviour, grade.correct), (behaviour, Score::from_bool(right)), "{text}");
            assert_eq!(grade.note.is_some(), !right, "{text}");
        }
        let called = scorer.grader.grade(&case, &sample::makes(json!([{"name": "refund", "arguments": {}}])));
        assert_eq!(called.behaviour, Broken);
    }

    #[test]
    fn what_is_no_check_is_said_with_its_case() {
        for (check, words) in [
            (json!({"name": "contians", "text": "a"}), "the case `c`: there is no metric `contians`"),
            (json!({"name": "latency"}), "the case `c`: metric `latency` cannot be a part"),
            (json!({"name": "script", "command": ["x"]}), "the case `c`:"),
        ] {
            let error = compile(&task(&case(json!([check])))).err().unwrap();
            assert!(error.message.starts_with(words), "{}", error.message);
        }
    }

    #[test]
    fn a_check_without_a_score_fails_and_passes_nothing() {
        let case = case(json!([{"name": "cost", "max": 1}]));
        let grade = compile(&task(&case)).unwrap().grader.grade(&case, &sample::says("Paris"));
        assert!(matches!(grade.correct, Score::Failed(_)), "{:?}", grade.correct);
    }
}
