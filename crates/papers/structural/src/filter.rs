//! The cone filter of radius 2 elements (Bourdin, "Filters in topology optimization", 2001), which keeps a design free of
//! checkerboards: every element becomes a weighted mean of itself and its eight neighbours.
//!
//! Weights are 2 less the distance: 2, 1 and 2 - sqrt 2; at distance 2 it is zero. Rows are normalised over the designable
//! neighbours inside the grid, so constants are preserved and the mean is not.

use std::f64::consts::SQRT_2;

/// Weight of a neighbour by the squared distance to it.
const WEIGHTS: [f64; 3] = [2.0, 1.0, 2.0 - SQRT_2];

/// The filter of one grid and mask.
#[derive(Clone, Debug, PartialEq)]
pub struct ConeFilter {
    width: usize,
    height: usize,
    /// One over the sum of an element's weights; zero in the void.
    scale: Vec<f64>,
}

impl ConeFilter {
    /// The filter of a grid; `mask` tells which elements may hold material, row-major.
    pub fn new(width: usize, height: usize, mask: &[bool]) -> Self {
        let inside: Vec<f64> = mask.iter().map(|designable| if *designable { 1.0 } else { 0.0 }).collect();
        let sums = stencil(width, height, &inside);
        let scale = sums.iter().zip(mask).map(|(sum, designable)| if *designable { 1.0 / sum } else { 0.0 });
        Self { width, height, scale: scale.collect() }
    }

    /// The filtered image. Void elements of `image` must be zero.
    pub fn apply(&self, image: &[f64]) -> Vec<f64> {
        let mut sums = stencil(self.width, self.height, image);
        sums.iter_mut().zip(&self.scale).for_each(|(sum, scale)| *sum *= scale);
        sums
    }

    /// The transpose, which carries a gradient with respect to the filtered image back; zero in the void.
    pub fn transpose(&self, gradient: &[f64]) -> Vec<f64> {
        let scaled: Vec<f64> = gradient.iter().zip(&self.scale).map(|(value, scale)| value * scale).collect();
        let mut sums = stencil(self.width, self.height, &scaled);
        for (sum, scale) in sums.iter_mut().zip(&self.scale) {
            if *scale == 0.0 {
                *sum = 0.0;
            }
        }
        sums
    }
}

/// The weighted sum over each element's neighbours inside the grid.
fn stencil(width: usize, height: usize, image: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; image.len()];
    let row = |j: usize| &image[j * width..(j + 1) * width];
    for (j, sums) in out.chunks_mut(width).enumerate() {
        add_row(sums, row(j), WEIGHTS[0], WEIGHTS[1]);
        if j > 0 {
            add_row(sums, row(j - 1), WEIGHTS[1], WEIGHTS[2]);
        }
        if j + 1 < height {
            add_row(sums, row(j + 1), WEIGHTS[1], WEIGHTS[2]);
        }
    }
    out
}

fn add_row(sums: &mut [f64], row: &[f64], middle: f64, side: f64) {
    math::vector::add_scaled(sums, middle, row);
    math::vector::add_scaled(&mut sums[1..], side, row);
    math::vector::add_scaled(sums, side, &row[1..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use math::random::Mt19937;

    #[test]
    fn constants_stay_and_voids_are_empty() {
        let mut mask = vec![true; 35];
        mask[10] = false;
        let filter = ConeFilter::new(7, 5, &mask);
        let image: Vec<f64> = mask.iter().map(|inside| if *inside { 0.4 } else { 0.0 }).collect();
        for (value, inside) in filter.apply(&image).iter().zip(&mask) {
            assert!((value - if *inside { 0.4 } else { 0.0 }).abs() < 1e-15);
        }
    }

    #[test]
    fn weights_are_those_of_the_cone() {
        let filter = ConeFilter::new(5, 5, &[true; 25]);
        let mut image = [0.0; 25];
        image[12] = 1.0;
        let out = filter.apply(&image);
        let sum = 2.0 + 4.0 + 4.0 * 0.585786437626905;
        for (at, weight) in [(12, 2.0), (11, 1.0), (6, 0.585786437626905), (10, 0.0), (22, 0.0)] {
            assert!((out[at] - weight / sum).abs() < 1e-15);
        }
    }

    #[test]
    fn the_transpose_is_the_transpose() {
        let mut random = Mt19937::new(2);
        let mut mask = vec![true; 35];
        for at in [0, 8, 9, 30] {
            mask[at] = false;
        }
        let filter = ConeFilter::new(7, 5, &mask);
        let masked = |values: Vec<f64>| -> Vec<f64> {
            values.iter().zip(&mask).map(|(value, inside)| if *inside { *value } else { 0.0 }).collect()
        };
        let (x, y) = (masked(random.randn_vec(35)), random.randn_vec(35));
        let left: f64 = filter.apply(&x).iter().zip(&y).map(|(a, b)| a * b).sum();
        let right: f64 = x.iter().zip(filter.transpose(&y)).map(|(a, b)| a * b).sum();
        assert!((left - right).abs() < 1e-13);
    }
}
