// Finds words in the whole archive. Which words are in which episodes is fetched with the
// first search, the passages of an episode when something was found in it.
(() => {
  const EPISODES_AT_ONCE = 10;
  const PASSAGES_SHOWN = 5;
  const [form, found, list, status, more] =
    ["form", "#found", "#list", "#status", "#more"].map((name) => document.querySelector(name));
  const items = [...document.querySelectorAll("li[data-number]")];

  // As `passages.rs` does it.
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
    .replace(/œ/g, "oe").replace(/æ/g, "ae");
  const WORD = /[\p{Alphabetic}\p{N}\p{M}]+/gu;
  const wordsOf = (text) => [...text.matchAll(WORD)].map((match) => ({
    word: fold(match[0]), start: match.index, end: match.index + match[0].length,
  })).filter(({ word }) => word);

  const episodes = items.map((item) => ({
    item,
    number: Number(item.dataset.number),
    file: item.dataset.file,
    sound: item.dataset.sound,
    date: item.dataset.date,
    link: item.querySelector("a"),
    show: item.closest("section").dataset.show,
    people: fold(item.dataset.people),
  })).sort((one, other) => (other.date > one.date) - (other.date < one.date) || other.number - one.number);

  // A page of an episode leads back here, to the search that led to it.
  const leadBack = (address) => episodes.forEach(({ link }) => {
    const page = link?.getAttribute("href").split("?")[0] ?? "";
    if (!page.endsWith(".html")) return;
    const asked = new URLSearchParams(address);
    asked.set("archive", page.split("/").length - 1);
    link.setAttribute("href", `${page}?${asked}`);
  });

  const texts = new Map();
  let dictionary;
  globalThis.voixoff = {
    words: (text) => { dictionary = text.split("\n"); dictionary.pop(); },
    episode: (file, people, passages) => texts.set(file, { people, passages }),
  };
  const fetched = new Map();
  const fetchScript = (file) => {
    if (!fetched.has(file)) {
      fetched.set(file, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = `index.data/${file}.js`;
        script.onload = resolve;
        script.onerror = () => { fetched.delete(file); reject(new Error(file)); };
        document.head.append(script);
      }));
    }
    return fetched.get(file);
  };

  // What is within quotes stands together; else a word of three letters finds longer ones.
  const termsOf = (query) => {
    const terms = [];
    const outside = query.replace(/["“«]([^"”»]*)["”»]/g, (_, inside) => {
      const words = wordsOf(inside).map(({ word }) => word);
      if (words.length) terms.push({ words, isExact: true });
      return " ";
    });
    wordsOf(outside).forEach(({ word }) => terms.push({ words: [word], isExact: word.length < 3 }));
    return terms;
  };
  // « logiciels » finds « logiciel », « journaux » finds « journal ».
  const singulars = (word) => [
    ...(/^.{3,}[sx]$/.test(word) ? [word.slice(0, -1)] : []),
    ...(/.aux$/.test(word) ? [`${word.slice(0, -3)}al`] : []),
  ];
  const fits = (term, word, place) => {
    const wanted = term.words[place];
    return term.isExact ? word === wanted : word.startsWith(wanted) || singulars(wanted).includes(word);
  };

  const episodesWith = (term) => {
    let all;
    term.words.forEach((word, place) => {
      const numbers = new Set();
      [word, ...singulars(word)].forEach((form) => {
        let low = 0, high = dictionary.length;
        while (low < high) {
          const middle = (low + high) >> 1;
          if (dictionary[middle].split(" ", 1)[0] < form) low = middle + 1;
          else high = middle;
        }
        for (; low < dictionary.length; low++) {
          const [other, ...steps] = dictionary[low].split(" ");
          if (!other.startsWith(form)) break;
          if (!fits(term, other, place)) continue;
          let number = 0;
          steps.forEach((step) => { number += parseInt(step, 36); numbers.add(number); });
        }
      });
      all = all ? new Set([...all].filter((number) => numbers.has(number))) : numbers;
    });
    return all;
  };

  // The places of each term in a passage, each with its words.
  const placesIn = (words, terms) => terms.map((term) => words
    .map((_, at) => words.slice(at, at + term.words.length))
    .filter((run) => term.words.every((_, place) => run[place] && fits(term, run[place].word, place))));

  // The fewest sentences in a row that have as many terms as the passage.
  const narrowed = ({ sentences, text, places, score }) => {
    const parts = sentences.map(([at, start], n) => [at, start, sentences[n + 1]?.[1] ?? text.length]);
    for (let n = 1; score && n < parts.length; n++) {
      for (let first = 0; first + n <= parts.length; first++) {
        const [at, start] = parts[first];
        const end = parts[first + n - 1][2];
        const isIn = (run) => run[0].start >= start && run[run.length - 1].end <= end;
        if (places.filter((runs) => runs.some(isIn)).length === score) return { at, start, end };
      }
    }
    return { at: parts[0][0], start: 0, end: text.length };
  };

  const element = (name, text, properties = {}) =>
    Object.assign(document.createElement(name), { textContent: text, ...properties });

  const clock = (seconds) => [seconds / 3600, seconds / 60 % 60, seconds % 60]
    .map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");

  const shown = (episode, passage) => {
    const { name, text, words } = passage;
    const { at, start: from, end: to } = narrowed(passage);
    const marks = passage.places.flat(2).filter(({ start, end }) => start >= from && end <= to);
    const line = element("p", "", { className: "passage" });
    if (at !== null) {
      const time = element("time", "");
      const play = episode.sound && `${episode.sound}#t=${at}`;
      time.append(play ? element("a", clock(at), { href: play, title: "Écouter" }) : clock(at));
      line.append(time);
    }
    if (name) line.append(element("b", `${name}\u00a0: `));
    let end = from;
    for (const { start, end: next } of marks.sort((one, other) => one.start - other.start)) {
      if (start < end) continue;
      line.append(text.slice(end, start), element("mark", text.slice(start, next)));
      end = next;
    }
    line.append(text.slice(end, to).trimEnd(), " ");
    if (episode.link) {
      // The page goes to that moment of its sound; browsers that know how also show the passage.
      const within = words.filter(({ start, end }) => start >= from && end <= to);
      const first = text.slice(from, within[Math.min(5, within.length - 1)]?.end ?? from);
      const place = encodeURIComponent(first).replace(/-/g, "%2D");
      // The page knows the second of each word.
      const word = marks[0] ? `&mot=${encodeURIComponent(text.slice(marks[0].start, marks[0].end))}` : "";
      const moment = at === null ? "" : `t=${at}${word}`;
      const page = episode.link.getAttribute("href");
      line.append(element("a", "lire", { href: `${page}#${moment}:~:text=${place}` }));
    }
    return line;
  };

  const results = (episode, terms, who) => {
    const { people, passages } = texts.get(episode.file);
    const all = passages.map(([sentences, speaker, text]) => {
      const name = speaker === null ? "" : people[speaker];
      const words = wordsOf(text);
      const places = placesIn(words, terms);
      const score = places.filter((found) => found.length).length;
      return { sentences, name, text, words, score, places };
    }).filter(({ name }) => fold(name).includes(who));
    const best = Math.max(...all.map(({ score }) => score));
    // Where no passage has all words, those are shown that have most.
    return all.filter(({ score }) => score === best && (score || !terms.length));
  };

  const block = (episode, passages) => {
    const block = element("article", "");
    const heading = element("h2", "");
    heading.append(episode.link ? episode.link.cloneNode(true) : episode.item.firstChild.textContent);
    const facts = [episode.show, episode.item.querySelector("span").textContent].filter(Boolean);
    block.append(heading, element("div", facts.join(" · "), { className: "quiet" }));
    block.append(...passages.slice(0, PASSAGES_SHOWN).map((passage) => shown(episode, passage)));
    const rest = passages.slice(PASSAGES_SHOWN);
    if (rest.length) {
      const others = element("details", "");
      others.append(element("summary", `${rest.length} autre${rest.length > 1 ? "s" : ""} passage${rest.length > 1 ? "s" : ""}`));
      others.append(...rest.map((passage) => shown(episode, passage)));
      block.append(others);
    }
    return block;
  };

  // Of several searches under way, the last one is shown.
  let search = 0;
  let next;
  const look = async () => {
    const mine = ++search;
    const terms = termsOf(form.words.value);
    const who = fold(form.who.value.trim());
    const [show, year, order] = [form.show.value, form.year.value, form.order.value];
    const isSearch = terms.length > 0 || who !== "";
    // The address names the search, for whoever is given it.
    const asked = Object.entries({ mots: form.words.value, qui: form.who.value, emission: show, annee: year, ordre: order });
    const address = new URLSearchParams(asked.filter(([, text]) => text !== "")).toString();
    history.replaceState(null, "", address ? `?${address}` : location.pathname);
    leadBack(address);
    list.hidden = isSearch;
    found.replaceChildren();
    more.hidden = true;
    status.textContent = "";
    const ordered = order ? [...episodes].reverse() : episodes;
    ordered.forEach(({ item, date }) => {
      item.hidden = !date.startsWith(year);
      item.parentElement.append(item);
    });
    document.querySelectorAll("section").forEach((part) => {
      const isEmpty = !part.querySelector("li:not([hidden])");
      part.hidden = isEmpty || show !== "" && part.dataset.show !== show;
    });
    if (!isSearch) return;
    try {
      if (terms.length) await fetchScript(document.body.dataset.words);
    } catch {
      status.textContent = "Le dossier « index.data » manque à côté de cette page.";
      return;
    }
    if (mine !== search) return;
    const withTerms = terms.map(episodesWith);
    const open = ordered.filter((episode) => (show === "" || episode.show === show)
      && episode.date.startsWith(year) && episode.people.includes(who) && withTerms.every((numbers) => numbers.has(episode.number)));
    const n = open.length;
    const several = `${n} épisodes, ${form.order.selectedOptions[0].text}`;
    status.textContent = ["Aucun épisode.", "1 épisode"][n] ?? several;
    next = async () => {
      more.hidden = true;
      let n = 0;
      while (open.length && n < EPISODES_AT_ONCE) {
        const episode = open.shift();
        await fetchScript(episode.file).catch(() => undefined);
        if (mine !== search) return;
        const passages = texts.has(episode.file) ? results(episode, terms, who) : [];
        if (!passages.length) continue;
        found.append(block(episode, passages));
        n++;
      }
      more.hidden = open.length === 0;
    };
    await next();
    if (mine === search) document.body.dataset.ready = String(mine);
  };

  let pause;
  form.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(look, 200); });
  form.addEventListener("submit", (event) => { event.preventDefault(); look(); });
  more.addEventListener("click", () => next());
  form.hidden = false;
  const named = new URLSearchParams(location.search);
  form.words.value = named.get("mots") ?? form.words.value;
  form.who.value = named.get("qui") ?? form.who.value;
  form.show.value = named.get("emission") ?? form.show.value;
  form.year.value = named.get("annee") ?? form.year.value;
  form.order.value = named.get("ordre") ?? form.order.value;
  // A browser that comes back to the page remembers what was typed.
  addEventListener("pageshow", look);
})();
