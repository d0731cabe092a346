// What the claims of a verified token say, by the same rules as the kernel's tokens/claims.py.
const LEEWAY = 5; // seconds by which clocks may differ
const LONGEST_LIFE = 31 * 86_400;
const MOST_ACTORS = 4;
const APPROVE = 'clay.approve';

/** The token is not good; the message is for the log. */
export class Wrong extends Error {}

/** Who calls: `sub`, `exp`, and `scope` in our own words. Throws `Wrong`. */
export function judged(claims, trust, now = Date.now() / 1000) {
  checkTimes(claims, now);
  checkFor(claims, trust);
  const sub = at(claims, trust.claims.subject);
  if (typeof sub !== 'string' || !sub) throw new Wrong('it is of nobody');
  const scopes = scopesOf(claims, trust);
  const acts = actorsOf(claims.act, trust);
  if (scopes.includes(APPROVE) && (acts || (trust.own && claims.ptype === 'AGENT'))) {
    throw new Wrong('an agent may not approve');
  }
  return { sub, exp: claims.exp, scope: scopes.join(' ') };
}

function checkTimes({ exp, iat, nbf = iat }, now) {
  if (![exp, iat, nbf].every((time) => typeof time === 'number' && time > 0)) throw new Wrong('a time is missing');
  if (exp + LEEWAY <= now) throw new Wrong('it has expired');
  if (Math.max(iat, nbf) - LEEWAY > now) throw new Wrong('it is not valid yet');
  if (exp - iat > LONGEST_LIFE) throw new Wrong('it is good for too long');
}

function checkFor(claims, { issuer, audiences, require }) {
  if (claims.iss !== issuer) throw new Wrong('it is of another issuer');
  if (![claims.aud].flat().some((named) => audiences.includes(named))) throw new Wrong('it is for another audience');
  for (const [path, value] of Object.entries(require)) {
    if (at(claims, path) !== value) throw new Wrong(`${path} is not ${value}`);
  }
}

function scopesOf(claims, { claims: { scope }, scopes, most }) {
  const said = at(claims, scope);
  const words = typeof said === 'string' ? said.split(/\s+/).filter(Boolean) : Array.isArray(said) ? said.map(String) : [];
  const meant = words.flatMap((word) => (Object.hasOwn(scopes, word) ? scopes[word] : [word]));
  return [...new Set(meant)].filter((name) => !most || most.includes(name)).sort();
}

function actorsOf(act, { own }) {
  if (act !== undefined && !own) throw new Wrong('only our own issuer says who acts for whom');
  let found = 0;
  for (let next = act; next !== undefined; next = next.act) {
    if (next === null || typeof next !== 'object' || typeof next.sub !== 'string' || ++found > MOST_ACTORS) {
      throw new Wrong('its chain of actors is no chain, or too long');
    }
  }
  return found;
}

function at(claims, path) {
  if (Object.hasOwn(claims, path)) return claims[path];
  return path.split('.').reduce((found, name) => (found && Object.hasOwn(found, name) ? found[name] : undefined), claims);
}
