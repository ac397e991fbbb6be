use super::super::tests::numbers;
use super::*;

const WIDTH: usize = 96;

/// The second moments of rows of which neighbours are much alike.
fn moments() -> Vec<f64> {
    let noise = numbers(7, 200 * (WIDTH + 8));
    let mut matrix = vec![0.0; WIDTH * WIDTH];
    for noise in noise.chunks(WIDTH + 8) {
        let row: Vec<f64> =
            (0..WIDTH).map(|at| noise[at..at + 8].iter().map(|&x| f64::from(x)).sum()).collect();
        for (at, out) in matrix.iter_mut().enumerate() {
            *out += row[at / WIDTH] * row[at % WIDTH];
        }
    }
    matrix
}

/// d M dᵀ.
fn cost(errors: &[f64], matrix: &[f64]) -> f64 {
    let width = errors.len();
    (0..width * width).map(|at| errors[at / width] * matrix[at] * errors[at % width]).sum()
}

fn with_floor(mut matrix: Vec<f64>, width: usize, floor: f64) -> Vec<f64> {
    let trace: f64 = (0..width).map(|at| matrix[at * width + at]).sum();
    (0..width).for_each(|at| matrix[at * width + at] += floor * trace / width as f64);
    matrix
}

/// The errors that cost least of all numbers before those of which the errors `later` are known, by elimination.
fn best_before(later: &[f64], matrix: &[f64], width: usize) -> Vec<f64> {
    let count = width - later.len();
    let mut rows: Vec<Vec<f64>> = (0..count)
        .map(|row| {
            let of = |column: usize| matrix[row * width + column];
            let right: f64 = later.iter().enumerate().map(|(at, error)| -of(count + at) * error).sum();
            (0..count).map(of).chain([right]).collect()
        })
        .collect();
    for pivot in 0..count {
        let from = rows[pivot].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(index, _)| *index != pivot) {
            let times = row[pivot] / from[pivot];
            row.iter_mut().zip(&from).for_each(|(value, from)| *value -= times * from);
        }
    }
    rows.iter().enumerate().map(|(at, row)| row[count] / row[at]).collect()
}

#[test]
fn a_small_row_is_rounded_as_by_hand() {
    // d M dᵀ = 2 d₁² + 4 d₁d₂ + 4 d₂². The second counts most and is rounded first, to 0, off by 0.4. For that the
    // first had better be 0.4 larger, 0.8, which is nearer to 1.
    let metric = Metric::new(&[2.0, 2.0, 2.0, 4.0], 2, 0.0).unwrap();
    assert_eq!(metric.round(&[0.4, 0.4], &[f16::ONE], 2), [1, 0]);
    // Without the second, it is 0.
    assert_eq!(metric.round(&[0.4, 0.0], &[f16::ONE], 2), [0, 0]);
    // The other way round, too.
    let metric = Metric::new(&[4.0, 2.0, 2.0, 2.0], 2, 0.0).unwrap();
    assert_eq!(metric.round(&[0.4, 0.4], &[f16::ONE], 2), [0, 1]);
}

/// Each of the integers, from the last on, is nearest to what would cost least after those behind it.
fn assert_nearest(matrix: &[f64], weights: &[f64], steps: &[f64], integers: &[i8]) {
    let width = weights.len();
    let errors: Vec<f64> = (0..width).map(|at| weights[at] - f64::from(integers[at]) * steps[at]).collect();
    for at in (0..width).rev().step_by(5) {
        let best = best_before(&errors[at + 1..], matrix, width);
        let wanted = ((weights[at] - best[at]) / steps[at]).clamp(-127.0, 127.0);
        let off = (wanted - f64::from(integers[at])).abs();
        assert!(off < 0.5 + 1e-6, "at {at}: {} for {wanted}", integers[at]);
    }
}

/// Places by their numbers on the diagonal, the smallest first.
fn order(matrix: &[f64], width: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|&a, &b| matrix[a * (width + 1)].total_cmp(&matrix[b * (width + 1)]));
    order
}

