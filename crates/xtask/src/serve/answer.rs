//! The answers: files of the site, never cached, `/status.json`, and on pages the script that reloads them.

use super::board::Board;
use anyhow::Result;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, serve};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tower_http::services::ServeDir;

/// The line of a page that loads the figures; left out while their module does not exist yet.
const EMBED: &str = r#"<script type="module" src="../pkg/embed.js"></script>"#;
const LARGEST_PAGE: usize = 10_000_000;

/// Answers requests until the process ends. Without a board the site is served as it is.
pub(super) fn forever(listener: TcpListener, site: &Path, board: Option<Arc<Board>>) -> Result<()> {
    let router = router(site, board);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_io().build()?;
    runtime.block_on(async {
        listener.set_nonblocking(true)?;
        serve(tokio::net::TcpListener::from_std(listener)?, router).await
    })?;
    Ok(())
}

fn router(site: &Path, board: Option<Arc<Board>>) -> Router {
    let files = Router::new().fallback_service(ServeDir::new(site));
    let router = match board {
        None => files,
        Some(board) => {
            let pages = Pages { site: site.to_owned(), board: Arc::clone(&board) };
            files
                .layer(from_fn_with_state(pages, reloading))
                .route("/status.json", get(async move || ([(header::CONTENT_TYPE, "application/json")], board.json())))
        }
    };
    router.layer(from_fn(uncached))
}

/// The headers of a static host such as GitHub Pages, except that every answer is fresh.
async fn uncached(mut request: Request, next: Next) -> Response {
    request.headers_mut().remove(header::IF_MODIFIED_SINCE);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.remove(header::LAST_MODIFIED);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

#[derive(Clone)]
struct Pages {
    site: PathBuf,
    board: Arc<Board>,
}

/// Puts the script that waits for a page's build, and reloads it, into the page.
async fn reloading(State(pages): State<Pages>, request: Request, next: Next) -> Response {
    let page = page_of(request.uri());
    let response = next.run(request).await;
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes() == b"text/html");
    let Some(build) = pages.board.build_id(&page).filter(|_| is_page && response.status().is_success()) else {
        return response;
    };
    let (mut parts, body) = response.into_parts();
    let Ok(html) = to_bytes(body, LARGEST_PAGE).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let html = with_reload(&String::from_utf8_lossy(&html), &page, &build, &pages.site);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(html))
}

/// `/hnn/` and `/hnn/index.html` are the page of `hnn`; `/` is `index`.
fn page_of(uri: &Uri) -> String {
    let path = uri.path().trim_end_matches("index.html").trim_matches('/');
    if path.is_empty() { "index".to_owned() } else { path.to_owned() }
}

fn with_reload(html: &str, page: &str, build: &str, site: &Path) -> String {
    let root = if page == "index" { "" } else { "../" };
    let script = format!(
        "<script defer src=\"{root}assets/building.js\" data-page=\"{page}\" data-build=\"{build}\"></script>\n"
    );
    let html = html.replacen("</head>", &format!("{script}</head>"), 1);
    let built = site.join("pkg").join(page).join(format!("{page}_bg.wasm")).is_file();
    if built { html } else { html.replace(EMBED, "") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{scratch::Scratch, write_if_changed};
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpStream};
    use std::thread;

    fn serve_scratch(site: &Scratch, board: Option<Arc<Board>>) -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let site = site.path().to_owned();
        thread::spawn(move || forever(listener, &site, board));
        address
    }

    fn get(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.to_lowercase()
    }

    fn site() -> Scratch {
        let site = Scratch::new();
        let page = format!("<head>{EMBED}</head><body>Hello</body>");
        write_if_changed(&site.path().join("hnn/index.html"), page.as_bytes()).unwrap();
        write_if_changed(&site.path().join("pkg/a.wasm"), b"\0asm").unwrap();
        site
    }

    #[test]
    fn files_have_their_type_and_are_not_cached() {
        let site = site();
        let address = serve_scratch(&site, None);
        let wasm = get(address, "/pkg/a.wasm");
        assert!(wasm.starts_with("http/1.1 200"), "{wasm}");
        assert!(wasm.contains("content-type: application/wasm") && wasm.contains("cache-control: no-cache"), "{wasm}");
        let folder = get(address, "/hnn");
        assert!(folder.starts_with("http/1.1 307") && folder.contains("location: /hnn/"), "{folder}");
        for path in ["/nothing", "/../Cargo.toml", "/%2e%2e/Cargo.toml", "/status.json"] {
            let answer = get(address, path);
            assert!(answer.starts_with("http/1.1 404"), "{path}: {answer}");
        }
        assert!(get(address, "/hnn/").contains("embed.js"));
    }

    #[test]
    fn a_page_without_its_module_waits_for_it() {
        let site = site();
        let builds = [("hnn".to_owned(), "abc".to_owned())];
        let address = serve_scratch(&site, Some(Arc::new(Board::with_builds(builds.into()))));
        for path in ["/hnn/", "/hnn/index.html"] {
            let page = get(address, path);
            assert!(page.contains("data-page=\"hnn\" data-build=\"abc\"") && page.contains("hello"), "{page}");
            assert!(!page.contains("embed.js"), "{page}");
        }
        assert!(get(address, "/status.json").contains("\"builds\":{\"hnn\":\"abc\"}"));
    }
}
