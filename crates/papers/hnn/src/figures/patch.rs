//! A patch of the phase plane as particles on a square lattice, and its area wherever a flow has carried it.

use demo::Point;
use math::ops::{hypot, sqrt};

/// Particles are at least this many.
pub(super) const LEAST: usize = 4096;
/// About this many.
const AIM: f64 = 4400.0;
/// Fewer than this.
const MOST: usize = 4900;
/// Lattice points along a side when the spacing is first tried.
const COARSE: f64 = 160.0;
/// The least distance between two corners of a painted stroke, in brush radii.
const STROKE_STEP: f64 = 0.3;
/// Corners of a painting; more are not taken.
const MAX_CORNERS: usize = 400;

/// A shape around the origin of size 1, or what a visitor painted.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outline {
    /// The face of a cat, after the one with which Arnold shows what flows do to areas ("Mathematical Methods of
    /// Classical Mechanics", section 16).
    Cat,
    /// A disc.
    Disc,
    /// A ring.
    Ring,
    /// Brush strokes of radius 1, in corners.
    Strokes(Vec<Vec<Point>>),
}

impl Outline {
    /// The shape of a control's option.
    pub(super) fn from_id(id: &str) -> Self {
        match id {
            "disc" => Self::Disc,
            "ring" => Self::Ring,
            _ => Self::Cat,
        }
    }

    /// Column and row of the lattice points that the shape covers, by rows.
    fn covered(&self, spacing: f64) -> Vec<[i32; 2]> {
        match self {
            Self::Cat => sites_where(self.reach(), spacing, cat),
            Self::Disc => sites_where(self.reach(), spacing, |[x, y]| hypot(x, y) <= 0.8),
            Self::Ring => sites_where(self.reach(), spacing, |[x, y]| (0.5..=0.9).contains(&hypot(x, y))),
            Self::Strokes(strokes) => painted(strokes, self.reach(), spacing),
        }
    }

    /// Half the side of a square around the origin that holds the shape.
    fn reach(&self) -> f64 {
        match self {
            Self::Strokes(strokes) => {
                strokes.iter().flatten().flatten().fold(0.0_f64, |reach, value| reach.max(value.abs())) + 1.0
            }
            _ => 1.05,
        }
    }

    /// Goes on with the last stroke; a point close to the last one is left out.
    pub(super) fn extend(&mut self, point: Point) {
        let Self::Strokes(strokes) = self else { return };
        let corners: usize = strokes.iter().map(Vec::len).sum();
        if let Some(stroke) = strokes.last_mut() {
            let far = stroke.last().is_none_or(|last| hypot(point[0] - last[0], point[1] - last[1]) > STROKE_STEP);
            if far && corners < MAX_CORNERS {
                stroke.push(point);
            }
        }
    }
}

