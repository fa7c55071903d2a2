//! What an oEmbed reader is told about a figure (<https://oembed.com>, section 2.3.4: type "rich").

use super::listing::Figure;
use super::{PAGE_CARD, card_of, citation, figure_card_of};
use crate::project::Paper;
use anyhow::Result;
use serde_json::json;

/// Width that a host is offered; the figure fits any.
const WIDTH: u32 = 800;
/// Title, buttons, controls, readouts and the line below, in CSS pixels, around a figure of this width.
const AROUND: f64 = 330.0;
/// Width over height of a figure without a poster.
const ASPECT: f64 = 1.6;
/// How long an answer holds, in seconds: a day.
const CACHE_AGE: u32 = 86_400;

/// Where the answer lies in the site.
pub(super) fn path(paper: &Paper, figure: &Figure) -> String {
    format!("oembed/{}/{}.json", paper.slug, figure.id)
}

/// The answer, in JSON.
pub(super) fn answer(home: &str, paper: &Paper, figure: &Figure, poster: Option<&str>) -> Result<String> {
    let aspect = poster.and_then(aspect_of).unwrap_or(ASPECT);
    let height = (f64::from(WIDTH) / aspect + AROUND).round() as u32;
    let source = format!("{home}embed/{}/{}.html", paper.slug, figure.id);
    let title = title_of(paper, figure);
    let card = if figure.poster.is_some() { figure_card_of(paper, figure) } else { card_of(paper) };
    let answer = json!({
        "version": "1.0",
        "type": "rich",
        "title": title,
        "author_name": citation::names(&paper.about.authors),
        "author_url": format!("{home}{}/", paper.slug),
        "provider_name": "Playable Papers",
        "provider_url": home,
        "cache_age": CACHE_AGE,
        "thumbnail_url": format!("{home}{card}"),
        "thumbnail_width": PAGE_CARD.0,
        "thumbnail_height": PAGE_CARD.1,
        "width": WIDTH,
        "height": height,
        "html": format!(
            "<iframe src=\"{source}\" width=\"{WIDTH}\" height=\"{height}\" title=\"{}\" loading=\"lazy\" \
             style=\"border:0;width:100%\"></iframe>",
            title.replace('&', "&amp;").replace('"', "&quot;"),
        ),
    });
    Ok(serde_json::to_string_pretty(&answer)?)
}

/// The figure's title and its paper's, once where they are the same.
fn title_of(paper: &Paper, figure: &Figure) -> String {
    let whole = &paper.about.title;
    if figure.title == *whole { whole.clone() } else { format!("{} · {whole}", figure.title) }
}

/// Width over height, from the `viewBox` of an SVG picture.
fn aspect_of(svg: &str) -> Option<f64> {
    let view_box = svg.split("viewBox=\"").nth(1)?.split('"').next()?;
    let numbers: Vec<f64> = view_box.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    match numbers[..] {
        [_, _, width, height] if width > 0.0 && height > 0.0 => Some(width / height),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Project;

    #[test]
    fn a_figure_is_told_with_an_iframe_of_its_size() {
        let project = Project::load_from(std::path::Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let paper = &project.papers[0];
        let figure = &super::super::figures(paper).unwrap()[0];
        let answer = answer("https://a.example/x/", paper, figure, Some("<svg viewBox=\"0 0 640 400\">")).unwrap();
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!((&answer["type"], &answer["version"]), (&json!("rich"), &json!("1.0")));
        assert_eq!(answer["height"], json!(830));
        let source = format!("<iframe src=\"https://a.example/x/embed/{}/{}.html\"", paper.slug, figure.id);
        assert!(answer["html"].as_str().unwrap().starts_with(&source), "{answer}");
    }

    #[test]
    fn the_aspect_is_that_of_the_picture() {
        assert_eq!(aspect_of("<svg viewBox=\"0 0 300 100\">"), Some(3.0));
        assert_eq!(aspect_of("<svg>"), None);
        assert_eq!(aspect_of("<svg viewBox=\"0 0 1 0\">"), None);
    }
}
