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

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        POST "/register" => register,
        POST "/login" => login,
        POST "/refresh" => refresh,
        POST "/logout" => logout,
        POST "/logout-all" => logout_all,
        GET "/sessions" => list_sessions,
        POST "/password/forgot" => forgot_password,
        POST "/password/reset" => reset_password,
        POST "/password/change" => change_password,
    });
}
