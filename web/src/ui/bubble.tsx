/** One message, and what can be done to it. */

import { useState } from 'preact/hooks';
import { explained } from '../app/errors.ts';
import { retry } from '../app/session.ts';
import { may, personOf, selfId, toast, type Chat, type Line } from '../app/state.ts';
import { react, reactionsOf, remove } from '../app/timeline.ts';
import { summaryOf } from '../app/content.ts';
import { isShown } from '../app/files.ts';
import { Attachment } from './attachment.tsx';
import { clockTime, fullTime, hueOf } from './format.ts';
import { Icon } from './icons.tsx';
import { IconButton, Menu, PersonAvatar } from './parts.tsx';
import { Poll } from './poll.tsx';
import { RichText } from './rich-text.tsx';
import { Ticks } from './ticks.tsx';

export const QUICK_REACTIONS = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const;

const PROBLEMS = {
  not_for_this_device: 'This message was sent before this device was there.',
  placeholder: 'The sender could not encrypt this message for this device.',
  undecryptable: 'This message cannot be decrypted on this device.',
} as const;

export interface BubbleActions {
  readonly reply: (line: Line) => void;
  readonly edit: (line: Line) => void;
  readonly jump: (messageId: string) => void;
  readonly find: (messageId: string) => Line | undefined;
}

function Quote({ messageId, actions }: { messageId: string; actions: BubbleActions }) {
  const line = actions.find(messageId);
  return (
    <button type="button" class={`quote hue-${hueOf(line?.senderId ?? '')}`} onClick={() => actions.jump(messageId)}>
      <span class="quote-name">{line ? (line.senderId === selfId.value ? 'You' : personOf(line.senderId).name) : 'Earlier message'}</span>
      <span class="quote-text">
        {line?.content ? summaryOf(line.content) : line?.isDeleted ? 'This message was deleted' : 'Not on this device'}
      </span>
    </button>
  );
}

