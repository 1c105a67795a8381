#!/usr/bin/env python3
"""Transcribe audio files with faster-whisper, as a peer to compare with.

    texts.py --model FOLDER --out FOLDER [--mode plain|batched] [--list FILE] [AUDIO ...]

Needs `pip install faster-whisper==1.2.1`. FOLDER holds model.bin, config.json, tokenizer.json, vocabulary.json
(CTranslate2 form). Nothing is downloaded.

  plain    beam 5, word times
  batched  beam 1, no word times, BatchedInferencePipeline by 8

Both: language fr, int8, one thread, the voice detector that comes with faster-whisper.

Writes OUT/STEM.txt (segments joined by a space), OUT/STEM.json (segments, words, seconds of CPU and of clock)
and OUT/cpu.tsv (one line an audio file, then a line `TOTAL`; loading the model is the line `LOAD`).
With --list, each line of FILE is `AUDIO` or `AUDIO<tab>SUBFOLDER`: the result then goes to OUT/SUBFOLDER.
"""

import argparse
import json
import resource
import time
from pathlib import Path

import ctranslate2
import faster_whisper
from faster_whisper import BatchedInferencePipeline, WhisperModel

MODES = {
    "plain": {"beam_size": 5, "word_timestamps": True},
    "batched": {"beam_size": 1, "word_timestamps": False, "batch_size": 8},
}


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def segment(s) -> dict:
    out = {
        "start": round(s.start, 3),
        "end": round(s.end, 3),
        "text": s.text.strip(),
        "avg_logprob": round(s.avg_logprob, 4),
        "no_speech_prob": round(s.no_speech_prob, 4),
        "compression_ratio": round(s.compression_ratio, 3),
    }
    if s.words is not None:
        out["words"] = [
            {"word": w.word.strip(), "start": round(float(w.start), 3), "end": round(float(w.end), 3),
             "probability": round(float(w.probability), 4)}
            for w in s.words
        ]
    return out


def jobs(args) -> list[tuple[Path, Path]]:
    todo = [(Path(a), args.out) for a in args.audio]
    if args.list:
        for line in args.list.read_text(encoding="utf-8").splitlines():
            audio, _, folder = line.partition("\t")
            if audio.strip():
                todo.append((Path(audio), args.out / folder if folder else args.out))
    return todo


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--model", type=Path, required=True)
    ap.add_argument("--out", type=Path, required=True)
    ap.add_argument("--mode", choices=MODES, default="plain")
    ap.add_argument("--list", type=Path)
    ap.add_argument("--language", default="fr")
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("audio", nargs="*")
    args = ap.parse_args()

    args.out.mkdir(parents=True, exist_ok=True)
    began = cpu_seconds()
    model = WhisperModel(str(args.model), device="cpu", compute_type="int8", cpu_threads=args.threads,
                         num_workers=1, local_files_only=True)
    engine = BatchedInferencePipeline(model=model) if args.mode == "batched" else model
    rows = [("LOAD", 0.0, cpu_seconds() - began, 0.0)]

    for audio, folder in jobs(args):
        folder.mkdir(parents=True, exist_ok=True)
        cpu, clock = cpu_seconds(), time.monotonic()
        found, info = engine.transcribe(str(audio), language=args.language, vad_filter=True, **MODES[args.mode])
        segments = [segment(s) for s in found]
        cpu, clock = cpu_seconds() - cpu, time.monotonic() - clock
        text = " ".join(s["text"] for s in segments if s["text"])
        (folder / f"{audio.stem}.txt").write_text(text + "\n", encoding="utf-8")
        answer = {
            "audio": audio.name,
            "duration": round(info.duration, 3),
            "speech": round(info.duration_after_vad, 3),
            "mode": args.mode,
            "faster_whisper": faster_whisper.__version__,
            "ctranslate2": ctranslate2.__version__,
            "cpu_seconds": round(cpu, 3),
            "clock_seconds": round(clock, 3),
            "segments": segments,
        }
        (folder / f"{audio.stem}.json").write_text(json.dumps(answer, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        rows.append((str((folder / audio.stem).relative_to(args.out)), info.duration, cpu, clock))
        print(f"{rows[-1][0]}\t{info.duration:.1f} s\tcpu {cpu:.2f} s", flush=True)

    work = rows[1:]
    rows.append(("TOTAL", *(sum(r[i] for r in work) for i in (1, 2, 3))))
    lines = ["name\taudio_s\tcpu_s\tclock_s"] + [f"{n}\t{a:.2f}\t{c:.3f}\t{t:.3f}" for n, a, c, t in rows]
    (args.out / "cpu.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
