//! Scripts and styles as text: which scripts a script asks for (our own write imports plainly, one quoted relative path
//! each), and what a reader's browser has no use for.

use crate::files;
use std::collections::BTreeSet;

/// How a script asks for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `import ... from './x.js'`
    Static,
    /// `import('./x.js')`
    Dynamic,
    /// `new URL('./x.js', import.meta.url)`, for a worker
    Worker,
}

/// The scripts that a text asks for, comments left out, as it writes their addresses.
pub(crate) fn imports(script: &str) -> Vec<(&str, Kind)> {
    let is_code = |line: &&str| !["//", "/*", "*"].iter().any(|mark| line.trim_start().starts_with(mark));
    script.lines().filter(is_code).flat_map(quoted_scripts).collect()
}

/// A script or style without its comment lines and indentation. Every line keeps its number, so that an error still leads
/// to the source, and a text that spans lines keeps its blanks.
pub(crate) fn lean(text: &str) -> String {
    let (mut in_comment, mut in_text) = (false, false);
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let code = if in_text { line } else { code_of(line, &mut in_comment) };
        in_text ^= code.matches('`').count() % 2 == 1;
        out.push_str(code);
        out.push('\n');
    }
    out
}

/// What is left of a line without the comments that it begins with.
fn code_of<'a>(line: &'a str, in_comment: &mut bool) -> &'a str {
    let mut rest = line.trim();
    loop {
        if *in_comment {
            let Some(end) = rest.find("*/") else { return "" };
            rest = rest[end + 2..].trim_start();
            *in_comment = false;
        } else if rest.starts_with("//") {
            return "";
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment;
            *in_comment = true;
        } else {
            return rest;
        }
    }
}

/// Where a relative address in the file `from` leads, from the site's root; none where it leaves the site.
pub(crate) fn resolve(from: &str, address: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in address.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A script and what it leads to, through imports that `follow` agrees with; `read` gives the text of a script.
pub(crate) fn closure(
    start: &str,
    read: impl Fn(&str) -> Option<String>,
    follow: impl Fn(&str, Kind) -> bool,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut pending = vec![start.to_owned()];
    while let Some(path) = pending.pop() {
        if found.contains(&path) {
            continue;
        }
        let Some(text) = read(&path) else { continue };
        let wanted = imports(&text).into_iter().filter(|(_, kind)| follow(&path, *kind));
        pending.extend(wanted.filter_map(|(address, _)| resolve(&path, address)));
        found.insert(path);
    }
    found
}

/// Everything before the first play: the loader fetches the figure by itself, all else that is imported dynamically
/// waits for a click.
pub(crate) fn is_before_play(from: &str, kind: Kind) -> bool {
    kind != Kind::Dynamic || from.starts_with("pkg/embed.")
}

/// The same without the worker, which has modules of its own.
pub(crate) fn is_in_page(from: &str, kind: Kind) -> bool {
    kind != Kind::Worker && is_before_play(from, kind)
}

fn quoted_scripts(line: &str) -> Vec<(&str, Kind)> {
    let mut found = Vec::new();
    for quote in ['\'', '"'] {
        let parts: Vec<&str> = line.split(quote).collect();
        for pair in parts.chunks(2) {
            let [before, text] = pair else { continue };
            let is_relative = text.starts_with("./") || text.starts_with("../");
            if is_relative && files::has_extension(text, "js") {
                found.push((*text, kind_after(before)));
            }
        }
    }
    found
}

fn kind_after(before: &str) -> Kind {
    match before {
        _ if before.ends_with("import(") => Kind::Dynamic,
        _ if before.ends_with("new URL(") => Kind::Worker,
        _ => Kind::Static,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMBED: &str =
        "// import('./no.js')\nimport { a } from './a.js';\nconst { b } = await import(\"./figure.js\");\n";

    #[test]
    fn imports_are_read_with_their_kind() {
        assert_eq!(imports(EMBED), [("./a.js", Kind::Static), ("./figure.js", Kind::Dynamic)]);
        assert_eq!(imports("new Worker(new URL('./w.js', import.meta.url));"), [("./w.js", Kind::Worker)]);
        assert!(imports("/** @type {import('./t.js').T} */\n * './u.js'\nconst x = 'v.js', y = './z.css';").is_empty());
    }

    #[test]
    fn comments_and_indentation_go_and_line_numbers_stay() {
        let text = "// One `\nconst a = 1; // stays\n/** @type {T} */\n  /* two `\n   lines */\n  b();\n  * c;\n\
                    /* x */ d();\nconst t = `\n  // kept\n`;\n";
        let expected = "\nconst a = 1; // stays\n\n\n\nb();\n* c;\nd();\nconst t = `\n  // kept\n`;\n";
        assert_eq!(lean(text), expected);
    }

    #[test]
    fn addresses_lead_from_where_they_stand() {
        assert_eq!(resolve("pkg/embed.js", "./a.js").as_deref(), Some("pkg/a.js"));
        assert_eq!(resolve("a/b/c.html", "../../x.css").as_deref(), Some("x.css"));
        assert_eq!(resolve("a.html", "../x.css"), None);
    }

    #[test]
    fn a_click_away_is_not_before_play() {
        let read = |path: &str| {
            Some(match path {
                "pkg/embed.js" => EMBED.to_owned(),
                "pkg/figure.js" => "import('./share.js'); new URL('./worker.js', import.meta.url)".to_owned(),
                "pkg/a.js" => "import './embed.js'".to_owned(),
                "pkg/share.js" | "pkg/worker.js" => String::new(),
                _ => return None,
            })
        };
        let before = closure("pkg/embed.js", read, is_before_play);
        assert_eq!(
            before.into_iter().collect::<Vec<_>>(),
            ["pkg/a.js", "pkg/embed.js", "pkg/figure.js", "pkg/worker.js"]
        );
        assert_eq!(closure("pkg/embed.js", read, is_in_page).len(), 3);
        assert_eq!(closure("pkg/embed.js", read, |_, _| true).len(), 5);
    }
}
