// The editor: the text as the page will have it, one editable element a sentence.

import * as dialogs from "./dialogs.js";
import { Keeper } from "./keeper.js";
import { Model, line, newId, places, put, replaced, risk, span, timeAt, typographic, wholeWords } from "./model.js";
import { Player } from "./player.js";
import { clock, minutes, t, translate } from "./words.js";

const $ = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));

/** Typing is kept after this pause, and after this time without one. */
const PAUSE_MS = 600;
const LONGEST_MS = 900;

/** Typing in one sentence is taken back as one deed if no such pause is in it. */
const DEED_MS = 2000;

/** A doubtful place is heard from so many seconds before it, and to so many behind. */
const BEFORE = 1;
const BEHIND = 0.6;

/** Turns in a part of the text that is laid out as one. */
const PART_TURNS = 40;

export class Editor {
  /** @param {number} number @param {any} data */
  constructor(number, data) {
    this.number = number;
    this.name = data.name;
    /** @type {string[]} */
    this.people = data.people;
    this.hasOthers = data.others;
    this.hasSound = data.sound;
    /** Who reviews; empty where nobody says. @type {string} */
    this.signer = data.signer;
    this.model = new Model(data);
    this.player = new Player(number, data.duration, (at) => this.heard(at));
    this.keeper = new Keeper(this);
    /** What was done: in which sentence if it was typed, and when. @type {(import("./model.js").Deed & {id: number | null, at: number})[]} */
    this.done = data.done.map((/** @type {import("./model.js").Deed} */ deed) => ({ ...deed, id: null, at: 0 }));
    /** @type {import("./model.js").Deed[]} */
    this.undone = [];
    /** What is being typed. @type {{id: number, since: number, timer: number} | null} */
    this.typing = null;
    /** What a sentence was when the caret came to it. @type {{id: number, before: string} | null} */
    this.begun = null;
    /** @type {Map<number, HTMLElement>} */
    this.elements = new Map();
    /** The sentences in the order in which they are said: start, end, id. @type {[number, number, number][]} */
    this.spoken = [];
    this.said = -1;
    /** @type {number | null} */
    this.place = null;
    this.isFollowed = true;
    this.highlights = { said: new Highlight(), doubt: new Highlight(), place: new Highlight() };
    for (const [name, highlight] of Object.entries(this.highlights)) CSS.highlights.set(name, highlight);
    this.highlights.place.priority = 1;
    this.highlights.said.priority = 2;
    /** @type {Map<number, StaticRange[]>} */
    this.doubts = new Map();
    this.listen();
    // Before the text, which then is laid out once.
    if (this.hasSound) this.player.start();
    else this.trouble(t("player.none"));
    this.render();
    $("title").textContent = this.model.heading.title || this.name;
    document.title = `${this.model.heading.title || this.name} – voixoff`;
    this.state();
    const wanted = /^#t=([\d.]+)/.exec(location.hash);
    if (wanted) this.show(Number(wanted[1]));
  }

