//! What the configuration makes of the environment.

use std::os::unix::fs::PermissionsExt as _;

use sentinal_app::{FilePlace, Mode, RegistrationEmail, Secret};

use super::*;

/// A secret that chance has made.
const SECRET: &str = "5f0a9c3e71d84b26e8a07c1f93b2d64e";

fn config(pairs: &[(&str, &str)]) -> Result<Config, String> {
    Config::from_pairs(pairs.iter().copied()).map_err(|error| error.to_string())
}

fn url(pairs: &[(&str, &str)]) -> String {
    config(pairs).unwrap().database.connect_options().url
}

#[test]
fn without_any_variable_it_is_sqlite_under_data_on_port_8080() {
    let config = config(&[]).unwrap();
    assert_eq!(config.mode, Mode::Debug);
    assert_eq!(config.listen.address.to_string(), "127.0.0.1:8080");
    assert_eq!(
        config.database.connect_options().url,
        "sqlite://data/sentinal.db?mode=rwc"
    );
    assert_eq!(config.bcrypt_cost, 12);
    assert_eq!(config.rate_limits, RateLimitSettings::default());
    assert!(config.redis.is_none());
    assert!(config.listen.drain_delay.is_zero());
}

#[test]
fn a_database_host_or_url_means_postgres() {
    assert_eq!(
        url(&[
            ("DB_HOST", "db"),
            ("DB_PASSWORD", "p@ss:/w"),
            ("DB_USER", "me")
        ]),
        "postgres://me:p%40ss%3A%2Fw@db:5432/sentinal_chat"
    );
    let given = "postgresql://u:p@h/n?sslmode=require";
    assert_eq!(url(&[("DATABASE_URL", given), ("DB_HOST", "x")]), given);
    assert_eq!(url(&[("DB_PASSWORD", "x")]), url(&[]));
}

