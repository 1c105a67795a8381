"""French sentences spoken by synthetic voices.

The network is Kokoro-82M (Apache-2.0) in int8 ONNX form, out of four wheels of PyPI; the voices are the style tables
of the npm package kokoro-js; espeak-ng turns text into phonemes. The network draws no random number: the same
library on the same kind of processor gives the same samples, whatever the number of threads.
"""

import ctypes
import ctypes.util
import functools
import hashlib
import json
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import onnxruntime
from scipy.signal import resample_poly

RATE = 24_000  # samples a second, everywhere in these scripts
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
MAX_PHONEMES = 508  # a style table has 510 rows, two of them for the padding
PIECE_PHONEMES = 260  # beyond that the network hurries
TAIL_PHONEMES = 30  # a shorter last piece is read badly
CLAUSE_PAUSE_S = 0.15

MARKS = ';:,.!?¡¿—…"«»“”(){}[]'
CLITICS = set("le la les de du des un une mon ma mes ton ta tes son sa ses ce cet cette ces au aux et en".split())
ELIDED = {"j": "ʒ", "c": "s", "qu": "k"}
# espeak-ng writes an affricate or a diphthong as two tied letters, Kokoro as one.
TIED = {"a^ɪ": "I", "a^ʊ": "W", "d^z": "ʣ", "d^ʒ": "ʤ", "e^ɪ": "A", "o^ʊ": "O", "ə^ʊ": "Q", "s^s": "S", "t^s": "ʦ",
        "t^ʃ": "ʧ", "ɔ^ɪ": "Y"}
PRIVATE = 0xE000  # a lexicon entry in IPA crosses espeak-ng as one private-use character


class Espeak:
    """libespeak-ng, text to IPA."""

    UTF8 = 1
    IPA_TIED = 0x02 | 1 << 7 | ord("^") << 8

    def __init__(self, voice: str):
        self.lib = ctypes.CDLL(ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1")
        if self.lib.espeak_Initialize(2, 0, None, 0) < 0:
            raise RuntimeError("espeak-ng did not start")
        if self.lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise RuntimeError(f"espeak-ng has no voice {voice}")
        self.lib.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self.lib.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]

    def phonemes(self, clause: str) -> str:
        left = ctypes.c_char_p(clause.encode())
        out = []
        while left.value is not None:
            out.append((self.lib.espeak_TextToPhonemes(ctypes.byref(left), self.UTF8, self.IPA_TIED) or b"").decode())
        ipa = re.sub(r"\([a-z^]+(-[a-z^]+)*\)", "", " ".join(out))  # (en) … (fr): a change of language
        for two, one in TIED.items():
            ipa = ipa.replace(two, one)
        return re.sub(r"\s+", " ", ipa.replace("^", "").replace("-", "")).strip()


