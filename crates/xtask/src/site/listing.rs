//! The figures of a paper, as its page.md names them.

use crate::files;
use crate::project::Paper;
use anyhow::Result;
use serde::Serialize;

/// One `<playable-paper>` of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Figure {
    /// Its attribute `figure`.
    pub(crate) id: String,
    /// Its attribute `engines`.
    pub(crate) engines: String,
    /// The heading that it stands under, or the page's.
    pub(crate) title: String,
    /// What it shows, in words.
    pub(crate) text: String,
    /// Its picture, from the site's root, where there is one.
    pub(crate) poster: Option<String>,
}

/// The figures of a paper in the order of its page.
pub(crate) fn figures(paper: &Paper) -> Result<Vec<Figure>> {
    let mut figures = listed(&files::read_text(&paper.folder.join("page.md"))?);
    for figure in &mut figures {
        let picture = format!("{}.svg", figure.id);
        let there = paper.folder.join("posters").join(&picture).is_file();
        figure.poster = there.then(|| format!("posters/{}/{picture}", paper.slug));
    }
    Ok(figures)
}

fn listed(markdown: &str) -> Vec<Figure> {
    let mut figures: Vec<Figure> = Vec::new();
    let mut from = 0;
    while let Some(at) = markdown[from..].find("<playable-paper") {
        let start = from + at;
        let tag_end = markdown[start..].find('>').map_or(markdown.len(), |end| start + end);
        let end = markdown[tag_end..].find("</playable-paper>").map_or(markdown.len(), |end| tag_end + end);
        let tag = &markdown[start..tag_end];
        let id = attribute(tag, "figure").unwrap_or_default();
        if !id.is_empty() && figures.iter().all(|figure| figure.id != id) {
            figures.push(Figure {
                id: id.to_owned(),
                engines: attribute(tag, "engines").unwrap_or_default().to_owned(),
                title: heading_before(&markdown[..start]),
                text: markdown
                    .get(tag_end + 1..end)
                    .unwrap_or_default()
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" "),
                poster: None,
            });
        }
        from = end;
    }
    figures
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()
}

/// The last heading, without its marks and its id.
fn heading_before(markdown: &str) -> String {
    let heading =
        markdown.lines().rev().find(|line| line.starts_with("# ") || line.starts_with("## ")).unwrap_or_default();
    let words = heading.trim_start_matches('#').split(" {#").next().unwrap_or_default();
    words.replace(['*', '`'], "").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_a_title_and_words() {
        let page = "# Paper\n\n<playable-paper paper=\"p\" figure=\"one\" id=\"x\" engines=\"cpu webgpu\">\nWhat it\nshows.\n\
                    </playable-paper>\n\n## Let *go* {#let-go}\n\n<playable-paper paper=\"p\" figure=\"two\"></playable-paper>\n\
                    <playable-paper figure=\"one\"></playable-paper>";
        let figure = |id: &str, engines: &str, title: &str, text: &str| Figure {
            id: id.to_owned(),
            engines: engines.to_owned(),
            title: title.to_owned(),
            text: text.to_owned(),
            poster: None,
        };
        let expected = [figure("one", "cpu webgpu", "Paper", "What it shows."), figure("two", "", "Let go", "")];
        assert_eq!(listed(page), expected);
        assert!(listed("no figure").is_empty());
    }
}
