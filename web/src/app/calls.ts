/** The one call that this tab rings for or is in. */

import { signal } from '@preact/signals';
import type { CallSession } from '@sentinal/client';
import { client } from './api.ts';
import { wantPeople } from './people.ts';
import { startRinging, stopRinging } from './ringing.ts';
import { chats, peerOf, selfId, toast } from './state.ts';
import type { CallKind, WireCall } from './wire.ts';

export interface ActiveCall {
  readonly id: string;
  readonly chatId: string;
  readonly kind: CallKind;
  /** Whom it is with: the other side of a DM; in a group whoever called. */
  readonly peerId: string | null;
  readonly isGroup: boolean;
  readonly isIncoming: boolean;
  readonly state: 'calling' | 'ringing' | 'connecting' | 'connected' | 'ended';
  /** How it ended, in words. */
  readonly outcome: string | null;
  readonly connectedAt: number | null;
  readonly ownStream: MediaStream | null;
  /** What comes from each of the others. */
  readonly streams: ReadonlyMap<string, MediaStream>;
  readonly isAudioMuted: boolean;
  readonly isVideoMuted: boolean;
}

export const call = signal<ActiveCall | null>(null);

/** How long it is said how a call ended. */
const ENDED_MS = 2500;

let session: CallSession | null = null;

const OUTCOMES: Readonly<Record<string, string>> = {
  declined: 'Declined',
  busy: 'Busy',
  timeout: 'No answer',
  missed: 'No answer',
  network_error: 'The connection was lost',
  answered_elsewhere: 'Answered on another device',
  refused: 'Answered on another device',
  unproved: 'Ended: it could not be proved who is on the other side',
};

function update(change: Partial<ActiveCall>): void {
  if (call.value) {
    call.value = { ...call.value, ...change };
  }
}

async function media(kind: CallKind): Promise<MediaStream> {
  return await navigator.mediaDevices.getUserMedia({ audio: true, video: kind === 'VIDEO' ? { width: 1280, height: 720 } : false });
}

function begin(id: string, chatId: string, kind: CallKind, peerId: string | null, isIncoming: boolean): void {
  call.value = {
    isGroup: chats.value.get(chatId)?.isGroup ?? false,
    id,
    chatId,
    kind,
    peerId,
    isIncoming,
    state: isIncoming ? 'ringing' : 'calling',
    outcome: null,
    connectedAt: null,
    ownStream: null,
    streams: new Map(),
    isAudioMuted: false,
    isVideoMuted: false,
  };
}

/** The call is over: says how, and goes away. */
function finish(reason: string | null): void {
  const now = call.value;
  stopRinging();
  session = null;
  if (!now || now.state === 'ended') {
    return;
  }
  now.ownStream?.getTracks().forEach((track) => track.stop());
  update({ state: 'ended', outcome: OUTCOMES[reason ?? ''] ?? 'The call has ended', ownStream: null, streams: new Map() });
  setTimeout(() => {
    if (call.value?.id === now.id) {
      call.value = null;
    }
  }, ENDED_MS);
}

function watch(made: CallSession): void {
  session = made;
  const show = () => update({ streams: new Map(made.streams) });
  made.onStream = show;
  made.onLeft = show;
  show();
  made.onState = (state, reason) => {
    if (state === 'ended') {
      finish(reason);
      return;
    }
    if (state !== 'ringing') {
      stopRinging();
    }
    update({ state, ...(state === 'connected' && { connectedAt: call.value?.connectedAt ?? Date.now() }) });
  };
  if (call.value?.state !== 'ended') {
    made.onState(made.state, null);
  }
}

/** As many as may be in a call, the caller included. */
export const CALL_PEOPLE_MAX = 8;

export async function startCall(chatId: string, kind: CallKind): Promise<void> {
  if (call.value && call.value.state !== 'ended') {
    return;
  }
  const chat = chats.value.get(chatId);
  begin('new', chatId, kind, chat ? peerOf(chat) : null, false);
  try {
    const stream = await media(kind);
    update({ ownStream: stream });
    const made = await client().calls.place(chatId, { video: kind === 'VIDEO', stream });
    update({ id: made.id });
    watch(made);
    startRinging('out');
    const others = chat?.isGroup ? chat.members.filter((it) => it.userId !== selfId.value) : [];
    for (const { userId } of others) {
      // Who forbids calls, or has blocked the caller, is left out.
      await made.invite(userId).catch((error: unknown) => console.debug('not asked', error));
    }
  } catch (error) {
    finish(null);
    call.value = null;
    throw error;
  }
}

export async function answerCall(): Promise<void> {
  const now = call.value;
  if (!now) {
    return;
  }
  stopRinging();
  try {
    const stream = await media(now.kind);
    update({ ownStream: stream, state: 'connecting' });
    watch(await client().calls.accept(now.id, stream));
  } catch (error) {
    finish(null);
    throw error;
  }
}

export async function declineCall(): Promise<void> {
  const now = call.value;
  call.value = null;
  stopRinging();
  if (now) {
    await client().calls.decline(now.id);
  }
}

export async function hangUp(): Promise<void> {
  const ending = session;
  finish('completed');
  await ending?.hangUp();
}

export function setMuted(what: 'audio' | 'video', isMuted: boolean): void {
  update(what === 'audio' ? { isAudioMuted: isMuted } : { isVideoMuted: isMuted });
  const now = call.value;
  if (now && session) {
    void session.mute({ audio: now.isAudioMuted, video: now.isVideoMuted }).catch(() => undefined);
  }
}

/** What the server tells of calls, as far as it concerns one that rings here. */
export function callEvent(event: { type: string; call_id?: string; conversation_id: string; call?: WireCall }): void {
  switch (event.type) {
    case 'call:incoming':
    case 'call:listed':
      if (event.call) {
        incoming(event.call);
      }
      return;
    case 'call:answered_elsewhere':
    case 'call:ended':
      if (call.value?.id === event.call_id && !session) {
        finish(event.type === 'call:ended' ? 'completed' : 'answered_elsewhere');
      }
      return;
    default:
      return;
  }
}

function incoming(told: WireCall): void {
  const own = told.participants.find((it) => it.user_id === selfId.value);
  const isRinging = own !== undefined && ['INVITED', 'RINGING'].includes(own.status.toUpperCase());
  if (!isRinging || told.initiator_id === selfId.value || call.value?.id === told.id) {
    return;
  }
  if (call.value && call.value.state !== 'ended') {
    void client().calls.decline(told.id, 'BUSY').catch(() => undefined);
    toast('Somebody called while you were in a call.');
    return;
  }
  if (told.initiator_id) {
    wantPeople([told.initiator_id]);
  }
  begin(told.id, told.conversation_id, told.type.toUpperCase() === 'VIDEO' ? 'VIDEO' : 'AUDIO', told.initiator_id, true);
  startRinging('in');
}
