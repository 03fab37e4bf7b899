//! Sending to whoever is in the roster, also while people come and go.

use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::Success;
use sentinal_protocol::api::messages::{
    Ciphertext, DeviceMismatch, SendMessageRequest, SentMessage, UserDevice,
};

use super::Client;
use crate::ClientError;

/// Sends of one message, the first included. Each further one needs another change of the roster between
/// two requests.
const SENDS_MAX: u32 = 8;

/// A message that was sent, and how often it took.
#[derive(Clone, Debug)]
pub struct Resent {
    /// The answer.
    pub answer: Success<SentMessage>,
    /// Requests, the answered one included.
    pub sends: u32,
}

impl Client {
    /// Sends a message, and again if the device set was another one: without the devices that the
    /// refusal calls extra, and with what `encrypt` makes for those that it calls missing (`None`: the
    /// device is left out, which the next refusal names again). A refusal that does not name all of the
    /// difference has the participants read anew. `request` is afterwards as it was sent last.
    pub async fn send_to_roster(
        &self,
        request: &mut SendMessageRequest,
        mut encrypt: impl FnMut(&UserDevice) -> Option<Ciphertext>,
    ) -> Result<Resent, ClientError> {
        let mut sends = 0;
        loop {
            sends += 1;
            let refused = match self.send_message(request).await {
                Ok(answer) => return Ok(Resent { answer, sends }),
                Err(refused) => refused,
            };
            let mismatch = (refused.code() == Some(ErrorCode::DeviceMismatch))
                .then(|| refused.details::<DeviceMismatch>())
                .flatten()
                .filter(|_| sends < SENDS_MAX);
            let Some(mismatch) = mismatch else {
                return Err(refused);
            };
            if mismatch.more {
                self.encrypt_for_all(request, &mut encrypt).await?;
                continue;
            }
            request.ciphertexts.retain(|entry| {
                let mut extra = mismatch.extra.iter();
                !extra.any(|device| names(device, entry))
            });
            let missing = mismatch.missing.iter().filter_map(&mut encrypt);
            request.ciphertexts.extend(missing);
        }
    }

    async fn encrypt_for_all(
        &self,
        request: &mut SendMessageRequest,
        encrypt: &mut impl FnMut(&UserDevice) -> Option<Ciphertext>,
    ) -> Result<(), ClientError> {
        let listed = self.participants(request.conversation_id).await?;
        request.ciphertexts.clear();
        for participant in &listed.participants {
            for device in &participant.devices {
                let device = UserDevice {
                    user_id: Some(participant.user_id),
                    device_id: device.device_id.clone(),
                    id: Some(device.id),
                };
                request.ciphertexts.extend(encrypt(&device));
            }
        }
        Ok(())
    }
}

/// Whether a ciphertext is for a device, by either of its names.
fn names(device: &UserDevice, entry: &Ciphertext) -> bool {
    let name = entry.recipient_device_id.as_str();
    let by_id = device.id.is_some_and(|id| id.to_string() == name);
    let fits = match (device.user_id, entry.recipient_user_id) {
        (Some(owner), Some(named)) => owner == named,
        (Some(_) | None, None) | (None, Some(_)) => true,
    };
    by_id || device.device_id == name && fits
}
