//! Who may depend on whom: arrows between our crates point down, and some names belong to one crate alone.

use anyhow::{Context, Result};
use toml::Table;

/// Our crates by layer; a crate outside this list is a paper, of layer 3.
const LAYERS: &[(&str, u8)] = &[
    ("math", 0),
    ("physics", 0),
    ("demo", 0),
    ("nn", 1),
    ("onnx", 1),
    ("wgsl", 1),
    ("web", 2),
    ("train", 2),
    ("testkit", 2),
    ("engines", 3),
    ("gpu", 4),
    ("xtask", 4),
];
const PAPER: u8 = 3;

/// What must not appear below a layer's ceiling: the browser, tensors, threads, clocks, randomness of the platform.
const FOREIGN_TO_LAYER_0: &[&str] =
    &["burn", "cubecl", "getrandom", "js-sys", "prost", "rand", "rayon", "tokio", "tract-onnx", "wasm-bindgen", "wgpu"];

/// External crates that only the named crates of ours may use.
const RESERVED: &[(&str, &[&str])] = &[
    ("web-sys", &["web", "gpu"]),
    ("js-sys", &["web", "gpu"]),
    ("gloo", &["web", "gpu"]),
    ("tract-onnx", &["onnx"]),
    ("prost", &["onnx"]),
];

/// Versions of these are exact, as their wasm and GPU paths break between patch releases.
const PINNED: &[&str] = &["burn", "cubecl", "tract-onnx", "wasm-bindgen", "wasm-bindgen-cli-support", "wgpu"];

/// Problems with the dependencies of one crate.
pub(super) fn arrows(manifest: &str) -> Result<Vec<String>> {
    let manifest: Table = toml::from_str(manifest)?;
    let name = manifest
        .get("package")
        .and_then(|package| package.get("name")?.as_str())
        .context("a manifest without a package name")?;
    let mut problems = Vec::new();
    for dependency in dependencies(&manifest, "dependencies") {
        problems.extend(arrow(name, &dependency));
        problems.extend(reserved(name, &dependency));
    }
    for dependency in dependencies(&manifest, "dev-dependencies") {
        if layer(&dependency).is_none() && is_local(&manifest, "dev-dependencies", &dependency) {
            problems.push(format!("tests of {name} import the paper {dependency}"));
        }
    }
    for (key, kind) in [("dependencies", "dependency"), ("dev-dependencies", "dev-dependency")] {
        problems.extend(unshared(&manifest, key).map(|dependency| {
            format!("the {kind} {dependency} names its version here; versions stand once, in the workspace")
        }));
    }
    Ok(problems)
}

/// Problems with the versions of the workspace.
pub(super) fn pins(manifest: &str) -> Result<Vec<String>> {
    let manifest: Table = toml::from_str(manifest)?;
    let table = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies")?.as_table())
        .context("Cargo.toml has no [workspace.dependencies]")?;
    let version = |name: &str| {
        let entry = table.get(name)?;
        entry.as_str().or_else(|| entry.get("version")?.as_str()).map(str::to_owned)
    };
    let mut problems: Vec<String> = PINNED
        .iter()
        .filter_map(|name| Some((name, version(name)?)))
        .filter(|(_, version)| !version.starts_with('='))
        .map(|(name, version)| format!("Cargo.toml: {name} = \"{version}\" must be pinned with \"=\""))
        .collect();
    let (bindgen, support) = (version("wasm-bindgen"), version("wasm-bindgen-cli-support"));
    if bindgen != support {
        problems.push(format!("Cargo.toml: wasm-bindgen {bindgen:?} and its cli-support {support:?} must be equal"));
    }
    Ok(problems)
}

fn layer(name: &str) -> Option<u8> {
    LAYERS.iter().find(|(known, _)| *known == name).map(|(_, layer)| *layer)
}

fn arrow(from: &str, to: &str) -> Option<String> {
    let from_layer = layer(from).unwrap_or(PAPER);
    if from_layer == 0 && FOREIGN_TO_LAYER_0.iter().any(|foreign| to == *foreign || to.starts_with("web-")) {
        return Some(format!("{from} is in layer 0 and must not know {to}"));
    }
    if to == "testkit" {
        return Some("testkit is for tests: make it a dev-dependency".to_owned());
    }
    let to_layer = layer(to)?;
    let allowed = match (from, from_layer) {
        ("xtask", _) => false,
        (_, 0) => to == "math" && from != "math",
        _ => to_layer < from_layer,
    };
    (!allowed).then(|| format!("{from} (layer {from_layer}) must not depend on {to} (layer {to_layer})"))
}

