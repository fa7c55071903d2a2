//! Pictures for places that take no SVG: icons of the installed site, and cards for pages that are shared.

use super::tree::Tree;
use crate::project::Project;
use crate::site;
use anyhow::{Context, Result};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree as Picture};
use serde_json::json;
use std::sync::Arc;

const ICON: &str = "assets/icon.svg";
/// Sides in pixels: Apple's home screen, and the two that installable sites must have.
const SIDES: &[u32] = &[180, 192, 512];
/// The part of a maskable icon that no mask cuts off (<https://w3c.github.io/manifest/#icon-masks>).
const SAFE: f32 = 0.8;
/// The colour of the icon's ground, for what a mask leaves of the corners.
const GROUND: (u8, u8, u8) = (0, 108, 176);
const MARGIN: f32 = 36.0;
/// Height of the card's line of words.
const WORDS: f32 = 110.0;
/// The fonts of cards, the first that is installed.
const FONTS: &[&str] = &["Inter", "Noto Sans", "Liberation Sans", "Helvetica Neue", "Arial", "DejaVu Sans"];

/// Adds icons, cards and the web app manifest.
pub(super) fn add(project: &Project, tree: &mut Tree) -> Result<()> {
    let options = options();
    let icon = picture(tree, ICON, &options)?;
    for &side in SIDES {
        tree.insert(format!("icons/{side}.png"), icon_png(&icon, side, 1.0)?);
    }
    tree.insert("icons/maskable.png".to_owned(), icon_png(&icon, 512, SAFE)?);
    tree.insert("site.webmanifest".to_owned(), serde_json::to_vec_pretty(&manifest())?);
    cards(project, tree, &options)
}

/// One card per figure that has a poster, one per paper, one for the rest.
fn cards(project: &Project, tree: &mut Tree, options: &Options) -> Result<()> {
    let general = card(&picture(tree, "assets/poster.svg", options)?, "Playable Papers", options)?;
    tree.insert("cards/index.png".to_owned(), general.clone());
    for paper in &project.papers {
        let mut first = None;
        for figure in site::figures(paper)? {
            let Some(poster) = &figure.poster else { continue };
            let png = card(&picture(tree, poster, options)?, &paper.about.title, options)?;
            first.get_or_insert_with(|| png.clone());
            tree.insert(site::figure_card_of(paper, &figure), png);
        }
        tree.insert(site::card_of(paper), first.unwrap_or_else(|| general.clone()));
    }
    Ok(())
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    let fonts = Arc::make_mut(&mut options.fontdb);
    fonts.load_system_fonts();
    let has = |name: &&&str| fonts.faces().any(|face| face.families.iter().any(|(family, _)| family == **name));
    if let Some(name) = FONTS.iter().find(has).copied() {
        fonts.set_sans_serif_family(name);
        name.clone_into(&mut options.font_family);
    } else {
        crate::console::say("no font is installed: the cards for shared pages have pictures without words");
    }
    options
}

fn picture(tree: &Tree, path: &str, options: &Options) -> Result<Picture> {
    let svg = tree.get(path).with_context(|| format!("{path} is not there"))?;
    Picture::from_data(svg, options).with_context(|| path.to_owned())
}

fn icon_png(icon: &Picture, side: u32, part: f32) -> Result<Vec<u8>> {
    let mut pixels = Pixmap::new(side, side).context("an icon of no size")?;
    if part < 1.0 {
        pixels.fill(Color::from_rgba8(GROUND.0, GROUND.1, GROUND.2, 255));
    }
    let margin = side as f32 * (1.0 - part) / 2.0;
    let scale = side as f32 * part / icon.size().width();
    resvg::render(icon, Transform::from_scale(scale, scale).post_translate(margin, margin), &mut pixels.as_mut());
    Ok(pixels.encode_png()?)
}