  listen() {
    const text = $("text");
    text.addEventListener("input", (/** @type {InputEvent} */ event) => this.typed(event));
    text.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
    text.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const button = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest?.("button"));
      const id = Number(button?.dataset.id);
      if (button?.className === "who") dialogs.who(this, id);
      const sentence = this.model.get(id);
      if (button?.className === "from" && sentence) this.player.play(span(sentence)?.[0] ?? 0);
    });
    text.addEventListener("focusout", (/** @type {FocusEvent} */ event) => this.left(sentenceOf(event.target)));
    document.addEventListener("keydown", (event) => this.anywhere(event));
    for (const name of ["wheel", "touchmove"]) addEventListener(name, () => (this.isFollowed = false), { passive: true });
    $("follow").addEventListener("change", () => (this.isFollowed = $("follow").checked));
    $("undo").addEventListener("click", () => this.undo());
    $("redo").addEventListener("click", () => this.redo());
    $("voices").addEventListener("click", () => dialogs.voices(this));
    $("heading").addEventListener("click", () => dialogs.heading(this));
    $("publish").addEventListener("click", () => dialogs.publish(this));
    $("help").addEventListener("click", () => dialogs.help());
    $("next").addEventListener("click", () => this.walk(1));
    $("before").addEventListener("click", () => this.walk(-1));
    $("right").addEventListener("click", () => this.right());
    $("leave").addEventListener("click", () => ($("offer").hidden = true));
    addEventListener("pagehide", () => {
      this.settle();
      this.keeper.leave();
    });
    addEventListener("beforeunload", (event) => {
      this.settle();
      if (this.keeper.waiting.length) event.preventDefault();
    });
  }

  // What people do.

  /** @param {import("./model.js").Edit} edit @param {number | null} [id] of the sentence that was typed in */
  deed(edit, id = null) {
    this.settle();
    this.undone = [];
    this.push(edit, id);
  }

  /** @param {import("./model.js").Edit} edit @param {number | null} id */
  push(edit, id) {
    if (this.signer && !this.model.reviewer) edit = { reviewer: this.signer, ...edit };
    const back = this.model.apply(edit);
    const now = performance.now();
    const last = this.done[this.done.length - 1];
    const goesOn = id !== null && last?.id === id && now - last.at < DEED_MS;
    if (goesOn) Object.assign(last, { edit, at: now });
    else this.done.push({ edit, back, id, at: now });
    this.keeper.send(edit, back);
    // What was typed stands there already.
    if (id === null) return this.render();
    this.marked([id]);
    this.buttons();
  }

  undo() {
    this.settle();
    // What others have changed since is not taken back.
    while (this.done.length && !this.model.has(this.done[this.done.length - 1].edit)) this.done.pop();
    const deed = this.done.pop();
    if (!deed) return this.state();
    const edit = this.model.apply(deed.back);
    this.undone.push({ edit, back: deed.back });
    this.keeper.send(deed.back, edit);
    this.render(deed.back.splices?.[0]?.with[0].id);
  }

  redo() {
    this.settle();
    const deed = this.undone.pop();
    if (!deed || !this.model.has(deed.back)) {
      this.undone = [];
      return this.state();
    }
    const back = this.model.apply(deed.edit);
    this.done.push({ edit: deed.edit, back, id: null, at: 0 });
    this.keeper.send(deed.edit, back);
    this.render(deed.edit.splices?.[0]?.with[0].id);
  }

  /** @param {InputEvent} event */
  typed(event) {
    const element = sentenceOf(event.target);
    if (!element) return;
    const sentence = this.model.get(Number(element.dataset.id));
    if (!sentence) return;
    this.player.typed();
    const text = typographic(element.textContent ?? "");
    if (text !== element.textContent && !event.isComposing) {
      const at = caret(element);
      element.textContent = text;
      setCaret(element, at);
    }
    const now = performance.now();
    if (this.typing?.id !== sentence.id) {
      this.settle();
      this.typing = { id: sentence.id, since: now, timer: 0 };
      if (this.begun?.id !== sentence.id) this.begun = { id: sentence.id, before: sentence.text };
    }
    this.forgetDoubts(sentence.id);
    clearTimeout(this.typing.timer);
    const left = Math.max(0, LONGEST_MS - (now - this.typing.since));
    this.typing.timer = setTimeout(() => this.settle(), Math.min(PAUSE_MS, left));
  }

  /** Makes an edit of what was typed. */
  settle() {
    const { typing } = this;
    if (!typing) return;
    this.typing = null;
    clearTimeout(typing.timer);
    const sentence = this.model.get(typing.id);
    const element = this.elements.get(typing.id);
    if (!sentence || !element) return;
    const text = kept(element);
    if (text === sentence.text) return;
    this.undone = [];
    this.push({ splices: [{ at: [sentence.id], with: [put(sentence, { text })] }] }, sentence.id);
  }

  /** The caret has gone out of `element`: it shows what is kept. @param {HTMLElement | null} element */
  left(element) {
    this.settle();
    const id = Number(element?.dataset.id);
    const [shown, sentence] = [this.elements.get(id), this.model.get(id)];
    if (shown && sentence && shown.textContent !== sentence.text) shown.textContent = sentence.text;
    const { begun } = this;
    this.begun = null;
    if (sentence && begun?.id === id) this.offer(id, begun.before, sentence.text);
    // What is empty goes, when the caret has come to where it goes.
    if (sentence?.text === "") setTimeout(() => this.render());
  }

  /** Offers to correct equal words elsewhere than in `id`. @param {number} id @param {string} before @param {string} after */
  offer(id, before, after) {
    const found = replaced(before, after);
    if (!found) return;
    const { from, to } = found;
    const pattern = wholeWords(from);
    const ids = this.model.sentences.filter((it) => it.id !== id && it.text.search(pattern) >= 0).map((it) => it.id);
    $("offer").hidden = ids.length === 0 && !this.hasOthers;
    $("offer").firstElementChild.textContent = ids.length ? t("offer", { from, n: ids.length }) : t("offer.none", { from });
    $("all").hidden = ids.length === 0;
    $("archive").hidden = !this.hasOthers;
    $("archive").onclick = () => {
      $("offer").hidden = true;
      dialogs.archive(this, from, to);
    };
    $("all").textContent = t("offer.all");
    $("all").onclick = () => {
      $("offer").hidden = true;
      dialogs.everywhere(this, ids, from, to);
    };
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const element = sentenceOf(event.target);
    if (!element || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    const id = Number(element.dataset.id);
    const isPoint = getSelection()?.isCollapsed ?? true;
    const at = caret(element);
    const end = (element.textContent ?? "").length;
    /** @type {Record<string, () => boolean>} */
    const keys = {
      Enter: () => this.split(id, at),
      Backspace: () => isPoint && at === 0 && this.join(id),
      Delete: () => isPoint && at === end && this.joinNext(id),
      ArrowLeft: () => isPoint && !event.shiftKey && at === 0 && this.go(id, -1),
      ArrowRight: () => isPoint && !event.shiftKey && at === end && this.go(id, 1),
      ArrowUp: () => !event.shiftKey && this.line(element, -1),
      ArrowDown: () => !event.shiftKey && this.line(element, 1),
    };
    if (keys[event.key]?.()) event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  anywhere(event) {
    if ($("dialog").open) return;
    const name = [event.ctrlKey || event.metaKey ? "C-" : "", event.altKey ? "A-" : "", event.shiftKey ? "S-" : "", event.key].join("");
    const id = this.current();
    const action = {
      Escape: () => this.player.toggle(), F4: () => this.player.toggle(),
      MediaPlayPause: () => this.player.toggle(), MediaTrackPrevious: () => this.player.skip(-2), MediaTrackNext: () => this.player.skip(2),
      F2: () => this.player.skip(-2), F3: () => this.player.skip(2), F1: () => dialogs.help(),
      "C- ": () => this.listenHere(),
      "A-ArrowDown": () => this.walk(1), "A-ArrowUp": () => this.walk(-1), "A-Enter": () => this.right(),
      "A-,": () => this.player.faster(-1), "A-.": () => this.player.faster(1), "A-S-.": () => this.player.faster(1),
      "A-p": () => id !== null && dialogs.who(this, id),
      "A-o": () => id !== null && this.restore(id),
      "C-z": () => this.undo(), "C-y": () => this.redo(), "C-S-Z": () => this.redo(), "C-S-z": () => this.redo(),
      "C-s": () => dialogs.publish(this),
    }[name];
    if (!action) return;
    event.preventDefault();
    action();
  }

  /** Cuts the sentence `id` in two. @param {number} id @param {number} at */
  split(id, at) {
    this.settle();
    const sentence = this.model.get(id);
    if (!sentence) return true;
    const shown = this.elements.get(id)?.textContent ?? "";
    const [first, second] = [line(shown.slice(0, at)), line(shown.slice(at))];
    if (first === "" || second === "") {
      // At an end: a paragraph begins here, or with the next one.
      const begins = first === "" ? sentence : this.model.sentences[this.model.near(this.model.at(id) + 1, 1)];
      if (!begins) return true;
      const opens = begins.opens === "nothing" ? "block" : "nothing";
      this.deed({ splices: [{ at: [begins.id], with: [put(begins, { opens })] }] });
      this.focus(begins.id, 0);
      return true;
    }
    const next = newId();
    this.deed({ splices: [{ at: [id], with: [put(sentence, { text: first }), put(sentence, { id: next, text: second, opens: "block" })] }] });
    this.focus(next, 0);
    return true;
  }

  /** Joins the sentence `id` with what is before it: its paragraph, then its sentence. @param {number} id */
  join(id) {
    this.settle();
    const sentence = this.model.get(id);
    if (!sentence) return true;
    if (sentence.text === "") return this.go(id, -1);
    const before = this.model.near(this.model.at(id) - 1, -1);
    if (before < 0) return true;
    const first = this.model.sentences[before];
    if (sentence.speaker === first.speaker && sentence.opens !== "nothing") {
      this.deed({ splices: [{ at: [id], with: [put(sentence, { opens: "nothing" })] }] });
      this.focus(id, 0);
      return true;
    }
    const run = this.model.sentences.slice(before, this.model.at(id) + 1);
    const text = `${first.text} ${sentence.text}`;
    this.deed({ splices: [{ at: run.map((it) => it.id), with: [put(first, { text })] }] });
    this.focus(first.id, first.text.length + 1);
    return true;
  }

  /** @param {number} id */
  joinNext(id) {
    const next = this.model.near(this.model.at(id) + 1, 1);
    return next >= 0 && this.join(this.model.sentences[next].id);
  }

  /** Gives back the machine's text. @param {number} id */
  restore(id) {
    this.settle();
    const sentence = this.model.get(id);
    if (sentence?.original === undefined) return;
    this.deed({ splices: [{ at: [id], with: [put(sentence, { text: sentence.original, checked: false })] }] });
    this.focus(id, 0);
  }

  /** @param {number} id @param {{id: number | null, name: string}} person @param {string} scope */
  give(id, person, scope) {
    this.settle();
    const speaker = person.id ?? this.free();
    const names = person.id === null ? [{ speaker, name: person.name }] : undefined;
    const { speaker: own, guess } = this.model.get(id) ?? {};
    let [first, last] = [this.model.at(id), this.model.at(id)];
    const isSame = (/** @type {import("./model.js").Sentence} */ it) => it.speaker === own && it.guess === guess;
    const isOwn = (/** @type {number} */ at) => at >= 0 && isSame(this.model.sentences[at]);
    if (scope === "turn") {
      for (let at = first; isOwn(at); at = this.model.near(at - 1, -1)) first = at;
      for (let at = last; isOwn(at); at = this.model.near(at + 1, 1)) last = at;
    }
    const within = scope === "voice" ? this.model.sentences : this.model.sentences.slice(first, last + 1);
    const chosen = within.filter(isSame);
    this.deed({ ...(names ? { names } : {}), splices: chosen.map((it) => ({ at: [it.id], with: [put(it, { speaker, heard: it.heard })] })) });
    this.focus(id, 0);
  }

  /** A number that nobody has. */
  free() {
    return Math.max(-1, ...this.model.speakers.map((it) => it.id)) + 1;
  }

  /** @param {number} speaker @param {string} name */
  rename(speaker, name) {
    if (name) this.deed({ names: [{ speaker, name }] });
  }

  /** Two voices are one person. @param {number} speaker @param {number} other */
  unite(speaker, other) {
    const own = this.model.sentences.filter((it) => it.speaker === speaker);
    this.deed({ splices: own.map((it) => ({ at: [it.id], with: [put(it, { speaker: other, heard: it.heard })] })) });
  }

  /** One voice is two people: these sentences are the second one's. @param {number[]} ids @returns {string} what they are called */
  divide(ids) {
    const speaker = this.free();
    const name = `Intervenant ${speaker + 1}`;
    const own = ids.flatMap((id) => this.model.get(id) ?? []);
    this.deed({ names: [{ speaker, name }], splices: own.map((it) => ({ at: [it.id], with: [put(it, { speaker, heard: it.heard })] })) });
    return name;
  }

  // Where to look.

  /** The sentences to look at, in the order of the walk. */
  doubtful() {
    const all = this.model.sentences.filter((sentence) => risk(sentence) > 0);
    return $("walk").value === "worst" ? all.sort((one, other) => risk(other) - risk(one)) : all;
  }

  /** To the next doubtful place, or the one before. @param {number} by */
  walk(by) {
    this.settle();
    const all = this.doubtful();
    this.state();
    if (all.length === 0) return;
    let next;
    if ($("walk").value === "worst") {
      const at = all.findIndex((it) => it.id === this.place);
      next = all[at < 0 ? 0 : (at + by + all.length) % all.length];
    } else {
      const from = this.model.at(this.place ?? this.current() ?? -1);
      const ahead = (/** @type {any} */ it) => Math.sign(this.model.at(it.id) - from) === by;
      next = (by > 0 ? all.find(ahead) : all.findLast(ahead)) ?? all[by > 0 ? 0 : all.length - 1];
    }
    this.place = next.id;
    const worst = places(next).reduce((/** @type {any} */ most, word) => (word.risk > (most?.risk ?? -1) ? word : most), null);
    const said = span(next);
    const whole = next.doubt || !worst;
    this.focus(next.id, whole ? 0 : worst.from, whole ? undefined : worst.until);
    if (said) {
      const start = whole ? said[0] : Math.max(said[0], worst.start - 2);
      this.isFollowed = true;
      this.player.play(start - BEFORE, (whole ? said[1] : Math.min(said[1], worst.end + 2)) + BEHIND);
    }
    const element = this.elements.get(next.id);
    this.highlights.place.clear();
    if (element?.firstChild) {
      const end = next.text.length;
      this.highlights.place.add(range(element, 0, end));
    }
  }

  /** The place is right as it is. */
  right() {
    this.settle();
    const id = this.place ?? this.current();
    const sentence = id === null ? undefined : this.model.get(id);
    if (sentence && !sentence.checked) {
      this.deed({ splices: [{ at: [sentence.id], with: [put(sentence, { checked: true })] }] });
    }
    this.walk(1);
  }

  /** Says what is kept and what is left. */
  state() {
    const all = this.model.sentences.filter((sentence) => risk(sentence) > 0);
    const seconds = all.reduce((sum, it) => { const said = span(it); return sum + (said ? said[1] - said[0] : 0); }, 0);
    const left = all.length ? t("walk.left", { n: all.length, m: minutes(seconds) }) : t("walk.done");
    const { wrong } = this.model;
    $("left").textContent = wrong === null || wrong < 0.005 ? left : `${t("walk.wrong", { n: Math.round(100 * wrong) })} ${left}`;
    this.player.marks = all.flatMap((it) => { const said = span(it); return said ? [said[0]] : []; });
    this.player.draw();
    this.buttons();
  }

  buttons() {
    $("undo").disabled = this.done.length === 0;
    $("redo").disabled = this.undone.length === 0;
  }

  // The sound.

  listenHere() {
    const id = this.current();
    const sentence = id === null ? undefined : this.model.get(id);
    const element = id === null ? undefined : this.elements.get(id);
    if (!sentence || !element) return this.player.toggle();
    this.settle();
    const at = timeAt(sentence, caret(element));
    this.isFollowed = $("follow").checked;
    if (at !== null) this.player.play(at);
  }

  /** Lights what is said. @param {number} at */
  heard(at) {
    let [low, high] = [0, this.spoken.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.spoken[middle][0] <= at + 0.01) low = middle + 1;
      else high = middle;
    }
    const found = this.spoken[low - 1];
    this.highlights.said.clear();
    if (!found || at > found[1] + 0.5) return;
    const sentence = this.model.get(found[2]);
    const element = this.elements.get(found[2]);
    if (!sentence || !element?.firstChild) return;
    const word = places(sentence).findLast((it) => it.start <= at + 0.01);
    if (word && this.typing?.id !== sentence.id) this.highlights.said.add(range(element, word.from, word.until));
    if (this.said !== sentence.id && this.player.isPlaying && this.isFollowed && $("follow").checked) scroll(element);
    this.said = sentence.id;
  }

  /** Shows what is said at `at`. @param {number} at */
  show(at) {
    const found = this.spoken.findLast((it) => it[0] <= at + 0.01) ?? this.spoken[0];
    if (found) this.focus(found[2], 0);
    this.player.sound.addEventListener("loadedmetadata", () => this.player.seek(at), { once: true });
  }

  // The text.

  /** Draws what changed. @param {number} [id] of the sentence to show */
  render(id) {
    const here = this.current();
    const at = here !== null && this.elements.has(here) ? caret(/** @type {HTMLElement} */ (this.elements.get(here))) : 0;
    const before = /** @type {HTMLElement[]} */ ([...$("text").querySelectorAll(".turn")]);
    const old = new Map(before.map((turn) => [turn.dataset.key, turn]));
    /** @type {HTMLElement[]} */
    const turns = [];
    let run = /** @type {import("./model.js").Sentence[]} */ ([]);
    const end = () => {
      if (run.length === 0) return;
      const key = run.map((it) => `${it.id}:${it.opens}`).join(" ") + `|${run[0].speaker}|${this.nameOf(run[0].speaker, run[0].guess)}`;
      turns.push(old.get(key) ?? this.turn(run, key));
    };
    for (const sentence of this.model.sentences) {
      if (sentence.text === "" && sentence.id !== here) continue;
      if (run.length && (run[0].speaker !== sentence.speaker || run[0].guess !== sentence.guess)) {
        end();
        run = [];
      }
      run.push(sentence);
    }
    end();
    const isSame = turns.length === before.length && turns.every((turn, n) => turn === before[n]);
    if (!isSame) swap($("text"), turns);
    this.elements = new Map();
    for (const element of $("text").querySelectorAll(".s")) this.elements.set(Number(element.dataset.id), element);
    for (const [id, element] of this.elements) {
      const sentence = this.model.get(id);
      // Spaces that are being typed stay.
      const isTyped = this.typing?.id === id || (id === here && sentence && kept(element) === sentence.text);
      if (sentence && element.textContent !== sentence.text && !isTyped) {
        element.textContent = sentence.text;
        if (id === here && document.activeElement === element) setCaret(element, at);
      }
      element.classList.toggle("edited", sentence?.original !== undefined);
    }
    this.order();
    this.markDoubts();
    this.state();
    if (id !== undefined) this.focus(id, 0);
    else if (here !== null && !isSame && this.elements.has(here) && document.activeElement === document.body) this.focus(here, at);
  }

  /** Knows again in which order the sentences are said. @param {number[]} [ids] of those that may be said at other times */
  order(ids) {
    const changed = ids && new Set(ids);
    const sentences = changed ? ids.flatMap((id) => this.model.get(id) ?? []) : this.model.sentences;
    const spoken = sentences.flatMap((it) => { const said = span(it); return said && it.text ? [/** @type {[number, number, number]} */ ([...said, it.id])] : []; });
    const others = changed ? this.spoken.filter((it) => !changed.has(it[2])) : [];
    this.spoken = [...others, ...spoken].sort((one, other) => one[0] - other[0]);
  }

  /** What `speaker` is called; nobody, who is likely to be `guess`. @param {number | null} speaker @param {number} [guess] */
  nameOf(speaker, guess) {
    const name = (/** @type {number | null | undefined} */ id) => this.model.speakers.find((it) => it.id === id)?.name;
    const likely = speaker === null ? name(guess) : undefined;
    return name(speaker) || (likely ? t("perhaps", { who: likely }) : t("nobody"));
  }

  /** @param {import("./model.js").Sentence[]} sentences @param {string} key */
  turn(sentences, key) {
    const turn = document.createElement("section");
    turn.className = "turn";
    turn.dataset.key = key;
    const who = document.createElement("button");
    who.type = "button";
    who.className = "who";
    who.dataset.id = String(sentences[0].id);
    const name = this.nameOf(sentences[0].speaker, sentences[0].guess);
    who.textContent = name;
    const said = span(sentences[0]);
    who.setAttribute("aria-label", t("who", { who: name }));
    const time = document.createElement("time");
    time.textContent = said ? clock(said[0]) : "";
    const from = document.createElement("button");
    from.type = "button";
    from.className = "from";
    from.dataset.id = who.dataset.id;
    from.setAttribute("aria-label", t("from", { at: time.textContent }));
    from.append(time);
    turn.append(who, said && this.hasSound ? from : time);
    let paragraph = document.createElement("p");
    turn.append(paragraph);
    for (const [n, sentence] of sentences.entries()) {
      if (n > 0 && sentence.opens !== "nothing") {
        paragraph = document.createElement("p");
        if (sentence.opens === "line") paragraph.className = "line";
        turn.append(paragraph);
      }
      const element = document.createElement("span");
      element.className = "s";
      element.dataset.id = String(sentence.id);
      element.contentEditable = "plaintext-only";
      element.spellcheck = true;
      element.setAttribute("role", "textbox");
      const at = span(sentence);
      element.setAttribute("aria-label", t("sentence", { at: clock(at?.[0] ?? 0), who: name }));
      element.textContent = sentence.text;
      paragraph.append(element, " ");
    }
    return turn;
  }

  /** @param {import("./model.js").Sentence[]} [sentences] */
  markDoubts(sentences = this.model.sentences) {
    for (const sentence of sentences) {
      const element = this.elements.get(sentence.id);
      const known = this.doubts.get(sentence.id);
      const isOpen = element?.firstChild && sentence.text !== "" && !sentence.checked;
      if (known && isOpen && known[0]?.startContainer === element.firstChild) continue;
      if (known) this.forgetDoubts(sentence.id);
      if (!isOpen || risk(sentence) === 0) continue;
      const words = places(sentence).filter((word) => word.risk > 0);
      const ranges = words.map((word) => range(element, word.from, word.until));
      ranges.forEach((it) => this.highlights.doubt.add(it));
      this.doubts.set(sentence.id, ranges);
    }
  }

  /** @param {number} id */
  forgetDoubts(id) {
    for (const known of this.doubts.get(id) ?? []) this.highlights.doubt.delete(known);
    this.doubts.delete(id);
  }

  /** The sentence that the caret is in. @returns {number | null} */
  current() {
    const element = sentenceOf(document.activeElement);
    return element ? Number(element.dataset.id) : null;
  }

  /** @param {number} id @param {number} from @param {number} [until] */
  focus(id, from, until = from) {
    const element = this.elements.get(id);
    if (!element) return;
    element.focus({ preventScroll: true });
    setCaret(element, from, until);
    scroll(element);
  }

  /** To the sentence before, or the next. @param {number} id @param {number} by */
  go(id, by) {
    const next = this.model.near(this.model.at(id) + by, by);
    if (next < 0) return false;
    const { id: to, text } = this.model.sentences[next];
    this.focus(to, by < 0 ? text.length : 0);
    return true;
  }

  /** To the line above or below, where that is of another sentence. @param {HTMLElement} element @param {number} by */
  line(element, by) {
    const selection = getSelection();
    if (!selection?.rangeCount) return false;
    const { endContainer, endOffset } = selection.getRangeAt(0);
    const box = lineOf(endContainer, endOffset, element);
    const height = parseFloat(getComputedStyle(element).lineHeight) || 24;
    for (let step = 1; step <= 4; step++) {
      const y = (box.top + box.bottom) / 2 + by * step * height;
      const point = fromPoint(box.left + 0.5, y);
      const other = point && sentenceOf(point.node);
      // Where there is no text the nearest answers, of the line that the caret is in, too.
      if (!other || (lineOf(point.node, point.offset, other).top - box.top) * by < height / 2) continue;
      if (other === element) return false;
      other.focus({ preventScroll: true });
      setCaret(other, point.offset);
      scroll(other);
      return true;
    }
    // Into a turn that is not on the screen yet, or beside the text.
    const boxes = element.getClientRects();
    const edge = by < 0 ? boxes[0] : boxes[boxes.length - 1];
    return Math.abs(edge.top - box.top) < height / 2 && this.go(Number(element.dataset.id), by);
  }

  // The server.

  /** Times of what was changed are there. @param {import("./model.js").Sentence[]} sentences */
  learned(sentences) {
    const ids = sentences.map((it) => it.id);
    this.order(ids);
    this.marked(ids);
    this.state();
  }

  /** Marks these sentences as what they are. @param {number[]} ids */
  marked(ids) {
    const sentences = ids.flatMap((id) => this.model.get(id) ?? []);
    for (const sentence of sentences) this.elements.get(sentence.id)?.classList.toggle("edited", sentence.original !== undefined);
    this.markDoubts(sentences);
  }

  /** Shows `model`, in which others have had a part. @param {Model} model */
  take(model) {
    this.model = model;
    this.render();
  }

  /** Waits until all is kept. */
  async flushed() {
    this.settle();
    await this.keeper.sending;
  }

  /** @param {string} text */
  trouble(text) {
    $("trouble").hidden = false;
    $("trouble").textContent = text;
  }
}

