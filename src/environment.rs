//! Variables: those of the process, then those of `.env` in the working directory.

use miette::{IntoDiagnostic, WrapErr, miette};
use std::{collections::HashMap, path::Path};

const FILE: &str = ".env";

/// Where keys and addresses are read from. Its values are secrets: they go nowhere but into requests.
#[derive(Default)]
pub struct Environment {
    file: HashMap<String, String>,
}

impl Environment {
    /// Reads `.env` where there is one.
    pub fn read() -> miette::Result<Self> {
        if !Path::new(FILE).is_file() {
            return Ok(Self::default());
        }
        let lines = dotenvy::from_path_iter(FILE).into_diagnostic().wrap_err("failed to read .env")?;
        let mut file = HashMap::new();
        for line in lines {
            // The error would show the line, and the line may hold a secret.
            let (name, value) = line.map_err(|_| {
                let help = "write NAME=VALUE, and a value with blanks or signs in quotes";
                miette!(
                    help = help,
                    "a line of .env cannot be read; {} before it could",
                    crate::screen::counted(file.len(), "variable")
                )
            })?;
            file.insert(name, value);
        }
        Ok(Self { file })
    }

    /// A variable's value; an empty one counts as missing.
    pub fn get(&self, name: &str) -> Option<String> {
        let process = std::env::var(name).ok().filter(|value| !value.is_empty());
        process.or_else(|| self.file.get(name).filter(|value| !value.is_empty()).cloned())
    }

    /// A text in which `$NAME` and `${NAME}` stand for variables; the error is the name of one that is missing.
    pub fn expand(&self, text: &str) -> Result<String, String> {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            expanded += before;
            let (name, behind) = match after.strip_prefix('{').and_then(|braced| braced.split_once('}')) {
                Some(braced) => braced,
                None => {
                    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                    after.split_at(end)
                }
            };
            expanded += &self.get(name).ok_or_else(|| name.to_string())?;
            rest = behind;
        }
        Ok(expanded + rest)
    }
}
