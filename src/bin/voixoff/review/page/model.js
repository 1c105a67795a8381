// The text under review, without a page: what an edit does to it, and what takes it back. The server has
// the same rules (`voixoff::review`); it alone knows when words are said.

/**
 * @typedef {{id: number, text: string, speaker: number | null, opens: string, heard: [number, number],
 *   words: number[][], checked?: boolean, doubt?: string, guess?: number, original?: string}} Sentence
 * @typedef {{id: number, text: string, speaker: number | null, opens: string, checked?: boolean,
 *   heard?: [number, number]}} Put
 * @typedef {{at: number[], with: Put[]}} Splice
 * @typedef {{splices?: Splice[], names?: {speaker: number, name: string}[], heading?: any,
 *   reviewed?: boolean, reviewer?: string}} Edit
 * @typedef {{id: number, name: string, known: boolean, role: string | null, evidence: any[]}} Speaker
 */

/** An edit and what takes it back. @typedef {{edit: Edit, back: Edit}} Deed */

/** What was done to sentences that others have changed meanwhile. @typedef {Splice & {near: number}} Lost */

export class Model {
  /** @param {any} data what the server says of an episode */
  constructor(data) {
    /** @type {Sentence[]} */
    this.sentences = data.sentences;
    /** @type {Speaker[]} */
    this.speakers = data.speakers;
    this.heading = data.heading;
    this.reviewed = data.reviewed;
    /** Who signs that. @type {string} */
    this.reviewer = data.reviewer;
    this.revision = data.revision;
    /** The share of words that are wrong, as is to be expected. @type {number | null} */
    this.wrong = data.wrong;
    /** @type {Map<number, number>} */
    this.places = new Map();
    this.place();
  }

  /** Knows again where each sentence is. */
  place() {
    this.places = new Map(this.sentences.map((sentence, at) => [sentence.id, at]));
  }

  /** @param {number} id */
  at(id) {
    return this.places.get(id) ?? -1;
  }

  /** @param {number} id @returns {Sentence | undefined} */
  get(id) {
    return this.sentences[this.at(id)];
  }

  /** The nearest sentence with a text, from `at` on in steps of `by`. @param {number} at @param {number} by */
  near(at, by) {
    for (let n = at; n >= 0 && n < this.sentences.length; n += by) {
      if (this.sentences[n].text !== "") return n;
    }
    return -1;
  }

  /**
   * Does what `edit` says.
   * @param {Edit} edit
   * @returns {Edit} what takes it back
   */
  apply(edit) {
    /** @type {Edit} */
    const back = {};
    if (edit.splices) {
      back.splices = edit.splices.map((splice) => this.splice(splice));
      const isInPlace = (/** @type {Splice} */ { at, with: puts }) => at.length === puts.length && puts.every((put, n) => put.id === at[n]);
      if (!edit.splices.every(isInPlace)) this.place();
    }
    if (edit.names) {
      back.names = edit.names.map(({ speaker, name }) => {
        let known = this.speakers.find((it) => it.id === speaker);
        if (!known) {
          known = { id: speaker, name: "", known: true, role: null, evidence: [] };
          this.speakers.push(known);
        }
        const before = known.name;
        known.name = name;
        known.known = !/^(Intervenante? \d+|Voix off|)$/.test(name);
        return { speaker, name: before };
      });
    }
    if (edit.heading) {
      back.heading = this.heading;
      this.heading = edit.heading;
    }
    if (edit.reviewed !== undefined) {
      back.reviewed = this.reviewed;
      this.reviewed = edit.reviewed;
    }
    if (edit.reviewer !== undefined) {
      back.reviewer = this.reviewer || "";
      this.reviewer = edit.reviewer;
    }
    return back;
  }

  /** @param {Splice} splice @returns {Splice} */
  splice({ at, with: puts }) {
    // Places are those before any splice of this edit: look near there.
    let first = this.at(at[0]);
    if (this.sentences[first]?.id !== at[0]) {
      first = this.sentences.findIndex((sentence) => sentence.id === at[0]);
    }
    const old = this.sentences.slice(first, first + at.length);
    const made = puts.map((put) => {
      const same = old.find((sentence) => sentence.id === put.id) ?? old.find((it) => it.text === put.text);
      const words = same?.text === put.text ? same.words : [];
      return {
        ...put,
        heard: put.heard ?? same?.heard ?? old[0].heard,
        words,
        doubt: same?.doubt,
        guess: put.speaker === null ? same?.guess : undefined,
        original: same?.original ?? (same && same.text !== put.text ? same.text : undefined),
      };
    });
    this.sentences.splice(first, at.length, ...made);
    return { at: puts.map((put) => put.id), with: old.map((sentence) => put(sentence, { heard: sentence.heard })) };
  }

  /** Whether all that `edit` makes is there. @param {Edit} edit */
  has(edit) {
    return (
      (edit.splices ?? []).every((splice) => this.hasRun(splice.with)) &&
      (edit.names ?? []).every(({ speaker, name }) => name === "" || this.speakers.find((it) => it.id === speaker)?.name === name) &&
      (edit.heading === undefined || isSameHeading(edit.heading, this.heading)) &&
      (edit.reviewed === undefined || edit.reviewed === this.reviewed) &&
      (edit.reviewer === undefined || edit.reviewer === (this.reviewer || ""))
    );
  }

