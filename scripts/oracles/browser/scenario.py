"""What a person does with the list and the editor, once each; what lies on the disk is what the page shows."""

import json
import re

from . import desk

TYPED = "l'essai : "
AS_SHOWN = "l’essai\xa0: "


def run(the, browser):
    episode = desk.transcript(desk.sentences_of_the_sample(1), sound="é.mp3", title="Le Bureau des idées")
    the.episode("é", episode, "episode.mp3")
    the.episode("autre", desk.transcript([("Léa", "On parle de logis ciel libre."), ("Tom", "Le logis ciel va bien.")],
                                         title="Une autre émission"))
    the.start()
    context = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    outside = []
    context.on("request", lambda it: None if it.url.startswith(f"http://127.0.0.1:{the.port}/") else outside.append(it.url))
    for act in (lists, edits_text, walks, says_who, heads, replaces_everywhere, plays, keyboard_alone):
        act(the, context)
    leaves(the, context)
    lost_answers(the, context)
    late_answers(the, context)
    two_tabs(the, context)
    conflicts(the, context)
    publishes(the, context)
    assert not outside, f"the pages ask for {outside}"
    context.close()
    english(the, browser)
    the.kill()
    desk.check_no_errors()


def said(page):
    """The sentences that the page shows, in order."""
    return [text for _, paragraphs in desk.shown(page) for paragraph in paragraphs for text in paragraph]


def check(the, page, number=0):
    """Waits until all is kept, and holds the server to the page."""
    desk.leave(page)
    shown, kept = desk.shown(page), desk.laid_out(the.kept(number))
    assert shown == kept, desk.differences(shown, kept)
    return shown


def lists(the, context):
    page = context.new_page()
    page.goto(the.address)
    page.wait_for_selector("#episodes tr")
    assert page.url.endswith(f":{the.port}/"), f"the token stays in the address: {page.url}"
    rows = page.locator("#episodes tr").all_inner_texts()
    assert len(rows) == 2 and all("brouillon" in row and "%" in row for row in rows), rows
    page.locator("#order").select_option("name")
    page.get_by_label("Chercher").fill("logis ciel")
    desk.until(page, "document.querySelectorAll('#found a').length === 2")
    assert page.locator("#told").inner_text() == "2 passages"
    page.get_by_label("Chercher").fill("bibliothèque")
    passage = page.locator("#found p", has=page.locator("a", has_text="é, ")).first
    found = passage.inner_text()
    passage.locator("a").click()
    page.wait_for_selector("#text .s")
    focused = page.evaluate("document.activeElement.textContent")
    assert focused and focused in found.replace("’", "'"), f"{found!r} opens at {focused!r}"
    page.close()


def edits_text(the, context):
    page = the.page(context)
    first = desk.shown(page)
    texts = said(page)
    page.locator("#text .s").nth(2).click()
    page.keyboard.press("Home")
    page.keyboard.type(TYPED, delay=15)
    page.wait_for_selector("#saved.saved")
    assert said(page)[2] == AS_SHOWN + texts[2], said(page)[2]
    assert page.locator("#text .s").nth(2).evaluate("it => it.classList.contains('edited')")
    # A pause in the middle: what is typed behind it is the same deed.
    page.keyboard.type("vu ", delay=15)
    page.keyboard.press("Enter")
    assert said(page)[2:4] == [(AS_SHOWN + "vu").strip(), texts[2]], said(page)[2:4]
    assert page.evaluate("document.activeElement.textContent") == texts[2], "the caret is in the second half"
    cut = check(the, page)
    page.locator("#text .s").nth(3).focus()
    page.keyboard.press("Home")
    page.keyboard.press("Backspace")
    assert len(desk.shown(page)[1][1]) == len(cut[1][1]) - 1, "first the paragraphs are joined"
    page.keyboard.press("Backspace")
    assert said(page)[2] == AS_SHOWN + "vu " + texts[2], said(page)[2]
    check(the, page)
    n_undone = desk.undo(page)
    assert n_undone == 4, f"{n_undone} deeds: typing, a split, two joins"
    assert check(the, page) == first, "undone, it is the first text"
    [clean] = [it for it in the.document()["sentences"] if it["text"] == texts[2]]
    assert "original" not in clean, "undone, it leaves no trace"
    for _ in range(2):
        page.keyboard.press("Control+y")
    assert check(the, page) == cut
    for _ in range(2):
        page.keyboard.press("Control+z")
    # The text of the recogniser is one key away.
    page.locator("#text .s").nth(5).click()
    page.keyboard.press("End")
    page.keyboard.type(" Voilà")
    check(the, page)
    page.locator("#text .s").nth(5).focus()
    page.keyboard.press("Alt+o")
    assert check(the, page) == first
    page.close()