/** The text that `element` shows, as it is kept. @param {HTMLElement} element */
function kept(element) {
  return typographic(line(element.textContent ?? ""));
}

/** @param {any} node @returns {HTMLElement | null} */
function sentenceOf(node) {
  const element = node?.nodeType === Node.TEXT_NODE ? node.parentElement : node;
  return element?.closest?.(".s") ?? null;
}

/** Where the caret is in `element`, or where the selection begins. @param {HTMLElement} element */
function caret(element) {
  const selection = getSelection();
  if (!selection?.rangeCount) return 0;
  const { startContainer, startOffset } = selection.getRangeAt(0);
  if (!element.contains(startContainer)) return 0;
  if (startContainer.nodeType !== Node.TEXT_NODE) return startOffset === 0 ? 0 : (element.textContent ?? "").length;
  const before = document.createRange();
  before.selectNodeContents(element);
  before.setEnd(startContainer, startOffset);
  return before.toString().length;
}

/** @param {HTMLElement} element @param {number} from @param {number} [until] */
function setCaret(element, from, until = from) {
  const node = element.firstChild ?? element;
  const length = node.nodeType === Node.TEXT_NODE ? (node.textContent ?? "").length : 0;
  getSelection()?.setBaseAndExtent(node, Math.min(from, length), node, Math.min(until, length));
}

