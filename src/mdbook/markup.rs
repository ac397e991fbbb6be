//! What stands in a chapter in a block's place. Each piece is one line, so that it stays whole in a list or quotation.

use super::options::Options;
use super::paint::Painted;
use crate::view::svg;

/// Loads `book.js` once for a page, from wherever the page lies: mdBook's page of the whole book, for printing, lies in
/// its root, and the chapters in it may not. The same in every chapter, so that a policy can name its hash.
pub const SCRIPT: &str = "<script type=\"module\">await import(new URL((typeof path_to_root === 'string' ? path_to_root : '') + 'attention-map/book.js', document.baseURI));</script>";

/// Where a stored map is.
pub enum Stored<'a> {
    /// In the page. JSON that may stand in a `<script>`.
    Inside(&'a str),
    /// In a file, by its address from the chapter.
    File(String),
}

/// The element with its map, and in it the picture that is there until it's painted, without scripts and on paper.
pub fn figure(
    options: &Options,
    painted: &Painted,
    picture: &str,
    stored: &Stored,
    interactive: bool,
) -> String {
    let image = format!(
        "<img src=\"{}\" alt=\"{}\" width=\"{}\">",
        escaped(picture),
        escaped(options.alt.as_deref().unwrap_or(&painted.description)),
        painted.width
    );
    let mut markup = String::from("<figure class=\"attention-map\">");
    if interactive && options.is_of_weights() {
        markup.push_str("<attention-map");
        if let Stored::File(address) = stored {
            markup.push_str(&format!(" src=\"{}\"", escaped(address)));
        }
        for (name, value) in options.attributes() {
            match value {
                Some(value) => markup.push_str(&format!(" {name}=\"{}\"", escaped(value))),
                None => markup.push_str(&format!(" {name}")),
            }
        }
        markup.push('>');
        if let Stored::Inside(json) = stored {
            markup.push_str(&format!("<script type=\"application/json\">{json}</script>"));
        }
        markup.push_str(&image);
        markup.push_str("</attention-map>");
    } else {
        markup.push_str(&image);
    }
    if let Some(caption) = &options.caption {
        markup.push_str(&format!("<figcaption>{}</figcaption>", escaped(caption)));
    }
    markup.push_str("</figure>");
    markup
}

/// The picture alone, as Markdown that any renderer takes.
pub fn picture(address: &str, description: &str, options: &Options) -> String {
    let alt = plain(options.alt.as_deref().unwrap_or(description));
    match &options.caption {
        Some(caption) => format!("![{alt}]({address})\n\n*{}*", plain(caption)),
        None => format!("![{alt}]({address})"),
    }
}

/// `book.js` for an element at `address`, from the folder that it lies in.
pub fn loader(address: &str) -> String {
    // A JSON string is a JavaScript string.
    format!("const ELEMENT = {};\n{}", serde_json::Value::from(address), include_str!("book.js"))
}

/// Text as HTML, in an attribute too, on one line. mdBook's `{{#include}}` and the like have been dealt with, and should not
/// be found in here by others.
fn escaped(text: &str) -> String {
    svg::escaped(text).replace('{', "&#123;")
}

/// Text as Markdown that means nothing but itself: every ASCII punctuation may be escaped.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' => plain.push(' '),
            _ if character.is_ascii_punctuation() => plain.extend(['\\', character]),
            _ => plain.push(character),
        }
    }
    plain
}
