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

impl Explorer {
    /// The cases that fit into a page.
    pub(super) fn carried(&self) -> Result<Carried, ReportError> {
        self.carried_within(BUDGET)
    }

    /// Of each rank all cases, while they fit, or else the first ones in a seeded order, which are a sample.
    pub(super) fn carried_within(&self, budget: usize) -> Result<Carried, ReportError> {
        let order = self.seeded();
        let (mut blocks, mut letters, mut from, mut most) = (Vec::new(), 0, 0, BLOCK);
        let mut places: Vec<(usize, usize, usize)> = Vec::new();
        while from < order.len() {
            let numbers = &order[from..order.len().min(from + most)];
            let block = packed(&self.cases(numbers)?).map_err(|error| ReportError::Cases(error.to_string()))?;
            if letters + block.len() > budget {
                if numbers.len() == 1 {
                    break;
                }
                most = numbers.len() / 2;
                continue;
            }
            places.extend(numbers.iter().enumerate().map(|(slot, number)| (*number, blocks.len(), slot)));
            letters += block.len();
            from += numbers.len();
            blocks.push(block);
        }
        // In the order of all cases, whatever block they are in.
        places.sort_unstable();
        let numbers: Vec<usize> = places.iter().map(|(number, ..)| *number).collect();
        let whereabouts = Whereabouts::Each {
            block: places.iter().map(|(_, block, _)| *block).collect(),
            slot: places.iter().map(|(.., slot)| *slot).collect(),
        };
        let index = self.index_of(&numbers, whereabouts, self.words(&order[..from]))?;
        let index = packed(&index).map_err(|error| ReportError::Cases(error.to_string()))?;
        Ok(Carried { index, blocks })
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
    fn words(&self, carried: &[usize]) -> Option<String> {
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
                Rank::Rest => "that are right",
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
            "This page carries {} of {} cases: {}. The program shows all of them: eval view {}",
            count(carried.len() as u64),
            count(all as u64),
            parts.join("; "),
            self.run
        ))
    }
}
