/** Where messages are written. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { client } from '../app/api.ts';
import { TEXT_LENGTH_MAX, summaryOf } from '../app/content.ts';
import { explained } from '../app/errors.ts';
import { sendFile, uploads } from '../app/files.ts';
import { personOf, selfId, type Chat, type Line } from '../app/state.ts';
import { edit, send } from '../app/timeline.ts';
import { IconButton, Menu } from './parts.tsx';
import { NewPoll } from './poll.tsx';

/** Drafts outlive the view of their conversation, not the page. */
const drafts = new Map<string, string>();

/** Said again this often while the user types; others forget after ten seconds. */
const TYPING_EVERY_MS = 4000;

const EMOJI = ['😀', '😂', '🥹', '😊', '😍', '😘', '😎', '🤔', '😅', '😭', '😡', '🥳', '👍', '👎', '👏', '🙏', '💪', '👋', '❤️', '🔥', '🎉', '✨', '☕', '🍕'];

function isPhone(): boolean {
  return matchMedia('(pointer: coarse)').matches;
}

export function Composer(props: {
  chat: Chat;
  replyTo: Line | null;
  editing: Line | null;
  onDone: () => void;
  onEditLast: () => void;
}) {
  const { chat, replyTo, editing } = props;
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(drafts.get(chat.id) ?? '');
  const [makesPoll, setMakesPoll] = useState(false);
  const [showsEmoji, setShowsEmoji] = useState(false);
  const typedAt = useRef(0);

  useEffect(() => {
    setText(editing ? (editing.content?.text ?? '') : (drafts.get(chat.id) ?? ''));
    // On a phone that would cover half of the conversation with a keyboard.
    if (editing || !isPhone()) {
      area.current?.focus();
    }
  }, [chat.id, editing?.key]);
  useEffect(() => {
    if (replyTo) {
      area.current?.focus();
    }
  }, [replyTo?.key]);
  useEffect(() => {
    const shown = area.current;
    if (shown) {
      shown.style.height = 'auto';
      shown.style.height = `${shown.scrollHeight}px`;
    }
  }, [text]);

  const type = (value: string) => {
    setText(value);
    if (editing) {
      return;
    }
    drafts.set(chat.id, value);
    const now = Date.now();
    if (value && now - typedAt.current > TYPING_EVERY_MS) {
      typedAt.current = now;
      client().typing(chat.id, true);
    } else if (!value && typedAt.current > 0) {
      typedAt.current = 0;
      client().typing(chat.id, false);
    }
  };

  const submit = () => {
    const words = text.trim();
    if (!words) {
      return;
    }
    if (editing) {
      explained(edit(editing, words));
    } else {
      void send(chat.id, { text: words }, { ...(replyTo?.id && { replyTo: replyTo.id }) });
      drafts.delete(chat.id);
      typedAt.current = 0;
    }
    setText('');
    setShowsEmoji(false);
    props.onDone();
  };

  const insert = (emoji: string) => {
    const shown = area.current;
    const at = shown?.selectionStart ?? text.length;
    type(text.slice(0, at) + emoji + text.slice(shown?.selectionEnd ?? at));
    shown?.focus();
  };

  const attach = (files: Iterable<File>) => {
    for (const file of files) {
      explained(sendFile(chat.id, file, replyTo?.id ?? null));
    }
    props.onDone();
  };

  const about = editing ?? replyTo;
  const sending = uploads.value.filter((it) => it.chatId === chat.id);
  return (
    <footer
      class="composer"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        attach(event.dataTransfer?.files ?? []);
      }}
    >
      {sending.map((it) => (
        <div class="upload" key={it.id}>
          <span class="upload-name">{it.name}</span>
          <progress value={it.done} max={it.size} aria-label={`Uploading ${it.name}`} />
          <IconButton icon="close" label={`Do not send ${it.name}`} size={18} onClick={() => it.cancel()} />
        </div>
      ))}
      {about && (
        <div class="about">
          <span class="about-bar" />
          <span class="about-text">
            <strong>{editing ? 'Edit message' : about.senderId === selfId.value ? 'Reply to yourself' : `Reply to ${personOf(about.senderId).name}`}</strong>
            <span>{about.content ? summaryOf(about.content) : ''}</span>
          </span>
          <IconButton icon="close" label={editing ? 'Stop editing' : 'Do not reply'} size={18} onClick={props.onDone} />
        </div>
      )}
      <div class="compose-row">
        {!editing && (
          <Menu
            label="Attach"
            icon="add"
            class="up"
            items={[
              { label: 'Photo, video or file', icon: 'attach', run: () => picker.current?.click() },
              chat.isGroup && { label: 'Poll', icon: 'poll', run: () => setMakesPoll(true) },
            ]}
          />
        )}
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          aria-hidden="true"
          tabIndex={-1}
          data-testid="file"
          onChange={(event) => {
            attach(event.currentTarget.files ?? []);
            event.currentTarget.value = '';
          }}
        />
        <div class="compose-box">
          <textarea
            ref={area}
            rows={1}
            value={text}
            maxLength={TEXT_LENGTH_MAX}
            placeholder="Message"
            aria-label="Message"
            enterkeyhint="send"
            onInput={(event) => type(event.currentTarget.value)}
            onPaste={(event) => {
              const files = event.clipboardData?.files;
              if (files && files.length > 0) {
                event.preventDefault();
                attach(files);
              }
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && !isPhone()) {
                event.preventDefault();
                submit();
              } else if (event.key === 'Escape' && about) {
                event.stopPropagation();
                props.onDone();
              } else if (event.key === 'ArrowUp' && text === '') {
                props.onEditLast();
              }
            }}
          />
          <IconButton icon="smile" label="Emoji" isPressed={showsEmoji} onClick={() => setShowsEmoji(!showsEmoji)} />
        </div>
        <button type="button" class="send" aria-label={editing ? 'Save' : 'Send'} disabled={text.trim() === ''} onClick={submit}>
          <svg class="icon" width="22" height="22" viewBox="0 0 24 24" aria-hidden="true">
            <path d={editing ? 'M5 12.5l4.5 4.5L19 7.5' : 'M4 12l16-8-5 16-3-7zM12 13l8-9'} />
          </svg>
        </button>
      </div>
      {showsEmoji && (
        <div class="emoji-grid" role="group" aria-label="Emoji">
          {EMOJI.map((emoji) => (
            <button type="button" key={emoji} onClick={() => insert(emoji)}>
              {emoji}
            </button>
          ))}
        </div>
      )}
      {makesPoll && (
        <NewPoll
          onClose={() => setMakesPoll(false)}
          onSend={(poll, multiple) => {
            setMakesPoll(false);
            void send(chat.id, { text: '', poll }, { type: 'poll', poll: { options: poll.options.length, multiple } });
          }}
        />
      )}
    </footer>
  );
}
