//! What training and verification left behind: models/manifest.toml and models/<paper>/verify.json.

use crate::files;
use anyhow::{Context, Result};
use minijinja::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// What the site and tidy need of one `[[model]]` of models/manifest.toml.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Model {
    pub(crate) paper: String,
    pub(crate) name: String,
    /// Path under models/.
    pub(crate) file: String,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    /// Path of the model card under models/.
    pub(crate) card: Option<String>,
    /// Path of the golden inputs and outputs under models/.
    pub(crate) golden: Option<String>,
    /// Largest relative error of an independent engine against the golden outputs.
    pub(crate) parity: Option<f64>,
    /// Of data, weights and batches.
    pub(crate) seed: Option<u32>,
    /// Of the optimiser.
    pub(crate) steps: Option<u64>,
    /// What it was measured to be worth: id of a row of verify, and the number.
    #[serde(default)]
    pub(crate) metric: BTreeMap<String, f64>,
    /// Address of the card's page, from the site's root.
    #[serde(skip_deserializing)]
    pub(crate) page: Option<String>,
}

/// One row of `verify --json`: what was computed, the paper's value, ours, and the band in which ours must lie.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Check {
    pub(crate) id: String,
    pub(crate) what: String,
    pub(crate) paper: Option<f64>,
    pub(crate) ours: Option<f64>,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
    /// Whether ours lies in the band; none where it could not be computed.
    pub(crate) pass: Option<bool>,
    #[serde(default)]
    pub(crate) source: String,
    /// Why ours is out of its band, where that is known.
    pub(crate) shortfall: Option<String>,
}

/// The models of the manifest; none where there is no manifest.
pub(crate) fn models(root: &Path) -> Result<Vec<Model>> {
    let path = root.join("models/manifest.toml");
    if path.is_file() { parse_models(&files::read_text(&path)?) } else { Ok(Vec::new()) }
}

pub(crate) fn parse_models(manifest: &str) -> Result<Vec<Model>> {
    #[derive(Deserialize)]
    struct Manifest {
        #[serde(default)]
        model: Vec<Model>,
    }
    let mut manifest: Manifest = toml::from_str(manifest).context("models/manifest.toml")?;
    for model in &mut manifest.model {
        model.page = model.card.as_deref().map(|card| format!("models/{}", card_page(card)));
    }
    Ok(manifest.model)
}

/// The whole manifest as JSON, for the pages.
pub(crate) fn manifest_json(root: &Path) -> Result<String> {
    let path = root.join("models/manifest.toml");
    let text = if path.is_file() { files::read_text(&path)? } else { String::new() };
    let mut manifest: toml::Table = toml::from_str(&text).context("models/manifest.toml")?;
    manifest.entry("model").or_insert(toml::Value::Array(Vec::new()));
    Ok(serde_json::to_string(&manifest)?)
}

/// `hnn/spring-hnn.md` is shown at `hnn/spring-hnn.html`.
pub(crate) fn card_page(card: &str) -> String {
    format!("{}.html", card.strip_suffix(".md").unwrap_or(card))
}

/// The stored results of `cargo xtask verify <paper> --save`; none where there are none.
pub(crate) fn verified(root: &Path, slug: &str) -> Result<Vec<Check>> {
    let path = root.join("models").join(slug).join("verify.json");
    if !path.is_file() {
        return Ok(Vec::new());
    }
    serde_json::from_slice(&files::read(&path)?).with_context(|| format!("{}", path.display()))
}

/// A number as a reader wants it: four digits, a power of ten where it is very small or large.
pub(crate) fn number(value: &Value) -> String {
    let Ok(x) = f64::try_from(value.clone()) else { return "&ndash;".to_owned() };
    if !x.is_finite() {
        return "&ndash;".to_owned();
    }
    if x == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{x:.3e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let text = if (-3..5).contains(&exponent) {
        let decimals = usize::try_from(3 - exponent).unwrap_or(0);
        without_trailing_zeros(&format!("{x:.decimals$}"))
    } else {
        let power = exponent.to_string().replace('-', "&minus;");
        format!("{}&thinsp;&times;&thinsp;10<sup>{power}</sup>", without_trailing_zeros(digits))
    };
    text.replace('-', "&minus;")
}

fn without_trailing_zeros(digits: &str) -> String {
    let shorter = if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    shorter.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_exact_to_four_digits() {
        let show = |x: f64| number(&Value::from(x));
        assert_eq!(show(0.0), "0");
        assert_eq!(show(0.036_660), "0.03666");
        assert_eq!(show(-2.5), "&minus;2.5");
        assert_eq!(show(20.0), "20");
        assert_eq!(show(3.842e-4), "3.842&thinsp;&times;&thinsp;10<sup>&minus;4</sup>");
        assert_eq!(show(1.5e7), "1.5&thinsp;&times;&thinsp;10<sup>7</sup>");
        assert_eq!(show(f64::NAN), "&ndash;");
        assert_eq!(number(&Value::from(())), "&ndash;");
    }

    #[test]
    fn a_model_names_the_page_of_its_card() {
        let manifest = r#"
            [[model]]
            paper = "hnn"
            name = "spring-hnn"
            file = "hnn/spring-hnn.onnx"
            sha256 = "00"
            bytes = 7
            seed = 0
            card = "hnn/spring-hnn.md"
        "#;
        let models = parse_models(manifest).unwrap();
        assert_eq!(models[0].page.as_deref(), Some("models/hnn/spring-hnn.html"));
        assert!(parse_models("[[model]]\nname = 3").is_err());
        assert!(parse_models("").unwrap().is_empty());
    }
}
