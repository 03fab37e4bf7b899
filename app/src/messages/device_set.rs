//! Which devices must get a ciphertext, and whether a request names exactly these.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::api::messages::{Ciphertext, DeviceMismatch, RosterChanged, UserDevice};
use sentinal_protocol::limits::ROSTER_DIFFERENCE_MAX;
use sentinal_protocol::opaque::compact;
use sentinal_protocol::{DeviceId, ErrorCode, UserId};
use sentinal_store::{Body, Roster, RosterStep, Store, StoreError};
use uuid::Uuid;

use crate::ApiError;
use crate::messages::own_entry::ambiguous;

/// Whether every required device must be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whole {
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

/// Changes of a roster that a refusal tells one by one; after more the participants are to be read.
const STEPS_TOLD: u64 = 64;

/// The refusal of a shared body that was encrypted for the roster of this version.
pub(crate) async fn roster_changed(
    store: &Store,
    roster: &Roster,
    encrypted_for: u64,
    sender_device: DeviceId,
) -> ApiError {
    let details = match difference(store, roster, encrypted_for, sender_device).await {
        Ok(details) => details,
        Err(error) => return error.into(),
    };
    ApiError::new(
        ErrorCode::RosterChanged,
        "The set of devices has changed; encrypt again.",
    )
    .with_details(details)
}

/// What has changed since a version of a roster, by what the log says of it.
async fn difference(
    store: &Store,
    roster: &Roster,
    since: u64,
    sender_device: DeviceId,
) -> Result<RosterChanged, StoreError> {
    let mut changed = RosterChanged {
        roster_version: roster.roster_version,
        missing: Vec::new(),
        extra: Vec::new(),
        stale: Vec::new(),
        more: true,
    };
    let steps = roster.roster_version.saturating_sub(since);
    if !(1..=STEPS_TOLD).contains(&steps) {
        return Ok(changed);
    }
    let told = store.list_roster_steps(roster, steps).await?;
    if told.len() as u64 != steps {
        return Ok(changed);
    }
    let required: BTreeMap<DeviceId, UserDevice> = roster
        .required()
        .map(|(user_id, name)| (name.id, user_device(user_id, name)))
        .collect();
    let (mut touched, mut members) = (BTreeMap::new(), BTreeSet::new());
    for step in told {
        let (device, is_new_identity) = match step {
            RosterStep::Member(user_id) => {
                members.insert(user_id);
                continue;
            }
            RosterStep::Device(device) => (device, false),
            RosterStep::Identity(device) => (device, true),
        };
        let named = UserDevice {
            user_id: Some(device.user_id),
            device_id: device.device_id,
            id: Some(device.id),
        };
        let (_, identity) = touched.entry(device.id).or_insert((named, false));
        *identity |= is_new_identity;
    }
    let members: Vec<_> = members.into_iter().collect();
    let theirs = if members.is_empty() {
        Vec::new()
    } else {
        store.list_device_names(&members).await?
    };
    for (user_id, name) in theirs {
        let named = user_device(user_id, &name);
        touched.entry(name.id).or_insert((named, false));
    }
    touched.remove(&sender_device);
    for (id, (named, is_new_identity)) in touched {
        let list = match (required.contains_key(&id), is_new_identity) {
            (true, true) => &mut changed.stale,
            (true, false) => &mut changed.missing,
            (false, _) => &mut changed.extra,
        };
        list.push(named);
    }
    let lists = [&mut changed.missing, &mut changed.extra, &mut changed.stale];
    changed.more = bound(lists);
    Ok(changed)
}

/// Cuts lists to what a refusal may hold; whether anything was cut.
fn bound<const N: usize>(lists: [&mut Vec<UserDevice>; N]) -> bool {
    let mut cut = false;
    for list in lists {
        cut |= list.len() > ROSTER_DIFFERENCE_MAX;
        list.truncate(ROSTER_DIFFERENCE_MAX);
    }
    cut
}

fn mismatch(roster: &Roster, mut missing: Vec<UserDevice>, mut extra: Vec<UserDevice>) -> ApiError {
    let more = bound([&mut missing, &mut extra]);
    let details = DeviceMismatch {
        missing,
        extra,
        roster_version: roster.roster_version,
        more,
    };
    ApiError::new(
        ErrorCode::DeviceMismatch,
        "The ciphertexts do not match the devices that must get one.",
    )
    .with_details(details)
}

/// Contents of single devices.
pub(crate) type Bodies = Vec<(DeviceId, Body)>;

/// Turns the names of devices into devices; those that name none come second. The server's id
/// wins over an equal client string.
pub(crate) fn resolve(
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
                    return Err(ambiguous(&name));
                }
                (found, _) => found.map(|(_, device_id)| *device_id),
            }
        };
        match found {
            Some(device_id) => {
                let header = entry.header.as_deref().map(compact);
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
pub(crate) fn check_devices(
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
