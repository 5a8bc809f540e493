//! Served models: where they are, with which key they are asked, and the layers around them.

use super::{
    LoadedModel, ModelSpec, Wanted,
    address::{self, Bases, Usual},
    key::{self, Expected},
};
use crate::{
    environment::Environment,
    screen::Screen,
    settings::{ModelSettings, RunnerName},
};
use eval_core::{DataPolicy, Price, Runner, Suite};
use eval_runners::{
    anthropic,
    api::{ApiSettings, Asking, Decode},
    bedrock,
    cache::Identity,
    gemini,
    http::Address,
    layers::{Budget, BudgetRunner, Concurrency, PacedRunner, Patience, Rates, RetryRunner},
    openai::{self, Preset},
    prices,
};
use miette::miette;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// Calls that a provider of a native protocol is asked at once, at most, unless the user says otherwise.
const AT_ONCE: usize = 64;
const TIMEOUT: Duration = Duration::from_secs(120);

/// A kind of server: what the native protocols and the presets have in common.
struct Kind {
    /// The word before the colon on the command line.
    name: &'static str,
    preset: Option<&'static Preset>,
    key_variable: &'static str,
    needs_key: bool,
    usual: Usual<'static>,
}

impl Kind {
    fn samples_by_itself(&self, runner: RunnerName, model: &str) -> bool {
        match self.preset {
            Some(preset) => preset.samples_by_itself(model),
            None => runner == RunnerName::Anthropic && anthropic::samples_by_itself(model),
        }
    }
}

fn kind(settings: &ModelSettings) -> miette::Result<Kind> {
    let native = |name, base, variable, key_variable| Kind {
        name,
        preset: None,
        key_variable,
        needs_key: true,
        usual: Usual { base: Some(base), variable, path: "" },
    };
    Ok(match settings.runner {
        RunnerName::Anthropic => {
            native("anthropic", anthropic::BASE_URL, "ANTHROPIC_BASE_URL", anthropic::KEY_VARIABLE)
        }
        RunnerName::Gemini => native("gemini", gemini::BASE_URL, "GEMINI_BASE_URL", gemini::KEY_VARIABLE),
        _ => {
            let name = settings.preset.as_deref().unwrap_or("openai");
            let preset = openai::preset(name).ok_or_else(|| miette!("there is no preset {name:?}"))?;
            let Preset { key_variable, needs_key, .. } = *preset;
            Kind { name: preset.name, preset: Some(preset), key_variable, needs_key, usual: preset.into() }
        }
    })
}

/// What is known of a served model before it is asked, and without its key.
pub struct Served {
    kind: Kind,
    bases: Bases,
    model: String,
    asking: Asking,
    /// What its cached answers are found by.
    pub cached_as: Identity,
    /// The configured price, else the published one.
    pub price: Option<Price>,
    /// Whether somebody else is paid for its calls.
    bills: bool,
    /// For the manifest.
    details: Value,
}

impl Served {
    /// Whether what it is asked goes to another machine.
    pub fn leaves_machine(&self) -> bool {
        self.details["leaves_machine"] == true
    }
}

/// The setting, and the key in requests.
const TEMPERATURE: &str = "temperature";

/// Finds out where the model is and what it costs; an error where it cannot do what is asked, or where data may not go
/// there.
pub fn describe(
    spec: &ModelSpec,
    seed: u64,
    suite: &Suite,
    environment: &Environment,
    private_hosts: &[String],
) -> miette::Result<Served> {
    let settings = &spec.settings;
    let kind = kind(settings)?;
    let model = settings.model.clone().unwrap_or_default();
    let bases = address::find(spec, &kind.usual, environment)?;
    let leaves = kind.preset.is_some_and(|preset| preset.leaves_the_machine(&model));
    address::permit(spec, &bases.urls, leaves, suite, private_hosts)?;
    can_do(spec, &kind, &model, suite)?;
    let asking = asking(settings, kind.samples_by_itself(settings.runner, &model), seed);
    // A model that is hosted is not paid by the token.
    let listed = || prices::find(kind.name, &model).filter(|_| settings.hosting.is_none()).map(|listed| listed.price());
    let price = settings.price.clone().or_else(listed);
    // The first of several stands for all: one replica more makes no other model.
    let endpoint = bases.urls.first().map(ToString::to_string).unwrap_or_default();
    let details = json!({
        "endpoint": endpoint,
        "decoding": settings.decode,
        "asking": asking,
        "leaves_machine": leaves || !bases.urls.iter().all(address::is_loopback),
        "price_from": price_from(settings, &price),
    });
    let cached_as = identity(settings.runner.as_str(), &model, &details);
    let bills = kind.needs_key || leaves;
    Ok(Served { kind, bases, model, asking, cached_as, price, bills, details })
}

