//! pkg/figures.js: how much room each figure needs and where its picture lies, so that a page keeps its place for it.

use crate::files;
use crate::project::{Paper, Project};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// An entry of a paper's posters/figures.json, which the paper's command `poster` writes.
#[derive(Deserialize)]
struct Room {
    figure: String,
    aspect: [f64; 2],
    reserve: [usize; 2],
}

/// An entry of figures.js.
#[derive(Serialize)]
struct Listed {
    aspect: [f64; 2],
    reserve: [usize; 2],
    /// From pkg/.
    #[serde(skip_serializing_if = "Option::is_none")]
    poster: Option<String>,
}

/// The script; a paper without posters is left out, and its figures take a common room.
pub(super) fn script(project: &Project) -> Result<String> {
    let mut entries = String::new();
    for paper in &project.papers {
        // In the paper's order: its first figure stands for all where an element names none.
        for room in rooms(paper)? {
            let name = format!("{}/{}", paper.slug, room.figure);
            let _ = writeln!(entries, "  {name:?}: {},", serde_json::to_string(&listed(paper, room))?);
        }
    }
    Ok(format!(
        "// Room and picture of each figure, by paper and name; made from crates/papers/*/posters.\nexport const figures = {{\n{entries}}};\n"
    ))
}

fn rooms(paper: &Paper) -> Result<Vec<Room>> {
    let path = paper.folder.join("posters/figures.json");
    if !path.is_file() {
        return Ok(Vec::new());
    }
    serde_json::from_slice(&files::read(&path)?).with_context(|| path.display().to_string())
}

fn listed(paper: &Paper, Room { figure, aspect, reserve }: Room) -> Listed {
    let has_poster = paper.folder.join(format!("posters/{figure}.svg")).is_file();
    let poster = has_poster.then(|| format!("../posters/{}/{figure}.svg", paper.slug));
    Listed { aspect, reserve, poster }
}
