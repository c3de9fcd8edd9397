# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The steps of docs/ci, read as far as running them needs it: blocks of shell and what stands beside
them. Not a reader of YAML: what it does not know is an error."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

CI = Path(__file__).resolve().parents[2] / "docs" / "ci"


@dataclass
class Step:
    """Of a GitHub job."""

    name: str
    script: str = ""
    always: bool = False
    paths: list[str] = field(default_factory=list)  # what upload-artifact keeps


@dataclass
class Job:
    """Of GitLab."""

    name: str
    before: str = ""
    script: str = ""
    extends: str = ""
    artifacts_always: bool = False
    paths: list[str] = field(default_factory=list)
    junit: str = ""
    may_end_with: list[int] = field(default_factory=list)


def block(lines: list[str], at: int) -> str:
    """The literal block that begins below lines[at], without its indentation."""
    inside: list[str] = []
    depth = len(lines[at + 1]) - len(lines[at + 1].lstrip())
    for line in lines[at + 1:]:
        if line.strip() and len(line) - len(line.lstrip()) < depth:
            break
        inside.append(line[depth:])
    return "\n".join(inside).rstrip() + "\n"


def github_steps() -> list[Step]:
    lines = (CI / "github.yml").read_text().splitlines()
    steps: list[Step] = []
    for at, line in enumerate(lines):
        if found := re.match(r"      - name: (.+)$", line):
            steps.append(Step(found[1]))
        elif line == "        run: |":
            steps[-1].script = block(lines, at)
        elif line == "        if: always()":
            steps[-1].always = True
        elif line == "          path: |":
            steps[-1].paths = block(lines, at).split()
    return steps


def github_variables() -> dict[str, str]:
    """What the job sets itself, without what GitHub puts in."""
    text = (CI / "github.yml").read_text()
    return dict(re.findall(r"^      (ASSAY_\w+): ([^$\s]+)$", text, re.M))


def gitlab_jobs() -> dict[str, Job]:
    lines = (CI / "gitlab.yml").read_text().splitlines()
    jobs: dict[str, Job] = {}
    current = Job("")
    part = ""
    for at, line in enumerate(lines):
        if found := re.match(r"(\.?\w+):", line):
            current = jobs.setdefault(found[1], Job(found[1]))
        elif found := re.match(r"  (\w+):(.*)", line):
            part = found[1]
            if part == "extends":
                current.extends = found[2].strip()
        elif line == "    - |" and part == "before_script":
            current.before = block(lines, at)
        elif line == "    - |" and part == "script":
            current.script = block(lines, at)
        elif line == "    when: always":
            current.artifacts_always = True
        elif found := re.match(r"    paths: \[(.*)\]", line):
            current.paths = found[1].split(", ")
        elif found := re.match(r"      junit: (\S+)", line):
            current.junit = found[1]
        elif found := re.match(r"    exit_codes: \[([\d, ]+)\]", line):
            current.may_end_with = [int(code) for code in found[1].split(",")]
    return jobs


def gitlab_variables() -> dict[str, str]:
    text = (CI / "gitlab.yml").read_text()
    return dict(re.findall(r"^  (ASSAY_\w+): (\S+)$", text, re.M))
