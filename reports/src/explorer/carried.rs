//! Which cases a page carries by itself: as many as fit in a budget, those first that tell most.

use super::{BLOCK, Explorer, index::Whereabouts, list::Rank, packed::packed};
use crate::{ReportError, format::count};
use eval_core::engine::order_key;

/// Letters that the blocks of one page may have, so that a page of ten thousand records stays below 3 MB.
const BUDGET: usize = 2_200_000;

/// The kinds of cases in turn, each until so many eighths of the budget are filled: half is for those that tell most, a
/// quarter for the others that are not right, an eighth for the rest, and what one leaves passes on.
const TURNS: [(Rank, usize); 7] = [
    (Rank::Discordant, 4),
    (Rank::Failing, 6),
    (Rank::Discordant, 7),
    (Rank::Failing, 7),
    (Rank::Rest, 8),
    (Rank::Discordant, 8),
    (Rank::Failing, 8),
];

/// Cases in a form that stands in a page.
pub(super) struct Carried {
    pub index: String,
    pub blocks: Vec<String>,
}

/// Packed blocks, and where each case is in them.
#[derive(Default)]
struct Packed {
    blocks: Vec<String>,
    letters: usize,
    /// The case, its block, and its place there.
    places: Vec<(usize, usize, usize)>,
}

impl Explorer {
    /// The cases that fit into a page.
    pub(super) fn carried(&self) -> Result<Carried, ReportError> {
        let Packed { blocks, mut places, .. } = self.packed_within(BUDGET)?;
        // In the order of all cases, whatever block they are in.
        places.sort_unstable();
        let numbers: Vec<usize> = places.iter().map(|(number, ..)| *number).collect();
        let whereabouts = Whereabouts::Each {
            block: places.iter().map(|(_, block, _)| *block).collect(),
            slot: places.iter().map(|(.., slot)| *slot).collect(),
        };
        let said = self.said(&numbers);
        Ok(Carried { index: pack(&self.index_of(&numbers, whereabouts, said)?)?, blocks })
    }

    /// As many cases as have room, each kind in its turns.
    fn packed_within(&self, budget: usize) -> Result<Packed, ReportError> {
        let mut packed = Packed::default();
        let orders = Rank::ALL.map(|rank| self.seeded(rank));
        let mut left = orders.each_ref().map(Vec::as_slice);
        for (rank, eighths) in TURNS {
            let left = &mut left[rank as usize];
            *left = self.pack_until(budget / 8 * eighths, left, &mut packed)?;
        }
        Ok(packed)
    }

    /// Adds the first cases of an order until there are so many letters; gives those that are left.
    fn pack_until<'a>(
        &self,
        letters: usize,
        mut left: &'a [usize],
        packed: &mut Packed,
    ) -> Result<&'a [usize], ReportError> {
        let mut most = BLOCK;
        while !left.is_empty() && most > 0 {
            let (numbers, others) = left.split_at(left.len().min(most));
            let block = pack(&self.cases(numbers)?)?;
            if packed.letters + block.len() > letters {
                // A smaller block may still have room.
                most = numbers.len() / 2;
                continue;
            }
            packed.letters += block.len();
            let number = packed.blocks.len();
            packed.places.extend(numbers.iter().enumerate().map(|(slot, case)| (*case, number, slot)));
            packed.blocks.push(block);
            left = others;
        }
        Ok(left)
    }

    /// The cases of a kind by the run's seed.
    fn seeded(&self, rank: Rank) -> Vec<usize> {
        let cases = self.list.cases.iter().enumerate().filter(|(_, case)| case.rank == rank);
        let key = |content: &eval_core::Digest| order_key(self.seed, &content.to_string(), 0);
        let mut order: Vec<_> = cases.map(|(number, case)| (key(&case.content), number)).collect();
        order.sort_unstable();
        order.into_iter().map(|(_, number)| number).collect()
    }

    /// What is carried and what is not, in words; `None` where all is.
    fn said(&self, carried: &[usize]) -> Option<String> {
        let all = self.list.cases.len();
        if carried.len() == all {
            return None;
        }
        let n = |rank, numbers: &mut dyn Iterator<Item = usize>| {
            numbers.filter(|number| self.list.cases[*number].rank == rank).count() as u64
        };
        let parts = Rank::ALL.into_iter().filter_map(|rank| {
            let (of, here) = (n(rank, &mut (0..all)), n(rank, &mut carried.iter().copied()));
            let what = match rank {
                Rank::Discordant => "on which the models differ",
                Rank::Failing if self.models.len() > 1 => "on which they are alike and not right",
                Rank::Failing => "that are not right",
                Rank::Rest => "on which nothing is wrong",
            };
            let part = match here {
                _ if of == 0 => return None,
                0 => format!("none of the {} {what}", count(of)),
                here if here == of => format!("all {} {what}", count(of)),
                here => format!("{} of the {} {what}, drawn by the run's seed", count(here), count(of)),
            };
            Some(part)
        });
        let parts: Vec<String> = parts.collect();
        Some(format!(
            "This page carries {} of {} cases: {}. All of them are shown by: {}",
            count(carried.len() as u64),
            count(all as u64),
            parts.join("; "),
            self.shown_by
        ))
    }
}

