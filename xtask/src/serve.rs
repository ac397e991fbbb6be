//! The site on this machine.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::http::{HeaderValue, header};
use tokio::net::TcpListener;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::paths::Paths;
use crate::progress::say;
use crate::{book, site};

/// Ports tried, from the one asked for on.
const PORTS: u16 = 20;

#[derive(clap::Args)]
pub struct Arguments {
    /// The port, or the next that is free.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The address to listen on; 0.0.0.0 for every one of this machine's.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Open the page in the browser.
    #[arg(long)]
    open: bool,
    /// Serve what the last build left in dist/.
    #[arg(long)]
    no_build: bool,
}

/// `cargo xtask serve`. Returns at Ctrl-C.
pub fn run(paths: &Paths, arguments: &Arguments) -> Result<()> {
    let dist = paths.dist();
    if !arguments.no_build {
        site::build(paths, &dist)?;
    } else if !dist.is_dir() {
        bail!("there is no {} yet; run `cargo xtask build`, or leave out --no-build", paths.shown(&dist));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let book = (!arguments.no_build).then(|| paths.clone());
    runtime.block_on(serve(&dist, arguments, book))?;
    // Ctrl-C ends the book's build, too.
    runtime.shutdown_background();
    Ok(())
}

/// With `book` it is built while the page is served already: on a new machine that takes minutes.
async fn serve(dist: &Path, arguments: &Arguments, book: Option<Paths>) -> Result<()> {
    let listener = bind(arguments.host, arguments.port).await?;
    let bound = listener.local_addr()?;
    if !bound.ip().is_loopback() {
        say(
            "browsers offer WebGPU and the cache only on localhost and over https; from other machines the page runs without",
        );
    }
    let address = address_of(bound);
    println!("Attention Map is at {address} (Ctrl-C ends it)");
    if arguments.open {
        open(&address);
    }
    if let Some(paths) = book {
        let dist = dist.to_path_buf();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = book::write(&paths, &dist) {
                say(format!("the page is served without its book: {error:#}"));
            }
        });
    }
    tokio::select! {
        served = axum::serve(listener, site_in(dist)) => served?,
        pressed = tokio::signal::ctrl_c() => pressed?,
    }
    Ok(())
}

/// The files below `dist` as they are, ranges and validators included. A browser asks each time whether its
/// copy is still good, so that a new build is seen at once.
fn site_in(dist: &Path) -> Router {
    let no_cache =
        SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Router::new().fallback_service(ServeDir::new(dist)).layer(no_cache)
}

/// Listens on `port`, or on the next free one of [`PORTS`].
async fn bind(host: IpAddr, port: u16) -> Result<TcpListener> {
    for candidate in port..=port.saturating_add(PORTS - 1) {
        match TcpListener::bind((host, candidate)).await {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == ErrorKind::AddrInUse => say(format!("port {candidate} is taken")),
            Err(error) => {
                return Err(error).with_context(|| format!("could not listen on {host}, port {candidate}"));
            }
        }
    }
    bail!("{PORTS} ports from {port} on are taken; choose another with --port");
}

/// What to type into a browser on this machine.
fn address_of(bound: SocketAddr) -> String {
    if bound.ip().is_unspecified() {
        format!("http://localhost:{}/", bound.port())
    } else {
        format!("http://{bound}/")
    }
}

fn open(address: &str) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = Command::new(opener);
    command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Err(error) = command.spawn() {
        say(format!("could not open a browser with {opener}: {error}"));
    }
}

#[cfg(test)]
mod tests;
