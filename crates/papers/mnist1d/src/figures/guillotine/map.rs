//! Many numbers a row become two: the projection on the two directions in which the rows vary most (principal components).

/// Rounds of the power iteration, where it begins from nothing and where it goes on.
const ROUNDS: [usize; 2] = [16, 5];

/// Two directions, kept from one projection to the next, so that the picture turns no more than it must.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Directions(Vec<[f32; 2]>);

impl Directions {
    /// From their numbers in a snapshot.
    pub(super) fn of(numbers: &[f32]) -> Self {
        Self(numbers.as_chunks().0.to_vec())
    }

    /// All numbers.
    pub(super) fn numbers(&self) -> &[f32] {
        self.0.as_flattened()
    }

    /// Of `rows`, row-major with so many numbers each: their places, scaled to a mean square of 1 along each direction.
    pub(super) fn project(&mut self, rows: &[f32], numbers: usize) -> Vec<[f32; 2]> {
        let count = rows.len() / numbers.max(1);
        if count == 0 {
            return Vec::new();
        }
        let means = means(rows, numbers, count);
        let rounds = if self.0.len() == numbers { ROUNDS[1] } else { self.begin(numbers) };
        let mut places = vec![[0.0; 2]; count];
        for _ in 0..rounds {
            self.places(rows, &means, &mut places);
            self.turn_towards(rows, &means, &places);
        }
        self.places(rows, &means, &mut places);
        for axis in 0..2 {
            let square: f32 = places.iter().map(|place| place[axis] * place[axis]).sum();
            let scale = 1.0 / (square / count as f32).sqrt().max(1e-6);
            for place in &mut places {
                place[axis] *= scale;
            }
        }
        places
    }

    /// Two directions that no symmetry of the numbers singles out.
    fn begin(&mut self, numbers: usize) -> usize {
        let waves = |at: usize| [math::ops::cos(0.7 * at as f64) as f32, math::ops::sin(1.9 * at as f64 + 0.3) as f32];
        self.0 = (0..numbers).map(waves).collect();
        self.orthogonalise();
        ROUNDS[0]
    }

    fn places(&self, rows: &[f32], means: &[f32], places: &mut [[f32; 2]]) {
        for (row, place) in rows.chunks_exact(means.len()).zip(places) {
            *place = [0.0; 2];
            for ((value, mean), [first, second]) in row.iter().zip(means).zip(&self.0) {
                place[0] += (value - mean) * first;
                place[1] += (value - mean) * second;
            }
        }
    }

    /// One step of the power iteration: the directions become the covariance times themselves.
    fn turn_towards(&mut self, rows: &[f32], means: &[f32], places: &[[f32; 2]]) {
        self.0.fill([0.0; 2]);
        for (row, place) in rows.chunks_exact(means.len()).zip(places) {
            for ((value, mean), direction) in row.iter().zip(means).zip(&mut self.0) {
                direction[0] += (value - mean) * place[0];
                direction[1] += (value - mean) * place[1];
            }
        }
        self.orthogonalise();
    }

    fn orthogonalise(&mut self) {
        self.scale(0);
        let along: f32 = self.0.iter().map(|[first, second]| first * second).sum();
        self.0.iter_mut().for_each(|[first, second]| *second -= along * *first);
        self.scale(1);
    }

    fn scale(&mut self, axis: usize) {
        let square: f32 = self.0.iter().map(|direction| direction[axis] * direction[axis]).sum();
        let scale = 1.0 / square.sqrt().max(1e-12);
        self.0.iter_mut().for_each(|direction| direction[axis] *= scale);
    }
}

fn means(rows: &[f32], numbers: usize, count: usize) -> Vec<f32> {
    let mut means = vec![0.0; numbers];
    for row in rows.chunks_exact(numbers) {
        means.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / count as f32);
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_widest_directions_are_found() {
        // Numbers 1 and 3 of five vary most, by known patterns.
        let rows: Vec<f32> = (0..60_u16)
            .flat_map(|at| {
                let (a, b) = (f32::from(at % 10) - 4.5, f32::from(at / 10) - 2.5);
                [0.01 * b, 4.0 * a + 7.0, 0.0, 2.0 * b, 0.02 * a]
            })
            .collect();
        let places = Directions::default().project(&rows, 5);
        let correlation = |axis: usize, number: usize| {
            let mean = rows.iter().skip(number).step_by(5).sum::<f32>() / 60.0;
            let values: Vec<f32> = rows.iter().skip(number).step_by(5).map(|value| value - mean).collect();
            let square: f32 = values.iter().map(|value| value * value).sum();
            let product: f32 = places.iter().zip(&values).map(|(place, value)| place[axis] * value).sum();
            (product / (square * 60.0).sqrt()).abs()
        };
        assert!(correlation(0, 1) > 0.999 && correlation(1, 3) > 0.999, "{} {}", correlation(0, 1), correlation(1, 3));
    }

    #[test]
    fn rows_that_do_not_vary_stay_finite() {
        let places = Directions::default().project(&[1.0; 12], 3);
        assert!(places.len() == 4 && places.iter().flatten().all(|value| value.is_finite()));
        assert!(Directions::default().project(&[], 3).is_empty());
    }
}
