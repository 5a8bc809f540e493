//! Rag: the response is a short answer from passages, with citations, as JSON or plain text.

mod checks;
mod grounding;
mod reading;
mod squad;

use crate::{
    MetricError,
    compile::CompiledKind,
    refusal::{Stance, stance},
    spec,
    text::cut,
};
use checks::Checks;
use eval_core::{Aggregate, Behaviour, Case, Direction, Expected, Grade, Grader, MetricSpec, Response, Score, Task};
use reading::{Answer, Reading};
use serde_json::Value;
use std::borrow::Cow;

struct Rag {
    checks: Checks,
}

pub(crate) fn compile(task: &Task) -> Result<CompiledKind, MetricError> {
    Ok((Box::new(Rag { checks: Checks::compile(task)? }), specs()))
}

/// The answer that a response gives, without JSON around it.
pub(crate) fn answer(response: &Response) -> Option<String> {
    match Reading::of(response).answer {
        Answer::Text(text) => Some(text),
        Answer::Null | Answer::Unreadable(_) => None,
    }
}

/// What a response says in words: its answer, or all its text where no answer can be read; `None` is JSON's null.
pub(crate) fn said(response: &Response) -> Option<Cow<'_, str>> {
    match Reading::of(response).answer {
        Answer::Null => None,
        Answer::Text(text) => Some(Cow::Owned(text)),
        Answer::Unreadable(_) => Some(Cow::Borrowed(response.text.trim())),
    }
}

pub(crate) fn specs() -> Vec<MetricSpec> {
    use Direction::{Higher, Lower};
    vec![
        spec::accuracy("Share of cases answered right, or declined where the passages hold no answer."),
        spec::share("right_answers", Higher, "Of the answerable cases, the share that was answered right."),
        spec::share("wrong_answers", Lower, "Of the answerable cases, the share that was answered wrong."),
        spec::share("over_refusals", Lower, "Of the answerable cases, the share that was declined."),
        spec::share("right_refusals", Higher, "Of the unanswerable cases, the share that was declined."),
        spec::share("answered_unanswerable", Lower, "Of the unanswerable cases, the share that was answered."),
        spec::share(
            "exact_match",
            Higher,
            "Share of answers that equal an accepted one as SQuAD 2.0's official script compares them; declining is the \
             right answer where there is none.",
        ),
        spec::spec(
            "token_f1",
            Higher,
            Aggregate::Mean,
            "Mean F1 of an answer's words against those of the accepted answer that is nearest, as SQuAD 2.0's official \
             script counts it.",
        ),
        spec::ratio(
            "citation_precision",
            Higher,
            ["citations_right", "citations_given"],
            "Of the passages cited where the right ones are known, the share that is right.",
        ),
        spec::ratio(
            "citation_recall",
            Higher,
            ["citations_right", "citations_expected"],
            "Of the passages that hold an answer, the share that was cited.",
        ),
        spec::ratio(
            "invented_citations",
            Lower,
            ["citations_invented", "citations_named"],
            "Of all citations, the share that names no passage of the case.",
        ),
        spec::ratio(
            "grounded_facts",
            Higher,
            ["facts_found", "facts_stated"],
            "Of the numbers, dates, names and quotations in answers, the share that the passages hold.",
        ),
        spec::share(
            "ungrounded_answers",
            Lower,
            "Of the answers with a number, date, name or quotation, the share with one that the passages do not hold.",
        ),
    ]
}

impl Grader for Rag {
    fn grade(&self, case: &Case, response: &Response) -> Grade {
        if let Expected::Checks(_) = case.expected {
            return self.checks.grade(case, response);
        }
        let Reading { answer, citations, reading } = Reading::of(response);
        let accepted: &[String] = match &case.expected {
            Expected::Answers { answers, .. } => answers,
            _ => &[],
        };
        let given = match answer {
            Answer::Text(text) => judge(text, accepted),
            Answer::Null => Given::Declined,
            Answer::Unreadable(why) => Given::Broken(why),
        };
        let behaviour = match given {
            Given::Right(_) | Given::Other(_) => Behaviour::Answered,
            Given::Declined => Behaviour::Declined,
            Given::Broken(_) => Behaviour::Broken,
        };
        let right = matches!(given, Given::Right(_));
        let (correct, outcomes) = match case.expected {
            Expected::Answers { .. } => (Score::from_bool(right), answerable(behaviour, right)),
            Expected::Unanswerable => (
                Score::from_bool(behaviour == Behaviour::Declined),
                vec![
                    ("right_refusals", behaviour == Behaviour::Declined),
                    ("answered_unanswerable", behaviour == Behaviour::Answered),
                ],
            ),
            _ => (Score::Failed(format!("case `{}` expects no answer", case.id)), Vec::new()),
        };
        let mut scores: Vec<_> = outcomes.into_iter().map(|(name, hit)| (name, Score::from_bool(hit))).collect();
        scores.extend(squad_scores(&given, accepted));
        scores.extend(citation_scores(case, &citations));
        scores.extend(given.text().map(|text| grounding_scores(text, case)).unwrap_or_default());
        let note = (correct == Score::Incorrect).then(|| given.note(accepted));
        Grade { behaviour, correct, answer: given.into_value(), reading, scores, fields: Default::default(), note }
    }

