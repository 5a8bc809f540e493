//! Whether a field's value is the expected one.

use super::{
    date,
    number::{self, Quantity},
    time::{read_clock, read_moment},
    units,
};
use crate::{json::same_number, text::fold};
use eval_core::{Compare, FieldRule};
use jiff::civil::Date;
use serde_json::{Number, Value};

/// Compares two values by a rule; `expected` is not null.
///
/// - exact: the same JSON value, numbers by value (`1` is `1.0`)
/// - text: strings after Unicode NFKC, lower case and collapsing blanks
/// - number: numbers or strings that read as one, in one unit, no further apart than the rule allows
/// - date, time, datetime: strings that read as the same day, time of day, or moment
pub(super) fn equal(rule: &FieldRule, expected: &Value, got: &Value) -> bool {
    match (rule.compare, expected, got) {
        (Compare::Text, Value::String(a), Value::String(b)) => fold(a) == fold(b),
        (Compare::Number, a, b) => are_near(rule, a, b).unwrap_or(false),
        (Compare::Date, Value::String(a), Value::String(b)) => {
            matches!((day(rule, a), day(rule, b)), (Some(a), Some(b)) if a == b)
        }
        (Compare::Time, Value::String(a), Value::String(b)) => {
            matches!((read_clock(a), read_clock(b)), (Some(a), Some(b)) if a.is_same(b))
        }
        (Compare::Datetime, Value::String(a), Value::String(b)) => {
            let read = |text: &str| read_moment(text, rule.month_first);
            matches!((read(a), read(b)), (Some(a), Some(b)) if a.is_same(b))
        }
        (Compare::Date | Compare::Time | Compare::Datetime, ..) => false,
        (_, a, b) => same(a, b),
    }
}

/// The same however it is written: what the expected value is, a number, text or a day, decides how the other is read.
/// That is what a model knows, whatever the suite asks for.
pub(super) fn equal_however_written(rule: &FieldRule, expected: &Value, got: &Value) -> bool {
    let by = |compare| equal(&FieldRule { compare, ..rule.clone() }, expected, got);
    match expected {
        Value::Number(_) => by(Compare::Number),
        Value::String(_) => by(Compare::Text) || by(Compare::Date) || by(Compare::Datetime),
        _ => false,
    }
}

/// The same JSON value, numbers by value.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        _ => a == b,
    }
}

/// A day, also with a time after it.
fn day(rule: &FieldRule, text: &str) -> Option<Date> {
    let alone = date::read(text, rule.month_first);
    alone.or_else(|| read_moment(text, rule.month_first).map(|moment| moment.date))
}

/// `None` where one of the two is no number, or where they count different things.
fn are_near(rule: &FieldRule, expected: &Value, got: &Value) -> Option<bool> {
    let unit = rule.unit.as_deref().map(units::folded);
    let (expected, got) = (quantity(expected, unit.as_deref())?, quantity(got, unit.as_deref())?);
    let factor = match (expected.unit, got.unit) {
        (Some(a), Some(b)) if a.dimension != b.dimension => return None,
        (Some(a), Some(b)) => b.factor / a.factor,
        _ => 1.0,
    };
    let share = rule.relative.unwrap_or(0.0) * expected.value.abs();
    let tolerance = rule.tolerance.unwrap_or(0.0).max(share);
    // Large integers that differ may be the same floating-point number.
    let difference = expected.whole.zip(got.whole).and_then(|(a, b)| a.checked_sub(b)).filter(|_| factor == 1.0);
    Some(match difference {
        Some(difference) => near(difference as f64, 0.0, tolerance),
        None => near(expected.value, got.value * factor, tolerance),
    })
}

/// A number in the unit that stands beside it, else in the rule's.
fn quantity(value: &Value, unit: Option<&str>) -> Option<Quantity> {
    let read = match value {
        Value::Number(number) => Quantity { value: number.as_f64()?, whole: whole(number), unit: None },
        Value::String(text) => number::read(text, unit)?,
        _ => return None,
    };
    Some(Quantity { unit: read.unit.or_else(|| unit.map(units::named)), ..read })
}

fn whole(number: &Number) -> Option<i128> {
    number.as_i128().or_else(|| number.as_f64().filter(|x| x.fract() == 0.0 && x.abs() < 9e15).map(|x| x as i128))
}

