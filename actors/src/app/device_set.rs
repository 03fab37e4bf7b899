//! Which devices must get a ciphertext, and whether a request names exactly these.

use std::collections::{BTreeMap, HashMap};

use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::api::messages::{Ciphertext, DeviceMismatch, RosterChanged, UserDevice};
use sentinal_protocol::{DeviceId, ErrorCode, UserId};
use sentinal_store::{Body, Roster};
use uuid::Uuid;

use super::ApiError;

/// Whether every required device must be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    Required,
    Subset,
}

fn user_device(user_id: UserId, name: &DeviceName) -> UserDevice {
    UserDevice {
        user_id: Some(user_id),
        device_id: name.device_id.clone(),
        id: Some(name.id),
    }
}

/// The refusal of a shared body that was encrypted for another roster.
pub(super) fn roster_changed(roster: &Roster, sender_device: DeviceId) -> ApiError {
    let devices = roster
        .required()
        .filter(|(_, name)| name.id != sender_device);
    let details = RosterChanged {
        roster_version: roster.roster_version,
        devices: devices
            .map(|(user_id, name)| user_device(user_id, name))
            .collect(),
    };
    ApiError::new(
        ErrorCode::RosterChanged,
        "The set of devices has changed; encrypt again.",
    )
    .with_details(details)
}

fn mismatch(roster: &Roster, missing: Vec<UserDevice>, extra: Vec<UserDevice>) -> ApiError {
    let details = DeviceMismatch {
        missing,
        extra,
        roster_version: roster.roster_version,
    };
    ApiError::new(
        ErrorCode::DeviceMismatch,
        "The ciphertexts do not match the devices that must get one.",
    )
    .with_details(details)
}

/// Contents of single devices.
pub(super) type Bodies = Vec<(DeviceId, Body)>;

/// Turns the names of devices into devices; those that name none come second. The server's id
/// wins over an equal client string.
pub(super) fn resolve(
    roster: &Roster,
    ciphertexts: Vec<Ciphertext>,
) -> Result<(Bodies, Vec<UserDevice>), ApiError> {
    let mut by_name: HashMap<&str, Vec<(UserId, DeviceId)>> = HashMap::new();
    let mut by_id: HashMap<Uuid, UserId> = HashMap::new();
    for member in &roster.members {
        for device in &member.devices {
            let named = by_name.entry(device.name.device_id.as_str()).or_default();
            named.push((member.user_id, device.name.id));
            by_id.insert(device.name.id.0, member.user_id);
        }
    }
    let mut bodies = Vec::with_capacity(ciphertexts.len());
    let mut unknown = Vec::new();
    for entry in ciphertexts {
        let name = entry.recipient_device_id;
        let fits = |owner: UserId| entry.recipient_user_id.is_none_or(|user| user == owner);
        let by_uuid = Uuid::parse_str(&name).ok().and_then(|id| {
            by_id
                .get(&id)
                .filter(|owner| fits(**owner))
                .map(|_| DeviceId(id))
        });
        let found = if let Some(device_id) = by_uuid {
            Some(device_id)
        } else {
            let named = by_name
                .get(name.as_str())
                .map(Vec::as_slice)
                .unwrap_or_default();
            let mut fitting = named.iter().filter(|(owner, _)| fits(*owner));
            match (fitting.next(), fitting.next()) {
                (Some(_), Some(_)) => {
                    return Err(ApiError::new(
                        ErrorCode::AmbiguousDevice,
                        "This device string fits two participants: name recipient_user_id.",
                    )
                    .with_details(serde_json::json!({ "device_id": name })));
                }
                (found, _) => found.map(|(_, device_id)| *device_id),
            }
        };
        match found {
            Some(device_id) => {
                let header = entry.header.map(|json| json.get().to_owned());
                bodies.push((
                    device_id,
                    Body {
                        ciphertext: entry.ciphertext.0,
                        header,
                    },
                ));
            }
            None => {
                unknown.push(UserDevice {
                    user_id: entry.recipient_user_id,
                    device_id: name,
                    id: None,
                });
            }
        }
    }
    Ok((bodies, unknown))
}

/// The device-set rule: required are the devices with keys of every participant, the sending one
/// excepted; active ones without keys may be named, nothing else and nothing twice.
pub(super) fn check_devices(
    roster: &Roster,
    sender_device: DeviceId,
    named: &[DeviceId],
    whole: Whole,
    unknown: Vec<UserDevice>,
) -> Result<(), ApiError> {
    let mut counts: BTreeMap<DeviceId, usize> = BTreeMap::new();
    for device_id in named {
        *counts.entry(*device_id).or_default() += 1;
    }
    let mut missing = Vec::new();
    let mut extra = unknown;
    for member in &roster.members {
        for device in &member.devices {
            let count = counts.remove(&device.name.id).unwrap_or(0);
            let is_sender = device.name.id == sender_device;
            if count > 1 || (count == 1 && is_sender) {
                extra.push(user_device(member.user_id, &device.name));
            }
            if count == 0 && device.keyed && !is_sender && whole == Whole::Required {
                missing.push(user_device(member.user_id, &device.name));
            }
        }
    }
    extra.extend(counts.into_keys().map(|device_id| UserDevice {
        user_id: None,
        device_id: device_id.to_string(),
        id: Some(device_id),
    }));
    if missing.is_empty() && extra.is_empty() {
        return Ok(());
    }
    Err(mismatch(roster, missing, extra))
}
