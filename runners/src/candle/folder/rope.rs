//! Position encoding, read from `config.json` as transformers 4 or 5 writes it.

use super::Settings;
use crate::candle::{
    LoadError,
    config::{Layers, RopeConfig},
    yarn::Yarn,
};
use serde_json::{Map, Value};
use std::f64::consts::TAU;

/// Reads it, and the context that it is good for; a way to stretch positions that the decoder would get wrong is an
/// error.
pub fn rope(file: &Settings, model: &str, head_dim: usize) -> Result<(RopeConfig, usize), LoadError> {
    let values = parameters(file, "full_attention")?;
    let base = match values.optional_float("rope_theta")? {
        Some(base) => base,
        None if matches!(model, "gemma3_text" | "smollm3" | "mixtral") => values.float("rope_theta")?,
        None => 10_000.0,
    };
    let kind = kind(&values)?;
    let part = values.optional_float("partial_rotary_factor")?.unwrap_or(1.0);
    if part != 1.0 && model != "phi3" {
        let message =
            format!("it rotates a part of each head (`partial_rotary_factor` {part}), which is not supported");
        return Err(file.fail(message));
    }
    let dim = (head_dim as f64 * part) as usize;
    if dim == 0 || dim > head_dim || !dim.is_multiple_of(2) {
        return Err(file.fail(format!("it rotates {dim} of {head_dim} dimensions of a head, which is impossible")));
    }
    let mut rope = RopeConfig {
        dim,
        base,
        local_base: if model == "gemma3_text" { Some(local_base(file)?) } else { None },
        scale: 1.0,
        interleaved: false,
        magnitude: 1.0,
        skipped: if model == "smollm3" { skipped(file, file.number("num_hidden_layers")?)? } else { Layers::None },
        factors: None,
    };
    let mut context = file.number("max_position_embeddings")?;
    match kind {
        "default" => {}
        "linear" => rope.scale = values.float("factor")?,
        "llama3" => rope.factors = Some(llama3_factors(&values, dim, base)?),
        "longrope" | "su" if model == "phi3" => {
            let long = longrope(file, &values)?;
            (rope.factors, rope.magnitude) = (Some(long.short_factors), long.magnitude);
            // The short factors are right up to the original length.
            context = context.min(long.original);
        }
        "yarn" => {
            let (yarn, magnitude) = yarn(file, &values, context)?;
            rope.factors = Some(yarn.factors(dim, base).map_err(|why| file.fail(why))?);
            rope.magnitude = magnitude;
            context = context.max(yarn.reach());
        }
        other => {
            return Err(file.fail(format!(
                "it stretches positions by {other:?} (`rope_scaling`), which is not supported: its answers would be wrong"
            )));
        }
    }
    Ok((rope, context))
}

/// Layers without position encoding.
pub fn skipped(file: &Settings, layers: usize) -> Result<Layers, LoadError> {
    let Some(listed) = file.optional_floats("no_rope_layers")? else {
        return Ok(Layers::Every(file.optional_number("no_rope_layer_interval")?.unwrap_or(4)));
    };
    if listed.len() != layers {
        return Err(file.fail(format!("`no_rope_layers` names {} layers, it has {layers}", listed.len())));
    }
    // Named after the layers without, it holds 1 for those with.
    Ok(Layers::Listed(listed.iter().map(|has| *has == 0.0).collect()))
}

/// The values for a kind of layer: transformers 5 keeps them in `rope_parameters`, transformers 4 in keys of the file.
fn parameters(file: &Settings, layers: &str) -> Result<Settings, LoadError> {
    if let Some(all) = file.optional_object("rope_parameters")? {
        let own = all.get(layers).and_then(Value::as_object);
        let mut values = own.unwrap_or(all).clone();
        for key in ["partial_rotary_factor", "rope_theta"] {
            if let Some(value) = file.get(key).filter(|_| !values.contains_key(key)) {
                values.insert(key.into(), value.clone());
            }
        }
        return Ok(file.within(values));
    }
    let mut values: Map<String, Value> = file.optional_object("rope_scaling")?.cloned().unwrap_or_default();
    for key in ["rope_theta", "partial_rotary_factor"] {
        if let Some(value) = file.get(key) {
            values.insert(key.into(), value.clone());
        }
    }
    Ok(file.within(values))
}

