// The listeners and the writer use the packages of the router's lock.
import { createRequire } from 'node:module';

const load = createRequire(new URL('../../router/package.json', import.meta.url));

export const { WebSocket } = load('ws');
