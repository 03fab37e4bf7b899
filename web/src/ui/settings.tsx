/** The user's account and settings. */

import { useEffect, useState } from 'preact/hooks';
import { explained, needsPassword } from '../app/errors.ts';
import { askToNotify, canNotify } from '../app/notifications.ts';
import { blockedPeople, setBlocked } from '../app/people.ts';
import { canPush, hasPush, turnPushOff, turnPushOn } from '../app/push.ts';
import { go } from '../app/router.ts';
import { signOut } from '../app/session.ts';
import {
  changePassword,
  changeProfile,
  changeSettings,
  deleteAccount,
  endLogin,
  endOtherLogins,
  listDevices,
  listLogins,
  reauthenticate,
  removeDevice,
} from '../app/settings.ts';
import { account, selfId, settings, toast, type Person } from '../app/state.ts';
import type { Visibility, WireDevice, WireLoginSession, WireSettings } from '../app/wire.ts';
import { ChoosePortrait } from './portrait.tsx';
import { Problem, useSubmit } from './auth.tsx';
import { fullTime } from './format.ts';
import { Icon, type IconName } from './icons.tsx';
import { Avatar, Choice, Dialog, Field, IconButton, PersonAvatar, Spinner, Switch } from './parts.tsx';

const SECTIONS: readonly (readonly [string, string, IconName])[] = [
  ['profile', 'Profile', 'person'],
  ['appearance', 'Appearance', 'moon'],
  ['notifications', 'Notifications', 'bell'],
  ['privacy', 'Privacy', 'lock'],
  ['blocked', 'Blocked people', 'block'],
  ['devices', 'Devices and logins', 'device'],
  ['account', 'Account', 'settings'],
];

/**
 * Runs what may need the password again: asks for it where the server says so, and runs it once more.
 */
function usePasswordAgain() {
  const [waiting, setWaiting] = useState<(() => Promise<void>) | null>(null);
  const run = (work: () => Promise<void>) =>
    explained(
      work().catch((error: unknown) => {
        if (!needsPassword(error)) {
          throw error;
        }
        setWaiting(() => work);
      }),
    );
  const dialog = waiting && (
    <PasswordAgain
      onClose={() => setWaiting(null)}
      onDone={async () => {
        await waiting();
        setWaiting(null);
      }}
    />
  );
  return { run, dialog };
}

function PasswordAgain(props: { onClose: () => void; onDone: () => Promise<void> }) {
  const { isBusy, problem, submit } = useSubmit(async (form) => {
    await reauthenticate(String(new FormData(form).get('password') ?? ''));
    await props.onDone();
  });
  return (
    <Dialog title="Your password, please" onClose={props.onClose}>
      <form onSubmit={submit}>
        <p>The server asks for your password again before it does this.</p>
        <Field label="Password" name="password" type="password" autocomplete="current-password" required autofocus />
        <Problem text={problem} />
        <button type="submit" class="primary wide" disabled={isBusy}>
          Continue
        </button>
      </form>
    </Dialog>
  );
}

function Profile() {
  const own = account.value;
  const again = usePasswordAgain();
  const [isSaved, setSaved] = useState(false);
  if (!own) {
    return <Spinner />;
  }
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const change: Record<string, unknown> = {
      display_name: text('display_name') || null,
      status: text('status') || null,
      bio: text('bio') || null,
    };
    for (const name of ['username', 'email'] as const) {
      if (text(name) !== (own[name] ?? '')) {
        change[name] = text(name);
      }
    }
    again.run(async () => {
      await changeProfile(change);
      setSaved(true);
    });
  };
  return (
    <form onSubmit={save} onInput={() => setSaved(false)}>
      <div class="portrait">
        <Avatar id={selfId.value} name={own.display_name || own.username || ''} url={own.avatar_url} size="large" />
        <ChoosePortrait has={own.avatar_url !== null} onChange={(address) => changeProfile({ avatar_url: address })} />
      </div>
      <Field label="Name" name="display_name" defaultValue={own.display_name ?? ''} maxLength={64} autocomplete="name" />
      <Field label="Username" name="username" defaultValue={own.username ?? ''} autocapitalize="none" spellcheck={false} required />
      <Field label="Status" name="status" defaultValue={own.status ?? ''} maxLength={140} />
      <Field label="About you" name="bio" defaultValue={own.bio ?? ''} maxLength={500} />
      <Field
        label="E-mail"
        name="email"
        type="email"
        defaultValue={own.email ?? ''}
        required
        {...(own.pending_email && { hint: `${own.pending_email} takes effect once you have proved it.` })}
      />
      <button type="submit" class="primary">
        {isSaved ? 'Saved' : 'Save'}
      </button>
      {again.dialog}
    </form>
  );
}

