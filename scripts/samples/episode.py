"""Speak scripts into sound files with exact references.

    episode.py --assets FOLDER --out FOLDER SCRIPT.json ...

SCRIPT.json describes one piece, or several under "pieces" that share "speakers" and "options":

  name      stem of the files written
  title     tag of the sound files
  seed      of every pause, change of speed and sample of noise
  speakers  NAME -> {voice, speed, pitch}; see voices.py
  options   sentence_pause, turn_pause [least, most] in seconds; speed_jitter; speech_db, noise_db (of full scale);
            lead, tail: silence at both ends, in seconds
  turns     [{speaker, text, gap, music}]
              gap    seconds after the turn before it, instead of a drawn pause; below 0 the two turns overlap
              music  {lead, tail, db, duck_db}: the jingle plays under the turn, alone for `lead` and `tail` seconds
  sound     in place of turns: [{kind: jingle|silence|noise, seconds, db}], one after the other
  band      [low, high] in hertz: what a narrow line lets through
  files     extension -> options of ffmpeg

Writes NAME.txt (`Name : text`, a turn a paragraph), NAME.rttm (speech cut at pauses of 0.3 s and more),
NAME.segments.json (sentences, turns, music, what made them) and the sound files.
"""

import argparse
import json
import random
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import soundfile
from scipy.signal import butter, sosfiltfilt

from jingle import jingle
from voices import MODEL_SHA256, RATE, Voices

