#!/usr/bin/env python3
"""Lay texts on their sound by voixoff, by stable-ts and by whisper-timestamped, and compare the times.

    align.py --data FOLDER --voixoff PROGRAM --model GGML --out FOLDER [--only voixoff,stable-ts,...] [--sounds dates,...]
             [--again]

Needs `pip install torch==2.5.1 openai-whisper stable-ts whisper-timestamped soundfile` (some 5 GB). FOLDER of `--data`
holds `dialogues` and `real` with references in JSON, of which those with a time for each word, and the paragraphs of the
others, are taken. GGML is the file that voixoff reads: a checkpoint for openai-whisper with the same weights is made of
it. Nothing is downloaded.

Each text is laid as it was said, and as volunteers edit it: numbers in figures, hesitations and repetitions dropped,
« c'est pas » → « ce n'est pas », a paragraph missing, two swapped, one summarised, a lead and a note added, names
respelt. Times count of words that were kept. whisper-timestamped knows no alignment: its own words are paired with those
of the text, and words that it heard otherwise have no time.

Writes OUT/TOOL/NAME.json (the words with their times) and prints a table, a line a tool, with CPU seconds.
"""

import argparse
import difflib
import json
import re
import resource
import statistics
import struct
import subprocess
import sys
from pathlib import Path

DIALOGUES = ["dialogue", "dialogue_music", "table_ronde", "dates"]
FIGURES = {
    "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "six": "6", "sept": "7", "huit": "8", "neuf": "9", "dix": "10",
    "onze": "11", "douze": "12", "treize": "13", "quatorze": "14", "quinze": "15", "seize": "16", "vingt": "20",
    "trente": "30", "dix-sept": "17", "dix-huit": "18", "dix-neuf": "19",
}
HESITATIONS = {"euh", "hum", "ben", "bah", "hein"}
LEAD = "Cette page est la transcription d'une émission, relue par des bénévoles qui en ont retiré les hésitations."
NOTE = "[1] Les liens de cette page ont été ajoutés par celle qui transcrit."
SUMMARY = "On résume ici en quelques mots ce qui vient d'être dit."


def letters(text):
    return re.sub(r"[\W_]", "", text.lower())


def paragraphs_of(reference, has_words):
    """The paragraphs of a reference: who speaks, and words with the second at which each begins, if that is known; else
    with that of the first."""
    found = []
    for segment in reference["segments"]:
        words = []
        if segment.get("words"):
            joined = None
            for word in segment["words"]:
                for nth, part in enumerate(word["word"].split("_")):
                    start = word["start"] if nth == 0 else None
                    if joined:
                        words.append((joined[0] + part, joined[1]))
                        joined = None
                    elif part.endswith("'"):
                        joined = (part, start)
                    elif letters(part):
                        words.append((part, start))
            if joined:
                words.append(joined)
        else:
            words = [(word, None) for word in segment["text"].split()]
        if not has_words:
            words = [(word, None if nth else segment["start"]) for nth, (word, _) in enumerate(words)]
        found.append((segment["speaker"], words))
    return found


