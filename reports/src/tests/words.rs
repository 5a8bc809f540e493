//! What the page says, in words: every sentence must be a right one.

use super::{
    fixture::{LARGE, Run, SMALL, fail_call, html, one_model, summarize, with_reference, wrong},
    paired::{ask_again, of, run, two_tasks},
};
use eval_core::{Bar, Behaviour, ModelInfo, Record};

fn page(run: &Run) -> String {
    html(run, &summarize(run).unwrap()).unwrap()
}

#[test]
fn a_model_is_named_by_its_weights_and_never_by_the_size_or_digest_of_a_part() {
    let mut run = with_reference();
    run.manifest.models[1].settings = serde_json::json!({"recorded": "qwen"});
    run.manifest.models[1].details = serde_json::json!({"sha256": "of the recording", "recorded": {
        "model": "as it was called", "settings": {"weights": "qwen2.5"},
        "details": {"name": "Qwen 2.5", "sha256": "of the weights", "gpu": {"name": "a card"},
            "adapter": {"sha256": "of the adapter"}, "memory": {"weights": 709_144_064, "caches": 4}}}});
    let page = page(&run);
    assert!(page.contains("<dt>model</dt><dd>qwen2.5</dd>"), "the weights");
    assert!(page.contains("<dt>weights, sha256</dt><dd>of the weights</dd>"), "their digest");
}

#[test]
fn how_a_model_stands_is_a_sentence_whatever_is_met_missed_or_open() {
    let with_bars = |bars: [f64; 4]| {
        let mut run = one_model();
        for (task, min) in run.manifest.tasks.iter_mut().zip(bars) {
            task.bars.insert("accuracy".into(), Bar { min: Some(min), max: None });
        }
        let page = page(&run);
        let caption = page.split(" Share of right answers, in percent.").next().unwrap();
        caption.rsplit("<figcaption>").next().unwrap().to_string()
    };
    // Right are 60, 30, 77.5 and 20 percent of 40 cases.
    assert_eq!(
        with_bars([0.6, 0.3, 0.8, 0.2]),
        format!("{SMALL} leaves the bars of triage, fields, answers and actions open.")
    );
    assert_eq!(
        with_bars([0.1, 0.9, 0.1, 0.2]),
        format!(
            "{SMALL} meets the bars of triage and answers, misses the bars of fields, and leaves the bars of actions open."
        )
    );
    assert_eq!(
        with_bars([0.1, 0.9, 0.1, 0.9]),
        format!("{SMALL} meets the bars of triage and answers, and misses the bars of fields and actions.")
    );
    assert_eq!(
        with_bars([0.1, 0.1, 0.1, 0.05]),
        format!("{SMALL} meets the bars of triage, fields, answers and actions.")
    );
}

#[test]
fn with_repeats_the_table_counts_answers_and_says_so() {
    let mut run = run([40, 2, 4, 4]);
    assert!(page(&run).contains("<caption>Rates, errors and cost in numbers</caption>"));
    assert!(page(&run).contains("<td class=\"n\">42 of 50</td>"));
    ask_again(&mut run);
    wrong(&mut run.records[0], Behaviour::Answered, "not this time");
    let page = page(&run);
    assert!(page.contains("right, wrong, broken and errors are counted in answers"));
    assert!(page.contains("<td class=\"n\">83 of 100</td>") && !page.contains("— of"), "{page}");
    for (name, share) in [("right at least once in 2", "84.0%"), ("right every time in 2", "82.0%")] {
        let row = page.split(&format!("<th scope=\"row\">{name}</th>")).nth(1).unwrap();
        assert!(row.starts_with(&format!("<td class=\"n\">{share} ")), "{name}: {row:.80}");
    }
}

#[test]
fn what_would_decide_is_not_read_as_a_number_of_a_task() {
    let both = two_tasks([160, 8, 12, 20], [80, 4, 6, 10]);
    let words = summarize(&both).unwrap().verdicts[0].recommendation.clone().unwrap();
    let numbers = words.split("; ").last().unwrap();
    let plain: Vec<&str> = numbers.split(' ').filter(|word| !word.starts_with(char::is_numeric)).collect();
    assert_eq!(plain.join(" "), "more cases would decide triage, and more would decide tone.", "{words}");
}

#[test]
fn one_case_is_one_case() {
    let page = page(&run([1, 0, 0, 0]));
    assert!(page.contains("<small>classification, 1 case</small>"));
}

#[test]
fn what_stands_between_backticks_is_code_and_nothing_is_markup() {
    let mut run = with_reference();
    run.notes = vec!["set `a < b` in `eval.toml`, and ``` stays".into()];
    run.manifest.models.iter_mut().for_each(|model| (model.price, model.hosting) = (None, None));
    run.records.iter_mut().for_each(|record| record.cost_usd = None);
    let (page, notes) = (page(&run), "set <code>a &lt; b</code> in <code>eval.toml</code>, and ``` stays");
    assert!(page.contains(&format!("<p class=\"notice\">{notes}</p>")));
    assert!(page.matches("give it <code>price</code> or <code>hosting</code> in eval.toml").count() > 1);
    assert!(!page.contains("`price`"));
    let markdown = super::fixture::markdown(&run, &summarize(&run).unwrap());
    assert!(markdown.contains("\\`eval.toml\\`"));
}