/// What a model's cached answers are found by, as its entry in a manifest tells it.
pub fn identity(protocol: &str, model: &str, details: &Value) -> Identity {
    let mut asking = details["asking"].clone();
    // How an answer comes does not shape it.
    asking.as_object_mut().map(|asking| asking.remove("stream"));
    Identity::new(&json!({"protocol": protocol, "endpoint": details["endpoint"], "model": model, "asking": asking}))
}

/// Finds the key and puts the layers around the model. Asks nothing.
pub fn load(spec: &ModelSpec, wanted: &Wanted<'_>, screen: &Screen) -> miette::Result<LoadedModel> {
    let settings = &spec.settings;
    let served = describe(spec, wanted.seed, &wanted.suite.suite, wanted.environment, wanted.private_hosts)?;
    let Served { kind, bases, price, .. } = served;
    let paid = kind.needs_key && bases.are_usual;
    let expected = Expected { variable: kind.key_variable, needed: paid };
    let (key, key_from) = key::find(spec, &expected, wanted.environment)?;
    let here = bases.urls.iter().all(address::is_loopback);
    let api = ApiSettings {
        address: Address {
            bases: bases.urls,
            model: served.model,
            key_from,
            timeout: settings.timeout_s.map_or(TIMEOUT, Duration::from_secs_f64),
            proxy: !here && wanted.suite.suite.data_policy != DataPolicy::LocalOnly,
        },
        key,
        headers: headers(spec, wanted)?,
        asking: served.asking,
    };
    let runner = match kind.preset {
        Some(preset) if preset.name == "bedrock" && bedrock::serves(&api.address.model) => bedrock::runner(api),
        Some(preset) => openai::runner(preset, api),
        None if settings.runner == RunnerName::Anthropic => anthropic::runner(api),
        None => gemini::runner(api),
    };
    let runner = runner.map_err(|error| miette!("{}: {error}", spec.name))?;
    if price.is_none() && paid {
        screen.note(&format!(
            "note: {}: its price is not known, so its costs are not either; `price` in eval.toml tells it",
            spec.name
        ));
    }
    let fixed = wanted.concurrency.or(settings.concurrency);
    let at_once = kind.preset.map_or(AT_ONCE, |preset| preset.at_once);
    let concurrency = fixed.map_or_else(|| Concurrency::adaptive(at_once), Concurrency::fixed);
    let most = concurrency.most();
    let mut info = spec.info(served.details, Some(most))?;
    info.price = price;
    let budget = budget(spec, served.bills, info.price.as_ref(), wanted, screen)?;
    let runner = layered(spec, Arc::new(runner), concurrency, budget, wanted);
    Ok(LoadedModel {
        info,
        runner,
        concurrency: most,
        reads_prompts: false,
        cached_as: Some(served.cached_as),
        notes: Vec::new(),
    })
}

/// What the model's calls count towards, and their price. A server of one's own bills nobody: without a price its calls
/// are left out, which is said; a provider's are not made.
fn budget(
    spec: &ModelSpec,
    bills: bool,
    price: Option<&Price>,
    wanted: &Wanted<'_>,
    screen: &Screen,
) -> miette::Result<Option<(Arc<Budget>, Price)>> {
    let Some(budget) = &wanted.budget else { return Ok(None) };
    if price.is_none() && bills {
        let help = "give `price` in eval.toml: price = { input = 0.15, output = 0.60 }, in USD per million tokens";
        return Err(miette!(help = help, "{}: --max-cost cannot be kept, because its price is not known", spec.name));
    }
    if price.is_none() {
        screen.note(&format!("note: {}: it has no price, so its calls do not count towards --max-cost", spec.name));
    }
    Ok(price.map(|price| (budget.clone(), price.clone())))
}

