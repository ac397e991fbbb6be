//! What a number is through the chosen lens, and what the filters hide of it.

use yew::{Html, html};

use super::tags::{bare, part};
use crate::lens::LENSES;
use crate::shown::hidden::hidden;
use crate::shown::study::Study;
use crate::view::Map;
use crate::view::words::{sentences, tr, tr_with};

/// The lens's formula, range, caveat and paper; before it, what the filters hide of the selected map, which is named by its
/// layer where those of others are shown, too.
pub fn lens_note(study: Option<&Study>, map: Option<&Map>, layer: Option<usize>) -> Html {
    let lens = study.map_or(&LENSES[0], |study| study.lens);
    let hidden = study.zip(map).map(|(study, map)| hidden(study, map, None)).unwrap_or_default();
    let hidden = match layer {
        Some(layer) if !hidden.is_empty() => tr_with("Layer {0}: {1}", &[&layer.to_string(), &hidden]),
        _ => hidden,
    };
    html! {
        <>
            if !hidden.is_empty() {
                { part("p", "hidden", hidden) }
            }
            <p part="lens-note">
                { bare("b", tr(lens.name)) }{ tr(": ") }
                { sentences(&[tr(lens.formula), tr(lens.range), tr(lens.caveat), tr("It is not an explanation of what the model puts out.")]) }
                { " (" }{ bare("cite", lens.paper) }{ ")" }
            </p>
        </>
    }
}
