// The sound: playing, and its wave.

import { clock, t } from "./words.js";

const $ = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));

/** Seconds that playing goes back after somebody has typed. */
const BACK = 1.5;

export class Player {
  /** @param {number} number of the episode @param {number} duration s @param {(at: number) => void} told of each moment while it plays */
  constructor(number, duration, told) {
    this.number = number;
    this.duration = duration;
    this.told = told;
    this.sound = /** @type {HTMLAudioElement} */ ($("sound"));
    this.isReady = false;
    /** @type {Uint8Array} */
    this.peaks = new Uint8Array();
    this.rate = 50;
    /** Seconds that the wave shows. */
    this.window = 20;
    /** Playing ends there by itself. */
    this.until = Infinity;
    this.hasTyped = false;
    /** Where something is doubtful, s. @type {number[]} */
    this.marks = [];
  }

  start() {
    this.isReady = true;
    for (const id of ["player", "wave", "whole"]) $(id).hidden = false;
    this.sound.src = `/api/episodes/${this.number}/sound`;
    this.sound.addEventListener("play", () => this.shown());
    this.sound.addEventListener("pause", () => this.shown());
    this.sound.addEventListener("seeked", () => this.moved());
    this.sound.addEventListener("loadedmetadata", () => this.moved());
    $("play").addEventListener("click", () => this.toggle());
    $("earlier").addEventListener("click", () => this.skip(-5));
    $("later").addEventListener("click", () => this.skip(5));
    $("closer").addEventListener("click", () => this.zoom(0.5));
    $("farther").addEventListener("click", () => this.zoom(2));
    $("speed").addEventListener("change", () => this.speed(Number($("speed").value.replace(",", "."))));
    const seek = (/** @type {MouseEvent} */ event, /** @type {number} */ from, /** @type {number} */ length) => {
      const box = /** @type {HTMLElement} */ (event.target).getBoundingClientRect();
      this.seek(from + (length * (event.clientX - box.left)) / box.width);
    };
    $("wave").addEventListener("click", (/** @type {MouseEvent} */ event) => seek(event, this.left(), this.window));
    $("whole").addEventListener("click", (/** @type {MouseEvent} */ event) => seek(event, 0, this.duration));
    addEventListener("resize", () => this.draw());
    this.shown();
    this.draw();
    this.load();
  }

  async load() {
    const answer = await fetch(`/api/episodes/${this.number}/peaks`);
    if (answer.status === 202) {
      setTimeout(() => this.load(), 1000);
    } else if (answer.ok) {
      this.rate = Number(answer.headers.get("x-peaks-per-second"));
      this.peaks = new Uint8Array(await answer.arrayBuffer());
      this.draw();
    }
  }

  get at() {
    return this.sound.currentTime;
  }

  get isPlaying() {
    return !this.sound.paused;
  }

  /** @param {number} at @param {number} [until] */
  play(at, until = Infinity) {
    if (!this.isReady) return;
    this.sound.currentTime = Math.max(0, at);
    this.until = until;
    this.hasTyped = false;
    this.sound.play().catch(() => {});
  }

  /** What plays to an end of its own stops. */
  endExcerpt() {
    if (this.until < Infinity) this.sound.pause();
  }

  toggle() {
    if (!this.isReady) return;
    if (this.isPlaying) {
      this.sound.pause();
    } else {
      this.play(this.hasTyped ? this.at - BACK : this.at);
    }
  }

  /** Somebody types: they do not listen. */
  typed() {
    if (this.isPlaying) {
      this.sound.pause();
      this.hasTyped = true;
    }
  }

  /** @param {number} at */
  seek(at) {
    this.sound.currentTime = Math.min(Math.max(0, at), this.duration);
    this.until = Infinity;
    this.moved();
  }

  /** @param {number} by */
  skip(by) {
    this.seek(this.at + by);
  }

  /** @param {number} by */
  zoom(by) {
    this.window = Math.min(Math.max(this.window * by, 2), Math.max(this.duration, 2));
    this.draw();
  }

  /** @param {number} speed */
  speed(speed) {
    this.sound.preservesPitch = true;
    this.sound.playbackRate = speed;
  }

  /** To the next slower or faster speed. @param {number} by */
  faster(by) {
    const list = $("speed");
    list.selectedIndex = Math.min(Math.max(list.selectedIndex + by, 0), list.options.length - 1);
    list.dispatchEvent(new Event("change"));
  }

  shown() {
    $("play").textContent = t(this.isPlaying ? "player.pause" : "player.play");
    if (!this.isPlaying) return;
    const step = () => {
      if (this.at >= this.until) {
        this.until = Infinity;
        this.sound.pause();
      }
      this.moved();
      if (this.isPlaying) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  moved() {
    $("clock").textContent = `${clock(this.at)} / ${clock(this.duration)}`;
    this.draw();
    this.told(this.at);
  }

  /** The second at the left end of the wave. */
  left() {
    return Math.min(Math.max(0, this.at - this.window / 3), Math.max(0, this.duration - this.window));
  }

  draw() {
    this.picture($("wave"), this.left(), this.window);
    this.picture($("whole"), 0, this.duration);
  }

  /** @param {HTMLCanvasElement} canvas @param {number} from @param {number} length */
  picture(canvas, from, length) {
    const scale = devicePixelRatio || 1;
    const [width, height] = [Math.round(canvas.clientWidth * scale), Math.round(canvas.clientHeight * scale)];
    if (width === 0) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const colour = getComputedStyle(canvas);
    pen.clearRect(0, 0, width, height);
    pen.fillStyle = colour.color;
    const each = (length * this.rate) / width;
    for (let x = 0; x < width; x++) {
      const first = Math.floor(from * this.rate + x * each);
      let peak = 0;
      // Of a whole episode some are enough.
      const step = Math.max(1, Math.floor(each / 20));
      for (let n = first; n < first + each; n += step) peak = Math.max(peak, this.peaks[n] ?? 0);
      const tall = Math.max(1, (peak / 255) * height);
      pen.fillRect(x, (height - tall) / 2, 1, tall);
    }
    pen.fillStyle = colour.getPropertyValue("--doubt");
    for (const start of this.marks) {
      if (start >= from && start < from + length) pen.fillRect(((start - from) / length) * width, height - 4 * scale, 2 * scale, 4 * scale);
    }
    pen.fillStyle = colour.getPropertyValue("--accent");
    pen.fillRect(((this.at - from) / length) * width, 0, 2 * scale, height);
  }
}
