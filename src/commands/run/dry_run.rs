//! `eval run --dry-run`: what a run would ask, and what it would cost.

use crate::{
    args::RunArgs,
    environment::Environment,
    models::{self, ModelSpec},
    plan::Plan,
    screen::{Screen, counted},
    settings::Settings,
};
use eval_core::{Ask, Case, Price, Prompt, Record};
use eval_runners::{
    cache::{CacheMode, Identity, Key, Store},
    layers::Estimate,
};
use miette::miette;

/// What a model would be asked.
#[derive(Default)]
struct Sum {
    calls: u64,
    /// Those that the cache answers.
    cached: u64,
    input: u64,
    output_at_most: u64,
    cost: f64,
    cost_at_most: f64,
}

impl Sum {
    fn add(&mut self, prompt: &Prompt, times: u64, thinking_tokens: Option<u32>, price: Option<&Price>) {
        let estimate = Estimate::of(prompt, thinking_tokens);
        self.calls += times;
        self.input += times * estimate.input;
        self.output_at_most += times * estimate.output_at_most;
        if let Some(price) = price {
            self.cost += times as f64 * estimate.cost(price);
            self.cost_at_most += times as f64 * estimate.cost_at_most(price);
        }
    }

    fn cost(&self, served: bool, price: Option<&Price>) -> String {
        match price {
            _ if !served => "answered on this machine".into(),
            None => "cost not known: no price".into(),
            Some(_) => format!("about ${:.4}, at most ${:.4}", self.cost, self.cost_at_most),
        }
    }
}

/// Prints calls, tokens and cost of each model. Keys are not needed and nobody is asked.
pub fn print(
    specs: &[ModelSpec],
    judges: &[ModelSpec],
    plan: &Plan,
    args: &RunArgs,
    environment: &Environment,
    settings: &Settings,
    screen: &Screen,
) -> miette::Result<()> {
    let cases: usize = plan.sizes().iter().map(|(_, size)| size).sum();
    let tasks = counted(plan.sizes().len(), "task");
    screen.print(&format!("{}: {} in {tasks}; nothing is asked\n\n", plan.suite.suite.name, counted(cases, "call")))?;
    let mode = if args.cache_mode() == CacheMode::Off { CacheMode::Off } else { CacheMode::Read };
    let store = mode.open(args.cache_folder()).map_err(|error| miette!("{error}"))?;
    let (mut total, mut total_at_most, mut known) = (0.0, 0.0, true);
    for spec in specs {
        let served = models::describe(spec, args.seed, &plan.suite.suite, environment, settings)?;
        let price = served.as_ref().and_then(|served| served.price.as_ref());
        let identity = served.as_ref().map(|served| &served.cached_as);
        let sum = sum(spec, plan, price, identity.zip(store.as_ref()))?;
        let cost = sum.cost(served.is_some(), price);
        total += sum.cost;
        total_at_most += sum.cost_at_most;
        known &= served.is_none() || price.is_some();
        screen.print(&format!("  {}\n", spec.name))?;
        screen.print(&format!(
            "    {}{}, about {} tokens in, at most {} out, {cost}\n",
            counted(sum.calls as usize, "call"),
            if sum.cached > 0 { format!(" and {} from the cache", sum.cached) } else { String::new() },
            sum.input,
            sum.output_at_most,
        ))?;
    }
    for judge in judges {
        // Where data may go holds for a judge as well.
        let served = models::describe(judge, args.seed, &plan.suite.suite, environment, settings)?;
        let price = served.as_ref().and_then(|served| served.price.as_ref());
        let sum = of_judge(judge, specs.len(), plan, args.repeat, price);
        total += sum.cost;
        total_at_most += sum.cost_at_most;
        known &= served.is_none() || price.is_some();
        screen.print(&format!(
            "  {} (judge)\n    at most {}, about {} tokens in, at most {} out, {}\n",
            judge.name,
            counted(sum.calls as usize, "call"),
            sum.input,
            sum.output_at_most,
            sum.cost(served.is_some(), price),
        ))?;
    }
    let note = if known { "" } else { ", and what is not known" };
    screen.print(&format!("\n  in all about ${total:.4}, at most ${total_at_most:.4}{note}\n"))?;
    screen.print(
        "  tokens in are counted as four bytes each; the most is one a byte, and every answer as long as it may be\n",
    )?;
    if judges.is_empty() {
        return Ok(());
    }
    screen.print("  a judge reads those answers, four bytes a token, and is not asked about what cannot be judged\n")
}

/// All questions about an answer of every model to every case, each answer as long as it may be.
fn of_judge(judge: &ModelSpec, models: usize, plan: &Plan, repeats: u32, price: Option<&Price>) -> Sum {
    let mut sum = Sum::default();
    let asked = plan.asked();
    for judged in plan.judged().iter().filter(|judged| judged.judge == judge.name) {
        let models = if judged.metric.is_pairwise() { models.saturating_sub(1) } else { models };
        let times = models as u64 * u64::from(repeats);
        let of_task = asked.iter().filter(|(task, _)| task.name == judged.task);
        for (task, case) in of_task.flat_map(|(task, cases)| cases.iter().map(move |case| (task, case))) {
            let [answer, reference] = ["a", "b"].map(|letter| longest(case, task.max_output_tokens, letter));
            if let Ask::Judge(questions) = judged.metric.ask(case, &answer, Some(&reference)) {
                let prompts = questions.iter().map(|question| question.prompt(&answer));
                prompts.for_each(|prompt| sum.add(&prompt, times, judge.settings.thinking_tokens, price));
            }
        }
    }
    sum
}

/// An answer to a case of so many tokens.
fn longest(case: &Case, tokens: u32, letter: &str) -> Record {
    Record { text: letter.repeat(4 * tokens as usize), ..Record::unanswered(case, "", 0) }
}

fn sum(
    spec: &ModelSpec,
    plan: &Plan,
    price: Option<&Price>,
    cache: Option<(&Identity, &Store)>,
) -> miette::Result<Sum> {
    let mut sum = Sum::default();
    for job in plan.jobs(&spec.name, None, false) {
        let prompt = job?.prompt;
        match cache {
            Some((identity, store)) if store.get(&Key::new(identity, &prompt)).is_some() => sum.cached += 1,
            _ => sum.add(&prompt, 1, spec.settings.thinking_tokens, price),
        }
    }
    Ok(sum)
}
