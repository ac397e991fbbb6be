//! The page: the interface of `<attention-map>`, as yew components inside its shadow root.
//!
//! [`root`] holds one [`state::State`], changed by one function through [`state::Action`]s; the other
//! components are pure on their props. [`client`] keeps an element's runs in order, [`engine`] owns the worker
//! that all elements of a page share.
//!
//! What tests and host pages may hold on to, beside attributes and events:
//!
//! - `::part` names: `text`, `text-b`, `pair`, `model`, `backend`, `status` (with `data-backend` of the last
//!   run), `precision` (of the last run), `milliseconds`, `tokens-count`, `progress`, `error` and `notice` (with `data-code`), `retry`, `tokens`,
//!   `token` (with `data-index` and `data-piece`), `cut`, `grid`, `matrix`, `invitation`, `layer`, `head`,
//!   `layer-previous`, `layer-next`, `head-previous`, `head-next`, `readout`, `weight` (with `data-weight` in
//!   full, `data-query`, `data-key`), `legend` (with `data-end`), `legend-bar`, `legend-end`, `scale-unit`,
//!   `scale-max`, `scale-hint`, `language`, `language-en`, `language-zh-Hans`; with `developer` also `measure`, `kernels-status` and `kernels`.
//! - The matrix canvas says where its cells lie, in CSS pixels from its own corner: cell (query, key) begins at
//!   `data-origin-x + key * data-cell`, `data-origin-y + query * data-cell` and is `data-cell` wide and high.
//!   From 10 pixels up, its right and lower edge are one pixel of ground. `data-queries` and `data-keys` count.
//! - The grid canvas likewise: thumbnail (layer, head) begins at `data-origin-x + head * data-pitch`,
//!   `data-origin-y + layer * data-pitch` and is `data-side` wide and high.
//! - `legend-bar` holds the colours: a weight of `w` has the colour at `w / end` of its width.

pub mod attributes;
pub mod canvas;
pub mod client;
pub mod composer;
pub mod cuts;
pub mod deferred;
pub mod dom;
pub mod element;
pub mod engine;
pub mod events;
pub mod examples;
pub mod export;
pub mod extras;
pub mod grid_tools;
pub mod heads;
pub mod history;
pub mod kernels;
pub mod keys;
pub mod language;
pub mod legend;
pub mod lens_bar;
pub mod lens_note;
pub mod maps;
pub mod panel;
pub mod pointer;
pub mod ran;
pub mod readout;
pub mod root;
pub mod select;
pub mod state;
pub mod status;
pub mod stepper;
pub mod study;
pub mod subject;
pub mod table;
pub mod take_away;
pub mod tokens;
pub mod view_bar;
pub mod wire;