/** @param {HTMLElement} element @param {number} from @param {number} until */
function range(element, from, until) {
  const node = /** @type {Node} */ (element.firstChild);
  const length = (node.textContent ?? "").length;
  const [startOffset, endOffset] = [Math.min(from, length), Math.min(until, length)];
  return new StaticRange({ startContainer: node, startOffset, endContainer: node, endOffset });
}

/** @param {number} x @param {number} y */
function fromPoint(x, y) {
  if ("caretPositionFromPoint" in document) {
    const point = document.caretPositionFromPoint(x, y);
    return point && { node: point.offsetNode, offset: point.offset };
  }
  const found = /** @type {any} */ (document).caretRangeFromPoint?.(x, y);
  return found && { node: found.startContainer, offset: found.startOffset };
}

/** The box of the caret at `offset` of `node`, in `element`. @param {Node} node @param {number} offset @param {HTMLElement} element */
function lineOf(node, offset, element) {
  const at = document.createRange();
  at.setStart(node, offset);
  return at.getClientRects()[0] ?? element.getClientRects()[0] ?? element.getBoundingClientRect();
}

/** Brings `element` near the middle of the window, if it is not there. @param {HTMLElement} element */
function scroll(element) {
  const box = element.getBoundingClientRect();
  const top = document.querySelector("header.desk")?.getBoundingClientRect().bottom ?? 0;
  if (box.top < top + 30 || box.bottom > innerHeight - 60) element.scrollIntoView({ block: "center" });
}

