// A click on a word plays from there; the word that is heard is marked.
(() => {
  const audio = document.querySelector("audio");
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

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a.time");
    const word = getSelection().isCollapsed && event.target.closest("[data-t]");
    const at = link ? link.hash.slice(3) : word?.dataset?.t;
    if (!at) return;
    event.preventDefault();
    audio.currentTime = at;
    audio.play();
  });
  audio.addEventListener("play", follow);
  audio.addEventListener("timeupdate", mark);
  document.documentElement.classList.add("live");
})();
