"""Random edits by the keyboard, held to plain lines."""

import random

from . import desk
from .lines import Lines, as_kept, typed

WORDS = [
    "voilà", "l'eau", "et", "« oui »", "pourquoi ?", "Noël", "aujourd'hui", "c'est-à-dire", "20 %", "œuvre",
    "bien sûr :", "(rires)", "e-mail", "d'abord,", "…", "ça",
]  # fmt: skip

DEEDS = {
    "type": 30, "delete": 14, "replace": 10, "empty": 2, "split": 12, "join": 7, "join_next": 3,
    "say": 5, "rename": 1, "undo": 8, "redo": 5, "pause": 2, "reload": 1,
}  # fmt: skip


class Hands:
    """A person at the keyboard of a page, and what the lines say that comes of it."""

    def __init__(self, page, lines, chance):
        self.page, self.lines, self.chance = page, lines, chance
        self.n_people = self.n_keys = 0

    def act(self):
        """Does anything; its name."""
        name = self.chance.choices(list(DEEDS), list(DEEDS.values()))[0]
        getattr(self, name)()
        return name

    def act_without_reload(self):
        names = [name for name in DEEDS if name != "reload"]
        getattr(self, self.chance.choices(names, [DEEDS[name] for name in names])[0])()

    def pick(self, is_typed=False, is_long=False):
        """Where a line is among those shown, and among all."""
        shown = self.lines.shown()
        fits = [n for n, line in enumerate(shown) if not is_long or len(line[2]) > 6]
        if is_typed:
            fits = [n for n in fits if self.lines.index(n) != self.lines.typed_in()]
        n = self.chance.choice(fits)
        return n, self.lines.index(n)

    def press(self, keys, lines):
        """Strikes keys that make `lines`."""
        self.n_keys += 1
        self.lines.note(lines)
        self.page.keyboard.press(keys)
        self.lines.landed()

    def strike(self, at, raw, key, character=None):
        """Strikes a key of typing, which makes `raw` of the line `at`."""
        self.n_keys += 1
        self.lines.note(self.lines.with_text(at, as_kept(raw)))
        if character is None:
            self.page.keyboard.press(key)
        elif character.isascii():
            self.page.keyboard.press("Space" if character == " " else character)
        else:
            self.page.keyboard.insert_text(character)
        self.lines.landed()

    def write(self, at, raw, offset, text):
        for character in text:
            raw = typed(raw[:offset] + character + raw[offset:])
            offset += 1
            self.strike(at, raw, character, character)
        return raw

    def settled(self, at, raw):
        self.lines.deed(self.lines.with_text(at, as_kept(raw)), at)

    def type(self):
        n, at = self.pick(is_typed=True)
        text = self.lines.lines[at][2]
        offset = self.chance.choice([0, len(text), self.chance.randrange(len(text) + 1)])
        said = " ".join(self.chance.choice(WORDS) for _ in range(self.chance.randint(1, 3)))
        said = self.chance.choice(["", " "]) + said + self.chance.choice(["", " "])
        desk.place(self.page, n, offset)
        self.settled(at, self.write(at, text, offset, said))

    def delete(self):
        n, at = self.pick(is_typed=True, is_long=True)
        raw = self.lines.lines[at][2]
        key = self.chance.choice(["Backspace", "Delete"])
        times = self.chance.randint(1, 5)
        offset = self.chance.randint(times, len(raw)) if key == "Backspace" else self.chance.randrange(len(raw) - times)
        desk.place(self.page, n, offset)
        for _ in range(times):
            offset -= key == "Backspace"
            raw = typed(raw[:offset] + raw[offset + 1 :])
            self.strike(at, raw, key)
        self.settled(at, raw)

    def replace(self):
        n, at = self.pick(is_typed=True)
        raw = self.lines.lines[at][2]
        start = self.chance.randrange(len(raw))
        end = min(len(raw), start + self.chance.randint(1, 12))
        said = self.chance.choice(WORDS)
        desk.place(self.page, n, start, end)
        raw = raw[:start] + raw[end:]
        self.settled(at, self.write(at, raw, start, said))

    def empty(self):
        if len(self.lines.shown()) < 20:
            return
        n, at = self.pick(is_typed=True)
        desk.place(self.page, n, 0, len(self.lines.lines[at][2]))
        self.strike(at, "", "Delete")
        self.settled(at, "")
        self.page.evaluate("() => { document.activeElement.blur(); return new Promise((done) => setTimeout(done)); }")

    def structure(self, n, offset, key, lines):
        lines = tuple(lines)
        desk.place(self.page, n, offset)
        self.press(key, lines)
        self.lines.deed(lines)

    def split(self):
        n, at = self.pick()
        text = self.lines.lines[at][2]
        offset = self.chance.choice([0, len(text), *[self.chance.randrange(len(text) + 1) for _ in range(8)]])
        self.structure(n, offset, "Enter", self.lines.split(at, offset))

    def join(self):
        n, at = self.pick()
        self.structure(n, 0, "Backspace", self.lines.join(at))

    def join_next(self):
        n, at = self.pick()
        after = self.lines.neighbour(at, 1)
        lines = self.lines.lines if after is None else self.lines.join(after)
        self.structure(n, len(self.lines.lines[at][2]), "Delete", lines)

    def say(self):
        """Another person says it, or somebody new."""
        n, at = self.pick()
        scope = self.chance.choices(["sentence", "turn", "voice"], [12, 4, 1])[0]
        known = sorted({line[0] for line in self.lines.shown()})
        self.n_people += 1
        name = self.chance.choice([*known, f"Zoé {self.n_people:04}"])
        if self.lines.lines[at][0] == name:
            return
        desk.place(self.page, n, 0)
        self.page.keyboard.press("Alt+p")
        self.page.locator(f"#dialog input[value={scope}]").check()
        self.page.locator("#dialog [role=combobox]").fill(name)
        lines = tuple(self.lines.said_by(at, name, scope))
        self.press("Enter", lines)
        self.lines.deed(lines)

    def rename(self):
        self.page.evaluate("document.activeElement.blur()")
        old = self.chance.choice(sorted({line[0] for line in self.lines.shown()}))
        self.n_people += 1
        new = f"Luc {self.n_people:04}"
        self.page.locator("#voices").click()
        self.page.locator(f'#dialog .voice:has(button) input[type=text]').evaluate_all(
            "(all, old) => all.find((it) => it.value === old).select()", old
        )
        self.page.keyboard.insert_text(new)
        lines = tuple(self.lines.renamed(old, new))
        self.press("Tab", lines)
        self.page.keyboard.press("Escape")
        self.lines.deed(lines)

    def undo(self):
        for _ in range(self.chance.randint(1, 4)):
            self.lines.undo()
            self.press("Control+z", self.lines.lines)

    def redo(self):
        for _ in range(self.chance.randint(1, 4)):
            self.lines.redo()
            self.press(self.chance.choice(["Control+y", "Control+Shift+z"]), self.lines.lines)

    def pause(self):
        self.page.wait_for_timeout(self.chance.randint(100, 1500))

    def reload(self):
        desk.leave(self.page)
        self.page.reload()
        self.page.wait_for_selector("#text .s")
        self.lines.reopened()

    def check(self):
        shown, expected = desk.shown(self.page), desk.laid_out(self.lines.shown())
        assert shown == expected, f"the page shows: {desk.differences(shown, expected)}"

    def check_kept(self):
        """As `check`, while spaces are being typed."""
        shown = [[who, [[as_kept(text) for text in p] for p in all]] for who, all in desk.shown(self.page)]
        lines = [[who, [[as_kept(text) for text in p] for p in all]] for who, all in desk.laid_out(self.lines.shown())]
        assert shown == lines, f"the page shows: {desk.differences(shown, lines)}"


