// What opens over the text: who speaks, voices, heading, publishing, keys, equal words, conflicts.

import { put, span, typographic, wholeWords } from "./model.js";
import { KEYS, clock, t } from "./words.js";

/** @typedef {import("./editor.js").Editor} Editor */

/**
 * An element with what is in it.
 * @param {string} name @param {Record<string, any>} [properties] @param {(Node | string)[]} inside
 */
export function make(name, properties = {}, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element) /** @type {any} */ (element)[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...inside);
  return /** @type {any} */ (element);
}

/** @param {string} title @param {Node[]} inside @param {Node[]} buttons */
export function open(title, inside, buttons = []) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("dialog"));
  const close = make("button", { type: "button" }, t("close"));
  close.addEventListener("click", () => dialog.close());
  const heading = make("h2", { id: "dialog-title" }, title);
  dialog.setAttribute("aria-labelledby", "dialog-title");
  dialog.replaceChildren(heading, ...inside, make("p", { className: "buttons" }, ...buttons, close));
  if (!dialog.open) dialog.showModal();
  return dialog;
}

/** @param {string} label @param {HTMLElement} field */
function labelled(label, field) {
  return make("label", { className: "field" }, make("span", {}, label), field);
}

/** The keys, to be looked through. */
export function help() {
  const search = make("input", { type: "search" });
  const body = make("tbody");
  const show = () => {
    const wanted = search.value.toLowerCase();
    const rows = KEYS.filter((row) => row.join(" ").toLowerCase().includes(wanted));
    body.replaceChildren(...rows.map(([key, what]) => make("tr", {}, make("th", { scope: "row" }, make("kbd", {}, key)), make("td", {}, what))));
  };
  search.addEventListener("input", show);
  show();
  open(t("help.title"), [labelled(t("help.search"), search), make("table", {}, body)]);
}

/** Who speaks, for the sentence `id`. @param {Editor} editor @param {number} id */
export function who(editor, id) {
  const { model } = editor;
  const sentence = model.get(id);
  if (!sentence) return;
  const search = make("input", { type: "text", autocomplete: "off", role: "combobox" });
  search.setAttribute("aria-controls", "people");
  search.setAttribute("aria-expanded", "true");
  const list = make("ul", { id: "people", role: "listbox", className: "people" });
  const scopes = ["sentence", "turn", "voice"].map((name) => {
    const radio = make("input", { type: "radio", name: "scope", value: name, checked: name === "turn" });
    return make("label", {}, radio, " ", t(`who.${name}`));
  });
  const scope = make("fieldset", {}, make("legend", {}, t("who.scope")), ...scopes);
  /** @type {{id: number | null, name: string}[]} */
  let people = [];
  const likely = sentence.speaker ?? sentence.guess;
  let chosen = model.speakers.filter((it) => it.name).findIndex((it) => it.id === likely);
  const show = () => {
    const wanted = search.value.trim().toLowerCase();
    people = model.speakers.filter((it) => it.name && it.name.toLowerCase().includes(wanted));
    const names = editor.people.filter((name) => name.toLowerCase().includes(wanted) && !model.speakers.some((it) => it.name === name));
    for (const name of names) people.push({ id: null, name });
    const isKnown = people.some((it) => it.name.toLowerCase() === wanted);
    if (wanted && !isKnown) people.push({ id: null, name: search.value.trim() });
    chosen = Math.min(Math.max(chosen, 0), people.length - 1);
    list.replaceChildren(...people.map((person, n) => {
      const text = person.id === null ? t("who.new", { name: person.name }) : person.name;
      const item = make("li", { role: "option", id: `person-${n}` }, text);
      item.setAttribute("aria-selected", String(n === chosen));
      item.addEventListener("click", () => choose(n));
      return item;
    }));
    search.setAttribute("aria-activedescendant", `person-${chosen}`);
  };
  const choose = (/** @type {number} */ n) => {
    const person = people[n];
    if (!person) return;
    const wanted = /** @type {any} */ (scope.querySelector(":checked")).value;
    dialog.close();
    editor.give(id, person, wanted);
  };
  search.addEventListener("input", () => { chosen = 0; show(); });
  search.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      chosen += by;
      show();
    } else if (event.key === "Enter") {
      choose(chosen);
    } else {
      return;
    }
    event.preventDefault();
  });
  show();
  const dialog = open(t("who.title"), [labelled(t("who.search"), search), list, scope]);
  search.focus();
}

