//! What the page shows of a comparison, and how it is built.

use super::{
    fixture::{LARGE, Run, SMALL, fail_call, html, markdown, one_model, summarize, with_reference, wrong},
    paired::{of, run, two_tasks},
};
use crate::{
    Verdict,
    finding::finding,
    format::{p_value, percent_interval, points, points_interval},
};
use eval_core::{Bar, Behaviour, DataPolicy, ModelInfo, ModelRole, Outcome, Record};

fn page(run: &Run) -> String {
    html(run, &summarize(run).unwrap()).unwrap()
}

/// Two candidates against one reference.
fn two_candidates() -> Run {
    let mut run = with_reference();
    let other = "phi-4-mini".to_string();
    run.manifest.models.insert(1, ModelInfo { name: other.clone(), ..run.manifest.models[0].clone() });
    let again = of(&mut run, SMALL).map(|record| Record { model: other.clone(), ..record.clone() });
    let again: Vec<Record> = again.collect();
    run.records.extend(again);
    run
}

fn found(run: &Run) -> (Verdict, String) {
    let summary = summarize(run).unwrap();
    let (task, row) = (&summary.tasks[0], &summary.tasks[0].comparisons[0]);
    (row.verdict, finding(&task.task, row, Some(&task.models[0])))
}

#[test]
fn the_picture_shows_the_numbers_of_the_summary() {
    let run = with_reference();
    let (page, summary) = (page(&run), summarize(&run).unwrap());
    for task in &summary.tasks {
        let row = &task.comparisons[0];
        let sides = [
            ("right answers", row.difference, row.interval),
            ("confident wrong answers", row.wrong_answers.difference, row.wrong_answers.interval),
        ];
        for (name, difference, interval) in sides {
            let (difference, interval) = (points(difference), points_interval(interval));
            assert!(!interval.is_empty());
            let label = format!("aria-label=\"{}, {name}: {difference} {interval}, ", task.task);
            // On the first screen, and in the task.
            assert_eq!(page.matches(&label).count(), 2, "{label}");
            assert!(
                page.contains(&format!("<td class=\"n\">{difference}</td><td class=\"iv\">{interval}</td>")),
                "{difference}"
            );
        }
    }
}

#[test]
fn each_verdict_has_its_finding_in_words() {
    use Verdict::{GoodEnough, Invalid, NeedMoreData, NotGoodEnough};
    assert_eq!(
        found(&run([430, 5, 15, 50])),
        (GoodEnough, "triage loses 2 points, inside the margin of 5 points".into())
    );
    assert_eq!(
        found(&run([430, 10, 4, 56])),
        (GoodEnough, "triage gains 1.2 points; a loss of 5 points is ruled out".into())
    );
    assert_eq!(found(&run([450, 0, 0, 50])), (GoodEnough, "triage is level; a loss of 5 points is ruled out".into()));
    assert_eq!(
        found(&run([300, 5, 160, 35])),
        (NotGoodEnough, "triage loses 31 points, past the margin of 5 points".into())
    );
    let (verdict, words) = found(&run([80, 4, 6, 10]));
    assert_eq!(verdict, NeedMoreData);
    assert!(words.starts_with("triage loses 2 points, and a loss of 5 points is not ruled out; "), "{words}");
    assert!(words.ends_with(" more cases would decide"), "{words}");

    let mut answering = run([400, 0, 0, 100]);
    let wrong_ones = of(&mut answering, SMALL).filter(|record| record.correct == Some(false));
    wrong_ones.for_each(|record| record.behaviour = Some(Behaviour::Answered));
    let words = "triage is confidently wrong 20 points more often, past the margin of 5 points";
    assert_eq!(found(&answering), (NotGoodEnough, words.into()));

    let mut missing = run([430, 20, 20, 30]);
    missing.manifest.tasks[0].bars.insert("accuracy".into(), Bar { min: Some(0.95), max: None });
    let words = "triage is level, and smollm2-135m misses the bar of accuracy";
    assert_eq!(found(&missing), (NotGoodEnough, words.into()));

    assert_eq!(
        found(&run([5, 5, 5, 485])),
        (Invalid, "triage says nothing: the reference gpt-4o-mini is no yardstick".into())
    );
}

