//! What the notebooks do to the data besides: a fixed order of the positions, and noisy labels.

use math::random::Mt19937;

use super::templates::CLASSES;

/// The order of the 40 positions in the notebooks' shuffled twin: `permutation(40)` after `seed(42)`. It is applied to the
/// finished data, and is not what the setting `shuffle_seq` gives.
pub const NOTEBOOK_ORDER: [usize; 40] = [
    19, 16, 15, 26, 4, 12, 37, 27, 39, 6, 25, 9, 13, 31, 34, 8, 17, 24, 0, 33, 5, 11, 1, 29, 21, 2, 30, 36, 3, 35, 23,
    32, 10, 22, 18, 20, 7, 14, 28, 38,
];

/// Draws the label of about a share `noise` of the rows anew, in place, from the stream that generated the data
/// (notebook deep-double-descent). Gives how many were drawn, some to what they were.
pub fn add_noise(labels: &mut [u8], noise: f64, random: &mut Mt19937) -> usize {
    let mut redrawn = 0;
    for label in labels {
        if random.rand() < noise {
            *label = random.randint(0, CLASSES as i64) as u8;
            redrawn += 1;
        }
    }
    redrawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_numpys() {
        assert_eq!(Mt19937::new(42).permutation(40), NOTEBOOK_ORDER);
    }
}
