//! page.md and model cards to HTML: tables, footnotes, raw HTML and `MathML`, and no inline style, which the pages'
//! content security policy forbids.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use serde::Serialize;
use std::fmt::Write as _;

/// A rendered text.
pub(crate) struct Page {
    pub(crate) html: String,
    /// Its first-level heading, which the templates print themselves.
    pub(crate) title: Option<String>,
    /// Its second-level headings.
    pub(crate) headings: Vec<Heading>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Heading {
    pub(crate) id: String,
    pub(crate) text: String,
}

/// A table that scrolls by itself where it is too wide, under a name that no other region of the page has.
fn table_start(headings: &[Heading], count: usize) -> String {
    let name = match headings.last() {
        Some(heading) => format!("Table {count}: {}", escaped(&heading.text)),
        None => format!("Table {count}"),
    };
    format!(r#"<div class="table" role="region" aria-label="{name}" tabindex="0">"#)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

pub(crate) fn render(markdown: &str) -> Page {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_SMART_PUNCTUATION;
    let events: Vec<Event> = Parser::new_ext(markdown, options).collect();
    let mut page = Page { html: String::new(), title: None, headings: Vec::new() };
    let mut kept = Vec::with_capacity(events.len());
    let mut rest = events.as_slice();
    let mut tables = 0;
    while let Some((event, after)) = rest.split_first() {
        let length = match event {
            Event::Start(Tag::Heading { .. }) => heading(rest, &mut page, &mut kept),
            Event::Start(Tag::Paragraph) => paragraph(rest, &mut kept),
            Event::Start(Tag::Table(_)) => {
                tables += 1;
                kept.extend([Event::Html(table_start(&page.headings, tables).into()), event.clone()]);
                1
            }
            Event::End(TagEnd::Table) => {
                kept.extend([event.clone(), Event::Html("</div>\n".into())]);
                1
            }
            _ => {
                kept.push(event.clone());
                1
            }
        };
        rest = &after[length - 1..];
    }
    html::push_html(&mut page.html, kept.into_iter());
    page.html = without_empty_headers(&without_inline_styles(&page.html));
    // A wide block scrolls by itself; whoever has no pointer must be able to reach it.
    page.html = page.html.replace("<pre>", "<pre tabindex=\"0\">");
    page
}

/// Puts a picture into every `<playable-paper figure="...">` for which `poster` knows its address.
pub(crate) fn with_posters(html: &str, poster: impl Fn(&str) -> Option<String>) -> String {
    let mut parts = html.split("<playable-paper");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("<playable-paper");
        let (tag, rest) = part.split_at(part.find('>').map_or(part.len(), |end| end + 1));
        out.push_str(tag);
        if let Some(address) = figure_of(tag).and_then(&poster) {
            let _ = write!(out, "<img slot=\"poster\" src=\"{address}\" alt=\"\" loading=\"lazy\">");
        }
        out.push_str(rest);
    }
    out
}

/// The `figure` attribute of the first `<playable-paper>` in a page.
pub(crate) fn first_figure(markdown: &str) -> Option<&str> {
    let element = &markdown[markdown.find("<playable-paper")?..];
    figure_of(&element[..element.find('>')?])
}

fn figure_of(tag: &str) -> Option<&str> {
    let start = tag.find("figure=\"")? + "figure=\"".len();
    tag[start..].split('"').next()
}

/// Takes a heading: the first-level one becomes the title, the others get an id. Returns the number of events taken.
fn heading<'a>(events: &[Event<'a>], page: &mut Page, kept: &mut Vec<Event<'a>>) -> usize {
    let length = 1 + events.iter().position(|event| matches!(event, Event::End(TagEnd::Heading(_)))).unwrap_or(0);
    let text: String = events[..length].iter().filter_map(text_of).collect();
    let Event::Start(Tag::Heading { level, id, classes, attrs }) = &events[0] else { return 1 };
    if *level == HeadingLevel::H1 && page.title.is_none() {
        page.title = Some(text);
        return length;
    }
    let id = id.as_ref().map_or_else(|| slug(&text), ToString::to_string);
    kept.push(Event::Start(Tag::Heading {
        level: *level,
        id: Some(CowStr::from(id.clone())),
        classes: classes.clone(),
        attrs: attrs.clone(),
    }));
    kept.extend_from_slice(&events[1..length]);
    if *level == HeadingLevel::H2 {
        page.headings.push(Heading { id, text });
    }
    length
}

/// Takes a paragraph; one that holds nothing but a figure stands without its `<p>`. Returns the number of events taken.
fn paragraph<'a>(events: &[Event<'a>], kept: &mut Vec<Event<'a>>) -> usize {
    let length = 1 + events.iter().position(|event| matches!(event, Event::End(TagEnd::Paragraph))).unwrap_or(0);
    let inner = &events[1..length.max(2) - 1];
    let bare = inner.iter().all(|event| match event {
        Event::InlineHtml(_) | Event::SoftBreak => true,
        Event::Text(text) => text.trim().is_empty(),
        _ => false,
    });
    let figure = matches!(inner.first(), Some(Event::InlineHtml(tag)) if tag.starts_with("<playable-paper"));
    if bare && figure {
        kept.extend_from_slice(inner);
        kept.push(Event::Html("\n".into()));
    } else {
        kept.extend_from_slice(&events[..length]);
    }
    length
}

