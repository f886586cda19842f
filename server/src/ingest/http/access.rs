//! Who may write, and into which tenant.
//!
//! Without a configuration nobody may: the server listens on every address, and readings are evidence.

use super::answer::Refused;
use crate::ingest::settings::HttpSettings;
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::TenantId;
use store::Store;

/// The tenant of a request: its token's, or with anonymous writing the one that the bucket names. `password` is what stands
/// in the address; clients of InfluxDB 1 put the token there, or into a header.
pub fn tenant(
    settings: &HttpSettings,
    headers: &HeaderMap,
    password: Option<&str>,
    bucket: Option<&str>,
    store: &Store,
) -> Result<TenantId, Refused> {
    let bucket = bucket.filter(|bucket| !bucket.is_empty());
    let unknown = |bucket: &str| Refused::UnknownBucket(bucket.to_owned());
    if let Some(token) = token(headers).or_else(|| password.map(str::to_owned)) {
        let mut owners = settings.tokens.iter().filter(|(secret, _)| secret.is(&token));
        if let Some((_, tenant)) = owners.next() {
            return match bucket {
                Some(bucket) if bucket != tenant.as_str() => Err(unknown(bucket)),
                _ => Ok(tenant.clone()),
            };
        }
        if !settings.anonymous {
            return Err(if settings.tokens.is_empty() { Refused::Closed } else { Refused::UnknownToken });
        }
    }
    if !settings.anonymous {
        return Err(if settings.tokens.is_empty() { Refused::Closed } else { Refused::NoToken });
    }
    // Any site that somebody of this network looks at could write otherwise.
    if headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site") {
        return Err(Refused::Browser);
    }
    let mut tenants = store.tenants();
    match (bucket, tenants.next(), tenants.next()) {
        (Some(bucket), ..) => store.tenant(bucket).map(|tenant| tenant.id().clone()).ok_or_else(|| unknown(bucket)),
        (None, Some(only), None) => Ok(only.id().clone()),
        (None, ..) => Err(Refused::NoBucket),
    }
}

/// `Authorization: Token …`, `Bearer …`, or `Basic …` with the token as the password of any user.
fn token(headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("basic") {
        let pair = String::from_utf8(BASE64_STANDARD.decode(token.trim()).ok()?).ok()?;
        return pair.split_once(':').map(|(_, password)| password.to_owned());
    }
    (scheme.eq_ignore_ascii_case("token") || scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::secret::Secret;
    use domain::zone::Zone;

    fn check(anonymous: bool, tokens: &[(&str, &str)], authorization: Option<&str>, bucket: Option<&str>) -> Result<String, String> {
        let mut store = store::Settings::without_configuration(Zone::UTC);
        for id in ["a", "b"] {
            store.tenants.push(store::TenantSettings { id: id.parse().unwrap(), ..store.tenants[0].clone() });
        }
        let secret = |text: &str| Secret::gather("token", Some(text.to_owned()), None).unwrap().unwrap();
        let tokens = tokens.iter().map(|(text, tenant)| (secret(text), tenant.parse().unwrap())).collect();
        let settings = HttpSettings { anonymous, tokens, ..HttpSettings::default() };
        let mut headers = HeaderMap::new();
        if let Some(text) = authorization {
            headers.insert(header::AUTHORIZATION, text.parse().unwrap());
        }
        tenant(&settings, &headers, None, bucket, &Store::new(store)).map(|t| t.to_string()).map_err(|e| e.to_string())
    }

    #[test]
    fn a_token_opens_its_own_tenant_only() {
        let tokens = [("ta", "a"), ("tb", "b")];
        assert_eq!(check(false, &tokens, Some("Token ta"), None).as_deref(), Ok("a"));
        assert_eq!(check(false, &tokens, Some("Bearer tb"), Some("b")).as_deref(), Ok("b"));
        assert_eq!(check(true, &tokens, Some("Token ta"), Some("a")).as_deref(), Ok("a"));
        assert_eq!(check(false, &tokens, Some("Basic bWU6dGI="), Some("b")).as_deref(), Ok("b"), "me:tb");
        assert_eq!(check(false, &tokens, Some("basic OnRh"), None).as_deref(), Ok("a"), ":ta");
        for (authorization, bucket, sentence) in [
            (Some("Token ta"), Some("b"), "bucket `b` is not there"),
            (Some("Token x"), Some("a"), "not known"),
            (Some("Basic ta"), Some("a"), "a token is missing"),
            (Some("Basic dGE="), Some("a"), "a token is missing"),
            (Some("Basic dGE6dGI="), Some("a"), "bucket `a` is not there"),
            (Some("Basic dGE6eA=="), Some("a"), "not known"),
            (None, Some("a"), "a token is missing"),
        ] {
            let error = check(false, &tokens, authorization, bucket).unwrap_err();
            assert!(error.contains(sentence), "{error}");
        }
        assert!(check(true, &tokens, Some("Token ta"), Some("b")).unwrap_err().contains("bucket `b`"));
    }

    #[test]
    fn without_configuration_nobody_writes() {
        for authorization in [None, Some("Token x")] {
            assert!(check(false, &[], authorization, Some("a")).unwrap_err().contains("anonymous = true"));
        }
    }

    #[test]
    fn anonymous_writing_needs_a_bucket_that_is_there() {
        assert_eq!(check(true, &[], None, Some("a")).as_deref(), Ok("a"));
        assert_eq!(check(true, &[], Some("Token whatever"), Some("b")).as_deref(), Ok("b"));
        assert!(check(true, &[], None, Some("c")).unwrap_err().contains("bucket `c`"));
        assert!(check(true, &[], None, None).unwrap_err().contains("bucket=…"));
    }
}
