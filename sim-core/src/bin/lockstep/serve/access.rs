//! Who may ask: pages that come from this computer, and programs on it.
//!
//! A server on loopback can be reached by every page that the browser shows. Three things keep strangers
//! out: the name by which the server is called (a stranger's name may have been bound to 127.0.0.1), the
//! page that calls (`Origin`, which comes with every POST of a browser), and what the browser itself says of
//! the two (`Sec-Fetch-Site`). A proxy replaces the name that was called and hands on the one that the
//! browser used as `X-Forwarded-Host`; that one counts as well.

use tiny_http::{HTTPVersion, Request};

use super::Refusal;

/// Whether a request may be answered.
///
/// # Errors
///
/// Why it is refused.
pub(super) fn check(request: &Request) -> Result<(), Refusal> {
    let all = |name: &'static str| {
        let headers = request.headers().iter();
        let found = headers.filter(move |header| header.field.equiv(name));
        found.map(|header| header.value.as_str())
    };
    let refuse = |sentence: &str| Err(Refusal::new(403, sentence));
    if all("Host").count() != 1 || !all("Host").all(is_loopback) {
        return refuse("Host: expected 127.0.0.1 or localhost");
    }
    if !all("X-Forwarded-Host").all(is_loopback) {
        return refuse("X-Forwarded-Host: expected 127.0.0.1 or localhost");
    }
    if !all("Origin").all(is_own_origin) {
        return refuse("Origin: expected a page of this computer");
    }
    // `none`: a person typed the address.
    if !all("Sec-Fetch-Site").all(|site| matches!(site, "same-origin" | "none")) {
        return refuse("Sec-Fetch-Site: expected a page behind the same address as this server");
    }
    if *request.http_version() < HTTPVersion(1, 1) {
        return Err(Refusal::new(505, "expected HTTP 1.1"));
    }
    Ok(())
}

fn is_own_origin(origin: &str) -> bool {
    let host = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"));
    host.is_some_and(is_loopback)
}

/// Whether a name, perhaps with a port, is one of this computer's own.
fn is_loopback(host: &str) -> bool {
    let without_port = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(without_port, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_computer_are_loopback() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:8081",
            "localhost",
            "localhost:1",
            "[::1]",
            "[::1]:9",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "example.org",
            "127.0.0.1.example.org",
            "localhost.example:80",
            "0.0.0.0",
            "null",
            "127.0.0.1:x",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn a_page_comes_from_this_computer_by_its_whole_origin() {
        assert!(is_own_origin("http://localhost:8080"));
        assert!(is_own_origin("https://127.0.0.1"));
        for origin in [
            "null",
            "",
            "localhost",
            "file://localhost",
            "http://localhost.example",
        ] {
            assert!(!is_own_origin(origin), "{origin}");
        }
    }
}
