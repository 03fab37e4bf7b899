//! How many connections the limit of open files leaves room for.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::connections::UNDECIDED_MAX;

/// Descriptors that connections leave to everything else: files that are uploaded or fetched, the
/// database's files, the event queues of all threads, mail and pushes on their way, and connections
/// that are about to be refused.
const RESERVED: u64 = 256 + UNDECIDED_MAX as u64;

/// Raises this process's limit of open files to what it may be. Many systems start programs with
/// 1,024, for the sake of programs from before `epoll`.
pub fn raise_limit() {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return;
    };
    if soft < hard
        && let Err(error) = setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
    {
        tracing::warn!(%error, soft, hard, "the limit of open files cannot be raised");
    }
}

/// The connections that may be open at once: as configured, or fewer, with a warning, if the limit
/// of open files does not allow as many beside what the database needs.
pub(super) fn connections_max(configured: usize, database: u32) -> usize {
    let limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(u64::MAX, |(soft, _)| soft);
    let allowed = allowed(limit, database);
    if configured <= allowed {
        return configured;
    }
    tracing::warn!(
        open_files = limit,
        "CONNECTIONS_MAX is lowered from {configured} to {allowed}: the process may have {limit} \
         files open (ulimit -n, LimitNOFILE), and some of them are no connections"
    );
    allowed
}

/// Connections under a limit of open files. Under a very small one half of it.
fn allowed(limit: u64, database: u32) -> usize {
    let others = (RESERVED + u64::from(database)).min(limit / 2);
    usize::try_from(limit - others).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_descriptors_are_left_to_files_and_the_database() {
        assert_eq!(allowed(20_000, 16), 20_000 - 384 - 16);
        assert_eq!(allowed(300, 16), 150);
        assert_eq!(allowed(1, 16), 1);
        assert_eq!(allowed(u64::MAX, 16), usize::MAX - 400);
    }
}
