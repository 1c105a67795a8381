"""The pages for people, in Chromium: axe on each, and the way from a search to an episode and back.

usage: pages.py FOLDER VOIXOFF
"""

import json
import os
import pathlib
import subprocess
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from noise import noise

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
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
    text = (folder / "archive/émission/un.json").read_text()
    (folder / "réf.json").write_text(text.replace("logiciel", "Logiciel").replace("vous", "nous"))
    run("eval", "réf.json", "archive/émission/un.json", "--html", "scores.html")
    return {
        "episode": folder / "archive/émission/un.html",
        "two-voices": folder / "archive/émission/deux.html",
        "archive": folder / "archive/index.html",
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
            if name == "archive":
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
    page.wait_for_function("document.querySelector('.passage mark')?.textContent === 'libre'")
    page.get_by_role("link", name="lire").click()
    page.wait_for_url("**/un.html?archive=1#t=*")
    assert float(page.url.split("#t=")[1].split(":")[0]) > 0, f"not where it is said: {page.url}"
    for label, ending in {"Texte": ".txt", "Sous-titres (SRT)": ".srt"}.items():
        file = page.get_by_role("link", name=label, exact=True).evaluate("link => link.href")
        path = pathlib.Path(archive.parent / "émission" / f"un{ending}")
        assert file == path.as_uri(), file
    assert page.get_by_role("link", name="Sous-titres (WebVTT)").count() == 0, "there is none"
    page.get_by_role("link", name="Archives").click()
    page.wait_for_url("**/index.html")
    there = opened(browser, (archive.parent / "émission/un.html").as_uri())
    assert there.get_by_role("link", name="Archives").count() == 0, "a way to where nobody was"


def main():
    folder, voixoff = pathlib.Path(sys.argv[1]), sys.argv[2]
    pages = made(folder, voixoff)
    pictures = folder / "pictures"
    pictures.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        searched(browser, pages["archive"])
        for name, path in pages.items():
            looked_at(browser, name, path, pictures)
        browser.close()
    print(f"pages: {len(pages)} without a finding, light and dark, at {list(SIZES.values())} pixels")


main()
