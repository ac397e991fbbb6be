//! What stands above the grid: the heads by their habits, and the choice of several.

use yew::{Callback, Html, html};

use super::select::select;
use super::state::{Action, Habits, State};
use crate::habits::HABITS;
use crate::lens::HeadSet;
use crate::view::figures::{counted, number, percent};
use crate::view::words::{listed, tr, tr_with};

/// Sorting and marks, then buttons that choose heads.
pub fn grid_tools(state: &State, act: &Callback<Action>) -> Html {
    let options = [("off", tr("not shown").into()), ("marked", tr("marked").into())]
        .into_iter()
        .chain(HABITS.iter().map(|habit| (habit.id, tr_with("sorted by {0}", &[&tr(habit.name)]).into())));
    let value = match state.habits {
        Habits::Off => "off",
        Habits::Marked => "marked",
        Habits::Sorted(habit) => HABITS[habit].id,
    };
    let habits = act.reform(|index: usize| {
        Action::Habits(match index {
            0 => Habits::Off,
            1 => Habits::Marked,
            habit => Habits::Sorted(habit - 2),
        })
    });
    let on = [("built-in", tr("100 sentences").into()), ("text", tr("this text").into())];
    let set = |name: String, part: &'static str, heads: HeadSet| {
        let chosen = !heads.is_empty() && heads.iter().all(|(layer, head)| state.heads.contains(layer, head));
        let mut next = (*state.heads).clone();
        next.toggle_all(&heads);
        html! {
            <button type="button" class="chip small" {part} aria-pressed={chosen.to_string()}
                onclick={act.reform(move |_| Action::Heads(next.clone()))}>{ name }</button>
        }
    };
    let (layers, heads) = state.shape();
    html! {
        <div class="grid-tools">
            if state.can_compute() {
            <div class="selects">
                { select(tr("Habits"), "habits", options, value, habits) }
                if state.habits != Habits::Off {
                    { select(tr("on"), "habits-on", on, if state.habits_built_in { "built-in" } else { "text" },
                        act.reform(|index: usize| Action::HabitsOf { built_in: index == 0 })) }
                }
            </div>
            }
            <div class="chips" role="group" aria-label={tr("Choose several heads")}>
                { set(tr("this layer"), "choose-layer", HeadSet::of_layer(state.layer, heads)) }
                { set(tr("this head in all layers"), "choose-head", HeadSet::of_head(state.head, layers)) }
                { set(tr("all"), "choose-all", HeadSet::all(layers, heads)) }
                if !state.heads.is_empty() {
                    <button type="button" class="chip small" part="choose-none"
                        onclick={act.reform(|_| Action::Heads(HeadSet::default()))}>
                        { tr_with("let {0} go", &[&counted(state.heads.len(), "head")]) }
                    </button>
                }
            </div>
            { habits_of(state) }
        </div>
    }
}

/// The selected head's habits, in figures.
fn habits_of(state: &State) -> Html {
    if state.habits == Habits::Off {
        return Html::default();
    }
    let (layer, head) = state.hovered_head.unwrap_or((state.layer, state.head));
    let Some(measured) = state.habits_of(layer, head) else {
        return html! { <p class="muted" part="habit" role="status">{ tr("Being measured …") }</p> };
    };
    let said = HABITS.iter().zip(measured).map(|(habit, &measured)| {
        let figure = if habit.mark.is_some() {
            percent(f64::from(measured))
        } else {
            format!("{} {}", number(measured), tr(habit.unit))
        };
        format!("{} {figure}", tr(habit.name))
    });
    html! {
        <p class="muted" part="habit">
            { tr_with("Layer {0} head {1}: {2}.", &[&layer.to_string(), &head.to_string(), &listed(&said.collect::<Vec<_>>())]) }
        </p>
    }
}
