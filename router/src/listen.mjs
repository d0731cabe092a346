// Taking the port.
import { once } from 'node:events';

/** The port can't be had: the message is for people, the exit code is 3. */
export class PortTaken extends Error {
  exitCode = 3;
}

/** Listens, and returns the router's address. Port 0 takes any free one. */
export async function listen(server, { host, port }) {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw error.code === 'EADDRINUSE' ? new PortTaken(sentence(host, port)) : error;
  }
  const shown = host.includes(':') ? `[${host}]` : host;
  return `http://${shown}:${server.address().port}`;
}

function sentence(host, port) {
  return `Port ${port} of ${host} is in use: stop the program that has it, or set CLAY_ROUTER_PORT to another one.`;
}
