//! How good calls were, as clients measured it.

use std::time::Duration;

use sentinal_protocol::api::calls::{
    AverageQuality, AverageQuery, OwnCallsQuery, Qualities, Quality, QualityQuery, QualityRequest,
};
use sentinal_protocol::ids::new_uuid;
use sentinal_protocol::{ErrorCode, limits};
use sentinal_store::NewQuality;

use super::ApiError;
use super::CallService;
use super::Caller;
use super::Refusal;
use super::check_own;
use super::slice;

/// Figures that one round of [`CallService::tidy_call_quality`] deletes.
const TIDY_BATCH: u64 = 1_000;

impl CallService {
    /// Deletes figures that were kept for long enough; answers whether there may be more.
    pub async fn tidy_call_quality(&self) -> Result<bool, ApiError> {
        let kept_for = Duration::from_hours(24 * limits::CALL_QUALITY_DAYS);
        let before = self.context.clock.now().minus(kept_for);
        let deleted = self
            .context
            .store
            .delete_old_quality(before, TIDY_BATCH)
            .await?;
        Ok(deleted == TIDY_BATCH)
    }

    /// Keeps what the caller's client has measured in a call that the caller is or was in.
    pub async fn record_call_quality(
        &self,
        caller: &Caller,
        request: QualityRequest,
    ) -> Result<Quality, ApiError> {
        check_own(caller, request.user_id)?;
        let record = self.visible_call(caller, request.call_id).await?;
        if record.party(caller.user_id).is_none() {
            return Err(Refusal::NotInCall.into());
        }
        let now = self.context.clock.now();
        let new = NewQuality {
            id: new_uuid(now),
            call_id: request.call_id,
            user_id: caller.user_id,
            at: request.timestamp.unwrap_or(now),
            values: request.values,
        };
        if !self.context.store.insert_call_quality(&new).await? {
            return Err(ApiError::new(
                ErrorCode::Conflict,
                format!(
                    "There are {} figures of yours of this call, as many as are kept.",
                    limits::CALL_QUALITY_MAX
                ),
            ));
        }
        Ok(Quality {
            id: new.id,
            call_id: new.call_id,
            user_id: new.user_id,
            timestamp: new.at,
            values: new.values,
        })
    }

    /// A page of what was measured in a call.
    pub async fn list_call_quality(
        &self,
        caller: &Caller,
        query: QualityQuery,
    ) -> Result<Qualities, ApiError> {
        self.visible_call(caller, query.call_id).await?;
        let page = slice(query.page, query.limit)?;
        let found = self
            .context
            .store
            .list_call_quality(query.call_id, page.offset, page.limit);
        let (quality, total) = found.await?;
        let has_more = page.offset.saturating_add(quality.len() as u64) < total;
        Ok(Qualities {
            quality,
            total,
            has_more,
        })
    }

    /// A page of what the caller's clients have measured.
    pub async fn list_own_call_quality(
        &self,
        caller: &Caller,
        query: OwnCallsQuery,
    ) -> Result<Qualities, ApiError> {
        check_own(caller, query.user_id)?;
        let page = slice(query.page, query.limit)?;
        let found = self
            .context
            .store
            .list_own_quality(caller.user_id, page.offset, page.limit);
        let (quality, total) = found.await?;
        let has_more = page.offset.saturating_add(quality.len() as u64) < total;
        Ok(Qualities {
            quality,
            total,
            has_more,
        })
    }

    /// The averages of what was measured in a call.
    pub async fn average_call_quality(
        &self,
        caller: &Caller,
        query: AverageQuery,
    ) -> Result<AverageQuality, ApiError> {
        self.visible_call(caller, query.call_id).await?;
        Ok(self
            .context
            .store
            .find_average_quality(query.call_id)
            .await?)
    }
}
