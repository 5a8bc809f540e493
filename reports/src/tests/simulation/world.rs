//! Two models of which the truth is known, asked as often as one likes.

use crate::{
    Verdict,
    comparison::{decide, endpoint::Endpoint, pairs::Pairs},
    evidence::{CaseRow, Evidence},
    rows::CaseKey,
};
use eval_core::Digest;
use std::sync::LazyLock;

/// SplitMix64: seeded, the same on every machine.
pub(crate) struct Random(pub u64);

impl Random {
    /// Uniform in [0, 1).
    pub fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// What a model does with a case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Does {
    Right,
    /// Answers, and is wrong.
    Wrong,
    Declines,
    /// The call fails.
    Fails,
}

use Does::{Declines, Fails, Right, Wrong};

/// Which of the two endpoints a true difference is in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum In {
    RightAnswers,
    WrongAnswers,
    /// Right answers turn into confident wrong ones.
    Both,
}

/// The truth: how likely each pair of doings is, candidate first.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub pairs: Vec<(f64, Does, Does)>,
    /// Chance that a call fails, of the candidate and of the reference.
    pub failing: [f64; 2],
    /// Cases of a cluster, and the chance that a case goes as its cluster does.
    pub cluster: Option<(Vec<usize>, f64)>,
}

impl World {
    /// The candidate is worse by `loss`; `discordance` is the share of pairs that differ.
    pub fn new(endpoint: In, loss: f64, discordance: f64) -> Self {
        let (less, more) = ((discordance - loss) / 2.0, (discordance + loss) / 2.0);
        let rest = 1.0 - discordance;
        let pairs = match endpoint {
            In::RightAnswers => vec![
                (less, Right, Declines),
                (more, Declines, Right),
                (0.85 - more, Right, Right),
                (rest - (0.85 - more), Declines, Declines),
            ],
            In::WrongAnswers => {
                vec![(less, Declines, Wrong), (more, Wrong, Declines), (0.1, Wrong, Wrong), (rest - 0.1, Right, Right)]
            }
            In::Both => {
                vec![(less, Right, Wrong), (more, Wrong, Right), (0.1, Wrong, Wrong), (rest - 0.1, Right, Right)]
            }
        };
        assert!(pairs.iter().all(|pair| pair.0 >= 0.0), "{pairs:?}");
        Self { pairs, failing: [0.0; 2], cluster: None }
    }

    pub fn discordance(&self) -> f64 {
        self.pairs.iter().filter(|pair| pair.1 != pair.2).map(|pair| pair.0).sum()
    }

    fn pair(&self, random: &mut Random) -> [Does; 2] {
        let mut at = random.share();
        let found = self.pairs.iter().find(|pair| {
            at -= pair.0;
            at < 0.0
        });
        found.map_or([Right, Right], |pair| [pair.1, pair.2])
    }

    /// What both do with so many cases, and the cluster of each.
    pub fn draw(&self, n: usize, random: &mut Random) -> Drawn {
        let mut cases = Vec::with_capacity(n);
        let (sizes, common) = self.cluster.as_ref().map_or((&[1][..], 0.0), |(sizes, common)| (sizes, *common));
        for (cluster, size) in sizes.iter().cycle().enumerate() {
            let theirs = self.pair(random);
            for _ in 0..*size {
                let does = if common > 0.0 && random.share() < common { theirs } else { self.pair(random) };
                let mut fail = |does, chance| if chance > 0.0 && random.share() < chance { Fails } else { does };
                let does = [fail(does[0], self.failing[0]), fail(does[1], self.failing[1])];
                cases.push((does, self.cluster.is_some().then_some(cluster as u32)));
                if cases.len() == n {
                    return cases;
                }
            }
        }
        cases
    }
}

/// A case as the records of one model give it.
pub(super) fn row(key: CaseKey, does: Does, cluster: Option<u32>) -> CaseRow {
    let is = |what| f64::from(u8::from(does == what));
    CaseRow {
        key,
        repeats: 1,
        first_answer: 0,
        cluster,
        asked: true,
        correct_low: is(Right),
        correct_high: is(Right),
        wrong_low: is(Wrong),
        wrong_high: is(Wrong),
        failed_calls: is(Fails),
    }
}

/// The key of a case of this number.
pub(super) fn key(number: usize) -> CaseKey {
    CaseKey { content: Digest::parse(&format!("{number:032x}")).unwrap(), id: 0 }
}

/// What both do with each case, and its cluster.
pub(super) type Drawn = Vec<([Does; 2], Option<u32>)>;

const DOES: [Does; 4] = [Right, Wrong, Declines, Fails];

/// Both differences of a case by what the two do with it, candidate first.
static DIFFERENCES: LazyLock<[Endpoint; 2]> = LazyLock::new(|| {
    let all: Vec<[Does; 2]> = DOES.into_iter().flat_map(|ours| DOES.map(|theirs| [ours, theirs])).collect();
    let evidence = |side: usize| Evidence {
        cases: all.iter().enumerate().map(|(number, does)| row(key(number), does[side], None)).collect(),
        ..Evidence::default()
    };
    let pairs = Pairs::new(&evidence(0), &evidence(1)).unwrap();
    [pairs.correct().unwrap(), pairs.wrong().unwrap()]
});

/// The verdict on these cases.
pub(super) fn verdict(cases: &[([Does; 2], Option<u32>)], alpha: f64) -> Verdict {
    let place = |does: &[Does; 2]| does[0] as usize * DOES.len() + does[1] as usize;
    let endpoint = |of: &Endpoint| {
        let each = |values: &[f64]| cases.iter().map(|(does, _)| values[place(does)]).collect();
        let clusters = cases.iter().map(|(_, cluster)| *cluster).collect();
        Endpoint { shown: each(&of.shown), worst: each(&of.worst), best: each(&of.best), clusters }
    };
    let [correct, wrong] = DIFFERENCES.each_ref().map(endpoint);
    decide::decide(&decide::Evidence { correct: &correct, wrong: &wrong, margin: 0.05, alpha, misses_bar: false })
        .verdict
}