/** The voices: samples, names, one person or two. @param {Editor} editor @param {(Node | string)[]} [told] what was done */
export function voices(editor, told = []) {
  const { model } = editor;
  /** @type {Map<number, {length: number, sentences: any[]}>} */
  const talk = new Map();
  for (const sentence of model.sentences) {
    const said = span(sentence);
    if (sentence.speaker === null || !said || sentence.text === "") continue;
    const own = talk.get(sentence.speaker) ?? { length: 0, sentences: [] };
    own.length += said[1] - said[0];
    own.sentences.push(sentence);
    talk.set(sentence.speaker, own);
  }
  const total = [...talk.values()].reduce((sum, own) => sum + own.length, 0) || 1;
  const ofAll = model.speakers.flatMap((speaker) => { const own = talk.get(speaker.id); return own ? [{ speaker, own }] : []; });
  ofAll.sort((one, other) => other.own.length - one.own.length);
  const blocks = ofAll.map(({ speaker, own }) => {
    const name = make("input", { type: "text", value: speaker.name, autocomplete: "off" });
    name.addEventListener("change", () => {
      if (name.value.trim() === speaker.name) return;
      editor.rename(speaker.id, name.value.trim());
      const called = document.querySelectorAll(`#dialog option[value="${speaker.id}"]`);
      called.forEach((option) => (option.textContent = name.value.trim()));
    });
    const share = make("p", {}, t("voices.share", { n: Math.round((100 * own.length) / total) }));
    const samples = make("p", {}, ...samplesOf(own.sentences).map((sentence, n) => {
      const play = make("button", { type: "button" }, t("voices.sample", { n: n + 1 }));
      play.title = sentence.text;
      play.addEventListener("click", () => {
        const [start, end] = span(sentence) ?? [0, 0];
        editor.player.play(start, Math.min(end, start + 8));
      });
      return play;
    }));
    const same = make("select", {}, make("option", { value: "" }, t("voices.other")));
    for (const { speaker: other } of ofAll) {
      if (other.id !== speaker.id) same.append(make("option", { value: String(other.id) }, other.name));
    }
    same.addEventListener("change", () => {
      if (same.value === "") return;
      editor.unite(speaker.id, Number(same.value));
      voices(editor);
    });
    const two = make("button", { type: "button" }, t("voices.split"));
    two.addEventListener("click", async () => {
      await editor.flushed();
      const answer = await fetch(`/api/episodes/${editor.number}/second/${speaker.id}`);
      const said = await answer.json();
      if (!answer.ok) return two.replaceWith(make("span", { role: "status" }, said.error));
      const name = editor.divide(said.sentences);
      const undo = make("button", { type: "button" }, t("undo"));
      undo.addEventListener("click", () => {
        editor.undo();
        voices(editor);
      });
      voices(editor, [t("voices.two", { n: said.sentences.length, name }), " ", undo]);
    });
    const hints = speaker.evidence.filter((it) => it.name !== speaker.name && it.said.length).slice(0, 2).map((it) => {
      const [said] = it.said;
      const button = make("button", { type: "button" }, t("voices.suggest", { name: it.name, at: clock(said.at), text: said.text }));
      button.addEventListener("click", () => {
        name.value = it.name;
        editor.rename(speaker.id, it.name);
      });
      return make("p", {}, button);
    });
    return make("section", { className: "voice" }, labelled(t("voices.name"), name), share, samples, ...hints, labelled(t("voices.same"), same), make("p", {}, two));
  });
  const dialog = open(t("voices.title"), [make("p", { role: "status" }, ...told), ...blocks]);
  dialog.addEventListener("close", () => editor.player.endExcerpt(), { once: true });
}

/** Three long sentences, from different parts. @param {any[]} sentences */
function samplesOf(sentences) {
  const length = (/** @type {any} */ it) => { const [start, end] = span(it) ?? [0, 0]; return Math.min(end - start, 8); };
  const third = Math.max(1, Math.ceil(sentences.length / 3));
  const parts = [0, 1, 2].map((n) => sentences.slice(n * third, (n + 1) * third)).filter((part) => part.length);
  return parts.map((part) => part.reduce((best, it) => (length(it) > length(best) ? it : best)));
}

