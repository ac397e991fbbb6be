//! Every word left out, or swapped with the next, in turn: which maps stay, and which do not.

use std::rc::Rc;

use yew::{Callback, Html, html};

use super::host::Subject;
use super::moved::{MovedHead, list, mean_of_heads, mean_of_variants, ranked};
use super::plate::{Canvas, Plate};
use super::reply::Texts;
use super::words::portion;
use crate::filter::Unit;
use crate::page::dom::decimal;
use crate::page::select::select;
use crate::view::figures::counted;
use crate::view::label::Label;
use crate::view::theme::Theme;
use crate::view::words::{sentences, tr, tr_with};

/// Of the heads that moved most and least, so many are listed.
const LISTED: usize = 8;

/// What is done to each word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Drop,
    Swap,
}

pub const KINDS: [Kind; 2] = [Kind::Drop, Kind::Swap];

impl Kind {
    /// In questions to the engine.
    pub fn id(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Swap => "swap",
        }
    }

    fn name(self) -> String {
        match self {
            Self::Drop => tr("Leave each word out"),
            Self::Swap => tr("Swap each word with the next"),
        }
    }
}

/// How far it has come.
pub struct Noise {
    pub texts: Texts,
    pub kind: Kind,
    words: Rc<[Unit]>,
    tokens: usize,
    /// (variants so far, L, H), in bits.
    divergences: Vec<f32>,
    /// (L * H)
    maps: usize,
    heads: usize,
    pub running: bool,
    /// Of what is there so far.
    plate: Option<Rc<Plate>>,
}

impl Noise {
    pub fn new(texts: Texts, kind: Kind, words: Rc<[Unit]>, tokens: usize, subject: &Subject) -> Self {
        let (layers, heads) = (subject.model.layers, subject.model.heads);
        let mut noise = Self {
            texts,
            kind,
            words,
            tokens,
            divergences: Vec::new(),
            maps: layers * heads,
            heads,
            running: true,
            plate: None,
        };
        noise.running = noise.total() > 0;
        noise
    }

    /// How many variants of the text there are.
    pub fn total(&self) -> usize {
        if self.kind == Kind::Swap { self.words.len().saturating_sub(1) } else { self.words.len() }
    }

    pub fn done(&self) -> usize {
        self.divergences.len() / self.maps
    }

    /// The words to ask about next, as ranges of tokens [from, to); nothing where all have been asked about.
    pub fn next(&self) -> Option<Vec<(usize, usize)>> {
        let (from, total) = (self.done(), self.total());
        let to = (from + portion(self.tokens)).min(total);
        // The last one's next is needed to swap it.
        let end = to + usize::from(self.kind == Kind::Swap);
        let ranges =
            || self.words[from..end].iter().map(|word| (word.tokens.start, word.tokens.end)).collect();
        (self.running && from < total).then(ranges)
    }

    /// Takes what the engine said of the next words.
    pub fn take(&mut self, divergences: &[f32]) {
        self.divergences.extend_from_slice(divergences);
        self.running &= self.done() < self.total();
        self.draw();
    }

    /// Makes the picture of what is there, in the reader's language.
    pub fn draw(&mut self) {
        let layers = self.maps / self.heads;
        let named = |layer: usize| {
            let text = tr_with("layer {0}", &[&layer.to_string()]);
            Label { text, ..Label::of_all_rows() }
        };
        let (done, total) = (self.done(), self.total());
        let numbers = mean_of_heads(&self.divergences, layers, self.heads);
        let end = numbers.iter().fold(0.0_f32, |most, &number| most.max(number));
        self.plate = Some(Rc::new(Plate {
            rows: (0..layers).map(named).collect(),
            columns: self.words[..total].iter().map(|word| word.label.clone()).collect(),
            titles: (String::new(), tr("word that was disturbed →")),
            // The words that are still to come are hatched.
            numbers: (0..layers * total)
                .map(|at| (at % total < done).then(|| numbers[at / total * done + at % total]))
                .collect(),
            signed: false,
            end: if end > 0.0 { end } else { 1.0 },
            flat: true,
        }));
    }

    /// Ended before all words had their turn.
    fn is_partial(&self) -> bool {
        !self.running && self.done() < self.total()
    }

