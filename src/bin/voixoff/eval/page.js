document.addEventListener("click", (event) => {
  const place = event.target.closest("[data-at]");
  const sound = place && place.closest("section").querySelector("audio");
  if (!sound) return;
  sound.currentTime = Number(place.dataset.at);
  sound.play();
});