/**
 * Puts `turns` into `text`, and moves only what is not there yet. They lie in parts: a browser passes over a
 * part that is off the screen at once, and not turn by turn.
 * @param {HTMLElement} text @param {HTMLElement[]} turns
 */
function swap(text, turns) {
  const kept = new Set(turns);
  for (const turn of text.querySelectorAll(".turn")) if (!kept.has(/** @type {HTMLElement} */ (turn))) turn.remove();
  for (const part of [...text.children]) if (!part.firstElementChild) part.remove();
  let last = /** @type {Element | null} */ (null);
  for (const turn of turns) {
    /** @type {Element | null} */
    const part = last?.parentElement ?? text.firstElementChild;
    /** @type {Element | null | undefined} */
    const next = last ? (last.nextElementSibling ?? part?.nextElementSibling?.firstElementChild) : part?.firstElementChild;
    if (next !== turn) {
      if (!part || (last && !last.nextElementSibling && part.childElementCount >= PART_TURNS)) {
        const opened = document.createElement("div");
        opened.className = "part";
        opened.append(turn);
        if (part) part.after(opened);
        else text.append(opened);
      } else if (last) {
        last.after(turn);
      } else {
        part.prepend(turn);
      }
    }
    last = turn;
  }
}

translate(document);
const number = Number(location.pathname.split("/").pop());
const answer = await fetch(`/api/episodes/${number}`);
if (answer.ok) {
  /** @type {any} */ (window).editor = new Editor(number, await answer.json());
} else {
  $("trouble").hidden = false;
  $("trouble").textContent = (await answer.json().catch(() => ({}))).error ?? String(answer.status);
}
