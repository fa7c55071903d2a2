//! What our own native runs came to, as `train structural summary --save` keeps it in `ours.txt`. A line holds a task's name,
//! the evaluations of each run, the fewest starts of a method, and the compliance of the four methods: of a typical run, and
//! the least of all starts.

const OURS: &str = include_str!("ours.txt");

/// Native runs of one task with all four methods.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Native {
    /// The task.
    pub name: &'static str,
    /// Evaluations of each run.
    pub evaluations: usize,
    /// Starts of the method that has fewest.
    pub starts: usize,
    /// Compliance of a typical run: CNN, pixels with L-BFGS, MMA, OC.
    pub typical: [f64; 4],
    /// Least compliance of all starts, in the same order.
    pub best: [f64; 4],
}

impl Native {
    /// All that are kept.
    pub fn all() -> impl Iterator<Item = Self> {
        OURS.lines().filter_map(Self::parse)
    }

    /// Those of a task.
    pub fn of(name: &str) -> Option<Self> {
        Self::all().find(|native| native.name == name)
    }

    fn parse(line: &'static str) -> Option<Self> {
        let mut words = line.split(' ');
        let (name, evaluations, starts) = (words.next()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let mut number = || words.next()?.parse::<f64>().ok();
        let mut four = || Some([number()?, number()?, number()?, number()?]);
        Some(Self { name, evaluations, starts, typical: four()?, best: four()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::Task;

    #[test]
    fn every_line_is_of_a_task_and_no_best_is_worse_than_its_typical_run() {
        assert_eq!(Native::all().count(), OURS.lines().count());
        for native in Native::all() {
            assert!(Task::named(native.name).is_some() && native.starts > 0, "{}", native.name);
            assert!(native.best.iter().zip(native.typical).all(|(best, typical)| *best <= typical), "{}", native.name);
        }
    }
}
