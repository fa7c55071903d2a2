//! The site: templates and pages in, target/site out. Every address in it is relative, so that it works under any path.

mod citation;
mod markdown;
mod records;
mod rooms;

use crate::files;
use crate::project::{Paper, Project};
use anyhow::{Context, Result, bail};
use minijinja::{Environment, Value, context};

pub(crate) use records::{Model, parse_models};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What a page.md may leave to be filled in, as `{{name}}`.
const PLACES: &[&str] = &["verify", "models", "citation", "links"];

/// Renders every page and gathers every file that the site serves; removes what is no longer part of it.
pub(crate) fn render(project: &Project) -> Result<()> {
    let mut site = Site::new(project)?;
    site.embed()?;
    site.assets()?;
    site.models()?;
    for (index, paper) in project.papers.iter().enumerate() {
        site.paper(index, paper).with_context(|| format!("page of {}", paper.slug))?;
    }
    site.index()?;
    site.sweep()
}

/// Where a paper's page stands in the site.
pub(crate) fn page_of(slug: &str) -> String {
    format!("{slug}/index.html")
}

struct Site<'a> {
    project: &'a Project,
    out: PathBuf,
    templates: Environment<'static>,
    models: Vec<Model>,
    written: BTreeSet<PathBuf>,
}

impl<'a> Site<'a> {
    fn new(project: &'a Project) -> Result<Self> {
        Ok(Self {
            project,
            out: project.site(),
            templates: load_templates(&project.root.join("web/templates"))?,
            models: records::models(&project.root)?,
            written: BTreeSet::new(),
        })
    }

    /// The custom element goes to pkg/ for the npm package, and pkg/ to the site.
    fn embed(&mut self) -> Result<()> {
        let embed = self.project.root.join("web/embed");
        let pkg = self.project.root.join("pkg");
        let is_script = |path: &Path| files::has_extension(path, "js");
        let mut scripts = BTreeSet::new();
        for source in files::walk(&embed).into_iter().filter(|path| is_script(path)) {
            let script = pkg.join(source.strip_prefix(&embed)?);
            files::write_if_changed(&script, &files::read(&source)?)?;
            scripts.insert(script);
        }
        let figures = pkg.join("figures.js");
        files::write_if_changed(&figures, rooms::script(self.project)?.as_bytes())?;
        scripts.insert(figures);
        for path in files::walk(&pkg) {
            let of_the_element = path.parent() == Some(&pkg) && is_script(&path);
            if of_the_element && !scripts.contains(&path) {
                remove(&path)?;
            }
        }
        self.copy_folder(&pkg, "pkg", |path| is_script(path) || files::has_extension(path, "wasm"))
    }

    fn assets(&mut self) -> Result<()> {
        let root = &self.project.root;
        self.copy_folder(&root.join("web/style"), "style", |_| true)?;
        self.copy_folder(&root.join("web/assets"), "assets", |_| true)?;
        for paper in &self.project.papers {
            let to = format!("posters/{}", paper.slug);
            self.copy_folder(&paper.folder.join("posters"), &to, |path| files::has_extension(path, "svg"))?;
        }
        Ok(())
    }

    /// The files of models/ as they are, the manifest as JSON, and each card as a page.
    fn models(&mut self) -> Result<()> {
        let folder = self.project.root.join("models");
        self.copy_folder(&folder, "models", |path| !files::has_extension(path, "toml"))?;
        let manifest = records::manifest_json(&self.project.root)?;
        self.write("models/manifest.json", manifest.as_bytes())?;
        for model in self.models.clone() {
            let Some(card) = &model.card else { continue };
            let text = files::read_text(&folder.join(card))?;
            let page = markdown::render(&text);
            let title = page.title.clone().unwrap_or_else(|| model.name.clone());
            let html = self.template(
                "card.html",
                context! { root => up(2), title, model, body => safe(page.html), paper => self.paper_title(&model.paper) },
            )?;
            self.write(&format!("models/{}", records::card_page(card)), html.as_bytes())?;
        }
        Ok(())
    }

    fn paper_title(&self, slug: &str) -> Option<&str> {
        self.project.papers.iter().find(|paper| paper.slug == slug).map(|paper| paper.about.title.as_str())
    }

