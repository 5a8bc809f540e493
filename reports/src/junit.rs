//! A comparison or a run as JUnit XML: a task is a suite, a case is a test.

use crate::{
    ReportError, Run, Summary, Verdict,
    breakdown::Fate,
    details::said_text,
    format::{percent, percent_interval},
    parts::with_parts,
    visible::visible,
};
use eval_core::{ModelRole, Outcome, Record};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::{collections::HashMap, time::Duration};

/// The records of the candidates as JUnit. A case that is not right is a failure with the reason, what was expected and
/// what came back; a failed call or scorer is an error; a case that was not asked is skipped. Each task ends with a test of
/// its own for its verdict, and before it one for the cases that are held out, which are no tests.
///
/// Of a run that is redacted texts are left out.
pub fn junit(run: &Run, summary: &Summary) -> Result<String, ReportError> {
    let manifest = &run.manifest;
    let candidates = manifest.models.iter().filter(|model| model.role == ModelRole::Candidate);
    let mut suites: Vec<(String, String, TestSuite)> = Vec::new();
    for model in candidates {
        for task in &manifest.tasks {
            suites.push((
                model.name.clone(),
                task.name.clone(),
                TestSuite::new(visible(&format!("{} · {}", task.name, model.name))),
            ));
        }
    }
    let places: HashMap<(String, String), usize> =
        suites.iter().enumerate().map(|(place, (model, task, _))| ((model.clone(), task.clone()), place)).collect();
    for source in &run.sources {
        source.each(|record, _| {
            let place = places.get(&(record.model.clone(), record.task.clone()));
            if let Some(place) = place.filter(|_| !run.is_held_out(&record)) {
                suites[*place].2.add_test_case(test(&record, run.redact));
            }
            Ok(())
        })?;
    }
    let mut report = Report::new(format!("eval {}", manifest.suite.name));
    for (model, task, mut suite) in suites {
        suite.test_cases.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()));
        suite.add_test_cases(parts_test(summary, &model, &task));
        suite.add_test_case(verdict_test(summary, &model, &task));
        // What a reader must know of the run, such as that a model is a recording of another.
        for note in &run.notes {
            suite.add_property(("note".to_string(), visible(note)));
        }
        report.add_test_suite(suite);
    }
    report.to_string().map_err(|error| ReportError::Junit { message: error.to_string() })
}

fn test(record: &Record, redacted: bool) -> TestCase {
    let name =
        if record.repeat == 0 { record.case.clone() } else { format!("{} (repeat {})", record.case, record.repeat) };
    let mut test = TestCase::new(visible(&name), status(record, redacted));
    test.set_classname(visible(&record.task));
    // A recorded latency may be any number.
    if let Some(time) = record.latency_ms.and_then(|ms| Duration::try_from_secs_f64(ms / 1e3).ok()) {
        test.set_time(time);
    }
    test
}

fn status(record: &Record, redacted: bool) -> TestCaseStatus {
    let fate = Fate::of(record);
    let kind = match record.outcome {
        Outcome::Skipped => return TestCaseStatus::skipped(),
        Outcome::RunnerFailed | Outcome::MetricFailed => NonSuccessKind::Error,
        Outcome::Scored if fate.is_correct() => return TestCaseStatus::success(),
        Outcome::Scored => NonSuccessKind::Failure,
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(fate.as_str());
    if redacted {
        status.set_message(fate.label());
        return status;
    }
    let note = record.note.as_deref().or(record.error.as_ref().map(|error| error.message.as_str()));
    let reason = note.map_or_else(|| fate.label().to_string(), |note| format!("{}: {note}", fate.label()));
    status.set_message(visible(&reason));
    let expected = if record.expected.is_null() { "not recorded".into() } else { record.expected.to_string() };
    status.set_description(visible(&format!("reason: {reason}\nexpected: {expected}\nactual: {}", said_text(record))));
    status
}

/// The cases that are held out as one test, with their totals; none where no case is.
fn parts_test(summary: &Summary, model: &str, task: &str) -> Option<TestCase> {
    let (.., parts) = with_parts(summary).find(|(found, row, _)| found.task == task && row.model == model)?;
    let mut test = TestCase::new("held out", TestCaseStatus::success());
    test.set_classname(visible(task));
    let rows = parts.rows().map(|(name, part)| {
        let rate = format!("{} {}", percent(part.correct_rate), percent_interval(part.interval));
        format!("{name}: {} right, {}", part.right(), rate.trim())
    });
    test.set_system_out(rows.into_iter().chain(parts.warning()).collect::<Vec<_>>().join("\n"));
    Some(test)
}

/// The task's verdict as a test: only `good_enough` passes.
fn verdict_test(summary: &Summary, model: &str, task: &str) -> TestCase {
    let row = summary.tasks.iter().find(|row| row.task == task);
    let found = row.and_then(|task| {
        let compared = task.comparisons.iter().find(|row| row.candidate == model);
        let alone = || task.models.iter().find(|row| row.model == model);
        compared.map(|row| (row.verdict, &row.reasons)).or_else(|| alone().map(|row| (row.verdict, &row.reasons)))
    });
    let status = match found {
        Some((Verdict::GoodEnough, _)) => TestCaseStatus::success(),
        Some((verdict, reasons)) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type("verdict").set_message(verdict.words());
            status.set_description(visible(&reasons.join("\n")));
            status
        }
        None => TestCaseStatus::skipped(),
    };
    let mut test = TestCase::new("verdict", status);
    test.set_classname(visible(task));
    test
}
