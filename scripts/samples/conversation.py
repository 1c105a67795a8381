#!/usr/bin/env python3
"""Conversations assembled from real voices, for measuring who speaks: conversation.py DATA OUT

    pip install numpy scipy soundfile pyroomacoustics onnxruntime

DATA is the folder of French recordings with references (`../shared/data`), whose licences do not let them in here: OUT must
lie outside of the project. Written are OUT/tune and OUT/judge, NAME.wav and NAME.rttm each, of 36 clips of 20 s to 5 minutes;
no voice is in both. A dice of its own makes each clip: the same DATA gives the same sound.

People take turns as in Landini et al., "From simulated mixtures to simulated conversations" (2022), but by distributions in
closed form: pauses, gaps and overlaps (Heldner & Edlund, "Pauses, gaps and overlaps in conversations", 2010), back-channels
under another's turn. Of one room (image method) there is one microphone; in some clips one of them is on the telephone, or
an announcer opens over a jingle. References are cut by level, of each voice before it is in the room, at pauses of 0.3 s.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pyroomacoustics
import soundfile
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

sys.path.insert(0, str(Path(__file__).resolve().parent))
from jingle import jingle  # noqa: E402
from voices import RATE as JINGLE_RATE  # noqa: E402

RATE = 16_000
HALVES = {
    "tune": {
        "june": ["dialogues/dates"],
        "hibiki": ["real/hibiki_crepes"],
        "bise": ["real/bise_et_soleil"],
        "fleurs_a": ["real/fleurs_fr_001", "real/fleurs_fr_007"],
        "cocjg1mot": ["real/sppas_cocjg1mot"],
        "spk-001": ["real/tcof_separation"],
        "CQAGS1": ["real/sppas_Sample_1_PFCquebec_CQAGS1", "real/sppas_Sample_2_PFCquebec_CQAGS1"],
        "passerelles": ["real/passerelles_intro"],
        "devauchelle": ["real/lamartine_two_readers"],
        "MB": ["real/sppas_MB_track_0674"],
        "ML": ["real/sppas_ML_track_0597"],
        "BX": ["real/sppas_BX_track_0451"],
        "AC": ["real/sppas_AC_track_0379"],
    },
    "judge": {
        "armelle": ["dialogues/dialogue"],
        "chronique": ["real/chronique_ph2", "real/chronique_ph4", "real/chronique_ph7", "real/chronique_ph10"],
        "F_F_B003": ["real/sppas_F_F_B003-P8", "real/sppas_F_F_B003-P9"],
        "jlo": ["real/jlo_*"],
        "joanis": ["real/readalong_joanis"],
        "fleurs_b": ["real/fleurs_fr_003", "real/fleurs_fr_004"],
        "mille": ["real/mille_et_une_nuits"],
        "fpp": ["real/cfpp_appartement"],
        "april": ["real/libre_a_vous"],
        "jehanne": ["real/lamartine_two_readers"],
        "LJ": ["real/sppas_LJ_track_0431"],
        "MG": ["real/sppas_MG_track_0702"],
        "NH": ["real/sppas_NH_track_636"],
        "AG": ["real/sppas_AG_0460"],
    },
}
NAMES_IN_RTTM = {"mille": "mille_et_une_nuits", "fpp": "fpp_spk"}
# Seconds of each clip, and its people; a telephone guest in every fifth, an announcer in every sixth.
CLIPS = [(s, p) for p in (2, 3, 4, 2) for s in (20, 25, 30, 40, 50, 60)] + [
    (s, p) for s in (90, 150, 220, 300) for p in (2, 4, 7)
]
FRAME = RATE // 100
LISTED_PAUSE_S = 0.3


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("data", type=Path)
    ap.add_argument("out", type=Path)
    args = ap.parse_args()
    for number, (half, voices) in enumerate(HALVES.items()):
        folder = args.out / half
        folder.mkdir(parents=True, exist_ok=True)
        phrases = {voice: phrases_of(args.data, voice, clips) for voice, clips in voices.items()}
        for clip, (seconds, n_people) in enumerate(CLIPS):
            dice = np.random.default_rng([number, clip])
            sound, turns = conversation(dice, phrases, seconds, n_people, clip % 5 == 3, clip % 6 == 4)
            name = f"{half}{clip:02}_{seconds}s_{n_people}"
            soundfile.write(folder / f"{name}.wav", sound, RATE, subtype="PCM_16")
            lines = [f"SPEAKER {name} 1 {start:.3f} {end - start:.3f} <NA> <NA> {who} <NA> <NA>" for start, end, who in turns]
            (folder / f"{name}.rttm").write_text("\n".join(lines) + "\n", encoding="utf-8")


def phrases_of(data: Path, voice: str, clips: list[str]) -> list[np.ndarray]:
    """What a voice says without a pause, in order, at one level."""
    phrases = []
    for path in sorted(path for clip in clips for path in data.glob(f"{clip}.flac")):
        sound, rate = soundfile.read(path, dtype="float64", always_2d=True)
        sound = resample_poly(sound.mean(axis=1), RATE, rate)
        for line in path.with_suffix(".rttm").read_text(encoding="utf-8").splitlines():
            fields = line.split()
            if fields[7] == NAMES_IN_RTTM.get(voice, voice):
                start = float(fields[3])
                span = sound[round(start * RATE) : round((start + float(fields[4])) * RATE)]
                phrases += [span[a:b] for a, b in active(span) if b - a >= 0.3 * RATE]
    level = np.sqrt(np.mean(np.concatenate(phrases) ** 2))
    return [faded(phrase * (10 ** (-24 / 20) / level)) for phrase in phrases]


def active(sound: np.ndarray) -> list[tuple[int, int]]:
    """Where a voice is within 32 dB of its loud parts, in samples; pauses shorter than LISTED_PAUSE_S are filled."""
    db = levels(sound)
    if len(db) == 0:
        return []
    loud = np.flatnonzero(db > np.percentile(db, 95) - 32)
    spans = []
    for frame in loud:
        if spans and (frame - spans[-1][1]) * 0.01 < LISTED_PAUSE_S:
            spans[-1][1] = frame + 1
        else:
            spans.append([frame, frame + 1])
    return [(a * FRAME, b * FRAME) for a, b in spans if b - a >= 5]


def levels(sound: np.ndarray) -> np.ndarray:
    """dB of frames of 10 ms, each with its neighbours."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.convolve(np.mean(frames**2, axis=1), np.ones(3) / 3, "same") if len(frames) else np.zeros(0)
    return 10 * np.log10(power + 1e-10)


