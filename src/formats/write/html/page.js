// A click on a word plays from there; the word that is heard is marked. Beside the sound: who speaks,
// ten seconds back and on, speed, and words that are looked for.
(() => {
  const audio = document.querySelector("audio");
  const player = document.querySelector(".player");
  const words = [...document.querySelectorAll("[data-t]")];
  // Where people talk at once, the order of the page is not that of the sound.
  words.sort((one, other) => one.dataset.t - other.dataset.t);
  const starts = words.map((word) => Number(word.dataset.t));
  let current;

  const isInView = (element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  };

  const mark = () => {
    let low = 0, high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      // A player may stop some milliseconds before the moment it was sent to.
      if (starts[middle] <= audio.currentTime + 0.01) low = middle + 1;
      else high = middle;
    }
    const word = words[low - 1];
    if (word === current) return;
    // Who scrolled away to read elsewhere is not called back.
    const follows = !audio.paused && (!current || isInView(current));
    current?.removeAttribute("aria-current");
    word?.setAttribute("aria-current", "true");
    if (follows) word?.scrollIntoView({ block: "nearest" });
    current = word;
  };

  const follow = () => {
    mark();
    if (!audio.paused) requestAnimationFrame(follow);
  };

  const element = (name, parent, properties) => {
    const made = Object.assign(document.createElement(name), properties);
    parent.append(made);
    return made;
  };
  const bar = element("div", player, { className: "bar" });

  // Who speaks.
  const turns = [...document.querySelectorAll("[data-start]")];
  const speaking = element("span", bar, { className: "speaking" });
  const tell = () => {
    const now = audio.currentTime;
    const turn = turns.findLast(({ dataset }) => dataset.start <= now && now < dataset.end);
    const name = turn?.querySelector(".speaker")?.textContent ?? "";
    speaking.textContent = name.replace(/\s*:$/, "");
  };

  const move = (seconds) => {
    audio.currentTime = Math.max(audio.currentTime + seconds, 0);
  };
  const button = (text, title, act) => {
    const made = element("button", bar, { type: "button", textContent: text, title });
    made.addEventListener("click", (event) => {
      act();
      // After a click by mouse the keys are those of the page again.
      if (event.detail > 0) made.blur();
    });
    return made;
  };
  button("−10\u00a0s", "Reculer de 10 secondes (j)", () => move(-10));
  button("+10\u00a0s", "Avancer de 10 secondes (l)", () => move(10));
  const speeds = [1, 1.25, 1.5, 1.75, 2, 0.75];
  const speed = button("×\u00a01", "Vitesse (v)", () => {
    audio.playbackRate = speeds[(speeds.indexOf(audio.playbackRate) + 1) % speeds.length];
  });
  audio.addEventListener("ratechange", () => {
    speed.textContent = `×\u00a0${String(audio.playbackRate).replace(".", ",")}`;
  });

  // Words that are looked for, whatever their accents.
  const plain = (text) => text.normalize("NFD").replace(/\p{M}|[^\p{L}\p{N}]/gu, "").toLowerCase();
  const written = [...document.querySelectorAll("[data-t]")];
  const texts = written.map((word) => plain(word.textContent));
  // Several words stand in a row, and the first of them is a whole one.
  const rowFrom = (first, wanted) => {
    let text = "";
    for (let last = first; texts[first] && last < texts.length; last++) {
      text += texts[last];
      if (text.startsWith(wanted)) return written.slice(first, last + 1);
      if (!wanted.startsWith(text)) break;
    }
    return [];
  };
  const label = "Chercher dans la page";
  const search = element("input", bar, { type: "search", placeholder: "Chercher", ariaLabel: label });
  const count = element("output", bar, { className: "count" });
  let found = [];
  let shown = 0;
  const show = (place) => {
    found[shown]?.forEach((word) => word.classList.remove("shown"));
    shown = place;
    found[shown]?.forEach((word) => word.classList.add("shown"));
    count.textContent = search.value ? `${found.length && shown + 1}/${found.length}` : "";
    found[shown]?.[0].scrollIntoView({ block: "center" });
  };
  search.addEventListener("input", () => {
    const wanted = plain(search.value);
    const isRow = /[^\p{L}\p{N}\p{M}]/u.test(search.value.trim());
    written.forEach((word) => word.classList.remove("found", "shown"));
    found = wanted ? texts.map((text, at) => {
      if (isRow) return rowFrom(at, wanted);
      return text.includes(wanted) ? [written[at]] : [];
    }).filter((row) => row.length) : [];
    found.flat().forEach((word) => word.classList.add("found"));
    show(0);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !found.length) return;
    show((shown + (event.shiftKey ? found.length - 1 : 1)) % found.length);
  });

  const play = (at) => {
    audio.currentTime = at;
    audio.play();
    // The address of the page now names this moment, for whoever is given it.
    history.replaceState(null, "", `#t=${at}`);
  };

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a.time");
    const word = getSelection().isCollapsed && event.target.closest("[data-t]");
    const at = link ? link.hash.slice(3) : word?.dataset?.t;
    if (!at) return;
    event.preventDefault();
    play(at);
  });

  // From word to word where nothing plays, and back to one that is playing.
  const step = (by) => {
    const at = starts.indexOf(Number(current?.dataset.t)) + by;
    if (words[at]) audio.currentTime = starts[at];
    words[at]?.scrollIntoView({ block: "nearest" });
  };
  const keys = {
    " ": () => (audio.paused ? audio.play() : audio.pause()),
    j: () => move(-10),
    l: () => move(10),
    v: () => speed.click(),
    ",": () => step(-1),
    ".": () => step(1),
  };
  document.addEventListener("keydown", (event) => {
    // A field keeps all its keys, buttons and the player the space bar.
    const isTaken = event.target.closest(event.key === " " ? "input, button, audio" : "input");
    if (isTaken || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  // `#t=45.5` opens the page there, `#t=45&mot=libre` where that is said first from then on.
  const open = () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    if (!/^\d+(\.\d+)?$/.test(asked.get("t") ?? "")) return;
    let at = Number(asked.get("t"));
    const wanted = plain(asked.get("mot") ?? "");
    const said = wanted && words.find((word, n) => starts[n] >= at && plain(word.textContent).includes(wanted));
    if (said) {
      at = Number(said.dataset.t);
      history.replaceState(null, "", `#t=${at}`);
    }
    words[Math.max(starts.findLastIndex((start) => start <= at + 0.01), 0)]?.scrollIntoView({ block: "center" });
    const go = () => { audio.currentTime = at; };
    if (audio.readyState > 0) go();
    else audio.addEventListener("loadedmetadata", go, { once: true });
  };
  addEventListener("hashchange", open);
  open();

  audio.addEventListener("play", follow);
  audio.addEventListener("timeupdate", mark);
  audio.addEventListener("timeupdate", tell);
  document.documentElement.classList.add("live");
})();
