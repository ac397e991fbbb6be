//! Two texts, a head's map of each, and what lies between them.

use std::rc::Rc;

use yew::{Callback, Html, html};

use super::difference::{self, Change, Place};
use super::host::{AttentionMapElement, Subject};
use super::moved::{self, ranked};
use super::plate::{Canvas, Plate};
use super::reply::{self, Texts};
use crate::alignment::Alignment;
use crate::page::dom::decimal;
use crate::page::ran::Ran;
use crate::page::state::Problem;
use crate::view::figures::{counted, signed, weight};
use crate::view::label::Label;
use crate::view::theme::Theme;
use crate::view::words::{tr, tr_with};

/// Of the weights that changed, so many are listed.
const LISTED: usize = 10;

/// Two runs.
pub struct Comparison {
    pub texts: Texts,
    pub other: Texts,
    before: Ran,
    after: Ran,
    places: Vec<Place>,
    labels: Vec<Label>,
    /// (L, H), in bits.
    divergences: Vec<f32>,
}

/// One head of both.
pub struct Compared {
    pub head: (usize, usize),
    before: Rc<Plate>,
    after: Rc<Plate>,
    difference: Rc<Plate>,
    largest: Vec<Change>,
}

impl Comparison {
    /// Has both texts run, and every head's move measured.
    pub async fn of(host: AttentionMapElement, texts: Texts, other: Texts) -> Result<Self, Problem> {
        let before = reply::run(&host, &texts).await?;
        let after = reply::run(&host, &other).await?;
        let divergences = reply::sensitivity(&host, &texts, &other).await?;
        let places = difference::merged(&Alignment::of(&before.tokens, &after.tokens));
        let labels = difference::labels(&places, &before.labels, &after.labels);
        Ok(Self { texts, other, before, after, places, labels, divergences })
    }

    /// The pictures of one head.
    pub fn look_at(&self, (layer, head): (usize, usize)) -> Compared {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        self.before.weights.read(layer, head, &mut before);
        self.after.weights.read(layer, head, &mut after);
        let (t, u) = (self.before.tokens.len(), self.after.tokens.len());
        let differences = difference::differences(&self.places, (&before, t), (&after, u));
        let largest: Vec<Change> = difference::largest(&differences, LISTED)
            .into_iter()
            .filter_map(|at| {
                let (query, key) = (at / self.places.len(), at % self.places.len());
                let (Place::Both(i, k), Place::Both(j, l)) = (self.places[query], self.places[key]) else {
                    return None;
                };
                Some(Change { query, key, before: before[i * t + j], after: after[k * u + l] })
            })
            .collect();
        let most = |numbers: &[f32]| numbers.iter().fold(0.0_f32, |most, &number| most.max(number));
        let end = match most(&before).max(most(&after)) {
            0.0 => 1.0,
            end => end,
        };
        let map = |ran: &Ran, weights: Vec<f32>| {
            Rc::new(Plate {
                rows: ran.labels.clone(),
                columns: ran.labels.clone(),
                titles: titles(),
                numbers: weights.into_iter().map(Some).collect(),
                signed: false,
                end,
                flat: false,
            })
        };
        let furthest = largest.first().map_or(1.0, |change| (change.after - change.before).abs());
        let difference = Plate {
            rows: self.labels.clone(),
            columns: self.labels.clone(),
            titles: titles(),
            numbers: differences,
            signed: true,
            end: furthest,
            flat: false,
        };
        Compared {
            head: (layer, head),
            before: map(&self.before, before),
            after: map(&self.after, after),
            difference: Rc::new(difference),
            largest,
        }
    }

    /// The pictures, what differs most, and the heads by how far they moved.
    pub fn view(
        &self,
        compared: &Compared,
        subject: &Subject,
        theme: &'static Theme,
        chosen: &Callback<(usize, usize)>,
    ) -> Html {
        let name = moved::head_name(compared.head);
        let aligned = self.places.iter().filter(|place| matches!(place, Place::Both(..))).count();
        let (only_before, only_after) =
            (self.before.tokens.len() - aligned, self.after.tokens.len() - aligned);
        let alignment = if only_before + only_after == 0 {
            tr_with("Both texts have the same {0}.", &[&counted(aligned, "token")])
        } else {
            tr_with(
                "Both texts have {0}. {1} of the first (−) and {2} of the second (+) have no counterpart: their rows and columns are hatched, and no difference is shown.",
                &[&counted(aligned, "token"), &counted(only_before, "token"), &counted(only_after, "token")],
            )
        };
        let ranking = ranked(&self.divergences, subject.model.heads);
        html! {
            <>
                <div class="plates">
                    <figure>
                        <figcaption>{ tr_with("The first text, {0}", &[&name]) }</figcaption>
                        <Canvas plate={compared.before.clone()} part="before" {theme} name={tr("Map of the first text")} />
                    </figure>
                    <figure>
                        <figcaption>{ tr("The second text") }</figcaption>
                        <Canvas plate={compared.after.clone()} part="after" {theme} name={tr("Map of the second text")} />
                    </figure>
                    <figure>
                        <figcaption>{ tr("Second minus first: violet grew, orange shrank") }</figcaption>
                        <Canvas plate={compared.difference.clone()} part="difference" {theme}
                            name={tr("Difference of the two maps; the largest are listed below")} />
                    </figure>
                </div>
                <p class="muted" part="plate-scale">
                    { tr("The two maps share a scale, from 0 to the larger one’s largest weight; the difference’s ends are its own largest.") }
                </p>
                <p part="unaligned" data-before={only_before.to_string()} data-after={only_after.to_string()}>{ alignment }</p>
                <div class="lists">
                    <section>
                        <h3>{ tr_with("What changed most in {0}", &[&name]) }</h3>
                        { self.changes(&compared.largest) }
                    </section>
                    <section>
                        <h3>{ tr("Heads by how far they moved") }</h3>
                        { moved::list("ranking", &ranking, compared.head, chosen) }
                        <p class="muted">{ tr("The number is the mean Jensen–Shannon divergence, in bits, between the rows of tokens that both have: 0 is the same, 1 has nothing in common; keys that only one of the two has count as one key. It says that a map moved, not that the head matters: maps can differ much where the output does not (Jain and Wallace 2019), and many heads can be left out without harm (Michel et al. 2019).") }</p>
                    </section>
                </div>
            </>
        }
    }

    fn changes(&self, largest: &[Change]) -> Html {
        if largest.is_empty() {
            return html! { <p part="largest">{ tr("No weight that both texts have differs.") }</p> };
        }
        html! {
            <table part="largest">
                <thead>
                    <tr>
                        <th>{ tr("From") }</th><th>{ tr("To") }</th><th>{ tr("First") }</th><th>{ tr("Second") }</th>
                        <th>{ tr("Difference") }</th>
                    </tr>
                </thead>
                <tbody>
                    { for largest.iter().map(|&Change { query, key, before, after }| {
                        let difference = f64::from(after) - f64::from(before);
                        html! {
                            <tr data-difference={decimal(difference)}>
                                <td><bdi>{ self.labels[query].text.clone() }</bdi></td>
                                <td><bdi>{ self.labels[key].text.clone() }</bdi></td>
                                <td class="figure">{ weight(before) }</td>
                                <td class="figure">{ weight(after) }</td>
                                <td class="figure">{ signed(difference, 3) }</td>
                            </tr>
                        }
                    }) }
                </tbody>
            </table>
        }
    }
}

/// Of the rows and of the columns.
fn titles() -> (String, String) {
    (tr("← attends from (query)"), tr("attends to (key) →"))
}
