//! One picture with its own scale below it.

use std::rc::Rc;

use web_sys::{Element, HtmlElement};
use yew::{
    AttrValue, Html, Properties, classes, function_component, html, use_effect_with, use_memo, use_node_ref,
};

use crate::page::canvas::CanvasMeasure;
use crate::page::dom::{decimal, use_picture, use_size};
use crate::view::bar;
use crate::view::colormap::{Diverging, for_ground};
use crate::view::figures::{signed, weight};
use crate::view::label::Label;
use crate::view::matrix::MatrixLayout;
use crate::view::matrix::paint::{Sheet, paint};
use crate::view::picture::{Image, Measure, Picture};
use crate::view::sample::covered;
use crate::view::theme::Theme;
use crate::view::{Layout, Scale, Shading, Size};

/// Below the cells, room for the scale.
const SCALE_ROOM: f64 = 34.0;
/// Width of its bar, and of the numbers beside it.
const SCALE_BAR: (f64, f64) = (120.0, 56.0);
/// Device pixels of a stripe where there is nothing to show.
const STRIPE: usize = 3;
/// From here on cells stand apart, as in the matrix.
const CELL_WITH_GAP: f64 = 10.0;

/// What a picture is of.
pub struct Plate {
    pub rows: Vec<Label>,
    pub columns: Vec<Label>,
    pub titles: (String, String),
    /// (rows, columns); nothing where there is no number, which is hatched.
    pub numbers: Vec<Option<f32>>,
    /// The numbers are of either sign; otherwise from 0 on.
    pub signed: bool,
    /// What the last colour stands for.
    pub end: f32,
    /// Few rows, less high than the columns may be wide.
    pub flat: bool,
}

#[derive(Properties)]
pub struct PlateProps {
    pub plate: Rc<Plate>,
    pub part: &'static str,
    pub name: AttrValue,
    pub theme: &'static Theme,
}

impl PartialEq for PlateProps {
    /// The same plate, not an equal one.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.plate, &other.plate) && self.name == other.name && self.theme == other.theme
    }
}

#[function_component(Canvas)]
pub fn plate(props: &PlateProps) -> Html {
    let PlateProps { plate, theme, .. } = props;
    let part = props.part;
    let (frame, canvas) = (use_node_ref(), use_node_ref());
    let size = use_size(&frame);
    let laid_out = plate.clone();
    let address = Rc::as_ptr(plate) as usize;
    let layout = use_memo((address, size), move |(_, size)| {
        size.map(|size| Rc::new(laid_out.lay_out(size, &CanvasMeasure::default())))
    });
    let layout: Option<Rc<MatrixLayout>> = (*layout).clone();
    let height = layout.as_ref().filter(|_| plate.flat).map(|layout| plate.height(layout));
    let sized = frame.clone();
    use_effect_with(height, move |height| {
        if let (Some(frame), Some(height)) = (sized.cast::<HtmlElement>(), height) {
            // Neither the property nor its value can be refused.
            let _ = frame.style().set_property("height", &format!("{}px", height.ceil() as u32));
        }
    });
    let size = size.map(|size| Size { height: height.unwrap_or(size.height), ..size });
    let (painted, places, ground) = (plate.clone(), layout.clone(), *theme);
    use_picture(&canvas, size, theme, true, (address, height.is_some()), move |size| match places {
        Some(layout) => painted.paint(&layout, size, ground, &CanvasMeasure::default()),
        None => Picture::default(),
    });
    let stated = canvas.clone();
    use_effect_with(layout.as_ref().map(|layout| layout.places()), move |places| {
        let Some(canvas) = stated.cast::<Element>() else { return };
        for &(name, value) in places.iter().flatten() {
            let _ = canvas.set_attribute(name, &decimal(value));
        }
    });
    html! {
        <div ref={frame} class={classes!("canvases", if plate.flat { "stability" } else { "plate" })}>
            <canvas ref={canvas} {part} role="img" aria-label={props.name.clone()} data-end={decimal(f64::from(plate.end))} />
        </div>
    }
}

impl Plate {
    fn lay_out(&self, size: Size, measure: &dyn Measure) -> MatrixLayout {
        let size = Size { height: (size.height - SCALE_ROOM).max(1.0), ..size };
        let layout = if self.flat { MatrixLayout::flat } else { MatrixLayout::new };
        layout(&self.rows, &self.columns, size, measure)
    }

    fn height(&self, layout: &MatrixLayout) -> f64 {
        layout.frame.y + layout.frame.height + SCALE_ROOM
    }

