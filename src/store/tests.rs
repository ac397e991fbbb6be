use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::*;
use crate::model::MODELS;

/// What the server does with one request, after the range it asks for.
#[derive(Clone, Copy)]
enum Answer {
    /// The whole of what is served, or the part asked for.
    Right,
    /// As `Right`, but without heeding a range.
    RightWhole,
    /// Announces everything and closes after this many bytes.
    BreaksOff(usize),
    /// This many bytes of the file, as if they were all.
    Short(usize),
    /// As many bytes, but others.
    Corrupted,
    /// One byte too many.
    Long,
    NotFound,
}

const CONTENT: &[u8] = b"weights, weights, and more weights, at the last some biases";
const FILE: ModelFile =
    ModelFile { name: "model.safetensors", bytes: CONTENT.len() as u64, sha256: CONTENT_SHA256 };
const CONTENT_SHA256: &str = "75d60f918f6fa3b96594e95634efbf1e6201d091e01793cb312eb1f3a207e0ef";

/// A server that answers one request after the other as told, and then no more.
struct Server {
    address: String,
    /// The first byte that each request asked for.
    asked_from: Arc<Mutex<Vec<Option<usize>>>>,
}

impl Server {
    fn start(answers: &'static [Answer]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = format!("http://{}/file", listener.local_addr().unwrap());
        let asked_from = Arc::new(Mutex::new(Vec::new()));
        let asked = Arc::clone(&asked_from);
        thread::spawn(move || {
            for answer in answers {
                let (stream, _) = listener.accept().unwrap();
                let from = range_asked(&stream);
                asked.lock().unwrap().push(from);
                respond(&stream, *answer, from);
            }
        });
        Self { address, asked_from }
    }

    fn asked_from(&self) -> Vec<Option<usize>> {
        self.asked_from.lock().unwrap().clone()
    }
}

fn range_asked(stream: &TcpStream) -> Option<usize> {
    let mut from = None;
    for line in BufReader::new(stream).lines() {
        let line = line.unwrap().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(range) = line.strip_prefix("range: bytes=") {
            from = range.strip_suffix('-').map(|from| from.parse().unwrap());
        }
    }
    from
}

fn respond(mut stream: &TcpStream, answer: Answer, from: Option<usize>) {
    let mut content = CONTENT.to_vec();
    let (mut from, mut sent) = (from, usize::MAX);
    match answer {
        Answer::Right => {}
        Answer::RightWhole => from = None,
        Answer::BreaksOff(after) => sent = after,
        Answer::Short(bytes) => content.truncate(bytes),
        Answer::Corrupted => content[7] ^= 1,
        Answer::Long => content.push(b'!'),
        Answer::NotFound => {
            stream
                .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .unwrap();
            return;
        }
    }
    let all = content.len();
    let head = match from {
        Some(from) if from >= all => {
            let head = format!(
                "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */{all}\r\nContent-Length: 0\r\n"
            );
            content.clear();
            head
        }
        Some(from) => {
            let part = content.split_off(from);
            content = part;
            format!(
                "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{}/{all}\r\nContent-Length: {}\r\n",
                all - 1,
                content.len()
            )
        }
        None => format!("HTTP/1.1 200 OK\r\nContent-Length: {all}\r\n"),
    };
    stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).unwrap();
    // The client may have hung up, having seen enough.
    let _ = stream.write_all(&content[..content.len().min(sent)]);
}

fn fetch_twice(server: &Server, folder: &Path) -> Result<()> {
    twice(|_| hub::fetch(&server.address, &FILE, folder))
}

#[track_caller]
fn assert_whole(folder: &Path) {
    assert_eq!(fs::read(folder.join(FILE.name)).unwrap(), CONTENT);
    let names: Vec<_> = folder.read_dir().unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(names, [FILE.name], "nothing half-made is left");
}

#[test]
fn a_download_arrives_whole() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[Answer::Right]);
    fetch_twice(&server, folder.path()).unwrap();
    assert_whole(folder.path());
}

#[test]
fn an_interrupted_download_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[Answer::BreaksOff(10), Answer::BreaksOff(20), Answer::Right]);
    fetch_twice(&server, folder.path()).unwrap();
    assert_whole(folder.path());
    assert_eq!(server.asked_from(), [None, Some(10), Some(30)]);
}

#[test]
fn a_part_left_by_an_earlier_run_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.safetensors.part"), &CONTENT[..25]).unwrap();
    let server = Server::start(&[Answer::Right]);
    fetch_twice(&server, folder.path()).unwrap();
    assert_whole(folder.path());
    assert_eq!(server.asked_from(), [Some(25)]);
}

#[test]
fn a_server_without_ranges_sends_it_from_the_start() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.safetensors.part"), &CONTENT[..25]).unwrap();
    let server = Server::start(&[Answer::RightWhole]);
    fetch_twice(&server, folder.path()).unwrap();
    assert_whole(folder.path());
}

#[test]
fn a_part_that_was_corrupted_is_fetched_again_from_the_start() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.safetensors.part"), [b'x'; 25]).unwrap();
    let server = Server::start(&[Answer::Right, Answer::Right]);
    fetch_twice(&server, folder.path()).unwrap();
    assert_whole(folder.path());
    assert_eq!(server.asked_from(), [Some(25), None]);
}