#[test]
fn several_servers_of_a_database_are_named_by_its_url() {
    let given = "postgres://u:hunter2@a:5432,b:5433/n?target_session_attrs=read-write";
    assert_eq!(url(&[("DATABASE_URL", given)]), given);
    let shown = config(&[("DATABASE_URL", given)]).unwrap().describe();
    assert!(shown.contains("a:5432, b:5433"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    for wrong in [
        ("DATABASE_URL", "postgres://a,b/n?target_session_attrs=any"),
        ("DB_HOST", "a,b"),
    ] {
        let error = config(&[wrong]).unwrap_err();
        assert!(error.contains(wrong.0), "{error}");
    }
}

#[test]
fn every_wrong_value_is_named_and_none_is_repeated() {
    let error = config(&[
        ("APP_PORT", "eighty"),
        ("APP_MODE", "prod"),
        ("DATABASE_URL", "mysql://root:hunter2@db"),
        ("RATE_LIMIT_AUTH", "lots"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("CORS_ORIGINS", "example.org"),
        ("PUBLIC_URL", "https://me:hunter2@chat.example"),
        ("RUST_LOG", "a=b=c"),
        ("DRAIN_DELAY", "5s"),
        ("OPERATOR_ADDR", "9090"),
        ("CONNECTIONS_PER_NETWORK", "0"),
    ])
    .unwrap_err();
    for name in [
        "APP_PORT",
        "APP_MODE",
        "DATABASE_URL",
        "RATE_LIMIT_AUTH",
        "TRUSTED_PROXIES",
        "CORS_ORIGINS",
        "PUBLIC_URL",
        "RUST_LOG",
        "DRAIN_DELAY",
        "OPERATOR_ADDR",
        "CONNECTIONS_PER_NETWORK",
    ] {
        assert!(
            error.contains(&format!("{name} must be ")),
            "{name}: {error}"
        );
    }
    assert!(!error.contains("hunter2"));
}

#[test]
fn release_mode_refuses_secrets_that_anybody_knows() {
    let release = |secret: &str| config(&[("APP_MODE", "release"), ("JWT_SECRET", secret)]);
    for guessable in [
        "",
        "short",
        "your-super-secret-key",
        "your-super-secret-key-that-is-longer-than-32-bytes",
        "5f0a9c3e71d84b26e8a07c1f93b2d64e,short",
        "0123456789abcdef0123456789abcdef",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "my-secret-my-secret-my-secret-my-secret-",
    ] {
        let error = release(guessable).unwrap_err();
        assert!(error.contains("JWT_SECRET must be "), "{error}");
    }
    assert!(release(SECRET).is_ok());
    assert!(config(&[("JWT_SECRET", "your-super-secret-key")]).is_ok());
}

#[test]
fn release_mode_refuses_what_is_unsafe() {
    let start = |mode: &str, name: &str, value: &str| {
        config(&[
            ("APP_MODE", mode),
            ("JWT_SECRET", SECRET),
            ("PUSH_WEBHOOK_URL", "https://hook.example"),
            ("PUSH_WEBHOOK_SECRET", SECRET),
            (name, value),
        ])
    };
    for (name, unsafe_value, safe_value) in [
        ("RATE_LIMIT", "off", "on"),
        ("RATE_LIMIT_AUTH", "off", "1000/1s"),
        ("RATE_LIMIT_GENERAL", "off", "1000/1s"),
        ("RATE_LIMIT_REGISTRATIONS", "off", "1000/1h"),
        ("BCRYPT_COST", "9", "10"),
        ("SMTP_URL", "smtp://mail.example", "smtps://mail.example"),
        (
            "SMTP_URL",
            "smtp://me:x@mail.example:25?tls=opportunistic",
            "smtp://me:x@mail.example?tls=required",
        ),
        ("SMTP_URL", "smtp://192.0.2.1", "smtp://127.0.0.1:2525"),
        ("SMTP_URL", "smtp://localhost.example", "smtp://localhost"),
        ("SMTP_URL", "smtp://[2001:db8::1]", "smtp://[::1]"),
        ("TRUSTED_PROXIES", "0.0.0.0/0", "10.0.0.0/8"),
        ("TRUSTED_PROXIES", "127.0.0.1, ::/0", "127.0.0.1, fc00::/7"),
        ("OPERATOR_NETWORKS", "0.0.0.0/1,128.0.0.0/1", "192.0.2.0/24"),
        ("OPERATOR_NETWORKS", "::/0", "::1"),
        ("TURN_SECRET", "aaaaaaaaaaaaaaaa", SECRET),
        ("PUSH_WEBHOOK_SECRET", "0123456789abcdef", SECRET),
    ] {
        let error = start("release", name, unsafe_value).unwrap_err();
        assert!(error.contains(&format!("{name} must be ")), "{error}");
        assert!(
            start("release", name, safe_value).is_ok(),
            "{name}={safe_value}"
        );
        assert!(start("debug", name, unsafe_value).is_ok(), "{name}");
    }
}

#[test]
fn only_in_release_mode_the_network_is_let_in_unasked() {
    let host = |pairs: &[(&str, &str)]| config(pairs).unwrap().listen.address.ip().to_string();
    let release = [("APP_MODE", "release"), ("JWT_SECRET", SECRET)];
    assert_eq!(host(&release), "0.0.0.0");
    assert_eq!(host(&[("APP_MODE", "test")]), "127.0.0.1");
    assert_eq!(host(&[("APP_HOST", "0.0.0.0")]), "0.0.0.0");
}

#[test]
fn the_generated_secret_is_kept_and_only_its_owner_reads_it() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("deep/data");
    let load = || {
        let config = config(&[("DATA_DIR", data_dir.to_str().unwrap())]).unwrap();
        config.settings().unwrap().jwt_secrets
    };
    let first = load();
    assert_eq!(first, load());
    let file = data_dir.join("jwt_secret");
    assert_eq!(
        first,
        [Secret::new(std::fs::read_to_string(&file).unwrap())]
    );
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(&data_dir).unwrap().count(), 1);
}

#[test]
fn a_description_holds_no_secret() {
    let config = config(&[
        ("DB_HOST", "db"),
        ("DB_PASSWORD", "hunter2"),
        ("JWT_SECRET", "hunter2-hunter2-hunter2-hunter2-x"),
        ("REDIS_URL", "redis://:hunter2@cache:6379"),
        ("SMTP_URL", "smtps://me:hunter2@mail.example"),
    ])
    .unwrap();
    let text = config.describe();
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains("postgres://postgres:***@db:5432/sentinal_chat"));
    assert!(text.contains("redis://:***@cache:6379"));
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn addresses_can_be_required_to_be_proved_only_where_mail_is_sent() {
    let required = ("REGISTRATION_EMAIL", "required");
    let secret = "an-integration-test-secret-of-48-characters-0123";
    let release = [("APP_MODE", "release"), ("JWT_SECRET", secret), required];
    let refused = config(&release).unwrap_err();
    assert!(refused.contains("SMTP_URL must be set"), "{refused}");
    let mut sent = release.to_vec();
    sent.push(("SMTP_URL", "smtps://mail.example"));
    let registration = config(&sent).unwrap().mail.registration;
    assert_eq!(registration, RegistrationEmail::Required);
    assert!(config(&[required]).is_ok(), "to the log");
    let default = config(&[]).unwrap().mail.registration;
    assert_eq!(default, RegistrationEmail::Off);
    assert!(config(&[("REGISTRATION_EMAIL", "sometimes")]).is_err());
}

#[test]
fn a_network_has_a_tenth_of_all_connections_unless_told_otherwise() {
    let share = |pairs: &[(&str, &str)]| config(pairs).unwrap().listen.per_network_of(2_000);
    assert_eq!(share(&[]), Some(200));
    assert_eq!(share(&[("CONNECTIONS_PER_NETWORK", "25")]), Some(500));
    assert_eq!(share(&[("RATE_LIMIT", "off")]), None);
    let small = config(&[]).unwrap().listen;
    assert_eq!(small.per_network_of(5), Some(1));
}

#[test]
fn operators_have_an_address_of_their_own_if_one_is_named() {
    let operators = |pairs: &[(&str, &str)]| config(pairs).unwrap().listen.operator_address;
    assert_eq!(operators(&[]), None);
    let address = "[::1]:9090";
    assert_eq!(
        operators(&[("OPERATOR_ADDR", address)]),
        address.parse().ok()
    );
}

#[test]
fn one_word_turns_all_rate_limits_off() {
    let config = config(&[("RATE_LIMIT", "off"), ("RATE_LIMIT_AUTH", "9/60s")]).unwrap();
    assert_eq!(config.rate_limits, RateLimitSettings::OFF);
}

#[test]
fn one_bucket_can_be_off_alone() {
    let config = config(&[("RATE_LIMIT_MESSAGES", "OFF")]).unwrap();
    let expected = RateLimitSettings {
        messages: None,
        ..RateLimitSettings::default()
    };
    assert_eq!(config.rate_limits, expected);
}

#[test]
fn files_lie_in_the_data_directory_or_in_a_bucket() {
    let place = |pairs: &[(&str, &str)]| config(pairs).unwrap().files.settings.place;
    let directory = |path: &str| FilePlace::Directory(path.into());
    assert_eq!(place(&[("DATA_DIR", "/srv")]), directory("/srv/files"));
    assert_eq!(place(&[("FILES_DIR", "/mnt")]), directory("/mnt"));
    let bucket = [
        ("S3_BUCKET", "chat"),
        ("S3_ENDPOINT", "http://minio:9000/"),
        ("S3_ACCESS_KEY_ID", "me"),
        ("S3_SECRET_ACCESS_KEY", "hunter2"),
    ];
    let FilePlace::S3(s3) = place(&bucket) else {
        panic!("a bucket");
    };
    assert_eq!(s3.endpoint.as_deref(), Some("http://minio:9000"));
    let text = config(&bucket).unwrap().describe();
    assert!(!text.contains("hunter2"), "{text}");
    let error = config(&[("S3_BUCKET", "chat")]).unwrap_err();
    assert!(error.contains("S3_SECRET_ACCESS_KEY must be "), "{error}");
}

#[test]
fn several_nodes_must_share_their_files_in_release_mode() {
    let start = |more: &[(&str, &str)]| {
        let mut pairs = vec![
            ("APP_MODE", "release"),
            ("JWT_SECRET", SECRET),
            ("REDIS_URL", "redis://cache"),
        ];
        pairs.extend_from_slice(more);
        config(&pairs)
    };
    let error = start(&[]).unwrap_err();
    assert!(error.contains("FILES_SHARED must be "), "{error}");
    assert!(start(&[("FILES_SHARED", "on")]).is_ok());
    assert!(start(&[("APP_MODE", "debug")]).is_ok());
    let s3 = [
        ("S3_BUCKET", "chat"),
        ("S3_ACCESS_KEY_ID", "me"),
        ("S3_SECRET_ACCESS_KEY", "hunter2"),
    ];
    assert!(start(&s3).is_ok());
}

#[test]
fn pushes_need_their_secrets_and_stay_outside_in_release_mode() {
    let key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
    let push = config(&[]).unwrap().push;
    assert_eq!(push, sentinal_app::PushSettings::default());
    let push = config(&[
        ("VAPID_PRIVATE_KEY", key),
        ("VAPID_SUBJECT", "mailto:me@example.org"),
        ("PUSH_WEBHOOK_URL", "https://hook.example/secret-path"),
        ("PUSH_WEBHOOK_SECRET", "sixteen bytes or so"),
    ])
    .unwrap();
    assert!(push.push.vapid.is_some() && push.push.webhook.is_some());
    let described = push.describe();
    for secret in [key, "secret-path", "sixteen"] {
        assert!(!described.contains(secret), "{described}");
    }
    for (pairs, name) in [
        (vec![("VAPID_PRIVATE_KEY", key)], "VAPID_SUBJECT"),
        (vec![("VAPID_PRIVATE_KEY", "AQEB")], "VAPID_PRIVATE_KEY"),
        (
            vec![("PUSH_WEBHOOK_URL", "https://h.example")],
            "PUSH_WEBHOOK_SECRET",
        ),
        (vec![("PUSH_WEBHOOK_URL", "h.example")], "PUSH_WEBHOOK_URL"),
        (
            vec![("APP_MODE", "release"), ("PUSH_ALLOW_PRIVATE", "on")],
            "PUSH_ALLOW_PRIVATE",
        ),
    ] {
        let error = config(&pairs).unwrap_err();
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn turn_needs_its_secret_and_neither_is_shown() {
    let turn = [
        ("STUN_URLS", "stun:stun.example.org"),
        ("TURN_URLS", "turn:turn.example.org, turns:turn.example.org"),
        ("TURN_SECRET", "hunter2"),
    ];
    let config_with = config(&turn).unwrap();
    assert_eq!(config_with.calls.settings.turn_urls.len(), 2);
    let text = config_with.describe();
    assert!(text.contains("turns:turn.example.org"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    let error = config(&turn[..2]).unwrap_err();
    assert!(error.contains("TURN_SECRET must be "), "{error}");
    for wrong in ["turn.example.org", "http://x", "turn:", "turn:me:hunter2@x"] {
        let error = config(&[("TURN_URLS", wrong), ("TURN_SECRET", "x")]).unwrap_err();
        assert!(error.contains("TURN_URLS must be "), "{wrong}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
