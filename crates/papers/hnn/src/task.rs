//! The six tasks of the paper, by the names that the command line and the model files use.

use std::fmt;
use std::str::FromStr;

/// A task of the paper.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Task {
    /// A mass on a spring, with noise (section 3.1, task 1).
    Spring,
    /// An ideal pendulum, with noise (task 2).
    Pendulum,
    /// A pendulum recorded in a laboratory (task 3).
    Real,
    /// Two bodies that attract each other (section 4).
    TwoBody,
    /// Three of them (appendix B).
    ThreeBody,
    /// Frames of a pendulum (section 5).
    Pixels,
}

/// No task has this name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no task is called {0:?}; the tasks are spring, pendulum, real, two-body, three-body, pixels")]
pub struct UnknownTask(String);

impl Task {
    /// All tasks in the order of the paper.
    pub const ALL: [Self; 6] = [Self::Spring, Self::Pendulum, Self::Real, Self::TwoBody, Self::ThreeBody, Self::Pixels];

    /// Its name on the command line and at the head of its model files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spring => "spring",
            Self::Pendulum => "pendulum",
            Self::Real => "real",
            Self::TwoBody => "two-body",
            Self::ThreeBody => "three-body",
            Self::Pixels => "pixels",
        }
    }

    /// Length of the state that its networks see; for pixels, of the latent state.
    pub fn dimension(self) -> usize {
        match self {
            Self::Spring | Self::Pendulum | Self::Real | Self::Pixels => 2,
            Self::TwoBody => 8,
            Self::ThreeBody => 12,
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Task {
    type Err = UnknownTask;

    fn from_str(name: &str) -> Result<Self, UnknownTask> {
        Self::ALL.into_iter().find(|task| task.name() == name).ok_or_else(|| UnknownTask(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_refused() {
        for task in Task::ALL {
            assert_eq!(task.to_string().parse(), Ok(task));
        }
        assert!("Spring".parse::<Task>().unwrap_err().to_string().contains("two-body"));
    }
}
