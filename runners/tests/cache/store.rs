use crate::{file, identity, key, prompt, response};
use eval_core::Usage;
use eval_runners::cache::{CacheError, FILE, Group, Identity, Key, Store, Which, clear};
use std::{
    path::Path,
    process::{Command, Stdio},
    thread,
};

/// Set in the processes that `two_processes_and_many_threads_write_at_once` starts.
const FOLDER: &str = "EVAL_TEST_CACHE_FOLDER";
const PROCESS: &str = "EVAL_TEST_CACHE_PROCESS";
const THREADS: usize = 4;
const ANSWERS: usize = 300;

/// What one process of the test below does; on its own it does nothing.
#[test]
fn one_process_of_two() {
    let (Ok(folder), Ok(process)) = (std::env::var(FOLDER), std::env::var(PROCESS)) else { return };
    let store = Store::open(Path::new(&folder)).unwrap();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, process) = (&store, &process);
            scope.spawn(move || {
                for answer in 0..ANSWERS {
                    // Half of them are the same in both processes.
                    let process = if answer % 2 == 0 { "both" } else { process };
                    let prompt = prompt("t-1", &format!("{process}/{thread}/{answer}"));
                    assert!(store.get(&key(&prompt)).is_none_or(|entry| entry.response == response("x")));
                    store.put(&key(&prompt), &prompt.id, &response("x"), None);
                }
            });
        }
    });
    assert_eq!(store.problems(), Vec::<String>::new());
}

#[test]
fn two_processes_and_many_threads_write_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let start = |process: &str| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "store::one_process_of_two"]).env(FOLDER, folder.path()).env(PROCESS, process);
        command.stdout(Stdio::null()).spawn().unwrap()
    };
    let processes = [start("a"), start("b")];
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.stats().unwrap().entries as usize, THREADS * (ANSWERS / 2) * 3);
    for process in ["a", "b"] {
        for thread in 0..THREADS {
            let last = prompt("t-1", &format!("{process}/{thread}/{}", ANSWERS - 1));
            assert_eq!(store.get(&key(&last)).unwrap().response, response("x"));
        }
    }
}

#[test]
fn an_answer_comes_back_as_it_was_and_only_for_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let prompt = prompt("t-1", "Where?");
    store.put(&key(&prompt), &prompt.id, &response("here"), Some(0.1 + 0.2));
    store.flush();
    let entry = store.get(&key(&prompt)).unwrap();
    assert_eq!((entry.response, entry.cost_usd), (response("here"), Some(0.1 + 0.2)));
    assert!(entry.created.parse::<jiff::Timestamp>().is_ok());
    assert_eq!(store.get(&key(&crate::prompt("t-1", "Where"))), None);
}

#[test]
fn what_cannot_be_read_is_asked_for_anew_and_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let prompts = ["t-1", "t-2", "t-3"].map(|case| prompt(case, case));
    for prompt in &prompts {
        store.put(&key(prompt), &prompt.id, &response("x"), None);
    }
    store.flush();
    // Rows are written in the order of their keys.
    for (prompt, broken) in prompts.iter().zip(["'{'", "7"]) {
        let statement = format!("UPDATE answers SET response = {broken} WHERE case_id = '{}'", prompt.id.case);
        assert_eq!(file(folder.path()).execute(&statement, []).unwrap(), 1);
    }
    let found = prompts.each_ref().map(|prompt| store.get(&key(prompt)).is_some());
    assert_eq!(found, [false, false, true]);
    let problems = store.problems();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("2 answers of the response cache "), "{problems:?}");
    assert_eq!(store.problems(), Vec::<String>::new());
    let stats = store.stats().unwrap();
    assert_eq!((stats.entries, stats.unreadable), (3, 2));
    // Bought anew it is whole again.
    store.put(&key(&prompts[0]), &prompts[0].id, &response("y"), None);
    store.flush();
    assert_eq!(store.get(&key(&prompts[0])).unwrap().response, response("y"));
}

#[test]
fn an_answer_that_cannot_be_kept_is_told_and_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    file(folder.path())
        .execute_batch("CREATE TRIGGER full BEFORE INSERT ON answers BEGIN SELECT RAISE(ABORT, 'no room'); END")
        .unwrap();
    let prompt = prompt("t-1", "Where?");
    store.put(&key(&prompt), &prompt.id, &response("x"), None);
    let problems = store.problems();
    assert!(problems[0].starts_with("1 answer could not be kept") && problems[0].ends_with("no room"), "{problems:?}");
    file(folder.path()).execute_batch("DROP TRIGGER full").unwrap();
    store.put(&key(&prompt), &prompt.id, &response("x"), None);
    store.flush();
    assert!(store.get(&key(&prompt)).is_some());
}