SENTENCE_END = re.compile(r"[.!?…]+(?=\s+[«—]?\s*[A-ZÀ-ÖØ-Þ0-9])")
SHORT_PHONEMES = 16  # a lone « Oui. » is read badly: it goes with its neighbour
RTTM_PAUSE_S = 0.3
FADE_IN_S, FADE_OUT_S, DUCK_S = 0.3, 1.2, 0.4


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--assets", type=Path, required=True, help="model.onnx, vocab.json, voices/")
    ap.add_argument("--out", type=Path, required=True)
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("scripts", type=Path, nargs="+")
    args = ap.parse_args()

    lexicon = json.loads(Path(__file__).with_name("lexicon.json").read_text(encoding="utf-8"))
    voices = Voices(args.assets, lexicon, args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    for path in args.scripts:
        script = json.loads(path.read_text(encoding="utf-8"))
        for piece in script.pop("pieces", [{}]):
            piece = {**script, **piece, "options": {**script["options"], **piece.get("options", {})}}
            sound, reference = make(piece, voices)
            write(piece, sound, reference, args.out)
            print(f"{piece['name']}: {reference['duration']:.1f} s")


def make(piece: dict, voices: Voices) -> tuple[np.ndarray, dict]:
    if "sound" in piece:
        mix = np.concatenate([plain_sound(part, piece["seed"]) for part in piece["sound"]])
        sentences, music = [], []
    else:
        sentences = spoken(piece, voices)
        music = lay_out(piece, sentences)
        mix = mixed(piece, sentences, music)
    if "band" in piece:
        mix = sosfiltfilt(butter(6, piece["band"], "bandpass", fs=RATE, output="sos"), mix)
    mix *= min(1.0, 0.97 / max(np.abs(mix).max(), 1e-9))
    return mix, described(piece, sentences, music, len(mix))


def plain_sound(part: dict, seed: int) -> np.ndarray:
    n_samples = round(part["seconds"] * RATE)
    if part["kind"] == "silence":
        return np.zeros(n_samples)
    if part["kind"] == "noise":
        return np.random.Generator(np.random.PCG64(seed)).standard_normal(n_samples) * gain(part["db"])
    sound = jingle(part["seconds"]).astype(np.float64)
    return sound * gain(part["db"] - active_db(sound))


def spoken(piece: dict, voices: Voices) -> list[dict]:
    """Every sentence with its samples, one gain a speaker."""
    options, rng = piece["options"], random.Random(piece["seed"])
    out = []
    for turn_idx, turn in enumerate(piece["turns"]):
        speaker = piece["speakers"][turn["speaker"]]
        speed_before_jitter = turn.get("speed", speaker["speed"])
        for text in sentences_of(turn["text"], voices):
            speed = round(speed_before_jitter * (1 + rng.uniform(-1, 1) * options["speed_jitter"]), 4)
            out.append({
                "turn": turn_idx,
                "speaker": turn["speaker"],
                "text": text,
                "sentence_pause": rng.uniform(*options["sentence_pause"]),
                "turn_pause": rng.uniform(*options["turn_pause"]),
                "sound": voices.say(text, speaker["voice"], speed, speaker["pitch"]).astype(np.float64),
            })
    for name in {s["speaker"] for s in out}:
        own = [s for s in out if s["speaker"] == name]
        factor = gain(options["speech_db"] - active_db(np.concatenate([s["sound"] for s in own])))
        for s in own:
            s["sound"] *= factor
    return out


def sentences_of(text: str, voices: Voices) -> list[str]:
    ends = [m.end() for m in SENTENCE_END.finditer(text)]
    out: list[str] = []
    for start, end in zip([0, *ends], [*ends, len(text)]):
        sentence = text[start:end].strip()
        if out and (len(voices.phonemes(out[-1])) < SHORT_PHONEMES or len(voices.phonemes(sentence)) < SHORT_PHONEMES):
            out[-1] += " " + sentence
        else:
            out.append(sentence)
    return out


def lay_out(piece: dict, sentences: list[dict]) -> list[dict]:
    """Gives every sentence its `start` and `end` in samples; answers the stretches of music, in seconds."""
    at, turn_idx, music = piece["options"]["lead"], -1, []
    for s in sentences:
        if s["turn"] != turn_idx:
            turn, before = piece["turns"][s["turn"]], piece["turns"][turn_idx] if turn_idx >= 0 else {}
            if "gap" in turn:
                at += turn["gap"]
            elif "music" in before:
                at += 0.8 * before["music"]["tail"]
            elif before:
                at += s["turn_pause"]
            if "music" in turn:
                music.append({"start": at, "voice": at + turn["music"]["lead"], **turn["music"]})
                at = music[-1]["voice"]
            turn_idx = s["turn"]
        else:
            at += s["sentence_pause"]
        s["start"] = round(at * RATE)
        s["end"] = s["start"] + len(s["sound"])
        at = s["end"] / RATE
        if "music" in piece["turns"][turn_idx]:
            music[-1]["voice_end"] = at
            music[-1]["end"] = at + music[-1]["tail"]
    return music


def mixed(piece: dict, sentences: list[dict], music: list[dict]) -> np.ndarray:
    options = piece["options"]
    last_s = max([s["end"] / RATE for s in sentences] + [m["end"] for m in music])
    mix = np.zeros(round((last_s + options["tail"]) * RATE))
    for s in sentences:
        mix[s["start"] : s["end"]] += s["sound"]
    for m in music:
        bed = jingle(m["end"] - m["start"]).astype(np.float64)
        bed *= gain(m["db"] - active_db(bed))
        t = np.arange(len(bed)) / RATE
        voice, voice_end, end = (m[k] - m["start"] for k in ("voice", "voice_end", "end"))
        low = gain(m["duck_db"])
        bed *= np.interp(
            t,
            [0, FADE_IN_S, voice - DUCK_S, voice, voice_end, voice_end + DUCK_S, end - FADE_OUT_S, end],
            [0, 1, 1, low, low, 1, 1, 0],
        )
        start = round(m["start"] * RATE)
        mix[start : start + len(bed)] += bed[: len(mix) - start]
    noise = np.random.Generator(np.random.PCG64(piece["seed"])).standard_normal(len(mix))
    return mix + noise * gain(options["noise_db"])


def described(piece: dict, sentences: list[dict], music: list[dict], n_samples: int) -> dict:
    turns: list[dict] = []
    for s in sentences:
        if turns and turns[-1]["turn"] == s["turn"]:
            turns[-1]["end"] = seconds(s["end"])
            turns[-1]["text"] += " " + s["text"]
        else:
            turns.append({"turn": s["turn"], "speaker": s["speaker"], "start": seconds(s["start"]),
                          "end": seconds(s["end"]), "text": s["text"]})
    return {
        "title": piece["title"],
        "synthetic": True,
        "duration": seconds(n_samples),
        "speakers": {name: piece["speakers"][name] for name in dict.fromkeys(t["speaker"] for t in turns)},
        "turns": turns,
        "sentences": [{"turn": s["turn"], "speaker": s["speaker"], "start": seconds(s["start"]),
                       "end": seconds(s["end"]), "text": s["text"]} for s in sentences],
        "music": [{k: round(m[k], 4) for k in ("start", "voice", "voice_end", "end", "db", "duck_db")} for m in music],
        "made_with": {"model_sha256": MODEL_SHA256, "onnxruntime": onnxruntime.__version__},
    }


def write(piece: dict, sound: np.ndarray, reference: dict, out: Path) -> None:
    stem = out / piece["name"]
    text = "\n\n".join(f"{t['speaker']} : {t['text']}" for t in reference["turns"])
    Path(f"{stem}.txt").write_text(text + "\n" * bool(text), encoding="utf-8")
    Path(f"{stem}.rttm").write_text(rttm(reference["sentences"], piece["name"]), encoding="utf-8")
    Path(f"{stem}.segments.json").write_text(json.dumps(reference, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "mix.wav"
        soundfile.write(wav, (sound * 32767).round().astype(np.int16), RATE, subtype="PCM_16")
        for extension, options in piece["files"].items():
            tags = ["-map_metadata", "-1", "-metadata", f"title={piece['title']}", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", wav, *options.split(), *tags, f"{stem}.{extension}"], check=True)


def rttm(sentences: list[dict], name: str) -> str:
    stretches: list[list] = []
    for speaker in dict.fromkeys(s["speaker"] for s in sentences):
        own = [s for s in sentences if s["speaker"] == speaker]
        for n, s in enumerate(own):
            if n and own[n - 1]["turn"] == s["turn"] and s["start"] - stretches[-1][1] < RTTM_PAUSE_S:
                stretches[-1][1] = s["end"]
            else:
                stretches.append([s["start"], s["end"], speaker])
    return "".join(
        f"SPEAKER {name} 1 {start:.3f} {end - start:.3f} <NA> <NA> {speaker.replace(' ', '_')} <NA> <NA>\n"
        for start, end, speaker in sorted(stretches)
    )


def active_db(sound: np.ndarray) -> float:
    """Mean level of the 20 ms frames that are within 40 dB of the loudest."""
    frame = RATE // 50
    power = (sound[: len(sound) // frame * frame].reshape(-1, frame) ** 2).mean(axis=1)
    return 10 * np.log10(power[power > power.max() * 1e-4].mean() + 1e-12)


def gain(db: float) -> float:
    return 10 ** (db / 20)


def seconds(n_samples: int) -> float:
    return round(n_samples / RATE, 4)


if __name__ == "__main__":
    main()