#[test]
fn the_advice_is_what_the_evidence_allows() {
    let advice = |run: &Run| summarize(run).unwrap().verdicts[0].recommendation.clone().unwrap();
    let none = "The reference gpt-4o-mini is no yardstick on triage and tone: compare with one that is right more often, or \
                judge by the bars alone.";
    assert_eq!(advice(&two_tasks([5, 5, 5, 485], [6, 5, 6, 483])), none);
    let mixed = advice(&two_tasks([480, 5, 5, 10], [5, 5, 5, 485]));
    assert!(
        mixed.starts_with("Move triage to smollm2-135m; the reference gpt-4o-mini is no yardstick on tone: "),
        "{mixed}"
    );

    let open = two_tasks([480, 5, 5, 10], [80, 4, 6, 10]);
    let row = &summarize(&open).unwrap().tasks[1].comparisons[0];
    let more = row.cases_needed.unwrap() - row.cases;
    let words = format!("Move triage to smollm2-135m; keep tone on gpt-4o-mini; {more} more cases would decide tone.");
    assert_eq!(advice(&open), words);
    assert!(page(&open).contains(&words) && page(&open).contains("In part: not every task is decided."));

    let mut failing = run([480, 5, 5, 10]);
    of(&mut failing, LARGE).take(100).for_each(|record| fail_call(record, "engine", "it fell over"));
    assert_eq!(advice(&failing), "Too many calls of gpt-4o-mini failed on triage: mend that and run it again.");
}

/// The pages that the checks of structure go over.
fn pages() -> Vec<String> {
    let mut tagged = with_reference();
    tagged.records.iter_mut().for_each(|record| record.tags = vec!["short".into()]);
    [one_model(), tagged, two_candidates()].iter().map(page).collect()
}

#[test]
fn headings_skip_no_level_and_there_is_one_title() {
    for page in pages() {
        let levels: Vec<u8> =
            page.match_indices("<h").filter_map(|(at, _)| page[at + 2..].bytes().next()?.checked_sub(b'0')).collect();
        let levels: Vec<u8> = levels.into_iter().filter(|level| (1..=6).contains(level)).collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
        assert_eq!(levels[0], 1);
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    }
}

#[test]
fn tables_have_captions_pictures_words_and_links_a_target() {
    for page in pages() {
        for table in page.split("<table").skip(1) {
            let table = table.split("</table>").next().unwrap();
            assert!(table.contains("<caption>") && table.contains("scope=\"col\""), "{table}");
        }
        // Marks within a picture are drawn by one of their own.
        let pictures = page.split("<svg class=\"").skip(1).map(|svg| svg.split('>').next().unwrap());
        for picture in pictures {
            let told = picture.contains("role=\"img\" aria-label=\"") || picture.contains("aria-hidden=\"true\"");
            assert!(told, "{picture}");
        }
        for link in page.split("href=\"#").skip(1) {
            let target = link.split('"').next().unwrap();
            assert_eq!(page.matches(&format!(" id=\"{target}\"")).count(), 1, "{target}");
        }
        for figure in page.split("<figure").skip(1) {
            assert!(figure.split("</figure>").next().unwrap().contains("<figcaption>"), "{figure}");
        }
    }
}

