// Events that wait for one listener: not more than fit, and never one less in silence.
import { lastWord } from './last-words.mjs';

const MOST = 1000;

/** Pushed on one side, iterated on the other. Where too many wait, they give way to a last word: from the last cursor on. */
export class Queue {
  #waiting = [];
  #isOver = false;
  #wake = null;
  #leave;

  /** @param {() => void} leave is called once, when nobody listens any more */
  constructor(leave) {
    this.#leave = leave;
  }

  push(event) {
    if (this.#isOver) return;
    this.#waiting.push(event);
    if (this.#waiting.length > MOST) {
      this.#waiting = [lastWord('SLOW')];
      this.end();
      this.#leave();
    }
    this.#wake?.();
  }

  /** There will be no more. */
  end() {
    this.#isOver = true;
    this.#wake?.();
  }

  async next() {
    while (!this.#waiting.length && !this.#isOver) await new Promise((resolve) => (this.#wake = resolve));
    this.#wake = null;
    return this.#waiting.length ? { done: false, value: this.#waiting.shift() } : { done: true, value: undefined };
  }

  async return() {
    const left = !this.#isOver;
    this.#waiting = [];
    this.end();
    if (left) this.#leave();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}