def edited(paragraphs):
    """What a volunteer makes of `paragraphs`; words that were changed have no time."""
    n = len(paragraphs)
    cut, summary, swap = n // 3, n // 2, 2 * n // 3
    page = []
    for at, (speaker, words) in enumerate(paragraphs):
        if at == cut:
            continue
        if at == summary:
            page.append((speaker, [(word, None) for word in SUMMARY.split()]))
            continue
        kept, before = [], ""
        for nth, (word, start) in enumerate(words):
            bare = letters(word)
            if bare in HESITATIONS or (bare and bare == before):
                continue
            before = bare
            if word.lower() in FIGURES:
                word = FIGURES[word.lower()]
            elif nth and word[:1].isupper() and len(bare) > 4 and (at + nth) % 3 == 0:
                word = word.replace("i", "y", 1)
            if bare == "pas" and kept and letters(kept[-1][0]) == "cest":
                kept[-1] = ("ce", kept[-1][1])
                kept.append(("n'est", None))
            kept.append((word, start))
        if kept:
            page.append((speaker, kept))
    if len(page) > swap + 1:
        page[swap], page[swap + 1] = page[swap + 1], page[swap]
    note = [(word, None) for word in NOTE.split()]
    page.insert(n // 4 + 1, (page[n // 4][0], note))
    page.insert(0, (page[0][0], [(word, None) for word in LEAD.split()]))
    return page


def checkpoint(ggml, path):
    """The weights of the file `ggml` as openai-whisper reads them."""
    import numpy as np
    import torch

    blob = ggml.read_bytes()
    at = 0

    def numbers(count):
        nonlocal at
        found = struct.unpack_from(f"<{count}i", blob, at)
        at += 4 * count
        return found

    numbers(1)
    keys = ["n_vocab", "n_audio_ctx", "n_audio_state", "n_audio_head", "n_audio_layer", "n_text_ctx", "n_text_state",
            "n_text_head", "n_text_layer", "n_mels"]
    dims = dict(zip(keys, numbers(10)))
    numbers(1)
    n_mels, n_bins = numbers(2)
    at += 4 * n_mels * n_bins
    for _ in range(numbers(1)[0]):
        length, = numbers(1)
        at += length
    state = {}
    while at < len(blob):
        n_dims, length, kind = numbers(3)
        shape = numbers(n_dims)[::-1]
        name = blob[at:at + length].decode()
        at += length
        dtype = np.dtype("<f2" if kind else "<f4")
        count = int(np.prod(shape))
        values = np.frombuffer(blob, dtype, count, at).astype(np.float32).reshape(shape)
        at += count * dtype.itemsize
        if name.endswith("bias"):
            values = values.reshape(-1)
        state[name] = torch.from_numpy(values.copy())
    torch.save({"dims": dims, "model_state_dict": state}, path)


def whisper_model(ggml, out):
    import whisper

    path = out / "base.pt"
    if not path.exists():
        checkpoint(ggml, path)
    model = whisper.load_model(str(path), device="cpu")
    model.set_alignment_heads(whisper._ALIGNMENT_HEADS["base"])
    return model


def sound_of(path):
    import numpy as np
    import soundfile

    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    samples = samples.mean(axis=1)
    if rate != 16_000:
        import torch
        import torchaudio

        samples = torchaudio.functional.resample(torch.from_numpy(samples), rate, 16_000).numpy()
    return np.ascontiguousarray(samples)


def by_stable_ts(ggml, out):
    import stable_whisper

    model = whisper_model(ggml, out)
    stable_whisper.modify_model(model)

    def lay(sound, page):
        text = "\n".join(" ".join(word for word, _ in words) for _, words in page)
        result = model.align(sound_of(sound), text, language="fr", verbose=None, original_split=True)
        return [(word.word.strip(), word.start) for word in result.all_words()] if result else []

    return lay


def by_whisper_timestamped(ggml, out):
    import whisper_timestamped

    model = whisper_model(ggml, out)
    known = {}

    def lay(sound, _page):
        if sound not in known:
            result = whisper_timestamped.transcribe(model, sound_of(sound), language="fr", beam_size=5, verbose=None)
            words = [word for segment in result["segments"] for word in segment["words"]]
            known[sound] = [(word["text"], word["start"]) for word in words]
        return known[sound]

    return lay


def by_voixoff(program, out):
    def lay(sound, page):
        names = {}
        for speaker, _ in page:
            names.setdefault(speaker, f"Personne {chr(65 + len(names))}")
        path = out / "page.txt"
        lines = [f"{names[speaker]} : {' '.join(word for word, _ in words)}" for speaker, words in page]
        path.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
        made = out / "voixoff-made"
        made.mkdir(exist_ok=True)
        command = [program, "align", path, sound, "--out", made, "--format", "json", "--threads", "1", "--force"]
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if run.returncode not in (0, 3):
            sys.stderr.write(run.stderr.decode())
            return []
        found = json.loads((made / f"{sound.stem}.json").read_text(encoding="utf-8"))
        segments = found["segments"]
        return [(word["text"], None if segment.get("doubt") == "unsaid" else word["start"])
                for segment in segments for word in segment["words"]]

    return lay


def starts(page, found):
    """When each word of `page` begins by what was `found`; None where it has no time."""
    words = [letters(word) for _, words in page for word, _ in words]
    theirs = [(letters(word), start) for word, start in found]
    theirs = [(word, start) for word, start in theirs if word]
    times = [None] * len(words)
    index = [at for at, word in enumerate(words) if word]
    matcher = difflib.SequenceMatcher(None, [words[at] for at in index], [word for word, _ in theirs], autojunk=False)
    for one, other, size in matcher.get_matching_blocks():
        for nth in range(size):
            times[index[one + nth]] = theirs[other + nth][1]
    return times


def in_order(page, found):
    """`starts`, where what was found may stand in the order of the sound: each paragraph is looked for by itself."""
    times = []
    for paragraph in page:
        text = "".join(letters(word) for word, _ in paragraph[1])
        best = None
        whole = [letters(word) for word, _ in found]
        for at in range(len(found)):
            if whole[at] and text.startswith(whole[at]):
                got, until = "", at
                while until < len(found) and len(got) < len(text):
                    got += whole[until]
                    until += 1
                if got == text:
                    best = found[at:until]
                    found = found[:at] + found[until:]
                    break
        times += starts([paragraph], best or [])
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--voixoff", required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sounds", help="names of recordings, separated by commas; all where none are named")
    parser.add_argument("--again", action="store_true", help="score what lies in OUT, without laying anything")
    parser.add_argument("--only", default="voixoff,stable-ts,whisper-timestamped")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    sounds = [options.data / "dialogues" / f"{name}.flac" for name in DIALOGUES]
    for path in sorted((options.data / "real").glob("*.json")):
        reference = json.loads(path.read_text(encoding="utf-8"))
        if any(segment.get("words") for segment in reference["segments"]):
            sounds.append(path.with_suffix(".flac"))
    if options.sounds:
        sounds = [sound for sound in sounds if sound.stem in options.sounds.split(",")]
    tools = {
        "voixoff": lambda: by_voixoff(options.voixoff, options.out),
        "stable-ts": lambda: by_stable_ts(options.model, options.out),
        "whisper-timestamped": lambda: by_whisper_timestamped(options.model, options.out),
    }
    print("tool\ttext\twhat\tknown\ttimed\tmedian ms\twithin 0.2 s\twithin 0.3 s\twithin 0.5 s\tunsaid, timed\tCPU s")
    for tool in options.only.split(","):
        lay = None if options.again else tools[tool]()
        folder = options.out / tool
        folder.mkdir(exist_ok=True)
        for kind in ("exact", "edited"):
            errors = {"words": [], "paragraphs": []}
            known = {"words": 0, "paragraphs": 0}
            n_unsaid = n_unsaid_timed = 0
            began = cpu_seconds()
            for sound in sounds:
                reference = json.loads(sound.with_suffix(".json").read_text(encoding="utf-8"))
                has_words = all(segment.get("words") for segment in reference["segments"])
                page = paragraphs_of(reference, has_words)
                if kind == "edited":
                    if sound.parent.name != "dialogues":
                        continue
                    page = edited(page)
                kept = folder / f"{sound.stem}.{kind}.json"
                found = lay(sound, page) if lay else json.loads(kept.read_text(encoding="utf-8"))
                kept.write_text(json.dumps(found), encoding="utf-8")
                times = in_order(page, found) if tool == "voixoff" else starts(page, found)
                expected = [start for _, words in page for _, start in words]
                what = "words" if has_words else "paragraphs"
                said = [" ".join(word for word, _ in words) not in (LEAD, NOTE) for _, words in page for _ in words]
                n_unsaid += said.count(False)
                n_unsaid_timed += sum(not is_said and time is not None for is_said, time in zip(said, times))
                for start, time in zip(expected, times):
                    if start is not None:
                        known[what] += 1
                        if time is not None:
                            errors[what].append(abs(time - start))
            used = cpu_seconds() - began
            for what, values in errors.items():
                if known[what]:
                    share = lambda limit: f"{100 * sum(value <= limit for value in values) / known[what]:.1f} %"
                    median = f"{1000 * statistics.median(values):.0f}" if values else "-"
                    unsaid = f"{n_unsaid_timed} of {n_unsaid}"
                    print(tool, kind, what, known[what], len(values), median, share(0.2), share(0.3), share(0.5), unsaid,
                          f"{used:.0f}", sep="\t", flush=True)


def cpu_seconds():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in both)


if __name__ == "__main__":
    main()
