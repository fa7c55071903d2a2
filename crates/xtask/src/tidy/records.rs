//! The lists that must agree with the folders: models/manifest.toml, web/papers.toml, crates/gpu/Cargo.toml.

use crate::files;
use crate::project::Project;
use crate::site::{Model, parse_models};
use anyhow::Result;
use std::path::Path;

/// Every model is the one that its manifest entry describes, and no ONNX file is without an entry.
pub(super) fn models(root: &Path) -> Result<Vec<String>> {
    let folder = root.join("models");
    let manifest = folder.join("manifest.toml");
    let models = if manifest.is_file() { parse_models(&files::read_text(&manifest)?)? } else { Vec::new() };
    let mut problems: Vec<String> = models.iter().flat_map(|model| model_problems(&folder, model)).collect();
    for path in files::walk(&folder).iter().filter(|path| files::has_extension(path, "onnx")) {
        let name = path.strip_prefix(&folder)?.to_string_lossy().replace('\\', "/");
        if models.iter().all(|model| model.file != name) {
            problems.push(format!("models/{name}: not in models/manifest.toml"));
        }
    }
    Ok(problems)
}

fn model_problems(folder: &Path, model: &Model) -> Vec<String> {
    let mut problems = Vec::new();
    match std::fs::read(folder.join(&model.file)) {
        Err(_) => problems.push("the file is not there".to_owned()),
        Ok(bytes) => {
            if bytes.len() as u64 != model.bytes {
                problems.push(format!("{} bytes, but the manifest says {}", bytes.len(), model.bytes));
            }
            if files::sha256(&bytes) != model.sha256 {
                problems.push("its sha256 is not the one in the manifest".to_owned());
            }
        }
    }
    for (what, path) in [("model card", &model.card), ("golden file", &model.golden)] {
        match path {
            None => problems.push(format!("the manifest names no {what}")),
            Some(path) if !folder.join(path).is_file() => problems.push(format!("its {what} {path} is not there")),
            Some(_) => {}
        }
    }
    problems.into_iter().map(|problem| format!("models/{}: {problem}", model.file)).collect()
}

/// Every paper's folder is in the registry and has a page, and those that WebGPU plays are in gpu, no others.
pub(super) fn papers(project: &Project) -> Result<Vec<String>> {
    let gpu = files::read_text(&project.root.join("crates/gpu/Cargo.toml"))?;
    let mut problems = Vec::new();
    for entry in std::fs::read_dir(project.root.join("crates/papers"))?.flatten() {
        let slug = entry.file_name().to_string_lossy().into_owned();
        if !entry.path().join("Cargo.toml").is_file() {
            continue;
        }
        if project.papers.iter().all(|paper| paper.slug != slug) {
            problems.push(format!("crates/papers/{slug}: not in web/papers.toml"));
        }
        if !entry.path().join("page.md").is_file() {
            problems.push(format!("crates/papers/{slug}: has no page.md"));
        }
    }
    for paper in &project.papers {
        let (slug, wants) = (&paper.slug, paper.about.engines.iter().any(|engine| engine == "webgpu"));
        match (wants, depends_on(&gpu, slug)?) {
            (true, false) => problems.push(format!("crates/gpu/Cargo.toml: no dependency on {slug}")),
            (false, true) => problems.push(format!("crates/gpu/Cargo.toml: WebGPU does not play {slug}")),
            _ => {}
        }
        if paper.about.play.is_empty() {
            problems.push(format!("{}: [package.metadata.paper] needs a line `play`", paper.slug));
        }
    }
    problems.sort();
    Ok(problems)
}

fn depends_on(manifest: &str, name: &str) -> Result<bool> {
    let manifest: toml::Table = toml::from_str(manifest)?;
    let entry = manifest.get("dependencies").and_then(|table| table.get(name));
    // One that is optional is there for a benchmark alone.
    Ok(entry.is_some_and(|entry| entry.get("optional").is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::scratch::Scratch;

    fn manifest(bytes: usize, sha256: &str) -> String {
        format!(
            "[[model]]\npaper = \"p\"\nname = \"m\"\nfile = \"p/m.onnx\"\nbytes = {bytes}\nsha256 = \"{sha256}\"\n\
             card = \"p/m.md\"\ngolden = \"p/m.golden\"\n"
        )
    }

    #[test]
    fn a_changed_or_unknown_model_is_found() {
        let scratch = Scratch::new();
        let write = |name: &str, text: &str| {
            files::write_if_changed(&scratch.path().join("models").join(name), text.as_bytes()).unwrap();
        };
        write("p/m.onnx", "weights");
        write("p/m.md", "card");
        write("p/m.golden", "{}");
        write("manifest.toml", &manifest(7, &files::sha256(b"weights")));
        assert!(models(scratch.path()).unwrap().is_empty());

        write("p/m.onnx", "Weights");
        assert_eq!(models(scratch.path()).unwrap(), ["models/p/m.onnx: its sha256 is not the one in the manifest"]);
        write("p/m.onnx", "more weights");
        assert_eq!(models(scratch.path()).unwrap().len(), 2);
        write("p/m.onnx", "weights");
        write("p/stray.onnx", "x");
        assert_eq!(models(scratch.path()).unwrap(), ["models/p/stray.onnx: not in models/manifest.toml"]);
    }

    #[test]
    fn gpu_lists_its_papers() {
        let manifest = "[dependencies]\nhnn = { path = \"../papers/hnn\" }\nmnist1d = { path = \"../papers/mnist1d\", optional = true }\n";
        assert!(depends_on(manifest, "hnn").unwrap());
        assert!(!depends_on(manifest, "mnist1d").unwrap());
        assert!(!depends_on(manifest, "lnn").unwrap());
    }
}
