//! The picture of the pendulum, drawn analytically at any angle.
//!
//! The environment draws a red rod (a capsule of length 1 and width 0.2, hung at the origin) with a black axle (a disc of
//! radius 0.05) on white, 1000 x 1000 pixels for the square of side 4.4. The authors keep columns 330..670 and rows
//! 440..780, take red minus green, which leaves 0.5 on the rod and 0 elsewhere, and shrink the 340 x 340 pixels to
//! 28 x 28 by the antialiased bilinear filter of the Python Imaging Library. Here rows are sampled at pixel centres, the
//! rod's section of each row is exact, and nothing is rounded to 8 bits.

use std::sync::LazyLock;

use math::ops::{sin_cos, sqrt};

/// Pixels along a side of a frame.
pub const SIDE: usize = 28;
/// Values of a frame.
pub const FRAME: usize = SIDE * SIDE;

/// Pixels along a side of the crop, and its first column and row.
const CROP: usize = 340;
const FIRST_COLUMN: f64 = 330.0;
const FIRST_ROW: f64 = 440.0;
const PIXEL: f64 = 4.4 / 1000.0;
const HALF_VIEW: f64 = 2.2;
const ROD_LENGTH: f64 = 1.0;
const ROD_HALF_WIDTH: f64 = 0.1;
const AXLE_RADIUS: f64 = 0.05;
/// Red 0.8 minus green 0.3.
const BRIGHTNESS: f64 = 0.5;

static FILTER: LazyLock<Filter> = LazyLock::new(Filter::new);

/// The frame of a rod at `angle_rad` from the bottom, positive to the right: 28 rows of 28 values from 0 to 0.5, the top
/// row first.
pub fn rod(angle_rad: f64) -> Vec<f32> {
    let mut frame = vec![0.0; FRAME];
    draw(angle_rad, &mut frame);
    frame
}

/// Draws into `frame`, `[FRAME]`, what [`rod`] gives.
pub(super) fn draw(angle_rad: f64, frame: &mut [f32]) {
    let (sine, cosine) = sin_cos(angle_rad);
    let along = [sine, -cosine];
    let mut sums = [0.0; FRAME];
    for row in 0..CROP {
        let y = HALF_VIEW - (FIRST_ROW + row as f64 + 0.5) * PIXEL;
        let Some(section) = capsule_section(along, y) else { continue };
        let mut light = FILTER.light(section);
        if let Some(axle) = disc_section([0.0, 0.0], AXLE_RADIUS, y) {
            light.iter_mut().zip(FILTER.light(axle)).for_each(|(light, dark)| *light -= dark);
        }
        FILTER.add_row(row, &light, &mut sums);
    }
    frame.iter_mut().zip(sums).for_each(|(pixel, sum)| *pixel = (BRIGHTNESS * sum) as f32);
}

/// From and to, along a row.
type Section = [f64; 2];

/// Where the line at height y meets the rod, whose axis goes from the origin along a unit vector: the hull of its two
/// round ends and the box between them.
fn capsule_section(along: [f64; 2], y: f64) -> Option<Section> {
    let tip = along.map(|component| component * ROD_LENGTH);
    let parts =
        [disc_section([0.0, 0.0], ROD_HALF_WIDTH, y), disc_section(tip, ROD_HALF_WIDTH, y), box_section(along, y)];
    parts.into_iter().flatten().reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])])
}

fn disc_section([x, y]: [f64; 2], radius: f64, height: f64) -> Option<Section> {
    let squared = radius * radius - (height - y) * (height - y);
    (squared > 0.0).then(|| [x - sqrt(squared), x + sqrt(squared)])
}

/// Points (x, y) with `0 <= x ux + y uy <= length` and `|x uy - y ux| <= half width`.
fn box_section([ux, uy]: [f64; 2], y: f64) -> Option<Section> {
    let lengthwise = between(ux, y * uy, 0.0, ROD_LENGTH)?;
    let across = between(uy, -y * ux, -ROD_HALF_WIDTH, ROD_HALF_WIDTH)?;
    let section = [lengthwise[0].max(across[0]), lengthwise[1].min(across[1])];
    (section[0] < section[1]).then_some(section)
}

/// All x with `low <= slope x + offset <= high`.
fn between(slope: f64, offset: f64, low: f64, high: f64) -> Option<Section> {
    if slope.abs() < 1e-12 {
        return (low <= offset && offset <= high).then_some([f64::NEG_INFINITY, f64::INFINITY]);
    }
    let ends = [(low - offset) / slope, (high - offset) / slope];
    Some([ends[0].min(ends[1]), ends[0].max(ends[1])])
}

/// The antialiased bilinear filter from 340 to 28 pixels: triangles of half-width 340/28, cut at the borders.
struct Filter {
    /// `[SIDE][CROP]`, each row of sum 1.
    weights: Vec<[f64; CROP]>,
    /// `[SIDE][CROP + 1]`, running sums of `weights`.
    sums: Vec<[f64; CROP + 1]>,
    /// Pixels of the crop that reach each pixel of the frame.
    reach: Vec<std::ops::Range<usize>>,
}

