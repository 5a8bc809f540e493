//! The fields of a task, for counts by field.

use super::wanted::Wanted;
use std::collections::BTreeMap;

/// A schema may allow any property; only so many fields are counted apart.
const MOST: usize = 100;

/// The fields that the expected objects of a task name, as a tree of properties; `*` stands for the items of a list.
#[derive(Debug, Default)]
pub(super) struct Known {
    field: Option<usize>,
    below: BTreeMap<String, Known>,
}

/// The fields of a task, and the tree in which their places are found.
#[derive(Debug, Default)]
pub(super) struct KnownFields {
    /// JSON pointers with `*` for any index.
    pub names: Vec<String>,
    pub root: Known,
}

impl KnownFields {
    /// The first of the fields that the objects name.
    pub fn of<'a>(expected: impl Iterator<Item = Wanted<'a>>) -> Self {
        let mut fields = Self::default();
        for object in expected {
            fields.root.learn(&object, &mut String::new(), &mut fields.names);
        }
        fields
    }
}

impl Known {
    fn learn(&mut self, wanted: &Wanted<'_>, name: &mut String, names: &mut Vec<String>) {
        match wanted {
            Wanted::Object(items) => items.iter().for_each(|(key, item)| {
                self.learn_below(key, &key.replace('~', "~0").replace('/', "~1"), item, name, names);
            }),
            Wanted::List(list) => list.items.iter().for_each(|item| self.learn_below("*", "*", item, name, names)),
            Wanted::Leaf(_) if self.field.is_none() && names.len() < MOST => {
                self.field = Some(names.len());
                names.push(name.clone());
            }
            Wanted::Leaf(_) => {}
        }
    }

    fn learn_below(&mut self, key: &str, part: &str, item: &Wanted<'_>, name: &mut String, names: &mut Vec<String>) {
        let end = name.len();
        name.push('/');
        name.push_str(part);
        self.below.entry(key.to_string()).or_default().learn(item, name, names);
        name.truncate(end);
    }

    pub fn property(&self, key: &str) -> Option<&Self> {
        self.below.get(key)
    }

    pub fn items(&self) -> Option<&Self> {
        self.below.get("*")
    }

    /// The number of the field that is here.
    pub fn field(&self) -> Option<usize> {
        self.field
    }
}
