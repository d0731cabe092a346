// A parent that is killed can't stop us: the pipe it held tells that it is gone.
import { fstatSync } from 'node:fs';

/** Calls `gone` when the other end of our stdin closes; does nothing where stdin is no pipe. */
export function watchParent(gone) {
  const stdin = fstatSync(0);
  if (!stdin.isFIFO() && !stdin.isSocket()) return;
  for (const event of ['end', 'close', 'error']) process.stdin.once(event, gone);
  process.stdin.resume();
}
