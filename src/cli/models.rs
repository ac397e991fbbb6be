//! `attention-map models`: what there is, where it lies, and whether it is right.

use std::io::Write;

use anyhow::Context;

use super::arguments::ModelsArguments;
use super::{Failure, Result};
use crate::model::{MODELS, ModelSpec};
use crate::store::progress::bytes;
use crate::store::{self, Flaw};

pub fn run(arguments: &ModelsArguments) -> Result<()> {
    let cache = store::cache().map_err(Failure::Model)?;
    let asked =
        |spec: &&'static ModelSpec| arguments.ids.is_empty() || arguments.ids.iter().any(|id| id == spec.id);
    let mut said = String::new();
    for (nth, spec) in MODELS.iter().enumerate().filter(|(_, spec)| asked(spec)) {
        if arguments.fetch {
            store::ensure(&cache, spec, None).map_err(Failure::Model)?;
        }
        let folder = store::models(&cache).join(spec.id);
        let default = if nth == 0 { ", the default" } else { "" };
        let state = match store::flaws(&folder, spec).first() {
            None => format!("in {}", folder.display()),
            Some((_, Flaw::Missing)) => format!(
                "not here: fetched when it is first used, or by `attention-map models --fetch {}`",
                spec.id
            ),
            Some((file, flaw)) => format!("{}: {flaw}", folder.join(file.name).display()),
        };
        said += &format!(
            "{}{default}\n  {}, {}, {}, {}\n  {state}\n",
            spec.id,
            spec.name,
            spec.precision,
            spec.licence,
            bytes(spec.bytes())
        );
    }
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(said.as_bytes()).context("standard output").map_err(Failure::Output)
}
