/** Icons: strokes on a grid of 24, drawn in the colour of the text around them. */

const PATHS = {
  back: 'M15 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6L6 18',
  search: 'M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM16 16l4.5 4.5',
  compose: 'M12 20h8M15.5 4.5l4 4L9 19l-5 1 1-5z',
  more: 'M12 4.7a.8.8 0 1 1 0 1.6.8.8 0 0 1 0-1.6zM12 11.2a.8.8 0 1 1 0 1.6.8.8 0 0 1 0-1.6zM12 17.7a.8.8 0 1 1 0 1.6.8.8 0 0 1 0-1.6z',
  send: 'M4 12l16-8-5 16-3-7z',
  attach: 'M20 11.5l-8 8a5 5 0 0 1-7-7l8.5-8.5a3.5 3.5 0 0 1 5 5L10 17.5a2 2 0 0 1-3-3l7.5-7.5',
  smile: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM8.5 14.5c1 1.3 2.2 2 3.5 2s2.5-.7 3.5-2M9 9.5v.01M15 9.5v.01',
  reply: 'M9 7l-5 5 5 5M4 12h10a6 6 0 0 1 6 6v1',
  edit: 'M15.5 4.5l4 4L9 19l-5 1 1-5z',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  phone: 'M6 3h3l2 5-2.5 1.5a11 11 0 0 0 6 6L16 13l5 2v3a3 3 0 0 1-3.3 3A16 16 0 0 1 3 6.3 3 3 0 0 1 6 3z',
  hangup: 'M3 14c5-5 13-5 18 0l-2 3-4-1.5V13c-2-.6-4-.6-6 0v2.5L5 17z',
  video: 'M3 7h12v10H3zM15 11l6-4v10l-6-4',
  videoOff: 'M3 7h8M15 11l6-4v10l-6-4M3 7v10h12M3 3l18 18',
  mic: 'M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM6 11a6 6 0 0 0 12 0M12 17v4',
  micOff: 'M9 6a3 3 0 0 1 6 0v5M9 9v2a3 3 0 0 0 4.5 2.6M6 11a6 6 0 0 0 9 5.2M12 17v4M3 3l18 18',
  info: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 11v5M12 8v.01',
  settings: 'M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4M4 12h3M11 12h9M9 10v4',
  group: 'M9 5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM2.5 19c.5-3.5 3-5 6.5-5s6 1.5 6.5 5M16 5.5a3 3 0 0 1 0 6M17.5 14.5c2.5.5 3.8 2 4 4.5',
  person: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.5 20c.7-4 3.5-5.5 7.5-5.5s6.8 1.5 7.5 5.5',
  add: 'M12 5v14M5 12h14',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  shield: 'M12 3l7 3v5c0 5-3 8.5-7 10-4-1.5-7-5-7-10V6zM9 12l2.2 2.2L15.5 10',
  warning: 'M12 4l9 16H3zM12 10v5M12 17.5v.01',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  clock: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 7.5V12l3 2',
  pin: 'M9 4h6l-1 6 3 3H7l3-3zM12 13v7',
  mute: 'M6 9.5h3l4-3.5v12l-4-3.5H6zM17 9.5l4 5M21 9.5l-4 5',
  archive: 'M4 5h16v4H4zM5.5 9v10h13V9M10 13h4',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  download: 'M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14',
  poll: 'M6 20v-6M12 20V5M18 20v-9',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-6-5.7l-1 1M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 6 5.7l1-1',
  block: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM6 6l12 12',
  device: 'M4 5h16v11H4zM9 20h6M12 16v4',
  logout: 'M14 5H5v14h9M10 12h10M16.5 8.5L20 12l-3.5 3.5',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4',
  moon: 'M19 14.5A8 8 0 0 1 9.5 5a7.5 7.5 0 1 0 9.5 9.5z',
  down: 'M6 9l6 6 6-6',
  image: 'M4 5h16v14H4zM4 16l5-4.5 4 3.5 2.5-2 4.5 4M15 9v.01',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
