//! A page that stands alone: the stored trace in an `<attention-map>`, its picture inside for readers without
//! JavaScript, and the program that shows it, all in one file that asks for no other.

use super::{Fonts, Result, Shown, nothing};
use crate::lens::HeadSet;
use crate::stored::Precision;
use crate::view::figures::weight;
use crate::view::order::largest_first;
use crate::view::svg::escaped;
use crate::view::theme::{FAMILY, Theme, hex};

/// Numbers in the table that a reader without JavaScript sees.
const MOST_ROWS: usize = 1000;

/// What a page of [`Shown::html`] is made of.
pub struct Document<'a> {
    /// CSS pixels of the picture's width.
    pub width: f64,
    pub fonts: &'a Fonts,
    /// The stored heads; all without.
    pub heads: Option<&'a HeadSet>,
    pub precision: Precision,
    /// `standalone.js`, which shows the trace; without it the picture is all there is.
    pub program: Option<&'a str>,
}

impl Shown {
    /// A whole page in one file.
    pub fn html(&self, document: &Document) -> Result<String> {
        let taken = self.taken()?;
        let theme = taken.theme;
        let (title, picture) = if taken.is_picture() {
            let svg = self.painted(&taken, document.width, document.fonts)?;
            (svg.title, svg.text)
        } else {
            (taken.title(), self.table()?)
        };
        let body = match document.program {
            Some(program) => {
                let json = self.json(document.heads, document.precision)?;
                let attributes: String = self
                    .attributes()
                    .iter()
                    .map(|(name, value)| format!(" {name}=\"{}\"", escaped(value)))
                    .collect();
                format!(
                    "<attention-map{attributes}><script type=\"application/json\">{json}</script>\n{picture}</attention-map>\n\
                     <script type=\"module\">{}</script>\n",
                    inside(program)
                )
            }
            None => picture,
        };
        Ok(format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
             <style>\n{}</style>\n{body}</html>\n",
            escaped(&title),
            style(theme)
        ))
    }

    /// The attributes of an element that shows the same, beside its trace.
    fn attributes(&self) -> Vec<(&'static str, String)> {
        let state = &self.state;
        let mut attributes = vec![
            ("layer", state.layer.to_string()),
            ("head", state.head.to_string()),
            ("view", state.view.id.to_owned()),
        ];
        if state.theme != Default::default() {
            attributes.push(("theme", if state.is_dark() { "dark" } else { "light" }.into()));
        }
        attributes
    }

    /// The largest numbers that are shown, as a table.
    fn table(&self) -> Result<String> {
        let (study, map) = self.state.study.as_ref().zip(self.state.map.as_ref()).ok_or_else(nothing)?;
        let kept = |number: f32| number >= self.state.threshold;
        let mut numbers: Vec<(f32, usize)> =
            map.weights.iter().copied().zip(0..).filter(|&(number, _)| kept(number)).collect();
        largest_first(&mut numbers);
        let all = numbers.len();
        numbers.truncate(MOST_ROWS);
        let left = match all - numbers.len() {
            0 => String::new(),
            left => format!("; {left} smaller ones are left out here"),
        };
        let (layer, head) = self.place();
        let caption = escaped(&format!("{}, {}{left}", study.lens.name, study.place(layer, head)));
        let mut table = format!(
            "<table>\n<caption>{caption}</caption>\n<thead><tr><th scope=\"col\">attends from (query)</th>\
             <th scope=\"col\">attends to (key)</th><th scope=\"col\">{}</th></tr></thead>\n<tbody>\n",
            escaped(study.lens.name)
        );
        for (number, at) in numbers {
            let (query, key) = (at / map.keys, at % map.keys);
            table.push_str(&format!(
                "<tr><td><bdi>{}</bdi> <small>{query}</small></td><td><bdi>{}</bdi> <small>{key}</small></td><td>{}</td></tr>\n",
                escaped(&study.queries[query].text),
                escaped(&study.keys[key].text),
                weight(number)
            ));
        }
        table.push_str("</tbody>\n</table>\n");
        Ok(table)
    }
}

/// A program as it may stand inside of `<script>`: there, `</script` in a text of it would end it. In JavaScript a
/// backslash before these letters changes no string.
fn inside(program: &str) -> String {
    program.replace("</script", "<\\/script").replace("<!--", "<\\!--")
}

fn style(theme: &Theme) -> String {
    let [paper, text, line] = [theme.paper, theme.text, theme.line].map(hex);
    format!(
        "html {{ color-scheme: {}; background: {paper}; color: {text}; font-family: {FAMILY}; }}\n\
         body {{ margin: 0 auto; padding: 1rem; max-width: 75rem; }}\n\
         svg {{ max-width: 100%; height: auto; }}\n\
         table {{ border-collapse: collapse; }}\nth, td {{ text-align: start; padding: 0.15rem 0.6rem; border-bottom: 1px solid {line}; }}\n",
        if theme.dark { "dark" } else { "light" }
    )
}
