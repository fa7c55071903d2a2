//! The site: templates and pages in, target/site out. Every address in it is relative, so that it works under any path.
//!
//! The same templates make the published site, which knows in addition where it will be ([`Edition`]).

mod citation;
mod libraries;
mod listing;
mod markdown;
mod oembed;
mod pages;
mod records;
pub(crate) mod rooms;

use crate::project::{Paper, Project};
use crate::{files, scripts};
use anyhow::{Context, Result, bail};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use minijinja::{Environment, Value, context};
use serde_json::json;
use sha2::{Digest, Sha384};

pub(crate) use listing::{Figure, figures};
pub(crate) use records::{Model, parse_models};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What a page.md may leave to be filled in, as `{{name}}`.
const PLACES: &[&str] = &["verify", "models", "citation", "links"];

/// What pages may load and do: scripts, styles and data of the site itself, WebAssembly, and nothing from elsewhere.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
                                 connect-src 'self'; img-src 'self' blob: data:; style-src 'self'; manifest-src 'self'; \
                                 base-uri 'none'; form-action 'none'";
/// Width and height of the pictures that stand for pages elsewhere.
pub(crate) const PAGE_CARD: (u32, u32) = (1200, 630);

/// Where a site is written to, and where it will be.
pub(crate) struct Edition {
    pub(crate) out: PathBuf,
    /// The published site's address or, where its host is not known, its path; none for the site that is only served here.
    pub(crate) home: Option<String>,
    /// The path alone.
    pub(crate) path: String,
}

/// Renders every page and gathers every file that the site serves; removes what is no longer part of it.
pub(crate) fn render(project: &Project) -> Result<()> {
    render_edition(project, &Edition { out: project.site(), home: None, path: "/".to_owned() })
}

/// The same for an edition.
pub(crate) fn render_edition(project: &Project, edition: &Edition) -> Result<()> {
    let mut site = Site::new(project, edition)?;
    site.embed()?;
    site.assets()?;
    site.models()?;
    for (index, paper) in project.papers.iter().enumerate() {
        site.paper(index, paper).with_context(|| format!("page of {}", paper.slug))?;
    }
    site.pages()?;
    site.sweep()
}

/// Where a paper's page stands in the site.
pub(crate) fn page_of(slug: &str) -> String {
    format!("{slug}/index.html")
}

/// The address of a page from the site's root: a folder's page is the folder.
pub(crate) fn address_of(page: &str) -> &str {
    if page == "index.html" || page.ends_with("/index.html") { page.trim_end_matches("index.html") } else { page }
}

/// The picture that stands for a paper elsewhere.
pub(crate) fn card_of(paper: &Paper) -> String {
    format!("cards/{}.png", paper.slug)
}

/// The same for one figure.
pub(crate) fn figure_card_of(paper: &Paper, figure: &Figure) -> String {
    format!("cards/{}/{}.png", paper.slug, figure.id)
}

/// What the Embed dialog needs to write a line with an integrity hash.
pub(crate) fn integrity(file: &str, script: &[u8], site: Option<&str>) -> String {
    let hash = BASE64_STANDARD.encode(Sha384::digest(script));
    json!({ "embed": file, "integrity": format!("sha384-{hash}"), "site": site }).to_string()
}

struct Site<'a> {
    project: &'a Project,
    edition: &'a Edition,
    out: PathBuf,
    templates: Environment<'static>,
    models: Vec<Model>,
    written: BTreeSet<PathBuf>,
}

impl<'a> Site<'a> {
    fn new(project: &'a Project, edition: &'a Edition) -> Result<Self> {
        Ok(Self {
            project,
            edition,
            out: edition.out.clone(),
            templates: load_templates(&project.root.join("web/templates"), edition)?,
            models: records::models(&project.root)?,
            written: BTreeSet::new(),
        })
    }

    /// The custom element goes to pkg/ for the npm package, and pkg/ to the site.
    fn embed(&mut self) -> Result<()> {
        let embed = self.project.root.join("web/embed");
        let pkg = self.project.root.join("pkg");
        let is_script = |path: &Path| ["js", "ts"].iter().any(|extension| files::has_extension(path, extension));
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
        self.copy_folder(&pkg, "pkg", |path| is_script(path) || files::has_extension(path, "wasm"))?;
        let entry = files::read(&self.out.join("pkg/embed.js"))?;
        self.write("pkg/integrity.json", integrity("embed.js", &entry, None).as_bytes())
    }

    fn assets(&mut self) -> Result<()> {
        let root = &self.project.root;
        self.copy_folder(&root.join("web/style"), "style", |_| true)?;
        let is_published = self.edition.home.is_some();
        self.copy_folder(&root.join("web/assets"), "assets", |path| !(is_published && path.ends_with("building.js")))?;
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
            let context = context! { title, model, body => safe(page.html), paper => self.paper_title(&model.paper) };
            self.page(&format!("models/{}", records::card_page(card)), "card.html", context)?;
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
            paper,
            figures => figures(paper)?,
            card => card_of(paper),
            authors => citation::names(&paper.about.authors),
            links => citation::links(&paper.about),
            headings => page.headings,
            body => safe(body),
            previous => index.checked_sub(1).map(|index| &self.project.papers[index]),
            next => self.project.papers.get(index + 1),
        };
        self.page(&page_of(&paper.slug), "paper.html", context)
    }

    /// Puts the tables and texts that are computed in the places that page.md leaves for them.
    fn fill(&self, paper: &Paper, mut html: String) -> Result<String> {
        let about = &paper.about;
        let models: Vec<&Model> = self.models.iter().filter(|model| model.paper == paper.slug).collect();
        refuse_unknown_places(&html)?;
        let parts = [
            (
                "verify",
                context! { root => up(1), rows => records::verified(&self.project.root, &paper.slug)?, slug => &paper.slug },
            ),
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

    /// Renders a page with what every page needs: the way to the root, and where it stands.
    fn page(&mut self, path: &str, template: &str, context: Value) -> Result<()> {
        let root = up(path.matches('/').count());
        let html =
            self.template(template, context! { ..context, ..context! { root, path, address => address_of(path) } })?;
        self.write(path, html.as_bytes())
    }

    fn template(&self, name: &str, context: Value) -> Result<String> {
        let template = self.templates.get_template(name)?;
        // The templates escape more than HTML asks for, and a slash is in every address.
        Ok(template.render(context)?.replace("&#x2f;", "/"))
    }

    fn copy_folder(&mut self, from: &Path, to: &str, wanted: impl Fn(&Path) -> bool) -> Result<()> {
        for path in files::walk(from).into_iter().filter(|path| wanted(path)) {
            let name = Path::new(to).join(path.strip_prefix(from)?);
            let is_lean = ["js", "css"].iter().any(|extension| files::has_extension(&path, extension));
            let bytes =
                if is_lean { scripts::lean(&files::read_text(&path)?).into_bytes() } else { files::read(&path)? };
            self.write(&name.to_string_lossy(), &bytes)?;
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

fn load_templates(folder: &Path, edition: &Edition) -> Result<Environment<'static>> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    templates.set_trim_blocks(true);
    templates.set_lstrip_blocks(true);
    templates.add_filter("number", |value: Value| Value::from_safe_string(records::number(&value)));
    templates.add_filter("bytes", crate::console::bytes);
    templates.add_global("home", edition.home.clone().map(safe));
    templates.add_global("policy", Value::from_safe_string(POLICY.to_owned()));
    templates.add_global("version", Value::from(env!("CARGO_PKG_VERSION")));
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
