//! `/v1/auth`: signing in and out, login sessions, passwords.

mod email;
mod passwords;
mod sessions;
mod sign_in;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        POST "/register" => sign_in::register [Public],
        POST "/login" => sign_in::login [Public],
        POST "/refresh" => sign_in::refresh [Public],
        POST "/logout" => sessions::logout [NotRemembered, Unproved],
        POST "/logout-all" => sessions::logout_all [NotRemembered],
        GET "/sessions" => sessions::list_sessions,
        POST "/reauthenticate" => passwords::reauthenticate [NotRemembered, Unproved],
        POST "/email/undo" => email::undo_email [Public],
        POST "/password/forgot" => passwords::forgot_password [Public],
        POST "/password/reset" => passwords::reset_password [Public],
        POST "/password/change" => passwords::change_password [NotRemembered],
    });
}
