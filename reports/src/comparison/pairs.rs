//! The cases that two models were both asked: one frame, and the questions asked of it as lazy expressions.

use super::endpoint::Endpoint;
use crate::{evidence::Evidence, reader::Reader};
use polars::prelude::*;
use std::collections::BTreeMap;

/// What cases are joined on: their content, and which of the model's cases of that content it is.
const KEY: [&str; 3] = ["content_high", "content_low", "twin"];

/// What stands behind the names of the reference's columns.
const THEIRS: &str = "_theirs";

/// Clusters are numbers of their own run: a case that has one in the reference's alone shares none with the candidate's.
const OF_THEIRS: u32 = 1 << 30;

/// One row a case that both were asked, in the order of the candidate's cases. Where several cases have one content the
/// first goes with the first; they share a cluster, since they are no independent cases.
pub(crate) struct Pairs(DataFrame);

/// Both models' places of a case among their [`Evidence::cases`], candidate first.
pub(crate) type Places = [usize; 2];

impl Pairs {
    /// The pairs of two models on one task.
    pub fn new(candidate: &Evidence, reference: &Evidence) -> PolarsResult<Self> {
        let how = JoinArgs { suffix: Some(THEIRS.into()), ..JoinArgs::new(JoinType::Inner) };
        let key = || KEY.map(col);
        let pairs = cases(candidate)?.join(cases(reference)?, key(), key(), how);
        let columns = [
            col("place"),
            theirs("place"),
            cluster(),
            right(col("correct_low"), "right_ours"),
            right(theirs("correct_low"), "right_theirs"),
        ];
        let pairs = pairs.select([&columns[..], &correct(), &wrong()].concat());
        Ok(Self(pairs.sort(["place"], SortMultipleOptions::default()).collect()?))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.height()
    }

    /// Right answers. A failed call is not right; one of the reference may hide a right answer.
    pub fn correct(&self) -> PolarsResult<Endpoint> {
        self.endpoint(&CORRECT)
    }

    /// Confident wrong answers. A failed call is none; of either model it may hide one.
    pub fn wrong(&self) -> PolarsResult<Endpoint> {
        self.endpoint(&WRONG)
    }

    fn endpoint(&self, [shown, worst, best]: &[&str; 3]) -> PolarsResult<Endpoint> {
        let rows = Reader(&self.0);
        Ok(Endpoint {
            shown: rows.numbers(shown)?,
            worst: rows.numbers(worst)?,
            best: rows.numbers(best)?,
            clusters: self.clusters()?,
        })
    }

    /// The cluster of each.
    pub fn clusters(&self) -> PolarsResult<Vec<Option<u32>>> {
        Ok(self.0.column("cluster")?.u32()?.iter().collect())
    }

    /// Both right, the candidate only, the reference only, neither.
    pub fn table(&self) -> PolarsResult<[u64; 4]> {
        let [ours, theirs] = [col("right_ours"), col("right_theirs")];
        let cells = [
            ours.clone().and(theirs.clone()),
            ours.clone().and(theirs.clone().not()),
            ours.clone().not().and(theirs.clone()),
            ours.not().and(theirs.not()),
        ];
        const NAMES: [&str; 4] = ["both", "candidate_only", "reference_only", "neither"];
        let counts = cells.into_iter().zip(NAMES).map(|(cell, name)| cell.sum().alias(name));
        let counted = self.0.clone().lazy().select(counts.collect::<Vec<_>>()).collect()?;
        let mut table = [0; 4];
        for (count, name) in table.iter_mut().zip(NAMES) {
            *count = Reader(&counted).count(name, 0)?;
        }
        Ok(table)
    }

    /// Where both models' cases are.
    pub fn places(&self) -> PolarsResult<Vec<Places>> {
        places(&self.0)
    }

    /// The pairs of which one is right more often than the other, with the difference of right answers, candidate minus
    /// reference.
    pub fn differing(&self) -> PolarsResult<Vec<(Places, f64)>> {
        let differing = self.0.clone().lazy().filter(col(CORRECT[0]).neq(lit(0.0))).collect()?;
        Ok(places(&differing)?.into_iter().zip(Reader(&differing).numbers(CORRECT[0])?).collect())
    }

