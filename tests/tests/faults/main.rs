//! Parts fail while the real process serves: the disk, the database, the network between. No answer
//! is ever false, none is waited for past its deadline, and the server serves again by itself.
//!
//! `docs/reliability.md` says what is promised. What is written here is on the release binary and at
//! random in `examples/faults`.

mod commits;
mod disk;
mod scenario;
mod silence;
mod tls;
