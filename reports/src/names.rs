//! Texts that come again and again, as small numbers.

use std::collections::HashMap;

/// Numbers each text by its first appearance.
#[derive(Debug, Default)]
pub(crate) struct Names(HashMap<Box<str>, u32>);

impl Names {
    /// The number of a text.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.0.get(text) {
            return *number;
        }
        let number = self.0.len() as u32;
        self.0.insert(text.into(), number);
        number
    }

    /// The texts by number.
    pub fn into_texts(self) -> Vec<String> {
        let mut texts = vec![String::new(); self.0.len()];
        for (text, number) in self.0 {
            texts[number as usize] = text.into();
        }
        texts
    }

    /// For each number the place of its text among all texts, sorted.
    pub fn into_ranks(self) -> Vec<u32> {
        let mut sorted: Vec<(Box<str>, u32)> = self.0.into_iter().collect();
        sorted.sort_unstable();
        let mut ranks = vec![0; sorted.len()];
        for ((_, number), rank) in sorted.into_iter().zip(0..) {
            ranks[number as usize] = rank;
        }
        ranks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_by_appearance_and_ranks_by_text() {
        let names = || {
            let mut names = Names::default();
            assert_eq!(["b", "c", "b", "a"].map(|text| names.number(text)), [0, 1, 0, 2]);
            names
        };
        assert_eq!(names().into_texts(), ["b", "c", "a"]);
        assert_eq!(names().into_ranks(), [1, 2, 0]);
    }
}