/// With room for what decimal fractions lose in binary: 12.51 is 0.01 from 12.50.
fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance + 1e-12 * a.abs().max(b.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule(compare: Compare, tolerance: Option<f64>) -> FieldRule {
        FieldRule { compare, tolerance, ..FieldRule::default() }
    }

    #[test]
    fn comparators() {
        let text = rule(Compare::Text, None);
        let number = rule(Compare::Number, None);
        let cent = rule(Compare::Number, Some(0.01));
        let date = rule(Compare::Date, None);
        let time = rule(Compare::Time, None);
        let moment = rule(Compare::Datetime, None);
        let exact = FieldRule::default();
        let percent = FieldRule { relative: Some(0.01), ..number.clone() };
        let kilos = FieldRule { unit: Some("kg".into()), ..cent.clone() };
        let boxes = FieldRule { unit: Some("Boxes".into()), ..number.clone() };
        let milliwatts = FieldRule { unit: Some("mW".into()), ..number.clone() };
        let american = FieldRule { month_first: true, ..date.clone() };
        for (rule, expected, got, is_equal) in [
            (&exact, json!(1), json!(1.0), true),
            (&exact, json!(9007199254740993u64), json!(9007199254740992u64), false),
            (&exact, json!("Tent"), json!("tent"), false),
            (&exact, json!("1"), json!(1), false),
            (&exact, json!(true), json!(true), true),
            (&exact, json!("x"), json!(["x"]), false),
            (&text, json!("Nordlys 200"), json!(" NORDLYS\u{a0} 200"), true),
            (&text, json!("ﬁlter"), json!("Filter"), true),
            (&text, json!("tent"), json!("tents"), false),
            (&text, json!(5), json!(5.0), true),
            (&text, json!(5), json!("5"), false),
            (&number, json!(1299), json!("1.299,00 €"), true),
            (&number, json!("1 299"), json!(1299.0), true),
            (&number, json!(12.5), json!(12.51), false),
            (&number, json!(0.3), json!(0.1 + 0.2), true),
            (&number, json!(9007199254740993u64), json!(9007199254740992u64), false),
            (&number, json!(9007199254740993u64), json!("9.007.199.254.740.993"), true),
            (&number, json!(12345678901234567890u64), json!("12345678901234567891"), false),
            (&number, json!(20000000000001u64), json!(20000000000000.0), false),
            (&number, json!("$9007199254740993"), json!("9007199254740992 USD"), false),
            (&cent, json!(9007199254740993u64), json!(9007199254740992u64), false),
            (&number, json!(12.5), json!("about 12.5"), false),
            (&number, json!(1), json!(true), false),
            (&cent, json!(12.5), json!(12.51), true),
            (&cent, json!(12.5), json!(12.511), false),
            (&cent, json!(1299.0), json!("1,299.01"), true),
            (&date, json!("2026-03-14"), json!("14. März 2026"), true),
            (&date, json!("2026-03-14"), json!("March 15, 2026"), false),
            (&date, json!("2026-03-14"), json!(20260314), false),
            (&date, json!("2026-03-14"), json!("soon"), false),
            (&date, json!("2026-03-14"), json!("2026-03-14T10:30:00Z"), true),
            (&date, json!("2026-03-04"), json!("03/04/2026"), false),
            (&american, json!("2026-03-04"), json!("03/04/2026"), true),
            (&time, json!("14:30"), json!("2:30 pm"), true),
            (&time, json!("14:30"), json!("02:30"), false),
            (&moment, json!("2026-03-14T10:30:00Z"), json!("14.03.2026 10:30"), true),
            (&moment, json!("2026-03-14T10:30:00Z"), json!("2026-03-14"), false),
            (&number, json!("$45"), json!("45 USD"), true),
            (&number, json!("$45"), json!("45 €"), false),
            (&number, json!(1e-13), json!(2e-13), false),
            (&percent, json!(200), json!(201.9), true),
            (&percent, json!(200), json!(202.1), false),
            (&percent, json!(-200), json!("-198"), true),
            (&kilos, json!(1.5), json!("1.5 kg"), true),
            (&kilos, json!(1.5), json!("1500 g"), true),
            (&kilos, json!(1.5), json!(1.5), true),
            (&kilos, json!(1.5), json!("1.5 g"), false),
            (&kilos, json!(1.5), json!("1.5 l"), false),
            (&kilos, json!("1500 g"), json!(1.5), true),
            (&boxes, json!(3), json!("3 boxes"), true),
            (&boxes, json!(3), json!("3 kg"), false),
            (&milliwatts, json!(5), json!("5 mW"), true),
            (&milliwatts, json!(5), json!("5 MW"), false),
            (&milliwatts, json!(5), json!("0.005 W"), true),
        ] {
            assert_eq!(equal(rule, &expected, &got), is_equal, "{rule:?} {expected} {got}");
            assert!(!equal(rule, &expected, &Value::Null));
        }
    }

    #[test]
    fn what_is_known_may_be_written_in_many_ways() {
        let exact = FieldRule::default();
        for (expected, got, equal) in [
            (json!(1299), json!("$1,299.00"), true),
            (json!(1299), json!("$1,299.50"), false),
            (json!("2026-03-14"), json!("14 March 2026"), true),
            (json!("Blue"), json!(" blue"), true),
            (json!("0123"), json!("123"), false),
            (json!(true), json!("true"), false),
        ] {
            assert_eq!(equal_however_written(&exact, &expected, &got), equal, "{expected} {got}");
        }
    }
}
