# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The running lab, as the tests of the tool see it: its API, and assay run against it."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "fixtures" / "lab"))

from lab import Lab  # noqa: E402  (the lab's own modules are imported flat)

ASSAY = Path(os.environ.get("ASSAY", ROOT / "build" / "release" / "cli" / "assay"))
NAME = os.environ.get("ASSAY_TEST_LAB", "assay")
# What a cluster changes by itself all the time.
CHANGING = {"events", "leases"}
Json = dict[str, Any]


@dataclass
class Outcome:
    code: int
    out: str
    err: str
    report: Json | None
    folder: Path


@functools.cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="assay-test-")


def scratch() -> Path:
    """A new empty folder, gone when the process ends."""
    return Path(tempfile.mkdtemp(dir=_scratch().name))


def lab() -> Lab:
    return Lab(NAME)


def tell_lab(*words: str) -> None:
    subprocess.run([str(ROOT / "scripts" / "lab"), "--name", NAME, *words], check=True,
                   stdout=subprocess.DEVNULL)


def assay(*words: str, kubeconfig: str | None = None, accelerator: str = "gpu.nvidia.com",
          folder: Path | None = None, requirement: str = "secure_accelerator_access") -> Outcome:
    """One `assay run` of one requirement with more flags."""
    out = folder or scratch() / "report"
    command = [str(ASSAY), "run", "--select", requirement, "--out", str(out),
               "--kubeconfig", kubeconfig or str(lab().kubeconfig)]
    if accelerator:
        command += ["--accelerator", accelerator]
    done = subprocess.run([*command, *words], capture_output=True, text=True, timeout=300)
    report = out / "report.json"
    return Outcome(done.returncode, done.stdout, done.stderr,
                   json.loads(report.read_text()) if report.is_file() else None, out)


def listable() -> dict[str, str]:
    """Every object the API lists, by uid, but for what changes by itself."""
    api = lab().api
    groups = ["/api/v1"]
    for group in api.get("/apis")["groups"]:
        groups += [f"/apis/{version['groupVersion']}" for version in group["versions"]]
    found: dict[str, str] = {}
    for group in groups:
        for resource in api.get(group).get("resources", []):
            name = resource["name"]
            if "/" in name or name in CHANGING or "list" not in resource["verbs"]:
                continue
            for item in api.get(f"{group}/{name}").get("items") or []:
                metadata = item["metadata"]
                if "uid" in metadata:
                    found[metadata["uid"]] = f"{name} {metadata.get('namespace', '')}/{metadata['name']}"
    return found


def settled(seconds: float = 60) -> dict[str, str]:
    """Every listable object, once what the lab itself still starts or ends has come to rest."""
    deadline = time.monotonic() + seconds
    before = listable()
    while time.monotonic() < deadline:
        time.sleep(2)
        after = listable()
        if after == before:
            return after
        before = after
    raise AssertionError("the cluster does not come to rest before the test")


def changes(before: dict[str, str]) -> dict[str, str]:
    """What came and went since, by uid."""
    after = listable()
    return {uid: (before.get(uid) or after[uid]) + (" came" if uid in after else " went")
            for uid in before.keys() ^ after.keys()}
