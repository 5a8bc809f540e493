//! Runs for tests: two models, four kinds, failures, hostile text, clusters, unknown costs.

use crate::{CasesIn, ReportError, Summary, run::read_records, source::Source};
use eval_core::{
    Aggregate, Arguments, Bar, Behaviour, DataPolicy, Decision, Direction, ErrorInfo, FieldCounts, FinishReason,
    MANIFEST_VERSION, MachineInfo, Manifest, Message, MetricSpec, ModelInfo, ModelRole, Outcome, Price, RECORD_VERSION,
    Record, Role, Selection, Speed, SuiteInfo, TaskInfo, TaskKind, ToolCall, Usage, log::RECORDS_FILE,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) const SMALL: &str = "smollm2-135m";
pub(crate) const LARGE: &str = "gpt-4o-mini";
pub(crate) const HOSTILE: &str =
    "</pre><script>alert(1)</script> \u{202e}gnihton\u{202c} \u{1b}[31mred\u{7} `x` | ${y} {{ 7*7 }}";
const LABELS: [&str; 5] = ["billing", "delivery", "returns", "technical", "undetermined"];
const CASES: usize = 40;

/// A run before it is written.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub manifest: Manifest,
    pub records: Vec<Record>,
    pub notes: Vec<String>,
}

impl Run {
    /// Writes the records and reads them; whoever shows them reads some again, so the folder must stay.
    pub(crate) fn read(&self) -> Result<(tempfile::TempDir, crate::Run), ReportError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(RECORDS_FILE);
        let lines: Vec<String> = self.records.iter().map(|r| serde_json::to_string(r).unwrap() + "\n").collect();
        std::fs::write(&path, lines.concat()).unwrap();
        let run = read_records(self.manifest.clone(), Source::log(path, &self.manifest)?)?;
        Ok((dir, crate::Run { notes: self.notes.clone(), ..run }))
    }
}

pub(crate) fn summarize(run: &Run) -> Result<Summary, ReportError> {
    crate::summarize(&run.read()?.1)
}

pub(crate) fn cost(
    run: &Run,
    terms: &[crate::cost::Terms],
    question: &crate::cost::Question,
) -> Result<crate::cost::CostReport, crate::cost::NoCost> {
    crate::cost::cost(&run.read().unwrap().1, terms, question)
}

pub(crate) fn html(run: &Run, summary: &Summary) -> Result<String, ReportError> {
    let (_dir, run) = run.read()?;
    crate::html(&run, summary, CasesIn::Page)
}

pub(crate) fn terminal(run: &Run, summary: &Summary, style: crate::Style) -> String {
    crate::terminal(&run.read().unwrap().1, summary, style)
}

pub(crate) fn markdown(run: &Run, summary: &Summary) -> String {
    crate::markdown(&run.read().unwrap().1, summary)
}

/// One local model on four tasks.
pub(crate) fn one_model() -> Run {
    let mut run =
        Run { manifest: manifest(vec![model(SMALL, ModelRole::Candidate)]), records: Vec::new(), notes: vec![] };
    run.records = records(SMALL, &[4, 7, 2, 8]);
    run
}

/// The local model and the one it would replace, whose cost is known.
pub(crate) fn with_reference() -> Run {
    let mut run = one_model();
    run.manifest.models.push(model(LARGE, ModelRole::Reference));
    run.records.extend(records(LARGE, &[1, 1, 2, 0]));
    run
}

/// Records of one model on all tasks; in each task one case in ten out of `wrong` is not right.
pub(crate) fn records(model: &str, wrong: &[usize; 4]) -> Vec<Record> {
    let tasks: [fn(&str, usize, bool) -> Record; 4] = [triage, fields, answers, actions];
    let mut records = Vec::new();
    for (make, wrong) in tasks.iter().zip(wrong) {
        records.extend((0..CASES).map(|i| make(model, i, (i * 7) % 10 >= *wrong)));
    }
    records
}

