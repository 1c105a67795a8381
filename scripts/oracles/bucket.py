"""Sound from a bucket and transcripts into one: kills, a second machine, corrections.

usage: bucket.py VOIXOFF FOLDER
"""

import hashlib
import json
import logging
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import boto3
from moto.server import ThreadedMotoServer

from noise import noise

EPISODES = ["ép 1 100%.wav", "été/deux.wav", "été/deux.2.wav", "trois+&=.WAV", "cinq #5.wav"]
OWN = ".voixoff/"


class Desk:
    def __init__(self, voixoff, folder):
        self.voixoff, self.folder = voixoff, folder
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        self.address = "http://%s:%d" % self.server.get_host_and_port()
        anyone = dict(endpoint_url=self.address, region_name="us-east-1",
                      aws_access_key_id="x", aws_secret_access_key="x")
        iam = boto3.client("iam", **anyone)
        iam.create_user(UserName="voixoff")
        policy = {"Version": "2012-10-17",
                  "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        iam.put_user_policy(UserName="voixoff", PolicyName="s3", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName="voixoff")["AccessKey"]
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("AWS_")},
            "AWS_ENDPOINT_URL": self.address, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "XDG_CACHE_HOME": str(folder / "cache"),
        }
        self.s3 = boto3.client("s3", endpoint_url=self.address, region_name="us-east-1",
                               aws_access_key_id=key["AccessKeyId"],
                               aws_secret_access_key=key["SecretAccessKey"])
        self.s3.create_bucket(Bucket="son")
        self.n_archives = 0
        for n, name in enumerate(EPISODES):
            self.put("son", "émissions/" + name, noise(3 + n))
        self.put("son", "émissions/notes.txt", b"rien")
        self.put("son", "émissions/.caché/non.wav", noise(2))
        self.put("son", "émissions-2/non.wav", noise(2))
        self.put("son", "seul.wav", noise(2))
        self.script("script.json", 0)
        self.script("slow.json", 350)

    def look_at_keys(self, is_wanted):
        """Whether the server looks at keys. Its own sums of addresses with spaces are wrong, so
        it does only where the keys are what is tried."""
        request = urllib.request.Request(self.address + "/moto-api/reset-auth", method="POST",
                                         data=b"0" if is_wanted else b"inf",
                                         headers={"Content-Type": "text/plain"})
        urllib.request.urlopen(request).read()

    def script(self, name, slow_ms):
        script = {"regions_ms": [[0, 1000], [1500, 2000], [2100, 30000]], "slow_ms": slow_ms}
        (self.folder / name).write_text(json.dumps(script))

    def put(self, bucket, key, content):
        self.s3.put_object(Bucket=bucket, Key=key, Body=content)

    def get(self, bucket, key):
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def listed(self, bucket):
        """Key, mark and time of all that lies there."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return {it["Key"]: (it["ETag"], it["LastModified"]) for page in pages for it in page.get("Contents", [])}

    def new_archive(self):
        self.n_archives += 1
        name = f"archive-{self.n_archives}"
        self.s3.create_bucket(Bucket=name)
        return name

    def command(self, source, out, *options, script="script.json", **env):
        words = [self.voixoff, "transcribe", source, "--out", out, "--threads", "2",
                 "--scripted", script, "--progress", "none", *options]
        return dict(args=words, cwd=self.folder, env={**self.env, **env}, text=True,
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, source, out, *options, code=0, **env):
        done = subprocess.run(**self.command(source, out, *options, **env))
        assert done.returncode == code, (done.returncode, done.stdout)
        return done.stdout

    def status(self, folder):
        done = subprocess.run([self.voixoff, "archive", "status", folder], cwd=self.folder,
                              env=self.env, capture_output=True, text=True)
        return done.stdout + done.stderr

    def killed(self, source, out, bucket, n_more, pause, *options):
        """A run that is killed with all its processes, some instant after so many more files
        have come to its bucket; whether it had not ended. Counted, not timed: a slow machine
        is killed at the same points as a quick one."""
        n_files = len(self.listed(bucket)) + n_more
        with open(os.devnull, "w") as nowhere:
            words = {**self.command(source, out, *options, script="slow.json"), "stdout": nowhere}
            run = subprocess.Popen(**words, start_new_session=True)
        while run.poll() is None and len(self.listed(bucket)) < n_files:
            time.sleep(0.01)
        time.sleep(pause)
        is_killed = run.poll() is None
        if is_killed:
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        return is_killed

    def check_whole(self, bucket):
        """Each file there is one that a receipt knows, or has in mind."""
        listed = self.listed(bucket)
        known = {}
        for key in listed:
            if key.endswith(".receipt.json"):
                receipt = json.loads(self.get(bucket, key))
                folder = key.rpartition(OWN)[0]
                for name, written in receipt["files"].items():
                    known.setdefault(folder + name, set()).add(written["sha256"])
                    if not receipt.get("intended"):
                        assert folder + name in listed, (key, name)
                for name, digest in receipt.get("intended", {}).items():
                    known.setdefault(folder + name, set()).add(digest)
        texts = [key for key in listed if OWN not in key]
        for key in texts:
            digest = hashlib.sha256(self.get(bucket, key)).hexdigest()
            assert digest in known.get(key, ()), f"{key} is a stranger"
        return sorted(texts)

    def texts(self, bucket):
        return {key: self.get(bucket, key) for key in self.listed(bucket) if OWN not in key}


def stems():
    return sorted(name.rpartition(".")[0] for name in EPISODES)


def all_of_a_bucket(desk):
    archive = desk.new_archive()
    out = f"s3://{archive}/textes"
    told = desk.run("s3://son/émissions", out)
    assert "5 episodes: 5 transcribed" in told, told
    expected = sorted(f"textes/{stem}.{kind}" for stem in stems() for kind in ["json", "srt", "txt", "vtt"])
    assert desk.check_whole(archive) == expected, desk.check_whole(archive)
    left = [path for path in (desk.folder / "cache").rglob("*") if path.name.startswith("sound-")]
    assert not left, left
    about = json.loads(desk.get(archive, "textes/ép 1 100%.json"))["about"]
    assert about["sound"] == "s3://son/émissions/ép 1 100%.wav", about
    before = desk.listed(archive)
    again = desk.run("s3://son/émissions", out)
    assert "5 up to date" in again, again
    other_machine = desk.run("s3://son/émissions", out, "--mirror", "other")
    assert "5 up to date" in other_machine, other_machine
    assert desk.listed(archive) == before, "a run with nothing to do wrote something"
    brought = [path.name for path in (desk.folder / "other").rglob("*.txt")]
    assert not brought, ("texts came down for nothing", brought)
    status = desk.status("other")
    assert "done            5 episodes" in status, status
    return archive, out


def changes(desk, archive, out):
    """Corrections, another sound, another name, what was deleted: each seen from elsewhere."""
    desk.put(archive, "textes/été/deux.txt", "corrigé à la main\n".encode())
    told = desk.run("s3://son/émissions", out, "--mirror", "m3", "--timecodes", "none")
    assert "5 transcribed" in told, told
    # All of the text was corrected: the new one has nothing that it lacks.
    assert desk.get(archive, "textes/été/deux.txt").decode() == "corrigé à la main\n"
    assert "textes/été/deux.new.txt" not in desk.listed(archive)
    # The first machine sees what the other one did, and does nothing.
    told = desk.run("s3://son/émissions", out, "--timecodes", "none")
    assert "5 up to date" in told, told
    desk.put("son", "émissions/été/deux.2.wav", noise(4, seed=31))
    desk.s3.delete_object(Bucket=archive, Key="textes/cinq #5.srt")
    before = desk.get(archive, "textes/été/deux.2.json")
    told = desk.run("s3://son/émissions", out, "--timecodes", "none")
    assert "2 transcribed, 3 up to date" in told, told
    assert desk.get(archive, "textes/été/deux.2.json") != before
    assert "textes/cinq #5.srt" in desk.listed(archive)


def kills(desk):
    """Killed at any instant, on machines that know nothing of each other."""
    reference = desk.new_archive()
    desk.run("s3://son/émissions", f"s3://{reference}")
    dice, n_killed, left = random.Random(5), 0, set()
    for n in range(6):
        archive = desk.new_archive()
        for mirror in ["one", "two", "one"]:
            n_killed += desk.killed("s3://son/émissions", f"s3://{archive}", archive,
                                    dice.randrange(9), dice.random() / 4,
                                    "--mirror", f"{mirror}-{n}", "--jobs", "2")
            left.add(len(desk.check_whole(archive)))
        told = desk.run("s3://son/émissions", f"s3://{archive}", "--mirror", f"last-{n}")
        assert "0 failed" in told, told
        desk.check_whole(archive)
        assert desk.texts(archive) == desk.texts(reference), "a kill left its mark"
    assert n_killed >= 6 and len(left) >= 3, (n_killed, left)
    return n_killed


def one_side(desk):
    """A folder into a bucket, a bucket into a folder; a file that is called otherwise."""
    archive = desk.new_archive()
    (desk.folder / "son").mkdir()
    (desk.folder / "son" / "l'an 1.wav").write_bytes(noise(3))
    (desk.folder / "son" / "vide.wav").write_bytes(b"RIFF")
    told = desk.run("son", f"s3://{archive}", code=1)
    assert "1 transcribed, 0 up to date, 1 failed" in told, told
    assert ".voixoff/vide.failure.json" in desk.listed(archive)
    told = desk.run("son", f"s3://{archive}", "--mirror", "m5", code=1)
    assert "it failed the last time" in told and "1 up to date" in told, told
    (desk.folder / "son" / "vide.wav").write_bytes(noise(2, seed=11))
    desk.put(archive, "l'an 1.txt", "corrigé\n".encode())
    (desk.folder / "son" / "l'an 1.wav").rename(desk.folder / "son" / "l'an 2.wav")
    desk.run("son", f"s3://{archive}", "--mirror", "m6")
    texts = desk.texts(archive)
    assert texts["l'an 2.txt"].decode() == "corrigé\n" and "l'an 1.txt" not in texts, sorted(texts)
    assert ".voixoff/vide.failure.json" not in desk.listed(archive)
    desk.run("s3://son/seul.wav", "ici")
    assert (desk.folder / "ici" / "seul.txt").is_file()
    told = desk.run("s3://son/émissions", "ici")
    assert "5 transcribed" in told, told
    # All that was ever transcribed there, by whatever command.
    status = desk.status("ici")
    assert "done            6 episodes" in status, status


def refusals(desk, out):
    """Each is one line, and says what to do."""
    desk.look_at_keys(True)
    desk.run("s3://son/seul.wav", "s3://son/clefs")
    assert "clefs/seul.txt" in desk.listed("son")
    told = desk.run("s3://son/émissions", out, code=2, AWS_ACCESS_KEY_ID="AKIAWRONG")
    desk.look_at_keys(False)
    assert "error: `s3://archive-1/textes` is not given out: the server answers 403" in told, told
    assert "hint: check `AWS_ACCESS_KEY_ID`" in told, told
    told = desk.run("s3://son/émissions", "s3://absent/x", code=2)
    assert "error: there is no bucket `absent`" in told, told
    told = desk.run("s3://absent", out, code=1)
    assert "there is no bucket `absent`" in told, told
    told = desk.run("s3://son/rien", out, code=1)
    assert "`s3://son/rien`: there is nothing of this name" in told, told
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = "http://127.0.0.1:%d" % free.getsockname()[1]
        began = time.monotonic()
        told = desk.run("s3://son", "ici", code=1, AWS_ENDPOINT_URL=nobody)
    assert "`s3://son` cannot be reached: " in told and "<" not in told, told
    assert time.monotonic() - began < 30, "a server that is away is waited for too long"
    told = desk.run("s3://son", out, "--mirror", "son", code=2)
    assert "`son` holds other files" in told, told
    for line in told.splitlines():
        assert len(line) < 300, line


def readme(desk):
    """The command that the guide shows does what it says."""
    text = (pathlib.Path(__file__).parents[2] / "docs" / "en" / "clusters.md").read_text()
    [command] = [line for line in text.splitlines() if line.startswith("voixoff transcribe s3://")]
    _, _, source, out, archive = command.split()
    assert out == "--out", command
    for bucket in ["sons", "archive"]:
        desk.s3.create_bucket(Bucket=bucket)
    desk.put("sons", "émissions/une.wav", noise(2))
    assert "textes/une.txt" not in desk.listed("archive")
    desk.run(source, archive)
    assert "textes/une.txt" in desk.listed("archive")


def main():
    folder = pathlib.Path(sys.argv[2])
    desk = Desk(os.path.abspath(sys.argv[1]), folder)
    archive, out = all_of_a_bucket(desk)
    changes(desk, archive, out)
    one_side(desk)
    refusals(desk, out)
    readme(desk)
    n_killed = kills(desk)
    desk.server.stop()
    print(f"buckets: {len(EPISODES)} episodes, {n_killed} kills, all whole, nothing done twice")


main()
