//! `/v1/auth`: signing in and out, login sessions, passwords.

mod change_password;
mod forgot_password;
mod list_sessions;
mod login;
mod logout;
mod logout_all;
mod refresh;
mod register;
mod reset_password;

use actix_web::web;

/// The endpoints of this folder.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(register::register)
        .service(login::login)
        .service(refresh::refresh)
        .service(logout::logout)
        .service(logout_all::logout_all)
        .service(list_sessions::list_sessions)
        .service(forgot_password::forgot_password)
        .service(reset_password::reset_password)
        .service(change_password::change_password);
}
