//! Which address is answered by what.

use crate::ingest::settings::HttpSettings;
use crate::live::{self, Sockets};
use crate::plant::TakingOver;
use crate::{export, forms, ingest, operations, request_log};
use app::place::RequestAddress;
use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use leptos::config::{Env, LeptosOptions};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{handle_server_fns_with_context, render_app_async_with_context};
use std::net::SocketAddr;
use std::path::Path;
use store::{Reader, Store};
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// What handlers share.
#[derive(Clone, FromRef)]
pub(crate) struct AppState {
    options: LeptosOptions,
    pub store: Store,
    pub sockets: Sockets,
    pub taking: TakingOver,
}

/// The whole service.
pub(crate) fn router(
    store: Store,
    sockets: Sockets,
    taking: TakingOver,
    address: SocketAddr,
    site_root: &Path,
    writing: HttpSettings,
) -> Router {
    // Fails when it was done before, which is as good.
    let _ = any_spawner::Executor::init_tokio();
    let options = options(address, site_root);
    let state = AppState { options: options.clone(), store: store.clone(), sockets, taking };
    let shell = move || app::side::shell(options.clone());
    let contexts = context(store);
    let page = render_app_async_with_context(contexts, shell);
    // Answers of server functions are packed already.
    let compressed = DefaultPredicate::new().and(NotForContentType::new("application/x-postcard"));
    // Whatever is no file is a page that says so. The handler that comes with the page's library takes a file that the browser
    // has already (304) for one that is not there.
    let missing = get(page.clone()).with_state(state.clone());
    let files =
        ServeDir::new(site_root).append_index_html_on_directories(false).call_fallback_on_method_not_allowed(true).fallback(missing);
    Router::new()
        .route("/health/live", get(operations::live))
        .route("/health/ready", get(operations::ready))
        .route("/metrics", get(operations::metrics))
        .route(app::live::wire::PATH, get(live::live))
        .route("/export/{tenant}/series.csv", get(export::series::several_series))
        .route("/export/{tenant}/series/{*file}", get(export::series::one_series))
        .route("/export/{tenant}/chart.svg", get(export::series::chart))
        .route("/export/{tenant}/{file}", get(export::plant::plant))
        .route("/export/{tenant}/machines/{machine}/{file}", get(export::machine::machine))
        .merge(ingest::http::routes(writing))
        .route("/api/v2/{*path}", any(no_such_address))
        .route(forms::MODEL, post(forms::model))
        .route(forms::PARTS, post(forms::parts))
        .route("/api/{*function}", get(server_function).post(server_function))
        .route("/", get(page.clone()))
        .route("/t/{*page}", get(page))
        .nest_service("/pkg", site_files(&site_root.join("pkg")))
        .fallback_service(files)
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(compressed))
        .layer(SetResponseHeaderLayer::if_not_present(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
        .layer(SetResponseHeaderLayer::if_not_present(header::REFERRER_POLICY, HeaderValue::from_static("same-origin")))
        .layer(SetResponseHeaderLayer::if_not_present(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")))
        .layer(middleware::from_fn_with_state(state.clone(), straight_to_the_only_tenant))
        .layer(middleware::from_fn(while_the_reader_is_there))
        .layer(middleware::from_fn(request_log::log))
        .with_state(state)
}

fn options(address: SocketAddr, site_root: &Path) -> LeptosOptions {
    let watched = std::env::var_os("LEPTOS_WATCH").is_some();
    LeptosOptions::builder()
        .output_name("andon")
        .site_root(site_root.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .site_addr(address)
        .reload_port(8889_u32)
        .env(if watched { Env::DEV } else { Env::PROD })
        .build()
}

/// Wasm, script and style, compressed beforehand where the build did so; the browser asks each time whether they changed.
fn site_files(directory: &Path) -> Router {
    let files = ServeDir::new(directory).precompressed_br().precompressed_gzip();
    Router::new()
        .fallback_service(files)
        .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-cache")))
}

/// Gives pages and server functions the store, bound to the reader of this request.
fn context(store: Store) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        let parts = use_context::<http::request::Parts>();
        if let Some(uri) = parts.as_ref().map(|parts| &parts.uri) {
            provide_context(RequestAddress { path: uri.path().to_owned(), search: uri.query().unwrap_or_default().to_owned() });
        }
        let reader = parts.and_then(|parts| parts.extensions.get::<Reader>().cloned());
        provide_context(reader.map_or_else(|| store.clone(), |reader| store.for_reader(reader)));
    }
}

async fn server_function(State(state): State<AppState>, request: Request) -> Response {
    handle_server_fns_with_context(context(state.store), request).await.into_response()
}

/// What programs send to is spelt exactly; the page's library would speak of its own functions.
async fn no_such_address(request: Request) -> Response {
    let message = format!(
        "there is nothing at {}; machines are written to at /api/v2/machines/{{machine}}/observations, readings at /api/v2/write",
        request.uri().path()
    );
    let body = serde_json::json!({"code": "not found", "message": message, "error": message});
    (StatusCode::NOT_FOUND, axum::Json(body)).into_response()
}

/// `/` with one tenant leads to it.
async fn straight_to_the_only_tenant(State(state): State<AppState>, request: Request, next: Next) -> Response {
    use axum::response::Redirect;
    if request.uri().path() != "/" {
        return next.run(request).await;
    }
    let mut tenants = state.store.tenants();
    match (tenants.next(), tenants.next()) {
        (Some(only), None) => Redirect::temporary(&format!("/t/{}", only.id())).into_response(),
        _ => {
            drop(tenants);
            next.run(request).await
        }
    }
}

/// A browser that goes away drops this future, which ends whatever is read on its behalf. The page itself is made to its end,
/// which is soon when nothing is read any more: dropped halfway, it would leave parts of itself in memory.
async fn while_the_reader_is_there(mut request: Request, next: Next) -> Response {
    let (here, reader) = Reader::new();
    request.extensions_mut().insert(reader);
    let response = match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "answering a request failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    };
    // Whatever still runs belongs to an answer that is on its way.
    let _ = here.send(());
    response
}