pub(crate) fn manifest(models: Vec<ModelInfo>) -> Manifest {
    Manifest {
        v: MANIFEST_VERSION,
        id: "20261121-103721-k3f9".into(),
        started_at: "2026-11-21T10:37:21Z".into(),
        eval_version: "0.1.0".into(),
        suite: SuiteInfo {
            name: "support-tickets".into(),
            source: "support-tickets".into(),
            description:
                "A shop's support mail: where it goes, what it says, what the help centre answers, what to do.".into(),
            hash: "5f2b9c1d7e8a40316f2b9c1d7e8a4031".into(),
            data_policy: DataPolicy::Any,
            decision: Decision { max_error_rate: 0.05, ..Decision::default() },
        },
        tasks: tasks(),
        models,
        selection: Selection::default(),
        repeats: 1,
        concurrency: Some(1),
        seed: 7,
        date: "2026-11-21".into(),
        allow_different: false,
        judges: Vec::new(),
        allow_uncalibrated_judge: false,
        machine: MachineInfo {
            os: "linux".into(),
            arch: "x86_64".into(),
            cpu: Some("a processor of 2 cores".into()),
            cores: 2,
        },
        notes: Vec::new(),
        arguments: serde_json::Value::Null,
    }
}

fn model(name: &str, role: ModelRole) -> ModelInfo {
    let local = name == SMALL;
    ModelInfo {
        name: name.into(),
        role,
        runner: if local { "candle" } else { "replay" }.into(),
        settings: if local {
            json!({"model": "smollm2-135m", "decoding": "greedy", "temperature": 0.0})
        } else {
            json!({"file": "outputs.jsonl"})
        },
        details: if local {
            json!({"architecture": "llama", "quantisation": "Q4_1", "parameters": 134_515_008, "licence": "Apache-2.0",
                "weights_sha256": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", "device": "cpu"})
        } else {
            json!({"responses": 160})
        },
        price: (!local).then(|| Price {
            input: 0.15,
            cached_input: Some(0.075),
            output: 0.6,
            as_of: Some("2026-11-01".into()),
        }),
        in_flight: local.then_some(16),
        hosting: None,
        prompts: BTreeMap::new(),
    }
}

fn tasks() -> Vec<TaskInfo> {
    let share = |name: &str, description: &str, direction| spec(name, description, direction, Aggregate::Share);
    let ratio = |name: &str, description: &str, numerator: &str, denominator: &str| {
        let by = Aggregate::Ratio { numerator: numerator.into(), denominator: denominator.into() };
        spec(name, description, Direction::Higher, by)
    };
    let both = Aggregate::Harmonic { a: "field_precision".into(), b: "field_recall".into() };
    let (higher, lower) = (Direction::Higher, Direction::Lower);
    vec![
        task(
            "triage",
            TaskKind::Classification,
            0.6,
            &[("always “delivery”", 0.2), ("always decline", 0.25)],
            vec![
                spec("macro_f1", "Macro-averaged F1 over the labels.", higher, Aggregate::MacroF1),
                share("outside_labels", "Answers that are no label of the set.", lower),
            ],
        ),
        task(
            "fields",
            TaskKind::Extraction,
            0.8,
            &[("always decline", 0.25)],
            vec![
                share("json_as_given", "Answers that are JSON as they stand.", higher),
                ratio(
                    "field_precision",
                    "Of the values given, the share that is right.",
                    "fields_matched",
                    "fields_given",
                ),
                ratio(
                    "field_recall",
                    "Of the values in the text, the share that was found.",
                    "fields_matched",
                    "fields_expected",
                ),
                spec("field_f1", "The harmonic mean of both.", higher, both),
            ],
        ),
        task(
            "answers",
            TaskKind::Rag,
            0.5,
            &[("always decline", 0.25)],
            vec![
                share("right_refusals", "Of the unanswerable questions, the share that was declined.", higher),
                share("over_refusals", "Of the answerable questions, the share that was declined.", lower),
            ],
        ),
        task(
            "actions",
            TaskKind::Tools,
            0.85,
            &[("never call", 0.25)],
            vec![
                share("called_needlessly", "Of the cases where no call is right, the share with a call.", lower),
                spec("latency", "Milliseconds an answer.", lower, Aggregate::Mean),
            ],
        ),
    ]
}

fn task(name: &str, kind: TaskKind, bar: f64, trivial: &[(&str, f64)], metrics: Vec<MetricSpec>) -> TaskInfo {
    let accuracy = spec("accuracy", "The share of cases that are right.", Direction::Higher, Aggregate::Accuracy);
    TaskInfo {
        name: name.into(),
        kind,
        cases: CASES,
        cases_in_suite: CASES,
        held_out: 0,
        reviewed: Default::default(),
        labels: if kind == TaskKind::Classification { LABELS.map(String::from).to_vec() } else { Vec::new() },
        abstain: (kind == TaskKind::Classification).then(|| "undetermined".into()),
        prompt_hash: "0a1b2c3d4e5f60718293a4b5c6d7e8f9".into(),
        scoring_hash: None,
        cases_hash: "9f8e7d6c5b4a39281706f5e4d3c2b1a0".into(),
        max_output_tokens: 200,
        prevalence: None,
        accept_recovered: false,
        metrics: [vec![accuracy], metrics].concat(),
        bars: BTreeMap::from([("accuracy".into(), Bar { min: Some(bar), max: None })]),
        trivial: trivial.iter().map(|(name, share)| (name.to_string(), *share)).collect(),
    }
}

pub(crate) fn spec(name: &str, description: &str, direction: Direction, aggregate: Aggregate) -> MetricSpec {
    MetricSpec { name: name.into(), description: description.into(), direction, aggregate, judge: None }
}

/// A scored, right answer.
pub(crate) fn record(task: &str, model: &str, i: usize) -> Record {
    let local = model == SMALL;
    let latency = if local { 640.0 } else { 310.0 } + ((i * 37) % 100) as f64 * 4.0;
    let (input, output) = (180 + (i as u64 * 13) % 90, 4 + (i as u64 * 5) % 40);
    Record {
        v: RECORD_VERSION,
        task: task.into(),
        case: format!("{}-{i:03}", &task[..1]),
        case_hash: format!("{:032x}", i * 1000 + task.len()),
        model: model.into(),
        repeat: 0,
        outcome: Outcome::Scored,
        should_decline: i % 4 == 3,
        correct: Some(true),
        behaviour: Some(if i % 4 == 3 { Behaviour::Declined } else { Behaviour::Answered }),
        scores: BTreeMap::from([("accuracy".into(), Some(1.0))]),
        text: String::new(),
        reasoning: None,
        tool_calls: Vec::new(),
        finish_reason: Some(FinishReason::Stop),
        usage: Usage {
            input_tokens: Some(input),
            cached_input_tokens: Some(0),
            output_tokens: Some(output),
            reasoning_tokens: None,
        },
        latency_ms: Some(latency),
        cost_usd: (!local).then_some((input as f64 * 0.15 + output as f64 * 0.6) * 1e-6),
        cached: false,
        attempts: 1,
        error: None,
        confidence: None,
        speed: Speed {
            prompt_ms: local.then_some(latency * 0.6),
            generation_ms: local.then_some(latency * 0.4),
            tokens_per_second: local.then(|| output as f64 / (latency * 0.4) * 1e3),
        },
        server: Default::default(),
        answer: Value::Null,
        reading: Some("exact".into()),
        fields: Default::default(),
        note: None,
        unscored: Default::default(),
        unsupported: Vec::new(),
        expected: Value::Null,
        prompt: vec![
            Message { role: Role::System, content: instruction(task) },
            Message {
                role: Role::User,
                content: MAILS[i % MAILS.len()].replace("{n}", &format!("FM-{}", 310_000 + i * 37)),
            },
        ],
        steps: None,
        tags: Vec::new(),
        cluster: None,
        held_out: false,
    }
}

/// Makes a record wrong.
pub(crate) fn wrong(record: &mut Record, behaviour: Behaviour, note: &str) {
    record.correct = Some(false);
    record.behaviour = Some(behaviour);
    record.scores.insert("accuracy".into(), Some(0.0));
    record.note = Some(note.into());
}

pub(crate) fn fail_call(record: &mut Record, kind: &str, message: &str) {
    *record = Record {
        outcome: Outcome::RunnerFailed,
        correct: Some(false),
        behaviour: None,
        scores: BTreeMap::new(),
        text: String::new(),
        finish_reason: None,
        usage: Usage::default(),
        latency_ms: None,
        cost_usd: None,
        speed: Speed::default(),
        answer: Value::Null,
        reading: None,
        error: Some(ErrorInfo { kind: kind.into(), message: message.into() }),
        ..record.clone()
    };
}

fn instruction(task: &str) -> String {
    match task {
        "triage" => format!("You sort the mail of a shop into queues. Answer with one word of: {}.\nIf the mail does not tell, answer undetermined.", LABELS.join(", ")),
        "fields" => "Read the mail and answer with one JSON object: order_number, product, amount, wish. Use null for what the mail does not say.".into(),
        "answers" => "Answer from the passages only, as JSON: {\"answer\": text or null, \"citations\": [ids]}.".into(),
        _ => "You may call lookup_order and refund. Without an order number, ask for it and call nothing.".into(),
    }
}

const MAILS: [&str; 5] = [
    "Subject: delivered???\n\nApp says {n} was handed over at 14:10 yesterday. I was home all day, no bell, no card, nothing at number 9 either.",
    "Subject: kettle\n\nThe kettle from {n} leaks from the base. Money back please, £34.50.",
    "Subject: Re: Re: your message\n\nHello,\n\nthank you for the quick answer. As I wrote on Monday, the head torch switches itself off after ten minutes, with fresh batteries and with the old ones. I have tried what your colleague proposed (holding the button for eight seconds), twice, and the lamp blinked as he said it would.\n\nIt still goes out. I go on a night walk with my scouts on the 14th and would like to know by then whether you repair it or send another one.\n\nKind regards\nMarit\n\n> Dear Marit, please hold the button for eight seconds.",
    "Subject: (none)\n\nhi",
    "Betreff: Rechnung\n\nGuten Tag, auf der Rechnung zu {n} stehen 2 Lampen, bestellt habe ich eine. Bitte korrigieren. Danke!",
];

fn triage(model: &str, i: usize, right: bool) -> Record {
    let mut record = record("triage", model, i);
    let expected = if record.should_decline { "undetermined" } else { LABELS[i % 4 % 3] };
    record.expected = json!(expected);
    record.text = expected.into();
    record.answer = json!(expected);
    record.cluster = (i < 6).then(|| format!("thread-{}", i / 2));
    let outside = if right {
        0.0
    } else if i.is_multiple_of(10) {
        record.text = HOSTILE.into();
        record.answer = Value::Null;
        record.reading = Some("outside".into());
        wrong(&mut record, Behaviour::Broken, "not a label of the set");
        1.0
    } else {
        let given = LABELS[(i + 1) % 4];
        let given = if given == expected { "technical" } else { given };
        record.text = format!("Label: {given}");
        record.answer = json!(given);
        record.reading = Some("normalised".into());
        wrong(&mut record, Behaviour::Answered, &format!("expected `{expected}`, got `{given}`"));
        0.0
    };
    record.scores.insert("outside_labels".into(), Some(outside));
    record
}

fn fields(model: &str, i: usize, right: bool) -> Record {
    let mut record = record("fields", model, i);
    let number = format!("FM-{}", 310_000 + i * 37);
    record.expected = if record.should_decline {
        json!({"order_number": null, "product": null, "amount": null, "wish": null})
    } else {
        json!({"order_number": number, "product": "kettle", "amount": 34.5, "wish": "refund"})
    };
    let held = if record.should_decline { 0.0 } else { 4.0 };
    record.answer = record.expected.clone();
    record.text = record.expected.to_string();
    let (mut as_given, mut matched, mut given) = (1.0, held, held);
    if !right && i.is_multiple_of(3) {
        record.text = format!("Sure! Here is the JSON:\n```json\n{}", record.expected);
        record.answer = Value::Null;
        record.finish_reason = Some(FinishReason::Length);
        wrong(&mut record, Behaviour::Broken, "no JSON object that could be read");
        (as_given, matched, given) = (0.0, 0.0, 0.0);
    } else if !right {
        record.answer = json!({"order_number": number, "product": "kettle", "amount": 345, "wish": "refund"});
        record.text = serde_json::to_string_pretty(&record.answer).unwrap();
        wrong(&mut record, Behaviour::Answered, "/amount: expected 34.5, got 345");
        (matched, given) = (held * 0.75, 4.0);
    }
    let scores =
        [("json_as_given", as_given), ("fields_matched", matched), ("fields_given", given), ("fields_expected", held)];
    record.scores.extend(scores.map(|(name, score)| (name.to_string(), Some(score))));
    for name in ["order_number", "product", "amount", "wish"] {
        let (wanted, got) = (&record.expected[name], &record.answer[name]);
        let [expected, given] = [wanted, got].map(|value| u64::from(!value.is_null()));
        let matched = u64::from(expected == 1 && wanted == got);
        let counts = FieldCounts { expected, given, matched, absent: 1 - expected, invented: (1 - expected) * given };
        record.fields.insert(format!("/{name}"), counts);
    }
    record
}

fn answers(model: &str, i: usize, right: bool) -> Record {
    let mut record = record("answers", model, i);
    let declines = record.should_decline;
    record.expected = if declines {
        json!({"answerable": false})
    } else {
        json!({"answers": ["30 days", "thirty days"], "citations": ["kb-12"]})
    };
    record.prompt[1].content = format!(
        "[kb-12] Returns are free within 30 days of delivery.\n[kb-31] Gift cards are valid for three years.\n\nQuestion {i}: How long may I send a lamp back?"
    );
    record.answer = if declines { Value::Null } else { json!("30 days") };
    record.text =
        json!({"answer": record.answer, "citations": if declines { vec![] } else { vec!["kb-12"] }}).to_string();
    if !right && declines {
        record.text = "You may send it back within three years.".into();
        record.answer = json!("three years");
        wrong(&mut record, Behaviour::Answered, "unanswerable, and answered");
    } else if !right && i.is_multiple_of(3) {
        record.text = "I'm sorry, the passages do not say.".into();
        wrong(&mut record, Behaviour::Declined, "answerable, and declined");
    } else if !right {
        record.answer = json!("14 days");
        record.text = "{\"answer\": \"14 days\", \"citations\": [\"kb-31\"]}".into();
        wrong(&mut record, Behaviour::Answered, "expected `30 days`, got `14 days`");
    }
    let declined = f64::from(u8::from(record.behaviour == Some(Behaviour::Declined)));
    record.scores.insert(if declines { "right_refusals" } else { "over_refusals" }.into(), Some(declined));
    if i == 22 && model == SMALL {
        fail_call(&mut record, "context_length", "the prompt has 8,412 tokens and the model's context 8,192");
    }
    record
}

fn actions(model: &str, i: usize, right: bool) -> Record {
    let mut record = record("actions", model, i);
    let number = format!("FM-{}", 310_000 + i * 37);
    let call = |name: &str, arguments: Value| ToolCall {
        name: name.into(),
        arguments: arguments
            .as_object()
            .cloned()
            .map_or_else(|| Arguments::Raw(arguments.to_string()), Arguments::Object),
    };
    if record.should_decline {
        record.expected = json!({"calls": []});
        record.text = "Could you send me your order number, please?".into();
    } else {
        record.expected = json!({"calls": [{"name": "refund", "arguments": {"order_number": number, "amount": {"any_of": [34.5, "34.50"]}}}], "order": "any"});
        record.tool_calls = vec![call("refund", json!({"order_number": number, "amount": 34.5}))];
        record.finish_reason = Some(FinishReason::ToolCalls);
    }
    if !right && record.should_decline {
        record.tool_calls = vec![call("lookup_order", json!({"order_number": "unknown"}))];
        wrong(&mut record, Behaviour::Answered, "a call where none is right: lookup_order");
    } else if !right {
        record.tool_calls = vec![call("refund", json!("{\"order_number\": \"FM-"))];
        wrong(&mut record, Behaviour::Broken, "the arguments of refund are no JSON object");
    }
    let needless = f64::from(u8::from(record.should_decline && !record.tool_calls.is_empty()));
    record.scores.extend(record.should_decline.then(|| ("called_needlessly".to_string(), Some(needless))));
    record.scores.insert("latency".into(), record.latency_ms);
    record
}
