"""The software bill of materials (CycloneDX 1.6, JSON) and the licence list, from the lock.

    python .ci/bill_of_materials.py FOLDER

Names, versions and hashes come from requirements.lock; licences from the metadata of what is installed. What the lock
has and this machine does not need is listed with the licence unknown. Same lock, same files: no time, no serial.
"""

import json
import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def components(lock: str) -> list[dict[str, object]]:
    """One entry for each pinned distribution, sorted by name."""
    found = list(_PINNED.finditer(lock))
    ends = [match.start() for match in found[1:]] + [len(lock)]
    return sorted(
        (
            _component(match[1], match[2], lock[match.end() : end])
            for match, end in zip(found, ends, strict=True)
        ),
        key=lambda each: str(each["name"]),
    )


def _component(name: str, version: str, rest: str) -> dict[str, object]:
    entry: dict[str, object] = {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name.lower().replace('_', '-')}@{version}",
        "licenses": [{"license": {"name": _licence(name, version)}}],
    }
    hashes = sorted(set(_HASH.findall(rest)))
    if not hashes:
        raise SystemExit(f"{name} {version} has no hash in the lock")
    entry["properties"] = [
        {"name": "sha256 of a distribution file", "value": each} for each in hashes
    ]
    return entry


def _licence(name: str, version: str) -> str:
    try:
        known: Distribution = distribution(name)
    except PackageNotFoundError:
        return "unknown (not installed here)"
    if known.version != version:
        return f"unknown (installed is {known.version})"
    metadata = known.metadata
    classifiers = [
        each.rpartition(" :: ")[2]
        for each in metadata.get_all("Classifier") or []
        if each.startswith("License :: ")
    ]
    text = (
        metadata.get("License-Expression")
        or " / ".join(classifiers)
        or metadata.get("License")
        or "unknown"
    )
    return text.strip().splitlines()[0][:80]


def main(folder: Path) -> None:
    """Write sbom.json and licences.txt."""
    listed = components(Path("requirements.lock").read_text())
    if not listed:
        raise SystemExit("the lock pins nothing")
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "stayon"}},
        "components": listed,
    }
    (folder / "sbom.json").write_text(json.dumps(document, indent=1) + "\n")
    lines = [
        f"{each['name']} {each['version']}: {each['licenses'][0]['license']['name']}"
        for each in listed
    ]  # type: ignore[index]
    (folder / "licences.txt").write_text("\n".join(lines) + "\n")
    print(f"{len(listed)} components in {folder}/sbom.json, licences in {folder}/licences.txt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
