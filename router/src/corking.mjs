// Messages to one client that are written in the same turn of the event loop go out by one call of the system: where many
// are told a lot, these calls are most of the work.
const corked = new Set();

/** Holds what is written to a socket until this turn is over. */
export function holdUntilTurn(socket) {
  if (corked.has(socket)) return;
  if (!corked.size) setImmediate(release);
  corked.add(socket);
  socket.cork();
}

function release() {
  for (const socket of corked) socket.uncork();
  corked.clear();
}
