#!/usr/bin/env python3
"""Answers of the two speaker networks by ONNX Runtime, for tests/neural.

    pip install onnxruntime==1.32.0 kaldi-native-fbank==1.23.0 numpy==2.*
    scripts/oracles/networks.py segmentation-3.0.onnx campplus.onnx

writes tests/data/oracle/segmentation.json and embedding.json. The sound is made by the rules of
`sound` below, which the test follows too: whole numbers only, so that both
hear the same bits and no sound is committed.
"""

import json
import sys
from pathlib import Path

import kaldi_native_fbank
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


def answer(path, values):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: values})[0][0]


def features(samples):
    """Kaldi's filter banks, each band less its mean: what the embedding network hears."""
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither = 0
    options.mel_opts.num_bins = 80
    fbank = kaldi_native_fbank.OnlineFbank(options)
    fbank.accept_waveform(16_000, samples.tolist())
    fbank.input_finished()
    frames = np.stack([fbank.get_frame(i) for i in range(fbank.num_frames_ready)])
    return frames - frames.mean(axis=0)


def write(name, fixture):
    text = json.dumps(fixture, indent=1).replace("\n   ", " ").replace("\n  ]", " ]")
    path = Path(__file__).parents[2] / f"tests/data/oracle/{name}.json"
    path.write_text(text + "\n")


def main():
    classes = answer(sys.argv[1], sound()[None, None])
    assert classes.shape == (589, 7), classes.shape
    write("segmentation", {
        "tool": "onnxruntime",
        "version": onnxruntime.__version__,
        "model": "segmentation-3.0",
        "answer": "natural logarithms of the probabilities of 7 classes, by frame",
        "frames": {str(i): [round(float(x), 6) for x in classes[i]] for i in range(0, 589, EVERY)},
    })
    # Three seconds of one of the two voices.
    heard = features(sound()[:48_000])
    voice = answer(sys.argv[2], heard[None].astype(np.float32))
    assert voice.shape == (192,), voice.shape
    write("embedding", {
        "tool": "onnxruntime",
        "version": onnxruntime.__version__,
        "features": f"kaldi-native-fbank {kaldi_native_fbank.__version__}",
        "model": "CAM++",
        "frame_100": [round(float(x), 5) for x in heard[100]],
        "answer": "192 values, divided by their norm",
        "voice": [round(float(x), 6) for x in voice / np.linalg.norm(voice)],
    })


main()