#[test]
fn a_part_longer_than_the_file_is_thrown_away() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.safetensors.part"), [b'x'; 100]).unwrap();
    let server = Server::start(&[Answer::Right]);
    fetch_twice(&server, folder.path()).unwrap();
    assert_whole(folder.path());
}

#[test]
fn what_came_truncated_is_fetched_once_more() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[Answer::Short(30), Answer::Right]);
    fetch_twice(&server, folder.path()).unwrap();
    assert_whole(folder.path());
}

#[test]
fn a_part_longer_than_the_servers_file_starts_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.safetensors.part"), &CONTENT[..25]).unwrap();
    let server = Server::start(&[Answer::Short(20), Answer::Right]);
    fetch_twice(&server, folder.path()).unwrap();
    assert_whole(folder.path());
    assert_eq!(server.asked_from(), [Some(25), None]);
}

#[test]
fn twice_corrupted_is_an_error_with_both_hashes() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[Answer::Corrupted, Answer::Corrupted]);
    let error = format!("{:#}", fetch_twice(&server, folder.path()).unwrap_err());
    assert!(error.starts_with("twice wrong"), "{error}");
    assert!(error.contains(&format!("corrupted: expected sha256 {CONTENT_SHA256}, found ")), "{error}");
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn twice_too_long_is_an_error_with_both_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[Answer::Long, Answer::Long]);
    let error = format!("{:#}", fetch_twice(&server, folder.path()).unwrap_err());
    assert!(
        error.contains(&format!("expected {} bytes, found {}", CONTENT.len(), CONTENT.len() + 1)),
        "{error}"
    );
}

#[test]
fn a_download_that_gets_no_further_is_given_up_and_kept_for_later() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[Answer::BreaksOff(10), Answer::BreaksOff(0)]);
    let error = format!("{:#}", fetch_twice(&server, folder.path()).unwrap_err());
    assert!(error.contains("interrupted after"), "{error}");
    assert_eq!(fs::read(folder.path().join("model.safetensors.part")).unwrap(), &CONTENT[..10]);
}

#[test]
fn a_missing_page_is_an_error_that_names_the_address() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[Answer::NotFound]);
    let error = format!("{:#}", fetch_twice(&server, folder.path()).unwrap_err());
    assert!(error.contains(&server.address) && error.contains("404"), "{error}");
}

#[test]
fn a_named_folder_may_hold_the_files_or_the_models_folder() {
    for inside in ["", "minilm"] {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir_all(from.path().join(inside)).unwrap();
        fs::write(from.path().join(inside).join(FILE.name), CONTENT).unwrap();
        take(from.path(), "minilm", &FILE, to.path()).unwrap();
        assert_whole(to.path());
    }
}

#[test]
fn a_wrong_file_in_a_named_folder_is_not_taken() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(from.path().join(FILE.name), &CONTENT[..12]).unwrap();
    let error = format!("{:#}", take(from.path(), "minilm", &FILE, to.path()).unwrap_err());
    assert!(error.contains("truncated"), "{error}");
    assert_eq!(to.path().read_dir().unwrap().count(), 0);
}

#[test]
fn a_stream_with_the_wrong_bytes_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    assert!(keep(&CONTENT[1..], &FILE, folder.path()).unwrap_err().is::<Flaw>());
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    keep(CONTENT, &FILE, folder.path()).unwrap();
    assert_whole(folder.path());
}

#[test]
fn every_model_has_sources() {
    for spec in MODELS {
        assert!(!spec.sources.is_empty(), "{}", spec.id);
    }
}

#[test]
fn a_made_model_has_the_other_files_of_one_that_is_fetched() {
    for spec in MODELS {
        for source in spec.sources {
            let ModelSource::Quantised { from } = source else { continue };
            let original = find(from).unwrap();
            assert!(original.sources.iter().all(|source| !matches!(source, ModelSource::Quantised { .. })));
            let others = |spec: &ModelSpec| -> Vec<&'static ModelFile> {
                spec.files.iter().filter(|file| file.name != WEIGHTS_FILE).collect()
            };
            assert_eq!(others(spec), others(original), "{}", spec.id);
        }
    }
}

#[test]
fn what_a_model_is_made_of_is_copied_except_for_the_weights_which_must_be_floats() {
    let (original, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = ModelFile { name: "config.json", ..FILE };
    for name in [config.name, "tokenizer.json", FILE.name] {
        fs::write(original.path().join(name), CONTENT).unwrap();
    }
    make(original.path(), &config, to.path()).unwrap();
    assert_eq!(fs::read(to.path().join(config.name)).unwrap(), CONTENT);
    let error = format!("{:#}", make(original.path(), &FILE, to.path()).unwrap_err());
    assert!(error.contains(FILE.name) && error.contains("not a whole safetensors file"), "{error}");
    assert_eq!(to.path().read_dir().unwrap().count(), 1);
}

#[test]
fn a_named_folder_of_no_model_is_for_the_one_that_is_fetched() {
    let from = tempfile::tempdir().unwrap();
    let is_asked =
        |spec| sources(spec, Some(from.path())).iter().any(|source| matches!(source, Source::Folder(_)));
    for spec in MODELS {
        let is_fetched = spec.sources.iter().all(|source| !matches!(source, ModelSource::Quantised { .. }));
        assert_eq!(is_asked(spec), is_fetched, "{}", spec.id);
        fs::create_dir(from.path().join(spec.id)).unwrap();
        assert!(is_asked(spec), "{}", spec.id);
    }
}
