//! The models' files in the site, and what their licences ask for.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use attention_map::model::{ModelSource, ModelSpec, find};

use super::files::copy_changed;
use crate::paths::{Paths, write_whole};

/// Puts `spec`'s files and what its licence asks for into `models/<id>/` of the site. Returns their paths in it.
pub fn write(paths: &Paths, spec: &ModelSpec, out: &Path) -> Result<Vec<PathBuf>> {
    let folder = Path::new("models").join(spec.id);
    let mut written = Vec::new();
    for file in spec.files {
        let path = folder.join(file.name);
        copy_changed(&paths.models().join(spec.id).join(file.name), &out.join(&path))?;
        written.push(path);
    }
    let licence = paths.root.join(format!("xtask/licences/{}.txt", spec.licence));
    let text = fs::read(&licence).with_context(|| {
        format!("the text of {}'s licence should be in {}", spec.name, paths.shown(&licence))
    })?;
    for (name, content) in [("LICENSE", text), ("NOTICE", notice_of(spec)?.into_bytes())] {
        let path = folder.join(name);
        write_whole(&out.join(&path), &content)?;
        written.push(path);
    }
    Ok(written)
}

/// What Apache-2.0 asks for, section 4: where the files come from, and what has been changed.
fn notice_of(spec: &ModelSpec) -> Result<String> {
    let (mut original, mut change) = (spec, "unchanged");
    for source in spec.sources {
        if let ModelSource::Quantised { from } = source {
            (original, change) = (find(from)?, "with model.safetensors rounded to 8 bits by Attention Map");
        }
    }
    let origin = original.sources.iter().find_map(|source| match source {
        ModelSource::Hub { repository, revision } => Some(format!(
            "They are those of https://huggingface.co/{repository}, revision {revision}, {change}.\n"
        )),
        ModelSource::Pypi { .. } | ModelSource::Quantised { .. } => None,
    });
    Ok(format!(
        "The files in this folder are the model {}, licence {}; see LICENSE.\n{}",
        spec.name,
        spec.licence,
        origin.unwrap_or_default(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_names_the_origin_and_what_was_changed() {
        let notice = |id| notice_of(find(id).unwrap()).unwrap();
        for id in ["minilm-l6-f32", "minilm-l6-q8"] {
            assert!(
                notice(id).contains("https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2"),
                "{id}"
            );
        }
        assert!(notice("minilm-l6-f32").contains("unchanged"));
        assert!(notice("minilm-l6-q8").contains("rounded to 8 bits"));
    }
}