function Appearance() {
  return (
    <div class="group-box">
      <Choice
        label="Colours"
        value={(settings.value?.theme ?? 'system').toLowerCase() as WireSettings['theme']}
        options={[
          ['system', 'As the system'],
          ['light', 'Light'],
          ['dark', 'Dark'],
        ]}
        onChange={(theme) => explained(changeSettings({ theme }))}
      />
    </div>
  );
}

function Notifications() {
  const [isAllowed, setAllowed] = useState(canNotify() && Notification.permission === 'granted');
  const [isPushed, setPushed] = useState(false);
  useEffect(() => void hasPush().then(setPushed), []);
  const push = async (isOn: boolean) => {
    await (isOn ? turnPushOn() : turnPushOff());
    setPushed(isOn);
  };
  return (
    <div class="group-box">
      <Switch
        label="Notifications"
        hint="On all of your devices"
        isOn={settings.value?.notifications_enabled ?? true}
        onChange={(isOn) => explained(changeSettings({ notifications_enabled: isOn }))}
      />
      {canNotify() && (
        <Switch
          label="In this browser"
          hint="While the page is open in the background"
          isOn={isAllowed}
          onChange={() => explained(askToNotify().then(setAllowed))}
        />
      )}
      {canPush() && <Switch label="While the page is closed" hint="Web Push, without any content" isOn={isPushed} onChange={(isOn) => explained(push(isOn))} />}
      <Switch
        label="Calls ring in muted conversations"
        isOn={settings.value?.calls_ring_muted ?? false}
        onChange={(isOn) => explained(changeSettings({ calls_ring_muted: isOn }))}
      />
    </div>
  );
}

const VISIBILITIES: readonly (readonly [Visibility, string])[] = [
  ['everyone', 'Everyone'],
  ['contacts', 'Your contacts'],
  ['nobody', 'Nobody'],
];

const PRIVACY: readonly (readonly [keyof WireSettings, string])[] = [
  ['privacy_last_seen', 'Who sees when you are here'],
  ['privacy_profile_photo', 'Who sees your picture'],
  ['privacy_about', 'Who sees status and about'],
  ['privacy_groups', 'Who may put you into groups'],
  ['privacy_discoverable', 'Who finds you by e-mail or phone'],
];

function Privacy() {
  const chosen = settings.value;
  if (!chosen) {
    return <Spinner />;
  }
  return (
    <div class="group-box">
      <Switch
        label="Read receipts"
        hint="Off: you do not see those of others either"
        isOn={chosen.read_receipts}
        onChange={(isOn) => explained(changeSettings({ read_receipts: isOn }))}
      />
      {PRIVACY.map(([name, label]) => (
        <Choice
          key={name}
          label={label}
          value={String(chosen[name]).toLowerCase() as Visibility}
          options={VISIBILITIES}
          onChange={(value) => explained(changeSettings({ [name]: value }))}
        />
      ))}
    </div>
  );
}

function Blocked() {
  const [blocked, setPeople] = useState<readonly Person[] | null>(null);
  const read = () => explained(blockedPeople().then(setPeople));
  useEffect(read, []);
  if (!blocked) {
    return <Spinner />;
  }
  return blocked.length === 0 ? (
    <p class="empty">You have blocked nobody.</p>
  ) : (
    <ul class="members group-box">
      {blocked.map((person) => (
        <li class="member" key={person.id}>
          <PersonAvatar id={person.id} size="small" />
          <span class="member-name">{person.name}</span>
          <button type="button" class="secondary" onClick={() => explained(setBlocked(person.id, false).then(read))}>
            Unblock
          </button>
        </li>
      ))}
    </ul>
  );
}

