#!/usr/bin/env python3
"""Scores of pyannote.metrics and meeteval, for src/eval/oracle.rs.

    pip install pyannote.metrics==4.2.0 meeteval==0.4.3
    scripts/oracles/diarization.py

writes tests/data/oracle/diarization.json: small cases made by dice with a fixed
seed, and one made by hand. All times are whole milliseconds. A turn is
[speaker, start, end]; what is said is [speaker, words].
"""

import json
import logging
import random
import warnings
from importlib.metadata import version
from pathlib import Path

from meeteval.wer import cp_word_error_rate
from pyannote.core import Annotation, Segment
from pyannote.metrics.diarization import DiarizationErrorRate, JaccardErrorRate

WORDS = "bonjour merci alors voilà donc oui non peut être là".split()

BY_HAND = {
    "reference": [[0, 0, 4000], [1, 5000, 12000], [2, 11500, 18000], [1, 18500, 20000]],
    "hypothesis": [[0, 200, 4100], [1, 5000, 11500], [2, 11500, 18400], [2, 18500, 20000]],
    "said": [[0, "bonjour à tous"], [1, "merci alors voilà oui"], [2, "donc non"]],
    "heard": [[0, "bonjour tous"], [1, "merci alors voilà"], [2, "donc non oui"]],
}

# Speakers of the reference, speakers of the hypothesis, half-width of the collar in ms.
MADE_BY_DICE = [
    (1, 1, 0),
    (2, 2, 0),
    (2, 2, 250),
    (3, 3, 250),
    (2, 5, 0),
    (3, 6, 250),
    (5, 2, 0),
    (4, 1, 250),
    (3, 0, 0),
    (2, 0, 250),
    (6, 6, 0),
    (8, 7, 250),
    (0, 2, 0),
    (0, 0, 250),
    (150, 150, 0),
]

# The most people that meeteval scores.
SPEAKERS_MAX = 20


def turns(dice, n_speakers):
    """Speakers overlap each other, never themselves."""
    made = []
    for speaker in range(n_speakers):
        at = dice.randrange(3_000)
        for _ in range(dice.randint(1, 4)):
            length = dice.randint(300, 5_000)
            made.append([speaker, at, at + length])
            at += length + dice.randint(200, 6_000)
    return sorted(made, key=lambda turn: turn[1])


def heard_of(dice, reference, n_speakers):
    """Turns near those of the reference, some of them somebody else's; then noise."""
    if n_speakers == 0:
        return []
    made, free = [], [0] * n_speakers
    for speaker, start, end in reference + turns(dice, n_speakers)[::3]:
        to = (speaker + 1) % n_speakers  # numbers differ, or the pairing would not be tested
        speaker = to if dice.random() < 0.8 else dice.randrange(n_speakers)
        start = max(start + dice.randint(-400, 400), free[speaker])
        end += dice.randint(-400, 400)
        if start < end and dice.random() < 0.9:
            made.append([speaker, start, end])
            free[speaker] = end + 1
    return made


def said(dice, n_speakers):
    return [[s, " ".join(dice.choices(WORDS, k=dice.randint(1, 9)))] for s in range(n_speakers)]


def misheard(dice, said, n_speakers):
    """Some words lost, some wrong, some given to somebody else."""
    heard = [[] for _ in range(n_speakers)]
    for speaker, words in said:
        for word in words.split():
            fate = dice.random()
            if n_speakers and fate < 0.9:
                to = (speaker + 1) % n_speakers if fate < 0.75 else dice.randrange(n_speakers)
                heard[to].append(word if dice.random() < 0.9 else dice.choice(WORDS))
    return [[speaker, " ".join(words)] for speaker, words in enumerate(heard)]


def annotation(turns):
    made = Annotation()
    for index, (speaker, start, end) in enumerate(turns):
        made[Segment(start / 1_000, end / 1_000), index] = f"S{speaker}"
    return made


def scored(case, collar_ms):
    reference, hypothesis = annotation(case["reference"]), annotation(case["hypothesis"])
    collar = 2 * collar_ms / 1_000  # the full width
    der = DiarizationErrorRate(collar=collar)(reference, hypothesis, detailed=True)
    jer = JaccardErrorRate(collar=collar)(reference, hypothesis, detailed=True)
    words = [{f"S{s}": text for s, text in case[side]} for side in ("said", "heard")]
    cp = cp_word_error_rate(*words)
    return {
        "collar_ms": collar_ms,
        **case,
        "seconds": {
            "reference": round(der["total"], 6),
            "missed": round(der["missed detection"], 6),
            "false_alarm": round(der["false alarm"], 6),
            "confusion": round(der["confusion"], 6),
        },
        # Where nobody speaks no rate exists; the tools call it 0 or 1.
        "der": round(der["diarization error rate"], 9) if der["total"] else None,
        "jer": round(jer["jaccard error rate"], 9) if der["total"] else None,
        "jer_speakers": int(jer["speaker count"]),
        "cp_errors": cp.errors,
        "cp_words": cp.length,
    }


def main():
    warnings.simplefilter("ignore")
    logging.disable()
    cases = [scored(BY_HAND, collar_ms) for collar_ms in (0, 250)]
    for seed, (n_reference, n_hypothesis, collar_ms) in enumerate(MADE_BY_DICE):
        dice = random.Random(seed)
        case = {"reference": turns(dice, n_reference)}
        case["hypothesis"] = heard_of(dice, case["reference"], n_hypothesis)
        case["said"] = said(dice, min(n_reference, SPEAKERS_MAX))
        case["heard"] = misheard(dice, case["said"], min(n_hypothesis, SPEAKERS_MAX))
        cases.append(scored(case, collar_ms))
    head = {tool: version(tool) for tool in ("pyannote.metrics", "meeteval")}
    lines = [
        "  {\n" + ",\n".join(f"   {json.dumps(k)}: {dumped(v)}" for k, v in case.items()) + "\n  }"
        for case in cases
    ]
    text = f'{{\n "tools": {json.dumps(head)},\n "cases": [\n' + ",\n".join(lines) + "\n ]\n}\n"
    path = Path(__file__).parents[2] / "tests/data/oracle/diarization.json"
    path.write_text(text, encoding="utf-8")


def dumped(value):
    return json.dumps(value, ensure_ascii=False)


main()
