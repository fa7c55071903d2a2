//! Where a site will be: a path, with or without a host.

use anyhow::{Error, Result, bail};
use std::fmt;
use std::str::FromStr;

/// `/`, `/papers/` or `https://host/papers/`; always ends in a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Home {
    origin: Option<String>,
    path: String,
}

impl Home {
    /// `https://host`, where it is known.
    pub(super) fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// The path, with a slash at both ends.
    pub(super) fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin.as_deref().unwrap_or_default(), self.path)
    }
}

impl FromStr for Home {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (origin, path) = match text.find("://") {
            None => (None, text),
            Some(colon) => {
                let end = text[colon + 3..].find('/').map_or(text.len(), |slash| colon + 3 + slash);
                (Some(text[..end].to_owned()), &text[end..])
            }
        };
        if let Some(origin) = &origin {
            let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://")).unwrap_or_default();
            if host.is_empty() || !host.chars().all(|c| c.is_ascii_alphanumeric() || "-.:[]".contains(c)) {
                bail!("\"{text}\" is no address: write https://host/path/ or /path/");
            }
        }
        let inner = path.trim_matches('/');
        let is_segment = |part: &str| {
            !part.is_empty()
                && !part.chars().all(|c| c == '.')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "-._~%".contains(c))
        };
        if !(inner.is_empty() || inner.split('/').all(is_segment)) || (origin.is_none() && !path.starts_with('/')) {
            bail!("\"{text}\" is no place for a site: write /path/ or https://host/path/");
        }
        let path = if inner.is_empty() { "/".to_owned() } else { format!("/{inner}/") };
        Ok(Self { origin, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(text: &str) -> String {
        text.parse::<Home>().unwrap().to_string()
    }

    #[test]
    fn a_place_ends_in_a_slash() {
        assert_eq!(home("/"), "/");
        assert_eq!(home("/papers"), "/papers/");
        assert_eq!(home("https://a.example"), "https://a.example/");
        assert_eq!(home("http://localhost:80/x/y"), "http://localhost:80/x/y/");
        let whole: Home = "https://a.example/x/".parse().unwrap();
        assert_eq!((whole.origin(), whole.path()), (Some("https://a.example"), "/x/"));
    }

    #[test]
    fn what_is_no_place_is_refused_by_name() {
        for text in
            ["", "papers", "/a/../b", "/a b/", "/a?x", "/a\"", "ftp://a/", "https:///x", "https://a b/", "//x//y"]
        {
            let message = text.parse::<Home>().unwrap_err().to_string();
            assert!(message.contains(&format!("\"{text}\"")), "{message}");
        }
    }
}