def begin(the, browser, seed, times=8):
    """The server over a transcript, and hands on its page."""
    the.episode("é", desk.transcript(desk.sentences_of_the_sample(times)))
    the.start()
    context = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
    page = the.page(context)
    return context, Hands(page, Lines(the.kept()), random.Random(seed))


def run(the, browser, n_edits, seed):
    print(f"edits: {n_edits} with --seed {seed}", flush=True)
    context, hands = begin(the, browser, seed)
    acts = []
    try:
        for n in range(n_edits):
            acts.append(hands.act())
            hands.check_kept()
            if n % 20 == 19:
                desk.leave(hands.page)
                hands.check()
    except AssertionError as error:
        raise AssertionError(f"--seed {seed}, after {len(acts)} edits, the last {acts[-5:]}: {error}") from error
    desk.leave(hands.page)
    hands.check()
    expected = hands.lines.shown()
    kept = the.kept()
    assert kept == expected, f"the server has: {desk.differences(kept, expected)}"
    the.kill()
    the.start()
    kept = the.kept()
    assert kept == expected, f"the journal has: {desk.differences(kept, expected)}"
    page = the.page(context)
    shown = desk.shown(page)
    assert shown == desk.laid_out(expected), f"the page opens with: {desk.differences(shown, desk.laid_out(expected))}"
    written = the.published()
    assert written == expected, f"the file has: {desk.differences(written, expected)}"
    context.close()
    the.kill()
    desk.check_no_errors()
    counts = ", ".join(f"{acts.count(name)} {name}" for name in DEEDS)
    print(f"edits: {counts}; {len(expected)} sentences in the page, the journal and the file")
