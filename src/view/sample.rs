//! From weights to pixels.

use std::ops::Range;

use super::Shading;
use crate::four;

/// Which weights a pixel shows: pixel `index` of `pixels` along an axis of `cells`. Where there are fewer
/// pixels than cells it covers several, and the painter shows the largest.
pub fn covered(index: usize, pixels: usize, cells: usize) -> Range<usize> {
    let start = index * cells / pixels;
    let end = ((index + 1) * cells).div_ceil(pixels);
    if pixels >= cells { start..start + 1 } else { start..end }
}

/// The part of a picture of a whole map that is painted, in pixels.
#[derive(Clone, Copy, Debug)]
pub struct Raster {
    /// Width and height that all of the map would have.
    pub whole: (usize, usize),
    /// The column and row of the part's first pixel in it.
    pub from: (usize, usize),
    /// The part's width and height.
    pub size: (usize, usize),
}

impl Raster {
    /// All of a map in a picture of this width and height.
    fn of_all(size: (usize, usize)) -> Self {
        Self { whole: size, from: (0, 0), size }
    }
}

/// Gives the rows of a part of a picture, as many as are alike at once, each pixel the colour of the largest weight that it
/// covers. `weights` is (queries, keys) row-major.
pub fn paint_part(
    weights: &[f32],
    shape: (usize, usize),
    raster: &Raster,
    shading: &Shading,
    mut put: impl FnMut(Range<usize>, &[[u8; 3]]),
) {
    let mut row = Vec::with_capacity(raster.size.0);
    pool(weights, shape, raster, &mut |rows, pixels| {
        row.clear();
        row.extend(colors(pixels, shading));
        put(rows, &row);
    });
}

/// The colour of each pixel, looked up where it is not of the same weight as the one before.
pub fn colors(pixels: &[f32], shading: &Shading) -> impl Iterator<Item = [u8; 3]> {
    let mut last = (f32::NAN, [0; 3]);
    pixels.iter().map(move |&weight| {
        if weight != last.0 {
            last = (weight, shading.color(weight));
        }
        last.1
    })
}

/// The largest weight that each of `width` x `height` pixels covers, row by row. Nothing where there is no map.
pub fn pooled(weights: &[f32], shape: (usize, usize), (width, height): (usize, usize)) -> Vec<f32> {
    let mut pixels = Vec::with_capacity(width * height);
    pool(weights, shape, &Raster::of_all((width, height)), &mut |rows, row| {
        rows.for_each(|_| pixels.extend_from_slice(row));
    });
    pixels
}

/// Gives the rows of pixels to `put`, as many as are alike at once.
#[inline(never)]
fn pool(
    weights: &[f32],
    (queries, keys): (usize, usize),
    raster: &Raster,
    put: &mut dyn FnMut(Range<usize>, &[f32]),
) {
    if queries == 0 || keys == 0 {
        return;
    }
    let (from, whole, size) = (raster.from, raster.whole, raster.size);
    let columns: Vec<_> = (0..size.0).map(|x| covered(from.0 + x, whole.0, keys)).collect();
    let mut row = vec![0.0_f32; keys];
    let mut pixels = vec![0.0; size.0];
    let mut y = 0;
    while y < size.1 {
        let rows = covered(from.1 + y, whole.1, queries);
        row.fill(0.0);
        for weights in weights[rows.start * keys..rows.end * keys].chunks_exact(keys) {
            four::raise(&mut row, weights);
        }
        for (pixel, columns) in pixels.iter_mut().zip(&columns) {
            *pixel = row[columns.clone()].iter().fold(0.0, |most, &one| if one > most { one } else { most });
        }
        let first = y;
        while y < size.1 && covered(from.1 + y, whole.1, queries) == rows {
            y += 1;
        }
        put(first..y, &pixels);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Scale;
    use super::super::colormap::COLORMAPS;
    use super::*;

    fn paint_map(
        weights: &[f32],
        shape: (usize, usize),
        size: (usize, usize),
        shading: &Shading,
        put: impl FnMut(usize, usize, [u8; 3]),
    ) {
        paint_raster(weights, shape, &Raster::of_all(size), shading, put);
    }

    fn paint_raster(
        weights: &[f32],
        shape: (usize, usize),
        raster: &Raster,
        shading: &Shading,
        mut put: impl FnMut(usize, usize, [u8; 3]),
    ) {
        let mut next = 0;
        paint_part(weights, shape, raster, shading, |rows, colors| {
            assert_eq!((rows.start, colors.len()), (next, raster.size.0));
            next = rows.end;
            rows.for_each(|y| colors.iter().enumerate().for_each(|(x, &color)| put(x, y, color)));
        });
        assert_eq!(next, raster.size.1);
    }

    #[test]
    fn every_cell_is_covered_whatever_the_number_of_pixels() {
        for cells in 1..40 {
            for pixels in 1..60 {
                let mut seen = vec![false; cells];
                for index in 0..pixels {
                    for cell in covered(index, pixels, cells) {
                        seen[cell] = true;
                    }
                }
                assert!(seen.iter().all(|&seen| seen), "{cells} cells in {pixels} pixels");
            }
        }
    }

    #[test]
    fn a_single_bright_cell_survives_any_shrinking() {
        let ramp = COLORMAPS[0].ramp();
        let shading = Shading { ramp: &ramp, end: 1.0, scale: Scale::Unit, threshold: 0.0 };
        let cells = 64;
        let mut weights = vec![0.0; cells * cells];
        weights[37 * cells + 21] = 1.0;
        for side in [1, 2, 7, 23, 63, 64, 100] {
            let mut bright = 0;
            paint_map(&weights, (cells, cells), (side, side), &shading, |_, _, color| {
                bright += usize::from(color == ramp.color(1.0, 1.0));
            });
            assert!(bright > 0, "lost at {side} pixels");
        }
    }

    #[test]
    fn a_part_is_cut_out_of_the_whole() {
        let ramp = COLORMAPS[0].ramp();
        let shading = Shading { ramp: &ramp, end: 35.0, scale: Scale::MapMax, threshold: 0.0 };
        let weights: Vec<f32> = (0..36).map(|weight| weight as f32).collect();
        for whole in [3, 6, 7, 20, 60] {
            let mut all = vec![];
            paint_map(&weights, (6, 6), (whole, whole), &shading, |_, _, color| all.push(color));
            let raster = Raster { whole: (whole, whole), from: (1, 2), size: (2, 1) };
            paint_raster(&weights, (6, 6), &raster, &shading, |x, y, color| {
                assert_eq!(color, all[(y + 2) * whole + x + 1], "({x}, {y}) of {whole}");
            });
        }
    }

    #[test]
    fn rows_are_queries_and_columns_are_keys() {
        let ramp = COLORMAPS[0].ramp();
        let shading = Shading { ramp: &ramp, end: 1.0, scale: Scale::Unit, threshold: 0.0 };
        let mut pixels = vec![];
        paint_map(&[0.0, 1.0, 0.0, 0.0], (2, 2), (2, 2), &shading, |x, y, color| pixels.push((x, y, color)));
        assert_eq!(pixels[1], (1, 0, ramp.color(1.0, 1.0)));
        assert_eq!(pixels[2], (0, 1, ramp.zero()));
    }
}