/// From the outside in: retries, budget, pace.
fn layered(
    spec: &ModelSpec,
    runner: Arc<dyn Runner>,
    concurrency: Concurrency,
    budget: Option<(Arc<Budget>, Price)>,
    wanted: &Wanted<'_>,
) -> Arc<dyn Runner> {
    let settings = &spec.settings;
    let (thinking, stop) = (settings.thinking_tokens, &wanted.stop);
    let rates =
        Rates { requests_per_minute: settings.requests_per_minute, tokens_per_minute: settings.tokens_per_minute };
    let mut runner: Arc<dyn Runner> = Arc::new(PacedRunner::new(runner, concurrency, rates, thinking, stop.clone()));
    if let Some((budget, price)) = budget {
        runner = Arc::new(BudgetRunner::new(runner, budget, price, thinking, stop.clone()));
    }
    let usual = Patience::default();
    let patience = Patience {
        attempts: settings.attempts.unwrap_or(usual.attempts),
        outage: settings.outage_s.map_or(usual.outage, Duration::from_secs_f64),
    };
    Arc::new(RetryRunner::new(runner, patience, stop.clone()))
}

/// A server that cannot do what is asked is an error, before anything is asked of it.
fn can_do(spec: &ModelSpec, kind: &Kind, model: &str, suite: &Suite) -> miette::Result<()> {
    let Some(preset) = kind.preset else { return Ok(()) };
    let schemas = suite.tasks.iter().any(|task| task.schema.is_some());
    if spec.settings.decode == Decode::Schema && schemas && preset.schema_of(model).is_none() {
        let help = "take decode = \"free\": the prompt then asks for what it wants";
        return Err(miette!(
            help = help,
            "{}: {} cannot constrain {model} to a schema, which decode = \"schema\" asks for",
            spec.name,
            preset.name
        ));
    }
    Ok(())
}

/// Whether a served model's answers to one question may differ: by its temperature, its server's where none is sent, or of
/// itself.
pub fn samples(settings: &ModelSettings) -> miette::Result<bool> {
    let by_itself = kind(settings)?.samples_by_itself(settings.runner, settings.model.as_deref().unwrap_or_default());
    let own = settings.extra.contains_key(TEMPERATURE) || settings.omit.iter().any(|key| key == TEMPERATURE);
    Ok(own || asking(settings, by_itself, 0).temperature != Some(0.0))
}

fn asking(settings: &ModelSettings, samples_by_itself: bool, seed: u64) -> Asking {
    let temperature = settings.temperature.or((!samples_by_itself).then_some(0.0));
    Asking {
        temperature,
        top_p: settings.top_p,
        // A greedy answer does not depend on it.
        seed: (temperature != Some(0.0)).then_some(seed),
        decode: settings.decode,
        tools: settings.tools,
        stream: settings.stream,
        logprobs: settings.logprobs,
        thinking_tokens: settings.thinking_tokens,
        extra: settings.extra.clone(),
        omit: settings.omit.clone(),
    }
}

fn headers(spec: &ModelSpec, wanted: &Wanted<'_>) -> miette::Result<Vec<(String, SecretString)>> {
    let expanded = spec.settings.headers.iter().map(|(name, value)| {
        let value = wanted.environment.expand(value).map_err(|variable| {
            miette!("{}: the header {name} wants the variable {variable}, which is not set", spec.name)
        })?;
        Ok((name.clone(), SecretString::from(value)))
    });
    expanded.collect()
}

fn price_from(settings: &ModelSettings, price: &Option<Price>) -> Option<&'static str> {
    match (&settings.price, price) {
        (Some(_), _) => Some("the configuration"),
        (None, Some(_)) => Some("the list of published prices"),
        (None, None) => None,
    }
}
