//! Data sets as files that NumPy reads: arrays `x`, `y`, `x_test`, `y_test` and `t`, as in the authors' pickle.

use ::train::DataRequest;
use anyhow::{Result, bail};
use math::npz::{Array, Values, npz as archive};

use crate::data::{Dataset, Settings, generate};

/// Data sets by name: settings that differ from the published ones.
const PRESETS: [(&str, &[(&str, &str)]); 4] = [
    ("default", &[]),
    ("shuffled", &[("shuffle_seq", "true")]),
    ("double-descent", &[("num_samples", "16000"), ("train_split", "0.25")]),
    ("activation", &[("num_samples", "10000")]),
];

/// The data set that was asked for.
pub(super) fn npz(request: &DataRequest) -> Result<Vec<u8>> {
    let Some((_, changes)) = PRESETS.iter().find(|(name, _)| *name == request.task) else {
        let names = PRESETS.map(|(name, _)| name).join(", ");
        bail!("there is no data set \"{}\"; there are {names}, each with --set name=value", request.task)
    };
    let mut settings = Settings { seed: request.seed, ..Settings::default() };
    for (name, text) in *changes {
        settings.set(name, text)?;
    }
    for (name, text) in &request.settings {
        settings.set(name, text)?;
    }
    arrays(&generate(&settings)?)
}

fn arrays(data: &Dataset) -> Result<Vec<u8>> {
    let whole = |labels: &[u8]| labels.iter().map(|label| i64::from(*label)).collect::<Vec<_>>();
    let (y, y_test) = (whole(&data.y), whole(&data.y_test));
    Ok(archive(&[
        Array { name: "x", shape: &[data.rows(), data.length], values: Values::F64(&data.x) },
        Array { name: "y", shape: &[data.rows()], values: Values::I64(&y) },
        Array { name: "x_test", shape: &[data.test_rows(), data.length], values: Values::F64(&data.x_test) },
        Array { name: "y_test", shape: &[data.test_rows()], values: Values::I64(&y_test) },
        Array { name: "t", shape: &[data.length], values: Values::F64(&data.t) },
    ])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(task: &str, settings: &[(&str, &str)]) -> DataRequest {
        let settings = settings.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
        DataRequest { task: task.into(), seed: 42, settings }
    }

    #[test]
    fn settings_make_smaller_files_and_bad_ones_are_told() {
        let small = npz(&request("default", &[("num_samples", "100"), ("final_seq_length", "20")])).unwrap();
        // 100 rows of 20 and 20 abscissae in 64 bits, 100 labels, and the heads of five members.
        assert!((16_960..18_500).contains(&small.len()), "{}", small.len());
        let refusal = |task, settings: &[(&str, &str)]| npz(&request(task, settings)).unwrap_err().to_string();
        assert!(refusal("mnist", &[]).contains("there are default, shuffled, double-descent, activation"));
        assert!(refusal("default", &[("train_split", "1")]).contains("0 to test with"));
        assert!(refusal("default", &[("samples", "1")]).contains("there is no setting \"samples\""));
    }
}
