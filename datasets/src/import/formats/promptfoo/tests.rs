//! The tests: in the configuration, in files that it names, and as combinations of scenarios.

use super::{
    cells,
    config::{Config, Spot, expanded, file_of},
};
use crate::{
    SuiteError,
    import::{
        ImportFormat, Place, Why,
        rows::{self, Meter, TableOptions},
    },
};
use serde_json::{Map, Value};
use std::path::Path;

/// A test with what it takes over from `defaultTest` and its scenario.
#[derive(Debug, Clone, Default)]
pub(super) struct Test {
    pub(super) place: Place,
    pub(super) vars: Map<String, Value>,
    pub(super) asserts: Vec<Assertion>,
    pub(super) options: Map<String, Value>,
    pub(super) metadata: Map<String, Value>,
    pub(super) threshold: Option<f64>,
}

#[derive(Debug, Clone)]
pub(super) struct Assertion {
    pub(super) value: Value,
    pub(super) place: Place,
    /// It stands in `defaultTest`.
    pub(super) of_all: bool,
}

/// So many combinations are made of the lists in one test at most.
const COMBINATIONS: usize = 10_000;

/// All tests, in their order.
pub(super) fn all(config: &mut Config) -> Result<Vec<Test>, SuiteError> {
    let root = config.root.clone();
    let default = match root.key("defaultTest") {
        None => Test::default(),
        Some(spot) => {
            let spot = match spot.value().as_str().and_then(file_of) {
                Some(file) => Spot::read(&config.base.join(file))?,
                None => spot,
            };
            let mut default = test(&spot);
            default.asserts.iter_mut().for_each(|assertion| assertion.of_all = true);
            default
        }
    };
    let mut found = Vec::new();
    if let Some(spot) = root.key("tests") {
        gather(config, &spot, &mut found)?;
    }
    let mut tests: Vec<Test> = found.into_iter().map(|test| over(&default, test)).collect();
    if let Some(spot) = root.key("scenarios") {
        for scenario in listed(config, &spot)? {
            tests.extend(combined(config, &scenario, &default)?);
        }
    }
    let mut each: Vec<Test> = tests.into_iter().flat_map(spread).collect();
    for (row, test) in (1..).zip(&mut each) {
        test.place.row = row;
        test.asserts.iter_mut().for_each(|assertion| assertion.place.row = row);
    }
    Ok(each)
}

/// The tests of a scenario, each with each of its sets of variables.
fn combined(config: &mut Config, scenario: &Spot, default: &Test) -> Result<Vec<Test>, SuiteError> {
    let (mut sets, mut tests) = (Vec::new(), Vec::new());
    if let Some(spot) = scenario.key("config") {
        gather(config, &spot, &mut sets)?;
    }
    match scenario.key("tests") {
        Some(spot) => gather(config, &spot, &mut tests)?,
        None => tests.push(Test { place: scenario.place(0), ..Test::default() }),
    }
    let each = sets.iter().map(|set| over(default, set.clone()));
    Ok(each.flat_map(|set| tests.iter().map(|test| over(&set, test.clone())).collect::<Vec<_>>()).collect())
}

/// A test over what it takes over: its own values win, assertions add up.
fn over(base: &Test, test: Test) -> Test {
    let both = |base: &Map<String, Value>, own: Map<String, Value>| base.clone().into_iter().chain(own).collect();
    let without = test.options.get("disableDefaultAsserts") == Some(&Value::Bool(true));
    let inherited = base.asserts.iter().filter(|_| !without).cloned();
    Test {
        vars: both(&base.vars, test.vars),
        asserts: inherited.chain(test.asserts).collect(),
        options: both(&base.options, test.options),
        metadata: both(&base.metadata, test.metadata),
        threshold: test.threshold.or(base.threshold),
        place: test.place,
    }
}

/// The items of a list, those of files that it names among them.
fn listed(config: &mut Config, spot: &Spot) -> Result<Vec<Spot>, SuiteError> {
    let items = if spot.value().is_array() { spot.items() } else { vec![spot.clone()] };
    let mut out = Vec::new();
    for item in items {
        match item.value().as_str().and_then(file_of).map(str::to_string) {
            None => out.push(item),
            Some(file) => {
                for path in expanded(&config.base, &file) {
                    let read = Spot::read(&path)?;
                    out.extend(if read.value().is_array() { read.items() } else { vec![read] });
                }
            }
        }
    }
    Ok(out)
}