impl Filter {
    fn new() -> Self {
        let scale = CROP as f64 / SIDE as f64;
        let (mut weights, mut sums, mut reach) = (Vec::new(), Vec::new(), Vec::new());
        for pixel in 0..SIDE {
            let centre = (pixel as f64 + 0.5) * scale;
            let first = (centre - scale + 0.5).max(0.0) as usize;
            let end = ((centre + scale + 0.5) as usize).min(CROP);
            let triangle = |source: usize| (1.0 - ((source as f64 - centre + 0.5) / scale).abs()).max(0.0);
            let total: f64 = (first..end).map(triangle).sum();
            let mut row = [0.0; CROP];
            (first..end).for_each(|source| row[source] = triangle(source) / total);
            let mut running = [0.0; CROP + 1];
            (0..CROP).for_each(|source| running[source + 1] = running[source] + row[source]);
            weights.push(row);
            sums.push(running);
            reach.push(first..end);
        }
        Self { weights, sums, reach }
    }

    /// How much of a section of a row, given in the world's units, each pixel of the frame sees.
    fn light(&self, section: Section) -> [f64; SIDE] {
        let [from, to] = section.map(|x| ((x + HALF_VIEW) / PIXEL - FIRST_COLUMN).clamp(0.0, CROP as f64));
        std::array::from_fn(|pixel| {
            let sums = &self.sums[pixel];
            interpolated(sums, to) - interpolated(sums, from)
        })
    }

    /// Adds a row of the crop to the rows of the frame that it reaches.
    fn add_row(&self, row: usize, light: &[f64; SIDE], sums: &mut [f64; FRAME]) {
        for (pixel, line) in
            sums.chunks_exact_mut(SIDE).enumerate().filter(|(pixel, _)| self.reach[*pixel].contains(&row))
        {
            let weight = self.weights[pixel][row];
            line.iter_mut().zip(light).for_each(|(sum, light)| *sum += weight * light);
        }
    }
}

fn interpolated(sums: &[f64; CROP + 1], position: f64) -> f64 {
    let below = (position as usize).min(CROP - 1);
    sums[below] + (sums[below + 1] - sums[below]) * (position - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares some pixels (row, column, value) and the sum with a picture that Pillow shrank.
    fn check(angle_rad: f64, pixels: &[(usize, usize, f64)], sum: f64) {
        let frame = rod(angle_rad);
        for (row, column, expected) in pixels {
            let value = f64::from(frame[row * SIDE + column]);
            assert!((value - expected).abs() < 1e-3, "({row}, {column}): {value} against {expected}");
        }
        let total: f64 = frame.iter().map(|value| f64::from(*value)).sum();
        assert!((total - sum).abs() < 2e-3 * sum, "{total} against {sum}");
    }

    #[test]
    fn pictures_are_those_of_pillow() {
        // numpy: 0.5 where the distance from the rod's axis is below 0.1 and that from the pivot at least 0.05, at the centres
        // of the crop's 340 rows and of sixteenths of its columns, averaged over the sixteenths; then Pillow 13:
        // Image.fromarray(crop, "F").resize((28, 28), BILINEAR).
        let hanging = [(4, 14, 0.18366), (5, 13, 0.21804), (8, 15, 0.40177), (15, 14, 0.5), (3, 12, 0.13711)];
        check(0.0, &hanging, 39.211933);
        check(0.0, &[(23, 15, 0.39781), (24, 12, 0.29658), (12, 17, 0.0)], 39.211933);
        check(0.37, &[(8, 15, 0.5), (12, 17, 0.5), (22, 21, 0.49986), (3, 12, 0.13711), (15, 14, 0.0)], 39.172348);
        check(-1.2, &[(3, 12, 0.24244), (9, 6, 0.3932), (12, 1, 0.03016), (5, 13, 0.21804)], 29.50027);
    }

    #[test]
    fn frames_are_mirror_images() {
        let (left, right) = (rod(-0.4), rod(0.4));
        for (a, b) in left.chunks_exact(SIDE).zip(right.chunks_exact(SIDE)) {
            assert!(a.iter().zip(b.iter().rev()).all(|(a, b)| (a - b).abs() < 1e-6));
        }
    }

    #[test]
    fn the_hanging_rod_is_where_it_should_be() {
        // Column 14 of the frame begins at the pivot; the rod's half width is 1.87 pixels, its length 18.7.
        let frame = rod(0.0);
        assert!((frame[15 * SIDE + 14] - 0.5).abs() < 1e-3, "inside");
        assert!(frame[15 * SIDE + 18].abs() < 1e-6, "beside");
        assert!(frame[27 * SIDE + 14] < 0.2, "below");
        assert!(frame[4 * SIDE + 14] < 0.45, "the axle is dark");
    }
}
