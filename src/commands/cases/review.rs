//! `eval cases review`.

use super::{
    outcome::Asked,
    queue::{Queue, models},
};
use crate::{
    args::ReviewArgs,
    exit::Exit,
    run_folder::RunFolder,
    screen::{Screen, counted},
};
use eval_core::{Case, Digest, Task};
use eval_datasets::{EditableSuite, Finding, Review};
use eval_reports::{Card, Doubt, Style, card};
use miette::{IntoDiagnostic, Report, WrapErr, miette};
use std::io::{BufRead, IsTerminal, StdinLock};

const KEYS: &str = "r right · w wrong · u unsure · s skip · b back · q quit > ";

pub fn run(args: &ReviewArgs, screen: &Screen) -> miette::Result<Exit> {
    let folder = RunFolder::find(&args.run, &args.out)?;
    let run = eval_reports::read_run(folder.path()).map_err(|error| miette!("{error}"))?;
    let source = args.suite.as_ref().unwrap_or(&run.manifest.suite.source);
    let suite = EditableSuite::open(source)?;
    let (asked, here) = (&run.manifest.suite.name, &suite.loaded().suite.name);
    if asked != here {
        let help = "name the folder of that suite with --suite";
        return Err(miette!(help = help, "the run {} is of the suite {asked:?}, not {here:?}", run.manifest.id));
    }
    for task in &args.tasks {
        suite.task(task)?;
    }
    let models = models(args, &run.manifest)?;
    let queue = Queue::new(&run, &models, &args.tasks, &suite.loaded().suite)?;
    queue.say(&models, screen)?;
    let by = by(args)?;
    let mut session = Session {
        suite,
        doubts: queue.doubts,
        history: Vec::new(),
        by,
        on: jiff::Zoned::now().strftime("%Y-%m-%d").to_string(),
        typed: std::io::stdin().lock(),
        screen,
    };
    let walked = session.walk();
    session.sum_up()?;
    walked.map(|()| Exit::Done)
}

/// Whose word it is.
fn by(args: &ReviewArgs) -> miette::Result<String> {
    let user = || ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    args.by.clone().or_else(user).filter(|by| !by.trim().is_empty()).ok_or_else(|| {
        miette!(help = "say it with --by NAME", "it is not known who decides: the environment names no user")
    })
}

struct Session<'a> {
    suite: EditableSuite,
    doubts: Vec<Doubt>,
    /// What was done with each case so far.
    history: Vec<Step>,
    by: String,
    on: String,
    typed: StdinLock<'static>,
    screen: &'a Screen,
}

enum Step {
    Skipped,
    /// What was found, and the case's line as it was before.
    Decided(Finding, String),
}

/// What a person answers to a case.
enum Answer {
    Step(Step),
    Back,
    Quit,
}