    /// The pairs of each tag, by the places of the candidate's cases that have it: of right answers as counted. Tags of
    /// fewer pairs are left out.
    pub fn by_tag(&self, tags: &BTreeMap<String, Vec<u32>>, fewest: usize) -> PolarsResult<Vec<(String, Endpoint)>> {
        let names: Vec<&String> = tags.keys().collect();
        let numbers = (0u32..).zip(tags.values()).flat_map(|(tag, cases)| cases.iter().map(move |_| tag));
        let numbers = Column::new("tag".into(), numbers.collect::<Vec<_>>());
        let cases = Column::new("place".into(), tags.values().flatten().copied().collect::<Vec<_>>());
        let tagged = DataFrame::new(cases.len(), vec![numbers, cases])?;
        let values = [col("cluster"), col(CORRECT[0])];
        let pairs = self.0.clone().lazy().select([&[col("place")], &values[..]].concat());
        let found = tagged
            .lazy()
            .join(pairs, [col("place")], [col("place")], JoinArgs::new(JoinType::Inner))
            .sort(["tag", "place"], SortMultipleOptions::default())
            .group_by_stable([col("tag")])
            .agg([&values[..], &[len().alias("pairs")]].concat())
            .filter(col("pairs").gt_eq(lit(fewest as u64)))
            .collect()?;
        let rows = Reader(&found);
        let slice = |row| {
            let [clusters, shown] = [rows.list("cluster", row)?, rows.list(CORRECT[0], row)?];
            let endpoint = Endpoint {
                shown: shown.f64()?.iter().flatten().collect(),
                clusters: clusters.u32()?.iter().collect(),
                ..Endpoint::default()
            };
            Ok((names[rows.count("tag", row)? as usize].clone(), endpoint))
        };
        rows.rows().map(slice).collect()
    }
}

fn places(pairs: &DataFrame) -> PolarsResult<Vec<Places>> {
    let rows = Reader(pairs);
    let [ours, theirs] = [rows.counts("place")?, rows.counts(&format!("place{THEIRS}"))?];
    Ok(ours.into_iter().zip(theirs).map(|(ours, theirs)| [ours as usize, theirs as usize]).collect())
}

/// One row a case that was asked, sorted by content.
fn cases(of: &Evidence) -> PolarsResult<LazyFrame> {
    let asked: Vec<_> = of.asked().collect();
    let content = |name: &str, half: fn(u128) -> u64| {
        let halves = asked.iter().map(|(_, case)| half(case.key.content.number()));
        Column::new(name.into(), halves.collect::<Vec<_>>())
    };
    let same_content = asked.chunk_by(|a, b| a.1.key.content == b.1.key.content);
    let twins = same_content.flat_map(|cases| (0u32..).zip(cases).map(|(twin, _)| twin));
    let share = |name: &str, of: fn(&crate::evidence::CaseRow) -> f64| {
        Column::new(name.into(), asked.iter().map(|(_, case)| of(case)).collect::<Vec<_>>())
    };
    let columns = vec![
        content(KEY[0], |content| (content >> 64) as u64),
        content(KEY[1], |content| content as u64),
        Column::new(KEY[2].into(), twins.collect::<Vec<_>>()),
        Column::new("place".into(), asked.iter().map(|(place, _)| *place as u32).collect::<Vec<_>>()),
        Column::new("cluster".into(), asked.iter().map(|(_, case)| case.cluster).collect::<Vec<_>>()),
        share("correct_low", |case| case.correct_low),
        share("correct_high", |case| case.correct_high),
        share("wrong_low", |case| case.wrong_low),
        share("wrong_high", |case| case.wrong_high),
        share("failed_calls", |case| case.failed_calls),
    ];
    Ok(DataFrame::new(asked.len(), columns)?.lazy())
}

/// The columns of an [`Endpoint`]: as counted, with all that is unknown taken against the candidate, and for it.
const CORRECT: [&str; 3] = ["correct_shown", "correct_worst", "correct_best"];
const WRONG: [&str; 3] = ["wrong_shown", "wrong_worst", "wrong_best"];

fn theirs(name: &str) -> Expr {
    col(format!("{name}{THEIRS}"))
}

fn correct() -> [Expr; 3] {
    [
        (col("correct_low") - theirs("correct_low")).alias(CORRECT[0]),
        (col("correct_low") - at_most_all(theirs("correct_high") + theirs("failed_calls"))).alias(CORRECT[1]),
        (col("correct_high") - theirs("correct_low")).alias(CORRECT[2]),
    ]
}

fn wrong() -> [Expr; 3] {
    [
        (col("wrong_low") - theirs("wrong_low")).alias(WRONG[0]),
        (at_most_all(col("wrong_high") + col("failed_calls")) - theirs("wrong_low")).alias(WRONG[1]),
        (col("wrong_low") - at_most_all(theirs("wrong_high") + theirs("failed_calls"))).alias(WRONG[2]),
    ]
}

/// Shares of a case's repeats: a sum of them is no more than all.
fn at_most_all(share: Expr) -> Expr {
    when(share.clone().gt(lit(1.0))).then(lit(1.0)).otherwise(share)
}

/// Whether a model is right, of cases that were asked once.
fn right(share: Expr, name: &str) -> Expr {
    share.gt(lit(0.5)).alias(name)
}

fn cluster() -> Expr {
    let other = theirs("cluster").xor(lit(OF_THEIRS));
    when(col("cluster").is_not_null()).then(col("cluster")).otherwise(other).alias("cluster")
}
