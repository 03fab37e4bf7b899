//! The table of routes: what actix serves and what the API document lists, from one place.
//!
//! Each folder has one `endpoints!` table. A row names method, path and handler, and what is special
//! about the route ([`Flag`]). Everything else that the document says comes from the handler's types
//! ([`super::openapi`]) and from its head, the comment above it, which the row takes along as the text
//! of its file. So nothing is served that is not documented, and nobody else keeps a list of paths.

use std::sync::LazyLock;

use actix_web::dev::{Handler, ResourceDef};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{FromRequest, Resource, Responder, guard, web};

use sentinal_app::rate_limits::Bucket;

use super::openapi::{Arguments, Described, Output};
use super::{idempotency, operations};

/// Registers rows `METHOD "path" => file::handler [Flag, …]`; most have no flags.
macro_rules! endpoints {
    ($routes:ident { $(
        $method:ident $path:literal => $file:ident :: $handler:ident $([$($flag:ident),+])?
    ),+ $(,)? }) => {
        $(
            $routes.add(
                $crate::http::routes::Row {
                    method: actix_web::http::Method::$method,
                    path: $path,
                    folder: module_path!(),
                    handler: stringify!($handler),
                    flags: $crate::http::routes::Flags(&[
                        $($($crate::http::routes::Flag::$flag),+)?
                    ]),
                    source: include_str!(concat!(stringify!($file), ".rs")),
                },
                $file::$handler,
            );
        )+
    };
}
pub(crate) use endpoints;

/// What is special about a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flag {
    /// Anybody may ask, without a token. A test holds it to the handler, which takes no caller.
    Public,
    /// A `POST` of a caller whose answer is not kept under its `Idempotency-Key`. Either it is about
    /// signing in or out, and passwords, tokens and tickets must not lie in a table, not as a hash
    /// either. Or its use case keeps the key itself: a send in the transaction of its message, a
    /// broadcast derives those of its messages from its own.
    NotRemembered,
    /// Its use case counts the request in a bucket of its own, so it is not counted in the general
    /// one. Sends count together with those of the other door, and only once they are known not to
    /// be repetitions.
    OwnBucket,
    /// As [`Flag::OwnBucket`]: in the one of calls. It is asked before a row is written for the key of a
    /// request that will be refused.
    CallsBucket,
    /// A `GET` that has no `HEAD`, because it changes something.
    NoHead,
    /// Also for an account whose e-mail address is still to be proved, where that is required.
    Unproved,
    /// tus is spoken at this path: every answer says in which version, refusals too.
    Tus,
}

/// The flags of a row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flags(pub(crate) &'static [Flag]);

impl Flags {
    /// The bucket in which a request is counted that carries an idempotency key.
    pub(crate) fn bucket(self) -> Bucket {
        if self.has(Flag::CallsBucket) {
            Bucket::Calls
        } else {
            Bucket::General
        }
    }

    /// Whether the request is counted in a bucket of its own.
    pub(crate) fn has_own_bucket(self) -> bool {
        self.has(Flag::OwnBucket) || self.has(Flag::CallsBucket)
    }

    /// Whether the row has this one.
    pub(crate) fn has(self, flag: Flag) -> bool {
        self.0.contains(&flag)
    }
}

/// A row of a folder's table.
pub(crate) struct Row {
    /// What is done.
    pub(crate) method: Method,
    /// To what, after the folder's prefix.
    pub(crate) path: &'static str,
    /// The module that holds the table.
    pub(crate) folder: &'static str,
    /// The handler's name.
    pub(crate) handler: &'static str,
    /// What is special about it.
    pub(crate) flags: Flags,
    /// The text of the handler's file.
    pub(crate) source: &'static str,
}

impl Row {
    /// Whether the route answers `HEAD` as well.
    fn answers_head(&self) -> bool {
        self.method == Method::GET && !self.flags.has(Flag::NoHead)
    }
}

/// One operation of the API.
pub(crate) struct Operation {
    /// What is done.
    pub(crate) method: Method,
    /// To what, as actix matches it.
    pub(crate) pattern: String,
    /// The row that it comes from.
    pub(crate) row: Row,
    /// Whether answers are kept under the caller's `Idempotency-Key`.
    pub(crate) remembered: bool,
    /// Whether it takes a body, of whatever kind.
    pub(crate) takes_body: bool,
    /// Bytes of its JSON body, at most; 0 if it takes none.
    pub(crate) body_bytes_max: usize,
    /// Says what the handler's types say.
    pub(crate) describe: fn(&mut Described),
}

