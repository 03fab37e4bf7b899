/** Searching in messages: here, because the server cannot read them. */

import { signal } from '@preact/signals';
import { client } from './api.ts';
import { chatOrder, archivedChats, type Line } from './state.ts';
import { lineOf, loadEarlier, timelineOf } from './timeline.ts';

export const SEARCH_LENGTH_MIN = 3;
/** Newest messages of each conversation that are looked through. */
const SEARCHED_MAX = 3000;
const PAGE = 250;
const FOUND_MAX = 40;

/** A message that a conversation is to show once it is open. */
export const jumpTarget = signal<{ readonly chatId: string; readonly messageId: string; readonly sequence: number } | null>(null);

/** Messages with a text in them, from the conversations written in last, until `isOver`. */
export async function searchMessages(text: string, isOver: () => boolean): Promise<Line[]> {
  const wanted = text.trim().toLocaleLowerCase();
  const found: Line[] = [];
  for (const chat of [...chatOrder.value, ...archivedChats.value]) {
    let before: number | undefined;
    for (let seen = 0; seen < SEARCHED_MAX && found.length < FOUND_MAX && !isOver(); seen += PAGE) {
      const page = await client().history(chat.id, { limit: PAGE, ...(before !== undefined && { before }) });
      found.push(...page.map(lineOf).filter((line) => hasText(line, wanted)));
      before = page.at(-1)?.sequenceNumber;
      if (page.length < PAGE) {
        break;
      }
    }
  }
  return found.slice(0, FOUND_MAX).sort((a, b) => b.at.localeCompare(a.at));
}

function hasText(line: Line, wanted: string): boolean {
  const { content } = line;
  const texts = [content?.text, content?.file?.name, content?.poll?.question];
  return !line.isDeleted && texts.some((it) => it?.toLocaleLowerCase().includes(wanted));
}

/** Loads a conversation back to a message. */
export async function loadBackTo(chatId: string, sequence: number): Promise<void> {
  for (;;) {
    const { lines, hasMore } = timelineOf(chatId).value;
    const first = lines.find((line) => line.sequence !== null)?.sequence ?? 0;
    if (first <= sequence || !hasMore) {
      return;
    }
    await loadEarlier(chatId);
  }
}
