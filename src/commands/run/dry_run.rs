//! `eval run --dry-run`: what a run would ask, and what it would cost.

use crate::{
    args::RunArgs,
    environment::Environment,
    models::{self, ModelSpec},
    plan::Plan,
    screen::{Screen, counted},
    settings::Settings,
};
use eval_core::{Price, Prompt};
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
    fn add(&mut self, prompt: &Prompt, thinking_tokens: Option<u32>, price: Option<&Price>) {
        let estimate = Estimate::of(prompt, thinking_tokens);
        self.calls += 1;
        self.input += estimate.input;
        self.output_at_most += estimate.output_at_most;
        if let Some(price) = price {
            self.cost += estimate.cost(price);
            self.cost_at_most += estimate.cost_at_most(price);
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
        let cost = match (&served, price) {
            (None, _) => "answered on this machine".to_string(),
            (Some(_), None) => "cost not known: no price".to_string(),
            (Some(_), Some(_)) => format!("about ${:.4}, at most ${:.4}", sum.cost, sum.cost_at_most),
        };
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
        models::describe(judge, args.seed, &plan.suite.suite, environment, settings)?;
        let calls = judge_calls(&judge.name, specs.len(), plan);
        let words = "of a cost that depends on the answers and is not in the sum";
        screen.print(&format!("  {} (judge)\n    at most {}, {words}\n", judge.name, counted(calls, "call")))?;
    }
    let note = if known { "" } else { ", and what is not known" };
    screen.print(&format!("\n  in all about ${total:.4}, at most ${total_at_most:.4}{note}\n"))?;
    screen.print(
        "  tokens in are counted as four bytes each; the most is one a byte, and every answer as long as it may be\n",
    )
}

/// An answer of every model to every case, as often as the metrics ask about one.
fn judge_calls(judge: &str, models: usize, plan: &Plan) -> usize {
    let sizes = plan.sizes();
    let judged = plan.judged();
    let of_judge = judged.iter().filter(|judged| judged.judge == judge);
    let calls = of_judge.map(|judged| {
        let answers = sizes.iter().find(|(task, _)| *task == judged.task).map_or(0, |(_, size)| *size);
        let in_pairs = judged.metric.is_pairwise();
        let (models, orders) = if in_pairs { (models.saturating_sub(1), 2) } else { (models, 1) };
        answers * models * orders * judged.metric.votes() as usize
    });
    calls.sum()
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
            _ => sum.add(&prompt, spec.settings.thinking_tokens, price),
        }
    }
    Ok(sum)
}
