"""The server for programs, asked by OpenAI's client and by curl.

usage: clients.py FOLDER VOIXOFF [SOUND]

With SOUND the engines are real, and hear it; else they are scripted.
"""

import concurrent.futures
import io
import json
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import time
import urllib.request
import wave

import openai

from noise import noise

TOKEN = "jeton-d-essai"
N_REQUESTS, N_AT_ONCE = 200, 8
# With real engines, which take their time.
N_REAL = 24
SCRIPT = {"regions_ms": [[0, 4000], [5000, 9000]], "voices_ms": [[0, 0, 4500], [1, 4500, 9000]]}
# What a server may grow by over all of it: so many answers would take less if nothing were kept.
GROWTH_MB_MAX = 64
# Beside that, windows that are decoded side by side.
GROWTH_REAL_MB_MAX = 256


class Server:
    def __init__(self, folder, voixoff, is_real):
        options = ["--port", "0", "--max-upload", "64", "--queue", "16"]
        if not is_real:
            (folder / "script.json").write_text(json.dumps(SCRIPT))
            options += ["--scripted", str(folder / "script.json")]
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        env = {**os.environ, "VOIXOFF_TOKEN": TOKEN, "TMPDIR": str(self.temporary), "VOIXOFF_LANG": "en"}
        self.process = subprocess.Popen([voixoff, "serve", *options], env=env, text=True,
                                        stdout=subprocess.PIPE)
        self.address = self.process.stdout.readline().strip()
        assert self.address.startswith("http://127.0.0.1:"), self.address
        self.port = int(re.search(r":(\d+)/", self.address)[1])

    def client(self, key=TOKEN):
        return openai.OpenAI(base_url=self.address, api_key=key, max_retries=0, timeout=600)

    def metrics(self):
        address = self.address.removesuffix("/v1") + "/metrics"
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {TOKEN}"})
        lines = urllib.request.urlopen(request).read().decode().splitlines()
        return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

    def memory_mb(self):
        return int(self.metrics().get("process_resident_memory_bytes", 0)) / 1e6

    def recordings(self):
        return [path for path in self.temporary.rglob("*") if path.is_file() and path.name != "lock"]


def asked(server, sound, **fields):
    transcriptions = server.client().audio.transcriptions
    return transcriptions.create(model="whisper-1", file=("é.wav", sound), **fields)


def formats(server, sound):
    plain = asked(server, sound)
    assert len(plain.text.split()) > 3, plain
    assert asked(server, sound, response_format="text") == plain.text + "\n"
    srt = asked(server, sound, response_format="srt")
    assert srt.startswith("1\n00:00:") and " --> " in srt, srt
    vtt = asked(server, sound, response_format="vtt")
    assert vtt.startswith("WEBVTT\n") and " --> " in vtt, vtt
    verbose = asked(server, sound, response_format="verbose_json", language="fr", temperature=0.0,
                    prompt="", timestamp_granularities=["word", "segment"])
    assert verbose.text == plain.text and verbose.language == "fr", verbose
    assert len(verbose.words) == len(verbose.text.split()), "words as they are written"
    assert all(word.start <= word.end <= verbose.duration for word in verbose.words)
    assert all(segment.text and segment.avg_logprob <= 0 for segment in verbose.segments)
    named = {segment.speaker for segment in verbose.segments}
    # Who says something unsure has no name.
    assert named - {None} <= {speaker["name"] for speaker in verbose.speakers} and named, named
    diarized = asked(server, sound, response_format="diarized_json")
    assert {segment.speaker for segment in diarized.segments} == {name or "" for name in named}
    print(f"formats: {len(verbose.words)} words by {len(named)} people in {verbose.duration} s")
    names = [model.id for model in server.client().models.list()]
    assert "whisper-1" in names and len(names) == 2, names
    return plain.text


def errors(server, sound):
    wrong = [
        (openai.AuthenticationError, dict(key="autre"), sound, {}, "invalid_api_key"),
        (openai.BadRequestError, {}, b"ID3 no sound", {}, None),
        (openai.BadRequestError, {}, sound, dict(response_format="pdf"), None),
        (openai.BadRequestError, {}, sound, dict(language="klingon"), None),
        (openai.APIStatusError, {}, bytes(65 << 20), {}, "file_too_large"),
    ]
    for kind, key, content, fields, code in wrong:
        try:
            server.client(**key).audio.transcriptions.create(
                model="whisper-1", file=("é.wav", content), **fields)
        except kind as error:
            assert error.code == code and error.body["message"], error
        else:
            raise AssertionError(f"no error: {fields}")
    try:
        server.client().models.retrieve("gpt-9")
    except openai.NotFoundError as error:
        assert error.code == "model_not_found", error
    print(f"errors: {len(wrong) + 1} are told as OpenAI tells them")


