//! The data against the authors' package, where Python has it (`pip install mnist1d numpy scipy`); skipped with a line otherwise.
//! `PLAYABLE_PYTHON` names another interpreter than python3.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

use mnist1d::data::{Dataset, Settings, generate};

/// Largest difference of a number in 64 bits.
const TOLERANCE: f64 = 2e-15;

/// The package's data set, or why there is none.
fn package(settings: &Settings) -> Result<Vec<Vec<f64>>, String> {
    let python = std::env::var("PLAYABLE_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/package.py");
    let arguments = serde_json::to_string(settings).unwrap();
    let output =
        Command::new(&python).args([script, &arguments]).output().map_err(|error| format!("{python}: {error}"))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("it failed").to_owned();
        return Err(format!("{python}: {complaint}"));
    }
    let mut bytes = output.stdout.as_slice();
    let mut arrays = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<8>() {
        let (own, rest) = rest.split_at(8 * usize::try_from(i64::from_le_bytes(*length)).unwrap());
        arrays.push(own.as_chunks::<8>().0.iter().map(|number| f64::from_le_bytes(*number)).collect());
        bytes = rest;
    }
    Ok(arrays)
}

fn arrays(data: &Dataset) -> Vec<Vec<f64>> {
    let labels = |labels: &[u8]| labels.iter().map(|label| f64::from(*label)).collect();
    vec![data.x.clone(), labels(&data.y), data.x_test.clone(), labels(&data.y_test), data.t.clone()]
}

fn cases() -> Vec<Settings> {
    let published = Settings::default;
    vec![
        published(),
        Settings { seed: 7, shuffle_seq: true, num_samples: 333, ..published() },
        Settings { template_len: 20, padding: [0, 3], max_translation: 100, num_samples: 200, ..published() },
        Settings { scale_coeff: 1.5, corr_noise_scale: 0.7, iid_noise_scale: 0.0, num_samples: 200, ..published() },
        Settings { shear_scale: -2.0, final_seq_length: 13, train_split: 0.33, num_samples: 200, ..published() },
        Settings { padding: [5, 5], max_translation: 1, final_seq_length: 200, num_samples: 100, ..published() },
    ]
}

#[test]
fn every_argument_does_what_it_does_in_the_package() {
    let mut largest = 0.0_f64;
    for settings in cases() {
        let theirs = match package(&settings) {
            Ok(arrays) => arrays,
            Err(reason) => {
                println!("skipped: no comparison with the authors' package ({reason})");
                return;
            }
        };
        let ours = arrays(&generate(&settings).unwrap());
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours.len(), theirs.len(), "{settings:?}");
            let differences = ours.iter().zip(theirs).map(|(ours, theirs)| (ours - theirs).abs());
            let difference = differences.fold(0.0, f64::max);
            assert!(difference <= TOLERANCE, "{difference} with {settings:?}");
            largest = largest.max(difference);
        }
    }
    println!("largest difference to the package: {largest:.1e}");
}
