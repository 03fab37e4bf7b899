//! A PostgreSQL URL that names several servers, as libpq's URLs do: `postgres://u:p@a:5432,b:5433/name`.
//!
//! sqlx reads URLs of one server. So the list is cut here into one URL for each server, and the one
//! rule that libpq has for choosing among them is ours: the server that takes writes. Which one that is
//! changes with a failover, so it is looked for at each connection (`connection/servers.rs`).

use std::str::FromStr as _;

use sea_orm::sqlx::Error;
use sea_orm::sqlx::postgres::PgConnectOptions;

/// The parameter by which libpq is told which server to take.
const ATTRIBUTES: &str = "target_session_attrs";
/// Its values that mean the server that takes writes.
const WRITABLE: [&str; 2] = ["read-write", "primary"];
/// Servers that a URL may name: each of them is asked at once when one is looked for.
const SERVERS_MAX: usize = 8;

/// One URL for each server that a URL names, in its order. A URL of one server, or of another kind of
/// database, stays as it is.
pub(crate) fn split(url: &str) -> Result<Vec<String>, Error> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Ok(vec![url.to_owned()]);
    };
    if scheme == "sqlite" {
        return Ok(vec![url.to_owned()]);
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (user, servers) = match authority.rsplit_once('@') {
        Some((user, servers)) => (format!("{user}@"), servers),
        None => (String::new(), authority),
    };
    let tail = without_attributes(tail)?;
    let servers: Vec<_> = servers.split(',').collect();
    if servers.len() > SERVERS_MAX {
        return Err(refused(&format!("more than {SERVERS_MAX} servers")));
    }
    if servers.len() > 1 && servers.iter().any(|server| server.is_empty()) {
        return Err(refused("one of its servers has no name"));
    }
    let urls = servers
        .iter()
        .map(|server| format!("{scheme}://{user}{server}{tail}"));
    Ok(urls.collect())
}

/// What sqlx needs to connect to each server that a URL names.
pub(crate) fn options(url: &str) -> Result<Vec<PgConnectOptions>, Error> {
    split(url)?
        .iter()
        .map(|url| PgConnectOptions::from_str(url))
        .collect()
}

/// Path and query without the parameter that sqlx does not know, whose value is looked at.
fn without_attributes(tail: &str) -> Result<String, Error> {
    let Some((path, query)) = tail.split_once('?') else {
        return Ok(tail.to_owned());
    };
    let mut kept = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if name == ATTRIBUTES {
            if !WRITABLE.contains(&value) {
                let text = format!("{ATTRIBUTES} can only be read-write: a server needs writes");
                return Err(refused(&text));
            }
        } else if name == "host" && value.contains(',') {
            return Err(refused(
                "several servers belong before its path, as a:5432,b:5432",
            ));
        } else {
            kept.push(pair);
        }
    }
    if kept.is_empty() {
        return Ok(path.to_owned());
    }
    Ok(format!("{path}?{}", kept.join("&")))
}

fn refused(why: &str) -> Error {
    Error::Configuration(why.into())
}

/// Whether a PostgreSQL URL can be used: every server of it can be read, and what it asks for can be
/// had.
pub fn is_usable_url(url: &str) -> bool {
    options(url).is_ok_and(|all| !all.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_servers_becomes_a_url_for_each() {
        let url = "postgres://u:p%2C@a,b:5433,[::1]:1/chat?sslmode=require&target_session_attrs=read-write";
        assert_eq!(
            split(url).unwrap(),
            [
                "postgres://u:p%2C@a/chat?sslmode=require",
                "postgres://u:p%2C@b:5433/chat?sslmode=require",
                "postgres://u:p%2C@[::1]:1/chat?sslmode=require",
            ]
        );
        let servers: Vec<_> = options(url)
            .unwrap()
            .iter()
            .map(|it| (it.get_host().to_owned(), it.get_port()))
            .collect();
        assert_eq!(
            servers,
            [
                ("a".to_owned(), 5432),
                ("b".to_owned(), 5433),
                ("[::1]".to_owned(), 1)
            ]
        );
    }

    #[test]
    fn other_urls_stay_as_they_are() {
        for url in [
            "sqlite://a,b.db?mode=rwc",
            "postgres:///chat?host=/run/postgresql&user=u",
            "postgres://u@h/chat",
        ] {
            assert_eq!(split(url).unwrap(), [url]);
        }
    }

    #[test]
    fn what_cannot_be_had_is_refused() {
        for url in [
            "postgres://a,b/chat?target_session_attrs=standby",
            "postgres://a,,b/chat",
            "postgres:///chat?host=a,b",
            "postgres://a,b,c,d,e,f,g,h,i/chat",
            "postgres://a:x,b/chat",
        ] {
            assert!(!is_usable_url(url), "{url}");
        }
    }
}
