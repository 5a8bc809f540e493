use crate::SuiteError;
use std::collections::HashMap;

/// No task has more labels.
const MOST: usize = 1_000;

/// The labels of a classification, counted. The first spelling of a label stands for those that differ by case or blanks
/// only: the settings cannot hold both.
#[derive(Debug)]
pub(super) struct Labels {
    counts: HashMap<String, Label>,
    /// Only these.
    fixed: bool,
    /// Cases whose label was written otherwise.
    pub(super) respelled: u64,
}

#[derive(Debug)]
struct Label {
    spelling: String,
    count: u64,
    place: usize,
}

impl Labels {
    /// With a set that is given, or any; `abstain` is spelled as it is given.
    pub(super) fn new(given: Option<&[String]>, abstain: Option<&str>) -> Self {
        let mut labels = Self { counts: HashMap::new(), fixed: given.is_some(), respelled: 0 };
        given.into_iter().flatten().map(String::as_str).chain(abstain).for_each(|label| labels.add(label));
        labels
    }

    fn add(&mut self, label: &str) {
        let place = self.counts.len();
        let spelling = label.trim().to_string();
        self.counts.entry(spelling.to_lowercase()).or_insert(Label { spelling, count: 0, place });
    }

    /// The spelling of a label in this set; `None`: it is not in the given set.
    pub(super) fn spelling(&mut self, label: &str) -> Result<Option<String>, SuiteError> {
        let key = label.trim().to_lowercase();
        if !self.counts.contains_key(&key) {
            if self.fixed {
                return Ok(None);
            }
            if self.counts.len() == MOST {
                return Err(SuiteError::new(format!("the expected values are more than {MOST} labels"))
                    .help("map another column to `expected`, or say `--kind extraction`"));
            }
            self.add(label);
        }
        Ok(self.counts.get(&key).map(|label| label.spelling.clone()))
    }

    /// Counts a case of a label that is spelled as it should be.
    pub(super) fn count(&mut self, spelling: &str, written: &str) {
        self.respelled += u64::from(spelling != written);
        if let Some(label) = self.counts.get_mut(&spelling.to_lowercase()) {
            label.count += 1;
        }
    }

    /// The labels with their counts: those of a given set in its order, else the commonest first.
    pub(super) fn ordered(&self) -> Vec<(String, u64)> {
        let mut labels: Vec<&Label> = self.counts.values().collect();
        let order = |label: &&Label| (if self.fixed { 0 } else { u64::MAX - label.count }, label.place);
        labels.sort_by_key(order);
        labels.into_iter().map(|label| (label.spelling.clone(), label.count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commonest_first_in_their_first_spelling() {
        let mut labels = Labels::new(None, Some("unclear"));
        for label in ["Billing", "delivery", "billing ", "BILLING", "delivery", "other"] {
            let spelling = labels.spelling(label).unwrap().unwrap();
            labels.count(&spelling, label);
        }
        let ordered = labels.ordered();
        let ordered: Vec<_> = ordered.iter().map(|(label, count)| (label.as_str(), *count)).collect();
        assert_eq!(ordered, [("Billing", 3), ("delivery", 2), ("other", 1), ("unclear", 0)]);
        assert_eq!(labels.respelled, 2);
    }

    #[test]
    fn a_given_set_is_kept_in_its_order() {
        let mut labels = Labels::new(Some(&["b".into(), "a".into()]), None);
        assert_eq!(labels.spelling("A").unwrap().as_deref(), Some("a"));
        assert_eq!(labels.spelling("c").unwrap(), None);
        assert_eq!(labels.ordered()[0].0, "b");
    }
}