    fn paper(&mut self, index: usize, paper: &Paper) -> Result<()> {
        let page = markdown::render(&files::read_text(&paper.folder.join("page.md"))?);
        let body = self.fill(paper, page.html)?;
        let body = markdown::with_posters(&body, |figure| {
            let poster = poster_of(paper, figure);
            self.written.contains(&self.out.join(&poster)).then(|| format!("../{poster}"))
        });
        let context = context! {
            root => up(1),
            paper,
            authors => citation::names(&paper.about.authors),
            links => citation::links(&paper.about),
            headings => page.headings,
            body => safe(body),
            previous => index.checked_sub(1).map(|index| &self.project.papers[index]),
            next => self.project.papers.get(index + 1),
        };
        let html = self.template("paper.html", context)?;
        self.write(&page_of(&paper.slug), html.as_bytes())
    }

    /// Puts the tables and texts that are computed in the places that page.md leaves for them.
    fn fill(&self, paper: &Paper, mut html: String) -> Result<String> {
        let about = &paper.about;
        let models: Vec<&Model> = self.models.iter().filter(|model| model.paper == paper.slug).collect();
        refuse_unknown_places(&html)?;
        let parts = [
            ("verify", context! { rows => records::verified(&self.project.root, &paper.slug)?, slug => &paper.slug }),
            ("models", context! { root => up(1), models, slug => &paper.slug }),
            ("citation", context! { text => citation::text(about), bibtex => citation::bibtex(about) }),
            ("links", context! { links => citation::links(about) }),
        ];
        for (name, context) in parts {
            let place = format!("{{{{{name}}}}}");
            if html.contains(&place) {
                let part = self.template(&format!("parts/{name}.html"), context)?;
                html = html.replace(&format!("<p>{place}</p>"), &part).replace(&place, &part);
            }
        }
        Ok(html)
    }

    fn index(&mut self) -> Result<()> {
        let entries = self
            .project
            .papers
            .iter()
            .map(|paper| {
                Ok(context! { paper, authors => citation::names(&paper.about.authors), poster => self.poster(paper)? })
            })
            .collect::<Result<Vec<Value>>>()?;
        let html = self.template("index.html", context! { root => up(0), entries })?;
        self.write("index.html", html.as_bytes())
    }

    /// The poster of the page's first figure, or the one that stands for all.
    fn poster(&self, paper: &Paper) -> Result<String> {
        let page = files::read_text(&paper.folder.join("page.md"))?;
        let own = markdown::first_figure(&page).map(|figure| poster_of(paper, figure));
        let there = own.filter(|poster| self.written.contains(&self.out.join(poster)));
        Ok(there.unwrap_or_else(|| "assets/poster.svg".to_owned()))
    }

    fn template(&self, name: &str, context: Value) -> Result<String> {
        let template = self.templates.get_template(name)?;
        Ok(template.render(context)?)
    }

    fn copy_folder(&mut self, from: &Path, to: &str, wanted: impl Fn(&Path) -> bool) -> Result<()> {
        for path in files::walk(from).into_iter().filter(|path| wanted(path)) {
            let name = Path::new(to).join(path.strip_prefix(from)?);
            self.write(&name.to_string_lossy(), &files::read(&path)?)?;
        }
        Ok(())
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.out.join(name);
        files::write_if_changed(&path, bytes)?;
        self.written.insert(path);
        Ok(())
    }

    /// Removes files of earlier builds that this one did not write.
    fn sweep(&self) -> Result<()> {
        for path in files::walk(&self.out) {
            if !self.written.contains(&path) {
                remove(&path)?;
            }
        }
        Ok(())
    }
}

/// `{{word}}` in a page is a place that must be one of ours.
fn refuse_unknown_places(html: &str) -> Result<()> {
    let words = html.split("{{").skip(1).filter_map(|rest| rest.split("}}").next());
    let unknown: Vec<&str> = words.filter(|word| !PLACES.contains(word)).collect();
    if unknown.is_empty() { Ok(()) } else { bail!("page.md has places that nothing fills: {}", unknown.join(", ")) }
}

fn load_templates(folder: &Path) -> Result<Environment<'static>> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    templates.set_trim_blocks(true);
    templates.set_lstrip_blocks(true);
    templates.add_filter("number", |value: Value| Value::from_safe_string(records::number(&value)));
    templates.add_filter("bytes", crate::console::bytes);
    for path in files::walk(folder) {
        let name = path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
        templates.add_template_owned(name, files::read_text(&path)?)?;
    }
    Ok(templates)
}

fn remove(path: &Path) -> Result<()> {
    fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))
}

/// Where a figure's picture lies in the site, from its root.
fn poster_of(paper: &Paper, figure: &str) -> String {
    format!("posters/{}/{figure}.svg", paper.slug)
}

/// The way from a page to the root of the site.
fn up(folders: usize) -> Value {
    safe("../".repeat(folders))
}

fn safe(html: String) -> Value {
    Value::from_safe_string(html)
}
