//! Page numbers and sizes as requests give them.

use sentinal_protocol::api::FieldError;
use sentinal_protocol::limits;

use super::ApiError;

/// A part of a list: at most `limit` items after the first `offset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    pub(crate) limit: u64,
    pub(crate) offset: u64,
}

/// The part of a list that a numbered page is.
pub(crate) fn slice(page: Option<u64>, limit: Option<u64>) -> Result<Slice, ApiError> {
    let mut errors = Vec::new();
    let page = page.unwrap_or(1);
    if page == 0 {
        errors.push(FieldError {
            field: "page".to_owned(),
            reason: "must be at least 1".to_owned(),
        });
    }
    let limit = limit.unwrap_or(limits::PAGE_DEFAULT);
    if let Err(error) = check_limit(limit) {
        errors.push(error);
    }
    if !errors.is_empty() {
        return Err(ApiError::validation(errors));
    }
    Ok(Slice {
        limit,
        offset: page.saturating_sub(1).saturating_mul(limit),
    })
}

/// The size of a page that has no number.
pub(crate) fn limit_or(limit: Option<u64>, default: u64) -> Result<u64, ApiError> {
    let limit = limit.unwrap_or(default);
    check_limit(limit).map_err(|error| ApiError::validation(vec![error]))?;
    Ok(limit)
}

fn check_limit(limit: u64) -> Result<(), FieldError> {
    if (1..=limits::PAGE_MAX).contains(&limit) {
        return Ok(());
    }
    Err(FieldError {
        field: "limit".to_owned(),
        reason: format!("must be from 1 to {}", limits::PAGE_MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_count_from_one_and_have_a_size_within_bounds() {
        let second = slice(Some(2), Some(30)).unwrap();
        assert_eq!((second.limit, second.offset), (30, 30));
        let first = slice(None, None).unwrap();
        assert_eq!((first.limit, first.offset), (20, 0));
        for (page, limit) in [(0, 20), (1, 0), (1, 101)] {
            assert!(slice(Some(page), Some(limit)).is_err(), "{page} {limit}");
        }
        assert!(slice(Some(u64::MAX), Some(100)).is_ok());
    }
}
