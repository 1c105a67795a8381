"""Times voixoff and faster-whisper in turn on the same sound; see scripts/bench."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import time
from pathlib import Path

NAMES = ["dialogue_music", "table_ronde", "dates"]


def measured(command):
    """Runs `command`: CPU seconds of it and of its children, seconds, MB at its largest."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[0]} failed:\n{errors.decode()}")
    return used.ru_utime + used.ru_stime, time.monotonic() - began, used.ru_maxrss / 1024


def word_errors(voixoff, references, texts):
    """Errors and words of all `texts`, by voixoff's own rules."""
    wrong = words = 0
    for name in NAMES:
        answer = subprocess.run(
            [voixoff, "eval", references / f"{name}.txt", texts / f"{name}.txt", "--json"],
            stdout=subprocess.PIPE, check=False,
        ).stdout
        counts = json.loads(answer)["total"]["counts"]
        wrong += sum(counts["words"][kind] for kind in ("substitutions", "deletions", "insertions"))
        words += counts["words"]["reference"]
    return wrong, words


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--voixoff", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--whisper-cpp", action="store_true", help="time that engine as well")
    parser.add_argument("sound", type=Path)
    args = parser.parse_args()
    sounds = [args.sound / f"{name}.flac" for name in NAMES]
    texts = Path(__file__).with_name("texts.py")
    # Nothing of what is timed comes from an earlier round.
    ours = [args.voixoff, "transcribe", *sounds, "--threads", "1", "--jobs", "1", "--format", "json,txt",
            "--verbatim", "full", "--timecodes", "none", "--progress", "none"]
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
            wrong, words = word_errors(args.voixoff, args.sound, rounds[0][3])
            rate = f"{100 * wrong / words:.1f} %"
        hour = 3_600 / seconds
        print(f"| {name} | {cpu * hour:.0f} | {clock * hour:.0f} | {memory:.0f} | {rate} |")


def duration(flac):
    """Seconds of a FLAC file, by its STREAMINFO (RFC 9639, section 8.2)."""
    head = flac.read_bytes()[:42]
    packed = int.from_bytes(head[18:26], "big")
    rate, samples = packed >> 44, packed & (1 << 36) - 1
    return samples / rate


main()
