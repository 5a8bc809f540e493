use super::{
    fixture::{SMALL, record},
    properties::any_record,
};
use crate::outline::Outline;
use eval_core::{FieldCounts, FinishReason, Record};
use proptest::prelude::*;
use serde_json::{Value, json};

fn outline(value: &impl serde::Serialize) -> Outline {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    #[test]
    fn a_line_and_its_record_have_one_outline(record in any_record(), cut: bool, claims in 0..3usize) {
        let record = Record {
            finish_reason: Some(if cut { FinishReason::Length } else { FinishReason::Other("length_of_rope".into()) }),
            unsupported: vec!["claim \"1\"".into(); claims],
            unscored: [("latency".to_string(), "no time\n".to_string())].into(),
            fields: [("/total".to_string(), FieldCounts::default())].into(),
            tags: vec!["ü".into()],
            ..record
        };
        let found = outline(&record);
        prop_assert_eq!(found.is_cut, cut);
        prop_assert_eq!(found.has_unsupported(), claims > 0);
        prop_assert_eq!(found, Outline::from(record));
    }
}

#[test]
fn of_answers_labels_alone_are_kept() {
    let record = record("triage", SMALL, 0);
    for value in [json!({"a": [1, null]}), json!([["x"]]), json!(1.5), json!(-3), json!(true), Value::Null] {
        let record = Record { answer: value.clone(), expected: value, ..record.clone() };
        let found = outline(&record);
        assert_eq!((&found.answer, &found.expected), (&None, &None));
        assert_eq!(found, Outline::from(record));
    }
}

#[test]
fn what_is_no_record_has_no_outline() {
    let record = serde_json::to_value(record("triage", SMALL, 0)).unwrap();
    for key in ["v", "task", "case", "case_hash", "model", "repeat", "outcome", "should_decline", "scores", "cached"] {
        let mut without = record.clone();
        without.as_object_mut().unwrap().remove(key);
        assert!(serde_json::from_value::<Outline>(without).is_err(), "{key}");
    }
}
