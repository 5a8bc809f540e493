//! A decision list: of a case's words the one that tells most, learnt from the other cases.

use super::{Texts, outcomes::Outcomes};

/// How many cases of the usual mix are added to those that hold a word, so that one case proves nothing.
const USUAL: f64 = 2.0;

/// What the rule says of each case that is tried.
pub(super) fn foretell(texts: &Texts, tried: &[usize], outcomes: &Outcomes) -> Vec<u32> {
    let (commonest, _) = outcomes.commonest();
    let mut counts = Counts { by_outcome: vec![0; outcomes.names.len()], seen: Vec::new() };
    let shares: Vec<f64> = outcomes.counts.iter().map(|n| f64::from(*n) / texts.words.len() as f64).collect();
    let mut told: Vec<Option<Vec<(u32, u32)>>> = vec![None; texts.holders.len()];
    let said = tried.iter().map(|case| {
        let mut best = (f64::MIN, commonest);
        for (word, _) in &texts.words[*case] {
            let word = *word as usize;
            let all = told[word].get_or_insert_with(|| {
                counts.of(texts.holders[word].iter().map(|(case, _)| outcomes.by_case[*case as usize]))
            });
            let related = related(texts, *case, word).map(|other| outcomes.by_case[other]);
            let score = |(outcome, count): (u32, u32), held: u32| {
                (f64::from(count) + USUAL * shares[outcome as usize]) / (f64::from(held) + USUAL)
            };
            let own = counts.of(related);
            let held = texts.holders[word].len() as u32 - own.iter().map(|(_, count)| count).sum::<u32>();
            let others = all.iter().map(|(outcome, count)| {
                let less = own.iter().find(|(known, _)| known == outcome).map_or(0, |(_, count)| *count);
                (*outcome, count - less)
            });
            for found in others.filter(|(_, count)| *count > 0) {
                let score = score(found, held);
                if score > best.0 {
                    best = (score, found.0);
                }
            }
        }
        best.1
    });
    said.collect()
}

/// The cases of a case's cluster that hold a word, itself among them.
fn related<'a>(texts: &'a Texts, case: usize, word: usize) -> impl Iterator<Item = usize> + 'a {
    let members = texts.members.get(&texts.cluster[case]);
    let alone = members.is_none().then_some(case);
    let holds = move |other: &usize| texts.words[*other].binary_search_by_key(&(word as u32), |(own, _)| *own).is_ok();
    members.into_iter().flatten().map(|member| *member as usize).filter(holds).chain(alone)
}

/// Counts outcomes without looking at those that do not occur.
struct Counts {
    by_outcome: Vec<u32>,
    seen: Vec<u32>,
}

impl Counts {
    fn of(&mut self, outcomes: impl Iterator<Item = u32>) -> Vec<(u32, u32)> {
        for outcome in outcomes {
            let count = &mut self.by_outcome[outcome as usize];
            if *count == 0 {
                self.seen.push(outcome);
            }
            *count += 1;
        }
        let counts = &mut self.by_outcome;
        self.seen.drain(..).map(|outcome| (outcome, std::mem::take(&mut counts[outcome as usize]))).collect()
    }
}
