"""Accessibility by axe: each page and each dialog, in two sizes, two lights and two languages."""

import itertools
import shutil
from pathlib import Path

import axe_playwright_python

from . import desk

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()

LANGUAGES, WIDTHS, LIGHTS = ("fr-FR", "en-GB"), (1280, 400), ("light", "dark")

# Any two of a language, a width and a light are together in one of these.
PAIRS = [("fr-FR", 1280, "light"), ("fr-FR", 400, "dark"), ("en-GB", 1280, "dark"), ("en-GB", 400, "light")]


def run(the, browser, is_all):
    episode = desk.transcript(desk.sentences_of_the_sample(1), sound="é.mp3")
    the.episode("é", episode, "episode.mp3")
    the.episode("autre", desk.transcript([("Léa", "On parle de logis ciel libre."), ("Tom", "Le logis ciel va bien.")]))
    the.start()
    archive = desk.Desk(the.voixoff, the.folder / "archive")
    shutil.copytree(desk.DATA / "archive" / "archive", archive.folder)
    archive.episodes.append(archive.folder)
    archive.start()
    wrong, n_looks = {}, 0
    for locale, width, light in itertools.product(LANGUAGES, WIDTHS, LIGHTS) if is_all else PAIRS:
        # Axe is a script of others: the policy of the pages has to be off while it looks.
        context = browser.new_context(
            locale=locale, viewport={"width": width, "height": 900}, color_scheme=light, bypass_csp=True
        )
        for what, page in itertools.chain(views(the, context), lists(archive, context)):
            n_looks += 1
            found = look(page)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append("wider than its window")
            for one in found:
                wrong.setdefault(one, []).append(f"{what} {locale} {width} {light}")
        context.close()
    the.kill()
    archive.kill()
    assert not wrong, "\n" + "\n".join(f"{found}\n    in {', '.join(places[:4])} and {len(places)} in all" for found, places in wrong.items())
    desk.check_no_errors()
    print(f"access: {n_looks} views without a violation")


def look(page):
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{it['id']}: {it['help']}: {it['nodes'][0]['html'][:140]} {it['nodes'][0]['failureSummary'][-160:]!r}" for it in found]


def views(the, context):
    """Each page with what can be open on it; a page is gone when the next one comes."""
    page = context.new_page()
    page.goto(the.address)
    page.wait_for_selector("#episodes tr")
    yield "list", page
    page.locator("#q").fill("logis")
    page.wait_for_selector("#found a")
    yield "search", page
    page.locator("#q").fill("zzz")
    desk.until(page, "document.querySelectorAll('#found a').length === 0")
    yield "nothing found", page
    page.close()

    page = the.page(context)
    desk.until(page, "document.querySelector('audio').readyState >= 1")
    yield "editor", page
    desk.place(page, 1, 0)
    page.keyboard.type("Un")
    page.keyboard.press("Alt+ArrowDown")
    desk.leave(page)
    yield "editor in use", page
    desk.place(page, 2, 0)
    page.keyboard.press("Alt+p")
    page.locator("#dialog [role=combobox]").fill("Zoé")
    yield "who", page
    page.keyboard.press("Escape")
    for name in ("voices", "heading", "publish", "help"):
        page.locator(f"#{name}").click()
        page.wait_for_selector("#dialog[open]")
        page.wait_for_timeout(100)
        yield name, page
        page.locator("#dialog .buttons button").last.click()
    page.locator("#undo").click()
    desk.leave(page)
    page.close()

    page = the.page(context, 1)
    desk.place(page, 0, len("On parle de "), len("On parle de logis ciel"))
    page.keyboard.type("logiciel")
    # Offered when the sentence is left.
    page.evaluate("document.activeElement.blur()")
    page.wait_for_selector("#offer:not([hidden])")
    yield "offer", page
    page.locator("#all").click()
    yield "everywhere", page
    page.keyboard.press("Escape")
    page.locator("#archive").evaluate("it => it.click()")
    desk.until(page, "document.querySelectorAll('#dialog [role=status], #dialog label.place').length > 0")
    yield "in the archive", page
    page.keyboard.press("Escape")
    other = the.page(context, 1)
    other.route("**/revision", lambda route: route.abort())
    page.locator("#undo").click()
    desk.leave(page)
    desk.place(other, 0, 0)
    other.keyboard.type("Oui, ")
    other.wait_for_selector("#dialog[open]")
    yield "conflict", other
    other.locator("#dialog .buttons button").first.click()
    page.close()
    the.kill()
    other.wait_for_selector("#saved.unsaved", timeout=15_000)
    yield "without the server", other
    the.start()
    other.close()


def lists(archive, context):
    page = context.new_page()
    page.goto(archive.address)
    page.wait_for_selector("#episodes tr")
    yield "archive", page
    page.locator("#learned").click()
    page.wait_for_selector("#dialog[open]")
    page.wait_for_timeout(300)
    yield "learned", page
    page.close()
