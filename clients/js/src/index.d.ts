/** How a subscription is reached, and what it is told. */
export interface Options {
  /** The GraphQL address of a router or a subgraph: `https://clay.example/graphql`. */
  url: string;
  /** An access token, or a function that gets one: it is called for each connection, so that a new one can be had. */
  token?: string | null | (() => string | null | Promise<string | null>);
  /** The cursor behind which to begin. Without one: from now on. */
  after?: number;
  /** `ws` (graphql-transport-ws) unless said, or `sse` (server-sent events). */
  transport?: 'ws' | 'sse';
  /** Ends it. */
  signal?: AbortSignal;
  /** Told of connections that are begun, made, and lost. */
  onStatus?: (status: Status) => void;
  /** A WebSocket class, where there is none of the platform's own. */
  webSocketImpl?: unknown;
}

export interface FollowOptions extends Options {
  /** A subscription of one field, with a variable `$after: Int` for its argument `after`. */
  query: string;
  /** The other variables. */
  variables?: Record<string, unknown>;
  /** Finds the cursor to begin behind, where none is given. Without it, what happens before the first event may be lost. */
  begin?: () => Promise<number | null>;
}

export interface ChangesOptions extends Options {
  /** The id of the node whose branch is followed. */
  within: string;
  /** What to select of each change, `revision type nodeId` unless said. */
  fields?: string;
}

export interface Status {
  status: 'connecting' | 'connected' | 'waiting';
  after?: number | null;
  /** How long it waits before it tries again, at the most. */
  milliseconds?: number;
  cause?: Error;
}

/** One event. `cursor` is what `after` must be so that the next one follows. */
export interface Event<Data> {
  data: Data | null;
  errors?: ReadonlyArray<{ message: string; path?: ReadonlyArray<string | number>; extensions?: Record<string, unknown> }>;
  cursor: number | null;
}

/** The subscription has ended for good. */
export class SubscriptionEnded extends Error {
  /** One of the error codes of MediaClay. */
  code?: string;
  /** `GONE`, `REVOKED`, `HISTORY`, where the end has one of these reasons. */
  reason?: string;
  /** From where one might go on. */
  after?: number | null;
  errors?: Event<unknown>['errors'];
}

/**
 * Follows a subscription whose field has an argument `after`: each event once and in order, over drops, restarts and
 * tokens that end.
 * @throws {SubscriptionEnded} where trying again would not help
 */
export function follow<Data = Record<string, unknown>>(options: FollowOptions): AsyncGenerator<Event<Data>, void, void>;

/** Follows the changes of a branch. */
export function changes<Data = { changes: Record<string, unknown> }>(
  options: ChangesOptions,
): AsyncGenerator<Event<Data>, void, void>;
