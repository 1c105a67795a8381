#!/usr/bin/env python3
"""Scores of jiwer and meeteval, for src/eval/oracle.rs.

    pip install jiwer==4.0.0 meeteval==0.4.3
    scripts/oracles/words.py

writes tests/data/oracle/words.json: cases made by dice with a fixed seed. `texts` are
two lists of words; `entries` are [speaker, start, end, words] in whole milliseconds. A
reference without words has errors and no rate.
"""

import json
import logging
import random
import warnings
from importlib.metadata import version
from pathlib import Path

import jiwer
from meeteval.io import SegLST
from meeteval.wer.wer.time_constrained import tcp_word_error_rate

WORDS = "bonjour merci alors voilà donc oui non peut être là à a ne pas logiciel libre".split()

# Words of the reference, share of them that is changed.
TEXTS = [(1, 0.0), (3, 0.5), (20, 0.2), (63, 0.1), (64, 0.4), (65, 0.9), (200, 0.3), (700, 0.15)]

# Speakers of the reference, of the hypothesis, entries of each, collar in ms.
ENTRIES = [
    (1, 1, 3, 0),
    (1, 1, 6, 500),
    (2, 2, 5, 5_000),
    (2, 3, 4, 1_000),
    (3, 2, 4, 250),
    (4, 4, 8, 5_000),
    (2, 0, 3, 5_000),
    (0, 2, 3, 5_000),
    (20, 20, 3, 5_000),  # the most that meeteval scores
]


def misheard(dice, words, share):
    heard = []
    for word in words:
        fate = dice.random()
        if fate >= share:
            heard.append(word)
        elif fate < share / 3:
            heard.append(dice.choice(WORDS))
        elif fate < share * 2 / 3:
            heard += [word, dice.choice(WORDS)]
    return heard


def scored_texts(said, heard):
    words = jiwer.process_words(said, heard)
    letters = jiwer.process_characters(said, heard)
    errors = lambda found: found.substitutions + found.deletions + found.insertions
    return {
        "said": said,
        "heard": heard,
        "word_errors": errors(words),
        "wer": round(words.wer, 9) if said else None,
        "character_errors": errors(letters),
        "cer": round(letters.cer, 9) if said else None,
    }


def entries(dice, n_speakers, n_each):
    """One speaker's entries follow each other, those of several overlap."""
    made = []
    for speaker in range(n_speakers):
        at = dice.randrange(8_000)
        for _ in range(n_each):
            words = dice.choices(WORDS, k=dice.randint(1, 6))
            length = dice.randint(300, 900) * len(words)
            made.append([speaker, at, at + length, " ".join(words)])
            at += length + dice.randint(50, 4_000)
    return sorted(made, key=lambda entry: entry[1])


def heard_of(dice, said, n_speakers):
    numbers = dice.sample(range(n_speakers), n_speakers)
    made, free = [], [0] * n_speakers
    for speaker, start, end, words in said if n_speakers else []:
        number = numbers[speaker % n_speakers]
        if dice.random() < 0.1:
            number = dice.randrange(n_speakers)
        words = misheard(dice, words.split(), 0.2)
        start = max(start + dice.randint(-700, 700), free[number])
        end = max(end + dice.randint(-700, 700), start + 200)
        free[number] = end
        if words:
            made.append([number, start, end, " ".join(words)])
    return sorted(made, key=lambda entry: entry[1])


def seglst(entries):
    of = lambda speaker, start, end, words: {
        "session_id": "un",
        "speaker": f"S{speaker}",
        "start_time": start / 1_000,
        "end_time": end / 1_000,
        "words": words,
    }
    return SegLST([of(*entry) for entry in entries])


def scored_entries(said, heard, collar_ms):
    found = tcp_word_error_rate(seglst(said), seglst(heard), collar=collar_ms / 1_000)
    return {
        "collar_ms": collar_ms,
        "said": said,
        "heard": heard,
        "errors": found.errors,
        "words": found.length,
    }


def main():
    warnings.simplefilter("ignore")
    logging.disable()
    texts = [scored_texts("", "sous titres"), scored_texts("bonjour à tous", "")]
    for seed, (n_words, share) in enumerate(TEXTS):
        dice = random.Random(seed)
        said = dice.choices(WORDS, k=n_words)
        texts.append(scored_texts(" ".join(said), " ".join(misheard(dice, said, share))))
    timed = []
    for seed, (n_said, n_heard, n_each, collar_ms) in enumerate(ENTRIES):
        dice = random.Random(seed)
        said = entries(dice, n_said, n_each)
        heard = heard_of(dice, said, n_heard) if said else entries(dice, n_heard, n_each)
        timed.append(scored_entries(said, heard, collar_ms))
    head = {tool: version(tool) for tool in ("jiwer", "rapidfuzz", "meeteval")}
    line = lambda value: json.dumps(value, ensure_ascii=False)
    lines = lambda cases: ",\n".join("  " + line(case) for case in cases)
    text = (
        f'{{\n "tools": {line(head)},\n "texts": [\n{lines(texts)}\n ],\n'
        f' "entries": [\n{lines(timed)}\n ]\n}}\n'
    )
    path = Path(__file__).parents[2] / "tests/data/oracle/words.json"
    path.write_text(text, encoding="utf-8")


main()
