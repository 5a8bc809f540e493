use crate::tools;
use eval_core::{Case, Expected, Task, TaskKind, Tool};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What one gets right without reading the input: for each trivial strategy the share of the cases, 0 to 1.
///
/// Empty without cases. Of the tools strategies "always call `x`", those that are never right are left out.
pub fn trivial(task: &Task, cases: &[Arc<Case>]) -> BTreeMap<String, f64> {
    let mut shares = BTreeMap::new();
    if cases.is_empty() {
        return shares;
    }
    let share =
        |right: &dyn Fn(&Case) -> bool| cases.iter().filter(|case| right(case)).count() as f64 / cases.len() as f64;
    let declining = share(&|case| case.should_decline);
    match task.kind {
        TaskKind::Classification => {
            let of = |label: &str| share(&|case| matches!(&case.expected, Expected::Label(own) if **own == *label));
            // The first of equally common labels, so that the result does not depend on the order of the cases.
            let majority =
                task.labels.iter().map(|label| (label, of(label))).reduce(|a, b| if b.1 > a.1 { b } else { a });
            if let Some((label, share)) = majority {
                shares.insert(format!("always `{label}`"), share);
            }
            if task.abstain.is_some() {
                shares.insert("always decline".into(), declining);
            }
        }
        TaskKind::Extraction | TaskKind::Rag => {
            shares.insert("always decline".into(), declining);
        }
        TaskKind::Tools => {
            shares.insert("never call".into(), declining);
            let offered = cases.iter().flat_map(|case| case.tools.iter()).chain(task.tools.iter());
            for name in offered.map(Tool::name).collect::<BTreeSet<_>>() {
                let right = share(&|case| tools::is_right_without_arguments(case, name, task.arguments));
                if right > 0.0 {
                    shares.insert(format!("always call `{name}` with no arguments"), right);
                }
            }
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use serde_json::json;

    #[test]
    fn the_commonest_label_and_declining() {
        let mut task = sample::classification();
        let labels = ["delivery", "billing", "undetermined", "billing"];
        let cases: Vec<_> = labels.iter().map(|label| Arc::new(sample::label_case("c", label))).collect();
        assert_eq!(
            trivial(&task, &cases),
            BTreeMap::from([("always `billing`".into(), 0.5), ("always decline".into(), 0.25)])
        );
        task.abstain = None;
        assert_eq!(trivial(&task, &cases[..1]), BTreeMap::from([("always `delivery`".into(), 1.0)]));
        assert_eq!(trivial(&task, &[]), BTreeMap::new());
    }

    #[test]
    fn never_calling_and_always_calling() {
        let task = sample::tools();
        let cases = [
            json!({"calls": []}),
            json!({"calls": [{"name": "escalate", "arguments": {"team": {"any_of": ["legal"], "optional": true}}}]}),
            json!({"calls": [{"name": "refund", "arguments": {"order_number": "FM-1"}}]}),
            json!({"calls": [{"name": "escalate"}, {"name": "escalate"}]}),
        ]
        .map(|expected| Arc::new(sample::calls_case("c", expected)));
        assert_eq!(
            trivial(&task, &cases),
            BTreeMap::from([("never call".into(), 0.25), ("always call `escalate` with no arguments".into(), 0.25)])
        );
    }
}