  /** Whether `puts` stand here in a row. @param {Put[]} puts */
  hasRun(puts) {
    const first = this.at(puts[0].id);
    return first >= 0 && puts.every((put, n) => {
      const sentence = this.sentences[first + n];
      return sentence?.id === put.id && FIELDS.every((field) => isSame(sentence, put, field));
    });
  }

  /** Takes over what the server knows of `sentences`: times, and what they stand for. @param {Sentence[]} sentences */
  learn(sentences) {
    for (const known of sentences) {
      const at = this.at(known.id);
      // What was done to it since is on its way.
      if (at >= 0 && FIELDS.every((field) => isSame(this.sentences[at], known, field))) this.sentences[at] = { ...known };
    }
  }
}

const FIELDS = /** @type {const} */ (["text", "speaker", "opens", "checked"]);

/** @param {Put} one @param {Put} other @param {typeof FIELDS[number]} field */
function isSame(one, other, field) {
  if (field === "text") return line(one.text) === line(other.text);
  return field === "checked" ? Boolean(one.checked) === Boolean(other.checked) : one[field] === other[field];
}

/** @param {any} one @param {any} other */
function isSameHeading(one, other) {
  const lines = (/** @type {any} */ it) => JSON.stringify([it.title, it.lead ?? [], it.notes ?? [], (it.chapters ?? []).map((/** @type {any} */ chapter) => chapter.title).sort()]);
  return lines(one) === lines(other);
}

/**
 * Does to `model`, which is what the server has, what is not kept yet; what was kept without an answer is
 * known by what it made.
 * @param {Model} model @param {Deed[]} waiting
 * @returns {{kept: Deed[], lost: Lost[], isHeadingLost: boolean}} what is to be sent, and what others have
 *   changed meanwhile
 */
export function rebased(model, waiting) {
  /** @type {Deed[]} */
  const kept = [];
  /** @type {Lost[]} */
  const lost = [];
  let isHeadingLost = false;
  for (const { edit, back } of waiting) {
    /** @type {Edit} */
    const rest = {};
    const splices = (edit.splices ?? []).flatMap((splice, n) => {
      if (model.hasRun(splice.with)) return [];
      const fit = fitted(model, splice, /** @type {Splice[]} */ (back.splices)[n]);
      if (!fit) lose(lost, splice, back.splices?.[n].with[0].heard?.[0] ?? 0);
      return fit ?? [];
    });
    if (splices.length) rest.splices = splices;
    const names = (edit.names ?? []).filter((name) => !model.has({ names: [name] }));
    if (names.length) rest.names = names;
    if (edit.heading && !isSameHeading(edit.heading, model.heading)) {
      if (isSameHeading(back.heading, model.heading)) rest.heading = edit.heading;
      else isHeadingLost = true;
    }
    if (!model.has({ reviewed: edit.reviewed, reviewer: edit.reviewer })) Object.assign(rest, { reviewed: edit.reviewed, reviewer: edit.reviewer });
    if (Object.keys(rest).length) kept.push({ edit: rest, back: model.apply(rest) });
  }
  return { kept, lost, isHeadingLost };
}

/**
 * `splice`, which was made from `base`, for what `model` has; nothing where both have changed the same.
 * @param {Model} model @param {Splice} splice @param {Splice} base
 */
function fitted(model, splice, base) {
  const isFree = splice.with.every((put) => splice.at.includes(put.id) || !model.get(put.id));
  if (isFree && model.hasRun(base.with)) return [splice];
  const [theirs, [before], [mine]] = [model.get(splice.at[0]), base.with, splice.with];
  if (!theirs || splice.at.length > 1 || splice.with.length > 1) return null;
  /** @type {any} */
  const both = put(theirs);
  for (const field of FIELDS.filter((field) => !isSame(before, mine, field))) {
    if (!isSame(theirs, before, field) && !isSame(theirs, mine, field)) return null;
    both[field] = mine[field];
  }
  return [{ at: splice.at, with: [both] }];
}

/** Puts `splice` behind those that are lost, as one with that which it goes on from. @param {Lost[]} lost @param {Splice} splice @param {number} near */
function lose(lost, splice, near) {
  for (const one of lost) {
    const first = one.with.findIndex((put) => put.id === splice.at[0]);
    if (first >= 0) {
      one.with.splice(first, splice.at.length, ...splice.with);
      return;
    }
  }
  lost.push({ at: splice.at, with: [...splice.with], near });
}

/**
 * Both texts of what is lost, and what puts ours in the place of theirs.
 * @param {Model} model @param {Lost[]} lost
 * @returns {{id: number, theirs: string, mine: string, splice: Splice}[]}
 */
