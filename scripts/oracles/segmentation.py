#!/usr/bin/env python3
"""Answers of segmentation-3.0 by ONNX Runtime, for tests/neural_segmentation.rs.

    pip install onnxruntime==1.32.0 numpy==2.*
    scripts/oracles/segmentation.py models/segmentation-3.0.onnx

writes tests/data/oracle/segmentation.json. The sound is made by the rules of
`sound` below, which the test follows too: whole numbers only, so that both
hear the same bits and no sound is committed.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

N_SAMPLES = 160_000
EVERY = 13  # frames kept: 589 / 13 = 46 rows of 7


# Feedback of the resonators of three vowels (about a, i, u), times 2^14: two
# formants each.
VOWELS = [
    [(30_700, -15_300), (28_100, -15_000)],
    [(32_000, -15_800), (19_900, -14_700)],
    [(31_900, -15_700), (30_900, -15_400)],
]


def sound():
    """A crude voice: pulses through two resonators, over noise, in 16 bits."""
    state, samples = 20_191_212, np.zeros(N_SAMPLES, np.int64)
    past = [(0, 0), (0, 0)]
    since_pulse = 0
    for i in range(N_SAMPLES):
        state = (state * 1_664_525 + 1_013_904_223) % 2**32
        noise = (state >> 16) - 32_768
        # Two voices in turn, silent in every third stretch of 1.25 s, with a
        # syllable of another vowel each 0.2 s.
        stretch = i // 20_000
        period = (130 if stretch % 2 == 0 else 74) + (i // 700) % 13
        since_pulse = (since_pulse + 1) % period
        strength = 1_600 - abs(i % 3_200 - 1_600)
        value = 0
        if stretch % 3 != 2:
            value = strength if since_pulse == 0 else noise * strength // 2**21
        vowel = VOWELS[(i // 3_200) * 7 % 3]
        for k, (a, b) in enumerate(vowel):
            value += (a * past[k][0] + b * past[k][1]) >> 14
            past[k] = (value, past[k][0])
        value = (value >> 2) + noise // 2_048
        samples[i] = min(max(value, -32_768), 32_767)
    return (samples / 32_768).astype(np.float32)


def main():
    session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
    answer = session.run(None, {session.get_inputs()[0].name: sound()[None, None]})[0][0]
    assert answer.shape == (589, 7), answer.shape
    rows = {str(i): [round(float(x), 6) for x in answer[i]] for i in range(0, 589, EVERY)}
    fixture = {
        "tool": "onnxruntime",
        "version": onnxruntime.__version__,
        "model": "segmentation-3.0",
        "answer": "natural logarithms of the probabilities of 7 classes, by frame",
        "frames": rows,
    }
    text = json.dumps(fixture, indent=1).replace("\n   ", " ").replace("\n  ]", " ]")
    path = Path(__file__).parents[2] / "tests/data/oracle/segmentation.json"
    path.write_text(text + "\n")


main()