def slow_clients(server):
    """Some that say nothing, some that send a tenth of a recording, some that take no answer."""
    head = (f"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            f"Authorization: Bearer {TOKEN}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            "Content-Length: 1000000\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; "
            "filename=\"lent.wav\"\r\n\r\n").encode()
    connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(12)]
    for connection in connections[:4]:
        connection.sendall(head + bytes(100_000))
    for connection in connections[4:8]:
        connection.sendall(f"GET /v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
    return connections


def many(server, sound, text, n_requests, growth_mb_max):
    before = server.memory_mb()
    slow = slow_clients(server)
    wav = noise(1)
    broken = [wav[44:], b"", wav.replace(b"WAVE", b"EVAW"), bytes(500_000)]
    took, peak = [], before

    def one(n):
        began = time.monotonic()
        try:
            if n % 4 == 3:
                try:
                    asked(server, broken[n // 4 % 4])
                    raise AssertionError("a broken recording has text")
                except openai.BadRequestError as error:
                    return "refused" if error.param == "file" else error
            return "right" if asked(server, sound).text == text else "other"
        finally:
            took.append(time.monotonic() - began)

    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(N_AT_ONCE) as pool:
        results = []
        for n, result in enumerate(pool.map(one, range(n_requests))):
            results.append(result)
            if n % 10 == 0:
                peak = max(peak, server.memory_mb())
    seconds = time.monotonic() - began
    counts = {result: results.count(result) for result in set(results)}
    n_broken = n_requests // 4
    assert counts == {"right": n_requests - n_broken, "refused": n_broken}, counts
    took.sort()
    print(f"many: {n_requests} requests, {N_AT_ONCE} at a time, in {seconds:.1f} s; half within "
          f"{took[len(took) // 2]:.2f} s, all within {took[-1]:.2f} s; {before:.0f} MB before, "
          f"{peak:.0f} MB at most")
    assert peak - before < growth_mb_max, (before, peak)
    for connection in slow:
        connection.close()
    deadline = time.monotonic() + 30
    while server.recordings() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not server.recordings(), server.recordings()


def curl(server, sound, folder, text):
    (folder / "épisode.wav").write_bytes(sound)
    command = ["curl", "--silent", "--show-error", "--fail-with-body", "-H", f"Authorization: Bearer {TOKEN}"]
    form = ["-F", "file=@épisode.wav", "-F", "response_format=text"]

    def run(*words):
        return subprocess.run([*command, *words], cwd=folder, check=True, capture_output=True,
                              text=True).stdout

    assert run(*form, server.address + "/audio/transcriptions") == text + "\n"
    job = json.loads(run(*form, server.address + "/jobs"))
    events = run("--no-buffer", f"{server.address}/jobs/{job['id']}/events")
    states = re.findall(r'"state":"(\w+)"', events)
    assert states[-1] == "done", events
    assert run(f"{server.address}/jobs/{job['id']}/result") == text + "\n"
    assert "épisode.wav" in run(server.address + "/jobs")
    print(f"curl: a job with {len(states)} events")


def main():
    folder, voixoff = pathlib.Path(sys.argv[1]), sys.argv[2]
    is_real = len(sys.argv) > 3
    sound = pathlib.Path(sys.argv[3]).read_bytes() if is_real else noise(9)
    server = Server(folder, voixoff, is_real)
    try:
        text = formats(server, sound)
        errors(server, sound)
        size = (N_REAL, GROWTH_REAL_MB_MAX) if is_real else (N_REQUESTS, GROWTH_MB_MAX)
        many(server, sound, text, *size)
        curl(server, sound, folder, text)
    finally:
        server.process.terminate()
        code = server.process.wait(30)
    assert code == 0, code
    assert not server.recordings(), server.recordings()
    print("the server did what its clients expect")


if __name__ == "__main__":
    main()