#[test]
fn labels_of_all_models_stand_in_one_table_with_the_difference() {
    let run = with_reference();
    let summary = summarize(&run).unwrap();
    let page = page(&run);
    let [ours, theirs] = [0, 1].map(|model| &summary.tasks[0].models[model].labels[0]);
    assert_eq!(ours.label, theirs.label);
    let change = points(Some(ours.f1.unwrap() - theirs.f1.unwrap()));
    let row = page.split(&format!("<th scope=\"row\">{}</th>", ours.label)).find(|rest| rest.contains(&change));
    let cells = row.unwrap().split("</tr>").next().unwrap();
    assert_eq!(cells.matches("<td").count(), 1 + 3 + 3 + 1, "cases, three shares of each model, the difference");
}

#[test]
fn slices_are_shown_from_thirty_pairs_on() {
    let mut run = run([400, 20, 40, 40]);
    for record in &mut run.records {
        let number: usize = record.case.trim_start_matches("t-").parse().unwrap();
        record.tags.push(if number < 29 { "rare" } else { "common" }.into());
    }
    let page = page(&run);
    assert!(page.contains("<th scope=\"row\">common</th><td class=\"n\">471</td>"));
    assert!(!page.contains("<th scope=\"row\">rare</th>"));
    assert!(page.contains("Of 2 slices that were looked at in all tasks, those of 10"));
    assert!(page.contains("gpt-4o-mini, with 90% intervals. Of 2 slices"));
}

#[test]
fn where_data_stay_private_no_scorer_and_no_error_quotes_an_answer() {
    let secret = "the customer's pin is 4711";
    let mut run = one_model();
    let record = run.records.iter_mut().find(|record| record.task == "triage").unwrap();
    wrong(record, Behaviour::Answered, "odd");
    record.outcome = Outcome::Scored;
    record.scores.insert("tone".into(), None);
    record.unscored.insert("tone".into(), secret.into());
    let record = run.records.iter_mut().find(|record| record.task == "fields").unwrap();
    fail_call(record, "server", &format!("refused: {secret}"));
    assert!(page(&run).contains(&format!("answers unscored: {}", secret.replace('\'', "&#x27;"))));
    assert!(page(&run).contains("refused: the customer"));
    run.manifest.suite.data_policy = DataPolicy::LocalOnly;
    let summary = super::fixture::summarize(&run).unwrap();
    let (_dir, read) = run.read().unwrap();
    let junit = crate::junit(&read, &summary).unwrap();
    for text in [page(&run), super::fixture::markdown(&run, &summary), crate::json(&summary), junit] {
        assert!(!text.contains("pin is 4711") && text.contains("unscored"), "{text}");
    }
}

#[test]
fn what_a_sceptic_asks_first_stands_first() {
    let mut run = with_reference();
    run.manifest.models[1].details = serde_json::json!({"sha256": "of the recording", "recorded": {
        "details": {"sha256": "of the weights", "licence": "MIT", "stored_as": ["Q4K", "F32"]}}});
    run.manifest.models[1].role = ModelRole::Reference;
    run.records[0].cached = true;
    let page = page(&run);
    for fact in [
        ("weights, sha256", "of the weights"),
        ("licence", "MIT"),
        ("quantisation", "Q4K, F32"),
        ("price", "input $0.15, cached input $0.075, output $0.60 per million tokens, as of 2026-11-01"),
        ("from a cache", "1 (0.6%)"),
        ("recorded · details · licence", "MIT"),
    ] {
        assert!(page.contains(&format!("<dt>{}</dt><dd>{}</dd>", fact.0, fact.1)), "{fact:?}");
    }
    for source in ["Tango, Statistics in Medicine 17 (1998)", "Wilson, JASA 22 (1927)", "Holm, Scandinavian"] {
        assert!(page.contains(source), "{source}");
    }
}

