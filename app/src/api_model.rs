//! Server functions of the board of the model. Its pages are made on the server and travel as text.

use crate::error::AppError;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, PostUrl, Postcard};
use serde::{Deserialize, Serialize};

/// A page of the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelPage {
    /// What it is called.
    pub title: String,
    /// All of it below the bar.
    pub html: String,
}

/// A page: `rest` is what follows the board in the address, `search` its query.
#[server(prefix = "/api", endpoint = "board/model", input = GetUrl, output = Postcard)]
pub async fn model_board(
    tenant: String,
    #[server(default)] rest: String,
    #[server(default)] search: String,
) -> Result<ModelPage, AppError> {
    crate::side::model::page(&expect_context(), &tenant, &rest, &search).await.map_err(crate::side::refused)
}

/// What a draft means while it is typed, as HTML; the draft is the query that its form would ask with.
#[server(prefix = "/api", endpoint = "model/preview", input = PostUrl, output = Postcard)]
pub async fn model_draft(tenant: String, #[server(default)] rest: String, #[server(default)] search: String) -> Result<String, AppError> {
    crate::side::model::preview(&expect_context(), &tenant, &rest, &search).await.map_err(crate::side::refused)
}
