/** What went wrong, in words for people. */

import { ApiError, IdentityChanged, NetworkError } from '@sentinal/client';
import { toast } from './state.ts';

const SENTENCES: Readonly<Record<string, string>> = {
  INVALID_CREDENTIALS: 'Username or password is wrong.',
  WRONG_PASSWORD: 'The password is wrong.',
  USERNAME_TAKEN: 'This username belongs to somebody else already. Please choose another one.',
  EMAIL_TAKEN: 'This e-mail address belongs to another account already.',
  EMAIL_CODE_INVALID: 'This code is wrong or too old.',
  RESET_TOKEN_INVALID: 'This code is wrong, was used already, or is too old.',
  MAIL_NOT_CONFIGURED: 'This server cannot send mail. Please ask whoever runs it.',
  BLOCKED: 'You have blocked this person.',
  ACCOUNT_DELETED: 'This account was deleted.',
  CALL_IN_PROGRESS: 'There is a call in this conversation already.',
  CALL_ENDED: 'This call is over.',
  ALREADY_ANSWERED: 'This call was answered on another of your devices.',
  GROUP_FULL: 'This group is full.',
  FILE_TOO_LARGE: 'This file is larger than the server takes.',
  QUOTA_EXCEEDED: 'Your storage on this server is full. Delete files that you have sent.',
  TOO_MANY_DEVICES: 'You have signed in on as many devices as is allowed. Remove one of them first.',
  OVERLOADED: 'The server is busy. Please try again in a moment.',
  UNHEALTHY: 'The server cannot work at the moment. Please try again later.',
};

/** A sentence for any error. */
export function explain(error: unknown): string {
  if (error instanceof ApiError) {
    const known = SENTENCES[error.code];
    if (known) {
      return known;
    }
    if (error.code === 'RATE_LIMIT_EXCEEDED') {
      const seconds = Math.ceil((error.retryAfterMs ?? 0) / 1000);
      return seconds > 0 ? `That was too often. Please wait ${seconds} seconds.` : 'That was too often. Please wait a moment.';
    }
    if (error.code === 'VALIDATION_ERROR' && Array.isArray(error.details)) {
      const [first] = error.details as { field?: string; reason?: string }[];
      return first?.reason ? `${fieldName(first.field)}: ${first.reason}` : error.message;
    }
    return error.message;
  }
  if (error instanceof NetworkError) {
    return 'The server cannot be reached. Please check your connection.';
  }
  if (error instanceof IdentityChanged) {
    return 'A safety number has changed. Look at it before you go on.';
  }
  if (error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'NotFoundError')) {
    return error.name === 'NotFoundError'
      ? 'No microphone or camera was found.'
      : 'The browser does not allow this page to do that. Please allow it in the settings of this page.';
  }
  return error instanceof Error ? error.message : 'Something went wrong.';
}

function fieldName(field: string | undefined): string {
  const name = (field ?? '').replaceAll('_', ' ');
  return name ? name[0]?.toUpperCase() + name.slice(1) : 'This';
}

/** Whether the server wants the password again before it does this. */
export function needsPassword(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'REAUTHENTICATION_REQUIRED';
}

/** Lets something run whose failure the user is told of, and nobody waits for. */
export function explained(work: Promise<unknown>): void {
  work.catch((error: unknown) => toast(explain(error), 'error'));
}