#[test]
fn intervals_are_named_by_what_a_look_may_spend() {
    let mut run = with_reference();
    assert!(page(&run).contains("the line its 90% interval (each end is one-sided at 0.05)"));
    run.manifest.selection = eval_core::Selection { sample: Some(40), ..Default::default() };
    run.manifest.tasks.iter_mut().for_each(|task| task.cases_in_suite = task.cases * 4);
    let page = page(&run);
    assert!(
        page.contains("its 99.") && page.contains("less than 0.0001"),
        "{}",
        page.split("The mark is").nth(1).unwrap()
    );
    assert!(!page.contains("with 90% intervals; the margin"));
    // A bar of the candidate is held to what the look may spend, and the table says by which limits.
    let row = &summarize(&run).unwrap().tasks[0].models[0];
    let bar = &row.bar_results[0];
    assert!(bar.level > 0.99 && bar.interval != row.intervals["accuracy"]);
    let limits = percent_interval(bar.interval);
    assert!(page.contains(&format!("accuracy at least 60%: open, by {limits}")), "{limits}");
    assert!(page.contains(&format!("<small>{limits}</small>")), "beside what is drawn");
    assert!(page.contains("smollm2-135m is judged by intervals of 99."));
    assert!(page.contains("the bars of a reference have intervals of 90%."));
    assert!(!page.contains("the band its 90% interval"));
    let text = markdown(&run, &summarize(&run).unwrap());
    assert!(text.contains("\nsmollm2-135m is judged by intervals of 99."), "{text}");
}

#[test]
fn what_holds_alone_and_not_among_all_is_no_full_pass() {
    let run = with_reference();
    let mut summary = super::fixture::summarize(&run).unwrap();
    let mut shown = |may_move: bool| {
        let row = &mut summary.tasks[0].comparisons[0];
        (row.verdict, row.may_move) = (crate::Verdict::GoodEnough, may_move);
        super::fixture::html(&run, &summary).unwrap()
    };
    let (before, after) = (shown(true), shown(false));
    let words = "triage may not move all the same";
    assert!(after.contains("good enough alone") && after.contains(words));
    assert!(!before.contains("good enough alone") && !before.contains(words));
}

#[test]
fn where_cases_belong_together_the_page_names_what_decides() {
    let plain = run([430, 20, 30, 20]);
    let mut grouped = run([430, 20, 30, 20]);
    grouped.records.iter_mut().for_each(|record| {
        let number: usize = record.case.trim_start_matches("t-").parse().unwrap();
        record.cluster = Some(format!("thread-{}", number / 5));
    });
    let (plain, grouped) = (page(&plain), page(&grouped));
    assert!(plain.contains("where Tango&#x27;s score interval rules out"));
    assert!(plain.contains("<dt>Newcombe&#x27;s interval"));
    assert!(!plain.contains("<dt>Independent units</dt>"));
    assert!(grouped.contains("where the cluster-robust interval rules out"));
    assert!(grouped.contains("<dt>Independent units</dt><dd>100</dd>"));
    assert!(grouped.contains("Here the 500 cases of triage form 100 independent units."));
    assert!(!grouped.contains("Newcombe") && !grouped.contains("McNemar"), "neither knows of clusters");
}

#[test]
fn both_halves_of_the_alarm_are_shown() {
    let run = run([430, 20, 30, 20]);
    let row = summarize(&run).unwrap().tasks[0].comparisons[0].clone();
    let page = page(&run);
    for (name, p) in [("fewer right", row.p_regression), ("more confident wrong", row.p_more_wrong)] {
        let p = p_value(p);
        assert!(page.contains(&format!("<dt>Alarm, p of {name} answers</dt><dd>{p}</dd>")), "{name}: {p}");
    }
}

#[test]
fn differences_and_their_margin_are_points_and_never_percent() {
    let mut run = with_reference();
    run.manifest.suite.decision.margin = 0.0333;
    let page = page(&run);
    assert!(page.contains("<dt>Margin</dt><dd>3.3 points</dd>"));
    assert!(page.contains("rules out a loss of 3.3 points in right answers"));
    assert!(page.contains("margin 3.3 points (0.0333 as a share), one-sided alpha 0.05"));
    assert!(!page.contains("margin of 3.3%") && !page.contains("margin 3.33%"));
}
