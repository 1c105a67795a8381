"""A wheel with the program inside: what pip, pipx and uv install.

usage: wheel.py FILES VERSION GLIBC DIST

No build backend is needed for one file: the archive is written here, in order and with one time.
"""

import base64
import hashlib
import os
import pathlib
import sys
import time
import zipfile

SUMMARY = "French podcasts to timestamped transcripts, on your own machine"


def main():
    files, version, glibc, dist = sys.argv[1:]
    files, dist = pathlib.Path(files), pathlib.Path(dist)
    tag = f"py3-none-manylinux_{glibc.replace('.', '_')}_x86_64"
    info = f"voixoff-{version}.dist-info"
    readme = (files / "README.md").read_text(encoding="utf-8")
    metadata = "\n".join([
        "Metadata-Version: 2.4",
        "Name: voixoff",
        f"Version: {version}",
        f"Summary: {SUMMARY}",
        "License-Expression: MIT OR Apache-2.0",
        "License-File: LICENSE-MIT",
        "License-File: LICENSE-APACHE",
        "Requires-Python: >=3.8",
        "Description-Content-Type: text/markdown",
        "",
        readme,
    ])
    wheel = f"Wheel-Version: 1.0\nGenerator: voixoff\nRoot-Is-Purelib: false\nTag: {tag}\n"
    content = {
        f"voixoff-{version}.data/scripts/voixoff": ((files / "bin/voixoff").read_bytes(), 0o755),
        f"{info}/METADATA": (metadata.encode(), 0o644),
        f"{info}/WHEEL": (wheel.encode(), 0o644),
    }
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"]:
        content[f"{info}/licenses/{licence}"] = ((files / licence).read_bytes(), 0o644)
    for place, pages in {"man1": files / "man", "fr/man1": files / "man/fr"}.items():
        for page in sorted(pages.glob("*.1")):
            content[f"voixoff-{version}.data/data/share/man/{place}/{page.name}"] = (page.read_bytes(), 0o644)
    record = "".join(f"{name},sha256={digest(data)},{len(data)}\n" for name, (data, _) in content.items())
    content[f"{info}/RECORD"] = (f"{record}{info}/RECORD,,\n".encode(), 0o644)
    # Zip has no time before 1980.
    moment = time.gmtime(max(int(os.environ["SOURCE_DATE_EPOCH"]), 315_532_800))[:6]
    path = dist / f"voixoff-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, (data, mode) in content.items():
            entry = zipfile.ZipInfo(name, moment)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, (0o100000 | mode) << 16, 3
            archive.writestr(entry, data)


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


main()
