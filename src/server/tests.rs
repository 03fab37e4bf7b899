//! The HTTP door as a stranger sees it, byte by byte over TCP.

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

/// A server of its own for each test, with its own database.
struct TestServer {
    server: Server,
    _data_dir: TempDir,
}

/// What came back.
struct Answered {
    status: u16,
    head: String,
    body: String,
}

impl Answered {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Status and code, after a look at the envelope.
    fn refusal(&self) -> (u16, String) {
        let json = self.json();
        assert_eq!(json["success"], false);
        assert!(json["error"].as_str().unwrap().ends_with('.'));
        assert_eq!(json["request_id"], self.header("x-request-id").unwrap());
        (self.status, json["code"].as_str().unwrap().to_owned())
    }
}

impl TestServer {
    async fn start(variables: &[(&str, &str)]) -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        let mut pairs = vec![
            ("APP_MODE", "test"),
            ("APP_HOST", "127.0.0.1"),
            ("APP_PORT", "0"),
            ("WORKERS", "1"),
            ("DATA_DIR", data_dir.path().to_str().unwrap()),
        ];
        pairs.extend(variables);
        let config = Config::from_pairs(pairs).unwrap();
        Self {
            server: Server::start(&config).await.unwrap(),
            _data_dir: data_dir,
        }
    }

    /// Sends these bytes on a new connection and reads until the server closes it.
    async fn send(&self, request: impl AsRef<[u8]>) -> Answered {
        let mut stream = TcpStream::connect(self.server.address()).await.unwrap();
        stream.write_all(request.as_ref()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Answered {
            status: head[9..12].parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    async fn get(&self, path: &str) -> Answered {
        self.request("GET", path, "", "").await
    }

    async fn request(&self, method: &str, path: &str, headers: &str, body: &str) -> Answered {
        let length = match body.len() {
            0 => String::new(),
            length => format!("Content-Length: {length}\r\n"),
        };
        self.send(format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}{length}\r\n{body}"
        ))
        .await
    }

    async fn register(&self, headers: &str, body: &str) -> Answered {
        self.request("POST", "/v1/auth/register", headers, body)
            .await
    }
}

const JSON: &str = "Content-Type: application/json\r\n";

