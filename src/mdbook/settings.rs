//! The table `[preprocessor.attention-map]` of book.toml.

use std::path::PathBuf;

use mdbook_preprocessor::config::Config;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::options::{NAMES, Options};

/// What the book asks for. All else in the table is what blocks begin with, by the names that they use.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
struct Table {
    interactive: bool,
    script: Option<PathBuf>,
    module: Option<String>,
    inline_bytes: usize,
    picture: Picture,
    // mdBook's own.
    command: IgnoredAny,
    before: IgnoredAny,
    after: IgnoredAny,
    renderers: IgnoredAny,
    optional: IgnoredAny,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Picture {
    #[default]
    Svg,
    Png,
}

/// The names of [`Table`].
const OWN: [&str; 10] = [
    "interactive",
    "script",
    "module",
    "inline-bytes",
    "picture",
    "command",
    "before",
    "after",
    "renderers",
    "optional",
];

/// Bytes of a stored map that stand in the page itself. A sentence of 25 tokens with all heads has fewer.
const INLINE_BYTES: usize = 64 << 10;

/// The settings, checked.
pub struct Settings {
    /// Pages get the element; without it they get pictures.
    pub interactive: bool,
    /// standalone.js to copy into the book, from the book's root.
    pub script: Option<PathBuf>,
    /// The address of an element that is there already, from the book's root.
    pub module: Option<String>,
    /// A larger stored map is a file of its own, which is fetched when its place comes into view.
    pub inline_bytes: usize,
    /// Renderers other than HTML get PNG instead of SVG.
    pub png: bool,
    /// What every block begins with.
    pub defaults: Options,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            interactive: true,
            script: None,
            module: None,
            inline_bytes: INLINE_BYTES,
            picture: Picture::default(),
            command: IgnoredAny,
            before: IgnoredAny,
            after: IgnoredAny,
            renderers: IgnoredAny,
            optional: IgnoredAny,
        }
    }
}

impl Settings {
    /// The settings of a book. The error names the key.
    pub fn read(config: &Config) -> Result<Self, String> {
        let in_table = |what: String| format!("book.toml: [preprocessor.{}]: {what}", super::NAME);
        let given: Option<Map<String, Value>> =
            config.get("preprocessor.attention-map").map_err(|error| in_table(error.to_string()))?;
        let (own, rest): (Map<_, _>, Map<_, _>) =
            given.unwrap_or_default().into_iter().partition(|(name, _)| OWN.contains(&name.as_str()));
        let table: Table =
            serde_json::from_value(Value::Object(own)).map_err(|error| in_table(error.to_string()))?;
        if table.script.is_some() && table.module.is_some() {
            return Err(in_table(
                "script (a file to copy into the book) and module (an address) are both there; leave one out"
                    .into(),
            ));
        }
        Ok(Self {
            interactive: table.interactive,
            script: table.script,
            module: table.module,
            inline_bytes: table.inline_bytes,
            png: table.picture == Picture::Png,
            defaults: defaults(rest).map_err(in_table)?,
        })
    }
}

fn defaults(given: Map<String, Value>) -> Result<Options, String> {
    let mut options = Options::default();
    // Other numbers of layers and heads may come with the model.
    for is_model in [true, false] {
        for (name, value) in given.iter().filter(|(name, _)| (*name == "model") == is_model) {
            if !NAMES.contains(&name.as_str()) {
                return Err(format!(
                    "there is no {name}; there are: {}, {}",
                    OWN.join(", "),
                    NAMES.join(", ")
                ));
            }
            match value {
                Value::String(text) => options.set(name, Some(text))?,
                Value::Bool(flag) => options.set(name, Some(if *flag { "true" } else { "false" }))?,
                Value::Number(number) => options.set(name, Some(&number.to_string()))?,
                _ => return Err(format!("{name} should be a text, a number, true or false")),
            }
        }
    }
    Ok(options)
}
