//! What the references of a JSON Schema lead to.

use serde_json::{Map, Value};
use std::collections::HashMap;

/// The keywords that hold a reference.
pub(crate) const KEYS: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

/// The references within a file.
pub(crate) struct References<'a> {
    root: &'a Value,
    /// The parts with an `$id`: each is a file of its own to the references in it.
    resources: Vec<(&'a str, &'a Value)>,
    /// By the resource they stand in and their name.
    anchors: HashMap<(*const Value, &'a str), &'a Value>,
    /// The resource of each part that refers to another; those of the root are left out.
    homes: HashMap<*const Value, &'a Value>,
    /// `$id`, or `id` in draft 4.
    id: &'static str,
}

/// Where a reference leads.
pub(crate) enum Found<'a> {
    Here(&'a Value),
    /// To a schema of the standard's own, which a validator holds.
    Standard,
    Nowhere(&'a str),
}

impl<'a> References<'a> {
    pub(crate) fn of(root: &'a Value) -> Self {
        let is_draft_4 = root["$schema"].as_str().is_some_and(|draft| draft.contains("draft-04"));
        let id = if is_draft_4 { "id" } else { "$id" };
        let mut references = Self { root, resources: Vec::new(), anchors: HashMap::new(), homes: HashMap::new(), id };
        // Without recursion: how deep the file is nested is not known yet.
        let mut rest = vec![(root, root)];
        while let Some((value, home)) = rest.pop() {
            match value {
                Value::Object(map) => {
                    let home = references.note(value, map, home);
                    rest.extend(map.values().map(|part| (part, home)));
                }
                Value::Array(items) => rest.extend(items.iter().map(|part| (part, home))),
                _ => {}
            }
        }
        references
    }

    /// The resource that the parts of an object stand in.
    fn note(&mut self, value: &'a Value, map: &'a Map<String, Value>, home: &'a Value) -> &'a Value {
        let id = map.get(self.id).and_then(Value::as_str);
        let home = match id.filter(|id| !id.starts_with('#')) {
            Some(id) => {
                self.resources.push((id.trim_end_matches('#'), value));
                value
            }
            None => home,
        };
        let named = ["$anchor", "$dynamicAnchor"].iter().filter_map(|key| map.get(*key)?.as_str());
        for name in named.chain(id.and_then(|id| id.strip_prefix('#'))) {
            self.anchors.insert((home, name), value);
        }
        if !std::ptr::eq(home, self.root) && KEYS.iter().any(|key| map.contains_key(*key)) {
            self.homes.insert(value, home);
        }
        home
    }

    /// The targets of a schema's references.
    pub(crate) fn followed(&self, schema: &Value, map: &'a Map<String, Value>) -> Vec<Found<'a>> {
        let home = self.homes.get(&std::ptr::from_ref(schema)).copied().unwrap_or(self.root);
        let targets = KEYS.iter().filter_map(|key| map.get(*key)?.as_str());
        targets.map(|target| self.find(home, target)).collect()
    }

    fn find(&self, home: &'a Value, target: &'a str) -> Found<'a> {
        let (resource, within) = target.split_once('#').unwrap_or((target, ""));
        let is_standard = ["http://json-schema.org/", "https://json-schema.org/"];
        let home = match resource {
            "" => Some(home),
            _ => self.resources.iter().find(|(id, _)| is_named(id, resource)).map(|(_, resource)| *resource),
        };
        let found = match (home, within) {
            (Some(home), "") => Some(home),
            (Some(home), pointer) if pointer.starts_with('/') => home.pointer(&unquoted(pointer)),
            (Some(home), name) => self.anchors.get(&(std::ptr::from_ref(home), name)).copied(),
            (None, _) => None,
        };
        match found {
            Some(found) => Found::Here(found),
            None if is_standard.iter().any(|standard| target.starts_with(standard)) => Found::Standard,
            None => Found::Nowhere(target),
        }
    }
}

/// Whether a reference may mean the resource of this `$id`, written out or from where they part.
fn is_named(id: &str, reference: &str) -> bool {
    let tail = reference.trim_start_matches("./").trim_start_matches('/');
    id == reference || id.strip_suffix(tail).is_some_and(|start| start.is_empty() || start.ends_with(['/', ':']))
}

/// A pointer in an address has its special characters as `%` and two digits.
fn unquoted(pointer: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = pointer.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The JSON pointer of a part.
pub(crate) fn pointer_of(root: &Value, part: &Value) -> Option<String> {
    let mut rest = vec![(root, String::new())];
    while let Some((value, pointer)) = rest.pop() {
        if std::ptr::eq(value, part) {
            return Some(pointer);
        }
        match value {
            Value::Object(map) => rest.extend(
                map.iter()
                    .map(|(key, below)| (below, format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")))),
            ),
            Value::Array(items) => {
                rest.extend(items.iter().enumerate().map(|(place, below)| (below, format!("{pointer}/{place}"))));
            }
            _ => {}
        }
    }
    None
}
