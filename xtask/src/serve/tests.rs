use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use super::*;

/// The site with one file called `name`, answering at the address returned while the folder lives.
fn served(name: &str, content: &[u8]) -> (SocketAddr, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), content).unwrap();
    let site = site_in(folder.path());
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            send.send(listener.local_addr().unwrap()).unwrap();
            axum::serve(listener, site).await.unwrap();
        });
    });
    (receive.recv().unwrap(), folder)
}

/// The answer's head in lower case, and its body.
fn get(address: SocketAddr, path: &str, headers: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_ascii_lowercase(), body.to_owned())
}

#[test]
fn wasm_has_its_type_and_is_asked_for_again_each_time() {
    let (address, _folder) = served("app_bg.wasm", b"\0asm");
    let (head, _) = get(address, "/app_bg.wasm", "");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("content-type: application/wasm"), "{head}");
    assert!(head.contains("cache-control: no-cache"), "{head}");
}

#[test]
fn a_copy_that_is_still_good_is_not_sent_again() {
    let (address, _folder) = served("index.html", b"<!doctype html>");
    let (head, body) = get(address, "/", "");
    assert!(body.contains("doctype"));
    let etag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let (head, body) = get(address, "/", &format!("If-None-Match: {etag}\r\n"));
    assert!(head.starts_with("http/1.1 304"), "{head}");
    assert_eq!(body, "");
}

#[test]
fn a_range_is_heeded() {
    let (address, _folder) = served("model.safetensors", b"0123456789");
    let (head, body) = get(address, "/model.safetensors", "Range: bytes=4-6\r\n");
    assert!(head.starts_with("http/1.1 206"), "{head}");
    assert_eq!(body, "456");
}

#[test]
fn nothing_outside_the_site_is_served() {
    let (address, _folder) = served("index.html", b"<!doctype html>");
    for path in ["/../../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd"] {
        let (head, _) = get(address, path, "");
        assert!(head.starts_with("http/1.1 404"), "{head}");
    }
}

#[tokio::test]
async fn a_taken_port_gives_way_to_the_next() {
    let host = IpAddr::from([127, 0, 0, 1]);
    let taken = TcpListener::bind((host, 0)).await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let next = bind(host, port).await.unwrap().local_addr().unwrap().port();
    assert!(next > port && next < port + PORTS);
}

#[test]
fn an_address_for_every_interface_is_shown_as_localhost() {
    assert_eq!(address_of(SocketAddr::from(([0, 0, 0, 0], 8080))), "http://localhost:8080/");
    assert_eq!(address_of(SocketAddr::from(([127, 0, 0, 1], 8081))), "http://127.0.0.1:8081/");
}
