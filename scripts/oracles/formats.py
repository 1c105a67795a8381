#!/usr/bin/env python3
"""Opens what voixoff wrote with the readers of others: called by scripts/oracles/formats.

    scripts/oracles/formats.py FOLDER

FOLDER holds one episode in every format. What must be found (names, texts, times) is read
from its JSON; the readers are pympi (ELAN), textgrid and praatio (Praat), python-docx,
ttconv (TTML), lxml (TRS, against its document type), html5lib, markdown-it,
mwparserfromhell, webvtt-py and srt.
"""

import html
import io
import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import docx
import html5lib
import mwparserfromhell
import pympi
import srt
import textgrid
import webvtt
from lxml import etree
from markdown_it import MarkdownIt
from praatio import textgrid as praatio
from ttconv.imsc import reader as imsc
from ttconv.isd import ISD

# Transcriber's trans-14.dtd as far as it concerns what we write, in our own words.
TRS = """
<!ELEMENT Trans (Speakers?, Episode)>
<!ATTLIST Trans audio_filename CDATA #IMPLIED scribe CDATA #IMPLIED xml:lang NMTOKEN #IMPLIED
  version NMTOKEN #IMPLIED version_date CDATA #IMPLIED elapsed_time CDATA "0">
<!ELEMENT Speakers (Speaker*)>
<!ELEMENT Speaker EMPTY>
<!ATTLIST Speaker id ID #REQUIRED name CDATA #REQUIRED check (yes|no) #IMPLIED
  type (male|female|child|unknown) #IMPLIED dialect (native|nonnative) #IMPLIED
  accent CDATA #IMPLIED scope (local|global) #IMPLIED>
<!ELEMENT Episode (Section*)>
<!ATTLIST Episode program CDATA #IMPLIED air_date CDATA #IMPLIED>
<!ELEMENT Section (Turn*)>
<!ATTLIST Section type (report|nontrans|filler) #REQUIRED topic IDREF #IMPLIED
  startTime CDATA #REQUIRED endTime CDATA #REQUIRED>
<!ELEMENT Turn (#PCDATA|Sync|Who|Event)*>
<!ATTLIST Turn speaker IDREFS #IMPLIED startTime CDATA #REQUIRED endTime CDATA #REQUIRED
  mode (spontaneous|planned) #IMPLIED fidelity (high|medium|low) #IMPLIED
  channel (telephone|studio) #IMPLIED>
<!ELEMENT Sync EMPTY>
<!ATTLIST Sync time CDATA #REQUIRED>
<!ELEMENT Who EMPTY>
<!ATTLIST Who nb NMTOKEN #REQUIRED>
<!ELEMENT Event EMPTY>
<!ATTLIST Event type (noise|lexical|pronounce|language) "noise"
  extent (begin|end|previous|next|instantaneous) "instantaneous" desc CDATA #REQUIRED>
"""


class Episode:
    """What the JSON says, and where the other files are."""

    def __init__(self, folder):
        [self.json] = [path for path in folder.glob("*.json") if path.name.count(".") == 1]
        found = json.loads(self.json.read_text(encoding="utf-8"))
        self.duration = found["duration"]
        self.titles = [plain(chapter["title"]) for chapter in found["about"].get("chapters", [])]
        self.names = {speaker["id"]: speaker["name"] for speaker in found["speakers"]}
        segments = [segment for segment in found["segments"] if segment["text"]]
        # Between two segments each, in this episode.
        segments += [
            {**one, "text": "[à compléter]", "words": [{}]} for one in found["left_out"] if one.get("spoken")
        ]
        self.segments = sorted(segments, key=lambda segment: segment["start"])

    def path(self, extension):
        return self.json.with_name(f"{self.json.stem}.{extension}")

    def text(self, extension):
        return self.path(extension).read_text(encoding="utf-8")

    def name(self, segment):
        return self.names.get(segment["speaker"])

    def said_by(self, name):
        """Text, start and end of each segment of `name`, in milliseconds."""
        return [
            (shown(s), round(s["start"] * 1000), round(s["end"] * 1000))
            for s in self.segments
            if self.name(s) == name
        ]

    def everything(self):
        return {name: self.said_by(name) for name in {self.name(s) for s in self.segments}}


