"""Twelve episodes over three workers of HyperQueue, a task killed in the middle.

usage: scheduler.py VOIXOFF FOLDER
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

from hyperqueue import Job, LocalCluster
from hyperqueue.cluster import WorkerConfig

from noise import noise

EPISODES = 12


def workers_of(folder):
    """Processes that work on an episode of `folder`."""
    found = []
    for process in pathlib.Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"voixoff") and os.fsencode(str(folder)) in b" ".join(words):
            found.append(int(process.name))
    return sorted(found)


def parent(process):
    try:
        stat = pathlib.Path("/proc", str(process), "stat").read_text()
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])


def kill_one(folder):
    """Kills tasks once four episodes are done, until one was killed before its episode was
    whole; in a process of its own, because the client's waiting lets no other thread run."""
    out = folder / "out"
    while (n_whole := len(list(out.glob("*.json")))) < EPISODES:
        processes = workers_of(folder)
        # The process that watches, and the one that works, which ends with it.
        pairs = [(parent(p), p) for p in processes if parent(p) in processes]
        for watching, working in pairs if n_whole >= 4 else []:
            stem = episode_of(watching)
            if stem is None or not (out / ".voixoff" / f"{stem}.attempt.json").exists():
                continue
            # Its files are being written already.
            if (out / f"{stem}.json").exists():
                continue
            os.kill(watching, signal.SIGKILL)
            while working in workers_of(folder):
                time.sleep(0.01)
            if not (out / f"{stem}.json").exists():
                print("killed", watching)
                return
        time.sleep(0.01)


def episode_of(process):
    try:
        words = pathlib.Path("/proc", str(process), "cmdline").read_bytes().split(b"\0")
        return pathlib.Path(os.fsdecode(words[2])).stem
    except (OSError, IndexError):
        return None


def submit(cluster, voixoff, folder):
    client = cluster.client()
    job = Job()
    for path in sorted((folder / "son").iterdir()):
        job.program(
            [voixoff, "transcribe", str(path), "--out", str(folder / "out"), "--threads", "1",
             "--scripted", str(folder / "script.json"), "--progress", "none"]
        )
    return client, client.submit(job)


def main():
    script_path = os.path.abspath(__file__)
    voixoff, folder = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
    (folder / "son").mkdir()
    for n in range(1, EPISODES + 1):
        (folder / "son" / f"épisode {n:02}.wav").write_bytes(noise(n + 1))
    script = {"regions_ms": [[0, 1000], [2000, 30000]], "slow_ms": 700}
    (folder / "script.json").write_text(json.dumps(script))
    os.chdir(folder)
    with LocalCluster() as cluster:
        for _ in range(3):
            cluster.start_worker(WorkerConfig(cores=1))
        killer = subprocess.Popen(
            [sys.executable, script_path, "--kill", str(folder)], stdout=subprocess.PIPE
        )
        client, submitted = submit(cluster, voixoff, folder)
        client.wait_for_jobs([submitted], raise_on_error=False)
        try:
            killed, _ = killer.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            # The task that was killed had become whole at that moment, and with it the job has ended.
            killer.kill()
            killed, _ = killer.communicate()
        assert killed.startswith(b"killed"), "no task was killed: nothing was tried"
        n_whole = len(list((folder / "out").glob("*.json")))
        assert n_whole < EPISODES, "the killed task was whole already"
        client, submitted = submit(cluster, voixoff, folder)
        client.wait_for_jobs([submitted])
    texts = sorted((folder / "out").glob("*.json"))
    assert len(texts) == EPISODES, [path.name for path in texts]
    for path in texts:
        assert json.loads(path.read_text())["segments"], path.name
    left = [p.name for p in (folder / "out").rglob("*") if "partial" in p.name or "attempt" in p.name]
    assert not left, left
    print(f"{EPISODES} episodes over 3 workers of HyperQueue, one task killed: all are whole")


if sys.argv[1] == "--kill":
    kill_one(pathlib.Path(sys.argv[2]))
else:
    main()
