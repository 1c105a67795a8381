"""Times voixoff and faster-whisper in turn on the same sound; see scripts/bench."""

import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import time
import wave
from pathlib import Path

NAMES = ["dialogue_music", "table_ronde", "dates"]

# Of the clips of `--clips`: so many seconds, with pauses between them.
CLIPS = 180
PAUSE = 0.5


def measured(command):
    """Runs `command`: CPU seconds of it and of its children, seconds, MB at its largest."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[0]} failed:\n{errors.decode()}")
    return used.ru_utime + used.ru_stime, time.monotonic() - began, used.ru_maxrss / 1024


def word_errors(voixoff, sounds, texts):
    """Errors and words of all `texts`, by voixoff's own rules; references lie beside `sounds`."""
    wrong = words = 0
    for sound in sounds:
        answer = subprocess.run(
            [voixoff, "eval", sound.with_suffix(".txt"), texts / f"{sound.stem}.txt", "--json"],
            stdout=subprocess.PIPE, check=False,
        ).stdout
        counts = json.loads(answer)["total"]["counts"]
        wrong += sum(counts["words"][kind] for kind in ("substitutions", "deletions", "insertions"))
        words += counts["words"]["reference"]
    return wrong, words


def joined_clips(folder, out):
    """The first French clips of `folder` with human references, of `CLIPS` seconds at most, as one
    WAV in `out`, with its reference beside it."""
    import numpy as np
    from faster_whisper.audio import decode_audio

    samples, texts = [], []
    with open(folder / "manifest.tsv", encoding="utf-8", newline="") as manifest:
        for clip in csv.DictReader(manifest, delimiter="\t"):
            if clip["language"] == "fr" and clip["text"] == "gold":
                sound = np.concatenate([decode_audio(str(folder / f"{clip['name']}.flac")),
                                        np.zeros(int(PAUSE * 16_000), np.float32)])
                if sum(map(len, samples)) + len(sound) <= CLIPS * 16_000:
                    samples.append(sound)
                    texts.append((folder / f"{clip['name']}.txt").read_text(encoding="utf-8").strip())
    out.mkdir(parents=True, exist_ok=True)
    path = out / "clips.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((np.concatenate(samples) * 32_767).astype("<i2").tobytes())
    path.with_suffix(".txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--voixoff", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--whisper-cpp", action="store_true", help="time that engine as well")
    parser.add_argument("--ours", type=Path, help="our model, in the place of the default one")
    parser.add_argument("--clips", action="store_true", help="the folder holds clips and a manifest")
    parser.add_argument("sound", type=Path)
    args = parser.parse_args()
    if args.clips:
        sounds = [joined_clips(args.sound, args.out)]
    else:
        sounds = [args.sound / f"{name}.flac" for name in NAMES]
    texts = Path(__file__).with_name("texts.py")
    # Nothing of what is timed comes from an earlier round.
    ours = [args.voixoff, "transcribe", *sounds, "--threads", "1", "--jobs", "1", "--format", "json,txt",
            "--verbatim", "full", "--timecodes", "none", "--progress", "none"]
    if args.ours:
        ours += ["--model", f"{args.ours}-int8"]
    peer = [args.python, texts, "--model", args.model, *sounds]
    whisper_cpp = {"voixoff by whisper.cpp, whole": [*ours, "--model", "base"]} if args.whisper_cpp else {}
    systems = {
        "voixoff, whole": ours,
        **whisper_cpp,
        "voixoff with one hypothesis, whole": [*ours, "--beam-size", "1"],
        "voixoff, who speaks alone": [args.voixoff, "diarize", *sounds, "--threads", "1", "--progress", "none"],
        "faster-whisper int8, beam 5, its VAD, word times": peer,
        "faster-whisper int8, batched by 8, greedy, no word times": [*peer, "--mode", "batched"],
    }
    figures = {name: [] for name in systems}
    for n in range(args.rounds):
        for name, command in systems.items():
            out = args.out / f"{n}-{name.split(',')[0]}-{len(command)}"
            shutil.rmtree(out, ignore_errors=True)
            with_out = command if "diarize" in command else [*command, "--out", out]
            figures[name].append((*measured(with_out), out))
            print(f"round {n + 1}: {name}: {figures[name][-1][0]:.0f} s of CPU", flush=True)
    seconds = sum(duration(path) for path in sounds)
    print(f"\n{seconds:.0f} s of sound, one thread, medians of {args.rounds} rounds\n")
    print("| system | CPU s an hour of sound | s an hour | MB | word errors |")
    print("|---|--:|--:|--:|--:|")
    for name, rounds in figures.items():
        cpu, clock, memory = (statistics.median(r[i] for r in rounds) for i in range(3))
        rate = ""
        if "who speaks" not in name:
            wrong, words = word_errors(args.voixoff, sounds, rounds[0][3])
            rate = f"{100 * wrong / words:.1f} %"
        hour = 3_600 / seconds
        print(f"| {name} | {cpu * hour:.0f} | {clock * hour:.0f} | {memory:.0f} | {rate} |")


def duration(path):
    """Seconds of a WAV, or of a FLAC file by its STREAMINFO (RFC 9639, section 8.2)."""
    if path.suffix == ".wav":
        with wave.open(str(path)) as file:
            return file.getnframes() / file.getframerate()
    head = path.read_bytes()[:42]
    packed = int.from_bytes(head[18:26], "big")
    rate, samples = packed >> 44, packed & (1 << 36) - 1
    return samples / rate


main()
