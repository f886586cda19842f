//! Facts as rows, and what one made other than the one before.

use super::memory::Remembered;
use crate::StoreError;
use crate::instant::Moment;
use crate::source::quoted;
use domain::TenantId;
use domain::machine::Word;
use domain::oee::correction::Entry;
use domain::plant::{Difference, Fact, FactKey, FieldChange, Kind};
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, Row};
use std::collections::BTreeSet;

/// What is known with the entries and words of a tenant that are newer; `None` when there are none, which is what most ask.
pub(super) async fn catch_up(
    connection: &mut PgConnection,
    schema: &str,
    tenant: &TenantId,
    known: &Remembered,
) -> Result<Option<Remembered>, StoreError> {
    let schema = quoted(schema);
    let sql = format!(
        "SELECT number, recorded, author, why, kind, id, fact::text AS fact FROM {schema}.plant_entries WHERE tenant_id = $1 AND number > $2
         UNION ALL
         SELECT number, NULL::timestamptz, NULL, NULL, NULL, NULL, word FROM {schema}.words WHERE tenant_id = $1 AND number > $3
         ORDER BY number"
    );
    let rows =
        sqlx::query(AssertSqlSafe(sql)).bind(tenant.as_str()).bind(known.last_entry).bind(known.last_word).fetch_all(connection).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut known = known.clone();
    for row in &rows {
        let (number, text): (i64, Option<String>) = (row.try_get("number")?, row.try_get("fact")?);
        let Some(kind) = row.try_get::<Option<String>, _>("kind")? else {
            let word = i32::try_from(number).unwrap_or(i32::MAX);
            known.words.learn(Word(word.unsigned_abs()), &text.unwrap_or_default());
            known.last_word = known.last_word.max(word);
            continue;
        };
        // A kind that a later version has added.
        let Some(kind) = Kind::ALL.into_iter().find(|known| known.word() == kind) else { continue };
        let fact = text.map(|text| serde_json::from_str::<Fact>(&text)).transpose();
        let fact = fact.map_err(|error| StoreError::Unreadable(sqlx::Error::Decode(error.into())))?;
        let entry = Entry {
            subject: 0,
            recorded: row.try_get::<Moment, _>("recorded")?.0,
            number: number.unsigned_abs(),
            author: row.try_get("author")?,
            why: row.try_get("why")?,
            fact,
        };
        known.add(FactKey { kind, id: row.try_get("id")? }, entry);
    }
    Ok(Some(known))
}

/// What a change makes other; `None` where nothing is.
pub(super) fn difference(key: FactKey, before: Option<Fact>, after: Option<Fact>) -> Option<Difference> {
    if before == after {
        return None;
    }
    let mut fields = Vec::new();
    if let (Some(before), Some(after)) = (&before, &after) {
        let value = |fact: &Fact| {
            // The way begins inside the fact: past its kind and id.
            let value = serde_json::to_value(fact).unwrap_or_default();
            let of_kind = value.as_object().and_then(|kinds| kinds.values().next()).and_then(|pair| pair.get(1));
            of_kind.cloned().unwrap_or_default()
        };
        compare("", &value(before), &value(after), &mut fields);
    }
    Some(Difference { key, before, after, fields })
}

fn compare(way: &str, before: &Value, after: &Value, fields: &mut Vec<FieldChange>) {
    if before == after {
        return;
    }
    let (Some(old), Some(new)) = (before.as_object(), after.as_object()) else {
        let text = |value: &Value| if value.is_null() { "nothing".to_owned() } else { value.to_string() };
        fields.push(FieldChange { field: way.to_owned(), before: text(before), after: text(after) });
        return;
    };
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let way = if way.is_empty() { name.clone() } else { format!("{way}.{name}") };
        compare(&way, old.get(name).unwrap_or(&Value::Null), new.get(name).unwrap_or(&Value::Null), fields);
    }
}
