/** Safety numbers: how two people find out that nobody sits between them. */

import { useEffect, useState } from 'preact/hooks';
import { client } from '../app/api.ts';
import { explain, explained } from '../app/errors.ts';
import { refreshIdentities } from '../app/events.ts';
import { changedIdentities, personOf, verifiedPeople } from '../app/state.ts';
import { Dialog, Spinner } from './parts.tsx';

export function SafetyNumber({ userId, onClose }: { userId: string; onClose: () => void }) {
  const [number, setNumber] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const person = personOf(userId);
  const hasChanged = changedIdentities.value.has(userId);
  const isVerified = verifiedPeople.value.has(userId);
  useEffect(() => {
    explained(refreshIdentities(userId));
    client()
      .safetyNumber(userId)
      .then(setNumber)
      .catch((error: unknown) => setProblem(explain(error)));
  }, [userId, hasChanged]);
  const accept = (verified: boolean) =>
    explained(
      client()
        .acceptIdentity(userId, { verified })
        .then(() => refreshIdentities(userId))
        .then(onClose),
    );
  const verify = (verified: boolean) =>
    explained(
      client()
        .setVerified(userId, verified)
        .then(() => refreshIdentities(userId)),
    );
  return (
    <Dialog
      title={`Safety number with ${person.name}`}
      onClose={onClose}
      footer={
        hasChanged ? (
          <>
            <button type="button" class="secondary" onClick={() => accept(false)}>
              Accept without comparing
            </button>
            <button type="button" class="primary" onClick={() => accept(true)}>
              The numbers are equal
            </button>
          </>
        ) : (
          <button type="button" class={isVerified ? 'secondary' : 'primary'} disabled={!number} onClick={() => verify(!isVerified)}>
            {isVerified ? 'Not verified any more' : 'Mark as verified'}
          </button>
        )
      }
    >
      {hasChanged && (
        <p class="notice-box">
          Keys of {person.name} have changed since you last wrote. That happens when somebody gets a new device or reinstalls the app. If
          it surprises you, ask them another way before you accept it.
        </p>
      )}
      {number ? (
        <p class="safety-number" aria-label="Safety number" data-testid="safety-number">
          {number.split(/\s+/).map((group, at) => (
            <span key={at}>{group}</span>
          ))}
        </p>
      ) : problem ? (
        <p class="problem">{problem}</p>
      ) : (
        <Spinner />
      )}
      <p>
        Compare these digits with the ones that {person.name} sees: side by side, or in a call where you know the voice. If they are equal,
        nobody reads along. They change when one of you adds a device.
      </p>
      {isVerified && !hasChanged && <p>You have marked {person.name} as verified.</p>}
    </Dialog>
  );
}
