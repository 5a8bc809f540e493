//! The cases in a page, and served: which there are, what they hold, and what they never hold.

use super::fixture::{HOSTILE, LARGE, Run, SMALL, one_model, record, with_reference, wrong};
use crate::{CasesIn, Explorer, summarize};
use base64::{Engine, engine::general_purpose::STANDARD};
use eval_core::{Arguments, Behaviour, DataPolicy, Outcome, ToolCall};
use flate2::read::DeflateDecoder;
use serde_json::{Value, json};
use std::io::Read;

/// The page of a run.
fn page(run: &Run, redact: bool) -> String {
    let (_dir, mut run) = run.read().unwrap();
    run.redact |= redact;
    crate::html(&run, &summarize(&run).unwrap(), CasesIn::Page).unwrap()
}

/// What a page carries: its index and its blocks, as its script opens them.
fn carried(page: &str) -> (String, Vec<String>) {
    let opened = |packed: &str| {
        let bytes = STANDARD.decode(packed.trim()).unwrap();
        let mut text = String::new();
        DeflateDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
        text
    };
    let all = |start: &str| {
        let parts = page.split(start).skip(1).map(|part| part.split("</template>").next().unwrap());
        parts.map(opened).collect::<Vec<_>>()
    };
    (all("<template id=\"case-index\">").remove(0), all("<template class=\"case-block\">"))
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn explorer(run: &Run, redact: bool) -> (tempfile::TempDir, Explorer) {
    let (dir, mut run) = run.read().unwrap();
    run.redact |= redact;
    let explorer = Explorer::new(&run).unwrap();
    (dir, explorer)
}

/// All cases of an explorer, whole.
fn cases(explorer: &Explorer) -> Vec<Value> {
    let blocks = (0..).map_while(|number| explorer.block(number).unwrap());
    blocks.flat_map(|block| parsed(&block)["cases"].as_array().unwrap().clone()).collect()
}

#[test]
fn a_small_page_carries_every_case_where_its_index_says() {
    let (index, blocks) = carried(&page(&with_reference(), false));
    let (index, blocks) = (parsed(&index), blocks.iter().map(|block| parsed(block)).collect::<Vec<_>>());
    let ids = index["ids"].as_array().unwrap();
    assert_eq!((ids.len(), blocks.len(), index["carried"].clone()), (160, 3, Value::Null));
    for (number, id) in ids.iter().enumerate() {
        let place = |column: &str| index[column][number].as_u64().unwrap() as usize;
        let case = &blocks[place("block")]["cases"][place("slot")];
        assert_eq!((&case["case"], &case["task"]), (id, &index["task_of"][number]));
        assert_eq!(case["answers"].as_array().unwrap().len(), 2);
        for (model, answer) in case["answers"].as_array().unwrap().iter().enumerate() {
            let fate = &index["outcomes"][model].as_str().unwrap()[number..=number];
            assert_eq!(answer["fate"].to_string(), fate);
        }
    }
    // The instruction of a task once a block, and not once a case.
    let text = serde_json::to_string(&blocks[0]).unwrap();
    assert_eq!(text.matches("You sort the mail of a shop").count(), 1);
}

#[test]
fn cases_on_which_the_models_differ_come_first() {
    let (_dir, explorer) = explorer(&with_reference(), false);
    let index = parsed(&explorer.index("v").unwrap());
    let right = |model: usize| index["outcomes"][model].as_str().unwrap().chars().map(|c| c <= '1').collect::<Vec<_>>();
    let kind = |(ours, theirs): (bool, bool)| if ours != theirs { 0 } else { 1 + i32::from(ours) };
    let kinds: Vec<i32> = right(0).into_iter().zip(right(1)).map(kind).collect();
    assert!(kinds.is_sorted() && [0, 1, 2].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    assert_eq!(cases(&explorer).len(), 160);
    assert_eq!(explorer.block(2).unwrap(), None);
    assert_eq!(explorer.block(usize::MAX).unwrap(), None);
}

#[test]
fn a_redacted_page_holds_no_word_of_a_prompt_or_an_output() {
    let mut run = with_reference();
    let secret = "a word that stays";
    for record in &mut run.records {
        record.reasoning = Some(secret.into());
        record.unsupported = vec![secret.into()];
        record.note = record.note.as_ref().map(|_| secret.into());
        record.tool_calls.push(ToolCall { name: secret.into(), arguments: Arguments::Raw(secret.into()) });
        record.tags = vec!["a-slice".into()];
    }
    let mut private = run.clone();
    private.manifest.suite.data_policy = DataPolicy::LocalOnly;
    for (page, says) in [(page(&run, true), "Prompts, passages"), (page(&private, false), "data policy is local-only")]
    {
        let (index, blocks) = carried(&page);
        let text = [index, blocks.concat()].concat();
        for word in
            [secret, "handed over at 14:10", "You sort the mail", "FM-310", "three years", "8,412 tokens", "thirty"]
        {
            assert!(!text.contains(word) && !page.contains(word), "{word}");
        }
        for word in ["t-000", "a-slice", "context_length", "accuracy"] {
            assert!(text.contains(word), "{word}");
        }
        assert!(page.contains(says));
    }
    // Nor does a search tell of it.
    let (_dir, explorer) = explorer(&run, true);
    assert_eq!(explorer.search("mail", || true).unwrap(), Vec::<u32>::new());
    assert_eq!(explorer.search("T-003", || true).unwrap().len(), 1);
}

#[test]
fn what_a_model_wrote_comes_back_as_it_was_and_is_no_markup_on_the_way() {
    let mut run = one_model();
    let hostile = format!("{HOSTILE} </template></script><script>alert(1)</script> [a](javascript:alert(1))");
    for record in &mut run.records {
        record.text = hostile.clone();
        record.case = format!("{hostile} {}", record.case);
        record.tags = vec![hostile.clone()];
        record.expected = json!({ &hostile: hostile });
    }
    let page = page(&run, false);
    assert_eq!((page.matches("<script").count(), page.matches("</script").count()), (1, 1));
    assert!(!page.contains("alert(1)"));
    let (index, blocks) = carried(&page);
    assert_eq!(parsed(&index)["tags"][0][0], hostile.as_str());
    let case = &parsed(&blocks[0])["cases"][0];
    assert_eq!((&case["answers"][0]["text"], &case["expected"][&hostile]), (&json!(hostile), &json!(hostile)));
}

#[test]
fn an_endless_text_is_cut_and_what_is_left_out_is_counted() {
    let mut run = one_model();
    run.records[0].text = "x".repeat(10_000_000);
    run.records[1].expected = json!({ "list": vec!["y"; 50_000] });
    let (_dir, explorer) = explorer(&run, false);
    let cases = cases(&explorer);
    let case = |id: &str| cases.iter().find(|case| case["case"] == id).unwrap();
    let text = case("t-000")["answers"][0]["text"].as_str().unwrap();
    assert!(text.ends_with("x\n… and 9,980,000 characters more, in records.jsonl"));
    let expected = case("t-001")["expected"].as_str().unwrap();
    assert!(expected.starts_with("{\"list\":[\"y\"") && expected.contains("characters more"));
}

#[test]
fn two_runs_stand_side_by_side_case_by_case() {
    let both = with_reference();
    let of = |model: &str| Run {
        records: both.records.iter().filter(|record| record.model == model).cloned().collect(),
        ..both.clone()
    };
    let (ours, mut theirs) = (of(SMALL), of(LARGE));
    theirs.manifest.id = "20261120-090000-k3f9".into();
    theirs.records.iter_mut().for_each(|record| record.case = format!("old-{}", record.case));
    // Another order, and a model of the same name.
    theirs.records.reverse();
    theirs.records.iter_mut().for_each(|record| record.model = SMALL.into());
    theirs.manifest.models = vec![theirs.manifest.models[0].clone()];
    let ((_a, ours), (_b, theirs)) = (ours.read().unwrap(), theirs.read().unwrap());
    let joined = crate::join(ours, Some(SMALL), theirs, None).unwrap();
    let (_dir, alone) = explorer(&both, false);
    let (joined, alone) = (cases(&Explorer::new(&joined).unwrap()), cases(&alone));
    let answers = |cases: &[Value]| {
        let mut shown: Vec<_> = cases.iter().map(|case| (case["case"].to_string(), case["answers"].clone())).collect();
        shown.sort_by(|a, b| a.0.cmp(&b.0));
        shown
    };
    assert_eq!(answers(&joined), answers(&alone));
}

/// As the comparison pairs them, which knows ids by their hashes.
#[test]
fn cases_of_one_content_are_paired_as_they_are_compared() {
    let mut run = with_reference();
    let content = run.records[0].case_hash.clone();
    run.records.retain(|record| record.task == "triage" && record.case.as_str() < "t-020");
    for (i, record) in run.records.iter_mut().enumerate() {
        record.case_hash.clone_from(&content);
        record.correct = Some(i % 3 != 0);
        if record.model == LARGE {
            record.case = format!("old-{}", record.case);
        }
        record.text.clone_from(&record.case);
    }
    // What a model was not asked is paired with nothing.
    for place in [2, 25] {
        let record = &mut run.records[place];
        (record.outcome, record.correct, record.behaviour) = (Outcome::Skipped, None, None);
    }
    let (_dir, read) = run.read().unwrap();
    let evidence = &read.evidence[0];
    let name = |model: usize, place: usize| {
        let key = evidence[model].cases[place].key;
        let of = |record: &&eval_core::Record| crate::rows::CaseKey::new(&record.case, &record.case_hash) == Some(key);
        run.records.iter().find(of).unwrap().case.clone()
    };
    let pairs = crate::comparison::pairs::Pairs::new(&evidence[0], &evidence[1]).unwrap().places().unwrap();
    let compared: Vec<[String; 2]> = pairs.into_iter().map(|[ours, theirs]| [name(0, ours), name(1, theirs)]).collect();
    assert_eq!(compared.len(), 19);
    let text = |case: &Value, model: usize| case["answers"][model]["text"].as_str().unwrap_or_default().to_string();
    let cases = cases(&Explorer::new(&read).unwrap());
    let shown: Vec<[String; 2]> = cases.iter().map(|case| [0, 1].map(|model| text(case, model))).collect();
    for pair in compared {
        assert!(shown.contains(&pair), "{pair:?} of {shown:?}");
    }
}

#[test]
fn a_baseline_stands_beside_a_run_without_what_it_does_not_hold() {
    let both = with_reference();
    let (dir, run) = both.read().unwrap();
    let file = dir.path().join("baseline.json");
    let baseline = crate::baseline(&run, LARGE, true).unwrap();
    std::fs::write(&file, serde_json::to_string(&baseline).unwrap()).unwrap();
    let joined = crate::join(run, Some(SMALL), crate::read_baseline(&file).unwrap(), None).unwrap();
    let cases = cases(&Explorer::new(&joined).unwrap());
    assert_eq!(cases.len(), 160);
    let case = cases.iter().find(|case| case["case"] == "t-000").unwrap();
    assert_eq!(case["answers"].as_array().unwrap().len(), 2);
    assert!(case["prompt"].as_array().is_some_and(|turns| turns.len() == 2));
    assert_eq!(case["expected"], "billing");
}

#[test]
fn a_search_finds_words_wherever_a_case_holds_them() {
    let mut run = with_reference();
    run.records[3].reasoning = Some("Ein UNGEWÖHNLICHES Wort".into());
    let theirs = run.records.iter_mut().find(|r| r.model == LARGE && r.case == run_case(3)).unwrap();
    theirs.text = "and in the other output".into();
    let (_dir, explorer) = explorer(&run, false);
    let ids = |words: &str| {
        let index = parsed(&explorer.index("v").unwrap());
        let found = explorer.search(words, || true).unwrap().into_iter();
        found.map(|number| index["ids"][number as usize].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids("ungewöhnliches"), [run_case(3)]);
    assert_eq!(ids("ungewöhnliches other OUTPUT"), [run_case(3)]);
    assert_eq!(ids("ungewöhnliches nowhere"), Vec::<String>::new());
    // In the prompts of three tasks, and among what is expected.
    assert_eq!((ids("head torch").len(), ids("thirty days").len()), (24, 30));
    assert_eq!(ids("").len(), 160);
    // What every case of a task is told says nothing of one.
    assert_eq!(ids("queues").len(), 0);
}

#[test]
fn a_search_that_is_told_to_end_reads_no_further() {
    let (_dir, explorer) = explorer(&with_reference(), false);
    let looked = std::cell::Cell::new(0);
    let goes_on = || {
        looked.set(looked.get() + 1);
        looked.get() < 5
    };
    assert!(matches!(explorer.search("head torch", goes_on), Err(crate::ReportError::Ended)));
    assert_eq!(looked.get(), 5);
    assert_eq!(explorer.search("head torch", || true).unwrap().len(), 24);
}

fn run_case(i: usize) -> String {
    record("triage", SMALL, i).case
}

#[test]
fn cases_that_are_held_out_are_counted_and_nowhere_else() {
    let mut run = with_reference();
    // Marked in one record only, as when the case was held out while the run went on.
    run.records.iter_mut().filter(|r| r.case == "t-005").for_each(|r| r.case_hash = format!("{:032x}", 77));
    run.records[5].held_out = true;
    run.records[5].text = "a held-out secret".into();
    let (index, blocks) = carried(&page(&run, false));
    assert_eq!(parsed(&index)["held_out"], "1 case is held out: it is in the totals alone.");
    let text = [index, blocks.concat()].concat();
    assert!(!text.contains("t-005") && !text.contains("secret") && text.contains("t-006"));
    let (_dir, explorer) = explorer(&run, false);
    assert_eq!(explorer.search("secret", || true).unwrap(), Vec::<u32>::new());
    assert_eq!(explorer.search("t-005", || true).unwrap(), Vec::<u32>::new());
}

#[test]
fn cases_of_one_content_that_are_held_out_are_several() {
    let mut run = with_reference();
    for record in run.records.iter_mut().filter(|r| ["t-005", "t-006"].contains(&r.case.as_str())) {
        (record.case_hash, record.held_out) = (format!("{:032x}", 77), true);
    }
    let (index, _) = carried(&page(&run, false));
    assert_eq!(parsed(&index)["held_out"], "2 cases are held out: they are in the totals alone.");
}

#[test]
fn repeats_are_counted_and_those_that_differ_are_flagged() {
    let mut run = one_model();
    run.manifest.repeats = 3;
    run.records = (0..3).map(|repeat| eval_core::Record { repeat, ..record("triage", SMALL, 0) }).collect();
    wrong(&mut run.records[1], Behaviour::Broken, "not it");
    let (_dir, explorer) = explorer(&run, false);
    let index = parsed(&explorer.index("v").unwrap());
    assert_eq!((&index["right"], &index["asked"]), (&json!([[2]]), &json!([[3]])));
    assert_eq!(index["flags"][2], json!({"label": "repeats differ", "cases": [[0]]}));
    let fate = index["outcomes"][0].as_str().unwrap().parse::<usize>().unwrap();
    assert_eq!(index["fates"][fate]["word"], "broken");
}

/// A candidate that was asked three times, and a reference of another run that was asked once.
#[test]
fn each_model_has_its_own_repeats() {
    let mut ours = one_model();
    ours.manifest.repeats = 3;
    ours.records = (0..3).map(|repeat| eval_core::Record { repeat, ..record("triage", SMALL, 0) }).collect();
    let mut theirs = with_reference();
    theirs.manifest.id = "20261120-090000-k3f9".into();
    theirs.records = vec![record("triage", LARGE, 0)];
    let ((_a, ours), (_b, theirs)) = (ours.read().unwrap(), theirs.read().unwrap());
    let joined = crate::join(ours, Some(SMALL), theirs, Some(LARGE)).unwrap();
    let index = parsed(&Explorer::new(&joined).unwrap().index("v").unwrap());
    assert_eq!((&index["right"], &index["asked"]), (&json!([[3], [1]]), &json!([[3], [1]])));
    let page = crate::html(&joined, &summarize(&joined).unwrap(), CasesIn::Page).unwrap();
    let names = [&joined.manifest.models[0].name, &joined.manifest.models[1].name];
    let each = format!("{} 3 times, {} once", names[0], names[1]);
    assert!(page.contains(&format!("asked: {each}")) && page.contains(&format!("<dt>repeats</dt><dd>{each}</dd>")));
    assert!(!page.contains("each asked"));
    assert!(page.contains(&format!("{} is from the run 20261120-090000-k3f9;", names[1])));
    let style = crate::Style { width: 200, color: false };
    let shown = crate::terminal(&joined, &summarize(&joined).unwrap(), style);
    assert!(shown.contains(&format!("asked: {each}")), "{shown}");
}

#[test]
fn a_page_of_ten_thousand_records_stays_small() {
    let mut run = with_reference();
    run.manifest.tasks.truncate(1);
    let mut random = super::Random(7);
    let mut words = |n: usize| {
        let word = |_| format!("{:x}", (random.share() * 65_536.0) as u32);
        (0..n).map(word).collect::<Vec<_>>().join(" ")
    };
    run.records = (0..5_000)
        .flat_map(|i| {
            let mail = words(120);
            let mut pair = [record("triage", SMALL, i), record("triage", LARGE, i)];
            for record in &mut pair {
                record.prompt[1].content = mail.clone();
                record.text = words(20);
            }
            if i % 50 == 0 {
                wrong(&mut pair[0], Behaviour::Answered, "not it");
            }
            pair
        })
        .collect();
    let page = page(&run, false);
    assert!((2_000_000..3_000_000).contains(&page.len()), "{}", page.len());
    let (index, _) = carried(&page);
    let said = parsed(&index)["carried"].as_str().unwrap().to_string();
    assert!(said.contains("all 100 on which the models differ;"), "{said}");
    assert!(said.contains("of the 4,900 on which nothing is wrong, drawn by the run's seed"), "{said}");
    assert!(said.contains("eval view 20261121-103721-k3f9"), "{said}");
}

#[test]
fn the_policy_allows_the_page_s_one_script_and_a_served_page_its_own_server() {
    use sha2::{Digest, Sha256};
    let (_dir, run) = with_reference().read().unwrap();
    let summary = summarize(&run).unwrap();
    for (cases, connect) in [(CasesIn::Page, ""), (CasesIn::Served, "; connect-src 'self'")] {
        let page = crate::html(&run, &summary, cases).unwrap();
        let script = page.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
        let hash = STANDARD.encode(Sha256::digest(script.as_bytes()));
        let policy = format!(
            "default-src 'none'; script-src 'sha256-{hash}'; style-src 'unsafe-inline'; img-src data:{connect}; \
             base-uri 'none'; form-action 'none'"
        );
        assert!(page.contains(&format!("content=\"{policy}\"")), "{policy}");
        assert_eq!(page.contains("<template"), connect.is_empty());
        for way in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
            assert!(!script.contains(way), "{way}");
        }
    }
}
