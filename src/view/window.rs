//! The part of a matrix that is shown.

/// A window onto a map that is larger than its frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// 1 shows all of it, 2 a half of each side.
    pub zoom: f64,
    /// The middle of what is shown, from 0 to 1 along each side.
    pub x: f64,
    pub y: f64,
}

impl Default for Window {
    fn default() -> Self {
        Self { zoom: 1.0, x: 0.5, y: 0.5 }
    }
}

/// At the largest zoom so many cells are in view along the longer side.
const FEWEST_CELLS: f64 = 4.0;

impl Window {
    /// `factor` times as large, while the point (`x`, `y`) of the map, from 0 to 1 along each side, stays where it is on
    /// the canvas. `cells` are those along the map's longer side.
    pub fn zoomed(self, factor: f64, (x, y): (f64, f64), cells: usize) -> Self {
        let before = self.clamped(cells);
        let zoom = Self { zoom: before.zoom * factor, ..before }.clamped(cells).zoom;
        let kept = before.zoom / zoom;
        Self { zoom, x: x + (before.x - x) * kept, y: y + (before.y - y) * kept }.clamped(cells)
    }

    /// Moved over the map by a share of what is shown: 1 is a frame further to the right, or down.
    pub fn panned(self, right: f64, down: f64) -> Self {
        Self { x: self.x + right / self.zoom, y: self.y + down / self.zoom, ..self }.inside()
    }

    /// The nearest window that lies on a map of `cells` cells along its longer side, and shows at least a few of them.
    pub fn clamped(self, cells: usize) -> Self {
        // In this order, so that what is no number becomes the least zoom.
        let zoom = self.zoom.max(1.0).min((cells as f64 / FEWEST_CELLS).max(1.0));
        Self { zoom, ..self }.inside()
    }

    /// Whether it shows all of the map.
    pub fn is_whole(self) -> bool {
        self.zoom <= 1.0
    }

    fn inside(self) -> Self {
        let half = 0.5 / self.zoom;
        Self { x: self.x.max(half).min(1.0 - half), y: self.y.max(half).min(1.0 - half), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a point of the map lies in the frame, from 0 to 1.
    fn seen(window: Window, x: f64) -> f64 {
        (x - window.x) * window.zoom + 0.5
    }

    #[test]
    fn what_is_pointed_at_stays_where_it_is() {
        let near = Window::default().zoomed(2.0, (0.3, 0.8), 512);
        assert_eq!(near.zoom, 2.0);
        assert!((seen(near, 0.3) - 0.3).abs() < 1e-12);
        let nearer = near.zoomed(1.5, (0.4, 0.7), 512);
        assert!((seen(nearer, 0.4) - seen(near, 0.4)).abs() < 1e-12);
        assert_eq!(nearer.zoomed(1e-3, (0.4, 0.7), 512), Window::default());
    }

    #[test]
    fn a_window_never_leaves_its_map() {
        let corner = Window { zoom: 4.0, x: 0.0, y: 7.0 }.clamped(512);
        assert_eq!(corner, Window { zoom: 4.0, x: 0.125, y: 0.875 });
        assert_eq!(corner.panned(-1.0, 0.0), corner);
        assert_eq!(corner.panned(1.0, -0.5), Window { zoom: 4.0, x: 0.375, y: 0.75 });
        assert_eq!(Window { zoom: f64::NAN, x: f64::NAN, y: 0.5 }.clamped(512), Window::default());
    }

    #[test]
    fn the_largest_zoom_leaves_a_few_cells_in_view() {
        assert_eq!(Window::default().zoomed(1e9, (0.5, 0.5), 512).zoom, 128.0);
        assert!(Window::default().zoomed(2.0, (0.5, 0.5), 3).is_whole());
    }
}