function Devices() {
  const again = usePasswordAgain();
  const [devices, setDevices] = useState<readonly WireDevice[] | null>(null);
  const [logins, setLogins] = useState<readonly WireLoginSession[]>([]);
  const read = async () => {
    setDevices(await listDevices());
    setLogins(await listLogins());
  };
  useEffect(() => explained(read()), []);
  if (!devices) {
    return <Spinner />;
  }
  const change = (work: () => Promise<void>) => again.run(() => work().then(read));
  return (
    <>
      <p class="hint">Each device has keys of its own. What you write is encrypted for your other devices, too.</p>
      <h3>Devices</h3>
      <ul class="members group-box">
        {devices.map((device) => (
          <li class="member" key={device.id}>
            <Icon name="device" />
            <span class="member-name">
              {device.device_name ?? device.device_id}
              <span class="faint">{device.is_current ? 'This device' : device.last_active ? `Last here ${fullTime(device.last_active)}` : ''}</span>
            </span>
            {!device.is_current && (
              <button type="button" class="secondary dangerous" onClick={() => change(() => removeDevice(device.id))}>
                Remove
              </button>
            )}
          </li>
        ))}
      </ul>
      <h3>Logins</h3>
      <ul class="members group-box">
        {logins.map((login) => (
          <li class="member" key={login.id}>
            <span class="member-name">
              {login.device_name ?? login.device_id}
              <span class="faint">
                {login.is_current ? 'This login' : `Last used ${fullTime(login.last_active)}`}
                {login.ip_address ? ` · ${login.ip_address}` : ''}
              </span>
            </span>
            {!login.is_current && (
              <button type="button" class="secondary" onClick={() => change(() => endLogin(login.id))}>
                End
              </button>
            )}
          </li>
        ))}
      </ul>
      {logins.length > 1 && (
        <button type="button" class="secondary dangerous" onClick={() => change(endOtherLogins)}>
          End all other logins
        </button>
      )}
      {again.dialog}
    </>
  );
}

function Account() {
  const [deletes, setDeletes] = useState(false);
  const change = useSubmit(async (form) => {
    const fields = new FormData(form);
    await changePassword(String(fields.get('current') ?? ''), String(fields.get('next') ?? ''));
    form.reset();
    toast('Your password was changed. Other logins have ended.');
  });
  const remove = useSubmit(async (form) => {
    await deleteAccount(String(new FormData(form).get('password') ?? ''));
    await signOut(true);
  });
  return (
    <>
      <h3>Password</h3>
      <form onSubmit={change.submit}>
        <Field label="Present password" name="current" type="password" autocomplete="current-password" required />
        <Field label="New password" name="next" type="password" autocomplete="new-password" minLength={8} required />
        <Problem text={change.problem} />
        <button type="submit" class="primary" disabled={change.isBusy}>
          Change the password
        </button>
      </form>
      <h3>Sign out</h3>
      <div class="group-box">
        <button type="button" class="line-button" onClick={() => void signOut()}>
          <Icon name="logout" /> Sign out; messages stay in this browser
        </button>
        <button
          type="button"
          class="line-button dangerous"
          onClick={() => confirm('Erase all messages and keys of this browser? They cannot be brought back.') && void signOut(true)}
        >
          <Icon name="trash" /> Sign out and erase messages and keys here
        </button>
        <button type="button" class="line-button dangerous" onClick={() => setDeletes(true)}>
          <Icon name="warning" /> Delete the account
        </button>
      </div>
      {deletes && (
        <Dialog title="Delete the account" onClose={() => setDeletes(false)}>
          <form onSubmit={remove.submit}>
            <p>Your account, your keys and what you wrote are deleted for everybody, for good.</p>
            <Field label="Password" name="password" type="password" autocomplete="current-password" required autofocus />
            <Problem text={remove.problem} />
            <button type="submit" class="primary dangerous wide" disabled={remove.isBusy}>
              Delete for good
            </button>
          </form>
        </Dialog>
      )}
    </>
  );
}

const VIEWS: Readonly<Record<string, () => preact.JSX.Element>> = {
  profile: Profile,
  appearance: Appearance,
  notifications: Notifications,
  privacy: Privacy,
  blocked: Blocked,
  devices: Devices,
  account: Account,
};

export function Settings({ section }: { section: string }) {
  const View = VIEWS[section];
  const title = SECTIONS.find(([name]) => name === section)?.[1];
  return (
    <section class={`settings ${View ? 'has-section' : ''}`} aria-label="Settings">
      <header class="bar">
        <IconButton icon="back" label={View ? 'Back to the settings' : 'Back to the chats'} onClick={() => go(View ? 'settings' : '')} />
        <h2>{title ?? 'Settings'}</h2>
      </header>
      <div class="settings-body">
        {View ? (
          <View />
        ) : (
          <ul class="group-box">
            {SECTIONS.map(([name, label, icon]) => (
              <li key={name}>
                <a class="line-button" href={`#/settings/${name}`}>
                  <Icon name={icon} /> {label}
                </a>
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