def walks(the, context):
    page = the.page(context)
    left = page.locator("#left").inner_text()
    n_left = int(re.match(r"(\d+) à vérifier", left)[1])
    assert n_left > 3, left
    page.keyboard.press("Alt+ArrowDown")
    place = page.evaluate("[document.activeElement.textContent, getSelection().toString()]")
    assert place[1] and place[1] in place[0], f"the doubtful word is selected: {place}"
    desk.until(page, "!document.querySelector('audio').paused")
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+ArrowUp")
    assert page.evaluate("document.activeElement.textContent") == place[0]
    page.keyboard.press("Alt+Enter")
    desk.leave(page)
    assert page.locator("#left").inner_text().startswith(f"{n_left - 1} à vérifier")
    [right] = [it for it in the.document()["sentences"] if it["text"] == place[0]]
    assert right["checked"]
    page.locator("#walk").select_option("worst")
    page.get_by_role("button", name="Passage douteux suivant").click()
    page.keyboard.press("Control+z")
    desk.leave(page)
    assert page.locator("#left").inner_text() == left
    page.close()


def says_who(the, context):
    page = the.page(context)
    first, n_before = desk.shown(page), desk.n_done(page)

    def say(n, name, scope):
        desk.place(page, n, 0)
        page.keyboard.press("Alt+p")
        page.locator(f"#dialog input[value={scope}]").check()
        page.get_by_role("combobox", name="Nom").fill(name)
        page.keyboard.press("Enter")
        return check(the, page)

    turn = len(first[0][1][0])
    assert say(turn, "Zoé Petit", "sentence")[1] == ["Zoé Petit", [[first[1][1][0][0]]]]
    page.keyboard.press("Control+z")
    shown = say(turn + 1, "Zoé", "turn")
    assert shown[1] == ["Zoé", first[1][1]] and len(shown) == len(first), shown
    page.keyboard.press("Control+z")
    shown = say(turn, "Claire", "voice")
    assert not any(who == "Antoine Marchal" for who, _ in shown), shown
    page.keyboard.press("Control+z")
    assert check(the, page) == first

    page.get_by_role("button", name="Voix", exact=True).click()
    voice = page.locator("#dialog .voice", has=page.locator("input[type=text]")).nth(0)
    name = voice.get_by_label("Nom")
    old = name.input_value()
    voice.get_by_role("button", name="Extrait 1").click()
    desk.until(page, "!document.querySelector('audio').paused")
    name.fill("Maud Roy")
    name.press("Tab")
    page.keyboard.press("Escape")
    shown = check(the, page)
    assert [who for who, _ in shown] == ["Maud Roy" if who == old else who for who, _ in first]
    page.get_by_role("button", name="Voix", exact=True).click()
    page.get_by_role("button", name="Ada Lovelace").click()
    page.keyboard.press("Escape")
    assert any(who == "Ada Lovelace" for who, _ in check(the, page))
    page.get_by_role("button", name="Voix", exact=True).click()
    page.get_by_label("même personne").first.select_option(index=1)
    page.keyboard.press("Escape")
    assert len({who for who, _ in check(the, page)}) == 2
    desk.undo(page, n_before)
    assert check(the, page) == first
    page.close()


