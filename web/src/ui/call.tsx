/** A call: ringing, talking, and its end. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { answerCall, call, declineCall, hangUp, setMuted, type ActiveCall } from '../app/calls.ts';
import { explained } from '../app/errors.ts';
import { chats, personOf, titleOf } from '../app/state.ts';
import { durationText } from './format.ts';
import { Icon } from './icons.tsx';
import { ChatAvatar, IconButton } from './parts.tsx';

function Stream({ stream, isOwn, kind }: { stream: MediaStream | null; isOwn: boolean; kind: 'AUDIO' | 'VIDEO' }) {
  const element = useRef<HTMLVideoElement & HTMLAudioElement>(null);
  useEffect(() => {
    if (element.current && element.current.srcObject !== stream) {
      element.current.srcObject = stream;
      // A page that was not clicked on may have to wait; the click on "Accept" is enough.
      void element.current.play().catch(() => undefined);
    }
  }, [stream]);
  if (kind === 'AUDIO') {
    return <audio ref={element} autoplay muted={isOwn} data-testid={isOwn ? 'own-audio' : 'their-audio'} />;
  }
  return <video ref={element} class={isOwn ? 'own-video' : 'their-video'} autoplay playsInline muted={isOwn} data-testid={isOwn ? 'own-video' : 'their-video'} />;
}

function statusOf(now: ActiveCall, seconds: number): string {
  switch (now.state) {
    case 'ringing':
      return now.isIncoming ? `${now.kind === 'VIDEO' ? 'Video' : 'Voice'} call` : 'Ringing…';
    case 'calling':
      return 'Calling…';
    case 'connecting':
      return 'Connecting…';
    case 'connected':
      return durationText(seconds);
    case 'ended':
      return now.outcome ?? 'The call has ended';
  }
}

function useSeconds(since: number | null): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    if (since === null) {
      return;
    }
    const count = () => setSeconds(Math.max(0, (Date.now() - since) / 1000));
    count();
    const timer = setInterval(count, 1000);
    return () => clearInterval(timer);
  }, [since]);
  return seconds;
}

function Talking({ now }: { now: ActiveCall }) {
  const seconds = useSeconds(now.connectedAt);
  const chat = chats.value.get(now.chatId);
  const title = chat ? titleOf(chat) : personOf(now.peerId).name;
  const isRinging = now.isIncoming && now.state === 'ringing';
  const hasVideo = now.kind === 'VIDEO' && now.state === 'connected';
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.querySelector<HTMLElement>('button.accept, button.hangup')?.focus();
  }, [isRinging]);
  return (
    <div class={`call ${hasVideo ? 'with-video' : ''}`} role="dialog" aria-label={`Call with ${title}`} ref={box} data-state={now.state}>
      <div class={`their-streams count-${now.streams.size}`}>
        {[...now.streams].map(([userId, stream]) => (
          <figure key={userId} aria-label={personOf(userId).name}>
            <Stream stream={stream} isOwn={false} kind={now.kind} />
            {now.isGroup && <figcaption>{personOf(userId).name}</figcaption>}
          </figure>
        ))}
      </div>
      {now.kind === 'VIDEO' && now.ownStream && now.state !== 'ended' && <Stream stream={now.ownStream} isOwn kind="VIDEO" />}
      <div class="call-head">
        {!hasVideo && chat && <ChatAvatar chat={chat} size="large" />}
        <h2>{title}</h2>
        <p aria-live="polite">
          {now.isGroup && isRinging ? `${personOf(now.peerId).name} · ` : ''}
          {statusOf(now, seconds)}
        </p>
      </div>
      <div class="call-buttons">
        {isRinging ? (
          <>
            <button type="button" class="round hangup" aria-label="Decline" onClick={() => explained(declineCall())}>
              <Icon name="hangup" size={28} />
            </button>
            <button type="button" class="round accept" aria-label="Accept" onClick={() => explained(answerCall())}>
              <Icon name={now.kind === 'VIDEO' ? 'video' : 'phone'} size={28} />
            </button>
          </>
        ) : (
          now.state !== 'ended' && (
            <>
              <IconButton
                icon={now.isAudioMuted ? 'micOff' : 'mic'}
                label={now.isAudioMuted ? 'Turn the microphone on' : 'Turn the microphone off'}
                isPressed={now.isAudioMuted}
                class="round"
                size={26}
                onClick={() => setMuted('audio', !now.isAudioMuted)}
              />
              {now.kind === 'VIDEO' && (
                <IconButton
                  icon={now.isVideoMuted ? 'videoOff' : 'video'}
                  label={now.isVideoMuted ? 'Turn the camera on' : 'Turn the camera off'}
                  isPressed={now.isVideoMuted}
                  class="round"
                  size={26}
                  onClick={() => setMuted('video', !now.isVideoMuted)}
                />
              )}
              <button type="button" class="round hangup" aria-label="Hang up" onClick={() => explained(hangUp())}>
                <Icon name="hangup" size={28} />
              </button>
            </>
          )
        )}
      </div>
    </div>
  );
}

export function CallView() {
  const now = call.value;
  return now && <Talking now={now} key={now.id} />;
}
