//! What hosts and crawlers read: headers for Netlify, a snippet for nginx, a marker for GitHub Pages, sitemap, robots.

use super::home::Home;
use super::names::{Named, has_hash};
use crate::{files, site};
use anyhow::Result;
use std::fmt::Write as _;

/// A file whose name holds its hash never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// For every file: the policy, and leave for other sites to embed.
const HEADERS: &[(&str, &str)] = &[
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Access-Control-Allow-Origin", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
];

pub(super) fn add(named: &mut Named, home: &Home) -> Result<()> {
    let hashed: Vec<String> = named.files.keys().filter(|path| has_hash(path)).cloned().collect();
    let pages: Vec<String> = named.files.keys().filter(|path| is_listed(path)).cloned().collect();
    for (path, text) in [
        ("_headers", netlify(home, &hashed)),
        ("hosting/nginx.conf", nginx(home)),
        // Without it GitHub Pages, deployed from a branch, leaves out what begins with an underscore.
        (".nojekyll", String::new()),
        ("robots.txt", robots(home)),
        ("sitemap.xml", sitemap(home, &pages)?),
    ] {
        named.files.insert(path.to_owned(), text.into_bytes());
    }
    Ok(())
}

/// Pages that a reader looks for; not those that are parts or stand-ins.
fn is_listed(path: &str) -> bool {
    files::has_extension(path, "html") && !path.starts_with("embed/") && !["404.html", "offline.html"].contains(&path)
}

fn netlify(home: &Home, hashed: &[String]) -> String {
    let base = home.path();
    let mut text = format!("{base}*\n  Content-Security-Policy: {}\n", site::POLICY);
    for (name, value) in HEADERS {
        let _ = writeln!(text, "  {name}: {value}");
    }
    for path in hashed {
        let _ = write!(text, "{base}{path}\n  Cache-Control: {FOR_EVER}\n");
    }
    text
}

fn nginx(home: &Home) -> String {
    let base = home.path();
    let mut headers = format!("    add_header Content-Security-Policy \"{}\" always;\n", site::POLICY);
    for (name, value) in HEADERS {
        let _ = writeln!(headers, "    add_header {name} \"{value}\" always;");
    }
    let inner = headers.replace("    add_header", "        add_header");
    format!(
        "# Inside the server block. The files lie in /srv/www{base}\n\
         location ^~ {base} {{\n    \
             root /srv/www;\n    \
             index index.html;\n    \
             error_page 404 {base}404.html;\n    \
             include mime.types;\n    \
             types {{ application/wasm wasm; application/manifest+json webmanifest; }}\n    \
             gzip_static on;\n    \
             # brotli_static on;  # where nginx has the module ngx_brotli\n\
         {headers}    \
             add_header Cache-Control \"no-cache\" always;\n\n    \
             # Names with a hash never change. A location with headers of its own inherits none.\n    \
             location ~ \"\\.[0-9a-f]{{10}}\\.[a-z]+$\" {{\n\
         {inner}        \
                 add_header Cache-Control \"{FOR_EVER}\";\n    \
             }}\n\
         }}\n"
    )
}

fn robots(home: &Home) -> String {
    format!("User-agent: *\nAllow: /\n\nSitemap: {home}sitemap.xml\n")
}

fn sitemap(home: &Home, pages: &[String]) -> Result<String> {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                    <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
        .to_owned();
    for page in pages {
        writeln!(text, "<url><loc>{home}{}</loc></url>", site::address_of(page))?;
    }
    text.push_str("</urlset>\n");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::tree::Tree;
    use std::collections::BTreeMap;

    fn published(base: &str) -> Tree {
        let files =
            ["index.html", "hnn/index.html", "embed/hnn/arena.html", "404.html", "pkg/a.0123456789.js", "pkg/embed.js"];
        let files = files.map(|path| (path.to_owned(), Vec::new())).into();
        let mut named = Named { files, names: BTreeMap::new() };
        add(&mut named, &base.parse().unwrap()).unwrap();
        named.files
    }

    fn text(tree: &Tree, path: &str) -> String {
        String::from_utf8(tree[path].clone()).unwrap()
    }

    #[test]
    fn the_sitemap_lists_pages_by_their_addresses() {
        let tree = published("https://a.example/x/");
        let sitemap = text(&tree, "sitemap.xml");
        let listed: Vec<&str> = sitemap.split("<loc>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
        assert_eq!(listed, ["https://a.example/x/hnn/", "https://a.example/x/"]);
        assert!(text(&tree, "robots.txt").ends_with("Sitemap: https://a.example/x/sitemap.xml\n"));
    }

    #[test]
    fn only_hashed_files_are_kept_for_ever() {
        let tree = published("/x/");
        let headers = text(&tree, "_headers");
        assert!(headers.starts_with("/x/*\n  Content-Security-Policy: default-src 'none'"), "{headers}");
        assert!(headers.contains(&format!("/x/pkg/a.0123456789.js\n  Cache-Control: {FOR_EVER}\n")), "{headers}");
        assert!(!headers.contains("/x/pkg/embed.js"), "{headers}");
        let nginx = text(&tree, "hosting/nginx.conf");
        assert_eq!(nginx.matches('{').count(), nginx.matches('}').count(), "{nginx}");
        assert!(nginx.contains("location ^~ /x/ {") && nginx.contains("{10}"), "{nginx}");
    }
}