def heads(the, context):
    page = the.page(context)
    page.get_by_role("button", name="En-tête").click()
    page.get_by_label("Titre", exact=True).fill("Un titre")
    page.get_by_label("Chapeau (un").fill("Un chapeau.\nEt un autre.")
    page.get_by_label("Chapitres («").fill("00:00:01 Début\n00:00:20 Suite")
    page.get_by_role("button", name="Appliquer").click()
    check(the, page)
    heading = the.document()["heading"]
    assert heading["title"] == "Un titre" and heading["lead"] == ["Un chapeau.", "Et un autre."], heading
    assert [it["title"] for it in heading["chapters"]] == ["Début", "Suite"], heading
    page.close()


def replaces_everywhere(the, context):
    page = the.page(context, 1)
    desk.place(page, 0, len("On parle de "), len("On parle de logis ciel"))
    page.keyboard.type("logiciel", delay=15)
    # Offered when the sentence is left.
    page.evaluate("document.activeElement.blur()")
    page.wait_for_selector("#offer:not([hidden])")
    page.locator("#all").click()
    assert page.locator("#dialog mark").inner_text() == "logis ciel"
    page.get_by_role("button", name="Remplacer").click()
    check(the, page, 1)
    assert said(page) == ["On parle de logiciel libre.", "Le logiciel va bien."], said(page)
    page.close()


def plays(the, context):
    page = the.page(context)
    sound = "document.querySelector('audio')"
    desk.until(page, f"{sound}.readyState >= 1")
    desk.place(page, 3, 0)
    page.keyboard.press("Control+Space")
    desk.until(page, f"!{sound}.paused")
    start = the.document()["sentences"][3]["words"][0][0] / 1000
    at = page.evaluate(f"{sound}.currentTime")
    assert start - 0.1 <= at <= start + 3, f"{at} is heard, the caret is at {start}"
    page.locator("button.from").nth(1).click()
    begins = page.locator("button.from time").nth(1).inner_text().split(":")
    at = page.evaluate(f"{sound}.currentTime")
    assert 0 <= at - int(begins[1]) * 60 - int(begins[2]) < 4, f"{at} is heard from {begins}"
    desk.place(page, 3, 0)
    page.keyboard.type("x")
    at = page.evaluate(f"{sound}.paused && {sound}.currentTime")
    assert at, "typing pauses"
    page.keyboard.press("Escape")
    again = page.evaluate(f"{sound}.currentTime")
    assert again <= at - 1 or again == 0, f"it goes on from {again}, it was at {at}"
    page.keyboard.press("F4")
    page.keyboard.press("Backspace")
    page.keyboard.press("Alt+.")
    assert page.evaluate(f"{sound}.playbackRate") == 1.15
    box = page.locator("#whole").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 5)
    length = the.document()["duration"]
    assert abs(page.evaluate(f"{sound}.currentTime") - length / 2) < 1
    desk.until(page, "document.querySelector('#wave').width > 0 && window.editor.player.peaks.length > 100")
    check(the, page)
    page.close()


def keyboard_alone(the, context):
    """From the list to a corrected sentence and its files, without a pointer."""
    page = context.new_page()
    page.goto(the.address)
    page.wait_for_selector("#episodes tr")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Un titre":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#text .s")
    before = said(page)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.s')"):
            break
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.type(" Fin")
    page.keyboard.press("F1")
    page.keyboard.type("joindre")
    assert page.locator("#dialog tbody tr").count() == 1
    # The first one empties the field.
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('.s')"), "the caret is back in the text"
    page.keyboard.press("Control+z")
    check(the, page)
    assert said(page) == before, desk.differences(said(page), before)
    page.close()


