//! A table that is written while it is made: as CSV, a line a row, or as JSON, an object a row. Both hold the same digits, because a
//! cell is a value of the object by its way in it.

use super::asked::Format;
use super::{CSV, dated_name, download};
use crate::csv;
use app::error::AppError;
use axum::body::{Body, Bytes};
use axum::response::Response;
use domain::TimeRange;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use serde_json::Value;

/// Rows in pieces; an error ends them.
pub type Rows = BoxStream<'static, Result<Vec<Value>, AppError>>;

/// A table.
pub struct Sheet {
    /// The ways to the cells in an object, their parts with dots between; also what the columns are called.
    pub columns: Vec<&'static str>,
    /// What is in it.
    pub rows: Rows,
}

impl Sheet {
    /// A table of rows that are there already, which are handed out piece by piece.
    pub fn of(columns: &[&'static str], rows: impl Iterator<Item = Value> + Send + 'static) -> Self {
        const PIECE: usize = 500;
        let pieces = stream::unfold(rows, |mut rows| async move {
            let piece: Vec<Value> = rows.by_ref().take(PIECE).collect();
            (!piece.is_empty()).then_some((Ok(piece), rows))
        });
        Self { columns: columns.to_vec(), rows: pieces.boxed() }
    }

    /// The answer to whoever asked for it. What is read in the middle fails by breaking the connection off, so that nobody takes a
    /// part for the whole.
    pub fn answer(self, name: &str, range: TimeRange, format: Format) -> Response {
        let Self { columns, rows } = self;
        let (kind, end) = match format {
            Format::Csv => (CSV, "csv"),
            Format::Json => ("application/json", "json"),
        };
        let begin = match format {
            Format::Csv => line(columns.iter().map(|name| csv::cell(name))),
            Format::Json => "[".to_owned(),
        };
        let mut first = true;
        let rows = rows.map(move |piece| {
            let piece = piece?;
            let text = match format {
                Format::Csv => piece.iter().map(|row| line(columns.iter().map(|way| cell(row, way)))).collect(),
                Format::Json => {
                    let object = |row: &Value| format!("{}\n{row}", if std::mem::take(&mut first) { "" } else { "," });
                    piece.iter().map(object).collect::<String>()
                }
            };
            Ok::<_, AppError>(Bytes::from(text))
        });
        let end_of = if format == Format::Json { "\n]\n" } else { "" };
        let all = stream::iter([Ok(Bytes::from(begin))]).chain(rows).chain(stream::iter([Ok(Bytes::from(end_of))]));
        // Compression asks once more after the end.
        download(Body::from_stream(all.fuse()), kind, &format!("{}.{end}", dated_name(name, range)))
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    cells.collect::<Vec<_>>().join(",") + "\r\n"
}

/// A cell of a row: numbers as they are, texts without formulae, lists with spaces between, further objects as JSON.
fn cell(row: &Value, way: &str) -> String {
    match way.split('.').try_fold(row, |held, name| held.get(name)) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => csv::cell(text),
        Some(Value::Array(list)) => {
            let said: Vec<String> = list.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned)).collect();
            csv::cell(&said.join(" "))
        }
        Some(object @ Value::Object(_)) => csv::cell(&object.to_string()),
        Some(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cells_are_found_by_their_way_and_are_no_formulae() {
        let row = json!({"a": {"b": -1.5, "c": null}, "d": "=1+1", "e": ["x", "y"], "f": [0.25, 0.5], "g": {"h,\"i": 1}, "j": true});
        let said = ["a.b", "a.c", "a.x", "d", "e", "f", "g", "j"].map(|way| cell(&row, way));
        assert_eq!(said, ["-1.5", "", "", "'=1+1", "x y", "0.25 0.5", "\"{\"\"h,\\\"\"i\"\":1}\"", "true"]);
    }
}
