//! What the configuration makes of the environment.

use std::os::unix::fs::PermissionsExt as _;

use sentinal_actors::app::{FilePlace, Mode, Secret};

use super::*;

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
    assert_eq!(config.listen.address.to_string(), "0.0.0.0:8080");
    assert_eq!(
        config.database.connect_options().url,
        "sqlite://data/sentinal.db?mode=rwc"
    );
    assert_eq!(config.bcrypt_cost, 12);
    assert_eq!(config.rate_limits, RateLimitSettings::default());
    assert!(config.redis.is_none());
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
        "0123456789abcdef0123456789abcdef,short",
    ] {
        let error = release(guessable).unwrap_err();
        assert!(error.contains("JWT_SECRET must be "), "{error}");
    }
    assert!(release("0123456789abcdef0123456789abcdef").is_ok());
    assert!(config(&[("JWT_SECRET", "your-super-secret-key")]).is_ok());
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
            ("JWT_SECRET", "0123456789abcdef0123456789abcdef"),
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
    assert_eq!(push, sentinal_actors::app::PushSettings::default());
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