/// A poster on white above a line with the paper's name.
fn card(poster: &Picture, title: &str, options: &Options) -> Result<Vec<u8>> {
    let (width, height) = site::PAGE_CARD;
    let mut pixels = Pixmap::new(width, height).context("a card of no size")?;
    pixels.fill(Color::WHITE);
    let (wide, high) = (width as f32 - 2.0 * MARGIN, height as f32 - 2.0 * MARGIN - WORDS);
    let size = poster.size();
    let scale = (wide / size.width()).min(high / size.height());
    let left = (width as f32 - scale * size.width()) / 2.0;
    let top = MARGIN + (high - scale * size.height()) / 2.0;
    resvg::render(poster, Transform::from_scale(scale, scale).post_translate(left, top), &mut pixels.as_mut());
    let words = Picture::from_str(&words(title), options)?;
    resvg::render(&words, Transform::from_translate(0.0, height as f32 - WORDS), &mut pixels.as_mut());
    Ok(pixels.encode_png()?)
}

fn words(title: &str) -> String {
    let width = site::PAGE_CARD.0;
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    // What is longer than the line holds is set smaller.
    let size = (1900.0 / title.chars().count().max(1) as f32).min(46.0);
    let right = if title == "Playable Papers" { "papers you can play with" } else { "Playable Papers" };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{WORDS}\" font-family=\"sans-serif\">\
         <rect width=\"{width}\" height=\"{WORDS}\" fill=\"#006cb0\"/>\
         <text x=\"{MARGIN}\" y=\"70\" font-size=\"{size}\" font-weight=\"700\" fill=\"#fff\">{title}</text>\
         <text x=\"{}\" y=\"68\" font-size=\"26\" text-anchor=\"end\" fill=\"#dcecf7\">{right}</text></svg>",
        width as f32 - MARGIN,
    )
}

/// <https://www.w3.org/TR/appmanifest/>; every address is relative to the manifest.
fn manifest() -> serde_json::Value {
    let icon = |file: &str, side: u32, purpose: &str| json!({ "src": format!("icons/{file}.png"), "sizes": format!("{side}x{side}"), "type": "image/png", "purpose": purpose });
    json!({
        "id": "./",
        "name": "Playable Papers",
        "short_name": "Papers",
        "description": "Research papers as figures that you can play with, train and break, in your own browser.",
        "lang": "en",
        "start_url": "./index.html",
        "scope": "./",
        "display": "minimal-ui",
        "background_color": "#ffffff",
        "theme_color": "#006cb0",
        "icons": [icon("192", 192, "any"), icon("512", 512, "any"), icon("maskable", 512, "maskable")],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square() -> Picture {
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 10 10\"><rect width=\"10\" height=\"10\" fill=\"#f00\"/></svg>";
        Picture::from_str(svg, &Options::default()).unwrap()
    }

    fn pixel(png: &[u8], x: u32, y: u32) -> (u8, u8, u8, u8) {
        let color = Pixmap::decode_png(png).unwrap().pixel(x, y).unwrap().demultiply();
        (color.red(), color.green(), color.blue(), color.alpha())
    }

    #[test]
    fn an_icon_fills_its_square_and_a_maskable_one_keeps_a_margin() {
        let icon = icon_png(&square(), 192, 1.0).unwrap();
        assert_eq!(pixel(&icon, 0, 0), (255, 0, 0, 255));
        let maskable = icon_png(&square(), 512, SAFE).unwrap();
        assert_eq!(pixel(&maskable, 5, 5), (GROUND.0, GROUND.1, GROUND.2, 255));
        assert_eq!(pixel(&maskable, 256, 256), (255, 0, 0, 255));
    }

    #[test]
    fn a_card_holds_the_poster_above_its_words() {
        let card = card(&square(), "Title", &Options::default()).unwrap();
        assert_eq!(pixel(&card, 600, 200), (255, 0, 0, 255));
        assert_eq!(pixel(&card, 5, 5), (255, 255, 255, 255));
        assert_eq!(pixel(&card, 5, 625), (0, 108, 176, 255));
    }
}