HELD = """() => {
    const ask = window.fetch;
    window.held = [];
    window.fetch = async (...asked) => {
        const answer = await ask(...asked);
        if (window.held && String(asked[0]).endsWith('/edits')) await new Promise((done) => window.held.push(done));
        return answer;
    };
}"""



def leaves(the, context):
    """What was typed is kept, however soon the page goes."""
    page = the.page(context)
    page.on("dialog", lambda dialog: dialog.accept())
    desk.place(page, 0, 0)
    page.keyboard.type("Soit")
    # Behind an edit whose answer is held back, another one of the same sentence.
    page.evaluate(HELD)
    page.wait_for_timeout(1000)
    page.keyboard.type("Voilà ")
    page.goto(f"http://127.0.0.1:{the.port}/")
    desk.until(page, "document.querySelectorAll('#episodes tr').length > 0")
    page.go_back()
    page.wait_for_selector("#text .s")
    assert said(page)[0].startswith("SoitVoilà Bonjour"), said(page)[0]
    # What was done before the page was opened can be taken back.
    page.keyboard.press("Control+z")
    check(the, page)
    assert said(page)[0].startswith("Bonjour"), said(page)[0]
    page.keyboard.press("Control+y")
    check(the, page)
    page.close()


def lost_answers(the, context):
    """A server that keeps an edit and dies before it says so: nothing behind it is lost, and nobody is asked."""
    page = the.page(context)
    n_lost, n_before = 0, desk.n_done(page)

    def lose(route):
        nonlocal n_lost
        route.fetch()
        n_lost += 1
        route.abort()

    page.route("**/edits", lose, times=1)
    for n, key in enumerate(["a", "b", "c"]):
        desk.place(page, n, 0)
        page.keyboard.type(key)
    desk.place(page, 2, 1)
    page.keyboard.press("Enter")
    shown = check(the, page)
    assert n_lost == 1 and not page.locator("#dialog").is_visible()
    assert [text[0] for text in said(page)[:3]] == ["a", "b", "c"] and said(page)[2] == "c", shown
    desk.undo(page, n_before)
    check(the, page)
    assert said(page)[2] != "c", "it can be undone"
    page.close()


def late_answers(the, context):
    """An answer to what was done before the last deed says nothing of what that made."""
    page = the.page(context)
    first, n_before = desk.shown(page), desk.n_done(page)
    page.evaluate(HELD)
    desk.place(page, 5, 0)
    # A paragraph begins here, or goes on, each time.
    for _ in range(3):
        page.keyboard.press("Enter")
    for _ in range(2):
        desk.until(page, "window.held.length === 1")
        page.evaluate("window.held.shift()()")
    desk.until(page, "window.held.length === 1")
    n_undone = desk.undo(page, n_before)
    assert n_undone == 3, f"{n_undone} of three deeds are undone"
    page.evaluate("() => { const held = window.held; window.held = null; held.forEach((done) => done()); }")
    assert check(the, page) == first
    page.close()


def two_tabs(the, context):
    """Two tabs in different sentences: both are kept, each sees the other's, nobody is asked."""
    one, other = the.page(context), the.page(context)
    n_before = desk.n_done(one)
    desk.place(one, 1, 0)
    desk.place(other, 4, 0)
    for n in range(12):
        one.keyboard.type("un " if n % 4 == 3 else "u")
        other.keyboard.type("deux " if n % 4 == 3 else "d")
        one.wait_for_timeout(150)
    desk.leave(one)
    desk.leave(other)
    for page in (one, other):
        page.bring_to_front()
        desk.until(page, "document.querySelectorAll('.s')[1].textContent.startsWith('uuuun uuuun uuuun') && document.querySelectorAll('.s')[4].textContent.startsWith('ddddeux ddddeux ddddeux')")
        assert not page.locator("#dialog").is_visible()
    shown = check(the, one)
    assert check(the, other) == shown
    # Each takes back its own.
    desk.undo(one, n_before)
    check(the, one)
    assert said(one)[4].startswith("ddd") and not said(one)[1].startswith("uuu"), said(one)[:5]
    one.close()
    other.close()


