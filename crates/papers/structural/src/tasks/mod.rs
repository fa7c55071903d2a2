//! The paper's 116 tasks, with the fingerprints that prove them and the authors' published results.
//!
//! A line of `table.txt` holds a task's name, the number of its fixed degrees of freedom and loaded nodes, the sums of its
//! forces along x, along y and squared, the designable share, at which sides it is mirrored for display, the compliance
//! of its uniform start, and the published compliance of the four methods after 1,000 evaluations: of a typical run, and of
//! the best of an ensemble (the authors' notebook `analyze_results`).

mod draw;
mod families;
mod native;

use crate::problem::Problem;
pub use native::Native;

/// Number of tasks.
pub const COUNT: usize = 116;

const TABLE: &str = include_str!("table.txt");

/// One of the paper's tasks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Task {
    /// Family, size and volume: `mbb_beam_96x32_0.5`.
    pub name: &'static str,
    /// The family: `mbb_beam`.
    pub family: &'static str,
    /// Elements across.
    pub width: usize,
    /// Elements down.
    pub height: usize,
    /// Share of the designable area to be filled.
    pub volume: f64,
    /// Shown beside its mirror image at the left.
    pub mirrored_left: bool,
    /// Shown beside its mirror image at the right.
    pub mirrored_right: bool,
    /// What proves that it is the authors'.
    pub fingerprint: Fingerprint,
    /// Published compliance of a typical run: CNN, pixels with L-BFGS, MMA, OC.
    pub typical: [f64; 4],
    /// Published compliance of the best of an ensemble, in the same order.
    pub best: [f64; 4],
}

/// Facts of a task that must come out right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fingerprint {
    /// Fixed degrees of freedom.
    pub fixed: usize,
    /// Loaded nodes.
    pub loaded: usize,
    /// Sums of the forces along x, along y, and squared.
    pub sums: [f64; 3],
    /// Designable share of the area.
    pub area: f64,
    /// Compliance of the uniform start.
    pub compliance: f64,
}

impl Task {
    /// All of them, in the order of the paper.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.lines().filter_map(Self::parse)
    }

    /// The task of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|task| task.name == name)
    }

    /// The paper counts a task of at least 128 x 256 elements as large.
    pub fn is_large(&self) -> bool {
        self.width * self.height >= 128 * 256
    }

    /// The problem itself.
    pub fn problem(&self) -> Problem {
        let mut problem = Problem::new(self.width, self.height, self.volume);
        families::fill(self.family, &mut problem);
        problem
    }

    /// The family in words: "Mbb beam".
    pub fn title(&self) -> String {
        title(self.family)
    }

    fn parse(line: &'static str) -> Option<Self> {
        let mut words = line.split(' ');
        let name = words.next()?;
        let (rest, volume) = name.rsplit_once('_')?;
        let (family, size) = rest.rsplit_once('_')?;
        let (width, height) = size.split_once('x')?;
        let (fixed, loaded) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let mut number = || words.next()?.parse::<f64>().ok();
        let (sums, area) = ([number()?, number()?, number()?], number()?);
        let mirror = words.next()?;
        let mut number = || words.next()?.parse::<f64>().ok();
        let compliance = number()?;
        let mut four = || Some([number()?, number()?, number()?, number()?]);
        let (typical, best) = (four()?, four()?);
        Some(Self {
            name,
            family,
            width: width.parse().ok()?,
            height: height.parse().ok()?,
            volume: volume.parse().ok()?,
            mirrored_left: mirror.contains('L'),
            mirrored_right: mirror.contains('R'),
            fingerprint: Fingerprint { fixed, loaded, sums, area, compliance },
            typical,
            best,
        })
    }
}

/// A problem of the family `name` at another size and volume than the paper's; none where there is no such family.
pub fn problem_of(family: &str, width: usize, height: usize, volume: f64) -> Option<Problem> {
    let mut problem = Problem::new(width, height, volume);
    families::fill(family, &mut problem).then_some(problem)
}

/// A family's name in words.
fn title(family: &str) -> String {
    let words = family.replace('_', " ").replace("mbb", "MBB").replace("l shape", "L-shape");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_task() {
        assert_eq!(Task::all().count(), COUNT);
        assert_eq!(Task::all().filter(Task::is_large).count(), 54);
        let task = Task::named("l_shape_0.2_64x64_0.4").unwrap();
        assert_eq!((task.family, task.width, task.height, task.volume), ("l_shape_0.2", 64, 64, 0.4));
        assert_eq!(task.title(), "L-shape 0.2");
    }

    /// `printed` has six significant digits in the table.
    fn agrees(value: f64, printed: f64) -> bool {
        (value - printed).abs() <= 5.1e-6 * printed.abs() + 1e-12
    }

    #[test]
    fn loads_supports_and_masks_are_the_authors() {
        for task in Task::all() {
            let (problem, print) = (task.problem(), task.fingerprint);
            let name = task.name;
            assert_eq!(problem.check(), Ok(()), "{name}");
            assert_eq!(problem.fixed.iter().filter(|fixed| **fixed).count(), print.fixed, "{name}");
            let loaded = problem.forces.chunks(2).filter(|force| force.iter().any(|f| *f != 0.0)).count();
            assert_eq!(loaded, print.loaded, "{name}");
            let sum = |axis: usize| problem.forces.iter().skip(axis).step_by(2).sum::<f64>();
            let squares: f64 = problem.forces.iter().map(|f| f * f).sum();
            for (ours, printed) in [sum(0), sum(1), squares].into_iter().zip(print.sums) {
                assert!(agrees(ours, printed), "{name}: {ours} against {printed}");
            }
            let area = problem.designable() as f64 / problem.elements() as f64;
            assert!((area - print.area).abs() <= 5.1e-5, "{name}: {area}");
        }
    }
}
