//! What clients measured during calls.

use sea_orm::{ConnectionTrait, QueryResult, Value};
use sentinal_protocol::api::calls::{AverageQuality, Quality, QualityValues};
use sentinal_protocol::{CallId, Timestamp, UserId};
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
    /// When.
    pub at: Timestamp,
    /// The measured values.
    pub values: QualityValues,
}

const SELECT: &str = "SELECT id, call_id, user_id, measured_at, packet_loss, jitter, latency, \
     bitrate, frame_rate, resolution, audio_level FROM call_quality";

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
    /// Keeps a measurement.
    pub async fn insert_call_quality(&self, new: &NewQuality) -> Result<(), StoreError> {
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
        let tx = self.begin().await?;
        tx.execute_raw(sql(self.backend(), text, values)).await?;
        tx.commit().await?;
        Ok(())
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
