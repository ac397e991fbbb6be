//! The program: mdBook calls it for each renderer, once to ask and once to work.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::cache::Cached;
use super::paint::Engine;
use super::{run, supports};

/// The mdBook preprocessor of Attention Map: a fenced block of text becomes a map of what a transformer attends to in it.
///
/// mdBook runs it; you don't. Maps are computed on this machine while the book is built.
#[derive(Parser)]
#[command(name = "mdbook-attention-map", version, after_help = INSTALLING)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

const INSTALLING: &str = "\
Installing:
  1. From a clone of Attention Map:  cargo install --path . --features mdbook --bin mdbook-attention-map
  2. The element: copy standalone.js of a built site (`cargo xtask build` writes it to dist/) to your book.toml's folder.
  3. In your book.toml:
       [preprocessor.attention-map]
       script = \"standalone.js\"
  4. In a chapter:
       ```attention layer=3 head=1 view=lines
       The animal didn't cross the street because it was too tired.
       ```

Environment:
  ATTENTION_MAP_MODELS   a folder to look for the model's files in before they are downloaded
  ATTENTION_MAP_CACHE    where models and computed maps are kept (by default attention-map in your cache folder)

The chapter on mdBook in Attention Map's own book has every option.";

#[derive(Subcommand)]
enum Command {
    /// Exit with 0 if pages for this renderer can have maps (mdBook asks).
    Supports { renderer: String },
}

/// Runs it.
pub fn main() -> ExitCode {
    match Arguments::parse().command {
        Some(Command::Supports { renderer }) if supports(&renderer) => ExitCode::SUCCESS,
        Some(Command::Supports { .. }) => ExitCode::FAILURE,
        None if io::stdin().is_terminal() => {
            eprintln!(
                "mdbook-attention-map: mdBook runs this program and gives it the book on standard input; \
                 mdbook-attention-map --help says how to set it up"
            );
            ExitCode::FAILURE
        }
        None => preprocess(),
    }
}

/// A book from standard input to standard output.
fn preprocess() -> ExitCode {
    let (context, book) = match mdbook_preprocessor::parse_input(io::stdin().lock()) {
        Ok(input) => input,
        Err(error) => {
            eprintln!(
                "mdbook-attention-map: could not read the book: {error:#}; this program speaks with mdBook 0.5 \
                 (what calls it says that it is another, or none)"
            );
            return ExitCode::FAILURE;
        }
    };
    let mut painter = Cached::new(Engine::default(), Cached::<Engine>::folder());
    let result = run(&context, book, &mut painter);
    painter.trim();
    match result {
        Ok((book, notices)) => {
            notices.iter().for_each(|notice| eprintln!("mdbook-attention-map: {notice}"));
            let mut out = io::stdout().lock();
            match serde_json::to_writer(&mut out, &book).map_err(io::Error::from).and_then(|()| out.flush()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("mdbook-attention-map: could not hand the book back: {error}");
                    ExitCode::FAILURE
                }
            }
        }
        Err(error) => {
            format!("{error:#}").lines().for_each(|line| eprintln!("mdbook-attention-map: error: {line}"));
            ExitCode::FAILURE
        }
    }
}
