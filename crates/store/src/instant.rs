//! Postgres' `timestamp` and `timestamptz` as integer microseconds.
//!
//! Own types because chrono's calendar is smaller than Postgres' and because columns of a hundred thousand instants
//! are read at once: eight bytes each, no calendar in between.

use domain::Timestamp;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};

/// Microseconds from 1970-01-01 to 2000-01-01, where Postgres counts from.
const POSTGRES_EPOCH_US: i64 = 946_684_800_000_000;

/// An instant as `timestamp without time zone` in UTC: what statements on tables of any kind compute with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instant(pub Timestamp);

/// An instant as `timestamp with time zone`: what our own tables hold. −infinity and infinity read as the calendar's ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(pub Timestamp);

/// Microseconds as Postgres counts them.
pub(crate) fn postgres_us(time: Timestamp) -> i64 {
    time.us().saturating_sub(POSTGRES_EPOCH_US)
}

/// Microseconds as we count them.
pub(crate) fn us_of_postgres(us: i64) -> i64 {
    us.saturating_add(POSTGRES_EPOCH_US)
}

/// Postgres' own numbers of a type and of its arrays.
macro_rules! stored_as {
    ($kind:ident, $oid:literal, $array_oid:literal) => {
        impl Type<Postgres> for $kind {
            fn type_info() -> PgTypeInfo {
                PgTypeInfo::with_oid(Oid($oid))
            }

            fn compatible(found: &PgTypeInfo) -> bool {
                found.oid() == Some(Oid($oid))
            }
        }

        impl PgHasArrayType for $kind {
            fn array_type_info() -> PgTypeInfo {
                PgTypeInfo::with_oid(Oid($array_oid))
            }

            fn array_compatible(found: &PgTypeInfo) -> bool {
                found.oid() == Some(Oid($array_oid))
            }
        }

        impl Encode<'_, Postgres> for $kind {
            fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
                buffer.extend(&postgres_us(self.0).to_be_bytes());
                Ok(IsNull::No)
            }
        }

        impl Decode<'_, Postgres> for $kind {
            fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
                if value.format() != PgValueFormat::Binary {
                    return Err("an instant in text form; bind at least one argument".into());
                }
                let bytes: [u8; 8] = value.as_bytes()?.try_into()?;
                Ok(Self(Timestamp::from_us(us_of_postgres(i64::from_be_bytes(bytes)))))
            }
        }
    };
}

stored_as!(Instant, 1114, 1115);
stored_as!(Moment, 1184, 1185);
