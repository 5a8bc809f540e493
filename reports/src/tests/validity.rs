//! Whether output can be read and follows the schema: of each form, of each model.

use super::fixture::{Run, SMALL, html, spec, summarize, with_reference};
use eval_core::{Aggregate, Direction};

const FORMS: [&str; 3] = ["json_as_given", "json_recovered", "json_none"];
const VALID: [&str; 3] = ["schema_valid", "schema_valid_as_given", "schema_valid_any_form"];
const AS_GIVEN: &str = "valid as given";
const ANY: &str = "valid, recovered counted";

/// One extraction: of the candidate's 40 answers 26 are valid as given, 10 in a fence, and 4 are no JSON. The
/// reference's are all valid as given.
fn run(accept_recovered: bool) -> Run {
    let mut run = with_reference();
    run.manifest.tasks.retain(|task| task.name == "fields");
    run.records.retain(|record| record.task == "fields");
    let task = &mut run.manifest.tasks[0];
    task.accept_recovered = accept_recovered;
    let share = |name: &&str| spec(name, "A share of the answers.", Direction::Higher, Aggregate::Share);
    task.metrics = FORMS.iter().chain(&VALID).map(share).collect();
    task.bars.clear();
    // The candidate's 40 come first.
    for (place, record) in run.records.iter_mut().enumerate() {
        let form = if place < 26 || record.model != SMALL {
            0
        } else if place < 36 {
            1
        } else {
            2
        };
        let valid = [form == 0 || (form == 1 && accept_recovered), form == 0, form < 2];
        let scores = [form == 0, form == 1, form == 2].into_iter().chain(valid);
        let named = FORMS.iter().chain(&VALID).zip(scores);
        record.scores = named.map(|(name, holds)| (name.to_string(), Some(f64::from(u8::from(holds))))).collect();
    }
    run
}

/// The same from before there were metrics of each form.
fn old(accept_recovered: bool) -> Run {
    let mut run = run(accept_recovered);
    run.manifest.tasks[0].metrics.retain(|spec| !VALID[1..].contains(&spec.name.as_str()));
    run.records.iter_mut().for_each(|record| record.scores.retain(|name, _| !VALID[1..].contains(&name.as_str())));
    run
}

/// The part of the page that tells, and nothing else.
fn section(run: &Run) -> String {
    let page = html(run, &summarize(run).unwrap()).unwrap();
    let (_, from) = page.split_once("Can the output be read?").unwrap();
    from.split_once("</table>").unwrap().0.to_string()
}

/// The values of a row, the candidate's first.
fn row(section: &str, words: &str) -> Option<Vec<String>> {
    let (_, from) = section.split_once(&format!("{words}</th>"))?;
    let cells = from.split_once("</tr>").unwrap().0.split("<td class=\"n\">").skip(1);
    Some(cells.map(|cell| cell.split(' ').next().unwrap().to_string()).collect())
}

#[test]
fn both_forms_stand_on_the_page_whatever_the_task_accepts() {
    for accept_recovered in [false, true] {
        let section = section(&run(accept_recovered));
        assert!(section.contains("Share of the answers that came, calls that failed left out, with 90% intervals"));
        assert_eq!(row(&section, AS_GIVEN).unwrap(), ["65.0%", "100.0%"], "{section}");
        assert_eq!(row(&section, ANY).unwrap(), ["90.0%", "100.0%"], "{section}");
        let costs = if accept_recovered { "would cost" } else { "costs" };
        let words = format!(
            "smollm2-135m: 65.0% of the answers fit the schema as given, 90.0% with the recovered counted: the form \
             alone {costs} 25 points. gpt-4o-mini: 100.0% of the answers fit the schema, a recovery adds none. "
        );
        let rest = if accept_recovered {
            "the task accepts it."
        } else {
            "the task does not accept it: the answer counts as broken."
        };
        assert!(
            section.contains(&format!(
                "<figcaption>{words}Recovered is JSON in a fence, in prose or with slips; {rest}</figcaption>"
            )),
            "{section}"
        );
    }
}

#[test]
fn an_old_run_shows_the_form_that_it_knows_and_leaves_the_other_out() {
    for (accept_recovered, known, value, missing, words) in [
        (false, AS_GIVEN, "65.0%", ANY, "65.0% of the answers fit the schema as given. "),
        (true, ANY, "90.0%", AS_GIVEN, "90.0% of the answers fit the schema with the recovered counted. "),
    ] {
        let section = section(&old(accept_recovered));
        assert_eq!(row(&section, known).unwrap(), [value, "100.0%"], "{section}");
        assert_eq!(row(&section, missing), None, "{section}");
        assert!(section.contains(words), "{section}");
    }
}

#[test]
fn beside_an_old_reference_what_is_not_known_of_it_is_no_zero() {
    let mut run = run(false);
    for record in run.records.iter_mut().filter(|record| record.model != SMALL) {
        record.scores.retain(|name, _| !VALID[1..].contains(&name.as_str()));
    }
    let section = section(&run);
    assert_eq!(row(&section, AS_GIVEN).unwrap(), ["65.0%", "100.0%"], "{section}");
    assert_eq!(row(&section, ANY).unwrap(), ["90.0%", "—"], "{section}");
}
