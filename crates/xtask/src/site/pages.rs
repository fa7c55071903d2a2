//! The pages beside the papers' own: the front page, those for bloggers and researchers, models, about, one page per
//! figure for iframes, and in a published site what stands in for missing pages.

use super::listing::{Figure, figures};
use super::records::Model;
use super::{Site, citation, libraries, oembed, safe};
use crate::files;
use crate::project::Paper;
use anyhow::Result;
use minijinja::{Value, context};

impl Site<'_> {
    /// Every page that is not a paper's.
    pub(super) fn pages(&mut self) -> Result<()> {
        self.index()?;
        let papers = self.listed()?;
        for name in ["bloggers", "researchers", "models", "about"] {
            let context = context! { papers, commands => COMMANDS, host => self.host() };
            self.page(&format!("{name}/index.html"), &format!("{name}.html"), context)?;
        }
        self.licences()?;
        for paper in &self.project.papers {
            for figure in figures(paper)? {
                self.frame(paper, &figure)?;
            }
        }
        if self.edition.home.is_some() {
            self.page("offline.html", "offline.html", context! {})?;
            // A missing page may lie at any depth, so this one must name its files from the host's root.
            self.page("404.html", "404.html", context! { root => safe(self.edition.path.clone()) })?;
        }
        Ok(())
    }

    fn index(&mut self) -> Result<()> {
        let mut entries = Vec::new();
        for paper in &self.project.papers {
            let first = figures(paper)?.into_iter().next();
            let poster = first.as_ref().and_then(|figure| figure.poster.clone());
            entries.push(context! {
                paper,
                authors => citation::names(&paper.about.authors),
                figure => first,
                poster => poster.unwrap_or_else(|| "assets/poster.svg".to_owned()),
            });
        }
        self.page("index.html", "index.html", context! { entries, host => self.host() })
    }

    /// Our own licences, and those of what is compiled into the modules.
    fn licences(&mut self) -> Result<()> {
        for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
            let text = files::read(&self.project.root.join(name))?;
            self.write(&format!("licences/{name}.txt"), &text)?;
        }
        let libraries = libraries::libraries(self.project, self.edition.home.is_some())?;
        self.write("licences/notices.txt", libraries.notices.as_bytes())?;
        self.page("licences/libraries.html", "libraries.html", context! { libraries => libraries.list })
    }

    /// What the pages say about each paper: its figures, its models, its citation.
    fn listed(&self) -> Result<Vec<Value>> {
        let entry = |paper: &Paper| {
            let models: Vec<Value> =
                self.models.iter().filter(|model| model.paper == paper.slug).map(described).collect();
            Ok(context! {
                paper,
                authors => citation::names(&paper.about.authors),
                citation => citation::text(&paper.about),
                links => citation::links(&paper.about),
                figures => figures(paper)?,
                models,
            })
        };
        self.project.papers.iter().map(entry).collect()
    }

    /// Where the pages' examples find the site: its address, or a place that says what to fill in.
    fn host(&self) -> Value {
        safe(match &self.edition.home {
            Some(home) if home.contains("://") => home.clone(),
            _ => format!("https://example.org{}", self.edition.path),
        })
    }

    /// One figure for an iframe, and what an oEmbed reader is told about it.
    fn frame(&mut self, paper: &Paper, figure: &Figure) -> Result<()> {
        let path = format!("embed/{}/{}.html", paper.slug, figure.id);
        self.page(&path, "frame.html", context! { paper, figure })?;
        let Some(home) = self.edition.home.clone() else { return Ok(()) };
        let poster = figure.poster.as_ref().and_then(|poster| std::fs::read_to_string(self.out.join(poster)).ok());
        let answer = oembed::answer(&home, paper, figure, poster.as_deref())?;
        self.write(&oembed::path(paper, figure), answer.as_bytes())
    }
}

/// A model with its measured numbers by what they measure.
fn described(model: &Model) -> Value {
    let named = format!("{}-", model.name);
    let metrics: Vec<Value> = model
        .metric
        .iter()
        .map(|(id, value)| context! { what => id.strip_prefix(&named).unwrap_or(id).replace('-', " "), value, id })
        .collect();
    context! { metrics, ..Value::from_serialize(model) }
}

/// The commands that a researcher meets, in the order of use.
const COMMANDS: &[(&str, &str)] = &[
    ("cargo xtask serve", "play everything at http://127.0.0.1:8000"),
    ("cargo xtask train PAPER TASK", "train natively: ONNX file, model card, golden vectors, manifest entry"),
    ("cargo xtask verify PAPER", "the paper’s numbers beside yours"),
    ("cargo xtask data PAPER TASK --out FILE.npz", "the paper’s data set, for NumPy"),
    ("cargo xtask bench PAPER", "the hot paths, natively and in a browser"),
    ("cargo xtask new SLUG", "start a paper: crate, figure, page, tests"),
    ("cargo xtask test", "everything that must hold, cheapest first"),
    ("cargo xtask publish --base https://HOST/PATH/", "the whole site, ready to upload, in dist/"),
];
