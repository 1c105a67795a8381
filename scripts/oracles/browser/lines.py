"""What edits do to a transcript, on plain lines: nothing here is of the page or the server."""

import re
import time

SPACES = re.compile(r"[\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
LETTER = r"[^\W\d_]"


def one_line(raw):
    """Between two words one space; spaces that do not break stay where they are alone."""
    def gap(found):
        run = found[0]
        return run[0] if set(run) <= {"\xa0", "\u202f"} else " "

    return SPACES.sub(gap, raw).strip(" \xa0\u202f")


def typed(raw):
    """As French pages write what people type; as long as it was."""
    raw = re.sub(rf"(?<={LETTER})'(?={LETTER}|$)", "’", raw)
    raw = re.sub(r" (?=[:?!;»])", "\xa0", raw)
    return re.sub(r"(?<=«) ", "\xa0", raw)


def as_kept(raw):
    """What is typed, as it is kept."""
    return typed(one_line(raw))


class Lines:
    """Lines of (speaker, what begins with it, text), what was done to them, and when."""

    def __init__(self, lines):
        self.lines = tuple(lines)
        # What it was before each deed, which line was typed in if that may still go on, and which at all.
        self.done, self.undone = [], []
        # All that it was: each with the moment from which on it has to survive.
        self.trail = [[self.lines, time.monotonic()]]

    def deed(self, lines, typed_in=None):
        """Does what makes `lines`; `typed_in` is the one line that was typed in."""
        lines = tuple(lines)
        if lines == self.lines:
            return
        self.done.append((self.lines, typed_in, typed_in))
        self.undone = []
        self.lines = lines

    def typed_in(self):
        """The line that was typed in last, if that can be undone next: what is typed there at once is
        one deed with it."""
        return self.done[-1][1] if self.done else None

    def note(self, lines):
        """Says what the next key makes of it; call `landed` when it was struck."""
        self.trail.append([tuple(line for line in lines if line[2]), None])

    def landed(self):
        self.trail[-1][1] = time.monotonic()

    def undo(self):
        if self.done:
            before, _, line = self.done.pop()
            self.undone.append((self.lines, line))
            self.lines = before

    def redo(self):
        if self.undone:
            after, line = self.undone.pop()
            self.done.append((self.lines, None, line))
            self.lines = after

    def reopened(self):
        """A page that is opened anew knows what was done; what was typed in one line in a row is one deed."""
        self.undone = []
        rest = [(None, None, None), *self.done]
        self.done = [(lines, None, line) for (_, _, last), (lines, _, line) in zip(rest, self.done) if line is None or line != last]

    def shown(self):
        return tuple(line for line in self.lines if line[2])

    def index(self, n):
        """Where the line is that is the `n`th of those with a text."""
        return [at for at, line in enumerate(self.lines) if line[2]][n]

    def with_text(self, at, text):
        speaker, opens, _ = self.lines[at]
        return self.lines[:at] + ((speaker, opens, text),) + self.lines[at + 1 :]

    def neighbour(self, at, by):
        at += by
        while 0 <= at < len(self.lines) and not self.lines[at][2]:
            at += by
        return at if 0 <= at < len(self.lines) else None

    def split(self, at, offset):
        speaker, opens, text = self.lines[at]
        first, second = one_line(text[:offset]), one_line(text[offset:])
        if first and second:
            return self.lines[:at] + ((speaker, opens, first), (speaker, "block", second)) + self.lines[at + 1 :]
        begins = self.neighbour(at, 1) if first else at
        return self.lines if begins is None else self.opened(begins, self.lines[begins][1] == "nothing")

    def opened(self, at, is_opened):
        speaker, _, text = self.lines[at]
        return self.lines[:at] + ((speaker, "block" if is_opened else "nothing", text),) + self.lines[at + 1 :]

    def join(self, at):
        before = self.neighbour(at, -1)
        if before is None:
            return self.lines
        one, other = self.lines[before], self.lines[at]
        if one[0] == other[0] and other[1] != "nothing":
            return self.opened(at, False)
        return self.lines[:before] + ((one[0], one[1], f"{one[2]} {other[2]}"),) + self.lines[at + 1 :]

    def said_by(self, at, speaker, scope):
        own = self.lines[at][0]
        chosen = {at}
        if scope == "voice":
            chosen = set(range(len(self.lines)))
        elif scope == "turn":
            for by in (-1, 1):
                n = at
                while n is not None and self.lines[n][0] == own:
                    chosen.add(n)
                    n = self.neighbour(n, by)
            chosen = set(range(min(chosen), max(chosen) + 1))
        return (
            (speaker, *line[1:]) if n in chosen and line[0] == own else line
            for n, line in enumerate(self.lines)
        )

    def renamed(self, old, new):
        return ((new if line[0] == old else line[0], *line[1:]) for line in self.lines)