fn pack(text: &str) -> Result<String, ReportError> {
    packed(text).map_err(|error| ReportError::Cases(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::with_reference;

    /// How many cases of each kind.
    fn kinds(explorer: &Explorer, numbers: &[usize]) -> [usize; 3] {
        Rank::ALL.map(|rank| numbers.iter().filter(|n| explorer.list.cases[**n].rank == rank).count())
    }

    fn carried(explorer: &Explorer, budget: usize) -> Vec<usize> {
        let packed = explorer.packed_within(budget).unwrap();
        assert_eq!(packed.letters, packed.blocks.iter().map(String::len).sum::<usize>());
        assert!(packed.letters <= budget);
        packed.places.iter().map(|(number, ..)| *number).collect()
    }

    #[test]
    fn each_kind_has_its_share_and_what_is_left_out_is_said() {
        let (_dir, run) = with_reference().read().unwrap();
        let explorer = Explorer::new(&run).unwrap();
        let all = kinds(&explorer, &(0..explorer.list.cases.len()).collect::<Vec<_>>());
        assert!(all.iter().all(|n| *n > 0), "{all:?}");
        let whole = explorer.packed_within(usize::MAX).unwrap().letters;
        let mut cut = 0;
        for part in 0..=40 {
            let numbers = carried(&explorer, whole * part / 20);
            let here = kinds(&explorer, &numbers);
            for (rank, here) in Rank::ALL.into_iter().zip(here) {
                let mut of_kind: Vec<usize> = numbers.clone();
                of_kind.retain(|n| explorer.list.cases[*n].rank == rank);
                assert_eq!(of_kind, explorer.seeded(rank)[..here], "a sample by the seed");
            }
            // Where no kind fits whole, there are some of each.
            cut += usize::from(here.iter().zip(all).all(|(here, all)| (1..all).contains(here)));
            let said = explorer.said(&numbers);
            assert_eq!(said.is_none(), here == all);
            for (here, of) in here.into_iter().zip(all).filter(|(here, of)| here < of) {
                let words = if here == 0 { format!("none of the {of} ") } else { format!("{here} of the {of} ") };
                assert!(said.as_ref().unwrap().contains(&words), "{words}: {said:?}");
            }
        }
        assert!(cut > 2, "at {cut} budgets a part of each kind is carried");
        assert_eq!(kinds(&explorer, &carried(&explorer, whole)), all);
    }

    #[test]
    fn what_is_not_right_is_carried_whole_before_the_sample_of_the_rest_grows() {
        let (_dir, run) = with_reference().read().unwrap();
        let explorer = Explorer::new(&run).unwrap();
        let letters = |rank| explorer.cases(&explorer.seeded(rank)).and_then(|cases| pack(&cases)).unwrap().len();
        let wrong = letters(Rank::Discordant) + letters(Rank::Failing);
        // Packed in smaller pieces they take more.
        let numbers = carried(&explorer, wrong * 3 / 2);
        let here = kinds(&explorer, &numbers);
        assert_eq!(here[..2], [explorer.seeded(Rank::Discordant).len(), explorer.seeded(Rank::Failing).len()]);
        assert!((1..explorer.seeded(Rank::Rest).len()).contains(&here[2]), "{here:?}");
    }
}
