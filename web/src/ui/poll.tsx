/** Polls: the texts are in the encrypted message, the server counts votes for places in the list. */

import { useState } from 'preact/hooks';
import type { PollContent } from '../app/content.ts';
import { explained } from '../app/errors.ts';
import type { Line } from '../app/state.ts';
import { pollOf, vote } from '../app/timeline.ts';
import { Icon } from './icons.tsx';
import { Dialog, Field, Switch } from './parts.tsx';

export function Poll({ line, poll }: { line: Line; poll: PollContent }) {
  const counted = line.id ? pollOf(line.id).value : null;
  const votes = counted?.options.reduce((sum, it) => sum + it.count, 0) ?? 0;
  const choose = (option: number) => {
    if (!line.id || !counted) {
      return;
    }
    const mine = counted.options.filter((it) => it.mine).map((it) => it.option);
    const wasMine = mine.includes(option);
    const others = counted.multiple ? mine.filter((it) => it !== option) : [];
    explained(vote(line.id, wasMine ? others : [...others, option]));
  };
  return (
    <div class="poll" role="group" aria-label={`Poll: ${poll.question}`}>
      <p class="poll-question">{poll.question}</p>
      {poll.options.map((text, option) => {
        const found = counted?.options.find((it) => it.option === option);
        const share = votes > 0 ? Math.round(((found?.count ?? 0) / votes) * 100) : 0;
        return (
          <button
            type="button"
            key={option}
            class={`poll-option ${found?.mine ? 'mine' : ''}`}
            aria-pressed={found?.mine ?? false}
            disabled={!counted || counted.closed}
            onClick={() => choose(option)}
          >
            <span class="poll-text">
              {found?.mine && <Icon name="check" size={16} />} {text}
            </span>
            <span class="poll-count">{found?.count ?? 0}</span>
            <progress value={share} max={100} aria-hidden="true" />
          </button>
        );
      })}
      <p class="hint">
        {counted?.multiple ? 'Several answers are possible. ' : ''}
        {counted ? `${counted.voters} ${counted.voters === 1 ? 'person has' : 'people have'} voted.` : ''}
        {counted?.closed ? ' Closed.' : ''}
      </p>
    </div>
  );
}

const OPTIONS_MAX = 12;

export function NewPoll(props: { onClose: () => void; onSend: (poll: PollContent, multiple: boolean) => void }) {
  const [question, setQuestion] = useState('');
  const [options, setOptions] = useState(['', '']);
  const [multiple, setMultiple] = useState(false);
  const filled = options.map((it) => it.trim()).filter(Boolean);
  const change = (at: number, text: string) => {
    const next = options.map((it, index) => (index === at ? text : it));
    const hasRoom = next.length < OPTIONS_MAX && next.at(-1) !== '';
    setOptions(hasRoom ? [...next, ''] : next);
  };
  return (
    <Dialog
      title="New poll"
      onClose={props.onClose}
      footer={
        <button
          type="button"
          class="primary"
          disabled={!question.trim() || filled.length < 2}
          onClick={() => props.onSend({ question: question.trim(), options: filled }, multiple)}
        >
          Send
        </button>
      }
    >
      <Field label="Question" value={question} maxLength={300} onInput={(event) => setQuestion(event.currentTarget.value)} />
      {options.map((text, at) => (
        <Field key={at} label={`Answer ${at + 1}`} value={text} maxLength={200} onInput={(event) => change(at, event.currentTarget.value)} />
      ))}
      <Switch label="Several answers are possible" isOn={multiple} onChange={setMultiple} />
    </Dialog>
  );
}
