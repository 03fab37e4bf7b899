//! What clients measured during calls.

use sea_orm::{ConnectionTrait, QueryResult, Value};
use sentinal_protocol::api::calls::{AverageQuality, Quality, QualityValues};
use sentinal_protocol::{CallId, Timestamp, UserId, limits};
use uuid::Uuid;

use crate::dialect::{column, counter, signed, sql};
use crate::{Store, StoreError};

/// A measurement to keep.
#[derive(Clone, Debug)]
pub struct NewQuality {
    /// Its id.
    pub id: Uuid,
    /// In which call.
    pub call_id: CallId,
    /// Whose client.
    pub user_id: UserId,
    /// When it was measured.
    pub at: Timestamp,
    /// The measured values.
    pub values: QualityValues,
}

const SELECT: &str = "SELECT id, call_id, user_id, measured_at, packet_loss, jitter, latency, \
     bitrate, frame_rate, resolution, audio_level FROM call_quality";

/// Deletes so many measurements (`$2`) whose ids are below `$1`.
const DELETE_OLD: &str = "DELETE FROM call_quality WHERE id IN \
     (SELECT id FROM call_quality WHERE id < $1 ORDER BY id LIMIT $2)";

/// The lowest id of a time: a version 7 UUID begins with its milliseconds (RFC 9562, section 5.7).
fn first_uuid(at: Timestamp) -> Uuid {
    let millis = u128::try_from(at.0).unwrap_or(0);
    Uuid::from_u128(millis << 80)
}

fn quality(row: &QueryResult) -> Result<Quality, StoreError> {
    Ok(Quality {
        id: column(row, "id")?,
        call_id: CallId(column(row, "call_id")?),
        user_id: UserId(column(row, "user_id")?),
        timestamp: Timestamp(column(row, "measured_at")?),
        values: QualityValues {
            packet_loss: column(row, "packet_loss")?,
            jitter: column(row, "jitter")?,
            latency: column(row, "latency")?,
            bitrate: column(row, "bitrate")?,
            frame_rate: column(row, "frame_rate")?,
            resolution: column(row, "resolution")?,
            audio_level: column(row, "audio_level")?,
        },
    })
}

impl Store {
    /// Keeps a measurement; false if the user has as many in this call as there can be.
    pub async fn insert_call_quality(&self, new: &NewQuality) -> Result<bool, StoreError> {
        let backend = self.backend();
        let tx = self.begin().await?;
        let text = "SELECT COUNT(*) AS kept FROM call_quality WHERE user_id = $1 AND call_id = $2";
        let values = [new.user_id.0.into(), new.call_id.0.into()];
        let row = tx
            .query_one_raw(sql(backend, text, values))
            .await?
            .ok_or(StoreError::Corrupt("no answer to COUNT"))?;
        let most = u64::try_from(limits::CALL_QUALITY_MAX).unwrap_or(u64::MAX);
        if counter(&row, "kept")? >= most {
            tx.rollback().await?;
            return Ok(false);
        }
        let text = "INSERT INTO call_quality (id, call_id, user_id, measured_at, packet_loss, \
                    jitter, latency, bitrate, frame_rate, resolution, audio_level) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let measured = &new.values;
        let values: [Value; 11] = [
            new.id.into(),
            new.call_id.0.into(),
            new.user_id.0.into(),
            new.at.0.into(),
            measured.packet_loss.into(),
            measured.jitter.into(),
            measured.latency.into(),
            measured.bitrate.into(),
            measured.frame_rate.into(),
            measured.resolution.clone().into(),
            measured.audio_level.into(),
        ];
        tx.execute_raw(sql(backend, text, values)).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Deletes up to `limit` measurements that were kept before `before`; answers how many. When they
    /// were kept is in their ids: the time in them is the client's.
    pub async fn delete_old_quality(
        &self,
        before: Timestamp,
        limit: u64,
    ) -> Result<u64, StoreError> {
        let tx = self.begin().await?;
        let values = [first_uuid(before).into(), signed(limit).into()];
        let done = tx
            .execute_raw(sql(self.backend(), DELETE_OLD, values))
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// A page of what was measured in a call, oldest first, and how much there is.
    pub async fn list_call_quality(
        &self,
        call_id: CallId,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<Quality>, u64), StoreError> {
        self.quality_page("call_id = $1", call_id.0, offset, limit)
            .await
    }

    /// A page of what a user's clients measured in any call, oldest first, and how much there is.
    pub async fn list_own_quality(
        &self,
        user_id: UserId,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<Quality>, u64), StoreError> {
        self.quality_page("user_id = $1", user_id.0, offset, limit)
            .await
    }

    async fn quality_page(
        &self,
        which: &str,
        id: Uuid,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<Quality>, u64), StoreError> {
        let snapshot = self.snapshot().await?;
        let text = format!("SELECT COUNT(*) AS total FROM call_quality WHERE {which}");
        let row = snapshot
            .query_one_raw(sql(self.backend(), text, [id.into()]))
            .await?
            .ok_or(StoreError::Corrupt("no answer to COUNT"))?;
        let total = counter(&row, "total")?;
        let text = format!("{SELECT} WHERE {which} ORDER BY measured_at, id LIMIT $2 OFFSET $3");
        let values = [id.into(), signed(limit).into(), signed(offset).into()];
        let rows = snapshot
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        snapshot.commit().await?;
        let page = rows.iter().map(quality).collect::<Result<Vec<_>, _>>()?;
        Ok((page, total))
    }

    /// The averages of all that was measured in a call.
    pub async fn find_average_quality(
        &self,
        call_id: CallId,
    ) -> Result<AverageQuality, StoreError> {
        let text = "SELECT COUNT(*) AS samples, AVG(packet_loss) AS packet_loss, \
                    AVG(jitter) AS jitter, AVG(latency) AS latency, AVG(bitrate) AS bitrate, \
                    AVG(frame_rate) AS frame_rate, AVG(audio_level) AS audio_level \
                    FROM call_quality WHERE call_id = $1";
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, [call_id.0.into()]))
            .await?
            .ok_or(StoreError::Corrupt("no answer to AVG"))?;
        Ok(AverageQuality {
            call_id,
            samples: counter(&row, "samples")?,
            packet_loss: column(&row, "packet_loss")?,
            jitter: column(&row, "jitter")?,
            latency: column(&row, "latency")?,
            bitrate: column(&row, "bitrate")?,
            frame_rate: column(&row, "frame_rate")?,
            audio_level: column(&row, "audio_level")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use sentinal_protocol::ids::new_uuid;

    use super::*;
    use crate::plan::table_scans;

    #[test]
    fn ids_of_a_time_are_at_or_above_its_lowest_one() {
        let at = Timestamp(1_800_000_000_000);
        let earlier = Timestamp(at.0 - 1);
        assert!(new_uuid(at) >= first_uuid(at));
        assert!(new_uuid(earlier) < first_uuid(at));
    }

    #[tokio::test]
    async fn old_measurements_are_found_without_walking_through_all() {
        let values = vec![Uuid::nil().into(), 100_i64.into()];
        let scans = table_scans(DELETE_OLD, values, &[]).await;
        assert_eq!(scans, Vec::<String>::new());
    }
}
