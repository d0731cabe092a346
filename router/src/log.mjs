// One JSON line per event on stderr. What looks like a token is taken out before anything is written.
import { Logger } from '@graphql-hive/gateway-runtime';

const RANK = { debug: 0, info: 1, warning: 2, error: 3 };
const SECRETS = [
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 [hidden]'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[hidden]'],
  [/(:\/\/)[^\s/@:]*:[^\s/@]+@/g, '$1[hidden]@'],
  [/\b(password|secret|token)=[^\s&"']+/gi, '$1=[hidden]'],
  [/("(?:authorization|cookie|client_?secret|password)"\s*:\s*)"[^"]*"/gi, '$1"[hidden]"'],
];
const LONGEST = 2000; // characters of one text: a subgraph can answer with a whole page of HTML

/** The router's log: `log.warning('what happened', {facts})`. Levels: debug, info, warning, error. */
export function createLog(level, write = (line) => process.stderr.write(line)) {
  const at =
    (name) =>
    (event, facts = {}) => {
      if (RANK[name] >= RANK[level]) write(`${redact(line(name, event, facts))}\n`);
    };
  return { debug: at('debug'), info: at('info'), warning: at('warning'), error: at('error') };
}

/**
 * The gateway library's own log, in our form. Never below warnings, whatever the level: its debug lines carry
 * connection parameters, and so tokens.
 */
export function libraryLog(log) {
  const write = (level, attributes, message) => {
    (level === 'error' ? log.error : log.warning)(message || 'gateway', { source: 'gateway', facts: attributes });
  };
  return new Logger({ level: 'warn', writers: [{ write }] });
}

function line(level, event, facts) {
  return JSON.stringify({ time: new Date().toISOString(), level, event, ...facts }, plain);
}

function plain(_key, value) {
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack };
  return typeof value === 'string' && value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value;
}

function redact(text) {
  return SECRETS.reduce((clean, [pattern, instead]) => clean.replace(pattern, instead), text);
}
