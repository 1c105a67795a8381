"""The jingle of the sample episode: a tune of our own, computed note by note.

Four chords in F, one a bar: a plucked arpeggio, a bass, a pad. No recording, no sample, no random number.
"""

import numpy as np

from voices import RATE

BEAT_S = 60 / 104
CHORDS = [  # the bass, then the four notes of the arpeggio: MIDI numbers
    (41, (57, 60, 64, 69)),  # F major 7
    (38, (57, 60, 65, 69)),  # D minor 7
    (46, (58, 62, 65, 69)),  # B flat major 7
    (36, (55, 60, 62, 67)),  # C suspended
]
ARPEGGIO = (0, 1, 2, 3, 2, 1, 3, 2)  # eighth notes of a bar
LAST = (41, (57, 60, 65, 72))  # F major, let ring


def jingle(seconds: float) -> np.ndarray:
    """The tune, its chords repeated, then a last chord, left to ring for 1.5 s or a little more."""
    bar_s = 4 * BEAT_S
    n_bars = max(1, int((seconds - 1.5) / bar_s))
    out = np.zeros(round(seconds * RATE))
    for bar in range(n_bars):
        bass, notes = CHORDS[bar % len(CHORDS)]
        at = bar * bar_s
        add(out, at, tone(bass, bar_s, (1, 0.5, 0.2), attack_s=0.01, decay_s=0.9), 0.5)
        for note in notes:
            add(out, at, tone(note, bar_s * 1.1, (1, 0.15), attack_s=0.35, decay_s=4.0), 0.07)
        for eighth, which in enumerate(ARPEGGIO):
            loud = 0.26 if eighth % 4 == 0 else 0.18
            add(out, at + eighth * BEAT_S / 2, tone(notes[which] + 12, 1.2, (1, 0.45, 0.2, 0.1), 0.004, 0.28), loud)
    bass, notes = LAST
    at = n_bars * bar_s
    add(out, at, tone(bass, 3, (1, 0.5, 0.2), 0.01, 1.2), 0.5)
    for n, note in enumerate(notes):
        add(out, at + 0.04 * n, tone(note + 12, 3, (1, 0.45, 0.2, 0.1), 0.004, 0.9), 0.2)
    return (out / np.abs(out).max()).astype(np.float32)


def tone(note: int, seconds: float, partials: tuple, attack_s: float, decay_s: float) -> np.ndarray:
    """One note; a higher partial fades sooner, as on a string."""
    t = np.arange(round(seconds * RATE)) / RATE
    hertz = 440 * 2 ** ((note - 69) / 12)
    out = np.zeros(len(t))
    for n, weight in enumerate(partials, start=1):
        out += weight * np.sin(2 * np.pi * n * hertz * t) * np.exp(-t * n / decay_s)
    release = np.minimum(1, (seconds - t) / 0.05)
    return out * np.minimum(1, t / attack_s) * release


def add(out: np.ndarray, at_s: float, sound: np.ndarray, gain: float) -> None:
    start = round(at_s * RATE)
    sound = sound[: max(0, len(out) - start)]
    out[start : start + len(sound)] += gain * sound
