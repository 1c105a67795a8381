"""A folder of episodes, the server over it, and the pages in a browser."""

import atexit
import contextlib
import json
import random
import re
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

DATA = Path(__file__).parents[3] / "tests" / "data"

CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--autoplay-policy=no-user-gesture-required", "--enable-precise-memory-info",
]  # fmt: skip

# What the page shows: each turn's speaker, and its paragraphs of sentences.
SHOWN = """() => [...document.querySelectorAll('#text .turn')].map((turn) => [
    turn.querySelector('.who').textContent,
    [...turn.querySelectorAll('p')]
        .map((p) => [...p.querySelectorAll('.s')].map((s) => s.textContent).filter((text) => text.trim() !== ''))
        .filter((p) => p.length),
]).filter(([who, paragraphs]) => paragraphs.length)"""


@contextlib.contextmanager
def chromium():
    with sync_playwright() as playwright:
        browser = launched(playwright.chromium)
        yield browser
        browser.close()


def launched(kind):
    return kind.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)


def sentences_of_the_sample(times):
    """(speaker, sentence) of the sample episode, so many times over."""
    turns = json.loads((DATA / "episode.segments.json").read_text())["turns"]
    for _ in range(times):
        for turn in turns:
            for sentence in re.split(r"(?<=[.?!]) (?=[A-ZÀÉ])", turn["text"]):
                yield turn["speaker"], sentence


def transcript(sentences, sound="", title="Le Bureau des idées", seed=7):
    """Our JSON of these sentences: a word each 0.3 s, and one of twelve is doubtful."""
    chance = random.Random(seed)
    names, segments, now, last = [], [], 1.0, None
    for speaker, text in sentences:
        if speaker not in names:
            names.append(speaker)
        words = []
        for word in text.split(" "):
            probability = 0.2 if chance.random() < 1 / 12 else 0.9
            words.append({"start": round(now, 3), "end": round(now + 0.25, 3), "text": word,
                          "probability": probability})
            now += 0.3
        segments.append({
            "start": words[0]["start"], "end": words[-1]["end"], "speaker": names.index(speaker),
            **({"opens": "block"} if speaker != last else {}), "text": text, "words": words,
        })
        now, last = now + 0.5, speaker
    said = segments[min(3, len(segments) - 1)]
    evidence = {"speaker": min(1, len(names) - 1), "name": "Ada Lovelace", "first_name": False,
                "probability": 0.8, "said": [{"at": said["start"], "text": said["text"], "weight": 1.0}]}
    return {
        "schema": 1, "generator": "voixoff 0.1.0", "language": "fr", "duration": round(now + 1, 3),
        "model": "base", "reviewed": False, "corrected": False,
        "about": {"title": title, **({"sound": sound} if sound else {})},
        "speakers": [{"id": n, "name": name} for n, name in enumerate(names)],
        "name_evidence": [evidence], "segments": segments,
    }


