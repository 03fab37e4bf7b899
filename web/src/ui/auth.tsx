/** Signing up and in, and what can stand in the way of it. */

import { useState } from 'preact/hooks';
import { explain } from '../app/errors.ts';
import { forgotPassword, proveEmail, resendEmailCode, resetPassword, signIn, signOut, signUp } from '../app/session.ts';
import { account, endedBecause } from '../app/state.ts';
import { Icon } from './icons.tsx';
import { Field, Spinner } from './parts.tsx';

type Page = 'in' | 'up' | 'forgot' | 'reset';

const PASSWORD_LENGTH_MIN = 8;

export function Brand() {
  return (
    <div class="brand">
      <img src="./icon.svg" alt="" width="56" height="56" />
      <h1>Sentinal Chat</h1>
      <p>Messages that only you and the people you write to can read.</p>
    </div>
  );
}

function textOf(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** Runs what a form does: one at a time, and says what went wrong. */
export function useSubmit(run: (form: HTMLFormElement) => Promise<void>) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    setBusy(true);
    setProblem(null);
    run(form)
      .catch((error: unknown) => setProblem(explain(error)))
      .finally(() => setBusy(false));
  };
  return { isBusy, problem, submit };
}

export function Problem({ text }: { text: string | null }) {
  return (
    <div role="alert" class="form-alert">
      {text && (
        <p class="problem">
          <Icon name="warning" size={18} /> {text}
        </p>
      )}
    </div>
  );
}

function Submit({ isBusy, children }: { isBusy: boolean; children: string }) {
  return (
    <button type="submit" class="primary wide" disabled={isBusy}>
      {isBusy ? <Spinner label="Please wait" /> : children}
    </button>
  );
}

function SignIn({ turn }: { turn: (page: Page) => void }) {
  const { isBusy, problem, submit } = useSubmit((form) => signIn(textOf(form, 'identity'), textOf(form, 'password')));
  return (
    <form onSubmit={submit}>
      <Field label="Username or e-mail" name="identity" autocomplete="username" autocapitalize="none" spellcheck={false} required autofocus />
      <Field label="Password" name="password" type="password" autocomplete="current-password" required />
      <Problem text={problem} />
      <Submit isBusy={isBusy}>Sign in</Submit>
      <p class="hint center">
        A browser that you sign in with for the first time begins without history: earlier messages were not encrypted for it.
      </p>
      <button type="button" class="link" onClick={() => turn('forgot')}>
        Forgot your password?
      </button>
    </form>
  );
}

function SignUp() {
  const { isBusy, problem, submit } = useSubmit((form) =>
    signUp({
      username: textOf(form, 'username'),
      displayName: textOf(form, 'name'),
      email: textOf(form, 'email'),
      password: textOf(form, 'password'),
    }),
  );
  return (
    <form onSubmit={submit}>
      <Field label="Username" name="username" autocomplete="username" autocapitalize="none" spellcheck={false} required autofocus hint="How others find you." />
      <Field label="Your name" name="name" autocomplete="name" hint="What others see. You can leave it empty." />
      <Field label="E-mail" name="email" type="email" autocomplete="email" required />
      <Field
        label="Password"
        name="password"
        type="password"
        autocomplete="new-password"
        minLength={PASSWORD_LENGTH_MIN}
        required
        hint={`At least ${PASSWORD_LENGTH_MIN} characters.`}
      />
      <Problem text={problem} />
      <Submit isBusy={isBusy}>Create account</Submit>
      <p class="hint center">
        <Icon name="lock" size={14} /> Your keys are made in this browser and never leave it.
      </p>
    </form>
  );
}

function Forgot({ turn }: { turn: (page: Page) => void }) {
  const { isBusy, problem, submit } = useSubmit(async (form) => {
    await forgotPassword(textOf(form, 'identity'));
    turn('reset');
  });
  return (
    <form onSubmit={submit}>
      <p>We mail you a code with which you can choose a new password.</p>
      <Field label="Username or e-mail" name="identity" autocomplete="username" required autofocus />
      <Problem text={problem} />
      <Submit isBusy={isBusy}>Send the code</Submit>
      <button type="button" class="link" onClick={() => turn('reset')}>
        I have a code already
      </button>
    </form>
  );
}