/// Collects the routes of a folder, whose paths start after `prefix`.
pub(crate) struct Routes<'a> {
    cfg: &'a mut web::ServiceConfig,
    prefix: &'static str,
    operations: &'a mut Vec<Operation>,
}

impl<'a> Routes<'a> {
    /// For routes without prefix. What is registered with `cfg` is noted in `operations`.
    pub(crate) fn new(cfg: &'a mut web::ServiceConfig, operations: &'a mut Vec<Operation>) -> Self {
        Self {
            cfg,
            prefix: "",
            operations,
        }
    }

    /// Adds one operation.
    pub(crate) fn add<F, Args>(&mut self, row: Row, handler: F)
    where
        F: Handler<Args>,
        Args: FromRequest + Arguments + 'static,
        F::Output: Responder + Output + 'static,
    {
        let pattern = format!("{}{}", self.prefix, row.path);
        let remembered = row.method == Method::POST
            && !row.flags.has(Flag::Public)
            && !row.flags.has(Flag::NotRemembered);
        let resource = web::resource(row.path).app_data(row.flags).to(handler);
        // `HEAD` is the `GET` without a body, which the transport leaves out. The route decides, not
        // the text of the path, which may be written in many ways.
        let resource = if row.answers_head() {
            resource.guard(guard::Any(guard::Get()).or(guard::Head()))
        } else {
            resource.guard(guard::Method(row.method.clone()))
        };
        if remembered {
            let remember = idempotency::remember(Args::BODY_BYTES_MAX);
            self.cfg.service(resource.wrap(from_fn(remember)));
        } else {
            self.cfg.service(resource);
        }
        self.operations.push(Operation {
            method: row.method.clone(),
            pattern,
            row,
            remembered,
            takes_body: Args::TAKES_BODY,
            body_bytes_max: Args::BODY_BYTES_MAX,
            describe: |described| {
                Args::describe(described);
                F::Output::describe(described);
            },
        });
    }

    /// Adds the routes of a folder. A request whose path starts with `prefix` is not looked for
    /// elsewhere.
    pub(crate) fn scope(&mut self, prefix: &'static str, routes: impl FnOnce(&mut Routes)) {
        let operations = &mut *self.operations;
        let scope = web::scope(prefix)
            .configure(|cfg| {
                routes(&mut Routes {
                    cfg,
                    prefix,
                    operations,
                });
            })
            .service(no_such_route(""))
            .service(no_such_route("/{rest:.*}"));
        self.cfg.service(scope);
    }
}

/// Takes what no route took. actix notes the methods of all routes whose path fits, and a resource
/// without routes answers 405 with them as `Allow`. Without `Allow` there was no such path, which
/// the layer makes a 404.
pub(crate) fn no_such_route(pattern: &str) -> Resource {
    web::resource(pattern)
}

/// Whether tus is spoken at a request's address, whatever is answered there. `path` is what routes
/// are matched against: the path of the request without escapes.
pub(crate) fn speaks_tus(path: &str) -> bool {
    static ADDRESSES: LazyLock<Vec<ResourceDef>> = LazyLock::new(|| {
        let rows = operations().into_iter();
        let spoken = rows.filter(|it| it.row.flags.has(Flag::Tus));
        spoken.map(|it| ResourceDef::new(it.pattern)).collect()
    });
    ADDRESSES.iter().any(|pattern| pattern.is_match(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_known_reaches_only_what_its_row_calls_public() {
        for operation in operations() {
            let mut described = Described::default();
            (operation.describe)(&mut described);
            assert_eq!(
                operation.row.flags.has(Flag::Public),
                !described.authenticated,
                "{} {}",
                operation.method,
                operation.pattern
            );
        }
    }

    #[test]
    fn every_post_of_a_caller_is_remembered_but_what_answers_secrets_or_keeps_keys_itself() {
        let forgotten: Vec<String> = operations()
            .into_iter()
            .filter(|it| it.method == Method::POST && !it.remembered)
            .filter(|it| !it.row.flags.has(Flag::Public))
            .map(|it| it.pattern)
            .collect();
        assert_eq!(
            forgotten,
            [
                "/v1/auth/logout",
                "/v1/auth/logout-all",
                "/v1/auth/reauthenticate",
                "/v1/auth/password/change",
                "/v1/messages",
                "/v1/broadcasts/{id}/messages",
                "/v1/ws/ticket",
            ]
        );
    }

    #[test]
    fn tus_is_spoken_at_some_addresses() {
        assert!(speaks_tus("/v1/uploads/1/data"));
        assert!(!speaks_tus("/v1/uploads/1"));
        assert!(!speaks_tus("/nothing"));
    }
}