class Desk:
    """The server over the transcripts of a folder."""

    def __init__(self, voixoff, folder):
        self.voixoff, self.folder = voixoff, folder
        self.episodes, self.port, self.child = [], 0, None

    def episode(self, name, content, sound=None):
        """Adds a transcript, and a sound of the samples beside it."""
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(content, ensure_ascii=False))
        if sound:
            (self.folder / content["about"]["sound"]).write_bytes((DATA / sound).read_bytes())
        self.episodes.append(path)

    def start(self):
        """Starts the server; a second time at the port that it had."""
        command = [self.voixoff, "review", "--no-open", "--port", str(self.port), *map(str, self.episodes)]
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        # No server outlives the steps, however they end.
        atexit.register(self.child.kill)
        self.address = self.child.stdout.readline().strip()
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\?token=(\w+)", self.address)
        assert found, f"the server says {self.address!r}"
        self.port, self.token = int(found[1]), found[2]
        self.cookie = f"voixoff-{self.port}={self.token}"
        return self

    def kill(self):
        self.child.kill()
        self.child.wait()

    def get(self, path, timeout=30):
        return self.ask(path, None, timeout)

    def ask(self, path, body, timeout=30):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Cookie": self.cookie, "Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.read()

    def document(self, number=0):
        return json.loads(self.get(f"/api/episodes/{number}"))

    def kept(self, number=0):
        """(speaker, what begins with it, text) of each sentence, as the server has it."""
        document = self.document(number)
        names = {speaker["id"]: speaker["name"] for speaker in document["speakers"]}
        return tuple((names.get(it["speaker"]), it["opens"], it["text"]) for it in document["sentences"] if it["text"])

    def published(self, number=0):
        """The same of the file, after it was written."""
        self.ask(f"/api/episodes/{number}/publish", {"force": True})
        written = json.loads(self.episodes[number].read_text())
        names = {speaker["id"]: speaker["name"] for speaker in written["speakers"]}
        return tuple((names.get(it.get("speaker")), it.get("opens", "nothing"), it["text"]) for it in written["segments"])

    def page(self, context, number=0):
        """A page with the editor of episode `number`; any mistake of its code is an error here."""
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda it: errors.append(it.text) if is_mistake(it) else None)
        page.goto(self.address)
        page.goto(f"http://127.0.0.1:{self.port}/episode/{number}")
        page.wait_for_selector("#text .s")
        return page


# What any page complained of.
errors = []


def is_mistake(message):
    # A server that was killed, or that refuses, is no mistake of the page.
    return message.type == "error" and "Failed to load resource" not in message.text


def check_no_errors():
    assert not errors, errors


def laid_out(kept):
    """Sentences as the page lays them out: as `SHOWN` gives them."""
    turns = []
    for speaker, opens, text in kept:
        if not turns or turns[-1][0] != speaker:
            turns.append([speaker, [[text]]])
        elif opens == "nothing":
            turns[-1][1][-1].append(text)
        else:
            turns[-1][1].append([text])
    return turns


def shown(page):
    return page.evaluate(SHOWN)


def place(page, n, start, end=None):
    """Puts the caret into the sentence `n` of those that have a text, or selects there."""
    page.evaluate(
        """([n, start, end]) => {
            const all = [...document.querySelectorAll('#text .s')].filter((s) => s.textContent.trim() !== '');
            if (document.activeElement === all[n]) all[n].blur();
            all[n].focus();
            const node = all[n].firstChild;
            getSelection().setBaseAndExtent(node, start, node, end);
        }""",
        [n, start, start if end is None else end],
    )


def until(page, condition, arg=None, seconds=15):
    """Waits until `condition`, JavaScript, holds. The policy of the pages forbids what Playwright has for it."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition, arg):
        assert time.monotonic() < end, f"{seconds} s long not: {condition}"
        page.wait_for_timeout(30)


def n_done(page):
    """How many deeds can be taken back."""
    return page.evaluate("window.editor.done.length")


def undo(page, until=0):
    """Takes back all but the first `until` deeds; how many times that took."""
    n_undone = 0
    while n_done(page) > until:
        page.keyboard.press("Control+z")
        n_undone += 1
    return n_undone


def leave(page):
    """Takes the caret out of the text, and waits until all is kept."""
    page.evaluate("document.activeElement.blur()")
    page.wait_for_selector("#saved.saved", timeout=60_000)


def differences(one, other):
    """The first place where two texts, or lists of them, differ, for people to read."""
    if isinstance(one, str) and isinstance(other, str):
        same = next((n for n, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
        return f"{one[max(0, same - 30) : same + 60]!r} against {other[max(0, same - 30) : same + 60]!r}"
    if not isinstance(one, (list, tuple)) or not isinstance(other, (list, tuple)):
        return f"{one!r} against {other!r}"
    for n, (a, b) in enumerate(zip(one, other)):
        if a != b:
            return f"[{n}] {differences(a, b)}"
    return f"{len(one)} against {len(other)} entries, behind {str(one[-1:])[-60:]}"
