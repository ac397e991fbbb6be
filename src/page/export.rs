//! Taking a picture or its numbers away: files, and the clipboard.

use std::rc::Rc;

use js_sys::{Array, Function, Number, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Blob, BlobPropertyBag, HtmlAnchorElement, HtmlDocument, HtmlElement, HtmlTextAreaElement, Url,
};
use yew::Callback;

use super::canvas;
use super::dom::decimal;
use super::ran::{Ran, weights_taken};
use super::state::Problem;
use super::study::Study;
use crate::stored::{self, MapParts, Parts, Precision};
use crate::trace::MapKind;
use crate::view::label::Label;
use crate::view::picture::Picture;
use crate::view::svg::svg as write_svg;
use crate::view::theme::Theme;
use crate::view::{Map, Size, csv};

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Png,
    Svg,
    Csv,
    Json,
}

/// Every format with the end of its files' names and its media type.
pub const FORMATS: [(Format, &str, &str); 4] = [
    (Format::Png, "png", "image/png"),
    (Format::Svg, "svg", "image/svg+xml"),
    (Format::Csv, "csv", "text/csv"),
    (Format::Json, "json", "application/json"),
];

/// Device pixels to a CSS pixel in a PNG.
pub const PNG_RATIO: f64 = 2.0;
/// Milliseconds for which a file that is being saved is kept.
const KEPT: i32 = 40_000;
/// Characters of the text in a file's name.
const NAME: usize = 40;

/// `attention-map_The-animal-did_L3H7.svg`: the text's first words and `part`, the part of the picture that it is,
/// which may be empty.
pub fn file_name(text: &str, part: &str, format: Format) -> String {
    // Nothing that a file system refuses, that hides a file, or that turns the order of its letters round.
    let is_kept = |character: &char| match character {
        '\0'..='\x7f' => character.is_ascii_alphanumeric(),
        '\u{80}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => false,
        _ => true,
    };
    let mut words = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let word: String = word.chars().filter(is_kept).take(NAME).collect();
        length += word.chars().count() + 1;
        if length > NAME && !words.is_empty() {
            break;
        }
        if !word.is_empty() {
            words.push_str(if words.is_empty() { "_" } else { "-" });
            words.push_str(&word);
        }
    }
    let part = if part.is_empty() { String::new() } else { format!("_{part}") };
    let end = FORMATS.iter().find(|(known, ..)| *known == format).map_or("", |(_, end, _)| end);
    format!("attention-map{words}{part}.{end}")
}

/// The picture as SVG. `words` are its title and description.
pub fn svg(picture: &Picture, size: Size, theme: &Theme, words: (&str, &str)) -> String {
    write_svg(picture, size, theme, words, &canvas::data_address)
}

/// Paints the picture, laid out at [`PNG_RATIO`], and hands it over as PNG.
pub fn png(picture: &Picture, size: Size, theme: &Theme, done: Callback<Result<Blob, Problem>>) {
    let too_large = || {
        Problem::said(
            "unsupported",
            "this picture is too large for the browser to make a PNG of it; an SVG may do",
            &[],
        )
    };
    let Some(canvas) = canvas::unseen() else { return done.emit(Err(too_large())) };
    canvas::draw(&canvas, picture, size, theme, true);
    let told = done.clone();
    // The browser gives null where it could not.
    let taken = once(move |blob| told.emit(blob.dyn_into().map_err(|_| too_large())));
    if canvas.to_blob(&taken).is_err() {
        done.emit(Err(too_large()));
    }
}

/// Saves text under a name from [`file_name`].
pub fn save_text(name: &str, format: Format, text: &str) -> Result<(), Problem> {
    // Without a byte order mark, Excel takes a table for the system's old encoding. Other programs pass over it.
    let mark = if format == Format::Csv { "\u{feff}" } else { "" };
    let options = BlobPropertyBag::new();
    let media_type = FORMATS.iter().find(|(known, ..)| *known == format).map_or("", |(.., media)| media);
    options.set_type(media_type);
    let parts = Array::of2(&mark.into(), &text.into());
    let blob = Blob::new_with_str_sequence_and_options(&parts, &options).map_err(|_| not_saved(name))?;
    save(name, &blob)
}

/// Saves a file's content under a name from [`file_name`].
pub fn save(name: &str, content: &Blob) -> Result<(), Problem> {
    let failed = |_| not_saved(name);
    let address = Url::create_object_url_with_blob(content).map_err(failed)?;
    let link = gloo::utils::document().create_element("a").map_err(failed)?;
    let link: HtmlAnchorElement = link.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // Not at once: some browsers read it only after they have asked where to put the file.
    let forget = once(move |_| drop(Url::revoke_object_url(&address)));
    let _ = gloo::utils::window().set_timeout_with_callback_and_timeout_and_arguments_0(&forget, KEPT);
    Ok(())
}