/** Title, lead, chapters, notes. @param {Editor} editor */
export function heading(editor) {
  const { heading } = editor.model;
  const title = make("input", { type: "text", value: heading.title });
  const lead = make("textarea", { rows: 5, value: heading.lead.join("\n"), spellcheck: true });
  const line = (/** @type {any} */ it) => `${clock(it.start / 16000)} ${it.title}`;
  const chapters = make("textarea", { rows: 6, value: heading.chapters.map(line).join("\n") });
  const notes = make("textarea", { rows: 4, value: (heading.notes ?? []).join("\n"), spellcheck: true });
  const apply = make("button", { type: "button", className: "main" }, t("apply"));
  apply.addEventListener("click", () => {
    const lines = (/** @type {string} */ text) => typographic(text).split("\n").map((it) => it.trim()).filter((it) => it);
    /** @type {string[]} */
    const wrong = [];
    const read = lines(chapters.value).flatMap((text) => {
      const found = /^(?:(\d+):)?([0-5]?\d):([0-5]\d)\s+(.+)$/.exec(text);
      const seconds = found ? Number(found[1] ?? 0) * 3600 + Number(found[2]) * 60 + Number(found[3]) : Infinity;
      if (!found || seconds > editor.player.duration) {
        wrong.push(text);
        return [];
      }
      // One that was not touched keeps its time to the sample.
      const known = heading.chapters.find((/** @type {any} */ it) => typographic(line(it)) === text);
      return [known ?? { start: seconds * 16000, title: found[4] }];
    });
    if (wrong.length) {
      told.textContent = t("heading.wrong", { lines: wrong.join(" / ") });
      chapters.focus();
      return;
    }
    editor.deed({ heading: { title: typographic(title.value.trim()), lead: lines(lead.value), chapters: read, notes: lines(notes.value) } });
    dialog.close();
  });
  const told = make("p", { role: "alert" });
  const fields = [labelled(t("heading.name"), title), labelled(t("heading.lead"), lead), labelled(t("heading.chapters"), chapters), labelled(t("heading.notes"), notes), told];
  const dialog = open(t("heading.title"), fields, [apply]);
}

const FORMATS = [["txt", "Texte"], ["md", "Markdown"], ["spip", "SPIP (Libre à lire)"], ["mediawiki", "MediaWiki"], ["html", "HTML"], ["srt", "SRT"], ["vtt", "WebVTT"], ["docx", "DOCX"]];

/** The page as it will look, and the files. @param {Editor} editor */
export async function publish(editor) {
  await editor.flushed();
  const base = `/api/episodes/${editor.number}`;
  const read = make("input", { type: "checkbox", checked: editor.model.reviewed });
  read.addEventListener("change", async () => {
    editor.deed(read.checked ? { reviewed: true, reviewer: sign() } : { reviewed: false });
    await editor.flushed();
    show();
  });
  const reviewer = make("input", { type: "text", autocomplete: "name", value: editor.model.reviewer || editor.signer || localStorage.getItem("reviewer") || "" });
  const sign = () => {
    const name = reviewer.value.trim();
    localStorage.setItem("reviewer", name);
    return name;
  };
  /** @type {Promise<any>} */
  let signing = Promise.resolve();
  reviewer.addEventListener("change", () => {
    if (sign() === editor.model.reviewer || !read.checked) return;
    editor.deed({ reviewer: sign() });
    signing = editor.flushed().then(() => show());
  });
  const format = make("select", {}, ...FORMATS.map(([name, label]) => make("option", { value: name }, label)));
  const preview = make("pre", { tabIndex: 0, className: "preview" });
  const told = make("p", { role: "status" });
  const link = make("a", { target: "_blank", rel: "noopener" }, t("publish.open-page"));
  const show = async () => {
    const address = `${base}/as/${format.value}`;
    link.href = address;
    preview.hidden = format.value === "docx";
    copy.hidden = preview.hidden;
    if (preview.hidden) return false;
    const answer = await fetch(address);
    const text = await answer.text();
    preview.textContent = answer.ok ? text : "";
    if (!answer.ok) told.textContent = text;
    return answer.ok;
  };
  format.addEventListener("change", show);
  const copy = make("button", { type: "button" }, t("publish.copy"));
  copy.addEventListener("click", async () => {
    // A name that was typed just now is in the text as well.
    await signing;
    await editor.flushed();
    if (!(await show())) return;
    await navigator.clipboard.writeText(preview.textContent);
    told.textContent = t("publish.copied");
  });
  const write = make("button", { type: "button", className: "main" }, t("publish.write"));
  const send = async (/** @type {boolean} */ force) => {
    await signing;
    const answer = await fetch(`${base}/publish`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ force, format: format.value }) });
    const said = await answer.json();
    if (answer.ok) {
      editor.keeper.behind();
      told.textContent = t("publish.written", { files: said.written.join(", ") });
    } else if (answer.status === 409) {
      const over = make("button", { type: "button" }, t("publish.force"));
      over.addEventListener("click", () => send(true));
      told.replaceChildren(t("publish.touched", { file: said.touched }), " ", over);
    } else {
      told.textContent = said.error;
    }
  };
  write.addEventListener("click", () => send(false));
  const top = make("p", { className: "bar" }, labelled(t("publish.format"), format), copy, link);
  const signed = make("p", { className: "bar" }, make("label", {}, read, " ", t("publish.reviewed")), labelled(t("publish.reviewer"), reviewer));
  open(t("publish.title"), [signed, top, preview, told], [write]);
  show();
}

