use super::fixture::{HOSTILE, Run, cost, with_reference};
use crate::{
    Style,
    cost::{Basis, CostReport, NoCost, Question, Terms, cost_markdown, cost_terminal},
};
use eval_core::{
    Price,
    cost::{Hosting, MONTH_DAYS, Rate, Volume},
};
use serde_json::json;

const MACHINE: &str = "a processor of 2 cores, 2 cores";

fn hosting(rate: Rate, hardware: &str) -> Hosting {
    Hosting {
        usd_per_hour: 0.1,
        min_replicas: 1,
        rate,
        target_utilization: 0.5,
        fixed_usd_per_month: 0.0,
        care_hours: 1.0,
        care_usd_per_hour: 80.0,
        hardware: Some(hardware.into()),
    }
}

/// The local model hosted, the other paid by the token.
fn terms(run: &Run, hosting: Hosting) -> Vec<Terms> {
    let price = run.manifest.models[1].price.clone();
    vec![Terms { hosting: Some(hosting), ..Terms::default() }, Terms { price, ..Terms::default() }]
}

fn question(requests: f64) -> Question {
    Question { volume: Some(Volume::Requests(requests)), peak_factor: 2.0, tasks: Vec::new() }
}

/// A local model whose 159 answers each took 300 ms to read and 1,600 ms in a batch of 4, by two workers.
fn measured() -> Run {
    let mut run = with_reference();
    run.manifest.models[0].details = json!({"device": "cpu", "workers": 2, "batch": 4});
    for record in run.records.iter_mut().filter(|record| record.behaviour.is_some()) {
        record.speed.prompt_ms = Some(300.0);
        record.speed.generation_ms = Some(1600.0);
    }
    run
}

fn at(run: &Run, terms: &[Terms], requests: f64) -> CostReport {
    cost(run, terms, &question(requests)).unwrap()
}

#[test]
fn a_measured_rate_is_used_on_the_machine_that_was_measured() {
    let run = measured();
    let report = at(&run, &terms(&run, hosting(Rate::Measured, MACHINE)), 1000.0);
    let hosted = report.models[0].hosted.as_ref().unwrap();
    // An answer takes 300 + 1600 / 4 = 700 ms of one of two workers.
    assert!((hosted.requests_per_second.unwrap() - 2.0 / 0.7).abs() < 1e-9);
    assert_eq!(hosted.measured.as_ref().unwrap().in_flight, 8);
    // 1.43 requests a second at half load, 0.714 on average, 61,714 a day.
    assert!((hosted.replica_requests_per_day.unwrap() - 86_400.0 / 1.4).abs() < 1e-6);

    let elsewhere = at(&run, &terms(&run, hosting(Rate::Measured, "one L4")), 1000.0);
    let unknown = elsewhere.models[0].unknown_because.as_ref().unwrap();
    assert!(unknown.contains(MACHINE) && unknown.contains("one L4"), "{unknown}");
    assert_eq!((elsewhere.models[0].basis, elsewhere.models[0].at[0].cost_per_month_usd), (Basis::Unknown, None));
    assert!(!elsewhere.break_even[0].known && elsewhere.break_even[0].with_care.is_none());

    let mut silent = run.clone();
    silent.records[3].speed.prompt_ms = None;
    let report = at(&silent, &terms(&silent, hosting(Rate::Measured, MACHINE)), 1000.0);
    assert!(report.models[0].unknown_because.as_ref().unwrap().contains("do not tell how long they took"));
}

#[test]
fn failed_calls_are_requests_and_a_right_answer_pays_for_the_wrong_ones() {
    let run = measured();
    let report = at(&run, &terms(&run, hosting(Rate::Stated(1.0.into()), MACHINE)), 1000.0);
    let (local, closed) = (&report.models[0], &report.models[1]);
    // One call of the local model failed; 24, 12, 31 and 8 of 40 are right.
    assert_eq!((local.requests, local.correct), (160, 75));
    let month = 73.0 + 80.0;
    assert!((local.at[0].cost_per_correct_usd.unwrap() - month / (1000.0 * MONTH_DAYS * 75.0 / 160.0)).abs() < 1e-12);
    let [lower, upper] = local.at[0].cost_per_correct_interval.unwrap();
    assert!(lower < local.at[0].cost_per_correct_usd.unwrap() && local.at[0].cost_per_correct_usd.unwrap() < upper);
    // What is paid by the token costs the same at every volume.
    let summary = super::fixture::summarize(&run).unwrap();
    let costs: f64 = summary.tasks.iter().map(|task| task.models[1].cost_usd.unwrap()).sum();
    for volume in [10.0, 1e7] {
        let closed = &at(&run, &terms(&run, hosting(Rate::Measured, MACHINE)), volume).models[1];
        assert!((closed.at[0].cost_per_correct_usd.unwrap() - costs / 144.0).abs() < 1e-12);
    }
    assert_eq!(closed.correct, 144);
    // Of one task it is the report's figure, interval and all.
    let one = Question { tasks: vec!["fields".into()], ..question(1000.0) };
    let report = cost(&run, &terms(&run, hosting(Rate::Measured, MACHINE)), &one).unwrap();
    assert_eq!(report.models[1].at[0].cost_per_correct_interval, summary.tasks[1].models[1].cost_per_correct_interval);
}

