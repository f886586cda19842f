//! Facts as rows.

use super::memory::Remembered;
use super::plant::plain;
use crate::StoreError;
use crate::instant::Moment;
use crate::source::quoted;
use domain::TenantId;
use domain::machine::Word;
use domain::oee::correction::Entry;
use domain::plant::{Fact, FactKey, Kind};
use sqlx::{AssertSqlSafe, PgConnection, Row};

/// Appends entries of a tenant's plant, numbered from the next on; who does so holds the lock of the plant.
pub(super) async fn append(
    connection: &mut PgConnection,
    owner: &TenantId,
    (author, why): (&str, &str),
    last: i64,
    entries: &[(FactKey, Option<Fact>)],
) -> Result<(), StoreError> {
    for (number, (key, fact)) in (last + 1..).zip(entries) {
        let fact = fact.as_ref().map(serde_json::to_string).transpose();
        let fact = fact.map_err(|error| StoreError::Other(sqlx::Error::Encode(error.into())))?;
        let sql = "INSERT INTO plant_entries (tenant_id, number, author, why, kind, id, fact) VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)";
        let insert = sqlx::query(sql).bind(owner.as_str()).bind(number).bind(plain(author)).bind(plain(why));
        insert.bind(key.kind.word()).bind(&key.id).bind(fact).execute(&mut *connection).await?;
    }
    Ok(())
}

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
