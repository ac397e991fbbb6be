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
    /// The nearest window that lies on a map of `cells` cells along its longer side, and shows at least a few of them.
    pub fn clamped(self, cells: usize) -> Self {
        // In this order, so that what is no number becomes the least zoom.
        let zoom = self.zoom.max(1.0).min((cells as f64 / FEWEST_CELLS).max(1.0));
        Self { zoom, ..self }.inside()
    }

    /// The nearest one that shows all of the cell (query, key) of a map of (queries, keys) cells.
    pub fn showing(self, (query, key): (usize, usize), (queries, keys): (usize, usize)) -> Self {
        let along = |middle: f64, cell: usize, count: usize| {
            let room = (0.5 / self.zoom - 0.5 / count as f64).max(0.0);
            let at = (cell as f64 + 0.5) / count as f64;
            middle.max(at - room).min(at + room)
        };
        Self { x: along(self.x, key, keys), y: along(self.y, query, queries), ..self }.inside()
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

    #[test]
    fn a_window_never_leaves_its_map() {
        let corner = Window { zoom: 4.0, x: 0.0, y: 7.0 }.clamped(512);
        assert_eq!(corner, Window { zoom: 4.0, x: 0.125, y: 0.875 });
        assert_eq!(Window { zoom: f64::NAN, x: f64::NAN, y: 0.5 }.clamped(512), Window::default());
    }

    #[test]
    fn the_largest_zoom_leaves_a_few_cells_in_view() {
        assert_eq!(Window { zoom: 1e9, ..Window::default() }.clamped(512).zoom, 128.0);
        assert!(Window { zoom: 2.0, ..Window::default() }.clamped(3).is_whole());
    }

    #[test]
    fn a_window_follows_a_cell_no_further_than_it_must() {
        let window = Window { zoom: 4.0, x: 0.5, y: 0.5 };
        // Cells 6 to 9 of 16 are in view.
        for cell in 6..10 {
            assert_eq!(window.showing((cell, cell), (16, 16)), window);
        }
        assert_eq!(window.showing((5, 10), (16, 16)), Window { zoom: 4.0, x: 0.5625, y: 0.4375 });
        assert_eq!(window.showing((0, 15), (16, 16)), Window { zoom: 4.0, x: 0.875, y: 0.125 });
        // A row that is higher than the window is seen in part.
        assert_eq!(window.showing((0, 8), (1, 16)).x, 0.5);
    }
}
