//! pkg/figures.js: how much room each figure needs, where its picture lies, so that a page keeps its place for it, and
//! which program plays it where that is not its paper's whole module.

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
    /// Module that holds it, without the ending, from pkg/; the paper's whole one where none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<String>,
}

/// The script; a paper without posters is left out, and its figures take a common room.
pub(super) fn script(project: &Project) -> Result<String> {
    let mut entries = String::new();
    for paper in &project.papers {
        // In the paper's order: its first figure stands for all where an element names none.
        for (index, room) in rooms(paper)?.into_iter().enumerate() {
            let name = format!("{}/{}", paper.slug, room.figure);
            let program = (index == 0 && paper.has_first).then(|| paper.first_program());
            let _ = writeln!(entries, "  {name:?}: {},", serde_json::to_string(&listed(paper, room, program))?);
        }
    }
    Ok(format!(
        "// Room, picture and program of each figure, by paper and name; made from crates/papers/*/posters.\nexport const figures = {{\n{entries}}};\n"
    ))
}

fn rooms(paper: &Paper) -> Result<Vec<Room>> {
    let path = paper.folder.join("posters/figures.json");
    if !path.is_file() {
        return Ok(Vec::new());
    }
    serde_json::from_slice(&files::read(&path)?).with_context(|| path.display().to_string())
}

fn listed(paper: &Paper, Room { figure, aspect, reserve }: Room, program: Option<String>) -> Listed {
    let has_poster = paper.folder.join(format!("posters/{figure}.svg")).is_file();
    let poster = has_poster.then(|| format!("../posters/{}/{figure}.svg", paper.slug));
    Listed { aspect, reserve, poster, program }
}

/// The programs that the figures of a page ask for, each paper's first figure on it first, as paths in pkg/ without the
/// ending. `figures` is the text of figures.js.
pub(crate) fn programs(page: &str, figures: &str) -> Vec<String> {
    let mut programs: Vec<String> = Vec::new();
    for tag in page.split("<playable-paper").skip(1) {
        let of = |name: &str| tag.split('>').next()?.split(&format!(" {name}=\"")).nth(1)?.split('"').next();
        let Some(paper) = of("paper") else { continue };
        let program = program(paper, of("figure"), figures).unwrap_or_else(|| format!("{paper}/{paper}"));
        if !programs.iter().any(|known| known.split('/').next() == Some(paper)) {
            programs.push(program);
        }
    }
    programs
}

/// The program that figures.js names for a figure; the paper's first figure stands for none.
fn program(paper: &str, figure: Option<&str>, figures: &str) -> Option<String> {
    let start = format!("\"{paper}/{}", figure.map(|figure| format!("{figure}\"")).unwrap_or_default());
    let line = figures.lines().find_map(|line| line.trim().strip_prefix(&start))?;
    Some(line.split("\"program\":\"").nth(1)?.split('"').next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_asks_for_the_program_of_the_first_figure_it_shows_of_each_paper() {
        let figures = "export const figures = {\n  \"p/a\": {\"aspect\":[1,2],\"program\":\"p/first\"},\n  \"p/b\": {\"aspect\":[1,2]},\n};\n";
        let tag = |paper: &str, figure: &str| format!("<playable-paper paper=\"{paper}\"{figure}></playable-paper>");
        assert_eq!(programs(&tag("p", ""), figures), ["p/first"]);
        assert_eq!(programs(&tag("p", " figure=\"b\""), figures), ["p/p"]);
        assert_eq!(programs(&(tag("p", " figure=\"a\"") + &tag("p", " figure=\"b\"")), figures), ["p/first"]);
        assert_eq!(programs(&(tag("q", "") + &tag("p", " figure=\"c\"")), figures), ["q/q", "p/p"]);
        assert!(programs("<p>No figure</p>", figures).is_empty());
    }
}
