// What people did on its way to the server, and what others did on its way here.

import * as dialogs from "./dialogs.js";
import { Model, clashes, rebased } from "./model.js";
import { t } from "./words.js";

const $ = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));

/** A server that does not answer is asked again after this time. */
const AGAIN_MS = 1500;

/** How often others are looked for. */
const OTHERS_MS = 4000;

/** Most bytes that a page which goes may still send. */
const LAST_BYTES_MAX = 60000;

export class Keeper {
  /** @param {import("./editor.js").Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** What is not kept yet, in order. @type {import("./model.js").Deed[]} */
    this.waiting = [];
    /** @type {Promise<void> | null} */
    this.sending = null;
    /** Whether the server has what this page does not know. */
    this.isBehind = false;
    setInterval(() => this.others(), OTHERS_MS);
  }

  /** @param {import("./model.js").Edit} edit @param {import("./model.js").Edit} back */
  send(edit, back) {
    this.waiting.push({ edit, back });
    $("trouble").hidden = true;
    this.tell("saving");
    this.start();
  }

  start() {
    this.sending ??= this.drain().finally(() => (this.sending = null));
  }

  async drain() {
    while (this.isBehind || this.waiting.length) {
      if (this.isBehind) {
        await this.meet();
        continue;
      }
      const answer = await this.ask("/edits", this.request(this.waiting[0].edit));
      const said = await answer.json().catch(() => null);
      if (!answer.ok) {
        // What makes no sense to the server is not asked again: the text is what it has.
        if (answer.status !== 409) {
          this.waiting.shift();
          this.editor.trouble(said?.error ?? String(answer.status));
        }
        this.isBehind = true;
      } else if (said?.revision === this.editor.model.revision + 1) {
        this.waiting.shift();
        this.editor.model.revision = said.revision;
        this.editor.model.learn(said.sentences);
        this.editor.learned(said.sentences);
      } else {
        this.isBehind = true;
      }
    }
    this.tell("saved");
  }

  /** Takes over what the server has, and does on top of it what is not kept yet. */
  async meet() {
    const answer = await this.ask("");
    const theirs = await answer.json().catch(() => null);
    if (!answer.ok || theirs === null) {
      this.tell("unsaved", theirs?.error ?? String(answer.status));
      await pause();
      return;
    }
    this.isBehind = false;
    this.editor.settle();
    const model = new Model(theirs);
    const { kept, lost, isHeadingLost } = rebased(model, this.waiting);
    const heading = this.editor.model.heading;
    this.waiting = kept;
    this.editor.take(model);
    const pairs = clashes(model, lost);
    const lines = (/** @type {any} */ it) => [it.title, ...it.lead, ...it.chapters.map((/** @type {any} */ chapter) => chapter.title), ...(it.notes ?? [])].join(" / ");
    const shown = isHeadingLost ? [...pairs, { id: -1, theirs: lines(model.heading), mine: lines(heading) }] : pairs;
    if (shown.length === 0 || !(await dialogs.conflict(shown))) return;
    const splices = pairs.map((pair) => pair.splice);
    this.editor.deed({ ...(splices.length ? { splices } : {}), ...(isHeadingLost ? { heading } : {}) });
  }

  /**
   * The answer to a request, asked again until there is one.
   * @param {string} path @param {RequestInit} [request]
   */
  async ask(path, request) {
    for (;;) {
      const answer = await fetch(`/api/episodes/${this.editor.number}${path}`, request).catch(() => null);
      if (answer && (answer.ok || [400, 404, 409, 413, 422].includes(answer.status))) return answer;
      this.tell("unsaved", await reason(answer));
      await pause();
    }
  }

  /**
   * @param {import("./model.js").Edit} edit @param {import("./model.js").Edit[]} [then] what was done on top of it
   * @returns {RequestInit}
   */
  request(edit, then = []) {
    const body = JSON.stringify({ since: this.editor.model.revision, edit, then });
    const keepalive = new TextEncoder().encode(body).length < LAST_BYTES_MAX;
    return { method: "POST", headers: { "content-type": "application/json" }, body, keepalive };
  }

  /** The page goes: what waits is sent without an answer. What is under way is kept once, whichever comes first. */
  leave() {
    const [first, ...then] = this.waiting.map(({ edit }) => edit);
    if (first) fetch(`/api/episodes/${this.editor.number}/edits`, this.request(first, then)).catch(() => {});
  }

  /** Looks whether somebody else has changed anything. */
  async others() {
    const isBusy = () => this.sending !== null || this.editor.typing !== null;
    if (isBusy() || document.hidden) return;
    const answer = await fetch(`/api/episodes/${this.editor.number}/revision`).catch(() => null);
    if (!answer?.ok) return this.tell("unsaved", await reason(answer));
    const { revision } = await answer.json();
    if (isBusy()) return;
    if (revision === this.editor.model.revision) return this.tell("saved");
    this.behind();
  }

  /** The server has what this page does not know. */
  behind() {
    this.isBehind = true;
    this.start();
  }

  /** @param {string} state @param {string} [why] */
  tell(state, why = "") {
    $("saved").textContent = t(state, { why });
    $("saved").className = state;
  }
}

/** Why nothing is kept. @param {Response | null} answer */
async function reason(answer) {
  if (!answer) return t("unsaved.server");
  if (answer.status === 403) return t("unsaved.address");
  const said = await answer.json().catch(() => null);
  return String(said?.error ?? answer.status);
}

function pause() {
  return new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
}
