/** Chooses a picture of oneself or of a group. */

import { useRef, useState } from 'preact/hooks';
import { explained } from '../app/errors.ts';
import { uploadPortrait } from '../app/portrait.ts';

export function ChoosePortrait(props: { has: boolean; onChange: (address: string | null) => Promise<void> }) {
  const picker = useRef<HTMLInputElement>(null);
  const [isBusy, setBusy] = useState(false);
  const run = (work: Promise<void>) => {
    setBusy(true);
    explained(work.finally(() => setBusy(false)));
  };
  return (
    <div class="choose-portrait">
      <input
        ref={picker}
        type="file"
        accept="image/*"
        hidden
        aria-hidden="true"
        tabIndex={-1}
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          if (file) {
            run(uploadPortrait(file).then(props.onChange));
          }
        }}
      />
      <button type="button" class="link" disabled={isBusy} onClick={() => picker.current?.click()}>
        {isBusy ? 'One moment…' : props.has ? 'Change the picture' : 'Add a picture'}
      </button>
      {props.has && (
        <button type="button" class="link" disabled={isBusy} onClick={() => run(props.onChange(null))}>
          Remove it
        </button>
      )}
    </div>
  );
}