fn text_of<'a>(event: &'a Event) -> Option<&'a str> {
    match event {
        Event::Text(text) | Event::Code(text) => Some(text),
        _ => None,
    }
}

fn slug(text: &str) -> String {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    words.join("-")
}

fn without_inline_styles(html: &str) -> String {
    ["left", "center", "right"].iter().fold(html.to_owned(), |html, side| {
        html.replace(&format!(" style=\"text-align: {side}\""), &format!(" class=\"{side}\""))
    })
}

/// A header cell without words heads nothing; as a plain cell it is not read out.
fn without_empty_headers(html: &str) -> String {
    ["", " class=\"left\"", " class=\"center\"", " class=\"right\""]
        .iter()
        .fold(html.to_owned(), |html, class| html.replace(&format!("<th{class}></th>"), "<td></td>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_on_its_own_is_not_wrapped_in_a_paragraph() {
        let page = render("Text.\n\n<playable-paper paper=\"hnn\" figure=\"arena\"></playable-paper>\n\nMore.\n");
        assert_eq!(
            page.html,
            "<p>Text.</p>\n<playable-paper paper=\"hnn\" figure=\"arena\"></playable-paper>\n<p>More.</p>\n"
        );
    }

    #[test]
    fn headings_get_ids_and_the_title_is_taken_out() {
        let page = render("# Title\n\n## Drag it: *now*\n\n## Own {#mine}\n\n### Deeper\n");
        assert_eq!(page.title.as_deref(), Some("Title"));
        assert!(!page.html.contains("<h1"));
        let ids: Vec<&str> = page.headings.iter().map(|heading| heading.id.as_str()).collect();
        assert_eq!(ids, ["drag-it-now", "mine"]);
        assert!(page.html.contains("<h3 id=\"deeper\">"));
    }

    #[test]
    fn tables_scroll_in_a_box_and_carry_no_inline_style() {
        let page = render("| a | b |\n|--:|:-:|\n| 1 | 2 |\n");
        assert!(page.html.starts_with(&table_start(&[], 1)), "{}", page.html);
        assert!(page.html.contains("<td class=\"right\">1</td><td class=\"center\">2</td>"), "{}", page.html);
        assert!(!page.html.contains("style="));
    }

    #[test]
    fn a_header_cell_without_words_is_a_plain_cell() {
        let page = render("| | b | |\n|---|--:|--:|\n| 1 | 2 | 3 |\n");
        assert!(page.html.contains("<td></td><th class=\"right\">b</th><td></td>"), "{}", page.html);
    }

    #[test]
    fn every_table_has_a_name_of_its_own() {
        let page = render("## Size \"a\" < b {#s}\n\n|a|\n|-|\n|b|\n\n|a|\n|-|\n|b|\n");
        for name in ["Table 1: Size ", "Table 2: Size "] {
            assert!(page.html.contains(&format!("aria-label=\"{name}")), "{}", page.html);
        }
        assert!(!page.html.contains("aria-label=\"Table 1: Size \"a"), "{}", page.html);
    }

    #[test]
    fn blocks_of_code_can_be_reached_by_keyboard() {
        let html = render("```\ncargo xtask serve\n```").html;
        assert!(html.starts_with("<pre tabindex=\"0\"><code>cargo"), "{html}");
    }

    #[test]
    fn mathml_passes_through() {
        let math = "<math display=\"block\"><mi>H</mi><mo>=</mo><mi>E</mi></math>";
        assert!(render(&format!("Before\n\n{math}\n\nafter")).html.contains(math));
    }

    #[test]
    fn the_first_figure_is_found() {
        let text = "a <playable-paper paper=\"x\" figure=\"two\"> <playable-paper figure=\"three\">";
        assert_eq!(first_figure(text), Some("two"));
        assert_eq!(first_figure("no figure"), None);
    }

    #[test]
    fn a_figure_with_a_poster_holds_it() {
        let html = "a<playable-paper figure=\"x\">words</playable-paper><playable-paper figure=\"y\"></playable-paper>";
        let posters = |figure: &str| (figure == "x").then(|| "x.svg".to_owned());
        assert_eq!(
            with_posters(html, posters),
            "a<playable-paper figure=\"x\"><img slot=\"poster\" src=\"x.svg\" alt=\"\" loading=\"lazy\">words\
             </playable-paper><playable-paper figure=\"y\"></playable-paper>"
        );
        assert_eq!(with_posters("no figure", posters), "no figure");
    }
}
