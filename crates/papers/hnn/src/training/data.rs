//! Data sets by name, with the settings that `--set` may change.

use std::str::FromStr;

use ::train::DataRequest;
use anyhow::{Context, Result, bail};

use crate::data::{orbits, pixels, trajectories};
use crate::task::Task;

/// The arrays `x`, `dx`, `test_x`, `test_dx` of a generated task; pixels also have `coords` and `test_coords`.
pub(super) fn npz(task: Task, request: &DataRequest) -> Result<Vec<u8>> {
    let seed = request.seed;
    let data = match task {
        Task::Spring => trajectories::spring(trajectory(trajectories::Settings::spring(seed), request)?)?,
        Task::Pendulum => trajectories::pendulum(trajectory(trajectories::Settings::pendulum(seed), request)?)?,
        Task::TwoBody => orbits::two_body(orbit(orbits::Settings::two_body(seed), request)?)?,
        Task::ThreeBody => orbits::three_body(orbit(orbits::Settings::three_body(seed), request)?)?,
        Task::Pixels => return Ok(pixels::generate(trial(pixels::Settings::paper(seed), request)?).to_npz()?),
        Task::Real => bail!("the recorded pendulum is not part of this project"),
    };
    Ok(data.to_npz()?)
}

fn trajectory(mut settings: trajectories::Settings, request: &DataRequest) -> Result<trajectories::Settings> {
    for (name, value) in &request.settings {
        match name.as_str() {
            "trajectories" => settings.trajectories = count(name, value)?,
            "samples" => settings.samples = count(name, value)?,
            "noise" => settings.noise = parsed(name, value)?,
            _ => bail!("{name} cannot be set; trajectories, samples and noise can"),
        }
    }
    Ok(settings)
}

fn orbit(mut settings: orbits::Settings, request: &DataRequest) -> Result<orbits::Settings> {
    for (name, value) in &request.settings {
        match name.as_str() {
            "orbits" => settings.orbits = count(name, value)?,
            "samples" => settings.samples = count(name, value)?,
            "duration" => settings.duration = parsed(name, value)?,
            _ => bail!("{name} cannot be set; orbits, samples and duration can"),
        }
    }
    Ok(settings)
}

fn trial(mut settings: pixels::Settings, request: &DataRequest) -> Result<pixels::Settings> {
    for (name, value) in &request.settings {
        match name.as_str() {
            "trials" => settings.trials = count(name, value)?,
            "frames" => settings.frames = count(name, value)?.max(4),
            _ => bail!("{name} cannot be set; trials and frames can"),
        }
    }
    Ok(settings)
}

fn parsed<T: FromStr>(name: &str, value: &str) -> Result<T> {
    value.parse().ok().with_context(|| format!("{name} cannot be \"{value}\""))
}

/// At least one, and no more than memory holds.
fn count(name: &str, value: &str) -> Result<usize> {
    let count = parsed(name, value)?;
    if !(1..=1_000_000).contains(&count) {
        bail!("{name} must be from 1 to 1000000");
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(task: &str, settings: &[(&str, &str)]) -> Result<Vec<u8>> {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        npz(task.parse()?, &DataRequest { task: task.into(), seed: 0, settings })
    }

    #[test]
    fn settings_change_the_data() {
        let whole = request("spring", &[]).unwrap();
        assert_eq!(whole, crate::data::npz_bytes(Task::Spring, 0).unwrap());
        assert!(request("spring", &[("trajectories", "10")]).unwrap().len() < whole.len());
        assert!(request("pixels", &[("trials", "2"), ("frames", "6")]).is_ok());
    }

    #[test]
    fn what_cannot_be_set_is_named() {
        let error = |task, name, value| request(task, &[(name, value)]).unwrap_err().to_string();
        assert_eq!(error("spring", "orbits", "3"), "orbits cannot be set; trajectories, samples and noise can");
        assert_eq!(error("spring", "noise", "much"), "noise cannot be \"much\"");
        assert_eq!(error("two-body", "orbits", "0"), "orbits must be from 1 to 1000000");
        assert!(request("real", &[]).is_err());
    }
}
