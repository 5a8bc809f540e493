//! What becomes of a schema: it is refused in words, or every answer that comes to its end is valid.

use super::*;
use jsonschema::Validator;
use serde_json::Value;
use std::collections::BTreeMap;

const ANSWERS: u64 = 8;
const LONGEST: usize = 160;

/// How many schemas were refused and for which keyword first, and what the answers to the others came to.
#[derive(Debug, Default)]
pub struct Counts {
    pub followed: usize,
    pub refused: BTreeMap<String, usize>,
    pub completed: usize,
    pub cut: usize,
    pub rejected: usize,
}

impl Counts {
    /// Answers to a schema at random; a name is for whoever reads the panic.
    pub fn add(&mut self, grammars: &Grammars, name: &str, schema: &Value) {
        let Some(constraint) = self.begin(grammars, name, schema) else { return };
        drop(constraint);
        let (shape, validator) = (Shape::Json(Arc::new(schema.clone())), validator(schema));
        for seed in 0..ANSWERS {
            let begin = || grammars.begin(&shape, false).unwrap();
            let Some(text) = random_answer(grammars, [begin(), begin()], seed, name) else {
                self.cut += 1;
                continue;
            };
            self.completed += 1;
            let value: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}: {text}"));
            if let Err(why) = validator.validate(&value) {
                panic!("{name}: {text}: {why}\n{schema}");
            }
        }
    }

    /// Values that are not valid by a schema, which no grammar may take. Where a key is written elsewhere than the
    /// schema has it, a valid one is not taken either.
    pub fn reject(&mut self, grammars: &Grammars, name: &str, schema: &Value, invalid: &[Value]) {
        let shape = Shape::Json(Arc::new(schema.clone()));
        for value in invalid {
            let Ok(constraint) = grammars.begin(&shape, false) else { return };
            assert!(!accepts(grammars, constraint, &value.to_string()), "{name}: {value} by {schema}");
            self.rejected += 1;
        }
    }

    fn begin(&mut self, grammars: &Grammars, name: &str, schema: &Value) -> Option<Constraint> {
        match grammars.begin(&Shape::Json(Arc::new(schema.clone())), false) {
            Ok(constraint) => {
                self.followed += 1;
                Some(constraint)
            }
            Err(why) => {
                assert!(why.starts_with("its schema ") && !why.contains('\n'), "{name}: {why}");
                let named = why.split(['`', '\'']).nth(1);
                let whole = [("Unsatisfiable schema", "nothing is valid"), ("too large", "too large")];
                let whole = || whole.iter().find(|(words, _)| why.contains(words)).map(|(_, meaning)| *meaning);
                let keyword = named.or_else(whole);
                let keyword = keyword.unwrap_or_else(|| panic!("{name}: no keyword is named: {why}"));
                *self.refused.entry(keyword.into()).or_default() += 1;
                None
            }
        }
    }
}

/// Also checks formats, whatever the draft says of them.
pub fn validator(schema: &Value) -> Validator {
    jsonschema::options().offline().should_validate_formats(true).build(schema).unwrap()
}

/// An answer of a model that says whatever it may, and after a while what comes to an end; `None` where it has not.
/// The second constraint is not asked what is forced, which makes no difference.
fn random_answer(grammars: &Grammars, constraints: [Constraint; 2], seed: u64, name: &str) -> Option<String> {
    let [mut constraint, mut unasked] = constraints;
    let mut random = Random(seed);
    let end = id(grammars, "<|im_end|>");
    let bytes = |id: u32| match &grammars.tokens[id as usize] {
        Token::Text(bytes) => bytes.as_slice(),
        Token::Special(_) => &[],
    };
    let (mut text, mut forced) = (Vec::new(), Vec::new());
    for step in 0..LONGEST {
        let said = String::from_utf8_lossy(&text).into_owned();
        let allowed = constraint.allowed().unwrap_or_else(|e| panic!("{name}: {e}: {said}"));
        assert_eq!(allowed, unasked.allowed().unwrap(), "{name}: {said}");
        let thinks = |id: u32| constraint::marks_thinking(bytes(id));
        let ids = (0..grammars.tokens.len() as u32).filter(|id| allowed.is_allowed(*id) && !thinks(*id));
        let ids: Vec<u32> = ids.collect();
        assert!(!ids.is_empty(), "{name}: nothing may follow: {said}");
        let to_an_end = |id: &u32| *id == end || matches!(bytes(*id), [b'"'] | [b'}'] | [b']']);
        let ends: Vec<u32> = ids.iter().copied().filter(to_an_end).collect();
        let hurry = random.below(3) == 0 || step > LONGEST / 3;
        let choice = if hurry && !ends.is_empty() { &ends } else { &ids };
        let chosen = choice[random.below(choice.len())];
        let forced_from = text.len();
        text.extend(bytes(chosen));
        let took = forced.iter().zip(&text[forced_from..]).all(|(forced, said)| forced == said);
        assert!(took, "{name}: {said} and not {forced:?}");
        if chosen == end || constraint.take(chosen).unwrap_or_else(|e| panic!("{name}: {e}: {said}")) {
            return Some(String::from_utf8(text).unwrap());
        }
        assert!(!unasked.take(chosen).unwrap(), "{name}: {said}");
        forced = constraint.forced();
    }
    None
}

/// Numbers that repeat with their seed.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % most
    }
}
