/** Parts that several views are made of. */

import type { ComponentChildren, InputHTMLAttributes } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { peerOf, personOf, presences, titleOf, verifiedPeople, type Chat } from '../app/state.ts';
import { hueOf, initialsOf } from './format.ts';
import { Icon, type IconName } from './icons.tsx';

/** A picture, or initials on the person's colour. Pictures come from this server alone: others would see who looks. */
export function Avatar(props: { id: string; name: string; url?: string | null; size?: 'small' | 'large'; isGroup?: boolean; dot?: string }) {
  const url = props.url?.startsWith('/') || props.url?.startsWith(location.origin) ? props.url : null;
  return (
    <span class={`avatar hue-${hueOf(props.id)} ${props.size ?? ''}`} aria-hidden="true">
      {url ? <img src={url} alt="" /> : props.isGroup ? <Icon name="group" size={props.size === 'large' ? 40 : 22} /> : initialsOf(props.name)}
      {props.dot && <span class={`dot ${props.dot}`} />}
    </span>
  );
}

export function PersonAvatar({ id, size, hasDot }: { id: string | null; size?: 'small' | 'large'; hasDot?: boolean }) {
  const person = personOf(id);
  const presence = hasDot && id ? presences.value.get(id) : undefined;
  return (
    <Avatar
      id={person.id}
      name={person.name}
      url={person.avatarUrl}
      {...(size && { size })}
      {...(presence && presence !== 'offline' && { dot: presence })}
    />
  );
}

export function ChatAvatar({ chat, size }: { chat: Chat; size?: 'small' | 'large' }) {
  const peer = peerOf(chat);
  if (peer) {
    return <PersonAvatar id={peer} hasDot {...(size && { size })} />;
  }
  return <Avatar id={chat.id} name={titleOf(chat)} url={chat.avatarUrl} isGroup={chat.isGroup} {...(size && { size })} />;
}

/** A person's name, with a mark if the user has compared safety numbers with them. */
export function Name({ id, text }: { id: string | null; text?: string }) {
  const isVerified = id !== null && verifiedPeople.value.has(id);
  return (
    <span class="name">
      {text ?? personOf(id).name}
      {isVerified && (
        <span class="verified" title="You have compared safety numbers">
          <Icon name="shield" size={15} />
          <span class="sr-only"> (verified)</span>
        </span>
      )}
    </span>
  );
}

export function IconButton(props: {
  icon: IconName;
  label: string;
  onClick: (event: MouseEvent) => void;
  class?: string;
  isPressed?: boolean;
  isExpanded?: boolean;
  disabled?: boolean;
  size?: number;
}) {
  return (
    <button
      type="button"
      class={`icon-button ${props.class ?? ''}`}
      aria-label={props.label}
      title={props.label}
      onClick={props.onClick}
      disabled={props.disabled ?? false}
      {...(props.isPressed !== undefined && { 'aria-pressed': props.isPressed })}
      {...(props.isExpanded !== undefined && { 'aria-expanded': props.isExpanded, 'aria-haspopup': 'menu' as const })}
    >
      <Icon name={props.icon} size={props.size ?? 22} />
    </button>
  );
}

/** A modal window. The browser's own `<dialog>` keeps the focus inside and closes with Escape. */
export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren; class?: string; footer?: ComponentChildren }) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const shown = element.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={element}
      class={`dialog ${props.class ?? ''}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
      onClick={(event) => event.target === element.current && props.onClose()}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={id}>{props.title}</h2>
          <IconButton icon="close" label="Close" onClick={props.onClose} />
        </header>
        <div class="dialog-content">{props.children}</div>
        {props.footer && <footer class="dialog-foot">{props.footer}</footer>}
      </div>
    </dialog>
  );
}

export interface MenuItem {
  readonly label: string;
  readonly icon: IconName;
  readonly run: () => void;
  readonly isDangerous?: boolean;
}

/** A button that opens a menu. Arrow keys move in it, Escape closes it. */
export function Menu(props: { label: string; icon?: IconName; items: readonly (MenuItem | false)[]; class?: string; size?: number }) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const items = props.items.filter((it): it is MenuItem => it !== false);
  useEffect(() => {
    if (!isOpen) {
      return;
    }
    box.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const close = (event: Event) => !box.current?.contains(event.target as Node) && setOpen(false);
    addEventListener('pointerdown', close);
    return () => removeEventListener('pointerdown', close);
  }, [isOpen]);
  const move = (event: KeyboardEvent) => {
    const all = [...(box.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      all.at((at + step + all.length) % all.length)?.focus();
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      setOpen(false);
      box.current?.querySelector('button')?.focus();
    } else if (event.key === 'Tab') {
      setOpen(false);
    }
  };
  return (
    <div class={`menu ${props.class ?? ''} ${isOpen ? 'open' : ''}`} ref={box} onKeyDown={move}>
      <IconButton
        icon={props.icon ?? 'more'}
        label={props.label}
        isExpanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        {...(props.size && { size: props.size })}
      />
      {isOpen && (
        <div class="menu-list" role="menu" aria-label={props.label}>
          {items.map((item) => (
            <button
              type="button"
              role="menuitem"
              tabIndex={-1}
              key={item.label}
              class={item.isDangerous ? 'dangerous' : ''}
              onClick={() => {
                setOpen(false);
                item.run();
              }}
            >
              <Icon name={item.icon} size={18} />
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

/** A labelled field of a form. */
export function Field(props: InputHTMLAttributes<HTMLInputElement> & { label: string; hint?: string }) {
  const { label, hint, ...rest } = props;
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} {...rest} {...(hint && { 'aria-describedby': `${id}-hint` })} />
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

export function Switch(props: { label: string; hint?: string; isOn: boolean; onChange: (isOn: boolean) => void }) {
  const id = useId();
  return (
    <div class="switch-row">
      <label for={id}>
        {props.label}
        {props.hint && <span class="hint">{props.hint}</span>}
      </label>
      <input id={id} type="checkbox" role="switch" class="switch" checked={props.isOn} onChange={(event) => props.onChange(event.currentTarget.checked)} />
    </div>
  );
}

/** A list to choose from, as `[value, text]`. */
export function Choice<T extends string>(props: { label: string; value: T; options: readonly (readonly [T, string])[]; onChange: (value: T) => void }) {
  const id = useId();
  return (
    <div class="choice-row">
      <label for={id}>{props.label}</label>
      <select id={id} value={props.value} onChange={(event) => props.onChange(event.currentTarget.value as T)}>
        {props.options.map(([value, text]) => (
          <option value={value} key={value} selected={value === props.value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Spinner({ label = 'Loading' }: { label?: string }) {
  return <span class="spinner" role="status" aria-label={label} />;
}
