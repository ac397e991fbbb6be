//! Taking a picture or its numbers away: files, and the clipboard.

use std::rc::Rc;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Blob, BlobPropertyBag, HtmlAnchorElement, HtmlDocument, HtmlElement, HtmlTextAreaElement, Url,
};
use yew::Callback;

use super::canvas;
use super::state::Problem;
use crate::shown::written::{FORMATS, Format};
use crate::view::Size;
use crate::view::picture::Picture;
use crate::view::svg::svg as write_svg;
use crate::view::theme::Theme;

/// Milliseconds for which a file that is being saved is kept.
const KEPT: i32 = 40_000;

/// The picture as SVG. `words` are its title and description.
pub fn svg(picture: &Picture, size: Size, theme: &Theme, words: (&str, &str)) -> String {
    write_svg(picture, size, theme, words, &canvas::data_address)
}

/// Paints the picture, laid out at [`crate::shown::taken::PNG_RATIO`], and hands it over as PNG.
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

/// Saves text under a name from [`crate::shown::written::file_name`].
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

/// Saves a file's content under a name from [`crate::shown::written::file_name`].
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