def conflicts(the, context):
    one, other = the.page(context), the.page(context)
    for keep, n in (("Garder le mien", 6), ("Garder l’autre", 7)):
        # Neither looks for what the other has done.
        for page in (one, other):
            page.route("**/revision", lambda route: route.abort())
        desk.place(one, n, 0)
        one.keyboard.type("Un ")
        desk.leave(one)
        desk.place(other, n, 0)
        other.keyboard.type("Deux ")
        other.wait_for_selector("#dialog[open]")
        told = other.locator("#dialog").inner_text()
        assert "Un " in told and "Deux " in told, told
        other.get_by_role("button", name=keep).click()
        check(the, other)
        assert said(other)[n].startswith("Deux " if keep.endswith("mien") else "Un "), said(other)[n]
        for page in (one, other):
            page.unroute("**/revision")
        one.bring_to_front()
        desk.until(one, "([n, text]) => document.querySelectorAll('.s')[n].textContent === text", arg=[n, said(other)[n]])
    # Both changed the same sentence, and different things of it: there is nothing to ask.
    for page in (one, other):
        page.route("**/revision", lambda route: route.abort())
    desk.place(one, 8, 0)
    one.keyboard.type("Trois ")
    desk.leave(one)
    desk.place(other, 8, 0)
    other.keyboard.press("Alt+p")
    other.locator("#dialog input[value=sentence]").check()
    other.get_by_role("combobox", name="Nom").fill("Quelqu’un")
    other.keyboard.press("Enter")
    shown = check(the, other)
    assert not other.locator("#dialog").is_visible()
    assert any(who == "Quelqu’un" and it[0][0].startswith("Trois ") for who, it in shown), shown
    one.close()
    other.close()


def publishes(the, context):
    page = the.page(context)
    page.keyboard.press("Control+s")
    page.get_by_label("Tout a été relu").check()
    desk.until(page, "document.querySelector('.preview').textContent.includes('Un titre')")
    page.get_by_role("button", name="Copier").click()
    page.wait_for_selector("#dialog [role=status]:has-text('Copié')")
    copied = page.evaluate("navigator.clipboard.readText()")
    preview = page.locator(".preview").inner_text()
    assert copied.strip() == preview.strip()
    for form in ["md", "spip", "mediawiki", "html", "srt", "vtt"]:
        page.get_by_label("Aperçu").select_option(form)
        desk.until(page, "before => document.querySelector('.preview').textContent !== before", arg=preview)
        preview = page.locator(".preview").inner_text()
        assert "Bonjour" in preview, (form, preview)
    page.get_by_role("button", name="Écrire").click()
    # The transcript was not written by this program.
    page.get_by_role("button", name="Écraser").click()
    page.wait_for_selector("#dialog [role=status]:has-text('Écrits')")
    page.keyboard.press("Escape")
    written = json.loads(the.episodes[0].read_text())
    names = [speaker["name"] for speaker in written["speakers"]]
    lines = [(names[it["speaker"]], it.get("opens", "nothing"), it["text"]) for it in written["segments"]]
    assert desk.laid_out(lines) == check(the, page), "what is written is what the page shows"
    assert written["reviewed"] and written["corrected"] and written["about"]["title"] == "Un titre"
    assert copied.strip() == the.episodes[0].with_suffix(".txt").read_text().strip()
    page.goto(f"http://127.0.0.1:{the.port}/")
    page.wait_for_selector("#episodes tr")
    assert any("relu" in row for row in page.locator("#episodes tr").all_inner_texts())
    page.close()


def english(the, browser):
    context = browser.new_context(locale="en-GB")
    page = the.page(context)
    assert page.get_by_role("button", name="Undo").is_visible() and page.evaluate("document.documentElement.lang") == "en"
    context.close()
