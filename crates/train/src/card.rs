//! The model card: what a network is, what it was measured to be worth, how to make it again, what falls short.

use std::fmt::Write as _;

use crate::fit::Reading;
use crate::manifest::{Model, Port};
use crate::publish::Origin;
use crate::verify::number;
use crate::{About, Row};

/// The card of one training, which may have given several files, in Markdown.
pub fn card(about: &About, rows: &[Row], files: &[Model], readings: &[Reading], origin: &Origin) -> String {
    let sections = [
        format!("# {}\n\n{}", origin.name, about.what),
        contract(files),
        measured(rows),
        parity(files),
        training(about, readings, origin),
        falls_short(about, rows, origin),
        format!(
            "## Licence and source\n\nWeights: MIT or Apache-2.0, as the code of this project.\nPaper: {}.",
            origin.citation
        ),
    ];
    sections.join("\n\n") + "\n"
}

fn contract(files: &[Model]) -> String {
    let mut out = String::from("## Contract\n\n| file | | name | shape | meaning |\n|---|---|---|---|---|\n");
    for file in files {
        let mut line = |way: &str, port: &Port| {
            let (name, shape, meaning) = (&port.name, port.shape.join(", "), &port.meaning);
            writeln!(out, "| {}.onnx | {way} | `{name}` | [{shape}] | {meaning} |", file.name).unwrap_or_default();
        };
        file.inputs.iter().for_each(|port| line("in", port));
        file.outputs.iter().for_each(|port| line("out", port));
    }
    out + "\n32-bit floats, ONNX operator set 18."
}

fn measured(rows: &[Row]) -> String {
    let mut out = String::from("## Measured\n\n| what | paper | ours | band | | how |\n|---|---|---|---|---|---|\n");
    for row in rows {
        let cell = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number);
        let (paper, ours, band) = (cell(row.paper), cell(row.ours), row.band());
        let (what, verdict, source) = (&row.what, row.verdict(), &row.source);
        writeln!(out, "| {what} | {paper} | {ours} | {band} | {verdict} | {source} |").unwrap_or_default();
    }
    out.trim_end().to_owned()
}

fn parity(files: &[Model]) -> String {
    let mut out = String::from(
        "## Parity\n\nLargest error of tract against the golden outputs of our own engine, relative to the largest number of an output.\n\n",
    );
    for file in files {
        writeln!(out, "- {}.onnx: {:.1e}", file.name, file.parity).unwrap_or_default();
    }
    out.trim_end().to_owned()
}

fn training(about: &About, readings: &[Reading], origin: &Origin) -> String {
    let mut out = format!("## Training\n\n![Training loss]({}.svg)\n\n| | |\n|---|---|\n", origin.name);
    let mut line = |name: &str, value: &str| writeln!(out, "| {name} | {value} |").unwrap_or_default();
    line("data", &about.data);
    line("data, sha256", &format!("`{}`", about.data_sha256));
    about.recipe.iter().for_each(|(name, value)| line(name, value));
    line("steps", &origin.steps.to_string());
    line("seed", &origin.seed.to_string());
    line("device", &origin.device);
    line("code", &format!("`{}`", origin.commit));
    if let Some(last) = readings.last() {
        line("last loss", &format!("{:.4e}", last.loss));
    }
    out + "\n" + &again(about, origin)
}

fn again(about: &About, origin: &Origin) -> String {
    let mut command = format!("cargo xtask train {} {} --seed {}", origin.paper, origin.name, origin.seed);
    if origin.steps != origin.full_steps {
        write!(command, " --steps {}", origin.steps).unwrap_or_default();
    }
    if origin.device != "cpu" {
        write!(command, " --device {}", origin.device).unwrap_or_default();
    }
    if about.needs_data {
        command.push_str(" --data PATH");
    }
    format!("To make it again:\n\n```\n{command}\n```")
}

fn falls_short(about: &About, rows: &[Row], origin: &Origin) -> String {
    let mut lines = about.falls_short.clone();
    if origin.steps < origin.full_steps {
        lines.push(format!("Trained for {} of the paper's {} steps.", origin.steps, origin.full_steps));
    }
    for row in rows.iter().filter(|row| row.pass == Some(false)) {
        let ours = row.ours.map_or_else(|| "-".to_owned(), number);
        lines.push(format!("{}: {ours}, out of its band ({}).", row.what, row.band()));
    }
    if lines.is_empty() {
        lines.push("Nothing known beyond the numbers above.".into());
    }
    format!("## What falls short\n\n- {}", lines.join("\n- "))
}
