"""What is in the program, as CycloneDX 1.5: the crates that are linked in, and the C and C++ in them.

usage: sbom.py TRIPLE >FILE
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time
import tomllib
import uuid

# Sources of others that a crate brings along: where, how their version is found, name, licence.
CARRIED = {
    "whisper-rs-sys": ("whisper.cpp/CMakeLists.txt", r'project\("whisper.cpp" VERSION ([0-9.]+)', "whisper.cpp", "MIT"),
    "opusic-sys": ("opus/package_version", r'"([0-9.]+)"', "libopus", "BSD-3-Clause"),
}


def main():
    triple = sys.argv[1]
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", triple, "--features", "s3"]
    metadata = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    lock = tomllib.loads(pathlib.Path("Cargo.lock").read_text(encoding="utf-8"))
    digests = {(it["name"], it["version"]): it.get("checksum") for it in lock["package"]}

    linked, open_ids = {}, [root]
    while open_ids:
        here = open_ids.pop()
        if here in linked:
            continue
        # What only builds or tests is not in the program.
        linked[here] = [dep["pkg"] for dep in nodes[here]["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
        open_ids += linked[here]

    parts = [component(packages[key], digests) for key in linked if key != root]
    depends = [{"ref": purl(packages[key]), "dependsOn": sorted(purl(packages[dep]) for dep in deps)} for key, deps in linked.items()]
    for key in linked:
        parts += carried(packages[key])
    parts.sort(key=lambda part: part["bom-ref"])
    depends.sort(key=lambda depend: depend["ref"])
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"])))
    whole = component(packages[root], digests) | {"type": "application"}
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(parts, sort_keys=True))}",
        "metadata": {"timestamp": moment, "component": whole},
        "components": parts,
        "dependencies": depends,
    }
    json.dump(bom, sys.stdout, indent=1, ensure_ascii=False)
    print()


def purl(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package, digests):
    part = {
        "type": "library",
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "purl": purl(package),
    }
    if package["license"]:
        part["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    digest = digests.get((package["name"], package["version"]))
    if digest:
        part["hashes"] = [{"alg": "SHA-256", "content": digest}]
    return part


def carried(package):
    if package["name"] not in CARRIED:
        return []
    place, pattern, name, licence = CARRIED[package["name"]]
    text = (pathlib.Path(package["manifest_path"]).parent / place).read_text(encoding="utf-8")
    version = re.search(pattern, text).group(1)
    ref = f"pkg:generic/{name}@{version}"
    return [{"type": "library", "bom-ref": ref, "name": name, "version": version, "purl": ref, "licenses": [{"expression": licence}]}]


main()
