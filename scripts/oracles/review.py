#!/usr/bin/env python3
"""The editor of `voixoff review` in Chromium: called by scripts/oracles/review.

    scripts/oracles/review.py VOIXOFF FOLDER [STEP]... [--edits N] [--kills N] [--seed N] [--all]

FOLDER is for what the steps need, and for what a step that fails leaves to look at.
"""

import argparse
import os
import time
from pathlib import Path

from browser import access, desk, edits, kills, scenario, sockets, speed

STEPS = {
    "scenario": lambda the: scenario.run(the.desk("scenario"), the.browser),
    "edits": lambda the: edits.run(the.desk("edits"), the.browser, the.options.edits, the.options.seed),
    "kills": lambda the: kills.run(the.desk("kills"), the.browser, the.options.kills, the.options.seed),
    "sockets": lambda the: sockets.run(the.desk("sockets")),
    "access": lambda the: access.run(the.desk("access"), the.browser, the.options.all),
    "speed": lambda the: speed.run(the.desk("speed"), the.browser),
}


class Bench:
    def __init__(self, options, browser):
        self.options, self.browser = options, browser

    def desk(self, name):
        folder = options_folder(self.options) / name
        folder.mkdir()
        return desk.Desk(os.path.abspath(self.options.voixoff), folder)


def options_folder(options):
    return Path(options.folder).resolve()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("voixoff")
    parser.add_argument("folder")
    parser.add_argument("steps", nargs="*", help=", ".join(STEPS))
    parser.add_argument("--edits", type=int, default=200)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--all", action="store_true", help="look at every language in every width and light")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_intermixed_args()
    with desk.chromium() as browser:
        bench = Bench(options, browser)
        for step in options.steps or [name for name in STEPS if name != "speed"]:
            began = time.monotonic()
            STEPS[step](bench)
            print(f"{step}: done in {time.monotonic() - began:.0f} s", flush=True)


main()
