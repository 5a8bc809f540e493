//! What the text of an answer is held against.

use crate::{MetricError, SettingKey, rag, settings::Settings};
use eval_core::{Case, Expected, Response, TaskKind};
use std::borrow::Cow;

/// The texts that an answer is held against: those of the settings, else those that the case accepts.
pub(crate) enum Reference {
    /// The same for every case.
    Fixed(Vec<String>),
    /// The case's label, or its accepted answers.
    OfCase,
}

pub(crate) const TEXT: SettingKey =
    SettingKey { name: "text", summary: "the text; where missing, the label or the answers that the case expects" };
pub(crate) const ANY_OF: SettingKey = SettingKey { name: "any_of", summary: "a list of texts, in place of `text`" };

impl Reference {
    pub(crate) fn read(settings: &Settings<'_>) -> Result<Self, MetricError> {
        let kind = settings.task.kind;
        match (settings.text(TEXT.name)?, settings.texts(ANY_OF.name)?) {
            (Some(_), Some(_)) => Err(settings.error("needs `text` or `any_of`, not both")),
            (Some(text), None) => Ok(Self::Fixed(vec![text])),
            (None, Some(texts)) => Ok(Self::Fixed(texts)),
            (None, None) if matches!(kind, TaskKind::Classification | TaskKind::Rag) => Ok(Self::OfCase),
            (None, None) => {
                Err(settings.error(format!("needs `text` or `any_of`: a case of kind {kind} expects no text")))
            }
        }
    }

    /// Empty where the case has no answer.
    pub(crate) fn texts<'a>(&'a self, case: &'a Case) -> Vec<&'a str> {
        match (self, &case.expected) {
            (Self::Fixed(texts), _) => texts.iter().map(String::as_str).collect(),
            (Self::OfCase, Expected::Label(label)) => vec![label],
            (Self::OfCase, Expected::Answers { answers, .. }) => answers.iter().map(String::as_str).collect(),
            (Self::OfCase, _) => Vec::new(),
        }
    }

    /// In words, for the meaning of a score.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Fixed(texts) => crate::error::list(texts.iter().map(String::as_str)),
            Self::OfCase => "what the case expects".into(),
        }
    }
}

/// The text of an answer, outer blanks aside: of a rag answer in JSON what stands as its `answer`.
pub(crate) fn said<'a>(case: &Case, response: &'a Response) -> Cow<'a, str> {
    let answer = match case.expected {
        Expected::Answers { .. } | Expected::Unanswerable => rag::answer(response),
        _ => None,
    };
    match answer {
        Some(answer) => Cow::Owned(answer.trim().into()),
        None => Cow::Borrowed(response.text.trim()),
    }
}
