//! SQuAD 1.1 and 2.0: articles of paragraphs of questions.

use super::whole_json;
use crate::{
    SuiteError,
    import::{Halt, ImportOptions, Item, Place, Source, TaskSpec, Why},
};
use eval_core::TaskKind;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

const PROMPT: &str = r#"{% block system %}
You answer questions from a passage. Answer with one JSON object and nothing else:
{"answer": "…"}
- "answer" is as short as can be: a name, a number, a date or a few words of the passage. No sentence.
- Write {"answer": null} if the passage does not hold the answer. Do not guess.
{% endblock %}

{% block user %}
{% for passage in context %}
{{ passage.text }}
{% endfor %}

Question: {{ input }}
{% endblock %}
"#;

pub(super) struct Squad {
    file: String,
    task: String,
    root: Value,
}

impl Squad {
    pub(super) fn open(options: &ImportOptions) -> Result<Self, SuiteError> {
        let file = options.source.display().to_string();
        let root = whole_json(&options.source)?;
        let paragraphs = |article: &Value| article.get("paragraphs").is_some_and(Value::is_array);
        if !root["data"].as_array().is_some_and(|articles| articles.iter().any(paragraphs)) {
            return Err(SuiteError::new(format!("`{file}` is not in SQuAD's form")).help(
                "it is {\"data\": [{\"paragraphs\": [{\"context\", \"qas\"}]}]}; rows of questions with their context \
                 are a table: leave `--format` out",
            ));
        }
        Ok(Self { file, task: options.task.clone().unwrap_or_else(|| "questions".into()), root })
    }
}

impl Source for Squad {
    fn single(&self) -> bool {
        true
    }

    fn each(&mut self, sink: &mut dyn FnMut(Item) -> Result<(), Halt>) -> Result<(), Halt> {
        let spec = TaskSpec { prompt: Some(PROMPT.into()), ..TaskSpec::new(&*self.task, TaskKind::Rag) };
        sink(Item::Task(spec))?;
        let mut row = 0;
        for (a, article) in list(&self.root, "data").iter().enumerate() {
            let title = article["title"].as_str().map_or_else(|| format!("article {}", a + 1), str::to_string);
            for (p, paragraph) in list(article, "paragraphs").iter().enumerate() {
                let cluster = format!("{title}, paragraph {}", p + 1);
                for (q, question) in list(paragraph, "qas").iter().enumerate() {
                    row += 1;
                    let at = Some(format!("data[{a}].paragraphs[{p}].qas[{q}]"));
                    let place = Place { file: self.file.clone(), row, line: None, at };
                    sink(match case(question, &paragraph["context"], &cluster) {
                        Ok(case) => Item::Case { task: self.task.clone(), place, case },
                        Err(why) => Item::Skipped { place, why },
                    })?;
                }
            }
        }
        Ok(())
    }
}

fn list<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    of[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn case(question: &Value, context: &Value, cluster: &str) -> Result<Map<String, Value>, Why> {
    let text = |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_string);
    let asked = text(&question["question"]).ok_or_else(|| Why::new("no question"))?;
    let context = text(context).ok_or_else(|| Why::new("no context"))?;
    let mut seen = HashSet::new();
    let answers: Vec<String> = list(question, "answers").iter().filter_map(|answer| text(&answer["text"])).collect();
    let answers: Vec<&String> = answers.iter().filter(|answer| seen.insert(answer.as_str())).collect();
    let expected = match question["is_impossible"] == true {
        true => json!({"answerable": false}),
        false if answers.is_empty() => {
            return Err(Why::new("no answer").detail("`is_impossible` is not true, and `answers` is empty"));
        }
        false => json!({"answers": answers}),
    };
    let mut case = Map::new();
    if let Some(id) = super::id(&question["id"]) {
        case.insert("id".into(), id.into());
    }
    case.insert("input".into(), asked.into());
    case.insert("context".into(), json!([{"id": cluster, "text": context}]));
    case.insert("expected".into(), expected);
    case.insert("cluster".into(), cluster.into());
    Ok(case)
}
