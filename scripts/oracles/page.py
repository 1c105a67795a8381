#!/usr/bin/env python3
"""What a person does with the page, in Chromium: called by scripts/oracles/formats.

    scripts/oracles/page.py FOLDER

FOLDER holds one `.html` that voixoff wrote, and its sound. Clicks a word and a time, looks
at what is marked while it plays, reads the page without its script, prints it. Pictures of
all that go into FOLDER/pictures, for people to look at.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip


def main():
    folder = Path(sys.argv[1])
    [page_file] = [path for path in folder.glob("*.html") if ".podcast." not in path.name]
    address = page_file.resolve().as_uri()
    pictures = folder / "pictures"
    pictures.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        plays_and_marks(browser, address, pictures)
        reads_without_script(browser, address)
        for name, options in {
            "dark": {"color_scheme": "dark", "viewport": {"width": 1200, "height": 900}},
            "phone": {"viewport": {"width": 380, "height": 740}, "device_scale_factor": 2},
        }.items():
            page = opened(browser, address, **options)
            page.screenshot(path=pictures / f"{name}.png", full_page=True)
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not wide, f"{name}: the page is wider than its window"
        browser.close()
    print(f"page: a click plays, the word is marked; look at {pictures}")


def opened(browser, address, **options):
    page = browser.new_page(**options)
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    outside = [url for url in asked if not url.startswith("file:")]
    assert not outside, f"the page asks for {outside}"
    assert not errors, errors
    return page


def plays_and_marks(browser, address, pictures):
    page = opened(browser, address, viewport={"width": 1200, "height": 900})
    page.wait_for_function("document.querySelector('audio').readyState >= 1")
    page.screenshot(path=pictures / "screen.png", full_page=True)
    words = page.locator("[data-t]")
    assert words.count() > 20, words.count()
    starts = sorted(float(w) for w in words.evaluate_all("all => all.map(e => e.dataset.t)"))
    marks_what_is_heard(page, starts)

    word = words.nth(12)
    start = float(word.get_attribute("data-t"))
    assert_sent_to(page, word.click, start)
    page.wait_for_function("at => document.querySelector('audio').currentTime > at", arg=start)
    # While it plays, the mark goes on from word to word and is on one at a time.
    page.evaluate(
        """() => {
            window.marks = [];
            new MutationObserver(() => {
                const marked = [...document.querySelectorAll('[aria-current]')];
                window.marks.push(marked.map((e) => Number(e.dataset.t)));
            }).observe(document.body, {attributeFilter: ['aria-current'], subtree: true});
        }"""
    )
    page.wait_for_function("window.marks.length > 3")
    marks = page.evaluate("window.marks")
    assert all(len(marked) == 1 for marked in marks), marks
    assert marks == sorted(marks), f"the mark goes back: {marks}"
    page.screenshot(path=pictures / "playing.png")

    link = page.locator("a.time").last
    to = float(link.get_attribute("href").split("#t=")[1])
    link.focus()
    assert_sent_to(page, lambda: page.keyboard.press("Enter"), to)
    assert page.url == f"{address}#t={to:g}", f"the address does not name the moment: {page.url}"
    serves_who_listens(browser, page, address, to, pictures)

    page.pdf(path=pictures / "print.pdf", format="A4", prefer_css_page_size=True)
    page.emulate_media(media="print")
    assert not page.locator("audio").is_visible(), "the player is printed"
    mark = page.locator("[aria-current]").evaluate("e => getComputedStyle(e).backgroundColor")
    assert mark == "rgba(0, 0, 0, 0)", f"the mark of the word is printed: {mark}"


def serves_who_listens(browser, page, address, moment, pictures):
    """Keys, buttons, the name of who speaks, words that are looked for, an address with a moment."""
    now = "document.querySelector('audio').currentTime"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('audio').paused")
    before = page.evaluate(now)
    page.keyboard.press("j")
    assert abs(page.evaluate(now) - max(before - 10, 0)) < 0.1, "ten seconds back"
    page.get_by_role("button", name="+10").click()
    assert abs(page.evaluate(now) - max(before - 10, 0) - 10) < 0.1, "ten seconds on"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("v")
    page.wait_for_function("document.querySelector('audio').playbackRate === 1.25")
    marked = "Number(document.querySelector('[aria-current]')?.dataset.t)"
    at = page.evaluate(marked)
    page.keyboard.press(",")
    page.wait_for_function(f"at => {marked} < at", arg=at)
    page.wait_for_function("document.querySelector('.speaking').textContent.length > 2")
    texts = page.locator("[data-t]").all_inner_texts()
    word = next(text for text in texts if len(text) > 3 and text.isalpha())
    page.get_by_role("searchbox").fill(word.upper())
    assert page.locator(".found").count() >= 1, word
    assert page.locator(".count").inner_text().startswith("1/"), "the first of those that are found"
    page.screenshot(path=pictures / "search.png")
    there = opened(browser, f"{address}#t={moment:g}")
    there.wait_for_function(f"at => Math.abs({now} - at) < 0.1", arg=moment)


def marks_what_is_heard(page, starts):
    """At rest, the clock of the sound stands still: what is marked can be said exactly."""
    moments = [0.0, *(t + by for t in starts[::7] for by in (0.0, -0.02, -0.008, 0.02)), starts[-1] + 0.3]
    for wanted in moments:
        now, marked = page.evaluate(
            """async (to) => {
                const audio = document.querySelector('audio');
                const arrived = new Promise((done) => audio.addEventListener('timeupdate', done, {once: true}));
                audio.currentTime = Math.max(to, 0);
                await arrived;
                return [audio.currentTime,
                    [...document.querySelectorAll('[aria-current]')].map((e) => Number(e.dataset.t))];
            }""",
            wanted,
        )
        # A word is marked up to 10 ms early, as the page says.
        heard = [t for t in starts if t <= now + 0.01][-1:]
        assert marked == heard, f"at {now} {marked} is marked, {heard} is heard"


def assert_sent_to(page, act, moment):
    """What `act` does sends the player to `moment`, from where it plays."""
    page.evaluate(
        """() => {
            const audio = document.querySelector('audio');
            audio.addEventListener('seeking', () => (window.sent = audio.currentTime), {once: true});
        }"""
    )
    act()
    page.wait_for_function("window.sent !== undefined && !document.querySelector('audio').paused")
    sent = page.evaluate("(() => { const at = window.sent; delete window.sent; return at; })()")
    assert abs(sent - moment) < 0.01, f"{moment} is asked for, it plays from {sent}"


def reads_without_script(browser, address):
    page = opened(browser, address, java_script_enabled=False)
    link = page.locator("a.time").first
    assert "#t=" in link.get_attribute("href")
    assert page.locator("[aria-current]").count() == 0
    assert page.locator("b.speaker").count() > 2


main()
