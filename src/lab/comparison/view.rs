//! A comparison, shown.

use yew::{Callback, Html, html};

use super::{Compared, Comparison};
use crate::lab::difference::{Change, Place};
use crate::lab::moved::{self, ranked};
use crate::lab::plate::Canvas;
use crate::page::dom::decimal;
use crate::shown::ran::named;
use crate::view::figures::{counted, scientific, signed, weight};
use crate::view::theme::Theme;
use crate::view::words::{tr, tr_with};

impl Comparison {
    /// The pictures, what differs most, and the heads by how far they moved.
    pub fn view(
        &self,
        compared: &Compared,
        theme: &'static Theme,
        chosen: &Callback<(usize, usize)>,
    ) -> Html {
        let look = &compared.look;
        let ranking = ranked(&self.divergences, self.sides[0].model.heads);
        let (first, second) = self.captions(&compared.name);
        html! {
            <>
                <div class="plates">
                    <figure>
                        <figcaption>{ first }</figcaption>
                        <Canvas plate={compared.before.clone()} part="before" {theme} name={tr("The first map")} />
                    </figure>
                    <figure>
                        <figcaption>{ second }</figcaption>
                        <Canvas plate={compared.after.clone()} part="after" {theme} name={tr("The second map")} />
                    </figure>
                    <figure>
                        <figcaption>{ tr("Second minus first: violet grew, orange shrank") }</figcaption>
                        <Canvas plate={compared.difference.clone()} part="difference" {theme}
                            name={tr("Difference of the two maps; the largest are listed below")} />
                    </figure>
                </div>
                { ranges(compared) }
                <p class="muted" part="plate-scale">
                    { tr("The two maps share a scale, from 0 to the larger one’s largest number; the difference’s ends are its own largest. All tokens are shown, whatever the filters above hide or merge.") }
                </p>
                { self.alignment() }
                <div class="lists">
                    <section>
                        <h3>{ tr_with("What changed most in {0}", &[&compared.name]) }</h3>
                        { self.changes(compared) }
                    </section>
                    <section>
                        <h3>{ tr("Heads by how far their attention weights moved") }</h3>
                        { moved::list("ranking", &ranking, (look.layer, look.head), chosen) }
                        <p class="muted">{ tr("The number is the mean Jensen–Shannon divergence, in bits, between the rows of tokens that both have: 0 is the same, 1 has nothing in common; keys that only one of the two has count as one key. It says that a map moved, not that the head matters: maps can differ much where the output does not (Jain and Wallace 2019), and many heads can be left out without harm (Michel et al. 2019).") }</p>
                    </section>
                </div>
            </>
        }
    }

    /// What stands above the two maps.
    fn captions(&self, name: &str) -> (String, String) {
        let [before, after] = &self.sides;
        if before.model == after.model {
            return (tr_with("The first text, {0}", &[name]), tr("The second text"));
        }
        let models = [before, after].map(|side| named(&side.model.about()));
        (tr_with("First: {0}, {1}", &[&models[0], name]), tr_with("Second: {0}", &[&models[1]]))
    }

    /// What can be compared, and what cannot.
    fn alignment(&self) -> Html {
        let [before, after] = &self.sides;
        let aligned = self.places.iter().filter(|place| matches!(place, Place::Both(..))).count();
        let [only_before, only_after] = [before, after].map(|side| side.ran.map().tokens.len() - aligned);
        let same = counted(aligned, "token");
        let said = if only_before + only_after > 0 {
            tr_with(
                "Both texts have {0}. {1} of the first (−) and {2} of the second (+) have no counterpart: their rows and columns are hatched, and no difference is shown.",
                &[&same, &counted(only_before, "token"), &counted(only_after, "token")],
            )
        } else if before.model == after.model {
            tr_with("Both texts have the same {0}.", &[&same])
        } else {
            tr_with("Both models read the same {0}.", &[&same])
        };
        html! {
            <p part="unaligned" data-before={only_before.to_string()} data-after={only_after.to_string()}>{ said }</p>
        }
    }

    fn changes(&self, compared: &Compared) -> Html {
        if compared.largest.is_empty() {
            return html! { <p part="largest">{ tr("No number that both have differs.") }</p> };
        }
        let rows = &compared.difference.rows;
        html! {
            <table part="largest">
                <thead>
                    <tr>
                        <th>{ tr("From") }</th><th>{ tr("To") }</th><th>{ tr("First") }</th><th>{ tr("Second") }</th>
                        <th>{ tr("Difference") }</th>
                    </tr>
                </thead>
                <tbody>
                    { for compared.largest.iter().map(|&Change { query, key, before, after }| {
                        let difference = f64::from(after) - f64::from(before);
                        html! {
                            <tr data-difference={decimal(difference)}>
                                <td><bdi>{ rows[query].text.clone() }</bdi></td>
                                <td><bdi>{ self.labels[key].text.clone() }</bdi></td>
                                <td class="figure">{ weight(before) }</td>
                                <td class="figure">{ weight(after) }</td>
                                <td class="figure">{ small(difference) }</td>
                            </tr>
                        }
                    }) }
                </tbody>
            </table>
        }
    }
}

/// Where the numbers of each map lie, and how large the difference is.
fn ranges(compared: &Compared) -> Html {
    let [before, after, difference] = &compared.ranges;
    let figures = [before.least, before.largest, after.least, after.largest].map(weight);
    let differences = [difference.least, difference.largest].map(|end| small(f64::from(end)));
    let mean = scientific(difference.mean_size as f32);
    let said = tr_with(
        "The first map’s numbers go from {0} to {1}, the second’s from {2} to {3}. Second minus first goes from {4} to {5}; whatever its sign, it is {6} on average.",
        &[&figures[0], &figures[1], &figures[2], &figures[3], &differences[0], &differences[1], &mean],
    );
    let full = |number: f32| decimal(f64::from(number));
    html! {
        <p part="ranges" data-before-least={full(before.least)} data-before-largest={full(before.largest)}
            data-after-least={full(after.least)} data-after-largest={full(after.largest)}
            data-least={full(difference.least)} data-largest={full(difference.largest)}
            data-mean={decimal(difference.mean_size)}>{ said }</p>
    }
}

/// A difference, however small: one that three decimals do not show is written by its power of ten.
fn small(difference: f64) -> String {
    let size = scientific(difference.abs() as f32);
    if difference < 0.0 && size.contains('·') {
        format!("−{size}")
    } else if size.contains('·') {
        size
    } else {
        signed(difference, 3)
    }
}
