//! What only the server can do, and its half of what both sides offer: the head of the page, the status of an answer, the
//! store behind a question. `browser.rs` is the other half; `lib.rs` chooses.

#[path = "server/clocks.rs"]
mod clocks;
#[path = "server/glance.rs"]
pub mod glance;
#[path = "server/language.rs"]
mod language;
#[path = "server/memory.rs"]
mod memory;
#[path = "server/model/mod.rs"]
pub mod model;
#[path = "server/oee.rs"]
pub mod oee;
#[path = "server/opened/mod.rs"]
mod opened;
#[path = "server/parts/mod.rs"]
pub mod parts;
#[path = "server/reports.rs"]
pub mod reports;
#[path = "server/sight.rs"]
pub mod sight;

use crate::App;
use crate::error::AppError;
use crate::live::wire::Question;
use crate::widgets::theme;
use domain::answer::WindowAnswer;
use leptos::prelude::*;

/// The server writes what the browser leaves as it is: drawings, tables of figures.
pub const ON_SERVER: bool = true;

/// Now, by the server's clock.
pub fn now() -> domain::Timestamp {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    domain::Timestamp::from_us(since_epoch.map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX)))
}

/// Makes room for what pages say in their head.
pub fn provide_head() {
    leptos_meta::provide_meta_context();
}

/// Names the page. What the head is written with writes the text as it is, and it holds names that anybody may have put into an address.
pub fn set_title(text: &str) {
    let title = format!("{} – Andon", crate::widgets::html::escaped(text));
    drop(leptos_meta::Title(leptos_meta::TitleProps { formatter: None, text: Some(title.into()) }));
}

/// Sets the status of the page or answer that is being made.
pub fn set_status(status: u16) {
    if let (Some(response), Ok(status)) = (use_context::<leptos_axum::ResponseOptions>(), status.try_into()) {
        response.set_status(status);
    }
}

/// The same error, with its status set on the answer.
pub fn refused(error: impl Into<AppError>) -> AppError {
    let error = error.into();
    set_status(error.status());
    error
}

/// What a page may load and run: what this server brings, and no script but its own. Styles stand in the page, since places
/// on a plot are styles. Evaluating is allowed: wasm needs it, tools that watch a page do it, and no text of ours comes near
/// it. Whoever develops has one more script, and a socket to another port.
fn guard(options: &LeptosOptions) {
    let (Some(response), Some(nonce)) = (use_context::<leptos_axum::ResponseOptions>(), use_nonce()) else { return };
    if options.env == Env::DEV {
        return;
    }
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    );
    if let (Ok(name), Ok(policy)) = ("content-security-policy".parse(), policy.parse()) {
        response.insert_header(name, policy);
    }
}

/// The options with the code that the page of this request needs: the lean half where that is enough and was built. Whoever
/// develops has all of it everywhere.
fn with_code(options: &LeptosOptions) -> LeptosOptions {
    let lean = use_context::<crate::place::RequestAddress>().is_some_and(|address| crate::pages::is_lean(&address.path));
    let name = format!("{}-lean", options.output_name);
    let built = || std::path::Path::new(&*options.site_root).join(&*options.site_pkg_dir).join(format!("{name}.js")).exists();
    let mut options = options.clone();
    if lean && options.env != Env::DEV && built() {
        options.output_name = name.into();
    }
    options
}

/// The document around every page.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    guard(&options);
    let code = with_code(&options);
    let nonce = use_nonce();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/andon.svg" type="image/svg+xml"/>
                <script nonce=nonce>{theme::EARLY_SCRIPT}</script>
                <AutoReload options=options.clone()/>
                <HydrationScripts options=code/>
                <leptos_meta::HashedStylesheet options id="andon"/>
                <leptos_meta::MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// Most series of one window: each is a statement.
const MOST_SERIES: usize = 64;

/// The answer to a question, whichever way it came.
pub async fn answer(store: &store::Store, question: &Question) -> Result<WindowAnswer, AppError> {
    let Question { tenant, series, from, to, columns, average_us } = question;
    let owner = store.tenant(tenant).ok_or_else(|| AppError::UnknownTenant(tenant.clone()))?;
    let spec = domain::WindowSpec::parse(from.as_deref(), to.as_deref()).map_err(store::WindowError::from)?;
    let series = asked_series(series)?;
    let query = store::WindowQuery { series, spec, columns: *columns, average_us: *average_us, now: now() };
    Ok(store.window(&owner, &query).await?)
}

/// The series of a question, each once.
pub fn asked_series(ids: &[String]) -> Result<Vec<domain::SeriesId>, AppError> {
    let mut asked: Vec<domain::SeriesId> = Vec::new();
    for id in ids.iter().filter_map(|id| domain::SeriesId::new(id.as_str())) {
        if !asked.contains(&id) {
            asked.push(id);
        }
        if asked.len() > MOST_SERIES {
            return Err(AppError::BadRequest(format!("One window shows at most {MOST_SERIES} series; choose fewer.")));
        }
    }
    Ok(asked)
}

impl From<store::WindowError> for AppError {
    fn from(error: store::WindowError) -> Self {
        match error {
            store::WindowError::UnknownSeries(id) => AppError::UnknownSeries(id.to_string()),
            store::WindowError::Window(bad) => AppError::BadRequest(format!("Cannot show this window: {bad}.")),
            store::WindowError::Store(error) => AppError::Problem(error.problem()),
        }
    }
}
