"""`kill -9` of the server and of the tab while somebody edits: at most the last second is lost."""

import json
import os
import signal
import threading
import time

from playwright.sync_api import Error

from . import desk, edits
from .lines import Lines

# What was typed so long before a kill is on the disk.
LOST_SECONDS_MAX = 1.0


def run(the, browser, n_kills, seed):
    print(f"kills: {n_kills} of the server, {n_kills} of the tab, with --seed {seed}", flush=True)
    # A browser of its own, which goes with its tab.
    context, hands = edits.begin(the, desk.launched(browser.browser_type), seed)
    lost = []
    for n in range(2 * n_kills):
        delay = hands.chance.uniform(0.2, 5.0)
        if n % 2 == 0:
            lost.append(server_killed(the, context, hands, delay))
        else:
            lost.append(tab_killed(the, context, hands, delay))
            context = another(the, browser, hands)
    written = the.published()
    assert written == hands.lines.shown(), desk.differences(written, hands.lines.shown())
    context.browser.close()
    the.kill()
    desk.check_no_errors()
    print(f"kills: {hands.n_keys} keys; typing that was lost: at most {max(lost):.2f} s, {sorted(lost)[len(lost) // 2]:.2f} s in the median")


class Kill:
    """A kill at some moment from now, while the main thread strikes keys."""

    def __init__(self, delay, kill):
        self.at = None
        self.kill = kill
        threading.Timer(delay, self.do).start()

    def do(self):
        self.at = time.monotonic()
        self.kill()

    @property
    def is_done(self):
        return self.at is not None


def server_killed(the, context, hands, delay):
    kill = Kill(delay, the.child.kill)
    while not kill.is_done:
        hands.act_without_reload()
    the.child.wait()
    check_journal(the)
    the.start()
    lost = check_lost(the, hands, kill.at)
    # The page goes on by itself, once its browser was shown the new address.
    for _ in range(5):
        hands.act_without_reload()
    other = context.new_page()
    other.goto(the.address)
    other.close()
    desk.leave(hands.page)
    hands.check()
    kept, expected = the.kept(), hands.lines.shown()
    assert kept == expected, f"after the server is back it has: {desk.differences(kept, expected)}"
    return lost


def tab_killed(the, context, hands, delay):
    processes = context.browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    tabs = [process["id"] for process in processes if process["type"] == "renderer"]
    [whole] = [process["id"] for process in processes if process["type"] == "browser"]

    def strike():
        for tab in tabs:
            os.kill(tab, signal.SIGKILL)
        # Some calls of Playwright wait for ever for a tab that is gone.
        threading.Timer(0.5, os.kill, (whole, signal.SIGKILL)).start()

    kill = Kill(delay, strike)
    try:
        while True:
            hands.act_without_reload()
    except Error:
        assert kill.is_done, "the browser is gone before it was killed"
    return check_lost(the, hands, kill.at)


def another(the, browser, hands):
    """Another browser, with the page as it is on the disk."""
    context = desk.launched(browser.browser_type).new_context(locale="fr-FR")
    hands.page = the.page(context)
    hands.lines = Lines(the.kept())
    # Of what was done before, these lines know nothing.
    hands.page.evaluate("window.editor.done = []")
    hands.check()
    return context


def check_journal(the):
    """Every line but the last one is whole, whoever reads it."""
    [journal] = the.folder.glob("*.review.jsonl")
    for line in journal.read_bytes().split(b"\n")[:-1]:
        json.loads(line)


def check_lost(the, hands, at):
    """That what was typed a second before `at` is kept; how much typing is not, in seconds."""
    kept = the.kept()
    trail = hands.lines.trail
    same = [n for n, (lines, _) in enumerate(trail) if lines == kept]
    assert same, f"the server has what nobody wrote: {desk.differences(kept, trail[-1][0])}"
    next_struck = [struck for _, struck in trail[same[-1] + 1 :] if struck is not None and struck < at]
    lost = max(at - next_struck[0], 0.0) if next_struck else 0.0
    assert lost <= LOST_SECONDS_MAX, f"{lost:.2f} s of typing are lost"
    return lost