/// Head, ears; no eyes, nose, mouth.
fn cat([x, y]: Point) -> bool {
    let side = x.abs();
    let oval = |cx: f64, cy: f64, rx: f64, ry: f64| ((side - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) <= 1.0;
    let head = oval(0.0, -0.12, 0.86, 0.72);
    // An ear leans outwards: a triangle of three half planes.
    let ear = y >= 0.1 && y <= 0.36 + 1.05 * (side - 0.18) && y <= 0.98 - 3.4 * (side - 0.74);
    let eye = oval(0.34, 0.06, 0.15, 0.12) && !oval(0.34, 0.06, 0.04, 0.1);
    let nose = (-0.32..=-0.2).contains(&y) && side <= 0.11 * (y + 0.32) / 0.12 + 0.01;
    let smile = hypot(side - 0.17, y + 0.4);
    let mouth = (0.12..=0.18).contains(&smile) && y < -0.4;
    (head || ear) && !eye && !nose && !mouth
}

fn sites_where(reach: f64, spacing: f64, covers: impl Fn(Point) -> bool) -> Vec<[i32; 2]> {
    let count = (reach / spacing).ceil() as i32;
    (-count..=count)
        .flat_map(|row| (-count..=count).map(move |column| [column, row]))
        .filter(|site| covers(site.map(|index| f64::from(index) * spacing)))
        .collect()
}

/// Lattice points within distance 1 of a stroke. Each piece marks its own surroundings only: a painting is rebuilt while
/// it is painted.
fn painted(strokes: &[Vec<Point>], reach: f64, spacing: f64) -> Vec<[i32; 2]> {
    let count = (reach / spacing).ceil() as i32;
    let side = 2 * count + 1;
    let mut marks = vec![false; (side * side) as usize];
    let dots = strokes.iter().filter_map(|stroke| stroke.first()).map(|first| [*first, *first]);
    let pieces = strokes.iter().flat_map(|stroke| stroke.windows(2)).map(|pair| [pair[0], pair[1]]);
    for piece in dots.chain(pieces) {
        let low: [i32; 2] = [0, 1].map(|axis| ((piece[0][axis].min(piece[1][axis]) - 1.0) / spacing).floor() as i32);
        let high: [i32; 2] = [0, 1].map(|axis| ((piece[0][axis].max(piece[1][axis]) + 1.0) / spacing).ceil() as i32);
        for row in low[1].max(-count)..=high[1].min(count) {
            for column in low[0].max(-count)..=high[0].min(count) {
                let mark = &mut marks[((row + count) * side + column + count) as usize];
                *mark = *mark || distance(piece, [column, row].map(|index| f64::from(index) * spacing)) <= 1.0;
            }
        }
    }
    let marked = (0..side * side).filter(|index| marks[*index as usize]);
    marked.map(|index| [index % side - count, index / side - count]).collect()
}

/// From a point to a straight piece.
fn distance([a, b]: [Point; 2], [x, y]: Point) -> f64 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let share = (((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy).max(1e-12)).clamp(0.0, 1.0);
    hypot(x - a[0] - share * dx, y - a[1] - share * dy)
}

/// Particles at rest on their lattice, and the cells whose four corners they are.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Patch {
    /// Where each particle starts.
    pub(super) particles: Vec<Point>,
    /// Corners of full cells, anticlockwise.
    cells: Vec<[u32; 4]>,
    /// Ends of the cells' sides that belong to one cell only.
    rim: Vec<[u32; 2]>,
}

impl Patch {
    /// `outline` scaled by `size` and moved to `center`, with [`LEAST`] particles or more; none for an empty outline.
    pub(super) fn new(outline: &Outline, center: Point, size: f64) -> Self {
        let mut spacing = 2.0 * outline.reach() / COARSE;
        let mut sites = outline.covered(spacing);
        for _ in 0..20 {
            if sites.is_empty() || (LEAST..MOST).contains(&sites.len()) {
                break;
            }
            spacing *= sqrt(sites.len() as f64 / AIM);
            sites = outline.covered(spacing);
        }
        Self::on_lattice(&sites, spacing * size, center)
    }

    fn on_lattice(sites: &[[i32; 2]], spacing: f64, center: Point) -> Self {
        let at = |site: &[i32; 2]| [center[0] + f64::from(site[0]) * spacing, center[1] + f64::from(site[1]) * spacing];
        // Sites come sorted by row, then column.
        let index = |column: i32, row: i32| sites.binary_search_by_key(&(row, column), |site| (site[1], site[0])).ok();
        let cell = |site: &[i32; 2]| {
            let [column, row] = *site;
            let corners = [[0, 0], [1, 0], [1, 1], [0, 1]].map(|[right, up]| index(column + right, row + up));
            let [Some(a), Some(b), Some(c), Some(d)] = corners else { return None };
            Some([a as u32, b as u32, c as u32, d as u32])
        };
        let cells: Vec<[u32; 4]> = sites.iter().filter_map(cell).collect();
        Self { particles: sites.iter().map(at).collect(), rim: rim(&cells), cells }
    }

    /// The boundary of the patch when its particles lie at `points`, in no order.
    pub(super) fn boundary(&self, points: &[Point]) -> Vec<[Point; 2]> {
        let at = |corner: u32| points.get(corner as usize).copied();
        self.rim.iter().filter_map(|[a, b]| Some([at(*a)?, at(*b)?])).collect()
    }

