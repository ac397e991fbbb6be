//! A model's own address on the Hugging Face hub. An interrupted download is taken up where it stopped.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};

use super::check::check;
use super::progress::{Progress, bytes, say};
use crate::model::ModelFile;

/// Where the hub has the file called `name`.
pub fn address(repository: &str, revision: &str, name: &str) -> String {
    format!("https://huggingface.co/{repository}/resolve/{revision}/{name}")
}

/// Downloads `file` from `address` into `folder`, by way of a file called `<name>.part` that stays when it's
/// interrupted. Fails with a [`super::Flaw`] when what came whole is not the file.
pub fn fetch(address: &str, file: &ModelFile, folder: &Path) -> Result<()> {
    let path = folder.join(file.name);
    let part = folder.join(format!("{}.part", file.name));
    download(address, file, &part).with_context(|| address.to_owned())?;
    if let Err(flaw) = check(&part, file) {
        fs::remove_file(&part)?;
        return Err(flaw).with_context(|| address.to_owned());
    }
    fs::rename(&part, &path).with_context(|| format!("could not write {}", path.display()))
}

/// Fills `part` with what the server has of `file`, from where an earlier download stopped if the server can.
/// Whether it is the right file is another question.
fn download(address: &str, file: &ModelFile, part: &Path) -> Result<()> {
    let agent = agent();
    let (mut furthest, mut restarted) = (0, false);
    loop {
        let have = fs::metadata(part).map(|part| part.len()).unwrap_or(0);
        if have == file.bytes {
            return Ok(());
        }
        if have > file.bytes {
            fs::remove_file(part)?;
            continue;
        }
        let response = request(&agent, address, have)?;
        let (mut out, begun) = match response.status() {
            StatusCode::PARTIAL_CONTENT if begins_at(&response) == Some(have) => {
                say(format!("{}: going on from {} of {}", file.name, bytes(have), bytes(file.bytes)));
                (File::options().append(true).open(part)?, have)
            }
            // The server sends the whole file whatever was asked for.
            StatusCode::OK => (File::create(part)?, 0),
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if !restarted => {
                say(format!("{}: the server cannot go on from byte {have}; from the start", file.name));
                fs::remove_file(part)?;
                restarted = true;
                continue;
            }
            status => bail!("the server answered {status}"),
        };
        match transfer(response, &mut out, file, begun) {
            Ok(()) => return Ok(()),
            Err(Interruption { have, what }) if have > furthest.max(begun) => {
                furthest = have;
                say(format!(
                    "{}: interrupted after {} of {}: {what}",
                    file.name,
                    bytes(have),
                    bytes(file.bytes)
                ));
            }
            Err(Interruption { have, what }) => {
                bail!(
                    "interrupted after {} of {}, again and no further: {what}",
                    bytes(have),
                    bytes(file.bytes)
                )
            }
        }
    }
}

fn agent() -> Agent {
    let settings = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(Duration::from_secs(15)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        .timeout_per_read(Some(Duration::from_secs(60)))
        .build();
    Agent::new_with_config(settings)
}

fn request(agent: &Agent, address: &str, have: u64) -> Result<Response<Body>> {
    let request = agent.get(address);
    let request = if have > 0 { request.header(header::RANGE, format!("bytes={have}-")) } else { request };
    Ok(request.call()?)
}

/// Where the part that `response` carries begins, of `Content-Range: bytes 100-199/200`.
fn begins_at(response: &Response<Body>) -> Option<u64> {
    let range = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}

struct Interruption {
    /// Bytes of the file that are here.
    have: u64,
    what: String,
}

/// Writes what `response` carries to `out`, which has `have` bytes of the file. A body that ends before the
/// length it announced is an interruption; one that is short by its own account is not. Never writes more than one byte
/// beyond the file's size: that is enough to see that it is another file.
fn transfer(
    response: Response<Body>,
    out: &mut File,
    file: &ModelFile,
    have: u64,
) -> Result<(), Interruption> {
    let progress = Progress::download(file.name, have, file.bytes);
    let mut body = response.into_body().into_reader().take(file.bytes - have + 1);
    let mut buffer = vec![0; 1 << 16];
    let mut have = have;
    loop {
        let read = body.read(&mut buffer).map_err(|error| Interruption { have, what: error.to_string() })?;
        if read == 0 {
            break;
        }
        out.write_all(&buffer[..read]).map_err(|error| Interruption { have, what: error.to_string() })?;
        have += read as u64;
        progress.set(have);
    }
    progress.done();
    Ok(())
}