export function clashes(model, lost) {
  const name = (/** @type {Put} */ it) => model.speakers.find((speaker) => speaker.id === it.speaker)?.name ?? "";
  return lost.flatMap((one) => {
    const there = one.at.filter((id) => model.get(id));
    // What others took into another sentence stands behind that.
    const covering = model.sentences.find((it) => it.heard[0] <= one.near && one.near < it.heard[1]) ?? model.sentences[model.sentences.length - 1];
    const run = there.length ? model.sentences.slice(model.at(there[0]), model.at(there[there.length - 1]) + 1) : [covering];
    const own = new Set(run.map((it) => it.id));
    const puts = one.with.map((it) => (own.has(it.id) || !model.get(it.id) ? it : { ...it, id: newId() }));
    const said = (/** @type {Put[]} */ all, /** @type {boolean} */ isNamed) => all.filter((it) => it.text).map((it) => (isNamed ? `${name(it)}\u00a0: ${it.text}` : it.text)).join(" ");
    const isNamed = said(run, false) === said(puts, false);
    const [theirs, mine] = [said(run, isNamed), said(puts, isNamed)];
    const made = there.length ? puts : [put(covering), ...puts];
    return theirs === mine ? [] : [{ id: run[0].id, theirs, mine, splice: { at: run.map((it) => it.id), with: made } }];
  });
}

/** `sentence` as an edit has it, with `changes`. @param {Sentence} sentence @param {Partial<Put>} changes @returns {Put} */
export function put(sentence, changes = {}) {
  const { id, text, speaker, opens, checked } = sentence;
  return { id, text, speaker, opens, ...(checked ? { checked } : {}), ...changes };
}

/** A number that no sentence has. */
export function newId() {
  return 2 ** 40 + Math.floor(Math.random() * 2 ** 51);
}

/** How doubtful `sentence` is, in percent; 0 where nobody has to look. @param {Sentence} sentence */
export function risk(sentence) {
  if (sentence.text === "" || sentence.checked) return 0;
  const worst = sentence.words.reduce((most, word) => Math.max(most, word[4]), 0);
  if (sentence.doubt && sentence.original === undefined) return Math.max(worst, 90);
  return worst;
}

/**
 * Where each word of `sentence` stands in its text: from, until, start, end (s), risk (in percent; 0 where
 * nobody has to listen to it). Nothing where its words are not known yet.
 * @param {Sentence} sentence
 * @returns {{from: number, until: number, start: number, end: number, risk: number}[]}
 */
export function places(sentence) {
  let at = 0;
  const all = sentence.words.map(([start, length, gap, letters, risk], n) => {
    const from = at + (n === 0 ? 0 : gap);
    at = from + letters;
    return { from, until: at, start: start / 1000, end: (start + length) / 1000, risk };
  });
  return at === sentence.text.length ? all : [];
}

/** When `sentence` is said. @param {Sentence} sentence @returns {[number, number] | null} */
export function span(sentence) {
  const { words } = sentence;
  if (words.length === 0) return null;
  const last = words[words.length - 1];
  return [words[0][0] / 1000, (last[0] + last[1]) / 1000];
}

/** When the letter at `offset` of `sentence` is said. @param {Sentence} sentence @param {number} offset */
export function timeAt(sentence, offset) {
  const word = places(sentence).find((word) => offset <= word.until);
  return word?.start ?? span(sentence)?.[0] ?? null;
}

/** `text` as it is kept: one line, and between two words one space. @param {string} text */
export function line(text) {
  const gap = (/** @type {string} */ all) => (/^[\u00a0\u202f]+$/.test(all) ? all[0] : " ");
  return text.replace(/[\p{White_Space}\p{Cc}]+/gu, gap).replace(/^[ \u00a0\u202f]|[ \u00a0\u202f]$/g, "");
}

/** What people type and French pages write otherwise; as long as it was. @param {string} text */
export function typographic(text) {
  return text
    .replace(/(?<=\p{L})'(?=\p{L}|$)/gu, "’")
    .replace(/ (?=[:?!;»])/g, "\u00a0")
    .replace(/(?<=«) /g, "\u00a0");
}

/**
 * The words that stand in the place of others, where that is all that differs.
 * @param {string} before @param {string} after @returns {{from: string, to: string} | null}
 */
export function replaced(before, after) {
  const [old, now] = [before.split(/\s+/), after.split(/\s+/)];
  let first = 0;
  while (first < old.length && first < now.length && old[first] === now[first]) first++;
  let last = 0;
  while (last < old.length - first && last < now.length - first && old[old.length - 1 - last] === now[now.length - 1 - last]) last++;
  const bare = (/** @type {string[]} */ words) => words.join(" ").replace(/^[«(\s]+|[»).,;:!?…\s]+$/g, "");
  const from = bare(old.slice(first, old.length - last));
  const to = bare(now.slice(first, now.length - last));
  const isShort = from.split(" ").length <= 4 && to.split(" ").length <= 6;
  return from.length > 2 && to !== "" && from !== to && isShort ? { from, to } : null;
}

/** Where the words `from` are in `text`, as whole words. @param {string} from */
export function wholeWords(from) {
  const safe = from.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}])${safe}(?![\\p{L}\\p{N}])`, "gu");
}