/// The tests of a list, of one test, or of what a text names.
fn gather(config: &mut Config, spot: &Spot, found: &mut Vec<Test>) -> Result<(), SuiteError> {
    match spot.value().clone() {
        Value::Array(_) => spot.items().iter().try_for_each(|item| gather(config, item, found)),
        Value::String(name) => named(config, spot, &name, found),
        Value::Object(map) => match map.get("path").or(map.get("$values")).or(map.get("$expand")) {
            Some(Value::String(name)) if !map.contains_key("vars") => named(config, spot, name, found),
            _ if map.contains_key("tests") && !map.contains_key("vars") => match spot.key("tests") {
                Some(tests) => gather(config, &tests, found),
                None => Ok(()),
            },
            _ => {
                found.push(test(spot));
                Ok(())
            }
        },
        _ => {
            config.leave_out(spot, Why::new("neither a test nor the name of a file"));
            Ok(())
        }
    }
}

/// The tests of a file, or of several by `*`.
fn named(config: &mut Config, spot: &Spot, name: &str, found: &mut Vec<Test>) -> Result<(), SuiteError> {
    let file = file_of(name).unwrap_or(name);
    if file.contains("://") {
        config.leave_out(spot, Why::new("tests in another place").detail(format!("`{name}`: nothing is fetched")));
        return Ok(());
    }
    let paths = expanded(&config.base, file);
    if paths.is_empty() || file.contains("**") {
        config.leave_out(
            spot,
            Why::new("a pattern that no file fits").detail(format!("`{name}`; `*` stands in the last part")),
        );
        return Ok(());
    }
    for path in paths {
        match rows::ending(&path).as_deref() {
            Some("yaml" | "yml" | "json") => gather(config, &Spot::read(&path)?, found)?,
            Some("csv") => table(&path, ImportFormat::Csv, found)?,
            Some("tsv") => table(&path, ImportFormat::Tsv, found)?,
            Some("jsonl" | "ndjson") => table(&path, ImportFormat::Jsonl, found)?,
            Some("xlsx" | "xls") => config.leave_out(spot, Why::new("a spreadsheet: save it as .csv").detail(name)),
            _ => {
                config.leave_out(spot, Why::new("tests that a program makes: let it write them as .jsonl").detail(name))
            }
        }
    }
    Ok(())
}

/// A test of a YAML or JSON file.
fn test(spot: &Spot) -> Test {
    let map = |key: &str| spot.value()[key].as_object().cloned().unwrap_or_default();
    let mut vars = map("vars");
    if let Some(file) = spot.value()["vars"].as_str() {
        // All variables stand in a file of their own.
        vars.insert(super::values::FILE_OF_ALL.into(), file.into());
    }
    let asserts = spot.key("assert").map(|asserts| asserts.items()).unwrap_or_default();
    let asserts =
        asserts.iter().map(|spot| Assertion { value: spot.value().clone(), place: spot.place(0), of_all: false });
    Test {
        place: spot.place(0),
        vars,
        asserts: asserts.collect(),
        options: map("options"),
        metadata: map("metadata"),
        threshold: spot.value()["threshold"].as_f64(),
    }
}

/// The tests of a table: an object a line is a test, a row of cells one by the names of its columns.
fn table(path: &Path, format: ImportFormat, found: &mut Vec<Test>) -> Result<(), SuiteError> {
    let options = TableOptions { format, at: None };
    let mut rows = rows::open(&[path.to_path_buf()], &options, &Meter::default())?;
    while let Some(row) = rows.next()? {
        let columns = row.columns.map_err(|why| {
            SuiteError::new(format!("{}: {why}", row.place))
                .help("mend the row: every row of a promptfoo table is a test")
        })?;
        found.push(match format {
            ImportFormat::Jsonl => object(columns, row.place),
            _ => cells::test(columns, row.place),
        });
    }
    Ok(())
}

fn object(columns: Map<String, Value>, place: Place) -> Test {
    let map = |key: &str| columns.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
    let asserts = columns.get("assert").and_then(Value::as_array).into_iter().flatten().enumerate();
    let at = |at: usize| Place { at: Some(format!("assert[{at}]")), ..place.clone() };
    Test {
        vars: map("vars"),
        asserts: asserts.map(|(n, value)| Assertion { value: value.clone(), place: at(n), of_all: false }).collect(),
        options: map("options"),
        metadata: map("metadata"),
        threshold: columns.get("threshold").and_then(Value::as_f64),
        place,
    }
}

/// A variable that is a list stands for as many tests, unless the test says otherwise.
fn spread(test: Test) -> Vec<Test> {
    if test.options.get("disableVarExpansion") == Some(&Value::Bool(true)) {
        return vec![test];
    }
    let lists: Vec<(String, Vec<Value>)> =
        test.vars.iter().filter_map(|(name, value)| Some((name.clone(), value.as_array()?.clone()))).collect();
    let mut tests = vec![test];
    for (name, values) in lists {
        if tests.len() * values.len().max(1) > COMBINATIONS {
            break;
        }
        let with = |test: &Test, value: &Value| {
            let mut test = test.clone();
            test.vars.insert(name.clone(), value.clone());
            test
        };
        tests =
            tests.iter().flat_map(|test| values.iter().map(|value| with(test, value)).collect::<Vec<_>>()).collect();
    }
    tests
}
