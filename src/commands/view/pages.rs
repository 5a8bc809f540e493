//! The addresses, and what is shown at each. Nothing is written, so that there is nothing but GET.

use super::{
    guard::guard,
    shelf::{Asked, Refusal, Shelf},
};
use axum::{
    Router,
    extract::{Path, Query, State},
    http::{StatusCode, header::CONTENT_TYPE},
    middleware::from_fn,
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use eval_reports::{ReportError, address, list_page, message_page};
use serde::Deserialize;
use std::sync::Arc;

type TheShelf = State<Arc<Shelf>>;
type Shown = Result<Response, Refusal>;

#[derive(Deserialize)]
struct OfSuite {
    suite: Option<String>,
}

/// The parts of a report's address.
#[derive(Deserialize)]
struct Parts {
    candidate: String,
    #[serde(default)]
    reference: Option<String>,
    #[serde(default)]
    block: Option<String>,
}

#[derive(Deserialize)]
struct Pair {
    candidate: String,
    reference: String,
}

#[derive(Deserialize)]
struct OfVersion {
    version: Option<String>,
}

#[derive(Deserialize)]
struct Words {
    #[serde(default)]
    q: String,
    version: Option<String>,
}

pub(super) fn routes(shelf: Arc<Shelf>) -> Router {
    let router = Router::new()
        .route("/", get(list))
        .route("/compare", get(compare))
        .route("/runs/{run}", get(async |Path(run): Path<String>| to("runs", &run)))
        .route("/suites/{suite}", get(async |Path(suite): Path<String>| to("suites", &suite)))
        .route("/suites/{suite}/", get(trend));
    let router = report(router, "/runs/{candidate}");
    let router = report(router, "/compare/{candidate}/{reference}");
    let nothing = async || Refusal::Missing("There is nothing at this address.".into());
    router.fallback(nothing).layer(from_fn(guard)).with_state(shelf)
}

/// A report, and the cases that it asks for.
fn report(router: Router<Arc<Shelf>>, place: &str) -> Router<Arc<Shelf>> {
    router
        .route(&format!("{place}/"), get(page))
        .route(&format!("{place}/cases/index.json"), get(index))
        .route(&format!("{place}/cases/blocks/{{block}}"), get(block))
        .route(&format!("{place}/cases/search"), get(search))
}

/// Addresses within a page are relative to it, and so it ends in a slash.
fn to(what: &str, name: &str) -> Redirect {
    Redirect::to(&format!("/{what}/{}/", address(name)))
}

async fn list(State(shelf): TheShelf, Query(of): Query<OfSuite>) -> Response {
    work(move || {
        let suite = of.suite.filter(|suite| !suite.is_empty());
        Ok(html(list_page(&shelf.folder(), &shelf.list(), suite.as_deref())?))
    })
    .await
}

async fn compare(Query(pair): Query<Pair>) -> Redirect {
    Redirect::to(&format!("/compare/{}/{}/", address(&pair.candidate), address(&pair.reference)))
}

async fn trend(State(shelf): TheShelf, Path(suite): Path<String>) -> Response {
    work(move || Ok(html(shelf.trend(&suite)?))).await
}

async fn page(State(shelf): TheShelf, Path(parts): Path<Parts>) -> Response {
    work(move || Ok(html(shelf.open(&parts.into())?.page.clone()))).await
}

async fn index(State(shelf): TheShelf, Path(parts): Path<Parts>) -> Response {
    work(move || {
        let opened = shelf.open(&parts.into())?;
        Ok(json(opened.explorer(None)?.index(&opened.version)?))
    })
    .await
}

async fn block(State(shelf): TheShelf, Path(parts): Path<Parts>, Query(of): Query<OfVersion>) -> Response {
    work(move || {
        let file = parts.block.clone().unwrap_or_default();
        let missing = || Refusal::Missing(format!("There is no block of cases {file:?}."));
        let number = file.strip_suffix(".json").and_then(|number| number.parse().ok()).ok_or_else(missing)?;
        let found = shelf.open(&parts.into())?.explorer(of.version.as_deref())?.block(number)?;
        found.map(json).ok_or_else(missing)
    })
    .await
}

async fn search(State(shelf): TheShelf, Path(parts): Path<Parts>, Query(words): Query<Words>) -> Response {
    work(move || {
        let found = shelf.open(&parts.into())?.search(words.version.as_deref(), &words.q)?;
        Ok(json(serde_json::json!(found).to_string()))
    })
    .await
}

impl From<Parts> for Asked {
    fn from(parts: Parts) -> Self {
        Self { candidate: parts.candidate, reference: parts.reference }
    }
}

/// Reads and renders away from the thread that serves.
async fn work(work: impl FnOnce() -> Shown + Send + 'static) -> Response {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(Refusal::Failed("eval has a defect here: please report it.".into()))).into_response()
}

fn html(page: String) -> Response {
    Html(page).into_response()
}

fn json(text: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

impl From<ReportError> for Refusal {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Ended => Self::Overtaken,
            error => Self::Failed(error.to_string()),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, title, text) = match self {
            Self::Missing(text) => (StatusCode::NOT_FOUND, "Not found", text),
            Self::Failed(text) => (StatusCode::UNPROCESSABLE_ENTITY, "This cannot be shown", text),
            Self::Changed => {
                (StatusCode::CONFLICT, "The run has changed", "It is another one by now: load the page again.".into())
            }
            Self::Overtaken => return StatusCode::NO_CONTENT.into_response(),
        };
        match message_page(title, &text) {
            Ok(page) => (status, Html(page)).into_response(),
            Err(_) => (status, format!("{title}\n")).into_response(),
        }
    }
}