fn reserved(from: &str, to: &str) -> Option<String> {
    let (_, owners) = RESERVED.iter().find(|(name, _)| *name == to)?;
    (!owners.contains(&from)).then(|| format!("only {} may name {to}", owners.join(" and ")))
}

/// Names in a dependency table, those for one platform included.
fn dependencies(manifest: &Table, key: &str) -> Vec<String> {
    tables(manifest, key).flat_map(|table| table.keys().cloned()).collect()
}

fn tables<'a>(manifest: &'a Table, key: &'a str) -> impl Iterator<Item = &'a Table> {
    let by_platform = manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(Table::values);
    let own = manifest.get(key);
    own.into_iter().chain(by_platform.filter_map(move |target| target.get(key))).filter_map(toml::Value::as_table)
}

fn is_local(manifest: &Table, key: &str, name: &str) -> bool {
    tables(manifest, key).any(|table| table.get(name).is_some_and(|entry| entry.get("path").is_some()))
}

/// Dependencies that neither take the workspace's version nor are papers by path.
fn unshared(manifest: &Table, key: &'static str) -> impl Iterator<Item = String> {
    tables(manifest, key)
        .flat_map(Table::iter)
        .filter(|(_, entry)| entry.get("workspace").is_none() && entry.get("path").is_none())
        .map(|(name, _)| name.clone())
        .collect::<Vec<_>>()
        .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, dependencies: &str, expected: &[&str]) {
        let manifest = format!("[package]\nname = \"{name}\"\n{dependencies}");
        let problems = arrows(&manifest).unwrap();
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for (problem, part) in problems.iter().zip(expected) {
            assert!(problem.contains(part), "{problem}");
        }
    }

    #[test]
    fn arrows_point_down() {
        check("physics", "[dependencies]\nmath.workspace = true", &[]);
        check("physics", "[dependencies]\nnn.workspace = true", &["must not depend on nn"]);
        check("physics", "[dependencies]\ndemo.workspace = true", &["must not depend on demo"]);
        check("web", "[dependencies]\ntrain.workspace = true", &["must not depend on train"]);
        check("hnn", "[dependencies]\nburn.workspace = true\nnn.workspace = true\ntrain.workspace = true", &[]);
        check("xtask", "[dependencies]\nmath.workspace = true", &["must not depend on math"]);
    }

    #[test]
    fn layer_0_is_pure() {
        check("demo", "[dependencies]\nburn.workspace = true", &["must not know burn"]);
        check("math", "[target.\"cfg(unix)\".dependencies]\nweb-time.workspace = true", &["must not know web-time"]);
    }

    #[test]
    fn some_names_belong_to_one_crate() {
        check("hnn", "[dependencies]\nweb-sys.workspace = true", &["only web and gpu"]);
        check("train", "[dependencies]\ntract-onnx.workspace = true", &["only onnx"]);
        check("onnx", "[dependencies]\ntract-onnx.workspace = true", &[]);
    }

    #[test]
    fn testkit_is_for_tests() {
        check("hnn", "[dependencies]\ntestkit.workspace = true", &["dev-dependency"]);
        check("hnn", "[dev-dependencies]\ntestkit.workspace = true", &[]);
    }

    #[test]
    fn versions_stand_in_the_workspace() {
        check("nn", "[dependencies]\nserde = \"1\"", &["names its version here"]);
        check("gpu", "[dependencies]\nhnn = { path = \"../papers/hnn\" }", &[]);
    }

    #[test]
    fn pins_are_exact_and_bindgen_matches_its_generator() {
        let manifest = |bindgen: &str, support: &str| {
            format!(
                "[workspace.dependencies]\nburn = {{ version = \"=0.22.1\" }}\nwasm-bindgen = \"{bindgen}\"\n\
                 wasm-bindgen-cli-support = \"{support}\"\n"
            )
        };
        assert!(pins(&manifest("=0.2.130", "=0.2.130")).unwrap().is_empty());
        assert_eq!(pins(&manifest("=0.2.130", "=0.2.129")).unwrap().len(), 1);
        assert_eq!(pins(&manifest("0.2.130", "0.2.130")).unwrap().len(), 2);
    }
}