/// Puts text on the clipboard and says whether that went well.
pub fn copy_text(text: &str, done: Callback<bool>) {
    let clipboard = gloo::utils::window().navigator().clipboard();
    // Pages that are not secure have none.
    if clipboard.is_undefined() {
        return done.emit(copy_selected(text));
    }
    let (told, text_again) = (done.clone(), Rc::<str>::from(text));
    let copied = once(move |_| told.emit(true));
    // Frames around the page may forbid it, which the old way sometimes survives.
    let refused = once(move |_| done.emit(copy_selected(&text_again)));
    let promise = clipboard.write_text(text);
    if let Ok(then) = Reflect::get(&promise, &"then".into()).and_then(JsCast::dyn_into::<Function>) {
        let _ = then.call2(&promise, &copied, &refused);
    }
}

/// The shortest decimal that the same `f32` is read from.
pub fn shortest(number: f32) -> String {
    let exact = f64::from(number);
    // Nine digits tell any two apart (IEEE 754).
    let shorter = (1..9).find_map(|digits| {
        let text = Number::from(exact).to_precision(digits).ok()?;
        let rounded = Number::parse_float(&String::from(text));
        (rounded as f32 == number).then_some(rounded)
    });
    let nine = || Number::from(exact).to_precision(9).map(|text| Number::parse_float(&String::from(text)));
    decimal(shorter.or_else(|| nine().ok()).unwrap_or(exact))
}

/// A study's map as a table; see [`csv::csv`].
pub fn csv_of(study: &Study, map: &Map) -> String {
    let queries = entries(&study.queries, study.query_units());
    let keys = entries(&study.keys, &study.plan.keys);
    csv::csv(&map.weights, &queries, &keys, study.lens.id, &shortest)
}

/// The attention of `heads`, (layer, head) in ascending order, as a stored trace; see [`stored`]. `state` is what a
/// link to the view carries.
pub fn json_of(
    ran: &Ran,
    heads: &[(usize, usize)],
    precision: Precision,
    state: &str,
) -> Result<String, Problem> {
    // Weights that the page around took away would be read as zeros.
    if !ran.weights.is_whole() {
        return Err(weights_taken());
    }
    let map = MapParts {
        kind: MapKind::SelfAttention,
        layers: ran.shape().0,
        heads: ran.shape().1,
        queries: &ran.tokens,
        keys: &ran.tokens,
        stored: heads,
        read: &|layer, head, weights| ran.weights.read(layer, head, weights),
    };
    let parts = Parts {
        model: &ran.model,
        backend: ran.backend,
        texts: &ran.texts,
        cuts: &ran.cuts,
        maps: &[map],
        precision,
        off: ran.kept.as_ref().map_or(0.0, |kept| kept.error),
        state: Some(state),
    };
    stored::encode(&parts, &shortest).map_err(|error| Problem::new(error.code(), error.to_string()))
}

/// Labels with their places in the text; where one row stands for all it has none.
fn entries<'a>(labels: &'a [Label], units: &[usize]) -> Vec<csv::Entry<'a>> {
    let entry = |(position, label): (usize, &'a Label)| csv::Entry {
        index: units.get(position).copied().unwrap_or(position),
        text: label.full(),
    };
    labels.iter().enumerate().map(entry).collect()
}

fn not_saved(name: &str) -> Problem {
    Problem::said("unsupported", "the browser did not let the page save {0}", &[name])
}

/// Copies by way of a field that is selected, as pages did before there was a clipboard for them.
fn copy_selected(text: &str) -> bool {
    let document = gloo::utils::document();
    let focused = document.active_element();
    let field = document.create_element("textarea").ok();
    let Some(field) = field.and_then(|field| field.dyn_into::<HtmlTextAreaElement>().ok()) else {
        return false;
    };
    let body = gloo::utils::body();
    field.set_value(text);
    field.set_read_only(true);
    let _ = body.append_child(&field);
    field.select();
    let copied =
        document.dyn_into::<HtmlDocument>().is_ok_and(|page| page.exec_command("copy").unwrap_or(false));
    field.remove();
    if let Some(focused) = focused.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = focused.focus();
    }
    copied
}

/// A function for the browser to call once, which then is gone.
fn once(call: impl FnOnce(JsValue) + 'static) -> Function {
    Closure::once_into_js(call).unchecked_into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_after_the_texts_first_words() {
        let text = "The animal didn't cross the street because it was too tired.";
        assert_eq!(
            file_name(text, "L3H7", Format::Svg),
            "attention-map_The-animal-didnt-cross-the-street_L3H7.svg"
        );
        assert_eq!(file_name("A man.", "", Format::Csv), "attention-map_A-man.csv");
        assert_eq!(file_name(" \n", "L0H0", Format::Png), "attention-map_L0H0.png");
        assert_eq!(file_name("这只动物 ", "", Format::Json), "attention-map_这只动物.json");
        assert_eq!(file_name(&"x".repeat(300), "", Format::Svg).len(), "attention-map_.svg".len() + NAME);
    }

    #[test]
    fn no_text_makes_a_name_that_a_file_system_refuses_or_that_misleads() {
        let name = file_name("../..\\ C:\u{0} <a|b>?* \u{202e}gpj.\u{2066} .hidden", "L1H2", Format::Png);
        assert_eq!(name, "attention-map_C-ab-gpj-hidden_L1H2.png");
    }
}
