//! Which cases a page carries by itself: as many as fit in a budget, those first that tell most.

use super::{BLOCK, Explorer, index::Whereabouts, list::Rank, packed::packed};
use crate::{ReportError, format::count};
use eval_core::engine::order_key;

/// Letters that the blocks of one page may have, so that a page of ten thousand records stays below 3 MB.
const BUDGET: usize = 2_200_000;

/// Cases in a form that stands in a page.
pub(super) struct Carried {
    pub index: String,
    pub blocks: Vec<String>,
}

/// Packed blocks, and where each case is in them.
#[derive(Default)]
struct Packed {
    blocks: Vec<String>,
    /// The case, its block, and its place there.
    places: Vec<(usize, usize, usize)>,
}

impl Explorer {
    /// The cases that fit into a page.
    pub(super) fn carried(&self) -> Result<Carried, ReportError> {
        let order = self.seeded();
        let Packed { blocks, mut places } = self.packed_within(&order, BUDGET)?;
        let said = self.said(&order[..places.len()]);
        // In the order of all cases, whatever block they are in.
        places.sort_unstable();
        let numbers: Vec<usize> = places.iter().map(|(number, ..)| *number).collect();
        let whereabouts = Whereabouts::Each {
            block: places.iter().map(|(_, block, _)| *block).collect(),
            slot: places.iter().map(|(.., slot)| *slot).collect(),
        };
        Ok(Carried { index: pack(&self.index_of(&numbers, whereabouts, said)?)?, blocks })
    }

    /// The first cases of an order, as many as have room.
    fn packed_within(&self, order: &[usize], budget: usize) -> Result<Packed, ReportError> {
        let (mut packed, mut letters, mut most) = (Packed::default(), 0, BLOCK);
        let mut left = order;
        while !left.is_empty() {
            let numbers = &left[..left.len().min(most)];
            let block = pack(&self.cases(numbers)?)?;
            if letters + block.len() > budget {
                // A smaller block may still have room.
                most = numbers.len() / 2;
                if most == 0 {
                    break;
                }
                continue;
            }
            letters += block.len();
            let place = |(slot, number): (usize, &usize)| (*number, packed.blocks.len(), slot);
            packed.places.extend(numbers.iter().enumerate().map(place));
            packed.blocks.push(block);
            left = &left[numbers.len()..];
        }
        Ok(packed)
    }

    /// The cases by rank, within one by the run's seed.
    fn seeded(&self) -> Vec<usize> {
        let cases = self.list.cases.iter().enumerate();
        let key = |content: &eval_core::Digest| order_key(self.seed, &content.to_string(), 0);
        let mut order: Vec<_> = cases.map(|(number, case)| (case.rank, key(&case.content), number)).collect();
        order.sort_unstable();
        order.into_iter().map(|(.., number)| number).collect()
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

    #[test]
    fn what_tells_most_is_carried_first_and_what_is_left_out_is_said() {
        let (_dir, run) = with_reference().read().unwrap();
        let explorer = Explorer::new(&run).unwrap();
        let order = explorer.seeded();
        let of = |numbers: &[usize]| {
            Rank::ALL.map(|rank| numbers.iter().filter(|n| explorer.list.cases[**n].rank == rank).count())
        };
        let all = of(&order);
        let mut carried = Vec::new();
        for budget in [0, 2_000, 4_000, 8_000, 100_000] {
            let packed = explorer.packed_within(&order, budget).unwrap();
            assert!(packed.blocks.iter().map(String::len).sum::<usize>() <= budget);
            let numbers: Vec<usize> = packed.places.iter().map(|(number, ..)| *number).collect();
            assert_eq!(numbers, order[..numbers.len()]);
            let here = of(&numbers);
            assert!((0..2).all(|rank| here[rank] == all[rank] || here[rank + 1] == 0), "{here:?} of {all:?}");
            let said = explorer.said(&numbers);
            assert_eq!(said.is_none(), budget == 100_000);
            if here[1] > 0 && here[2] == 0 && here[1] < all[1] {
                let words = format!(
                    "all {} on which the models differ; {} of the {} on which they are alike and not right, drawn by the run's seed; none of the {} on which nothing is wrong.",
                    all[0], here[1], all[1], all[2]
                );
                assert!(said.unwrap().contains(&words), "{words}");
            }
            carried.push(numbers.len());
        }
        assert!(carried.is_sorted() && carried[0] == 0 && carried[4] == order.len(), "{carried:?}");
        assert!(carried[1..4].iter().any(|n| *n > 0 && *n < order.len()), "{carried:?}");
    }
}
