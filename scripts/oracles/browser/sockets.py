"""A thousand sockets at once, and clients that are slow: whoever else asks is answered."""

import os
import resource
import socket
import time

from . import desk

SOCKETS = 1000

# What a person waits for at most while all that is going on.
ANSWER_SECONDS_MAX = 2.0
MEMORY_BYTES_MAX = 150e6


def run(the):
    the.episode("é", desk.transcript(desk.sentences_of_the_sample(4), sound="é.mp3"), "episode.mp3")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # The server has as many files as systems give at least.
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))
    the.start()
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(SOCKETS + 500, hard), hard))
    idle = n_files(the)
    slowest = max(answered(the, n) for n in range(3))
    many = [connected(the) for _ in range(SOCKETS)]
    for n, one in enumerate(many):
        # Some say nothing, some half of a request, some something else.
        said = [b"", b"GET / HTTP/1.1\r\nHost: ", b"\x16\x03\x01\x02\x00\x01", b"GET /" + b"a" * 5000][n % 4]
        send(one, said)
    busy = max(answered(the, n) for n in range(3, 8))
    slow = slow_readers(the) + slow_writers(the)
    late = max(answered(the, n) for n in range(8, 13))
    memory = memory_bytes(the)
    for one in many + slow:
        one.close()
    end = time.monotonic() + 30
    while n_files(the) > idle + 5:
        assert time.monotonic() < end, f"{n_files(the)} files are open, {idle} were"
        time.sleep(0.1)
    answered(the, 13)
    assert the.document()["revision"] == 14
    the.kill()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert max(busy, late) < ANSWER_SECONDS_MAX, f"an answer takes {busy:.2f} s, {late:.2f} s beside slow clients"
    assert memory < MEMORY_BYTES_MAX, f"{memory / 1e6:.0f} MB"
    print(f"sockets: an edit and the text take {slowest:.2f} s, beside {SOCKETS} sockets {busy:.2f} s,"
          f" beside {len(slow)} slow clients too {late:.2f} s; {memory / 1e6:.0f} MB")


def answered(the, n):
    """How long an edit and the text take, on a new connection each."""
    began = time.monotonic()
    document = the.document()
    sentence = document["sentences"][n]
    put = {"id": sentence["id"], "text": f"{n} {sentence['text']}", "speaker": sentence["speaker"], "opens": sentence["opens"]}
    the.ask("/api/episodes/0/edits", {"since": document["revision"], "edit": {"splices": [{"at": [sentence["id"]], "with": [put]}]}})
    return time.monotonic() - began


def connected(the):
    one = socket.create_connection(("127.0.0.1", the.port), timeout=10)
    one.settimeout(1)
    return one


def send(one, said):
    try:
        one.sendall(said)
    except OSError:
        # It had to make room.
        pass


def head(the, method, path, more=""):
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{the.port}\r\nCookie: {the.cookie}\r\n{more}\r\n".encode()


def slow_readers(the):
    """They ask for the sound and read none of it."""
    all = []
    for _ in range(20):
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", the.port))
        send(one, head(the, "GET", "/api/episodes/0/sound"))
        all.append(one)
    return all


def slow_writers(the):
    """They say that an edit comes, and send some bytes of it."""
    all = [connected(the) for _ in range(20)]
    for one in all:
        send(one, head(the, "POST", "/api/episodes/0/edits", "Content-Type: application/json\r\nContent-Length: 1000\r\n") + b'{"since"')
    return all


def n_files(the):
    return len(os.listdir(f"/proc/{the.child.pid}/fd"))


def memory_bytes(the):
    with open(f"/proc/{the.child.pid}/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