function ReactionBar({ line }: { line: Line }) {
  const reactions = line.id ? reactionsOf(line.id).value : new Map<string, ReadonlySet<string>>();
  if (reactions.size === 0 || line.isDeleted) {
    return null;
  }
  return (
    <ul class="reactions" aria-label="Reactions">
      {[...reactions].map(([reaction, users]) => {
        const names = [...users].map((id) => (id === selfId.value ? 'You' : personOf(id).name)).join(', ');
        const isMine = users.has(selfId.value);
        return (
          <li key={reaction}>
            <button
              type="button"
              class={isMine ? 'mine' : ''}
              aria-pressed={isMine}
              aria-label={`${reaction}, ${names}`}
              title={names}
              onClick={() => explained(react(line, reaction))}
            >
              {reaction}
              {users.size > 1 && <span> {users.size}</span>}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function Actions({ line, chat, actions }: { line: Line; chat: Chat; actions: BubbleActions }) {
  const [picks, setPicks] = useState(false);
  const isOwn = line.senderId === selfId.value;
  const isSent = line.id !== null;
  const text = line.content?.text ?? '';
  const canWrite = may(chat, 'send');
  return (
    <div class={`bubble-actions ${picks ? 'open' : ''}`}>
      {isSent && canWrite && (
        <div class="reaction-picker">
          <IconButton icon="smile" label="React" size={18} isPressed={picks} onClick={() => setPicks(!picks)} />
          {picks && (
            <div class="reaction-choice" role="group" aria-label="Choose a reaction">
              {QUICK_REACTIONS.map((reaction) => (
                <button
                  type="button"
                  key={reaction}
                  aria-label={`React with ${reaction}`}
                  onClick={() => {
                    setPicks(false);
                    explained(react(line, reaction));
                  }}
                >
                  {reaction}
                </button>
              ))}
            </div>
          )}
        </div>
      )}
      {isSent && canWrite && <IconButton icon="reply" label="Reply" size={18} onClick={() => actions.reply(line)} />}
      <Menu
        label="More about this message"
        size={18}
        items={[
          isSent && canWrite && { label: 'Reply', icon: 'reply', run: () => actions.reply(line) },
          text !== '' && {
            label: 'Copy text',
            icon: 'copy',
            run: () => explained(navigator.clipboard.writeText(text).then(() => toast('Copied.'))),
          },
          isOwn && isSent && canWrite && line.content !== null && !line.content.poll && { label: 'Edit', icon: 'edit', run: () => actions.edit(line) },
          isSent && { label: 'Delete for me', icon: 'trash', isDangerous: true, run: () => explained(remove(line, false)) },
          isSent &&
            (isOwn || (chat.isGroup && chat.role !== 'member')) && {
              label: 'Delete for everybody',
              icon: 'trash',
              isDangerous: true,
              run: () => explained(remove(line, true)),
            },
          !isSent && { label: 'Do not send', icon: 'trash', isDangerous: true, run: () => explained(remove(line, true)) },
        ]}
      />
    </div>
  );
}

/** A text of a few emoji alone is shown large, as people expect. */
function isEmojiAlone(text: string): boolean {
  return text.length <= 24 && /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}|\u200d|\ufe0f|\p{Emoji_Modifier}|\s)+$/u.test(text) && text.trim() !== '';
}

export function Bubble(props: { line: Line; chat: Chat; isFirst: boolean; isLast: boolean; actions: BubbleActions }) {
  const { line, chat, actions } = props;
  const isOwn = line.senderId === selfId.value;
  const content = line.content;
  const showsAuthor = chat.isGroup && !isOwn;
  const isPicture = content !== null && !content.text && content.file?.type.startsWith('image/') === true && isShown(content.file.type);
  const isLarge = content !== null && !content.file && !content.poll && !line.replyTo && isEmojiAlone(content.text);
  return (
    <div
      class={`message ${isOwn ? 'own' : 'other'} ${props.isFirst ? 'first' : ''} ${props.isLast ? 'last' : ''}`}
      data-message={line.id ?? ''}
      tabIndex={-1}
    >
      {showsAuthor && <span class="message-avatar">{props.isLast && <PersonAvatar id={line.senderId} size="small" />}</span>}
      <div class="message-column">
        <div class={`bubble ${isLarge ? 'large' : ''} ${isPicture ? 'picture-alone' : ''} ${line.isDeleted || !content ? 'faint' : ''}`}>
          {showsAuthor && props.isFirst && <span class={`author hue-${hueOf(line.senderId ?? '')}`}>{personOf(line.senderId).name}</span>}
          {!showsAuthor && <span class="sr-only">{isOwn ? 'You: ' : `${personOf(line.senderId).name}: `}</span>}
          {line.replyTo && !line.isDeleted && <Quote messageId={line.replyTo} actions={actions} />}
          {line.isDeleted ? (
            <p class="bubble-note">
              <Icon name="block" size={16} /> This message was deleted
            </p>
          ) : content ? (
            <>
              {content.file && <Attachment file={content.file} />}
              {content.poll && <Poll line={line} poll={content.poll} />}
              {content.text && <RichText text={content.text} />}
            </>
          ) : (
            <p class="bubble-note">
              <Icon name="lock" size={16} /> {PROBLEMS[line.problem ?? 'undecryptable']}
            </p>
          )}
          <span class="meta">
            {line.isEdited && !line.isDeleted && <span>edited</span>}
            {line.expiresAt && !line.isDeleted && (
              <span title={`Disappears ${fullTime(line.expiresAt)}`}>
                <Icon name="clock" size={13} />
                <span class="sr-only">disappearing message</span>
              </span>
            )}
            <time dateTime={line.at} title={fullTime(line.at)}>
              {clockTime(line.at)}
            </time>
            {isOwn && <Ticks line={line} chat={chat} />}
          </span>
        </div>
        {line.outbox === 'refused' && (
          <p class="refused">
            Not sent{line.code ? ` (${line.code.toLowerCase().replaceAll('_', ' ')})` : ''}.{' '}
            <button type="button" class="link" onClick={() => explained(retry(line))}>
              Try again
            </button>
          </p>
        )}
        <ReactionBar line={line} />
      </div>
      {!line.isDeleted && <Actions line={line} chat={chat} actions={actions} />}
    </div>
  );
}
