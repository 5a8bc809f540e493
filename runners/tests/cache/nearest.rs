use crate::{file, key, prompt, response};
use eval_core::Prompt;
use eval_runners::cache::{Identity, Key, Nearest, Store};
use serde_json::json;
use std::path::Path;

/// A store with these prompts, bought on the first, second, … of the month.
fn bought(folder: &Path, prompts: &[Prompt]) -> Store {
    let store = Store::open(folder).unwrap();
    for (i, prompt) in prompts.iter().enumerate() {
        store.put(&key(prompt), &prompt.id, &response(""), None);
        store.flush();
        let day = format!("2026-11-{:02}T10:00:00.000000Z", i + 1);
        file(folder).execute("UPDATE answers SET created = ?1 WHERE rowid = ?2", (day, i as i64 + 1)).unwrap();
    }
    store
}

fn parts(nearest: &Nearest) -> Vec<&str> {
    nearest.differences.iter().map(|difference| difference.part.as_str()).collect()
}

#[test]
fn the_entry_with_the_fewest_differences_is_nearest() {
    let folder = tempfile::tempdir().unwrap();
    let mut asked = prompt("t-1", "Where is my parcel?");
    let mut long = asked.clone();
    long.max_output_tokens = 99;
    long.messages[0].content = "Sort this well.".into();
    let store = bought(folder.path(), &[asked.clone(), long]);
    asked.messages[0].content = "Sort this well.".into();
    let nearest = store.nearest(&key(&asked), &asked.id, None).unwrap().unwrap();
    assert_eq!((parts(&nearest), nearest.among), (vec!["max_output_tokens"], 2));
    let difference = &nearest.differences[0];
    assert_eq!((&difference.here, &difference.there), (&Some(json!(16)), &Some(json!(99))));
    assert!(!difference.is_text());

    let hot = json!({"protocol": "openai", "endpoint": "https://models.example/v1", "model": "small-1",
        "asking": {"temperature": 0.7, "seed": 3}});
    let nearest =
        store.nearest(&Key::new(&Identity::new(&hot), &prompt("t-1", "Where is my parcel?")), &asked.id, None);
    let nearest = nearest.unwrap().unwrap();
    assert_eq!(parts(&nearest), ["asking.seed", "asking.temperature", "asking.decode", "asking.extra"]);
    assert_eq!((&nearest.differences[0].there, &nearest.differences[2].here), (&None, &None));
}

#[test]
fn among_equals_the_same_case_is_nearest_and_then_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let asked = prompt("t-1", "Now?");
    let before = [prompt("t-1", "Then?"), prompt("t-1", "Here?"), prompt("t-2", "There?"), prompt("t-3", "Where?")];
    let store = bought(folder.path(), &before);
    let nearest = store.nearest(&key(&asked), &asked.id, None).unwrap().unwrap();
    assert_eq!((nearest.created.as_str(), nearest.same_case), ("2026-11-02T10:00:00.000000Z", true));
    assert_eq!(parts(&nearest), ["message 2 (user)"]);
    assert!(nearest.differences[0].is_text());

    let other = prompt("t-9", "Now?");
    let nearest = store.nearest(&key(&other), &other.id, None).unwrap().unwrap();
    assert_eq!((nearest.created.as_str(), nearest.same_case), ("2026-11-04T10:00:00.000000Z", false));
}

#[test]
fn of_an_entry_that_is_there_the_nearest_is_another_and_older_where_that_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, third] = ["Then?", "Now?", "Soon?"].map(|user| prompt("t-1", user));
    let store = bought(folder.path(), &[first.clone(), second.clone(), third]);
    let entry = store.get(&key(&second)).unwrap();
    let nearest = store.nearest(&key(&second), &second.id, None).unwrap().unwrap();
    assert_eq!(nearest.created, "2026-11-03T10:00:00.000000Z");
    let older = store.nearest(&key(&second), &second.id, Some(&entry.created)).unwrap().unwrap();
    assert_eq!((older.created.as_str(), older.among), ("2026-11-01T10:00:00.000000Z", 1));
    let oldest = store.get(&key(&first)).unwrap().created;
    assert_eq!(store.nearest(&key(&first), &first.id, Some(&oldest)).unwrap(), None);
}