class Voices:
    """Text in, samples out.

    `folder` holds what `make-episode` fetched: model.onnx, vocab.json, voices/*.bin.
    `lexicon` gives the spoken form of a word: another spelling, or IPA between slashes.
    """

    def __init__(self, folder: Path, lexicon: dict[str, str], threads: int):
        model = (folder / "model.onnx").read_bytes()
        if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
            raise RuntimeError("model.onnx: not the expected SHA-256")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.symbols = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        self.tables = folder / "voices"
        self.lexicon = sorted(lexicon.items(), key=lambda entry: -len(entry[0]))
        self.espeak = Espeak("fr")

    def say(self, text: str, voice: str, speed: float, pitch: float) -> np.ndarray:
        """One sentence. `pitch` moves pitch and formants together and keeps the duration."""
        out = []
        for piece in self.pieces(text):
            sound = self._infer(piece, voice, speed / pitch)
            if pitch != 1.0:
                ratio = Fraction(pitch).limit_denominator(100)
                sound = resample_poly(sound, ratio.denominator, ratio.numerator).astype(np.float32)
            if out:
                out.append(np.zeros(round(CLAUSE_PAUSE_S * RATE), np.float32))
            out.append(trimmed(sound))
        return np.concatenate(out)

    @functools.lru_cache(maxsize=None)
    def phonemes(self, text: str) -> str:
        text = plain_typography(self._respelled(plain_typography(text))).replace("«", "“").replace("»", "”")
        out = []
        for part in re.split(r"(\s*[" + re.escape(MARKS) + r"]+\s*)", text):
            if re.search(r"\w|[\ue000-\uf8ff]", part):
                out.append(self._clause(part))
            else:
                out.append(part)
        phonemes = re.sub(r"\s+", " ", "".join(out)).strip()
        return "".join(c for c in phonemes if c in self.symbols)

    def pieces(self, text: str) -> list[str]:
        """The phonemes of a sentence, cut at its marks where it is long."""
        out: list[str] = []
        for part in re.split(r"(?<=[,;:!?.—”])\s+", self.phonemes(text)):
            if out and len(out[-1]) + 1 + len(part) <= PIECE_PHONEMES:
                out[-1] += " " + part
            else:
                out.append(part)
        if len(out) > 1 and len(out[-1]) < TAIL_PHONEMES:
            out[-2:] = [" ".join(out[-2:])]
        if any(len(piece) > MAX_PHONEMES for piece in out):
            raise ValueError(f"a clause is too long to be spoken: {text}")
        return [piece for piece in out if piece]

    def _respelled(self, text: str) -> str:
        for n, (word, spoken) in enumerate(self.lexicon):
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", chr(PRIVATE + n) if spoken.startswith("/") else spoken, text)
        return text

    def _clause(self, clause: str) -> str:
        out = ""
        for part in re.split(r"([\ue000-\uf8ff])", clause):
            if part and PRIVATE <= ord(part[0]) < PRIVATE + len(self.lexicon):
                out += self.lexicon[ord(part) - PRIVATE][1].strip("/")
                continue
            elided = re.search(r"(?<!\w)(l|d|j|m|t|s|n|c|qu)'$", part, re.IGNORECASE)
            body = part[: elided.start()] if elided else part
            if body.strip():
                ipa = self.espeak.phonemes(body)
                if part is not clause and body.split()[-1].lower() in CLITICS:
                    head, _, last = ipa.rpartition(" ")
                    ipa = f"{head} {last.replace('ˈ', '')}"
                out += " " * body[0].isspace() + ipa.strip()
            out += " " * body[-1:].isspace()
            if elided:
                out += ELIDED.get(elided[1].lower(), elided[1].lower())
        return out

    @functools.lru_cache(maxsize=None)
    def _style(self, voice: str) -> np.ndarray:
        """`a`, or a weighted sum such as `a*0.6+b*0.4`."""
        parts = [term.partition("*") for term in voice.split("+")]
        weights = [float(weight or 1) for _, _, weight in parts]
        tables = [np.fromfile(self.tables / f"{name.strip()}.bin", "<f4").reshape(-1, 256) for name, _, _ in parts]
        return np.average(np.array(tables, np.float64), axis=0, weights=weights).astype(np.float32)

    def _infer(self, phonemes: str, voice: str, speed: float) -> np.ndarray:
        tokens = [self.symbols[c] for c in phonemes]
        table = self._style(voice)
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": table[min(len(tokens), len(table)) - 1].reshape(1, 256),
            "speed": np.array([speed], np.float32),
        }
        return np.asarray(self.session.run(None, inputs)[0], np.float32).ravel()


def plain_typography(text: str) -> str:
    text = text.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'").replace("…", "...")
    text = re.sub(r"\s+[-–—]\s+", " — ", text).replace("–", "—")
    text = re.sub(r"\s+([;:!?»,.])", r"\1", text)
    text = re.sub(r"«\s*", "«", text)
    return re.sub(r"\s+", " ", text).strip()


def trimmed(sound: np.ndarray, below_db: float = -42.0, keep_s: float = 0.02) -> np.ndarray:
    """Without its leading and trailing silence: 10 ms frames `below_db` under the loudest one."""
    frame = RATE // 100
    n_frames = len(sound) // frame
    level = np.sqrt((sound[: n_frames * frame].reshape(n_frames, frame) ** 2).mean(axis=1) + 1e-12)
    loud = np.flatnonzero(level > level.max() * 10 ** (below_db / 20))
    keep = round(keep_s * RATE)
    out = sound[max(0, loud[0] * frame - keep) : (loud[-1] + 1) * frame + keep].copy()
    ramp = np.linspace(0, 1, min(frame // 2, len(out) // 2), dtype=np.float32)
    out[: len(ramp)] *= ramp
    out[-len(ramp) :] *= ramp[::-1]
    return out