function Reset({ turn }: { turn: (page: Page) => void }) {
  const { isBusy, problem, submit } = useSubmit(async (form) => {
    await resetPassword(textOf(form, 'identity'), textOf(form, 'token'), textOf(form, 'password'));
    endedBecause.value = 'Your password was changed. Sign in with the new one.';
    turn('in');
  });
  return (
    <form onSubmit={submit}>
      <p>If there is such an account, a code is on its way to its e-mail address.</p>
      <Field label="Username or e-mail" name="identity" autocomplete="username" required />
      <Field label="Code from the e-mail" name="token" autocomplete="one-time-code" spellcheck={false} required />
      <Field label="New password" name="password" type="password" autocomplete="new-password" minLength={PASSWORD_LENGTH_MIN} required />
      <Problem text={problem} />
      <Submit isBusy={isBusy}>Change the password</Submit>
    </form>
  );
}

export function Auth() {
  const [page, turn] = useState<Page>(location.hash.startsWith('#/signup') ? 'up' : 'in');
  return (
    <main class="auth">
      <div class="card">
        <Brand />
        {endedBecause.value && page === 'in' && (
          <p class="notice-box" role="status">
            {endedBecause.value}
          </p>
        )}
        {(page === 'in' || page === 'up') && (
          <div class="tabs" role="tablist" aria-label="Sign in or create an account">
            <button type="button" role="tab" aria-selected={page === 'in'} onClick={() => turn('in')}>
              Sign in
            </button>
            <button type="button" role="tab" aria-selected={page === 'up'} onClick={() => turn('up')}>
              Create account
            </button>
          </div>
        )}
        {page === 'in' && <SignIn turn={turn} />}
        {page === 'up' && <SignUp />}
        {page === 'forgot' && <Forgot turn={turn} />}
        {page === 'reset' && <Reset turn={turn} />}
        {(page === 'forgot' || page === 'reset') && (
          <button type="button" class="link" onClick={() => turn('in')}>
            Back to signing in
          </button>
        )}
      </div>
    </main>
  );
}

/** The server wants the e-mail address proved before anything else. */
export function Unverified() {
  const { isBusy, problem, submit } = useSubmit((form) => proveEmail(textOf(form, 'code')));
  const [isSent, setSent] = useState(false);
  return (
    <main class="auth">
      <div class="card">
        <Brand />
        <form onSubmit={submit}>
          <p>
            This server asks for your e-mail address to be proved. A code of 8 digits was mailed to{' '}
            <strong>{account.value?.email ?? 'you'}</strong>; it is good for 30 minutes.
          </p>
          <Field label="Code" name="code" autocomplete="one-time-code" inputMode="numeric" required autofocus />
          <Problem text={problem} />
          <Submit isBusy={isBusy}>Continue</Submit>
          <button type="button" class="link" disabled={isSent} onClick={() => void resendEmailCode().then(() => setSent(true))}>
            {isSent ? 'A new code is on its way' : 'Mail me a new code'}
          </button>
          <button type="button" class="link" onClick={() => void signOut()}>
            Sign out
          </button>
        </form>
      </div>
    </main>
  );
}

/** A page without TLS from another machine: the browser keeps cryptography from it. */
export function Insecure() {
  return (
    <main class="auth">
      <div class="card">
        <Brand />
        <div class="notice-box" role="alert">
          <h2>This address is not secure</h2>
          <p>
            You have opened <code>{location.origin}</code>, from another machine and without TLS. Browsers then keep encryption,
            the microphone and the camera from a page, so this app cannot work here.
          </p>
          <p>
            Open it by an <code>https://</code> address (a reverse proxy with a certificate in front of the server is enough), or on
            the machine itself as <code>http://localhost{location.port && `:${location.port}`}</code>.
          </p>
        </div>
      </div>
    </main>
  );
}
