//! What could not be taken of a machine: wrong clocks, counts that are none, words too long; with the reason and what it was.

use super::{Opened, shortened, table};
use crate::error::AppError;
use crate::widgets::patch::Block;
use store::{Page, RefusedRow};

impl Opened<'_> {
    /// The quarantine of the machine in the window.
    pub(super) async fn quarantine(&self) -> Result<Block, AppError> {
        let before = self.query.after.as_deref().and_then(|id| id.parse().ok());
        let range = self.answer.tile.frame.range;
        let page = self.store.refused_page(self.owner, self.source.id, range, self.known_at, before).await?;
        let last = page.rows.last().map(|row| row.id.to_string());
        let body = format!("{}{}{}", self.first(), self.refused(&page), self.further(page.more, last));
        Ok(self.panel("quarantine", "Quarantine", "what of this machine came in during the window and could not be taken", &body))
    }

    /// A list of it.
    pub(super) fn refused(&self, page: &Page<RefusedRow>) -> String {
        let row = |RefusedRow { id: _, source, received, reason, payload }: &RefusedRow| {
            format!(
                "<tr><td>{}</td><td>{}</td><td class=\"wraps\">{}</td><td class=\"wraps\"><code>{}</code></td></tr>",
                self.wall(*received),
                shortened(source),
                shortened(reason),
                shortened(payload)
            )
        };
        let rows: String = page.rows.iter().map(row).collect();
        if rows.is_empty() {
            return "<p class=\"muted\">Everything could be taken.</p>".to_owned();
        }
        table(&["Put there", "From", "Why", "What it was"], &rows)
    }
}