def shown(segment):
    return f"[à vérifier] {segment['text']}" if segment.get("doubt") else segment["text"]


def same(found, expected):
    assert found == expected, f"\n  found    {found}\n  expected {expected}"


def plain(text):
    """Without what typography does to spaces, and one space for any."""
    return " ".join(text.split())


def has_all(episode, text, format_name):
    """Names and texts are in `text`, which a reader took out of its markup."""
    text = plain(text)
    for segment in episode.segments:
        for part in (shown(segment), episode.name(segment) or ""):
            assert plain(part) in text, f"{format_name} lost `{part}`:\n{text}"


def eaf(episode):
    read = pympi.Elan.Eaf(str(episode.path("eaf")))
    found = {}
    for tier in read.get_tier_names():
        notes = read.get_annotation_data_for_tier(tier)
        person = read.tiers[tier][2]["PARTICIPANT"] or None
        found[person] = [(text, start, end) for start, end, text in sorted(notes)]
    same(found, episode.everything())


def text_grid(episode):
    read = textgrid.TextGrid.fromFile(str(episode.path("TextGrid")))
    same(round(read.maxTime, 3), episode.duration)
    again = praatio.openTextgrid(str(episode.path("TextGrid")), includeEmptyIntervals=False)
    found = {}
    # The reader `textgrid` leaves doubled quotes in the names of tiers, praatio does not.
    for name, tier in zip(again.tierNames, read.tiers, strict=True):
        said = [(i.mark, round(i.minTime * 1000), round(i.maxTime * 1000)) for i in tier if i.mark]
        found[name] = said
    for name, said in episode.everything().items():
        same(found[name or "Sans nom"], said)
    # A word is not lost between two tiers.
    words = [len(found[f"{name or 'Sans nom'} - mots"]) for name in episode.everything()]
    shown_words = [w for s in episode.segments for w in s["words"] if not w.get("dropped")]
    same(sum(words), len(shown_words))


def trs(episode):
    parser = etree.XMLParser(load_dtd=False, no_network=True)
    read = etree.parse(str(episode.path("trs")), parser)
    dtd = etree.DTD(io.StringIO(TRS))
    assert dtd.validate(read), dtd.error_log
    names = {speaker.get("id"): speaker.get("name") for speaker in read.iter("Speaker")}
    at, found = 0.0, []
    for turn in read.iter("Turn"):
        same(float(turn.get("startTime")), at)
        at = float(turn.get("endTime"))
        people = (turn.get("speaker") or "").split()
        who, time = people[0] if people else None, None
        for child in turn:
            if child.tag == "Sync":
                time = float(child.get("time"))
            elif child.tag == "Who":
                who = people[int(child.get("nb")) - 1]
            elif child.tag == "Event":
                found.append((None, time, f"[{child.get('desc')}]"))
            if (child.tail or "").strip():
                found.append((names.get(who), time, child.tail.strip()))
    same(at, episode.duration)
    same(found, [(episode.name(s), s["start"], shown(s)) for s in episode.segments])


def ttml(episode):
    tree = etree.parse(str(episode.path("ttml")))
    ns = {"tt": "http://www.w3.org/ns/ttml", "ttm": "http://www.w3.org/ns/ttml#metadata"}
    names = [name.text for name in tree.iterfind(".//ttm:agent/ttm:name", ns)]
    same(names, list(episode.names.values()))
    document = imsc.to_model(ElementTree.parse(episode.path("ttml")))
    times = ISD.significant_times(document)
    same(float(times[-1]) <= episode.duration, True)
    seen = []
    for time in times:
        isd = ISD.from_model(document, time)
        for element in (e for region in isd.iter_regions() for e in region.dfs_iterator()):
            if hasattr(element, "get_text"):
                seen.append(element.get_text())
    has_words(episode, " ".join(seen), "TTML")