def faded(sound: np.ndarray) -> np.ndarray:
    ramp = np.minimum(1, np.arange(1, len(sound) + 1) / (0.01 * RATE))
    return sound * ramp * ramp[::-1]


class Person:
    """Somebody who goes on saying what is left, from the start again when all is said."""

    def __init__(self, dice, phrases: list[np.ndarray]):
        self.phrases, self.left = phrases, []
        self.first = int(dice.integers(len(phrases)))

    def says(self, seconds: float) -> np.ndarray:
        """The next phrase, or its beginning, cut where it is quiet."""
        if not self.left:
            self.left = self.phrases[self.first :] + self.phrases[: self.first]
        phrase = self.left.pop(0)
        wanted = round(seconds * RATE)
        if len(phrase) - wanted < 0.4 * RATE:
            return phrase
        near = range(max(20, wanted // FRAME - 20), min(wanted // FRAME + 30, len(phrase) // FRAME - 20))
        if len(near) == 0:
            return phrase
        cut = FRAME * (near[0] + int(np.argmin(levels(phrase)[near[0] : near[-1] + 1])))
        self.left.insert(0, faded(phrase[cut:]))
        return faded(phrase[:cut])


def conversation(dice, phrases: dict, seconds: int, n_people: int, by_telephone: bool, announced: bool):
    """Sound and turns (start, end, who) of one clip."""
    names = [str(name) for name in dice.permutation(sorted(phrases))[: n_people + announced]]
    people = {name: Person(dice, phrases[name]) for name in names}
    talkers = names[:n_people]
    # Who has less to say in DATA says less here, too, so that nobody repeats much.
    shares = np.exp(dice.normal(0, 1, n_people)) * [min(20, sum(map(len, phrases[name])) / RATE) for name in talkers]
    shares = np.clip(shares / shares.sum(), 0.02, 0.7)

    said = []  # (start in seconds, who, sound)
    at = 1.0
    if announced:
        at = 2.5
        while at < 8:
            said.append((at, names[-1], people[names[-1]].says(5)))
            at = end_of(said[-1]) + dice.uniform(0.1, 0.4)
        at += 1.0
    bed_s = at if announced else 0
    who, before = None, None
    while at < seconds - 1.5:
        # A dialogue goes on: who spoke before is likelier to answer.
        chance = [share * (name != who) * (2.5 if name == before else 1) for name, share in zip(talkers, shares)]
        before, who = who, talkers[dice.choice(n_people, p=np.divide(chance, sum(chance)))]
        length = float(np.clip(dice.lognormal(np.log(2.2), 0.9), 0.4, 25)) * (0.5 + shares[talkers.index(who)])
        start = at
        while at - start < length and at < seconds - 0.5:
            said.append((at, who, people[who].says(start + length - at)))
            end = end_of(said[-1])
            at = end + float(np.clip(dice.lognormal(np.log(0.4), 0.6), 0.1, 1.5))
        for _ in range(dice.poisson((end - start) / 9)):
            listener = talkers[dice.integers(n_people)]
            sound = people[listener].says(float(dice.uniform(0.25, 0.6)))
            if len(sound) < 1.2 * RATE and end - start > 2.5 and listener not in (who, before):
                said.append((dice.uniform(start + 0.5, end - 1), listener, sound))
        overlaps = dice.random() < 0.38
        gap = float(np.clip(dice.lognormal(np.log(0.28), 0.8), 0.02, 3))
        at = end - min(dice.exponential(0.45), 0.7 * (end - start)) if overlaps else end + gap
    free = []
    for one in sorted(said, key=lambda one: one[0]):
        if all(one[1] != other[1] or end_of(other) <= one[0] for other in free):
            free.append(one)
    turns = [(at + a / RATE, at + b / RATE, name) for at, name, sound in free for a, b in active(sound)]
    caller = talkers[int(np.argmin(abs(shares - 0.3)))] if by_telephone else None
    return mixed(dice, free, names, caller, bed_s), joined(turns)


def end_of(one: tuple) -> float:
    return one[0] + len(one[2]) / RATE


def joined(turns: list[tuple]) -> list[tuple]:
    """Turns of one voice with less than LISTED_PAUSE_S between them are one."""
    out = []
    for start, end, who in sorted(turns):
        last = next((n for n in reversed(range(len(out))) if out[n][2] == who), None)
        if last is not None and start - out[last][1] < LISTED_PAUSE_S:
            out[last] = (out[last][0], max(end, out[last][1]), who)
        else:
            out.append((start, end, who))
    return out


def mixed(dice, said: list[tuple], names: list[str], caller: str | None, bed_s: float) -> np.ndarray:
    """All in one room, but the caller; the announcer, the last of `names`, before a microphone of their own."""
    n_samples = round((max(map(end_of, said)) + 1) * RATE)
    tracks = {name: np.zeros(n_samples) for name in names}
    for at, name, sound in said:
        tracks[name][round(at * RATE) :][: len(sound)] += sound
    size = dice.uniform([3, 2.5, 2.4], [7, 6, 3.2])
    absorption, order = pyroomacoustics.inverse_sabine(float(dice.uniform(0.25, 0.5)), size)
    room = pyroomacoustics.ShoeBox(size, fs=RATE, materials=pyroomacoustics.Material(absorption), max_order=min(order, 12))
    microphone = size * dice.uniform([0.4, 0.4, 0.3], [0.6, 0.6, 0.45])
    room.add_microphone(microphone)
    for _ in names:
        away = dice.uniform(0.5, 1.4)
        angle = dice.uniform(0, 2 * np.pi)
        place = microphone + np.array([away * np.cos(angle), away * np.sin(angle), dice.uniform(0, 0.4)])
        room.add_source(np.clip(place, 0.2, size - 0.2))
    room.compute_rir()
    out = np.zeros(n_samples)
    for number, name in enumerate(names):
        gain = 10 ** (dice.normal(0, 3) / 20)
        track = tracks[name]
        if name == caller:
            track = sosfilt(butter(4, (300, 3_400), "band", fs=RATE, output="sos"), track)
            track = np.clip(track * 3, -0.6, 0.6) / 3
        elif not (bed_s and number == len(names) - 1):
            response = room.rir[0][number]
            # The direct sound at the time and the level of the track.
            direct = int(np.argmax(np.abs(response)))
            track = fftconvolve(track, response[direct:] / np.abs(response[direct]))[:n_samples]
        out += gain * track
    noise = np.cumsum(dice.normal(0, 1, n_samples))
    noise = sosfilt(butter(1, 80, "high", fs=RATE, output="sos"), noise) + 3 * dice.normal(0, 1, n_samples)
    out += noise / np.std(noise) * 10 ** ((-24 - dice.uniform(15, 35)) / 20)
    if bed_s:
        music = resample_poly(jingle(bed_s + 1.5), RATE, JINGLE_RATE)[:n_samples]
        out[: len(music)] += music / np.std(music) * 10 ** ((-24 - dice.uniform(3, 10)) / 20)
    return out * min(1, 0.95 / np.abs(out).max())


if __name__ == "__main__":
    main()
