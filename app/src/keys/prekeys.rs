//! Handing out one-time prekeys, by themselves and in bundles, and telling their owners when few are
//! left.

use sentinal_protocol::api::keys::{
    Bundle, BundleAnswer, BundleQuery, Bundles, ConsumeQuery, ConsumedPrekey,
};
use sentinal_protocol::event::PrekeysLow;
use sentinal_protocol::{DeviceId, ErrorCode, UserId, limits};
use sentinal_store::{ClaimedBundle, PrekeysLeft, Take};

use super::KeyService;
use super::Target;
use super::check_is_caller;
use crate::{ApiError, Caller};

/// Rows of each kind that one round of [`KeyService::tidy_keys`] deletes.
const TIDY_BATCH: u64 = 1_000;

impl KeyService {
    /// Takes a one-time prekey of a device.
    pub async fn consume_one_time_prekey(
        &self,
        caller: &Caller,
        query: ConsumeQuery,
    ) -> Result<ConsumedPrekey, ApiError> {
        check_is_caller(caller, query.consumed_by)?;
        self.check_exists(query.user_id).await?;
        let consumer = self
            .own_device(caller, query.consumed_device_id.as_deref())
            .await?;
        let target = self.device_of(query.user_id, &query.device_id).await?;
        check_not_for_itself(caller, consumer, target.device)?;
        let no_prekeys = || {
            ApiError::new(
                ErrorCode::NoPrekeys,
                "The device has no one-time prekey left.",
            )
        };
        let now = self.context.clock.now();
        let take = self
            .context
            .store
            .claim_one_time_prekey(caller.user_id, target.device, now)
            .await?;
        match take {
            Take::Key { key, left } => {
                self.tell_if_low(query.user_id, &target, left);
                Ok(ConsumedPrekey {
                    user_id: query.user_id,
                    device_id: target.name,
                    device_uuid: target.device,
                    key_id: key.key_id,
                    public_key: key.public_key,
                    consumed_by: caller.user_id,
                    consumed_device_id: caller.device_name.to_string(),
                    consumed_at: now,
                })
            }
            Take::NoneLeft => {
                let left = self.context.store.count_prekeys(target.device).await?;
                self.tell_if_low(query.user_id, &target, left);
                Err(no_prekeys())
            }
            Take::Limited { retry_after } => Err(ApiError::new(
                ErrorCode::RateLimitExceeded,
                "Too many one-time prekeys of this device were taken.",
            )
            .with_retry_after(retry_after)),
        }
    }

    /// The bundle of a device, or the bundles of all active devices of a user, with a one-time
    /// prekey each where there is one to give.
    pub async fn get_bundles(
        &self,
        caller: &Caller,
        query: BundleQuery,
    ) -> Result<BundleAnswer, ApiError> {
        self.check_exists(query.user_id).await?;
        let consumer = self
            .own_device(caller, query.consumer_device_id.as_deref())
            .await?;
        let Some(name) = &query.device_id else {
            let bundles = self.claim_bundles(caller, query.user_id, None).await?;
            return Ok(BundleAnswer::All(Bundles { bundles }));
        };
        let target = self.device_of(query.user_id, name).await?;
        check_not_for_itself(caller, consumer, target.device)?;
        let bundles = self
            .claim_bundles(caller, query.user_id, Some(target.device))
            .await?;
        let bundle = bundles.into_iter().next();
        let bundle = bundle.ok_or_else(|| ApiError::not_found("device with keys"))?;
        Ok(BundleAnswer::One(Box::new(bundle)))
    }

    async fn claim_bundles(
        &self,
        caller: &Caller,
        user_id: UserId,
        device: Option<DeviceId>,
    ) -> Result<Vec<Bundle>, ApiError> {
        let claimed = self
            .context
            .store
            .claim_bundles(
                caller.user_id,
                user_id,
                device,
                caller.device_id,
                self.context.clock.now(),
            )
            .await?;
        Ok(claimed
            .into_iter()
            .map(|claimed: ClaimedBundle| {
                if let Some(left) = claimed.left {
                    let target = Target {
                        device: claimed.device,
                        name: claimed.bundle.device_id.clone(),
                    };
                    self.tell_if_low(user_id, &target, left);
                }
                claimed.bundle
            })
            .collect())
    }

    /// How many prekeys a device with keys has left if these are too few, which it is told when it
    /// connects.
    pub async fn prekeys_low(
        &self,
        user_id: UserId,
        device: DeviceId,
    ) -> Result<Option<PrekeysLeft>, ApiError> {
        if self.context.store.find_keyed(user_id, device).await? != Some(true) {
            return Ok(None);
        }
        let left = self.context.store.count_prekeys(device).await?;
        Ok(Some(left).filter(PrekeysLeft::are_few))
    }

    /// Tells a device that it should upload prekeys.
    fn tell_if_low(&self, user_id: UserId, device: &Target, left: PrekeysLeft) {
        if !left.are_few() {
            return;
        }
        let event = PrekeysLow {
            device_id: device.name.clone(),
            count: left.one_time,
            pq_count: left.pq.unwrap_or(0),
            threshold: limits::PREKEYS_LOW,
        };
        self.context
            .node
            .device_event(user_id, device.device, &event);
    }

    /// One round of deleting what of the keys has served its time. Bounded; answers whether there is
    /// more to do at once.
    pub async fn tidy_keys(&self) -> Result<bool, ApiError> {
        let now = self.context.clock.now();
        let deleted = self
            .context
            .store
            .delete_stale_keys(TIDY_BATCH, now)
            .await?;
        Ok(deleted == TIDY_BATCH)
    }
}

/// A device has no use for its own prekeys.
fn check_not_for_itself(
    caller: &Caller,
    consumer: DeviceId,
    target: DeviceId,
) -> Result<(), ApiError> {
    if target == caller.device_id || target == consumer {
        return Err(ApiError::invalid(
            "device_id",
            "must not be the device that wants the key",
        ));
    }
    Ok(())
}
