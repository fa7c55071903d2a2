//! How to cite a paper: a line of text and BibTeX, both from its crate's metadata.

use crate::project::About;
use serde::Serialize;
use std::fmt::Write as _;

/// One link of a paper.
#[derive(Debug, Serialize)]
pub(crate) struct Link<'a> {
    label: &'a str,
    address: &'a str,
}

/// The paper first, then the authors' code, then the rest by name.
pub(crate) fn links(about: &About) -> Vec<Link<'_>> {
    let mut links: Vec<Link> = about.links.iter().map(|(label, address)| Link { label, address }).collect();
    links.sort_by_key(|link| ["paper", "code"].iter().position(|first| link.label == *first).unwrap_or(2));
    links
}

/// `A`, `A and B`, `A, B and C`.
pub(crate) fn names(authors: &[String]) -> String {
    match authors {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Authors, title, venue or year, arXiv number.
pub(crate) fn text(about: &About) -> String {
    let mut text = format!("{}. {}. {}.", names(&about.authors), about.title, place(about));
    if !about.arxiv.is_empty() {
        let _ = write!(text, " arXiv:{}.", about.arxiv);
    }
    text
}

/// One `@misc` entry, which every style prints and which claims no more than the metadata holds.
pub(crate) fn bibtex(about: &About) -> String {
    let mut entry = format!("@misc{{{},\n", key(about));
    let mut field = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(entry, "  {name:<13} = {{{value}}},");
        }
    };
    field("title", &format!("{{{}}}", about.title));
    let authors: Vec<String> = about.authors.iter().map(|name| last_name_first(name)).collect();
    field("author", &authors.join(" and "));
    field("year", &about.year.to_string());
    field("howpublished", &about.venue);
    field("eprint", &about.arxiv);
    field("archivePrefix", if about.arxiv.is_empty() { "" } else { "arXiv" });
    field("url", about.links.get("paper").map_or("", String::as_str));
    entry.push('}');
    entry
}

fn place(about: &About) -> String {
    let year = about.year.to_string();
    match about.venue.as_str() {
        "" => year,
        venue if venue.contains(&year) => venue.to_owned(),
        venue => format!("{venue}, {year}"),
    }
}

fn key(about: &About) -> String {
    let author = about.authors.first().and_then(|name| name.split_whitespace().last()).unwrap_or("anonymous");
    let word = about.title.split_whitespace().find(|word| word.len() > 3).unwrap_or("paper");
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    format!("{}{}{}", plain(author), about.year, plain(word))
}

fn last_name_first(name: &str) -> String {
    match name.rsplit_once(' ') {
        Some((first, last)) => format!("{last}, {first}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about() -> About {
        toml::from_str(
            r#"title = "Hamiltonian Neural Networks"
               authors = ["Sam Greydanus", "Misko Dzamba", "Jason Yosinski"]
               year = 2019
               venue = "NeurIPS 2019"
               arxiv = "1906.01563"
               links = { blog = "b", code = "c", paper = "https://arxiv.org/abs/1906.01563" }
               budget = 1
               engines = ["cpu"]"#,
        )
        .unwrap()
    }

    #[test]
    fn the_line_names_everyone() {
        let expected = "Sam Greydanus, Misko Dzamba and Jason Yosinski. Hamiltonian Neural Networks. NeurIPS 2019. \
                        arXiv:1906.01563.";
        assert_eq!(text(&about()), expected);
    }

    #[test]
    fn the_paper_is_the_first_link() {
        let about = about();
        let labels: Vec<&str> = links(&about).iter().map(|link| link.label).collect();
        assert_eq!(labels, ["paper", "code", "blog"]);
    }

    #[test]
    fn the_entry_has_a_key_and_last_names_first() {
        let entry = bibtex(&about());
        assert!(entry.starts_with("@misc{greydanus2019hamiltonian,\n"), "{entry}");
        assert!(entry.contains("{Greydanus, Sam and Dzamba, Misko and Yosinski, Jason}"), "{entry}");
        assert!(entry.contains("title         = {{Hamiltonian Neural Networks}},"), "{entry}");
        assert!(entry.ends_with("},\n}"), "{entry}");
    }
}
