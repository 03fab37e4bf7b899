//! How good calls were, as clients measured it.

use sentinal_protocol::api::calls::{
    AverageQuality, AverageQuery, OwnCallsQuery, Qualities, Quality, QualityQuery, QualityRequest,
};
use sentinal_protocol::ids::new_uuid;
use sentinal_store::NewQuality;

use super::{ApiError, App, Caller, Refusal, check_own, slice};

impl App {
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
        let now = self.clock.now();
        let new = NewQuality {
            id: new_uuid(now),
            call_id: request.call_id,
            user_id: caller.user_id,
            at: request.timestamp.unwrap_or(now),
            values: request.values,
        };
        self.store.insert_call_quality(&new).await?;
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
        Ok(self.store.find_average_quality(query.call_id).await?)
    }
}
