/** The whole app: what is shown where. */

import { useEffect } from 'preact/hooks';
import { client } from '../app/api.ts';
import { explain } from '../app/errors.ts';
import { go, route } from '../app/router.ts';
import { chats, chatsLoaded, connection, dismissToast, hasUpgrade, phase, toasts } from '../app/state.ts';
import { Auth, Brand, Unverified } from './auth.tsx';
import { CallView } from './call.tsx';
import { Conversation } from './conversation.tsx';
import { Details } from './details.tsx';
import { Icon } from './icons.tsx';
import { IconButton, Spinner } from './parts.tsx';
import { Join, NewChat, NewGroup } from './new.tsx';
import { Settings } from './settings.tsx';
import { Sidebar } from './sidebar.tsx';

function Banner() {
  const now = connection.value;
  const text =
    now.state === 'offline'
      ? 'No connection. Messages wait and are sent by themselves.'
      : now.state === 'connecting'
        ? 'Connecting…'
        : now.state === 'catching_up'
          ? 'Reading what you missed…'
          : now.state === 'closed'
            ? closedText(now.code)
            : null;
  return (
    <div class="banners" role="status">
      {text && (
        <p class={`banner ${now.state}`}>
          <Icon name={now.state === 'catching_up' ? 'download' : 'warning'} size={16} /> {text}
          {now.state === 'closed' && (
            <button type="button" class="link" onClick={() => client().connect()}>
              Connect
            </button>
          )}
        </p>
      )}
      {hasUpgrade.value && (
        <p class="banner">
          A new version of this page is here.
          <button type="button" class="link" onClick={() => location.reload()}>
            Reload
          </button>
        </p>
      )}
    </div>
  );
}

function closedText(code: number): string {
  switch (code) {
    case 4404:
      return 'This device was removed from your account.';
    case 4409:
    case 4429:
      return 'The app is open in too many windows. This one is not connected.';
    default:
      return 'Not connected.';
  }
}

function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((it) => (
        <div class={`toast ${it.kind}`} key={it.id}>
          <span>{it.text}</span>
          {it.action && (
            <button type="button" class="link" onClick={it.action.run}>
              {it.action.label}
            </button>
          )}
          <IconButton icon="close" label="Dismiss" size={16} onClick={() => dismissToast(it.id)} />
        </div>
      ))}
    </div>
  );
}

function Nothing() {
  return (
    <section class="nothing" aria-label="No conversation is open">
      <img src="./icon.svg" alt="" width="72" height="72" />
      <p>Choose a conversation, or begin one.</p>
      <p class="faint">
        <Icon name="lock" size={15} /> End-to-end encrypted
      </p>
    </section>
  );
}

function Main() {
  const now = route.value;
  if (now.name === 'settings') {
    return <Settings section={now.section} />;
  }
  const chat = now.name === 'chat' ? chats.value.get(now.chatId) : undefined;
  if (now.name === 'chat' && !chat && !chatsLoaded.value) {
    return (
      <section class="nothing">
        <Spinner />
      </section>
    );
  }
  return chat ? <Conversation chat={chat} /> : <Nothing />;
}

function Shell() {
  const now = route.value;
  const chat = now.name === 'chat' ? chats.value.get(now.chatId) : undefined;
  const hasDetails = now.name === 'chat' && now.hasDetails && chat !== undefined;
  useEffect(() => {
    // Looked at now, not when it was drawn: the list may have come in between.
    if (now.name === 'chat' && chatsLoaded.value && !chats.value.has(now.chatId)) {
      go('');
    }
  }, [now, chat]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !document.querySelector('dialog[open]') && !event.defaultPrevented) {
        if (hasDetails && now.name === 'chat') {
          go(`c/${now.chatId}`);
        }
      } else if (event.key === 'k' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        document.querySelector<HTMLInputElement>('.sidebar input[type=search]')?.focus();
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [hasDetails, now]);
  const isMainShown = now.name === 'settings' || chat !== undefined;
  return (
    <div class={`shell ${isMainShown ? 'main-shown' : ''} ${hasDetails ? 'details-shown' : ''}`}>
      <Banner />
      <div class="panes">
        <Sidebar />
        <main class="main">
          <Main />
        </main>
        {hasDetails && <Details chat={chat} key={chat.id} />}
      </div>
      {now.name === 'new' && (now.what === 'group' ? <NewGroup /> : <NewChat />)}
      {now.name === 'join' && <Join code={now.code} />}
      <CallView />
    </div>
  );
}

export function App() {
  return (
    <>
      {phase.value === 'starting' && (
        <main class="starting">
          <Spinner label="Starting" />
        </main>
      )}
      {phase.value === 'signed-out' && <Auth />}
      {phase.value === 'unverified' && <Unverified />}
      {phase.value === 'signed-in' && <Shell />}
      <Toasts />
    </>
  );
}

/** The app could not even start: no storage, for instance, in a window that keeps nothing. */
export function Broken({ error }: { error: unknown }) {
  return (
    <main class="auth">
      <div class="card">
        <Brand />
        <div class="notice-box" role="alert">
          <h2>The app could not start</h2>
          <p>{explain(error)}</p>
          <p>It keeps your keys and messages in this browser’s own storage. Some private windows and settings forbid that.</p>
          <button type="button" class="primary" onClick={() => location.reload()}>
            Try again
          </button>
        </div>
      </div>
    </main>
  );
}
