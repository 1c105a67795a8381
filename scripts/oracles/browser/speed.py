"""Three hours and 30 000 words, with their sound: how long it takes to open, a key, a split; how much memory a
tab has."""

import random
import statistics
import time
import wave

from . import desk

WORDS = 30_000
HOURS = 3
BARS = {"opens, s": 1.5, "key, p95, ms": 50, "heap, MB": 400}

DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def noise(path):
    """`HOURS` of noise in 8 bits at 8 kHz."""
    minute = random.Random(7).randbytes(8_000 * 60)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8_000)
        for _ in range(HOURS * 60):
            sound.writeframesraw(minute)


def run(the, browser):
    sentences = list(desk.sentences_of_the_sample(1))
    n_words = sum(len(text.split(" ")) for _, text in sentences)
    content = desk.transcript(sentences * (WORDS // n_words + 1), sound="é.wav")
    by = HOURS * 3600 / content["duration"]
    for one in [segment for segment in content["segments"]] + [word for it in content["segments"] for word in it["words"]]:
        one["start"], one["end"] = round(one["start"] * by, 3), round(one["end"] * by, 3)
    content["duration"] = HOURS * 3600
    the.episode("é", content)
    noise(the.folder / "é.wav")
    the.start()
    context = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
    page = the.page(context)
    opens = []
    # The first time its wave is not known yet: it is read while the text is worked at.
    for _ in range(5):
        began = time.monotonic()
        page.goto(f"http://127.0.0.1:{the.port}/episode/0")
        page.wait_for_selector("#text .s")
        page.evaluate(DRAWN)
        opens.append(time.monotonic() - began)
    page.evaluate(
        """() => {
            window.keys = [];
            document.addEventListener('keydown', (event) => {
                const began = event.timeStamp;
                requestAnimationFrame(() => setTimeout(() => window.keys.push(performance.now() - began)));
            }, true);
        }"""
    )
    page.evaluate("window.editor.player.play(1800)")
    desk.until(page, "!document.querySelector('audio').paused && document.querySelector('audio').currentTime > 1800")
    page.evaluate("window.editor.player.sound.pause()")
    n_shown = page.evaluate("document.querySelectorAll('#text .s').length")
    for part in range(4):
        desk.place(page, n_shown * part // 4 + 3, 5)
        page.evaluate(DRAWN)
        page.keyboard.type("Un essai de frappe au milieu d'une longue émission. ", delay=60)
    desk.leave(page)
    keys = sorted(page.evaluate("window.keys"))
    splits = []
    for part in range(8):
        desk.place(page, n_shown * part // 8 + 5, 8)
        page.evaluate(DRAWN)
        began = time.monotonic()
        page.keyboard.press("Enter")
        page.evaluate(DRAWN)
        splits.append(time.monotonic() - began)
        page.keyboard.press("Control+z")
    desk.leave(page)
    figures = {
        "opens, s": statistics.median(opens),
        "key, median, ms": statistics.median(keys),
        "key, p95, ms": keys[int(0.95 * len(keys))],
        "split, ms": 1000 * statistics.median(splits),
        "heap, MB": page.evaluate("performance.memory.usedJSHeapSize") / 1e6,
    }
    context.close()
    the.kill()
    desk.check_no_errors()
    n_words = sum(len(it["words"]) for it in content["segments"])
    print(f"speed: {n_words} words, {n_shown} sentences, {len(keys)} keys:",
          ", ".join(f"{name} {value:.3g}" for name, value in figures.items()))
    slow = {name: value for name, value in figures.items() if value > BARS.get(name, value)}
    assert not slow, f"more than {BARS}: {slow}"
