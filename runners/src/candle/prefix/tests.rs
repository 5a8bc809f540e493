use super::*;

/// A store where a token takes a byte.
fn caches(usual: u64, most: u64) -> Arc<Caches> {
    Arc::new(Caches::new(Budget { usual, most: Some(most) }, 1))
}

/// A beginning that all share and one of this document.
fn ids(document: u32) -> Vec<u32> {
    (0..20).chain((0..80).map(|i| 1000 * (document + 1) + i)).collect()
}

const CUTS: [usize; 2] = [20, 100];

fn reserve(caches: &Arc<Caches>, document: u32) -> Option<Room> {
    caches.reserve(&ids(document), &CUTS, 10, false).unwrap()
}

/// The ends of what is kept, in order.
fn kept(caches: &Caches) -> Vec<(usize, u32)> {
    let mut kept: Vec<_> =
        caches.lock().kept.iter().map(|kept| (kept.ids.len(), kept.ids[kept.ids.len() - 1])).collect();
    kept.sort_unstable();
    kept
}

#[test]
fn only_runs_that_are_worth_it_are_cut_off() {
    assert_eq!(cuts(vec![40, 300, 50], 320), [40, 300]);
    assert_eq!(cuts(vec![15, 16, 16, 31, 32], 100), [16, 32]);
    assert_eq!(cuts(vec![100], 100), [0; 0], "a token is left to be read with the answer");
    assert_eq!(cuts(vec![0, 3], 100), [0; 0]);
}

#[test]
fn what_is_shared_is_counted_once_and_the_least_recently_used_leaf_goes_first() {
    let caches = caches(300, 300);
    for document in 0..3 {
        drop(reserve(&caches, document));
    }
    // 20 + 3 × 80 are kept; with ten for an answer there is no room for a fourth document.
    assert_eq!(kept(&caches), [(20, 19), (100, 1079), (100, 2079), (100, 3079)]);
    drop(reserve(&caches, 0));
    drop(reserve(&caches, 3));
    assert_eq!(kept(&caches), [(20, 19), (100, 1079), (100, 3079), (100, 4079)], "document 1 was the oldest");
    caches.shed();
    assert_eq!(kept(&caches), []);
}

#[test]
fn what_an_answer_follows_stays_and_counts() {
    let caches = caches(299, 299);
    let held: Vec<Room> = (0..2).map(|document| reserve(&caches, document).unwrap()).collect();
    caches.shed();
    assert_eq!(kept(&caches).len(), 3);
    // 20 + 2 × 80 + 2 × 10 = 200 are held: another document fits, a fourth does not, an answer on a known one does.
    let third = reserve(&caches, 2).unwrap();
    assert!(reserve(&caches, 3).is_none());
    assert!(reserve(&caches, 2).is_none(), "it would be 300");
    drop(held);
    drop(third);
    assert!(reserve(&caches, 3).is_some());
    assert_eq!(caches.lock().answers_bytes, 0);
}

#[test]
fn an_answer_alone_may_take_more_than_usual_and_never_more_than_there_is() {
    let caches = caches(100, 150);
    let alone = reserve(&caches, 0).unwrap();
    assert!(reserve(&caches, 0).is_none(), "beside others it may not");
    drop(alone);
    let error = caches.reserve(&ids(0), &CUTS, 60, false).err().unwrap();
    assert_eq!(error, TooLarge { needed: 160, most: 150 });
    // Nobody else will ever give room back: waiting would be forever.
    assert!(caches.reserve(&ids(0), &CUTS, 60, true).is_err());
}

#[test]
fn who_waits_is_woken_when_room_is_given_back() {
    let caches = caches(150, 150);
    let held = reserve(&caches, 0).unwrap();
    let waiting = {
        let caches = caches.clone();
        std::thread::spawn(move || caches.reserve(&ids(1), &CUTS, 10, true).unwrap().is_some())
    };
    drop(held);
    assert!(waiting.join().unwrap());
    assert_eq!(kept(&caches), [(20, 19), (100, 2079)]);
}

#[test]
fn the_same_tokens_read_in_other_pieces_are_kept_apart() {
    let caches = caches(1000, 1000);
    drop(reserve(&caches, 0));
    drop(caches.reserve(&ids(0), &[100], 10, false).unwrap());
    assert_eq!(kept(&caches), [(20, 19), (100, 1079), (100, 1079)]);
}
