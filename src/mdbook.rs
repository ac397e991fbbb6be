//! The mdBook preprocessor: a fenced block of text becomes its map, computed while the book is built.
//!
//! A block is found ([`block`]), what its first line asks for is checked ([`options`]), its text is run and painted
//! ([`paint`]) unless that was done before ([`cache`]), and the chapter gets the element with the stored map and the
//! picture in its place ([`markup`]). Files that pages share go into the book's own source folder, from where mdBook
//! copies them ([`assets`]). Renderers other than HTML get the picture alone.

pub mod assets;
pub mod block;
pub mod cache;
pub mod markup;
pub mod options;
pub mod paint;
pub mod program;
pub mod settings;

use std::collections::BTreeSet;

use mdbook_preprocessor::PreprocessorContext;
use mdbook_preprocessor::book::{Book, Chapter};
use mdbook_preprocessor::errors::{Error, Result};

use assets::Assets;
use block::Block;

use paint::{Painter, Request};
use settings::Settings;

/// The preprocessor's name, and that of its table in book.toml.
pub const NAME: &str = "attention-map";

/// The renderer that takes the element. The others are given the picture.
const HTML: &str = "html";

/// Whether `mdbook build` should call for `renderer`. `mdbook test` passes over blocks in other languages by itself.
pub fn supports(renderer: &str) -> bool {
    renderer != "test"
}

/// What a preprocessor has to say that is no error, for people.
pub type Notices = Vec<String>;

/// Puts maps into all chapters of `book`. The error lists everything that is wrong in the whole book, one line each,
/// with chapter and line.
pub fn run(
    context: &PreprocessorContext,
    mut book: Book,
    painter: &mut dyn Painter,
) -> Result<(Book, Notices)> {
    let settings = Settings::read(&context.config).map_err(Error::msg)?;
    let source = context.root.join(&context.config.book.src);
    let mut builder = Builder {
        settings: &settings,
        assets: Assets::new(&source),
        is_html: context.renderer == HTML,
        painter,
        kept: BTreeSet::new(),
        wrong: Vec::new(),
        notices: Notices::new(),
    };
    book.for_each_chapter_mut(|chapter| builder.chapter(&context.config.book.src, chapter));
    let Builder { assets, kept, wrong, notices, is_html, .. } = builder;
    if !wrong.is_empty() {
        return Err(Error::msg(wrong.join("\n")));
    }
    if is_html && !kept.is_empty() && settings.interactive {
        assets.write_scripts(&context.root, &settings).map_err(Error::msg)?;
    }
    assets.remove_others(&kept).map_err(Error::msg)?;
    Ok((book, notices))
}

/// What goes through the book from chapter to chapter.
struct Builder<'a> {
    settings: &'a Settings,
    assets: Assets,
    is_html: bool,
    painter: &'a mut dyn Painter,
    /// The names of the maps that the book has.
    kept: BTreeSet<String>,
    wrong: Vec<String>,
    notices: Notices,
}

impl Builder<'_> {
    fn chapter(&mut self, folder: &std::path::Path, chapter: &mut Chapter) {
        let Some(path) = chapter.path.clone() else { return };
        let shown = folder.join(chapter.source_path.as_ref().unwrap_or(&path));
        let blocks = block::find(&chapter.content);
        if blocks.is_empty() {
            return;
        }
        // From the chapter to the book's root.
        let up = "../".repeat(path.components().count().saturating_sub(1));
        let (mut written, mut end) = (String::with_capacity(chapter.content.len()), 0);
        for block in &blocks {
            let place = format!("{}:{}", shown.display(), block.line);
            written.push_str(&chapter.content[end..block.range.start]);
            end = block.range.end;
            match self.block(block, &up, &place) {
                Ok(markup) => written.push_str(&block.set_in(&markup)),
                Err(what) => self.wrong.push(format!("{place}: {what}")),
            }
        }
        written.push_str(&chapter.content[end..]);
        if self.is_html && self.settings.interactive {
            written.push_str("\n\n");
            written.push_str(markup::SCRIPT);
            written.push('\n');
        }
        chapter.content = written;
    }

    /// What stands in the chapter in the place of `block`.
    fn block(&mut self, block: &Block, up: &str, place: &str) -> Result<String, String> {
        let mut options = self.settings.defaults.clone();
        options.read(&block.info)?;
        let (text, text_b) = block.texts()?;
        let request = Request {
            text: &text,
            text_b: text_b.as_deref(),
            options: &options,
            png: !self.is_html && self.settings.png,
        };
        let name = request.name();
        let painted = self.painter.paint(&request)?;
        self.notices.extend(painted.notices.iter().map(|notice| format!("{place}: {notice}")));
        let picture = match &painted.png {
            Some(png) => self.assets.write(&format!("{name}.png"), png)?,
            None => self.assets.write(&format!("{name}.svg"), painted.svg.as_bytes())?,
        };
        let picture = format!("{up}{picture}");
        self.kept.insert(name.clone());
        if !self.is_html {
            return Ok(markup::picture(&picture, &painted.description, &options));
        }
        let stored = if painted.json.len() <= self.settings.inline_bytes || !self.settings.interactive {
            markup::Stored::Inside(painted.json.trim())
        } else {
            let file = self.assets.write(&format!("{name}.json"), painted.json.as_bytes())?;
            markup::Stored::File(format!("{up}{file}"))
        };
        Ok(markup::figure(&options, &painted, &picture, &stored, self.settings.interactive))
    }
}
