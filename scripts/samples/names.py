"""Speak sentences full of names, and make the lists of hotwords that go with them.

    names.py --assets FOLDER --out FOLDER

FOLDER of the assets is what `make-episode` fetched (WORK/assets). Of each half of names.txt, written: NAME.txt (what is
said), NAME.names.json (the names of each sentence, listed or not) and the sound: clean, under music, by telephone.
Then list-50.txt, list-500.txt and list-5000.txt: the listed names of both halves first, and names that nobody says.
Synthetic from end to end; nothing of it is committed.
"""

import argparse
import json
import random
import re
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import butter, sosfiltfilt

from episode import active_db, gain
from jingle import jingle
from voices import RATE, Voices

VOICES = [  # the four that Whisper reads best
    ("am_fenrir*0.6+ff_siwis*0.4", 0.88, 0.85),
    ("ff_siwis", 0.9, 1.0),
    ("im_nicola*0.7+ff_siwis*0.3", 0.85, 1.0),
    ("bm_george*0.6+ff_siwis*0.4", 0.92, 0.92),
]
NAME = re.compile(r"\[([^]|]+)(?:\|([^]]+))?\]|\{([^}|]+)(?:\|([^}]+))?\}")
PAUSE_S = 0.7
SPEECH_DB, NOISE_DB, MUSIC_DB, BAND = -21, -66, -33, (300, 3400)

# Parts of names that nobody of the sentences has, though many sound like those that they have.
FIRST = """Maël Mael Maëva Gaëlle Yousra Youcef Eva Ewan Solène Solange Thibault Thibaud Olivia Karima Karine Zbyszek Ingmar
Gwendal Gwenola Amara Amandine Franck Francis Loïs Loïck Bérangère Jérémie Jeannot Bastien Baptistin Heidi Clément Clémentine
Sean Dimitri Anaïs Annick Mehmet Médéric Agnès Typhaine Tifenn Étiennette Isabeau Abdel Abdelkader Margot Rasoul Yannick Yanis
Inaya Agnan Valentine Ousmana Gaspardine Chloé Corentine Noëlle Nolan Georges Gérald Élisa Lise Florence Florian""".split()
LAST = """Kerdavec Kermadec Lestrange Benaïcha Benhaïm Przybylski Guillevic Guivarch Castagné Castaing Beladjel Belhaj Novak
Nowicki Haugan Riot Rioux Diane Dian Morandi Moretti Tangui Tanguay Vauclin Vauclaire Quesnard Quessart Roquelle Roquebrune
Zimmerman Zimmer Ostrovski Ostrow Le Gallo Le Goff Leary O'Neill Papadopoulos Delatre Delattret Cherkaoua Cherki Wolski
Volka Le Bihannic Bihan Gonnord Gonard Vanier Vannier Meddah Sauvage Sauvageon Lindquist Lindberg Kerdoncuf Figueira
Figuier Sarre Saar Lemonier Lemoine Chan Tchang Hascouët Hasquenoph Cadiot Cadiou-Morvan Stavros Stavrakis Vermersch
Vermeer Abadia Abadi""".replace("Le ", "Le_").split()
PLACES = """Plouermel Ploemeur Figeat Fijac Aurignac Auriac Lannemezin Lanmeur Douarnez Douvaine Concarnac Concoret Guingan
Gouesnou Landernau Landerneaux Quimper Quimperlec Roscof Rostrenen Pont-Avenne Pontivy Villefranche-de-Lauragais Decazes
Vénissac Lorentz Lorgues Cracovia Padova Fribourg-Nord Gotha Gottingen Tunisie Tataoune Thiesse Montreux Bercée""".split()
PRODUCTS = """SecNumEdge NextDrive NextOffice PeerTune PeerCloud ScaleUp Scality LibreCalc LibreDraw OpenDocs OpenData Mobilitude
Mobilis Qwantum Kohana XWord CryptDrive TuxPaint ActivityHub YunoCast Chatonnets FireFence Thunderbolt Ubunteau Debiane
OrganicLab RegardsNeufs HDSL CADE CADAM FFDM FFTN PMD HATV HAB ANSSE DINUMA CNRT""".split()


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--assets", type=Path, required=True)
    ap.add_argument("--out", type=Path, required=True)
    args = ap.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    here = Path(__file__).parent
    lines = (here / "names.txt").read_text(encoding="utf-8").splitlines()
    blocks = "\n".join(line for line in lines if not line.startswith("#")).strip().split("\n\n")
    halves = [block.splitlines() for block in blocks]
    write_lists(halves, args.out)
    voices = Voices(args.assets, json.loads((here / "lexicon.json").read_text(encoding="utf-8")), 1)
    for name, half in zip(("choose", "judge"), halves, strict=True):
        make(name, half, voices, args.out)


def write_lists(halves: list[list[str]], out: Path) -> None:
    listed = [m[1] for half in halves for line in half for m in NAME.finditer(line) if m[1]]
    said = {(m[1] or m[3]).lower() for half in halves for line in half for m in NAME.finditer(line)}
    rng = random.Random(60)
    others = [f"{first} {last.replace('_', ' ')}" for first in FIRST for last in LAST]
    rng.shuffle(others)
    others = [*PLACES, *PRODUCTS, *others]
    others = [name for name in dict.fromkeys(others) if name.lower() not in said]
    # The list of 50 is that of a show: most of it is said. Those that it lacks are in the longer ones.
    for size in (50, 500, 5000):
        names = [*listed, *others] if size > 50 else [*listed[0:60:2], *listed[1:60:4], *others[:5]]
        (out / f"list-{size}.txt").write_text("\n".join(names[:size]) + "\n", encoding="utf-8")
    # A list of which nothing is said.
    (out / "list-other-500.txt").write_text("\n".join(others[:500]) + "\n", encoding="utf-8")
    (out / "list-all.txt").write_text("\n".join(listed) + "\n", encoding="utf-8")


def make(name: str, half: list[str], voices: Voices, out: Path) -> None:
    rng = np.random.Generator(np.random.PCG64(len(name)))
    sounds, texts, names = [], [], []
    for n, line in enumerate(half):
        voice, speed, pitch = VOICES[n % len(VOICES)]
        said = NAME.sub(lambda m: m[2] or m[4] or m[1] or m[3], line)
        sound = voices.say(said, voice, speed, pitch).astype(np.float64)
        sounds.append(sound * gain(SPEECH_DB - active_db(sound)))
        texts.append(NAME.sub(lambda m: m[1] or m[3], line))
        names.append([{"name": m[1] or m[3], "listed": bool(m[1])} for m in NAME.finditer(line)])
    pause = np.zeros(round(PAUSE_S * RATE))
    clean = np.concatenate([part for sound in sounds for part in (sound, pause)])
    clean += rng.standard_normal(len(clean)) * gain(NOISE_DB)
    bed = jingle(len(clean) / RATE + 1).astype(np.float64)[: len(clean)]
    music = clean + bed * gain(MUSIC_DB - active_db(bed))
    phone = sosfiltfilt(butter(6, BAND, "bandpass", fs=RATE, output="sos"), clean)
    for kind, sound in (("clean", clean), ("music", music), ("phone", phone)):
        sound = sound * min(1.0, 0.97 / np.abs(sound).max())
        stem = out / f"{name}-{kind}"
        soundfile.write(f"{stem}.flac", (sound * 32767).round().astype(np.int16), RATE, subtype="PCM_16")
        Path(f"{stem}.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    (out / f"{name}.names.json").write_text(json.dumps(names, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{name}: {len(clean) / RATE:.0f} s, {sum(map(len, names))} names")


if __name__ == "__main__":
    main()