#[test]
fn another_price_costs_the_recorded_tokens_anew() {
    let run = measured();
    let mut terms = terms(&run, hosting(Rate::Measured, MACHINE));
    let before = at(&run, &terms, 1000.0).models[1].clone();
    let double =
        |price: Price| Price { input: price.input * 2.0, output: price.output * 2.0, cached_input: None, ..price };
    terms[1] = Terms { price: terms[1].price.clone().map(double), replaced: true, ..Terms::default() };
    let after = at(&run, &terms, 1000.0).models[1].clone();
    let (one, two) = (before.cost_per_request_usd.unwrap(), after.cost_per_request_usd.unwrap());
    assert!((two / one - 2.0).abs() < 1e-9, "{one} {two}");
    let mut untold = run.clone();
    untold.records.last_mut().unwrap().usage.output_tokens = None;
    let untold = at(&untold, &terms, 1000.0).models[1].clone();
    assert_eq!((untold.basis, untold.cost_per_request_usd), (Basis::Unknown, None));
}

#[test]
fn curves_rise_and_break_even_lies_between_cheaper_and_dearer() {
    let run = measured();
    let terms = terms(&run, Hosting { care_hours: 0.0, ..hosting(Rate::Stated(9.0.into()), MACHINE) });
    let report = at(&run, &terms, 1000.0);
    let crossing = report.break_even[0].with_care.unwrap();
    assert_eq!(report.break_even[0].without_care, Some(crossing));
    let months = |volume: f64| {
        let models = at(&run, &terms, volume).models;
        [0, 1].map(|model| models[model].at[0].cost_per_month_usd.unwrap())
    };
    let from = crossing.cheaper_from.requests_per_day;
    let ([before, line], [after, dearer_line]) = (months(from * 0.999), months(from * 1.001));
    assert!(before >= line && after < dearer_line, "{from}");
    let own = report.break_even[0].sensitivity.iter().find(|at| at.target_utilization == 0.5).unwrap();
    assert_eq!(own.break_even[1].cheaper_from_requests_per_day, Some(from));
    let mut last = [0.0, 0.0];
    for volume in [1.0, 1e3, 5e4, 3e5, 1e6, 1e8] {
        let now = months(volume);
        assert!(now[0] >= last[0] && now[1] >= last[1]);
        last = now;
    }
}

#[test]
fn what_cannot_be_asked() {
    let run = measured();
    let terms = terms(&run, hosting(Rate::Measured, MACHINE));
    let task = Question { tasks: vec!["tirage".into()], ..question(1.0) };
    let known = "triage, fields, answers, actions".to_string();
    assert_eq!(cost(&run, &terms, &task), Err(NoCost::Task { task: "tirage".into(), known }));
    let mut untold = run.clone();
    untold.records.iter_mut().for_each(|record| record.usage.output_tokens = None);
    let tokens = Question { volume: Some(Volume::Tokens(8e6)), ..question(1.0) };
    assert_eq!(cost(&untold, &terms, &tokens), Err(NoCost::Tokens));
}

#[test]
fn nothing_is_wider_than_the_terminal_and_hostile_names_are_inert() {
    let mut run = measured();
    run.manifest.models[0].name = HOSTILE.into();
    for record in run.records.iter_mut().filter(|record| record.model == super::fixture::SMALL) {
        record.model = HOSTILE.into();
    }
    let question = Question { volume: None, ..question(1.0) };
    for rate in [Rate::Measured, Rate::Stated(9.0.into())] {
        let report = cost(&run, &terms(&run, hosting(rate, HOSTILE)), &question).unwrap();
        for width in [60, 80, 100, 160] {
            let text = cost_terminal(&report, Style { width, color: false });
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= width, "{widest} > {width}\n{text}");
            assert!(!text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text}");
        }
        let text = cost_markdown(&report);
        assert!(!text.contains("<script") && !text.contains('\u{1b}'), "{text}");
    }
}
