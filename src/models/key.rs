//! The key of a served model: from the environment, from `.env`, or printed by a command.

use super::ModelSpec;
use crate::environment::Environment;
use miette::miette;
use secrecy::SecretString;
use std::process::{Command, Stdio};

/// Where a model's key is expected.
pub struct Expected<'a> {
    /// The variable that holds it, unless the configuration names another.
    pub variable: &'a str,
    /// Whether the server answers nobody without one.
    pub needed: bool,
}

/// The key, if there is one, and where it comes from, for people.
pub fn find(
    spec: &ModelSpec,
    expected: &Expected<'_>,
    environment: &Environment,
) -> miette::Result<(Option<SecretString>, String)> {
    if let Some(command) = &spec.settings.key_command {
        return Ok((Some(printed_by(&spec.name, command)?), "the output of key_command".into()));
    }
    let variable = spec.settings.key_env.as_deref().unwrap_or(expected.variable);
    let key = environment.get(variable).map(|key| SecretString::from(key.trim()));
    if key.is_none() && (expected.needed || spec.settings.key_env.is_some()) {
        let help = "set it in the environment or in a file .env here, or let eval.toml name another variable (key_env) or a \
                    command that prints the key (key_command)";
        return Err(miette!(help = help, "{} needs a key: {variable} is not set", spec.name));
    }
    Ok((key, variable.into()))
}

/// What the command prints is not shown, in errors neither; it may ask on the terminal.
fn printed_by(model: &str, command: &str) -> miette::Result<SecretString> {
    let output = Command::new("sh").args(["-c", command]).stderr(Stdio::inherit()).stdin(Stdio::inherit()).output();
    let help = "it is run by sh and should print the key and nothing else";
    let output = output.map_err(|e| miette!(help = help, "the key_command of {model} cannot be run: {e}"))?;
    if !output.status.success() {
        return Err(miette!(help = help, "the key_command of {model} failed: {}", output.status));
    }
    match String::from_utf8(output.stdout) {
        Ok(key) if !key.trim().is_empty() && !key.trim().contains('\n') => Ok(SecretString::from(key.trim())),
        _ => Err(miette!(help = help, "the key_command of {model} did not print one line of text")),
    }
}