#[test]
fn a_model_by_itself_has_something_to_do() {
    let mut run = one_model();
    for (task, min) in run.manifest.tasks.iter_mut().zip([0.1, 0.9, 0.8, 0.2]) {
        task.bars.insert("accuracy".into(), Bar { min: Some(min), max: None });
    }
    run.manifest.tasks[3].bars.clear();
    let advice = |run: &Run| {
        let page = page(run);
        let advice = page.split("<p class=\"advice\">").nth(1).unwrap();
        advice.split("</p>").next().unwrap().to_string()
    };
    let no_bar = "actions has no bar and nothing to compare with: give it a bar in <code>suite.toml</code> or name the \
                  model to replace with <code>--reference MODEL</code>.";
    assert_eq!(
        advice(&run),
        format!(
            "Use {SMALL} for triage: it meets the bars. Do not use {SMALL} for fields: it misses the bars. How many \
             cases would decide answers is not known: the reasons below say why. {no_bar}"
        )
    );
    run.manifest.tasks[2].bars.insert("accuracy".into(), Bar { min: Some(0.7), max: None });
    let needed = summarize(&run).unwrap().tasks[2].models[0].cases_needed.unwrap();
    assert!(advice(&run).contains(&format!(" {} more cases would decide answers. ", needed - 40)), "{}", advice(&run));
    run.records.iter_mut().filter(|record| record.task == "triage").for_each(|record| {
        fail_call(record, "engine", "it fell over");
    });
    assert!(advice(&run).contains("The evidence on triage is invalid: mend what the reasons name and run it again."));
    run.manifest.tasks.iter_mut().for_each(|task| task.bars.clear());
    assert!(
        advice(&run).contains("fields, answers and actions have no bar and nothing to compare with: give them a bar")
    );
}

#[test]
fn several_verdicts_are_headed_by_their_candidates() {
    let mut run = with_reference();
    let head = "<span class=\"sign\" aria-hidden=\"true\">✗</span>";
    assert!(page(&run).contains(&format!("{head}No.")));
    run.manifest.models.insert(1, ModelInfo { name: "phi-4-mini".into(), ..run.manifest.models[0].clone() });
    let again: Vec<Record> = of(&mut run, SMALL).map(|r| Record { model: "phi-4-mini".into(), ..r.clone() }).collect();
    run.records.extend(again);
    let page = page(&run);
    assert!(page.contains(&format!("{head}{SMALL}: No.")) && page.contains(&format!("{head}phi-4-mini: No.")));
}

#[test]
fn the_captions_of_latency_and_of_one_models_cost_say_what_was_found() {
    let mut run = run([40, 0, 0, 0]);
    let ms = |model: &str| if model == LARGE { 200.0 } else { 500.0 };
    run.records.iter_mut().for_each(|record| record.latency_ms = Some(ms(&record.model)));
    let words = format!("{SMALL} takes 2.5 times as long as {LARGE} at the median: 500 ms against 200 ms.");
    assert!(page(&run).contains(&format!(
        "<figcaption>{words} One answer in twenty takes over 500 ms with {SMALL} and over 200 ms with {LARGE}."
    )));
    run.records.iter_mut().for_each(|record| record.latency_ms = Some(200.0));
    assert!(page(&run).contains(&format!("<figcaption>At the median {SMALL} and {LARGE} take 200 ms. One answer ")));
    run.manifest.models.remove(0);
    run.records.retain(|record| record.model == LARGE);
    let page = page(&run);
    assert!(page.contains(&format!(
        "<figcaption>{LARGE} answers in 200 ms at the median; one answer in twenty takes over 200 ms."
    )));
    assert!(page.contains(&format!("<figcaption><strong>At 10,000 requests a day {LARGE} costs $")), "the months");
}

#[test]
fn every_share_says_of_what_it_is() {
    let mut run = with_reference();
    let failing = of(&mut run, SMALL).find(|record| record.task == "fields").unwrap();
    fail_call(failing, "engine", "it fell over");
    failing.fields.clear();
    let summary = summarize(&run).unwrap();
    let row = &summary.tasks[1].models[0];
    assert_eq!((row.breakdown.failed_calls, row.breakdown.records), (1, 40));
    let page = page(&run);
    // A failed call is among the requests, and has no values.
    assert!(page.contains(&format!("{SMALL} is confidently wrong in ")) && page.contains("% of 40 requests, declines"));
    let fields = page.split("<h3>Fields</h3>").nth(1).unwrap().split("</caption>").next().unwrap();
    let words = "Values are those that the texts hold, over the answers that were scored; where models differ in that, \
                 theirs stand one after the other.";
    assert!(fields.ends_with(words), "{fields}");
    assert!(page.contains("<th scope=\"col\" class=\"n\">broken, failed, not asked</th>"));
}
