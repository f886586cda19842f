//! The binary `andon`.

use clap::Parser;
use server::cli::Cli;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    server::cli::run(Cli::parse()).await
}
