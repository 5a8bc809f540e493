//! The right outcome of a case, as a person says it: the output of a model by its number, or what is typed.

use eval_core::TaskKind;
use eval_datasets::{GivenAnswer, gold_given, gold_typed};
use eval_reports::Given;
use miette::miette;
use serde_json::Value;

/// What the words are said of.
pub struct Asked<'a> {
    pub kind: TaskKind,
    pub labels: Vec<String>,
    pub gold: &'a Value,
    pub answers: &'a [Given],
}

impl Asked<'_> {
    /// What a person is asked.
    pub fn question(&self) -> String {
        let outputs = if self.answers.len() > 1 { "1 or 2 takes that output" } else { "1 takes the output" };
        let mut words = format!("{outputs}, or type what is right");
        if self.kind == TaskKind::Rag || (1..=self.answers.len()).any(|n| self.is_outcome(&n.to_string())) {
            words.push_str(", a number as \"1\"");
        }
        if self.gold["checks"].is_array() {
            words.push_str("; it takes the place of the checks");
        }
        words + " (nothing: back) > "
    }

    /// The expected outcome that the words stand for.
    pub fn meant(&self, words: &str) -> miette::Result<Value> {
        let output = words.parse().ok().and_then(|n: usize| self.answers.get(n.checked_sub(1)?));
        match output {
            Some(_) if self.is_outcome(words) => {
                let of = if self.kind == TaskKind::Classification { "a label" } else { "perhaps the answer" };
                let help =
                    format!("what is right itself: in quotation marks, \"{words}\"; the output: type what it says");
                Err(miette!(help = help, "`{words}` is {of}, and a model's number"))
            }
            Some(given) => self.taken(given),
            None => gold_typed(self.kind, words, self.gold).map_err(|message| miette!("{message}")),
        }
    }

    /// Whether a model's number may be the outcome itself: it is a label, or this question is answered by numbers.
    fn is_outcome(&self, number: &str) -> bool {
        let is_number = |answer: &Value| answer.as_str().is_some_and(|text| text.trim().parse::<f64>().is_ok());
        match self.kind {
            TaskKind::Classification => self.labels.iter().any(|label| label.trim() == number),
            TaskKind::Rag => {
                let accepted = self.gold["answers"].as_array().into_iter().flatten();
                accepted.chain(self.answers.iter().map(|given| &given.answer)).any(is_number)
            }
            // Objects and calls.
            TaskKind::Extraction | TaskKind::Tools => false,
        }
    }

    fn taken(&self, given: &Given) -> miette::Result<Value> {
        let answer = GivenAnswer { answer: &given.answer, tool_calls: &given.tool_calls, declined: given.declined };
        gold_given(self.kind, answer, self.gold).ok_or_else(|| {
            miette!(help = "type what is right", "what {} gave cannot be read as an expected outcome", given.model)
        })
    }
}
