"""The pages for people, in Chromium: axe on each, the way from a search to an episode and back, and an
episode under the hands of who has no mouse.

usage: pages.py FOLDER VOIXOFF
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from noise import noise

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--mute-audio"]
TEXTS = {
    "un": "Bonjour à tous. Le logiciel est libre. Il est à vous, et voici encore une phrase.",
    "deux": "Un journal parle du réseau. Personne ne répond.",
}
DATES = {"un": "2019-10-01", "deux": "2020-03-05"}
SIZES = {"phone": 360, "screen": 1280}


def made(folder, voixoff):
    """The pages of an archive of two episodes, and of the scores of one of them."""
    run = lambda *words: subprocess.run(
        [voixoff, *words], cwd=folder, check=True, env={**os.environ, "VOIXOFF_LANG": "fr"},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    for name, text in TEXTS.items():
        (folder / f"{name}.wav").write_bytes(noise(20 + len(name)))
        voices = [[0, 0, 12_000], [1, 12_000, 20_000]] if name == "deux" else [[0, 0, 20_000]]
        script = {"regions_ms": [[0, 19_000]], "texts": [text], "voices_ms": voices}
        (folder / "script.json").write_text(json.dumps(script))
        run("transcribe", f"{name}.wav", "--out", "archive/émission", "--scripted", "script.json",
            "--format", "html,json,srt,txt")
        path = folder / f"archive/émission/{name}.json"
        episode = json.loads(path.read_text())
        episode["about"] = {**episode.get("about", {}), "date": DATES[name]}
        path.write_text(json.dumps(episode))
    run("archive", "index", "archive", "--title", "Le bureau des idées")
    alone = folder / "alone/émission"
    alone.mkdir(parents=True, exist_ok=True)
    for path in (folder / "archive/émission").glob("un.*"):
        shutil.copy(path, alone)
    run("archive", "index", "alone")
    text = (folder / "archive/émission/un.json").read_text()
    (folder / "réf.json").write_text(text.replace("logiciel", "Logiciel").replace("vous", "nous"))
    run("eval", "réf.json", "archive/émission/un.json", "--html", "scores.html")
    return {
        "episode": folder / "archive/émission/un.html",
        "two-voices": folder / "archive/émission/deux.html",
        "archive": folder / "archive/index.html",
        "archive-of-one": folder / "alone/index.html",
        "scores": folder / "scores.html",
    }


def opened(browser, address, **options):
    page = browser.new_page(**options)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    assert not errors, errors
    return page


def looked_at(browser, name, path, pictures):
    for scheme in ("light", "dark"):
        for size, width in SIZES.items():
            page = opened(browser, path.as_uri(), color_scheme=scheme,
                          viewport={"width": width, "height": 800})
            searches = [""]
            if name.startswith("archive"):
                searches.append("logiciel")
            for search in searches:
                if search:
                    page.get_by_label("Mots").fill(search)
                    page.wait_for_selector("#found mark")
                found = Axe().run(page).response["violations"]
                told = [(it["id"], [node["html"][:120] for node in it["nodes"][:3]]) for it in found]
                assert not told, f"{name}, {scheme}, {width}: {told}"
                wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert wide <= 0, f"{name} is {wide} pixels wider than {width}"
                page.screenshot(path=pictures / f"{name}{'-found' if search else ''}-{scheme}-{size}.png",
                                full_page=True)
            page.close()


def searched(browser, archive):
    page = opened(browser, archive.as_uri(), viewport={"width": 1000, "height": 800})
    words = page.get_by_label("Mots")
    assert fields(page) == {"Mots": True, "Qui parle": True, "Émission": False, "Année": True, "Ordre": True}
    for query, sentence in {
        "logiciels": "Le logiciel est libre.",
        "journaux": "Un journal parle du réseau.",
        "bonjour libre": "Bonjour à tous. Le logiciel est libre.",
    }.items():
        words.fill(query)
        passage = page.locator(".passage")
        page.wait_for_function("text => document.querySelector('.passage')?.textContent.includes(text)",
                               arg=sentence)
        assert passage.count() == 1, query
        text = passage.inner_text().split("\u00a0: ")[-1].removesuffix("lire").strip()
        assert text == sentence, f"{query}: {text!r}"
    words.fill("")
    assert page.title() == "Le bureau des idées"
    order, year = page.get_by_label("Ordre"), page.get_by_label("Année")
    shown = """dates => dates === Array.from(document.querySelectorAll("#list li"))
        .filter(it => it.checkVisibility()).map(it => it.dataset.date).join(" ")"""
    both = sorted(DATES.values())
    page.wait_for_function(shown, arg=" ".join(reversed(both)))
    order.select_option("anciens")
    page.wait_for_function(shown, arg=" ".join(both))
    year.select_option("2020")
    page.wait_for_function(shown, arg=DATES["deux"])
    again = opened(browser, page.url)
    again.wait_for_function(shown, arg=DATES["deux"])
    again.close()
    order.select_option("")
    year.select_option("")
    words.fill("libre")
    is_found = "document.querySelector('.passage mark')?.textContent === 'libre'"
    page.wait_for_function(is_found)
    assert page.url == f"{archive.as_uri()}?mots=libre", page.url
    again = opened(browser, page.url)
    again.wait_for_function(is_found)
    again.close()
    page.get_by_role("link", name="lire").click()
    page.wait_for_url("**/un.html?mots=libre&archive=1#t=*")
    said = page.locator("[data-t]").filter(has_text="libre").get_attribute("data-t")
    assert float(said) > 1 and not float(said).is_integer(), said
    page.wait_for_function("at => location.hash === `#t=${at}`", arg=said)
    at(page, float(said))
    page.wait_for_function("document.querySelector('[aria-current]')?.textContent.startsWith('libre')")
    for label, ending in {"Texte": ".txt", "Sous-titres (SRT)": ".srt"}.items():
        file = page.get_by_role("link", name=label, exact=True).evaluate("link => link.href")
        path = pathlib.Path(archive.parent / "émission" / f"un{ending}")
        assert file == path.as_uri(), file
    assert page.get_by_role("link", name="Sous-titres (WebVTT)").count() == 0, "there is none"
    page.get_by_role("link", name="Archives").click()
    page.wait_for_url("**/index.html?mots=libre")
    page.wait_for_function(is_found)
    there = opened(browser, (archive.parent / "émission/un.html").as_uri())
    assert there.get_by_role("link", name="Archives").count() == 0, "a way to where nobody was"


def fields(page):
    """What can be asked for in the archive, and whether it is seen."""
    page.wait_for_selector("form", state="visible")
    return page.locator("form label").evaluate_all(
        "all => Object.fromEntries(all.map(it => [it.firstChild.textContent.trim(), it.checkVisibility()]))")


def searched_alone(browser, archive):
    """Where there is one show, year and episode, nobody is asked which."""
    page = opened(browser, archive.as_uri())
    assert fields(page) == {"Mots": True, "Qui parle": True, "Émission": False, "Année": False, "Ordre": False}
    page.get_by_label("Mots").fill("libre")
    page.wait_for_selector("#found mark")
    # An address that somebody has kept, of a show that is not there, finds all the same.
    page = opened(browser, f"{archive.as_uri()}?mots=libre&emission=Autre&annee=1999")
    page.wait_for_selector("#found mark")


def at(page, second):
    """Waits until the sound is there."""
    page.wait_for_function("at => Math.abs(document.querySelector('audio').currentTime - at) < 0.011", arg=second)


def marked(page, second):
    """Waits until the word that begins there is marked."""
    page.wait_for_function("at => document.querySelector('[aria-current]')?.dataset.t === at", arg=second)


def listened(browser, episode):
    """The page of an episode, by keys alone where that is possible."""
    page = opened(browser, episode.as_uri(), viewport={"width": 1000, "height": 700})
    page.wait_for_function("document.querySelector('audio').readyState >= 1")
    words = page.locator("[data-t]")
    starts = words.evaluate_all("all => all.map(it => it.dataset.t)")
    press = page.keyboard.press
    plays = lambda: page.wait_for_function("!document.querySelector('audio').paused")
    rests = lambda: page.wait_for_function("document.querySelector('audio').paused")
    seek = lambda second: page.evaluate("at => { document.querySelector('audio').currentTime = at; }", second)

    # The space bar plays and stops, also behind a click on a button and with a link in focus.
    page.evaluate("addEventListener('keydown', (event) => { window.taken = event.defaultPrevented; })")
    press(" ")
    plays()
    press(" ")
    rests()
    assert page.evaluate("window.taken"), "the page scrolls as well"
    seek(1)
    page.get_by_role("button", name="+10").click()
    at(page, 11)
    press(" ")
    plays()
    press(" ")
    rests()
    page.locator("a.time").first.focus()
    press(" ")
    plays()
    press(" ")
    rests()
    page.evaluate("document.activeElement.blur()")

    # Ten seconds, by keys and by buttons, of which the keyboard reaches each.
    seek(1.5)
    press("l")
    at(page, 11.5)
    press("j")
    at(page, 1.5)
    press("j")
    at(page, 0)
    on = page.get_by_role("button", name="+10")
    on.focus()
    press(" ")
    at(page, 10)
    rests()
    press("Enter")
    at(page, 20)
    press("j")
    at(page, 10)
    page.get_by_role("button", name="−10").focus()
    press("Enter")
    at(page, 0)
    page.evaluate("document.activeElement.blur()")

    # Speeds, which the button tells.
    speed = page.get_by_title("Vitesse")
    for told in ("1,25", "1,5", "1,75", "2", "0,75", "1"):
        press("v")
        page.wait_for_function(
            "told => document.querySelector('audio').playbackRate === Number(told.replace(',', '.'))", arg=told)
        # The button hears of it a moment later.
        for _ in range(50):
            if speed.inner_text() == f"×\u00a0{told}":
                break
            page.wait_for_timeout(100)
        assert speed.inner_text() == f"×\u00a0{told}", speed.inner_text()

    # From word to word, and no further than the last.
    seek(0)
    for start in starts[1:4]:
        press(".")
        marked(page, start)
        at(page, float(start))
    press(",")
    marked(page, starts[2])
    seek(float(starts[-1]))
    marked(page, starts[-1])
    press(".")
    at(page, float(starts[-1]))

    # Who speaks now.
    names = page.locator("[data-start]").evaluate_all(
        "all => all.map(it => [(Number(it.dataset.start) + Number(it.dataset.end)) / 2,"
        " it.querySelector('.speaker').textContent.replace(/\\s*:\\s*$/, '')])")
    assert len({name for _, name in names}) == 2, names
    for moment, name in names:
        seek(moment)
        page.wait_for_function("name => document.querySelector('.speaking').textContent === name", arg=name)
        assert page.locator(".speaking").is_visible()

    # An address with a moment opens there; a click on a word shares such an address.
    there = opened(browser, f"{episode.as_uri()}#t=5.5")
    at(there, 5.5)
    heard = max((start for start in starts if float(start) <= 5.5), key=float)
    marked(there, heard)
    there.evaluate("location.hash = '#t=7.25'")
    at(there, 7.25)
    there.close()
    words.nth(4).click()
    plays()
    press(" ")
    rests()
    assert page.url == f"{episode.as_uri()}#t={starts[4]}", page.url
    there = opened(browser, page.url)
    at(there, float(starts[4]))
    marked(there, starts[4])
    there.close()

    # Words that are looked for: in any case, without accents, several in a row, one found after the other.
    search = page.get_by_role("searchbox", name="Chercher dans la page")
    search.focus()
    page.keyboard.type("RESEAU j")
    assert search.input_value() == "RESEAU j", "a key of the page acts within the field"
    rests()
    told = lambda: page.locator(".count").inner_text()
    shown = lambda: page.locator(".found.shown").all_inner_texts()
    for query, n, row in [
        ("RESEAU", 1, ["réseau."]),
        ("parle du reseau", 1, ["parle", "du", "réseau."]),
        ("journal pa", 1, ["journal", "parle"]),
        ("du réseau. Personne", 1, ["du", "réseau.", "Personne"]),
        ("nal parle", 0, []),
        ("parle réseau", 0, []),
        ("absent", 0, []),
    ]:
        search.fill(query)
        assert told() == f"{min(n, 1)}/{n}", (query, told())
        assert shown() == row, (query, shown())
    search.fill("r")
    n = page.locator(".found").count()
    assert n > 2, n
    for place in [*range(2, n + 1), 1]:
        press("Enter")
        assert told() == f"{place}/{n}", told()
    press("Shift+Enter")
    assert told() == f"{n}/{n}", told()
    search.fill("")
    assert told() == "" and page.locator(".found").count() == 0
    page.close()


def main():
    folder, voixoff = pathlib.Path(sys.argv[1]), sys.argv[2]
    pages = made(folder, voixoff)
    pictures = folder / "pictures"
    pictures.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        searched(browser, pages["archive"])
        searched_alone(browser, pages["archive-of-one"])
        listened(browser, pages["two-voices"])
        for name, path in pages.items():
            looked_at(browser, name, path, pictures)
        browser.close()
    print("pages: searched, and an episode listened to by keys")
    print(f"pages: {len(pages)} without a finding, light and dark, at {list(SIZES.values())} pixels")


main()
