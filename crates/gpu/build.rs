//! Writes the calls that register the papers that this crate depends on, in the order of web/papers.toml, so that a new
//! one changes no source of this crate.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    const REGISTRY: &str = "../../web/papers.toml";
    const MANIFEST: &str = "Cargo.toml";
    println!("cargo::rerun-if-changed={REGISTRY}");
    println!("cargo::rerun-if-changed={MANIFEST}");
    let registry = fs::read_to_string(REGISTRY)?;
    let manifest = fs::read_to_string(MANIFEST)?;
    let plays = |line: &&str| !line.contains("optional = true");
    let played: Vec<&str> = manifest.lines().filter(plays).collect();
    let is_here = |slug: &&str| played.iter().any(|line| line.contains(&format!("path = \"../papers/{slug}\"")));
    let slugs = registry.lines().filter(|line| !line.trim_start().starts_with('#')).flat_map(quoted).filter(is_here);
    let calls: Vec<String> = slugs.map(|slug| format!("    web::register(\"{slug}\", {slug}::DEMOS);\n")).collect();
    let text = format!(
        "/// Registers the figures of every paper that WebGPU plays.\nfn register() {{\n{}}}\n",
        calls.concat()
    );
    let folder = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&folder).join("papers.rs"), text)
}

/// What stands between quotation marks.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('"').skip(1).step_by(2)
}