def has_words(episode, text, format_name):
    """The words of each segment are there in order: nothing is said about where lines break."""
    text = "".join(text.split())
    for segment in episode.segments:
        at = 0
        for word in shown(segment).split():
            at = text.find(word, at)
            assert at >= 0, f"{format_name} lost `{word}` of `{shown(segment)}`:\n{text}"


def word(episode):
    read = docx.Document(str(episode.path("docx")))
    has_all(episode, "\n".join(p.text for p in read.paragraphs), "DOCX")
    bold = {run.text for p in read.paragraphs for run in p.runs if run.style.name == "Nom"}
    for name in episode.names.values():
        assert f"{name}\u00a0:" in bold, f"`{name}` is not in the style `Nom`: {bold}"
    same(read.paragraphs[0].style.name, "Title")
    assert read.core_properties.title


def page(episode):
    parser = html5lib.HTMLParser(strict=True)
    read = parser.parse(episode.text("html"))
    text = "".join(read.itertext())
    has_all(episode, text.split(".live")[-1], "HTML")
    ns = {"h": "http://www.w3.org/1999/xhtml"}
    same(read.get("lang"), "fr")
    starts = [float(e.get("data-t")) for e in read.iterfind(".//h:span[@data-t]", ns)]
    # The mark of missing words stands for a segment of them.
    words = [(s, w) for s in episode.segments for w in s["words"] if not w.get("dropped")]
    same(starts, [w.get("start", s["start"]) for s, w in words])
    ids = [e.get("id") for e in read.iter() if e.get("id")]
    same(len(ids), len(set(ids)))


def podcast(episode):
    read = json.loads(episode.text("podcast.json"))
    same(read["version"], "1.0.0")
    found = [(s.get("speaker"), s["startTime"], s["endTime"], s["body"]) for s in read["segments"]]
    same(found, [(episode.name(s), s["start"], s["end"], shown(s)) for s in episode.segments])
    parts = html5lib.HTMLParser(strict=True).parseFragment(episode.text("podcast.html"))
    tags = [part.tag.split("}")[1] for part in parts]
    same(set(tags), {"cite", "time", "p"})
    has_all(episode, " ".join("".join(part.itertext()) for part in parts), "podcast HTML")


def markdown(episode):
    renderer = MarkdownIt("commonmark").enable("strikethrough").enable("table")
    read = html5lib.parseFragment(renderer.render(episode.text("md")))
    has_all(episode, " ".join("".join(part.itertext()) for part in read), "Markdown")
    tags = {part.tag.split("}")[1] for part in read.iter() if "}" in str(part.tag)}
    assert not tags & {"ul", "ol", "blockquote", "code", "s", "table", "hr"}, tags
    titles = [part for part in read.iter() if str(part.tag).endswith("}h2")]
    same([plain("".join(title.itertext())) for title in titles], episode.titles)


def mediawiki(episode):
    read = mwparserfromhell.parse(episode.text("wiki"))
    same([str(link) for link in read.filter_wikilinks()], ["[[Catégorie:Transcriptions]]"])
    same(read.filter_templates(), [])
    has_all(episode, read.strip_code(normalize=True), "MediaWiki")


# SubRip escapes nothing: these stand for what players would take for mark-up.
LOOKALIKES = {"→": "-->", "‹": "<", "›": ">"}


def subtitles(episode):
    cues = list(srt.parse(episode.text("srt")))
    has_words(episode, " ".join(c.content for c in cues).translate(str.maketrans(LOOKALIKES)), "SRT")
    # This reader leaves references as they are.
    read = webvtt.read(str(episode.path("vtt")))
    has_words(episode, html.unescape(" ".join(cue.text for cue in read)), "WebVTT")
    assert {html.unescape(cue.voice) for cue in read if cue.voice} == set(episode.names.values())


def main():
    episode = Episode(Path(sys.argv[1]))
    checks = [eaf, text_grid, trs, ttml, word, page, podcast, markdown, mediawiki, subtitles]
    for check in checks:
        check(episode)
        print(f"{check.__name__}: the same names, texts and times")


main()
