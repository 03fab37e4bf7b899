/** Files in messages. Only pictures, sounds and videos of listed types are shown; all else is a download. */

import { useEffect, useState } from 'preact/hooks';
import type { FileContent } from '../app/content.ts';
import { explain } from '../app/errors.ts';
import { fetchFile, isShown, saveFile } from '../app/files.ts';
import { sizeText } from './format.ts';
import { Icon } from './icons.tsx';
import { Dialog, Spinner } from './parts.tsx';

/** What is fetched without being asked for, bytes. */
const AUTOMATIC_BYTES_MAX = 8_000_000;

function useFile(file: FileContent, isWanted: boolean) {
  const [address, setAddress] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (!isWanted) {
      return;
    }
    let made: string | null = null;
    let isGone = false;
    fetchFile(file)
      .then((blob) => {
        if (!isGone) {
          made = URL.createObjectURL(blob);
          setAddress(made);
        }
      })
      .catch((error: unknown) => !isGone && setProblem(explain(error)));
    return () => {
      isGone = true;
      if (made) {
        URL.revokeObjectURL(made);
      }
    };
  }, [file.url, isWanted]);
  return { address, problem };
}

/** Room for a picture before it is here, so that nothing jumps. */
function shapeOf(file: FileContent): { width: number; height: number } {
  const width = file.width || 320;
  const height = file.height || 240;
  const scale = Math.min(1, 320 / width, 380 / height);
  return { width: Math.max(80, Math.round(width * scale)), height: Math.max(60, Math.round(height * scale)) };
}

function Picture({ file }: { file: FileContent }) {
  const [isOpen, setOpen] = useState(false);
  const { address, problem } = useFile(file, file.size <= AUTOMATIC_BYTES_MAX || isOpen);
  const preview = file.preview ? `data:image/jpeg;base64,${file.preview}` : null;
  const shape = shapeOf(file);
  return (
    <>
      <button type="button" class="picture" aria-label={`Open ${file.name}`} onClick={() => setOpen(true)}>
        {address || preview ? (
          <img src={address ?? preview ?? ''} alt={file.name} width={shape.width} height={shape.height} class={address ? '' : 'blurred'} />
        ) : (
          <svg width={shape.width} height={shape.height} aria-hidden="true" />
        )}
        {!address && !problem && file.size <= AUTOMATIC_BYTES_MAX && <Spinner label={`Loading ${file.name}`} />}
        {problem && <span class="picture-problem">{problem}</span>}
      </button>
      {isOpen && (
        <Dialog
          title={file.name}
          class="viewer"
          onClose={() => setOpen(false)}
          footer={
            <button type="button" class="secondary" onClick={() => void saveFile(file)}>
              <Icon name="download" size={18} /> Save
            </button>
          }
        >
          {address ? <img src={address} alt={file.name} /> : <Spinner />}
        </Dialog>
      )}
    </>
  );
}

function Player({ file, kind }: { file: FileContent; kind: 'audio' | 'video' }) {
  const [isWanted, setWanted] = useState(kind === 'audio' && file.size <= AUTOMATIC_BYTES_MAX);
  const { address, problem } = useFile(file, isWanted);
  if (address) {
    return kind === 'audio' ? <audio controls src={address} aria-label={file.name} /> : <video controls autoplay playsInline src={address} class="video" aria-label={file.name} />;
  }
  return (
    <button type="button" class="file" onClick={() => setWanted(true)}>
      <span class="file-icon">{isWanted && !problem ? <Spinner /> : <Icon name={kind === 'video' ? 'video' : 'file'} />}</span>
      <span class="file-name">
        {file.name}
        <span class="faint">{problem ?? `${sizeText(file.size)} · play`}</span>
      </span>
    </button>
  );
}

function Download({ file }: { file: FileContent }) {
  const [state, setState] = useState<'idle' | 'busy' | string>('idle');
  const save = () => {
    setState('busy');
    saveFile(file).then(
      () => setState('idle'),
      (error: unknown) => setState(explain(error)),
    );
  };
  return (
    <button type="button" class="file" onClick={save}>
      <span class="file-icon">{state === 'busy' ? <Spinner /> : <Icon name="download" />}</span>
      <span class="file-name">
        <span>
          <span class="sr-only">Save </span>
          {file.name}
        </span>
        <span class="faint">{state === 'idle' || state === 'busy' ? sizeText(file.size) : state}</span>
      </span>
    </button>
  );
}

export function Attachment({ file }: { file: FileContent }) {
  if (!isShown(file.type)) {
    return <Download file={file} />;
  }
  if (file.type.startsWith('image/')) {
    return <Picture file={file} />;
  }
  return <Player file={file} kind={file.type.startsWith('video/') ? 'video' : 'audio'} />;
}
