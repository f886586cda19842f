//! The shape of the workspace, checked: which crate may depend on which, and words that a crate must never mention.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// Crate, its folder, the dependencies that it may have (without those for tests), words that must not stand in it.
const RULES: [(&str, &str, &[&str], &[&str]); 7] = [
    (
        "domain",
        "crates/domain",
        &["serde", "thiserror", "chrono", "chrono-tz"],
        &["leptos", "plotters", "sqlx", "axum", "tokio", "web_sys", "SystemTime", "Utc::now"],
    ),
    (
        "chart",
        "crates/chart",
        &["domain", "plotters", "plotters-backend", "plotters-canvas", "web-sys", "serde"],
        &["leptos", "sqlx", "axum", "tokio"],
    ),
    (
        "store",
        "crates/store",
        &["crc32fast", "domain", "sqlx", "tracing", "tokio", "futures", "serde", "serde_json", "thiserror"],
        &["leptos", "plotters", "axum"],
    ),
    ("plant-sim", "crates/plant-sim", &["domain", "rand", "rand_chacha"], &["leptos", "sqlx", "axum", "SystemTime", "Instant::now"]),
    (
        "app",
        "app",
        &[
            "base64",
            "chart",
            "domain",
            "form_urlencoded",
            "http",
            "leptos",
            "leptos_axum",
            "leptos_meta",
            "postcard",
            "serde",
            "server_fn",
            "store",
            "thiserror",
            "tracing",
            "js-sys",
            "wasm-bindgen",
            "web-sys",
        ],
        &["sqlx", "use axum", "SELECT "],
    ),
    ("frontend", "frontend", &["app", "console_error_panic_hook", "leptos", "wasm-bindgen"], &["view!", "fn main"]),
    (
        "server",
        "server",
        &[
            "any_spawner",
            "app",
            "axum",
            "base64",
            "chart",
            "clap",
            "csv",
            "domain",
            "flate2",
            "form_urlencoded",
            "futures",
            "http",
            "http-body-util",
            "hyper",
            "hyper-util",
            "indicatif",
            "leptos",
            "leptos_axum",
            "lzma-rust2",
            "metrics",
            "metrics-exporter-prometheus",
            "plant-sim",
            "postcard",
            "prost",
            "roxmltree",
            "rumqttc-v4-next",
            "serde",
            "serde_json",
            "store",
            "thiserror",
            "tokio",
            "toml",
            "tower",
            "tower-http",
            "tracing",
            "tracing-subscriber",
        ],
        &["view!", "SELECT ", "sqlx::"],
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn crates_depend_on_what_they_may() {
    for (name, folder, allowed, _) in RULES {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let dependencies = manifest.get("dependencies").and_then(|d| d.as_table()).unwrap();
        for dependency in dependencies.keys() {
            assert!(allowed.contains(&dependency.as_str()), "{name} must not depend on {dependency}");
        }
    }
}

#[test]
fn crates_do_not_mention_what_is_not_theirs() {
    for (name, folder, _, forbidden) in RULES {
        for path in sources(&root().join(folder).join("src")) {
            let text = fs::read_to_string(&path).unwrap();
            // Prose may name anything.
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                for word in forbidden {
                    assert!(!line.contains(word), "{name} must not mention {word}: {}: {line}", path.display());
                }
            }
        }
    }
}

#[test]
fn files_open_with_a_sentence_and_stay_short() {
    for (_, folder, ..) in RULES {
        for path in sources(&root().join(folder).join("src")) {
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("//!"), "{} does not say what it is", path.display());
            let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
            assert!(lines <= 400, "{} has {lines} lines without its tests; split it along a noun", path.display());
        }
    }
}
