//! The page: the interface of `<attention-map>`, as yew components inside its shadow root.
//!
//! [`root`] holds one [`state::State`], changed by one function through [`state::Action`]s; the other
//! components are pure on their props. [`client`] keeps an element's runs in order, [`engine`] owns the worker
//! that all elements of a page share.
//!
//! What tests and host pages may hold on to, beside attributes and events, is the `::part` names below and,
//! of some, data. Positions are CSS pixels from a canvas's own corner.
//!
//! - Text: `composer`, `text`, `text-b`, `pair`, `cut`, `tokens`, `token` (`data-index`, `data-piece`). Texts
//!   that were: `history`, `earlier`, `undo`, `forget`.
//! - What runs: `model`, `backend`, `status` (`data-backend` of the last run), `precision`, `tokens-count`,
//!   `milliseconds`, `progress`, `computing`, `error` and `notice` (`data-code`), `retry`.
//! - Menus, whose values are those of the attributes: `lens`, `special`, `punctuation`, `pair-part`, `map`, `words`
//!   (a box), `threshold` (a slider, in steps), `from` (the first layer of a rollout, a stepper); `habits`,
//!   `habits-on`.
//! - Views: `view-` and a view's id, each a button; `direction-from` and `direction-to`. The pictures are
//!   `grid`, `matrix`, `lines`, `shaded-text`, `layers`, `neuron`; `table` is none. `said` is what has to be
//!   known of a picture, `invitation` what stands in its place.
//! - Heads: `layer`, `head`, and with `-previous` and `-next` their buttons; `choose-layer`, `choose-head`,
//!   `choose-all`, `choose-none`; `habit`.
//! - Numbers: `readout`, `weight` (`data-weight` in full, `data-query`, `data-key`), `summary`. Of the table
//!   `sort-query`, `sort-key`, `sort-weight`, `page-previous`, `page-next`, `copy-csv`; its cells of numbers
//!   have `data-weight`.
//! - What colours mean: `legend` (`data-end`), `legend-bar`, `legend-end`, `scale-` and a scale's id,
//!   `scale-hint`, `left-out` (by the threshold), `hidden` (by the filters), `lens-note`.
//! - To take away: `save-png`, `save-svg`, `save-csv`, `save-json`, `copy-link`, `copied`.
//! - Keys and zoom: `keys`, `key-list`, `key-list-close`, `zoom-in`, `zoom-out`, `zoom-all`.
//! - The interface's language: `language`, `language-` and a language's id.
//! - With `developer`: `measure`, `kernels-status`, `kernels`.
//!
//! And where things lie:
//!
//! - `matrix` and `layers`: cell (row, column) begins at `data-origin-x + column * data-cell`,
//!   `data-origin-y + row * data-row` and is `data-cell` wide and `data-row` high. From 10 pixels up, its
//!   right and lower edge are one pixel of ground. `data-queries` rows and `data-keys` columns are there;
//!   those are seen that lie in the frame of `data-frame-x`, `data-frame-y`, `data-frame-width`,
//!   `data-frame-height`, at a magnification of `data-zoom`.
//! - `grid`: the thumbnail in (row, column), which is (layer, head) unless it is sorted, begins at
//!   `data-origin-x + column * data-pitch`, `data-origin-y + row * data-row-pitch` and is `data-side` wide
//!   and high.
//! - `lines`: a word's middle is at `data-origin + index * data-pitch` down, or along where `data-horizontal`
//!   is 1; lines go from `data-from` to `data-to` the other way. `data-drawn` weights have a line, down to
//!   `data-threshold`; `data-left-out` have none, and `data-share-left-out` of all weight.
//! - `neuron`: `data-rows` keys of the token `data-query`. A row's elements begin at `data-origin-x`,
//!   `data-origin-y + row * data-pitch`, those of its products at `data-product-x`,
//!   `data-product-y + row * data-pitch`, each `data-cell` wide. Their colours end at `data-end` and `data-product-end`.
//! - `legend-bar` holds the colours: a number of `w` has the colour at `w / end` of its width, on the
//!   logarithmic scale at `1 + log10(w / end) / 4`.

// What is shown, whoever shows it.
pub use crate::shown::{attributes, examples, extras, ran, state, study, subject};

#[cfg(feature = "inspections")]
pub mod brush;
#[cfg(not(feature = "inspections"))]
#[path = "page/brush/plain.rs"]
pub mod brush;
pub mod canvas;
pub mod client;
pub mod composer;
pub mod cuts;
pub mod deferred;
pub mod desk;
pub mod dom;
pub mod element;
pub mod engine;
pub mod events;
pub mod export;
pub mod grid_tools;
pub mod head_choice;
pub mod history;
pub mod kernels;
pub mod keys;
pub mod language;
pub mod legend;
pub mod lens_bar;
pub mod lens_note;
pub mod maps;
pub mod panel;
pub mod parts;
pub mod pointer;
pub mod program;
pub mod readout;
pub mod root;
pub mod select;
pub mod shortcuts;
pub mod stage;
pub mod status;
pub mod stepper;
pub mod summary;
pub mod table;
pub mod tags;
pub mod take_away;
pub mod tokens;
pub mod view_bar;
pub mod wire;
pub mod zoom;

#[cfg(target_arch = "wasm32")]
pub use talc::wasm::{WasmDynamicTalc as Allocator, new_wasm_dynamic_allocator as allocator};
