// The tests use the packages of the router's lock.
import { createRequire } from 'node:module';

const load = createRequire(new URL('../../../router/package.json', import.meta.url));

export const graphql = load('graphql');
export const graphqlWs = load('graphql-ws');
export const { useServer } = load('graphql-ws/use/ws');
export const jose = load('jose');
export const { WebSocketServer, WebSocket } = load('ws');
export const yaml = load('yaml');
