use super::{Gate, GateOutcome};
use crate::{Summary, Verdict, visible::visible};

/// Workflow commands that annotate a GitHub run: one for the gate, one for each task that does not pass.
pub fn annotations(gate: &Gate, summary: &Summary) -> String {
    let mut lines = vec![command(
        level(gate.outcome),
        &format!("eval: {} gate {}", summary.suite, gate.outcome.words()),
        &[&[gate.words()], &gate.reasons[..gate.own], &gate.deciding[..]].concat().join("\n"),
    )];
    for task in &summary.tasks {
        let compared = task.comparisons.iter().map(|row| (&row.candidate, row.verdict, &row.reasons));
        let alone = task.models.iter().filter(|_| task.comparisons.is_empty());
        let rows = compared.chain(alone.map(|row| (&row.model, row.verdict, &row.reasons)));
        for (model, verdict, reasons) in rows.filter(|row| row.1 != Verdict::GoodEnough) {
            let level = if verdict == Verdict::NeedMoreData { "warning" } else { "error" };
            lines.push(command(level, &format!("{}: {model} {}", task.task, verdict.words()), &reasons.join("\n")));
        }
    }
    lines.concat()
}

fn level(outcome: GateOutcome) -> &'static str {
    match outcome {
        GateOutcome::Passed => "notice",
        GateOutcome::Undecided => "warning",
        GateOutcome::Failed | GateOutcome::Invalid => "error",
    }
}

/// `::error title=…::…` on a line of its own: nothing in the texts can end it or begin another.
fn command(level: &str, title: &str, message: &str) -> String {
    let data =
        |text: &str| visible(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace("##[", "## [");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    format!("::{level} title={}::{}\n", property(title), data(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_begin_a_command_of_its_own() {
        let line = command("error", "a,b: c", "50% of\n::set-output name=x::y\r");
        assert_eq!(line, "::error title=a%2Cb%3A c::50%25 of%0A::set-output name=x::y\\r\n");
    }
}
