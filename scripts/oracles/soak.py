"""The server for programs under good, broken and slow clients, for so many minutes: a line a minute.

usage: soak.py FOLDER VOIXOFF MINUTES SOUND...

Each recording is heard once before; from then on its text is to be that one. With real engines and a
model of the user's own.
"""

import collections
import pathlib
import random
import sys
import threading
import time

import openai

from clients import Server, asked, slow_clients
from noise import noise

SEED = 20261130
# Good clients that ask one after another, each time for another recording.
N_GOOD = 3


def main():
    folder, voixoff, minutes = pathlib.Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    sounds = [pathlib.Path(name).read_bytes() for name in sys.argv[4:]]
    server = Server(folder, voixoff, is_real=True)
    counts, ends = collections.Counter(), time.monotonic() + 60 * minutes
    lock, wrong = threading.Lock(), []

    def count(what):
        with lock:
            counts[what] += 1

    def good(n, texts):
        choice = random.Random(SEED + n)
        while time.monotonic() < ends:
            number = choice.randrange(len(sounds))
            try:
                is_right = asked(server, sounds[number]).text == texts[number]
                count("right" if is_right else "other")
            except openai.OpenAIError as error:
                wrong.append(str(error))

    def broken():
        wav = noise(1)
        kinds = [wav[44:], b"", wav.replace(b"WAVE", b"EVAW"), bytes(500_000)]
        while time.monotonic() < ends:
            for content in kinds:
                try:
                    asked(server, content)
                    wrong.append("a broken recording has text")
                except openai.BadRequestError as error:
                    count("refused") if error.param == "file" else wrong.append(str(error))
                time.sleep(2)

    def slow():
        while time.monotonic() < ends:
            connections = slow_clients(server)
            count("slow")
            time.sleep(45)
            for connection in connections:
                connection.close()

    def state():
        status = pathlib.Path(f"/proc/{server.process.pid}")
        seconds = sum(map(int, (status / "stat").read_text().rsplit(")", 1)[1].split()[11:13])) / 100
        threads = len(list((status / "task").iterdir()))
        return f"{server.memory_mb():6.1f} MB  {len(list((status / 'fd').iterdir())):3} files  {threads} threads  {seconds:7.1f} s"

    try:
        print(f"    0 min  {state()}", flush=True)
        texts = [asked(server, sound).text for sound in sounds]
        assert all(texts), texts
        began = time.monotonic()
        ends = began + 60 * minutes
        clients = [threading.Thread(target=good, args=(n, texts)) for n in range(N_GOOD)]
        clients += [threading.Thread(target=broken), threading.Thread(target=slow)]
        for client in clients:
            client.start()
        minute = 0
        while time.monotonic() < ends:
            print(f"{minute:5} min  {state()}  {dict(counts)}", flush=True)
            minute += 1
            time.sleep(max(min(began + 60 * minute, ends) - time.monotonic(), 0))
        for client in clients:
            client.join()
        print(f"  end      {state()}  {dict(counts)}", flush=True)
        assert not wrong, wrong[:5]
        assert not counts["other"], "a text is another one than at first"
    finally:
        server.process.terminate()
        code = server.process.wait(60)
    assert code == 0, code
    deadline = time.monotonic() + 10
    while server.recordings() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not server.recordings(), server.recordings()
    print("nothing was lost, and nothing is left behind")


main()
