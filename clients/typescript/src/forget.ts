/**
 * Forgetting messages on this device: what a user has deleted for themselves, or cleared with a conversation. The
 * server shows them to this user no more, but does not say so message by message.
 */

import { messageById, removeMessage } from "./messages.js";
import type { Store } from "./store.js";
import type { ChatMessage } from "./types.js";

/** Messages that are taken away in one transaction: others wait for it. */
const AT_ONCE = 200;

/** Takes one message out of this device's history. */
export async function forgetMessage(store: Store, messageId: string): Promise<void> {
  await store.transaction(async (tx) => {
    const message = await messageById(tx, messageId);
    if (message !== undefined) {
      removeMessage(tx, message);
    }
  });
}

/** Takes the messages of a conversation up to a number out of this device's history. */
export async function forgetConversation(store: Store, conversationId: string, upToSequence: number): Promise<void> {
  for (;;) {
    const left = await store.transaction(async (tx) => {
      const first = await tx.list<ChatMessage>("messages", { prefix: `${conversationId}/`, limit: AT_ONCE });
      const gone = first.filter(([, message]) => message.sequenceNumber <= upToSequence);
      gone.forEach(([, message]) => removeMessage(tx, message));
      return gone.length === AT_ONCE;
    });
    if (!left) {
      return;
    }
  }
}