fn kind(values: &Settings) -> Result<&str, LoadError> {
    let named = values.optional_string("rope_type")?;
    Ok(named.map_or_else(|| values.optional_string("type"), |name| Ok(Some(name)))?.unwrap_or("default"))
}

/// The base in gemma 3's windowed layers, whose positions nothing stretches.
fn local_base(file: &Settings) -> Result<f64, LoadError> {
    if file.get("rope_parameters").is_none() {
        return Ok(file.optional_float("rope_local_base_freq")?.unwrap_or(10_000.0));
    }
    let values = parameters(file, "sliding_attention")?;
    match kind(&values)? {
        "default" => values.float("rope_theta"),
        other => {
            Err(file.fail(format!("it stretches positions in windowed layers by {other:?}, which is not supported")))
        }
    }
}

/// What divides each frequency: those that turn often stay, those that turn seldom are slowed by the factor, and
/// between the two it goes over smoothly (Llama 3.1).
fn llama3_factors(values: &Settings, dim: usize, base: f64) -> Result<Vec<f32>, LoadError> {
    let original = values.float("original_max_position_embeddings")?;
    let (low, high) = (values.float("low_freq_factor")?, values.float("high_freq_factor")?);
    let factor = values.float("factor")?;
    if high <= low || factor <= 0.0 {
        return Err(values.fail(format!("its `rope_scaling` is impossible: factor {factor}, from {low} to {high}")));
    }
    let of_pair = |pair: usize| {
        let turns = original / (TAU * base.powf(2.0 * pair as f64 / dim as f64));
        let kept = ((turns - low) / (high - low)).clamp(0.0, 1.0);
        (1.0 / ((1.0 - kept) / factor + kept)) as f32
    };
    Ok((0..dim / 2).map(of_pair).collect())
}

/// What phi 3's long-context models say.
struct LongRope {
    short_factors: Vec<f32>,
    magnitude: f64,
    original: usize,
}

fn longrope(file: &Settings, values: &Settings) -> Result<LongRope, LoadError> {
    let original = match values.optional_number("original_max_position_embeddings")? {
        Some(original) => original,
        None => file.number("original_max_position_embeddings")?,
    };
    let short = values.optional_floats("short_factor")?;
    let short = short.ok_or_else(|| file.fail("its `rope_scaling` has no `short_factor`".into()))?;
    let growth = match values.optional_float("factor")? {
        Some(factor) => factor,
        None => file.float("max_position_embeddings")? / original as f64,
    };
    let magnitude = match values.optional_float("attention_factor")? {
        Some(magnitude) => magnitude,
        None if growth <= 1.0 => 1.0,
        None => (1.0 + growth.ln() / (original as f64).ln()).sqrt(),
    };
    Ok(LongRope { short_factors: short.into_iter().map(|factor| factor as f32).collect(), magnitude, original })
}

/// YaRN, and what cosine and sine are multiplied by.
fn yarn(file: &Settings, values: &Settings, context: usize) -> Result<(Yarn, f64), LoadError> {
    let original = match file.optional_number("original_max_position_embeddings")? {
        Some(original) => original,
        None => values.optional_number("original_max_position_embeddings")?.unwrap_or(context),
    };
    let number = |key: &str| Ok::<_, LoadError>(values.optional_float(key)?.filter(|value| *value != 0.0));
    let yarn = Yarn {
        factor: number("factor")?.unwrap_or(context as f64 / original as f64),
        original: original as f64,
        fast: number("beta_fast")?.unwrap_or(32.0),
        slow: number("beta_slow")?.unwrap_or(1.0),
        whole: values.optional_flag("truncate")?.unwrap_or(true),
    };
    let magnitude = match (values.optional_float("attention_factor")?, number("mscale")?, number("mscale_all_dim")?) {
        (Some(magnitude), _, _) => magnitude,
        (None, Some(scale), Some(all)) => yarn.magnitude(scale) / yarn.magnitude(all),
        _ => yarn.magnitude(1.0),
    };
    Ok((yarn, magnitude))
}