impl Session<'_> {
    fn walk(&mut self) -> miette::Result<()> {
        while let Some(doubt) = self.doubts.get(self.history.len()).cloned() {
            self.show(&doubt)?;
            match self.answer(&doubt)? {
                Answer::Step(step) => self.history.push(step),
                Answer::Back => self.back()?,
                Answer::Quit => break,
            }
        }
        Ok(())
    }

    fn case(&self, doubt: &Doubt) -> miette::Result<&Case> {
        let cases = &self.suite.task(&doubt.task)?.cases;
        let case = cases.iter().find(|case| *case.id == *doubt.case);
        case.map(|case| &**case).ok_or_else(|| miette!("the case {} is not there any more", doubt.case))
    }

    fn show(&self, doubt: &Doubt) -> miette::Result<()> {
        let case = self.case(doubt)?;
        let place = format!("{} of {}", self.history.len() + 1, self.doubts.len());
        let shown = Card {
            head: &format!("{place} · {} · {}", doubt.task, doubt.case),
            input: &case.input,
            context: &case.context,
            gold: &case.expected_json(),
            answers: &doubt.answers,
        };
        let style = Style { width: self.screen.width(), color: self.screen.color };
        self.screen.print(&format!("\n{}\n", card(&shown, style)))
    }

    /// Asks until the answer is one.
    fn answer(&mut self, doubt: &Doubt) -> miette::Result<Answer> {
        loop {
            let Some(word) = self.ask(KEYS)? else { return Ok(Answer::Quit) };
            let step = match word.as_str() {
                "q" => return Ok(Answer::Quit),
                "b" => return Ok(Answer::Back),
                "s" => return Ok(Answer::Step(Step::Skipped)),
                "r" => self.decide(doubt, Finding::Right),
                "u" => self.decide(doubt, Finding::Unsure),
                "w" => match self.corrected(doubt)? {
                    Some(step) => Ok(step),
                    None => continue,
                },
                _ => Err(miette!("{word:?} is none of r, w, u, s, b and q")),
            };
            match step {
                Ok(step) => return Ok(Answer::Step(step)),
                Err(error) => self.complain(error)?,
            }
        }
    }

    /// Asks for the right outcome until it is one; `None`: none was given.
    fn corrected(&mut self, doubt: &Doubt) -> miette::Result<Option<Step>> {
        let gold = self.case(doubt)?.expected_json();
        let Task { kind, labels, .. } = self.suite.task(&doubt.task)?;
        let asked = Asked { kind: *kind, labels: labels.clone(), gold: &gold, answers: &doubt.answers };
        let question = asked.question();
        loop {
            let Some(words) = self.ask(&question)?.filter(|words| !words.is_empty()) else { return Ok(None) };
            match asked.meant(&words).and_then(|gold| self.decide(doubt, Finding::Changed(gold))) {
                Ok(step) => return Ok(Some(step)),
                Err(error) => self.complain(error)?,
            }
        }
    }

    fn decide(&mut self, doubt: &Doubt, finding: Finding) -> miette::Result<Step> {
        let hash = Digest::parse(&doubt.case_hash).ok_or_else(|| miette!("the record's case_hash is none"))?;
        let review = Review { by: self.by.clone(), on: self.on.clone(), finding: finding.clone() };
        let line = self.suite.review(&doubt.task, &doubt.case, hash, &review)?;
        Ok(Step::Decided(finding, line))
    }

    /// The case before this one again, as it was before it was decided.
    fn back(&mut self) -> miette::Result<()> {
        let Some(step) = self.history.pop() else {
            return self.complain(miette!("this is the first case"));
        };
        let (doubt, Step::Decided(_, line)) = (&self.doubts[self.history.len()], step) else { return Ok(()) };
        Ok(self.suite.take_back(&doubt.task, &doubt.case, &line)?)
    }

    /// At a terminal a mistake is told and asked again. In a pipe the lines after it are meant for other questions.
    fn complain(&self, error: Report) -> miette::Result<()> {
        if !std::io::stdin().is_terminal() {
            return Err(error);
        }
        self.screen.error(&error);
        Ok(())
    }

    /// A line that was typed, without blanks around it; `None` at the end.
    fn ask(&mut self, question: &str) -> miette::Result<Option<String>> {
        self.screen.print(question)?;
        let mut line = String::new();
        let read = self.typed.read_line(&mut line).into_diagnostic().wrap_err("failed to read what was typed")?;
        if !std::io::stdin().is_terminal() {
            self.screen.print("\n")?;
        }
        Ok((read > 0).then(|| line.trim().to_string()))
    }

    fn sum_up(&self) -> miette::Result<()> {
        let count = |is: fn(&Step) -> bool| self.history.iter().filter(|step| is(step)).count();
        let right = count(|step| matches!(step, Step::Decided(Finding::Right, _)));
        let changed = count(|step| matches!(step, Step::Decided(Finding::Changed(_), _)));
        let unsure = count(|step| matches!(step, Step::Decided(Finding::Unsure, _)));
        let left = self.doubts.len() - self.history.len();
        self.screen.print(&format!(
            "{} reviewed: {right} right, {changed} changed, {unsure} unsure; {} skipped, {left} left\n",
            counted(right + changed + unsure, "case"),
            count(|step| matches!(step, Step::Skipped)),
        ))?;
        if changed > 0 {
            self.screen.note("a new run counts by the changed golds; answers that were bought are not bought again");
        }
        Ok(())
    }
}