    /// Cells, labels, and below them the colours and what their ends stand for.
    fn paint(&self, layout: &MatrixLayout, size: Size, theme: &Theme, measure: &dyn Measure) -> Picture {
        let sheet = Sheet {
            rows: &self.rows,
            columns: &self.columns,
            row_title: self.titles.0.clone(),
            column_title: self.titles.1.clone(),
        };
        let ramp = for_ground(theme.dark).ramp();
        let shading = Shading { ramp: &ramp, end: self.end, scale: Scale::MapMax, threshold: 0.0 };
        let (bar_width, beside) = SCALE_BAR;
        let middle = self.height(layout) - 12.0;
        let (x, width) = (layout.frame.x.min(beside), bar_width.min(size.width - 2.0 * beside));
        let x = x.max(beside);
        // Signed ones are coloured over the labels and lines of a map of nothing.
        let known = |number: &Option<f32>| number.filter(|_| !self.signed).unwrap_or(0.0);
        let numbers: Vec<f32> = self.numbers.iter().map(known).collect();
        let mut picture = paint(layout, &sheet, &numbers, &shading, measure);
        let colors = Diverging::on(theme.paper);
        let color =
            |number: f32| if self.signed { colors.color(number, self.end) } else { shading.color(number) };
        if self.signed || self.numbers.contains(&None) {
            let gap = if layout.cell >= CELL_WITH_GAP { (size.ratio.floor() as usize).max(1) } else { 0 };
            for image in &mut picture.images {
                self.color(image, gap, theme, color);
            }
        }
        let (low, high) =
            (if self.signed { signed(f64::from(-self.end), 3) } else { "0".to_owned() }, weight(self.end));
        let from = if self.signed { -self.end } else { 0.0 };
        let along = |share: f32| color(from + (self.end - from) * share);
        bar::add(&mut picture, (x, middle, width), size.ratio, along, (low, high));
        picture
    }

    /// Colours the cells of an image. A pixel of several shows the one furthest from 0; where all of them are none, it is
    /// hatched. The last `gap` pixels of each cell stay.
    fn color(&self, image: &mut Image, gap: usize, theme: &Theme, color: impl Fn(f32) -> [u8; 3]) {
        let (rows, columns) = (self.rows.len(), self.columns.len());
        let (cell_width, cell_height) = (image.width / columns.max(1), image.height / rows.max(1));
        for y in 0..image.height {
            for x in 0..image.width {
                if gap > 0 && (x % cell_width >= cell_width - gap || y % cell_height >= cell_height - gap) {
                    continue;
                }
                let mut shown: Option<f32> = None;
                for row in covered(y, image.height, rows) {
                    for column in covered(x, image.width, columns) {
                        shown = match (shown, self.numbers[row * columns + column]) {
                            (Some(one), Some(other)) if one.abs() >= other.abs() => Some(one),
                            (one, other) => other.or(one),
                        };
                    }
                }
                let rgb = match shown {
                    Some(number) => color(number),
                    None if ((x + y) / STRIPE).is_multiple_of(2) => theme.line,
                    None => theme.paper,
                };
                image.rgba[(y * image.width + x) * 4..][..3].copy_from_slice(&rgb);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::label::tests::{HalfWidth, label};
    use crate::view::theme::LIGHT;

    fn plate(numbers: Vec<Option<f32>>, signed: bool, end: f32) -> Plate {
        let words = ["[CLS]", "cat", "[SEP]"].map(label).to_vec();
        Plate {
            rows: words.clone(),
            columns: words,
            titles: ("from".into(), "to".into()),
            numbers,
            signed,
            end,
            flat: false,
        }
    }

    fn painted(plate: &Plate) -> (MatrixLayout, Picture) {
        let size = Size { width: 400.0, height: 400.0, ratio: 1.0 };
        let layout = plate.lay_out(size, &HalfWidth);
        let picture = plate.paint(&layout, size, &LIGHT, &HalfWidth);
        (layout, picture)
    }

    fn pixel(picture: &Picture, x: f64, y: f64) -> [u8; 3] {
        let image = &picture.images[0];
        let at = ((y as usize - image.y) * image.width + x as usize - image.x) * 4;
        std::array::from_fn(|byte| image.rgba[at + byte])
    }

    #[test]
    fn what_grew_and_what_shrank_have_the_two_ends_and_what_is_not_there_is_hatched() {
        let mut numbers = vec![Some(0.0); 9];
        (numbers[1], numbers[2], numbers[4]) = (Some(0.4), Some(-0.4), None);
        let (layout, picture) = painted(&plate(numbers, true, 0.4));
        let at = |query: usize, key: usize| {
            let rect = layout.rect(query, key);
            pixel(&picture, rect.x + rect.width / 2.0, rect.y + rect.height / 2.0)
        };
        let colors = Diverging::on(LIGHT.paper);
        assert_eq!(at(0, 1), colors.color(0.4, 0.4));
        assert_eq!(at(0, 2), colors.color(-0.4, 0.4));
        assert_eq!(at(2, 2), LIGHT.paper);
        let rect = layout.rect(1, 1);
        let stripes: Vec<_> = (2..10).map(|x| pixel(&picture, rect.x + f64::from(x), rect.y + 2.0)).collect();
        assert!(stripes.contains(&LIGHT.line) && stripes.contains(&LIGHT.paper), "{stripes:?}");
    }

    #[test]
    fn every_picture_states_its_ends() {
        let said = |plate: &Plate| {
            let (_, picture) = painted(plate);
            let mut texts = Vec::new();
            for mark in picture.marks {
                if let crate::view::picture::Mark::Text(text) = mark {
                    texts.push(text.text);
                }
            }
            texts
        };
        let signed = said(&plate(vec![Some(0.1); 9], true, 0.25));
        assert!(signed.contains(&"−0.250".to_owned()) && signed.contains(&"0.250".to_owned()), "{signed:?}");
        let plain = said(&plate(vec![Some(0.1); 9], false, 0.25));
        assert!(plain.contains(&"0".to_owned()) && plain.contains(&"0.250".to_owned()), "{plain:?}");
    }
}
