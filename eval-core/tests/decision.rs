//! The statistics against an independent computation on public data: a closed and an open model on the same items of GSM8K
//! and MMLU. `tests/oracles/decision/README.md` says how the figures came to be.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use eval_core::statistics::{
    Interval, Side, mcnemar, mcnemar_mid_p_worse, newcombe, pairs_needed_exact, tango, tango_power, tango_test, wilson,
};
use serde_json::Value;

const EXACT: f64 = 1e-6;

fn oracle() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/oracles/decision/decision.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn close(what: &str, got: f64, want: &Value) {
    let want = want.as_f64().unwrap_or_else(|| panic!("{what}: no number"));
    // P-values go down to 1e-220: they must agree in proportion.
    let off = (got - want).abs();
    assert!(off <= EXACT && (off <= EXACT * want.abs() || off < 1e-12), "{what}: {got} is not {want}");
}

fn close_interval(what: &str, got: Interval, want: &Value) {
    close(what, got.lower, &want[0]);
    close(what, got.upper, &want[1]);
}

#[test]
fn every_figure_of_the_paired_tables() {
    let oracle = oracle();
    for (name, set) in oracle["sets"].as_object().unwrap() {
        let [both, ours, theirs, neither] = [0, 1, 2, 3].map(|cell| set["table"][cell].as_f64().unwrap());
        let n = both + ours + theirs + neither;
        close(name, (ours - theirs) / n, &set["difference"]);
        for (level, text) in [(0.90, "0.90"), (0.95, "0.95")] {
            close_interval(name, tango(ours, theirs, n, level), &set["tango"][text]);
            close_interval(name, newcombe(both, ours, theirs, neither, level), &set["newcombe"][text]);
            // Correctness alone: every wrong answer counts as a confident one, the mirror image.
            close_interval(name, tango(theirs, ours, n, level), &set["wrong_answers"]["tango"][text]);
            close_interval(name, wilson(both + ours, n, level), &set["candidate"]["wilson"][text]);
            close_interval(name, wilson(both + theirs, n, level), &set["reference"]["wilson"][text]);
        }
        let p = mcnemar(ours as u64, theirs as u64);
        let kinds =
            [("exact", p.exact), ("mid_p", p.mid_p), ("asymptotic", p.asymptotic), ("continuity", p.continuity)];
        kinds.into_iter().for_each(|(kind, p)| close(kind, p, &set["mcnemar"][kind]));
        close(name, mcnemar_mid_p_worse(ours as u64, theirs as u64), &set["mcnemar"]["mid_p_worse"]);
        for (margin, text) in [(0.02, "0.02"), (0.05, "0.05"), (0.10, "0.10")] {
            close(name, tango_test(ours, theirs, n, -margin, Side::AtLeast), &set["p_noninferiority"][text]);
        }
    }
}

#[test]
fn exact_power_and_the_number_of_pairs() {
    let oracle = oracle();
    let number = |row: &Value, key: &str| row[key].as_f64().unwrap();
    for row in oracle["power"].as_array().unwrap() {
        let n = row["n"].as_u64().unwrap();
        close(
            "power",
            tango_power(n, number(row, "discordance"), 0.0, number(row, "margin"), number(row, "alpha")),
            &row["power"],
        );
    }
    for row in oracle["smallest_n"].as_array().unwrap() {
        let [discordance, margin, alpha, power] =
            ["discordance", "margin", "alpha", "power"].map(|key| number(row, key));
        assert_eq!(pairs_needed_exact(discordance, 0.0, margin, alpha, power), row["lasting"].as_u64(), "{row}");
    }
}
