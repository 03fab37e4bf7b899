/** The sounds of calls, made here: no file to load, nothing to license. */

let context: AudioContext | null = null;
let timer: ReturnType<typeof setInterval> | undefined;

const EVERY_MS = { in: 2400, out: 3600 } as const;

function tone(hertz: number, from: number, seconds: number): void {
  if (!context) {
    return;
  }
  const oscillator = context.createOscillator();
  const volume = context.createGain();
  const start = context.currentTime + from;
  oscillator.frequency.value = hertz;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.12, start + 0.04);
  volume.gain.setValueAtTime(0.12, start + seconds - 0.08);
  volume.gain.linearRampToValueAtTime(0, start + seconds);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + seconds);
}

/** Rings until told to stop: `in` for a call that comes, `out` for one that is made. */
export function startRinging(way: 'in' | 'out'): void {
  stopRinging();
  context ??= new AudioContext();
  // Browsers keep pages silent until they were clicked on; the call is shown all the same.
  void context.resume().catch(() => undefined);
  const ring = () => {
    if (way === 'in') {
      [660, 880, 660, 880].forEach((hertz, at) => tone(hertz, at * 0.22, 0.2));
    } else {
      tone(425, 0, 1);
    }
  };
  ring();
  timer = setInterval(ring, EVERY_MS[way]);
}

export function stopRinging(): void {
  clearInterval(timer);
  timer = undefined;
}