/** The other places where `from` is said. @param {Editor} editor @param {number[]} ids @param {string} from @param {string} to */
export function everywhere(editor, ids, from, to) {
  const rows = ids.flatMap((id) => {
    const sentence = editor.model.get(id);
    if (!sentence) return [];
    const [at] = span(sentence) ?? [0];
    return [ticked(String(id), at, sentence.text, from)];
  });
  const apply = make("button", { type: "button", className: "main" }, t("all.do"));
  apply.addEventListener("click", () => {
    const splices = rows.filter((row) => row.querySelector("input").checked).flatMap((row) => {
      const sentence = editor.model.get(Number(row.querySelector("input").value));
      return sentence ? [{ at: [sentence.id], with: [put(sentence, { text: sentence.text.replace(wholeWords(from), () => to) })] }] : [];
    });
    dialog.close();
    if (splices.length) editor.deed({ splices });
  });
  const dialog = open(t("all.title", { from, to }), rows, [apply]);
}

/** Where `from` is said in the other episodes. @param {Editor} editor @param {string} from @param {string} to */
export async function archive(editor, from, to) {
  const title = t("all.title", { from, to });
  open(title, [make("p", { role: "status" }, t("waiting"))]);
  const answer = await fetch(`/api/equal?from=${encodeURIComponent(from)}&but=${editor.number}`);
  const said = await answer.json();
  const lines = (/** @type {any[]} */ all) => all.map((it) => make("p", {}, t("all.left", it)));
  if (!answer.ok || said.places.length === 0) {
    open(title, [make("p", { role: "status" }, said.error ?? t("all.none", { from })), ...lines(said.left_out ?? [])]);
    return;
  }
  /** @type {Node[]} */
  const rows = [];
  let last = -1;
  for (const place of said.places) {
    if (place.number !== last) rows.push(make("h3", {}, place.name));
    last = place.number;
    rows.push(ticked(`${place.number} ${place.id}`, place.at ?? 0, place.text, from));
  }
  const told = make("p", { role: "status" }, said.more ? t("all.more") : "");
  const apply = make("button", { type: "button", className: "main" }, t("all.do"));
  apply.addEventListener("click", async () => {
    apply.disabled = true;
    const ticks = /** @type {HTMLInputElement[]} */ ([...dialog.querySelectorAll("label.place input:checked")]);
    const places = ticks.map((tick) => tick.value.split(" ").map(Number));
    const answer = await fetch("/api/equal", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ from, to, places }) });
    const said = await answer.json();
    told.replaceChildren(answer.ok ? t("all.done", { n: said.changed }) : said.error, ...lines(said.left_out ?? []));
  });
  const dialog = open(title, [...rows, ...lines(said.left_out), told], [apply]);
}

/** A place that can be left out. @param {string} value @param {number} at @param {string} text @param {string} from */
function ticked(value, at, text, from) {
  const tick = make("input", { type: "checkbox", checked: true, value });
  const parts = text.split(wholeWords(from));
  const marked = parts.flatMap((part, n) => (n === 0 ? [part] : [make("mark", {}, from), part]));
  return make("label", { className: "place" }, tick, make("span", {}, `${clock(at)} `, ...marked));
}

/** Both texts of what two people changed. @param {{id: number, theirs: string, mine: string}[]} pairs @returns {Promise<boolean>} whether ours is kept */
export function conflict(pairs) {
  return new Promise((resolve) => {
    const rows = pairs.map(({ theirs, mine }) => make("section", { className: "conflict" },
      make("h3", {}, t("conflict.theirs")), make("p", {}, theirs || t("empty")),
      make("h3", {}, t("conflict.mine")), make("p", {}, mine || t("empty"))));
    const keep = (/** @type {boolean} */ isMine) => {
      const button = make("button", { type: "button" }, t(isMine ? "conflict.keep-mine" : "conflict.keep-theirs"));
      button.addEventListener("click", () => {
        dialog.onclose = null;
        dialog.close();
        resolve(isMine);
      });
      return button;
    };
    const dialog = open(t("conflict.title"), rows, [keep(false), keep(true)]);
    dialog.onclose = () => resolve(false);
  });
}
