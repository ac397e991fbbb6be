//! What moves when something is changed: another text, another word, noise, heads switched off.
//!
//! A program of its own, which `www/attention-map.js` loads when a reader opens "Compare and disturb" below the maps. It
//! knows the element by its public interface only ([`host`]): attributes, events, and `ask`. [`bench`] holds the state;
//! what is pure stands in [`difference`], [`moved`] and [`words`].
//!
//! What tests and host pages may hold on to, as in [`crate::page`]: `::part` names `lab`, `experiment-text`,
//! `experiment-model`, `experiment-word`, `experiment-noise`, `experiment-heads` (with `aria-pressed`), `other`,
//! `compare-texts`, `other-model`, `second-size`, `compare-models`, `lab-loading`, `lab-computing`, `word` (with
//! `data-index`), `replacement`, `noise-kind`, `noise-start`, `noise-stop`, `noise-progress`, `replace-by`, `switch-off`,
//! `before`, `after`, `difference`, `stability` (canvases, with the places of their cells as the matrix has them),
//! `plate-scale`, `ranges` (with `data-before-least`, `-before-largest`, `-after-least`, `-after-largest`, `-least`,
//! `-largest` and `-mean` in full), `unaligned`, `largest`, `ranking`, `least-stable`, `most-stable`, `moved-head` (with
//! `data-layer`, `data-head` and `data-value` in full), `cosine` (with `data-value`), `lab-busy`, `lab-error` (with
//! `data-code`), `lab-stale`.

pub mod ablation;
pub mod bench;
pub mod comparison;
pub mod difference;
pub mod host;
pub mod moved;
pub mod noise;
pub mod plate;
pub mod reply;
pub mod second;
pub mod side;
pub mod words;
