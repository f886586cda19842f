//! Words of devices get their numbers.

use super::plant::lock;
use crate::{Store, StoreError};
use domain::TenantId;
use domain::machine::Word;
use sqlx::{Connection, PgConnection};
use std::collections::{BTreeMap, BTreeSet};

impl Store {
    /// The numbers of words; those that have none get one.
    pub(super) async fn numbered(
        &self,
        connection: &mut PgConnection,
        tenant: &TenantId,
        words: BTreeSet<&str>,
    ) -> Result<BTreeMap<String, Word>, StoreError> {
        let known = self.inner.machines.known(tenant);
        let mut numbers = BTreeMap::new();
        let mut missing: Vec<&str> = Vec::new();
        for word in words {
            match known.words.number(word) {
                Some(number) => drop(numbers.insert(word.to_owned(), number)),
                None => missing.push(word),
            }
        }
        if missing.is_empty() {
            return Ok(numbers);
        }
        let sql = "SELECT word, number FROM words WHERE tenant_id = $1 AND word = ANY($2)";
        for attempt in [false, true] {
            let found: Vec<(String, i32)> = sqlx::query_as(sql).bind(tenant.as_str()).bind(&missing).fetch_all(&mut *connection).await?;
            numbers.extend(found.into_iter().map(|(word, number)| (word, Word(number.unsigned_abs()))));
            missing.retain(|word| !numbers.contains_key(*word));
            if attempt || missing.is_empty() {
                break;
            }
            // In a transaction of its own, so that nobody waits for it longer than it takes.
            let mut transaction = connection.begin().await?;
            lock(&mut transaction, tenant).await?;
            let sql = "INSERT INTO words (tenant_id, word) SELECT $1, unnest($2::text[]) ON CONFLICT (tenant_id, word) DO NOTHING";
            sqlx::query(sql).bind(tenant.as_str()).bind(&missing).execute(&mut *transaction).await?;
            transaction.commit().await?;
        }
        Ok(numbers)
    }
}
