//! Fenced blocks of the language `attention` in a chapter's Markdown.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// The language of a block, the first word behind its fence.
pub const LANGUAGE: &str = "attention";

/// A line of its own that stands between the two texts of a pair.
const BETWEEN: &str = "---";

/// A block as it stands in the chapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its bytes, fences included, without what a list or quotation has before them on the line.
    pub range: Range<usize>,
    /// Of its first line, from 1.
    pub line: usize,
    /// What follows the language on its first line.
    pub info: String,
    /// What is between the fences.
    pub body: String,
    /// What a line that goes on with the same list item or quotation begins with.
    prefix: String,
}

/// The blocks of `markdown`, in their order.
pub fn find(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (event, range) in Parser::new_ext(markdown, Options::all()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                open = info_of(&info).map(|info| Block {
                    line: markdown[..range.start].matches('\n').count() + 1,
                    prefix: prefix_of(markdown, range.start),
                    range,
                    info: info.to_owned(),
                    body: String::new(),
                });
            }
            Event::Text(text) => {
                if let Some(block) = &mut open {
                    block.body.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            _ => {}
        }
    }
    blocks
}

impl Block {
    /// The text, or the two. Lines are joined by a space, as in a paragraph.
    pub fn texts(&self) -> Result<(String, Option<String>), String> {
        let mut texts = vec![Vec::new()];
        for line in self.body.lines().map(str::trim) {
            if line == BETWEEN {
                texts.push(Vec::new());
            } else if let (Some(text), false) = (texts.last_mut(), line.is_empty()) {
                text.push(line);
            }
        }
        let mut texts = texts.into_iter().map(|lines| lines.join(" "));
        let (first, second) = (texts.next().unwrap_or_default(), texts.next());
        if first.is_empty() {
            return Err("the block has no text; write the sentence between the fences".into());
        }
        if texts.next().is_some() {
            return Err(
                "the block has more than two texts; a pair has one line of --- between its two".into()
            );
        }
        if second.as_deref() == Some("") {
            return Err(
                "there is no second text below ---; write one, or leave the line out for a single text"
                    .into(),
            );
        }
        Ok((first, second))
    }

    /// `markup` as it is put in the block's place: what stands on the next line is no part of it.
    pub fn set_in(&self, markup: &str) -> String {
        let prefix = self.prefix.trim_end();
        format!("{markup}\n{prefix}\n{}", self.prefix)
    }
}

/// What follows the language, if it is ours.
fn info_of(info: &str) -> Option<&str> {
    let rest = info.trim().strip_prefix(LANGUAGE)?;
    match rest.chars().next() {
        None => Some(rest),
        // As in `rust,ignore`.
        Some(',') => Some(rest[1..].trim_start()),
        Some(character) if character.is_whitespace() => Some(rest.trim_start()),
        Some(_) => None,
    }
}

/// What stands before `start` on its line, with a list's mark as the spaces that the item's next lines begin with.
fn prefix_of(markdown: &str, start: usize) -> String {
    let line = markdown[..start].rfind('\n').map_or(0, |end| end + 1);
    markdown[line..start]
        .chars()
        .map(|character| if matches!(character, '>' | '\t') { character } else { ' ' })
        .collect()
}
