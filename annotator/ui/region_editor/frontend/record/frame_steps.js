/**
 * Going through the frames of a file: one question to the server at a time, and the place that
 * was wished for last. Pure.
 *
 * @import { Frames } from '../types.js'
 */
import { clamp } from '../geometry/points.js';

/** A server that has not shown the frame by then is asked again. */
const PATIENCE_MS = 4000;

export class FrameSteps {
  /** @param {(place: number) => boolean} send  asks the server; false if it cannot be now
   *  @param {() => number} now  milliseconds */
  constructor(send, now) {
    this.send = send;
    this.now = now;
    /** Where the person wants to be. @type {number | null} */
    this.wanted = null;
    this.askedUntil = 0;
  }

  /** The place to show as chosen. @type {(frames: Frames) => number} */
  placeIn(frames) {
    return this.wanted ?? frames.place;
  }

  /** @type {(place: number, frames: Frames) => void} */
  to(place, frames) {
    this.wanted = clamp(Math.round(place), 1, frames.total);
    if (this.now() >= this.askedUntil) this.#ask(frames);
  }

  /** @type {(step: number, frames: Frames) => void} */
  by(step, frames) {
    this.to(this.placeIn(frames) + step, frames);
  }

  /** Another frame is shown now. @type {(frames: Frames | null) => void} */
  arrived(frames) {
    this.askedUntil = 0;
    if (frames === null) this.wanted = null;
    else if (this.wanted !== null) this.#ask(frames);
  }

  /** @type {(frames: Frames) => void} */
  #ask({ place }) {
    const { wanted } = this;
    if (wanted === place) this.wanted = null;
    else if (wanted !== null && this.send(wanted)) this.askedUntil = this.now() + PATIENCE_MS;
    else this.wanted = null;
  }
}
