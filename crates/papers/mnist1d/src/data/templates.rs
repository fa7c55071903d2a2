//! The ten templates, drawn by the authors after the digits, and what every example begins with.

use math::linspace;
use math::stats::{mean, standard_deviation};

/// Classes, 0..=9.
pub const CLASSES: usize = 10;

/// Points of a template.
pub const POINTS: usize = 12;

/// A digit as twelve heights.
pub type Template = [f64; POINTS];

/// As drawn (package `mnist1d`, `get_templates`).
pub const DRAWN: [Template; CLASSES] = [
    [5.0, 6.0, 6.5, 6.75, 7.0, 7.0, 7.0, 7.0, 6.75, 6.5, 6.0, 5.0],
    [5.0, 3.0, 3.0, 3.4, 3.8, 4.2, 4.6, 5.0, 5.4, 5.8, 5.0, 5.0],
    [5.0, 6.0, 6.5, 6.5, 6.0, 5.25, 4.75, 4.0, 3.5, 3.5, 4.0, 5.0],
    [5.0, 6.0, 6.5, 6.5, 6.0, 5.0, 5.0, 6.0, 6.5, 6.5, 6.0, 5.0],
    [5.0, 4.4, 3.8, 3.2, 2.6, 2.6, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0],
    [5.0, 3.0, 3.0, 3.0, 3.0, 5.0, 6.0, 6.5, 6.5, 6.0, 4.5, 5.0],
    [5.0, 4.0, 3.5, 3.25, 3.0, 3.0, 3.0, 3.0, 3.25, 3.5, 4.0, 5.0],
    [5.0, 7.0, 7.0, 6.6, 6.2, 5.8, 5.4, 5.0, 4.6, 4.2, 5.0, 5.0],
    [5.0, 4.0, 3.5, 3.5, 4.0, 5.0, 5.0, 4.0, 3.5, 3.5, 4.0, 5.0],
    [5.0, 4.0, 3.5, 3.5, 4.0, 5.0, 5.0, 5.0, 5.0, 4.7, 4.3, 5.0],
];

/// The templates as examples are made from them: mean 0, population deviation 1, then shifted to begin at 0 and divided
/// by 6.
pub fn standardised() -> [Template; CLASSES] {
    DRAWN.map(standardise)
}

/// The same for one that a visitor drew. A flat one, which has no deviation, becomes all zeros.
pub fn standardise(drawn: Template) -> Template {
    let (centre, deviation) = (mean(&drawn), standard_deviation(&drawn));
    if deviation == 0.0 {
        return [0.0; POINTS];
    }
    let scaled = drawn.map(|value| (value - centre) / deviation);
    scaled.map(|value| (value - scaled[0]) / 6.0)
}

/// The abscissa of a template.
pub fn abscissa() -> Template {
    let mut t = [0.0; POINTS];
    for (t, value) in t.iter_mut().zip(linspace(-5.0, 5.0, POINTS)) {
        *t = value / 6.0;
    }
    t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_begin_at_zero_with_one_scale() {
        for template in standardised() {
            assert_eq!(template[0], 0.0);
            assert!((standard_deviation(&template) - 1.0 / 6.0).abs() < 1e-15);
        }
        assert_eq!(standardise([3.0; POINTS]), [0.0; POINTS]);
    }
}
