//! Marks that several figures draw.

use demo::{Anchor, Color, Point, Scene, Stroke};

/// The mark of a thing that can be dragged.
pub(super) fn grip(scene: &mut Scene, at: Point) {
    scene.circle(at, 9.0, Color::Highlight.alpha(0.25));
    scene.ring(at, 9.0, Stroke::new(Color::Highlight, 2.0));
    scene.circle(at, 3.0, Color::Highlight);
}

/// Names and pens in a row from `at` to the right.
pub(super) fn legend(scene: &mut Scene, at: Point, entries: &[(&str, Stroke)]) {
    let mut x = at[0];
    for (name, stroke) in entries {
        scene.line([[x, at[1] - 4.0], [x + 16.0, at[1] - 4.0]], *stroke);
        scene.text([x + 21.0, at[1]], *name, 11.0, Anchor::Start, Color::Ink);
        x += 21.0 + name.chars().count() as f64 * 6.0 + 12.0;
    }
}