    fn unsupported(&self, case: &Case, response: &Response) -> Vec<String> {
        match Reading::of(response).answer {
            Answer::Text(text) if !case.context.is_empty() && stance(&text) != Stance::Declines => {
                grounding::check(&text, case).unsupported
            }
            _ => Vec::new(),
        }
    }
}

/// What became of a case that has an answer.
fn answerable(behaviour: Behaviour, right: bool) -> Vec<(&'static str, bool)> {
    vec![
        ("right_answers", right),
        ("wrong_answers", behaviour == Behaviour::Answered && !right),
        ("over_refusals", behaviour == Behaviour::Declined),
    ]
}

/// An answer against the accepted ones.
enum Given {
    Right(String),
    Other(String),
    Declined,
    Broken(&'static str),
}

/// What is accepted is right even where it sounds like declining ("none").
fn judge(text: String, accepted: &[String]) -> Given {
    let normal = squad::normalise(&text);
    if accepted.iter().any(|answer| squad::normalise(answer) == normal) {
        Given::Right(text)
    } else if stance(&text) == Stance::Declines {
        Given::Declined
    } else {
        Given::Other(text)
    }
}

impl Given {
    /// The answer, where there is one.
    fn text(&self) -> Option<&str> {
        match self {
            Self::Right(text) | Self::Other(text) => Some(text),
            Self::Declined | Self::Broken(_) => None,
        }
    }

    fn note(&self, accepted: &[String]) -> String {
        let expected = match accepted.first() {
            Some(answer) => format!("expected `{}`", cut(answer)),
            None => "expected no answer".into(),
        };
        match self {
            Self::Right(text) | Self::Other(text) => format!("{expected}, got `{}`", cut(text)),
            Self::Declined => format!("{expected}, declined"),
            Self::Broken(why) => (*why).into(),
        }
    }

    fn into_value(self) -> Value {
        match self {
            Self::Right(text) | Self::Other(text) => Value::String(text),
            Self::Declined | Self::Broken(_) => Value::Null,
        }
    }
}

/// To decline is to give SQuAD's empty answer; what cannot be read is no answer at all.
fn squad_scores(given: &Given, accepted: &[String]) -> Vec<(&'static str, Score)> {
    let (exact, f1) = match given {
        Given::Broken(_) => (false, 0.0),
        given => squad::exact_and_f1(given.text().unwrap_or_default(), accepted),
    };
    vec![("exact_match", Score::from_bool(exact)), ("token_f1", Score::Graded(f1))]
}

/// An answer that states nothing to look up has no such score, nor has one to a question without passages.
fn grounding_scores(text: &str, case: &Case) -> Vec<(&'static str, Score)> {
    if case.context.is_empty() {
        return Vec::new();
    }
    let grounding::Grounding { stated, missing, .. } = grounding::check(text, case);
    if stated == 0 {
        return Vec::new();
    }
    vec![
        ("facts_stated", Score::Graded(stated as f64)),
        ("facts_found", Score::Graded((stated - missing) as f64)),
        ("ungrounded_answers", Score::from_bool(missing > 0)),
    ]
}

/// Right ones count where the case says which passages hold the answer, invented ones in every case.
fn citation_scores(case: &Case, cited: &[String]) -> Vec<(&'static str, Score)> {
    let count = |n: usize| Score::Graded(n as f64);
    let offered = |id: &String| case.context.iter().any(|passage| passage.id == *id);
    let mut scores = vec![
        ("citations_named", count(cited.len())),
        ("citations_invented", count(cited.iter().filter(|id| !offered(id)).count())),
    ];
    if let Expected::Answers { citations: expected, .. } = &case.expected
        && !expected.is_empty()
    {
        scores.extend([
            ("citations_given", count(cited.len())),
            ("citations_right", count(expected.iter().filter(|id| cited.contains(id)).count())),
            ("citations_expected", count(expected.len())),
        ]);
    }
    scores
}

#[cfg(test)]
mod tests;