#[test]
fn each_integer_is_nearest_to_what_would_cost_least_after_those_behind_it() {
    let (rows, floor) = (21, 0.02);
    let scales: Vec<f16> = (0..rows * 3).map(|at| f16::from_f32(0.01 + 0.001 * at as f32)).collect();
    let weights = numbers(3, rows * WIDTH);
    let integers = Metric::new(&moments(), WIDTH, floor).unwrap().round(&weights, &scales, 32);
    let order = order(&moments(), WIDTH);
    let floored = &with_floor(moments(), WIDTH, floor);
    let matrix: Vec<f64> =
        order.iter().flat_map(|row| order.iter().map(move |column| floored[row * WIDTH + column])).collect();
    for row in 0..rows {
        let places = || order.iter().map(|column| row * WIDTH + column);
        let weights: Vec<f64> = places().map(|at| weights[at].into()).collect();
        let steps: Vec<f64> = places().map(|at| scales[at / 32].to_f64()).collect();
        let integers: Vec<i8> = places().map(|at| integers[at]).collect();
        assert_nearest(&matrix, &weights, &steps, &integers);
    }
}

#[test]
fn rows_whose_errors_matter_together_are_rounded_as_one_row_under_the_product_of_both_metrics() {
    let (height, width, floor) = (4, 6, 0.05);
    let part = |width: usize| -> Vec<f64> {
        let all = moments();
        (0..width * width).map(|at| all[at / width * WIDTH + at % width]).collect()
    };
    let (of_rows, of_columns) = (part(height), part(width));
    let metrics = [&of_rows, &of_rows].map(|matrix| Metric::new(matrix, height, floor).unwrap());
    let scales = vec![f16::from_f32(0.05); 2 * height * 2];
    let weights = numbers(8, 2 * height * width);
    let integers =
        Metric::new(&of_columns, width, floor).unwrap().round_groups(&metrics, &weights, &scales, 3);

    let (rows, columns) = (order(&of_rows, height), order(&of_columns, width));
    let of_rows = with_floor(of_rows, height, floor);
    let of_columns = with_floor(of_columns, width, floor);
    let places: Vec<(usize, usize)> =
        rows.iter().flat_map(|&row| columns.iter().map(move |&column| (row, column))).collect();
    let matrix: Vec<f64> = places
        .iter()
        .flat_map(|a| places.iter().map(move |b| (a, b)))
        .map(|(a, b)| of_rows[a.0 * height + b.0] * of_columns[a.1 * width + b.1])
        .collect();
    for group in [0, height * width] {
        let at = || places.iter().map(|(row, column)| group + row * width + column);
        let weights: Vec<f64> = at().map(|at| weights[at].into()).collect();
        let integers: Vec<i8> = at().map(|at| integers[at]).collect();
        assert_nearest(&matrix, &weights, &[scales[0].to_f64(); 24], &integers);
    }
    assert_ne!(integers, Metric::new(&part(width), width, floor).unwrap().round(&weights, &scales, 3));
}

#[test]
fn the_errors_cost_less_than_those_of_rounding_to_the_nearest() {
    let weights = numbers(5, 40 * WIDTH);
    let scales = vec![f16::from_f32(1.0 / 127.0); 40 * 3];
    let step = scales[0].to_f64();
    let integers = Metric::new(&moments(), WIDTH, 0.01).unwrap().round(&weights, &scales, 32);
    let matrix = with_floor(moments(), WIDTH, 0.01);
    let (mut shaped, mut nearest) = (0.0, 0.0);
    for (weights, integers) in weights.chunks(WIDTH).zip(integers.chunks(WIDTH)) {
        let errors = |integer: &dyn Fn(usize) -> f64| -> Vec<f64> {
            (0..WIDTH).map(|at| f64::from(weights[at]) - step * integer(at)).collect()
        };
        shaped += cost(&errors(&|at| f64::from(integers[at])), &matrix);
        nearest += cost(&errors(&|at| (f64::from(weights[at]) / step).round()), &matrix);
    }
    assert!(shaped < 0.5 * nearest, "{shaped} and {nearest}");
}

#[test]
fn where_nothing_matters_each_weight_goes_to_the_nearest_and_a_tie_to_the_even_one() {
    let metric = Metric::new(&[0.0; 9], 3, 0.1).unwrap();
    assert_eq!(metric.round(&[0.5, 1.5, -0.5, -2.5, 2.501, 300.0], &[f16::ONE; 2], 3), [0, 2, 0, -2, 3, 127]);
    assert_eq!(metric.round(&[0.5, 1.5, -0.5], &[f16::ZERO], 3), [0, 0, 0]);
}

#[test]
fn what_is_no_metric_is_an_error() {
    for matrix in [[1.0, 0.0, 2.0, 1.0], [1.0, 0.0, f64::NAN, 1.0], [f64::INFINITY, 0.0, 0.0, 1.0]] {
        assert!(Metric::new(&matrix, 2, 0.1).is_err(), "{matrix:?}");
    }
}