fn code(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[actix_web::test]
async fn a_server_pings_and_names_the_request() {
    let server = TestServer::start(&[]).await;
    let answer = server
        .request("GET", "/ping", "X-Request-ID: mine-1\r\n", "")
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, r#"{"success":true,"data":{"message":"pong"}}"#);
    assert_eq!(answer.header("x-request-id"), Some("mine-1"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    for path in ["/health", "/livez", "/ready", "/v1/server"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.json()["success"], true);
    }
    let bare = server.get("/goroutines").await.json();
    assert!(bare["goroutines"].as_u64().unwrap() > 0);
    assert_eq!(bare.as_object().unwrap().len(), 1);
}

#[actix_web::test]
async fn an_unknown_address_is_404_and_a_wrong_method_405_with_what_is_allowed() {
    let server = TestServer::start(&[]).await;
    for path in [
        "/",
        "/nothing",
        "/v1",
        "/v1/auth",
        "/v1/auth/nothing",
        "/v1/users/",
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.refusal(), code(404, "NOT_FOUND"), "{path}");
        assert_eq!(answer.header("allow"), None);
    }
    for (method, path, allowed) in [
        ("POST", "/ping", "GET, HEAD"),
        ("BREW", "/ping", "GET, HEAD"),
        ("GET", "/v1/auth/register", "POST"),
        ("OPTIONS", "/v1/auth/register", "POST"),
    ] {
        let answer = server.request(method, path, "", "").await;
        assert_eq!(answer.refusal(), code(405, "METHOD_NOT_ALLOWED"), "{path}");
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
    }
}

#[actix_web::test]
async fn head_is_get_without_the_body() {
    let server = TestServer::start(&[]).await;
    let answer = server.request("HEAD", "/ping", "", "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, "");
    assert_eq!(answer.header("content-length"), Some("42"));
}

#[actix_web::test]
async fn a_stranger_is_turned_away_before_anything_is_looked_at() {
    let server = TestServer::start(&[]).await;
    for (method, path, headers, body) in [
        ("GET", "/v1/users/me", "", ""),
        ("GET", "/v1/conversations/not-an-id", "", ""),
        ("GET", "/v1/ws", "", ""),
        (
            "GET",
            "/v1/rate-limits",
            "Authorization: Bearer x.y.z\r\n",
            "",
        ),
        ("POST", "/v1/auth/password/change", "", "not json"),
        ("POST", "/v1/auth/password/change", JSON, "{"),
    ] {
        let answer = server.request(method, path, headers, body).await;
        assert_eq!(answer.refusal(), code(401, "UNAUTHORIZED"), "{path}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
}

#[actix_web::test]
async fn a_body_is_refused_for_exactly_what_is_wrong_with_it() {
    let server = TestServer::start(&[("RATE_LIMIT", "off")]).await;
    let bad_request = code(400, "BAD_REQUEST");
    assert_eq!(server.register("", "").await.refusal(), bad_request);
    assert_eq!(server.register(JSON, "").await.refusal(), bad_request);
    assert_eq!(server.register(JSON, "{").await.refusal(), bad_request);
    assert_eq!(
        server.register(JSON, r#"{"email":7}"#).await.refusal(),
        bad_request
    );

    let unsupported = code(415, "UNSUPPORTED_MEDIA_TYPE");
    assert_eq!(server.register("", "{}").await.refusal(), unsupported);
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    assert_eq!(server.register(form, "a=b").await.refusal(), unsupported);
    let packed = format!("{JSON}Content-Encoding: gzip\r\n");
    assert_eq!(server.register(&packed, "{}").await.refusal(), unsupported);

    let missing = server.register(JSON, r#"{"email":"a@b.c"}"#).await;
    assert_eq!(missing.refusal(), code(422, "VALIDATION_ERROR"));
    assert_eq!(missing.json()["details"][0]["field"], "username");
}

#[actix_web::test]
async fn a_body_past_its_limit_is_413_announced_or_not() {
    let server = TestServer::start(&[]).await;
    let too_large = code(413, "PAYLOAD_TOO_LARGE");
    let megabyte = " ".repeat(1024 * 1024);
    let answer = server.register(JSON, &format!("{megabyte}{{}}")).await;
    assert_eq!(answer.refusal(), too_large);
    let chunked = format!(
        "POST /v1/auth/register HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{JSON}\
         Transfer-Encoding: chunked\r\n\r\n100000\r\n{megabyte}\r\n2\r\n{{}}\r\n0\r\n\r\n"
    );
    assert_eq!(server.send(chunked).await.refusal(), too_large);
}

#[actix_web::test]
async fn a_url_past_its_limit_is_414() {
    let server = TestServer::start(&[]).await;
    let answer = server.get(&format!("/ping?{}", "x".repeat(9_000))).await;
    assert_eq!(answer.refusal(), code(414, "URI_TOO_LONG"));
    assert_eq!(
        server
            .get(&format!("/ping?{}", "x".repeat(8_000)))
            .await
            .status,
        200
    );
}

#[actix_web::test]
async fn whoever_asks_to_upgrade_elsewhere_gets_the_envelope_and_the_door() {
    let server = TestServer::start(&[]).await;
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nX-Request-ID: mine-2\r\n\r\n";
    for first_line in ["GET /ping", "POST /v1/auth/register", "GET /nothing"] {
        let answer = server
            .send(format!("{first_line} HTTP/1.1\r\nHost: x\r\n{upgrade}"))
            .await;
        assert!((400..500).contains(&answer.status), "{first_line}");
        answer.refusal();
        assert_eq!(answer.header("x-request-id"), Some("mine-2"));
        assert_eq!(answer.header("connection"), Some("close"));
    }
    let answer = server
        .send("CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n")
        .await;
    assert!((400..500).contains(&answer.status));
    answer.refusal();
}

#[actix_web::test]
async fn only_pages_of_allowed_origins_may_read_answers() {
    let server = TestServer::start(&[("CORS_ORIGINS", "https://chat.example")]).await;
    let allow = "access-control-allow-origin";
    let own = "Origin: https://chat.example\r\n";
    let answer = server.request("GET", "/nothing", own, "").await;
    assert_eq!(answer.header(allow), Some("https://chat.example"));
    let other = "Origin: https://evil.example\r\n";
    let answer = server.request("GET", "/ping", other, "").await;
    assert_eq!(answer.header(allow), None);
    let preflight = format!("{own}Access-Control-Request-Method: PUT\r\n");
    let answer = server
        .request("OPTIONS", "/v1/users/me", &preflight, "")
        .await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header(allow), Some("https://chat.example"));
    let headers = answer.header("access-control-allow-headers").unwrap();
    assert!(headers.contains("Authorization"));
}

#[actix_web::test]
async fn every_answer_says_what_is_left_unless_nothing_is_limited() {
    let server = TestServer::start(&[("RATE_LIMIT_GENERAL", "7/60s")]).await;
    for path in ["/ping", "/nothing", "/v1/users/me"] {
        let answer = server.get(path).await;
        assert_eq!(answer.header("x-ratelimit-limit"), Some("7"), "{path}");
        assert_eq!(answer.header("x-ratelimit-remaining"), Some("7"));
        assert_eq!(answer.header("x-ratelimit-reset"), Some("0"));
        assert_eq!(answer.header("x-ratelimit-bucket"), Some("general"));
    }
    let server = TestServer::start(&[("RATE_LIMIT", "off")]).await;
    assert_eq!(server.get("/ping").await.header("x-ratelimit-limit"), None);
}

#[actix_web::test]
async fn on_its_way_down_a_server_is_not_ready_and_tells_operators_why() {
    let server = TestServer::start(&[]).await;
    server.server.edge.start_draining();
    let answer = server.get("/ready").await;
    assert_eq!(answer.refusal(), code(503, "UNHEALTHY"));
    assert_eq!(answer.json()["details"]["down"][0], "draining");
    assert_eq!(server.get("/livez").await.status, 200);

    let server = TestServer::start(&[("OPERATOR_NETWORKS", "10.0.0.0/8")]).await;
    server.server.edge.start_draining();
    assert!(server.get("/ready").await.json().get("details").is_none());
}

#[actix_web::test]
async fn metrics_count_requests_by_route_and_are_for_operators() {
    let server = TestServer::start(&[]).await;
    for _ in 0..3 {
        server.get("/v1/conversations/0?token=secret").await;
    }
    server.get("/nowhere").await;
    let answer = server.get("/metrics").await;
    assert_eq!(answer.status, 200);
    let counted = "sentinal_http_requests_total{method=\"GET\",route=\"/v1/conversations/{id}\",\
                   status=\"401\"} 3";
    assert!(answer.body.contains(counted), "{}", answer.body);
    assert!(
        answer
            .body
            .contains("route=\"/{rest:.*}\",status=\"404\"} 1")
    );
    for name in ["sentinal_sockets 0", "process_resident_memory_bytes"] {
        assert!(answer.body.contains(name), "{name}");
    }
    assert!(!answer.body.contains("secret"));

    let server = TestServer::start(&[("OPERATOR_NETWORKS", "10.0.0.0/8")]).await;
    let refusal = server.get("/metrics").await.refusal();
    assert_eq!(refusal, code(404, "NOT_FOUND"));
}

#[actix_web::test]
async fn without_its_database_a_server_is_not_healthy() {
    let server = TestServer::start(&[]).await;
    server.server.store.clone().close().await.unwrap();
    for path in ["/health", "/ready"] {
        let refusal = server.get(path).await.refusal();
        assert_eq!(refusal, code(503, "UNHEALTHY"), "{path}");
    }
    // What looks from outside must not depend on what it looks at.
    for path in ["/livez", "/metrics"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
}

#[actix_web::test]
async fn servers_stop_one_by_one_and_start_again_on_their_files() {
    let data_dir = tempfile::tempdir().unwrap();
    let config = Config::from_pairs([
        ("APP_MODE", "test"),
        ("APP_HOST", "127.0.0.1"),
        ("APP_PORT", "0"),
        ("DATA_DIR", data_dir.path().to_str().unwrap()),
    ])
    .unwrap();
    let other = TestServer::start(&[]).await;
    for _ in 0..2 {
        let server = Server::start(&config).await.unwrap();
        let address = server.address();
        // An idle connection does not hold the server up.
        let _idle = TcpStream::connect(address).await.unwrap();
        server.stop().await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
    assert_eq!(other.get("/ping").await.status, 200);
}
