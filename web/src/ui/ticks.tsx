/** How far a message of the user's own has got. */

import type { Chat, Line } from '../app/state.ts';
import { Icon } from './icons.tsx';

type Progress = 'waiting' | 'held' | 'failed' | 'sent' | 'delivered' | 'read';

const WORDS: Record<Progress, string> = {
  waiting: 'Sending',
  held: 'Waits for you to accept a changed safety number',
  failed: 'Not sent',
  sent: 'Sent',
  delivered: 'Delivered',
  read: 'Read',
};

/** In a group a message counts as delivered or read once it is for everybody. */
export function progressOf(line: Line, chat: Chat): Progress {
  if (line.sequence === null) {
    return line.outbox === 'refused' ? 'failed' : line.outbox === 'held' ? 'held' : 'waiting';
  }
  const receipts = [...chat.receipts.values()];
  const sequence = line.sequence;
  if (receipts.length > 0 && receipts.every((it) => it.read >= sequence)) {
    return 'read';
  }
  return receipts.length > 0 && receipts.every((it) => it.delivered >= sequence) ? 'delivered' : 'sent';
}

export function Ticks({ line, chat }: { line: Line; chat: Chat }) {
  const progress = progressOf(line, chat);
  return (
    <span class={`ticks ${progress}`} title={WORDS[progress]}>
      {progress === 'waiting' && <Icon name="clock" size={14} />}
      {(progress === 'failed' || progress === 'held') && <Icon name="warning" size={14} />}
      {(progress === 'sent' || progress === 'delivered' || progress === 'read') && (
        <svg class="icon" width={progress === 'sent' ? 12 : 17} height="12" viewBox={progress === 'sent' ? '0 0 16 16' : '0 0 23 16'} aria-hidden="true">
          <path d={progress === 'sent' ? 'M2 9l4 4 8-10' : 'M2 9l4 4 8-10M11 12l1.5 1 8-10'} />
        </svg>
      )}
      <span class="sr-only">{WORDS[progress]}</span>
    </span>
  );
}