    /// The area of the patch when its particles lie at `points`: the sum over the lattice's cells of the signed area of
    /// the quadrilateral that their corners have become. Edges between cells cancel, so it is the shoelace area within the
    /// carried boundary; what it misses is how far the true boundary bends between neighbours.
    ///
    /// Infinity when a particle has left all bounds.
    pub(super) fn area(&self, points: &[Point]) -> f64 {
        let cross = |a: Point, b: Point| a[0] * b[1] - a[1] * b[0];
        let minus = |a: Point, b: Point| [a[0] - b[0], a[1] - b[1]];
        let twice: f64 = (self.cells.iter())
            .map(|cell| cell.map(|corner| points.get(corner as usize).copied().unwrap_or_default()))
            .map(|[a, b, c, d]| cross(minus(c, a), minus(d, b)))
            .sum();
        if twice.is_finite() { twice / 2.0 } else { f64::INFINITY }
    }
}

/// The sides that only one cell has.
fn rim(cells: &[[u32; 4]]) -> Vec<[u32; 2]> {
    let sides = cells.iter().flat_map(|[a, b, c, d]| [[a, b], [b, c], [c, d], [d, a]]);
    let mut sides: Vec<[u32; 2]> = sides.map(|[a, b]| [*a.min(b), *a.max(b)]).collect();
    sides.sort_unstable();
    sides.chunk_by(|a, b| a == b).filter(|equal| equal.len() == 1).map(|equal| equal[0]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outlines() -> Vec<Outline> {
        let stroke = vec![vec![[0.0, 0.0], [1.0, 0.5], [2.0, -1.0]], vec![[-6.0, 3.0]]];
        vec![Outline::Cat, Outline::Disc, Outline::Ring, Outline::Strokes(stroke)]
    }

    #[test]
    fn every_patch_has_enough_particles_but_not_too_many() {
        for outline in outlines() {
            for size in [0.2, 0.7] {
                let count = Patch::new(&outline, [1.0, 0.0], size).particles.len();
                assert!((LEAST..MOST).contains(&count), "{outline:?} has {count}");
            }
        }
        assert!(Patch::new(&Outline::Strokes(vec![]), [0.0, 0.0], 1.0).particles.is_empty());
    }

    #[test]
    fn the_area_of_a_disc_is_a_discs() {
        let patch = Patch::new(&Outline::Disc, [1.0, -0.5], 0.5);
        let exact = std::f64::consts::PI * 0.16;
        let area = patch.area(&patch.particles);
        // The lattice's full cells lack about half a cell along the rim.
        assert!(area < exact && area > 0.95 * exact, "{area} against {exact}");
    }

    #[test]
    fn linear_maps_scale_the_area_by_their_determinant() {
        let patch = Patch::new(&Outline::Cat, [1.0, 0.3], 0.6);
        let area = patch.area(&patch.particles);
        for [[a, b], [c, d]] in [[[1.0, 3.0], [0.0, 1.0]], [[0.5, 0.2], [-0.3, 0.9]], [[-1.0, 0.0], [0.0, 1.0]]] {
            let mapped: Vec<Point> = patch.particles.iter().map(|[x, y]| [a * x + b * y, c * x + d * y]).collect();
            let ratio = patch.area(&mapped) / area;
            assert!((ratio - (a * d - b * c)).abs() < 1e-9, "{ratio}");
        }
    }

    #[test]
    fn the_boundary_of_a_ring_has_two_parts_of_the_right_length() {
        let patch = Patch::new(&Outline::Ring, [0.0, 0.0], 1.0);
        let length: f64 = patch.boundary(&patch.particles).iter().map(|[a, b]| hypot(a[0] - b[0], a[1] - b[1])).sum();
        // On a square lattice a circle is walked in steps along the axes: 8 radii instead of 2 pi.
        assert!((length / (8.0 * 1.4) - 1.0).abs() < 0.03, "{length}");
    }

    #[test]
    fn strokes_leave_out_what_is_too_close() {
        let mut outline = Outline::Strokes(vec![vec![]]);
        for index in 0..100 {
            outline.extend([0.01 * f64::from(index), 0.0]);
        }
        let Outline::Strokes(strokes) = &outline else { unreachable!() };
        assert_eq!(strokes[0].len(), 4);
    }
}