#[test]
fn a_file_of_another_version_is_refused_and_can_be_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let put = || {
        let store = Store::open(folder.path()).unwrap();
        let prompt = prompt("t-1", "Where?");
        store.put(&key(&prompt), &prompt.id, &response("x"), None);
    };
    put();
    file(folder.path()).execute_batch("CREATE TABLE \"more \"\"\" (x); PRAGMA user_version = 7").unwrap();
    for opened in [Store::open(folder.path()), Store::open_to_read(folder.path())] {
        let error = opened.err().unwrap();
        assert!(matches!(error, CacheError::Version { found: 7, .. }));
        assert!(error.to_string().contains("`eval cache clear` empties it"), "{error}");
    }
    let some = Which { model: Some("small-1".into()), ..Which::default() };
    assert!(matches!(clear(folder.path(), &some), Err(CacheError::Version { .. })));
    assert_eq!(clear(folder.path(), &Which::default()).unwrap(), 1);
    put();
    assert_eq!(Store::open(folder.path()).unwrap().stats().unwrap().entries, 1);
}

#[test]
fn a_file_that_is_no_cache_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE), "not a database".repeat(100)).unwrap();
    for opened in [Store::open(folder.path()), Store::open_to_read(folder.path())] {
        let error = opened.err().unwrap().to_string();
        assert!(error.contains("not a database. Remove the file"), "{error}");
    }
}

#[test]
fn what_there_is_and_what_goes() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(clear(&folder.path().join("none"), &Which::default()).unwrap(), 0);
    let store = Store::open(folder.path()).unwrap();
    let mut large = identity();
    large["model"] = "large-1".into();
    let large = Identity::new(&large);
    for user in ["a", "b", "c"] {
        let prompt = prompt("t-1", user);
        store.put(&key(&prompt), &prompt.id, &response(user), Some(0.25));
        let unknown = eval_core::Response { usage: Usage::default(), ..response(user) };
        store.put(&Key::new(&large, &prompt), &prompt.id, &unknown, None);
    }
    store.flush();
    let old = "2020-01-01T00:00:00.000000Z";
    file(folder.path()).execute("UPDATE answers SET created = ?1 WHERE rowid <= 2", [old]).unwrap();
    let stats = store.stats().unwrap();
    assert_eq!((stats.entries, stats.oldest.as_deref()), (6, Some(old)));
    assert!(stats.bytes > 0 && stats.newest > stats.oldest);
    let small = Group { entries: 3, input_tokens: 3000, output_tokens: 1500, cost_usd: 0.75, ..Group::default() };
    let large = Group { entries: 3, unknown_tokens: 3, unknown_cost: 3, ..Group::default() };
    let named = |model: &str| ("openai".to_string(), model.to_string());
    assert_eq!(stats.groups.into_iter().collect::<Vec<_>>(), [(named("large-1"), large), (named("small-1"), small)]);

    let before = "2021-01-01T00:00:00Z".parse().ok();
    let old_and_large = Which { model: Some("large-1".into()), before };
    assert_eq!(clear(folder.path(), &old_and_large).unwrap(), 1);
    assert_eq!(clear(folder.path(), &Which { before, ..Which::default() }).unwrap(), 1);
    assert_eq!(clear(folder.path(), &Which { model: Some("large-1".into()), before: None }).unwrap(), 2);
    assert_eq!(clear(folder.path(), &Which::default()).unwrap(), 2);
    // Who had it open goes on.
    let prompt = prompt("t-1", "a");
    assert_eq!(store.get(&key(&prompt)), None);
    store.put(&key(&prompt), &prompt.id, &response("a"), None);
    store.flush();
    assert!(store.get(&key(&prompt)).is_some());
    assert_eq!(store.problems(), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn nobody_else_may_look_into_the_folder() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("above/cache");
    drop(Store::open(&cache).unwrap());
    assert_eq!(cache.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let above = cache.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777;
    assert_ne!(above, 0o700, "runs lie beside it");
}
