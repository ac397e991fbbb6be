//! Buttons that take the picture, its numbers or a link to it away.

use std::rc::Rc;

use js_sys::JSON;
use web_sys::Blob;
use yew::{Callback, Html, MouseEvent, html};

use super::canvas::CanvasMeasure;
use super::events::change;
use super::export;
use super::state::{Action, Problem, State};
use crate::shown::taken::{SIZE, Taken};
use crate::shown::written::{Format, csv_of, json_of};
use crate::stored::Precision;
use crate::view::words::tr;

/// A button a format.
pub fn take_away(taken: Taken, act: &Callback<Action>) -> Html {
    let state = taken.state.clone();
    let taken = Rc::new(taken);
    let is_picture = state.view.lay_out.is_some();
    let button = |name: String, part: &'static str, onclick: Callback<MouseEvent>| {
        html! { <button type="button" class="chip small" {part} {onclick}>{ name }</button> }
    };
    let file = |name: &'static str, part: &'static str, format: Format| {
        let (taken, act) = (taken.clone(), act.clone());
        button(name.into(), part, Callback::from(move |_| taken.save(format, &act)))
    };
    let link = act.reform(|_| Action::CopyLink);
    html! {
        <div class="take-away" role="group" aria-label={tr("Take it away")}>
            <div class="chips">
                if is_picture {
                    { file("PNG", "save-png", Format::Png) }
                    { file("SVG", "save-svg", Format::Svg) }
                }
                { file("CSV", "save-csv", Format::Csv) }
                { file("JSON", "save-json", Format::Json) }
                if state.linked {
                    { button(tr("Copy link"), "copy-link", link) }
                }
                <span class="muted" part="copied" role="status">{ copied(&state) }</span>
            </div>
        </div>
    }
}

/// What came of copying.
fn copied(state: &State) -> String {
    match state.copied {
        Some(true) => tr("Copied."),
        Some(false) => tr("The browser did not let the page copy it."),
        None => String::new(),
    }
}

impl Taken {
    /// The view as SVG, its caption below; None where it is a table.
    pub fn svg(&self) -> Option<String> {
        let measure = CanvasMeasure::default();
        self.is_picture().then(|| {
            let (picture, size) = self.picture(SIZE, &measure);
            export::svg(&picture, size, self.theme, (&self.title(), &self.facts(SIZE, &measure).join("; ")))
        })
    }

    /// The same as PNG.
    pub fn png(&self, done: Callback<Result<Blob, Problem>>) {
        let (picture, size) = self.picture(SIZE, &CanvasMeasure::default());
        export::png(&picture, size, self.theme, done);
    }

    fn save(&self, format: Format, act: &Callback<Action>) {
        let name = self.name(format);
        let text = match format {
            Format::Png => {
                let act = act.clone();
                let save = Callback::from(move |blob: Result<Blob, Problem>| {
                    tell(blob.and_then(|blob| export::save(&name, &blob)), &act);
                });
                return self.png(save);
            }
            Format::Svg => Ok(self.svg().unwrap_or_default()),
            Format::Csv => Ok(csv_of(&self.study, &self.map)),
            Format::Json => {
                // What a link to the view carries.
                let carried = JSON::stringify(&change(&self.state, false));
                let carried = carried.map_or_else(|_| String::new(), String::from);
                json_of(&self.study.ran, &self.study.ran.map().heads(), Precision::Byte, Some(&carried))
            }
        };
        tell(text.and_then(|text| export::save_text(&name, format, &text)), act);
    }
}

fn tell(outcome: Result<(), Problem>, act: &Callback<Action>) {
    if let Err(problem) = outcome {
        act.emit(Action::Notice(problem));
    }
}
