// What the router says when it ends a subscription, and when it must.
import { refusal } from './errors.mjs';

const MESSAGES = {
  EXPIRED: 'The access token has expired: subscribe again with another one, from your last cursor',
  SLOW: 'Too many events wait to be taken: subscribe again, from your last cursor',
  RELOAD: 'The router has a new schema: subscribe again, from your last cursor',
  RESTART: 'The router is restarting: subscribe again, from your last cursor',
  SUBGRAPH: 'The subgraph of this subscription is gone: subscribe again, from your last cursor',
};
const CODES = { EXPIRED: 'UNAUTHENTICATED' };
const LEEWAY = 5; // seconds, as identity.mjs allows
const LONGEST = 2 ** 31 - 1; // a timer of more fires at once

/** The event with which a subscription ends. */
export function lastWord(reason) {
  return { errors: [refusal(CODES[reason] ?? 'UNAVAILABLE', MESSAGES[reason], { details: { reason } })] };
}

/** When a token of `exp` is not taken any more, in milliseconds from now. */
export function lifetimeOf(exp) {
  return Math.min(Math.max((exp + LEEWAY) * 1000 - Date.now(), 0), LONGEST);
}