    /// How far it is; then words by layers, and the heads that moved most and least.
    pub fn view(
        &self,
        selected: (usize, usize),
        theme: &'static Theme,
        (chosen, stop): (&Callback<(usize, usize)>, &Callback<()>),
    ) -> Html {
        let (done, total) = (self.done(), self.total());
        let ranking = ranked(&mean_of_variants(&self.divergences, self.maps), self.heads);
        let stable: Vec<MovedHead> = ranking.iter().rev().take(LISTED).copied().collect();
        html! {
            <>
                <div class="line" part="noise-progress" data-done={done.to_string()} data-total={total.to_string()}>
                    <progress max={decimal(total as f64)} value={decimal(done as f64)} aria-label={tr("Words done")} />
                    <span class="figure">{ tr_with("{0} of {1}", &[&done.to_string(), &counted(total, "word")]) }</span>
                    if self.running {
                        <button type="button" class="chip" part="noise-stop" onclick={stop.reform(|_| ())}>{ tr("Stop") }</button>
                    }
                    if self.is_partial() {
                        <span>{ tr("Stopped: what follows is of these words only.") }</span>
                    }
                </div>
                if let Some(plate) = &self.plate {
                    <Canvas plate={plate.clone()} part="stability" {theme}
                        name={tr_with("How far the maps of each layer move, for {0}", &[&counted(done, "word")])} />
                    <p class="muted">
                        { sentences(&[
                            tr("Each cell: how far the maps of a layer move, on average over its heads, when that word is disturbed; hatched, where it has not been. Each column is another run. Punctuation marks count as words."),
                            tr("In bits of Jensen–Shannon divergence: 0 is the same, 1 has nothing in common. Every token is compared with itself, wherever it moved; the tokens of what is left are not made anew. A head that moves is not therefore important, nor one that stays useless: attention can change much while the output does not (Jain and Wallace 2019)."),
                        ]) }
                    </p>
                    <div class="lists">
                        <section>
                            <h3>{ tr("Least stable heads, mean over the words") }</h3>
                            { list("least-stable", &ranking[..LISTED.min(ranking.len())], selected, chosen) }
                        </section>
                        <section>
                            <h3>{ tr("Most stable heads") }</h3>
                            { list("most-stable", &stable, selected, chosen) }
                        </section>
                    </div>
                }
            </>
        }
    }
}

/// The choice of a kind.
pub fn kinds(kind: Kind, chosen: Callback<usize>) -> Html {
    let options = KINDS.iter().map(|kind| (kind.id(), kind.name().into()));
    select(tr("Noise"), "noise-kind", options, kind.id(), chosen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lens::LENSES;
    use crate::model::MODELS;
    use crate::view::label::tests::label;

    fn noise(kind: Kind, words: usize) -> Noise {
        let unit = |at: usize| Unit { label: label("word"), tokens: at + 1..at + 2, punctuation: false };
        let subject = Subject {
            text: String::new(),
            text_b: None,
            model: &MODELS[0],
            layer: 0,
            head: 0,
            heads: Rc::default(),
            lens: &LENSES[0],
            from: 0,
            dark: None,
        };
        Noise::new((String::new(), None), kind, (0..words).map(unit).collect(), 128, &subject)
    }

    #[test]
    fn every_word_has_its_turn_once_and_the_last_has_no_next() {
        for (kind, total) in [(Kind::Drop, 10), (Kind::Swap, 9)] {
            let mut noise = noise(kind, 10);
            let mut turns = Vec::new();
            while let Some(words) = noise.next() {
                let variants = words.len() - usize::from(kind == Kind::Swap);
                turns.extend(words[..variants].iter().map(|word| word.0));
                noise.take(&vec![0.25; variants * 72]);
            }
            assert_eq!(turns, (1..=total).collect::<Vec<_>>(), "{}", kind.id());
            assert!(!noise.running && !noise.is_partial());
        }
    }

    #[test]
    fn one_word_has_nothing_to_be_swapped_with() {
        let noise = noise(Kind::Swap, 1);
        assert_eq!((noise.running, noise.next(), noise.total()), (false, None, 0));
    }

    #[test]
    fn stopped_it_asks_no_more() {
        let mut noise = noise(Kind::Drop, 10);
        noise.take(&[0.1; 72 * 4]);
        noise.running = false;
        assert_eq!((noise.next(), noise.done(), noise.is_partial()), (None, 4, true));
    }
}
