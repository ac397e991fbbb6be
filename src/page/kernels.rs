//! The kernels of one pass and how long each took: for developers, and only when asked for.

use yew::{Callback, Html, html};

use crate::shown::profile::Measured;
use crate::shown::state::{Action, State};
use crate::trace::{Backend, KernelTime};
use crate::view::figures::{grouped, percent};
use crate::view::words::{tr, tr_with};

/// The section of them. Not a component, whose frame would be more code than this is.
pub fn kernels(state: &State, act: &Callback<Action>) -> Html {
    let profile = state.profile.as_deref();
    let measured = profile.and_then(|profile| profile.measured.as_ref());
    let table = profile.zip(measured).filter(|(_, measured)| !measured.kernels.is_empty());
    html! {
        <section class="kernels" aria-labelledby="kernels">
            <div class="heading">
                <h2 id="kernels">{ tr("Kernels of one pass") }</h2>
                <button type="button" class="button" part="measure" disabled={!state.can_measure()}
                    onclick={act.reform(|_| Action::Measure)}>{ tr("Measure") }</button>
            </div>
            <p class="muted">
                { tr("The GPU’s own clock times each kernel by itself, so the sum is more than a whole pass takes. Browsers round this clock, Chromium to 0.1 ms (100 µs): what is shorter may read 0.") }
            </p>
            <p part="kernels-status" role="status" class={table.map(|_| "spoken")}>
                { profile.map(|_| status(measured)) }
            </p>
            if let Some((profile, measured)) = table {
                <table part="kernels">
                    <caption>
                        <bdi class="measured-text">{ profile.text.clone() }</bdi>
                        { tr_with("{0}, {1}, on {2}", &[profile.model.name, &tr(profile.model.precision), &measured.adapter]) }
                    </caption>
                    <thead>
                        { row("col", [tr("Kernel"), tr("Dispatches"), "µs".into(), tr("Share")]) }
                    </thead>
                    <tbody>{ for measured.kernels.iter().map(figures) }</tbody>
                    <tfoot>{ figures(&total(&measured.kernels)) }</tfoot>
                </table>
            }
        </section>
    }
}

fn status(measured: Option<&Measured>) -> String {
    match measured {
        None => tr("Measuring …"),
        Some(Measured { backend: Backend::Cpu, adapter, .. }) => {
            tr_with("The CPU ({0}) ran this pass, so there are no GPU kernels to time.", &[adapter])
        }
        Some(Measured { adapter, kernels, .. }) if kernels.is_empty() => {
            tr_with("This GPU ({0}) has no clock for its kernels here, so they cannot be timed.", &[adapter])
        }
        Some(_) => tr("Measured; the table follows."),
    }
}

fn figures(time: &KernelTime) -> Html {
    let dispatches = grouped(time.dispatches as usize);
    row(
        "row",
        [time.name.clone(), dispatches, grouped(time.microseconds.round() as usize), percent(time.share)],
    )
}

/// The first cell, or in the head all of them, are headings.
fn row(scope: &'static str, cells: [String; 4]) -> Html {
    html! {
        <tr>
            { for cells.into_iter().enumerate().map(|(column, cell)| {
                if column == 0 || scope == "col" {
                    html! { <th {scope}>{ breakable(&cell) }</th> }
                } else {
                    html! { <td>{ cell }</td> }
                }
            }) }
        </tr>
    }
}

/// A name that may go on in the next line after each of its parts.
fn breakable(name: &str) -> Html {
    let parts = name.split_inclusive(['_', '.']);
    parts.map(|part| html! { <>{ part.to_owned() }<wbr /></> }).collect()
}

fn total(kernels: &[KernelTime]) -> KernelTime {
    KernelTime {
        name: tr("All kernels"),
        dispatches: kernels.iter().map(|time| time.dispatches).sum(),
        microseconds: kernels.iter().map(|time| time.microseconds).sum(),
        share: kernels.iter().map(|time| time.share).sum(),
    }
}
