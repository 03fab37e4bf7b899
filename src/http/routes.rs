//! The table of routes: what actix serves and what the API document lists, from one place.
//!
//! Each folder has one `endpoints!` table. A row names method, path and handler; everything else
//! that the document says comes from the handler's types ([`super::openapi`]) and from the `//!`
//! head of its file, which the row takes along as text. So nothing is served that is not
//! documented, and adding an endpoint is its file and its row.

use actix_web::dev::Handler;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{FromRequest, Resource, Responder, guard, web};

use super::idempotency;
use super::openapi::{Arguments, Described, Output};

/// Registers rows `METHOD "path" => handler`. `name` stands for `name::name`, a handler in a file of
/// its own name.
macro_rules! endpoints {
    ($routes:ident { $($method:ident $path:literal => $file:ident $(:: $function:ident)?),+ $(,)? }) => {
        $(
            $routes.add(
                $crate::http::routes::Row {
                    method: actix_web::http::Method::$method,
                    path: $path,
                    folder: module_path!(),
                    handler: endpoints!(@name $file $($function)?),
                    source: include_str!(concat!(stringify!($file), ".rs")),
                },
                endpoints!(@handler $file $($function)?),
            );
        )+
    };
    (@name $file:ident) => { stringify!($file) };
    (@name $file:ident $function:ident) => { stringify!($function) };
    (@handler $file:ident) => { $file::$file };
    (@handler $file:ident $function:ident) => { $file::$function };
}
pub(crate) use endpoints;

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
    /// The text of the handler's file.
    pub(crate) source: &'static str,
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
        let remembered = Args::AUTHENTICATES && idempotency::covers(&row.method, &pattern);
        let resource = web::resource(row.path)
            .guard(guard::Method(row.method.clone()))
            .to(handler);
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
