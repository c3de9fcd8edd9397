# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy over many translation units, for scripts/lint.

Most of what clang-tidy does for one of our files it does for the headers of the standard library,
json, fmt and GoogleTest below it. So the files of one folder with one command are judged together,
as one translation unit that includes them: a test file alone takes 12 CPU-seconds, twelve together
take 23. What cannot stand beside the others (the same name in two unnamed namespaces) is judged in
another round.

What was found clean is not asked again until the file, what it includes from this project, its
command or a .clang-tidy above it changes; BUILD/lint-cache remembers it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

CLANG = "clang++-19"
CLANG_TIDY = "clang-tidy-19"
MAX_TOGETHER = 16  # more saves little, and the groups must occupy every core
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.M)
DIAGNOSTIC = re.compile(r"^(/[^:\n]+):(\d+):\d+: (?:fatal )?(?:error|warning): (.*)$", re.M)
LAUNCHERS = {"ccache", "distcc", "sccache"}

Finding = tuple[str, int, str]  # absolute path, line, sentence


@dataclass(frozen=True)
class Unit:
    """One entry of compile_commands.json."""

    file: Path
    directory: str
    flags: tuple[str, ...]  # what is left of the command without compiler, input and output
    key: str = field(compare=False)


def included(root: Path, path: Path, seen: set[Path]) -> set[Path]:
    """The file and what it includes of this project, near and far."""
    if path in seen:
        return seen
    seen.add(path)
    for quoted, angled in INCLUDE.findall(path.read_text(encoding="utf-8", errors="replace")):
        for place in (path.parent / (quoted or angled), root / (quoted or angled)):
            if place.is_file():
                included(root, place.resolve(), seen)
                break
    return seen


def key_of(root: Path, file: Path, command: str) -> str:
    digest = hashlib.sha256((CLANG_TIDY + command).encode())
    rules = [folder / ".clang-tidy" for folder in file.parents if folder.is_relative_to(root)]
    judged = sorted(included(root, file, set()))
    for path in [*(rule for rule in rules if rule.is_file()), *judged]:
        digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def flags_in(command: str, file: str) -> tuple[str, ...]:
    words = shlex.split(command)
    while Path(words[0]).name in LAUNCHERS:
        del words[0]
    if "-o" in words:
        at = words.index("-o")
        del words[at : at + 2]
    # A precompiled header of another compiler is of no use; the sources include what they need.
    kept = (word for word in words[1:] if word not in ("-c", file, "-Winvalid-pch"))
    flags = tuple(kept)
    precompiled = [i for i, word in enumerate(flags) if word.endswith("cmake_pch.hxx")]
    dropped = {at for i in precompiled for at in (i - 1, i)}
    # GCC has warnings of its own; clang-tidy takes one it does not know for an error.
    return (
        *(word for i, word in enumerate(flags) if i not in dropped),
        "-Wno-unknown-warning-option",
    )


def sources_in(entry: dict[str, str]) -> list[str]:
    """What an entry of the database compiles: its file, or those of a batch that CMake wrote."""
    file = Path(entry["file"])
    if not (file.parent.name == "Unity" and file.name.startswith("unity_")):
        return [entry["file"]]
    return [quoted for quoted, _ in INCLUDE.findall(file.read_text())]


def units_of(root: Path, build: Path, files: set[str]) -> list[Unit]:
    """Those of the build's units that are among the files; OSError without a database."""
    database = json.loads((build / "compile_commands.json").read_text())
    return [
        Unit(
            Path(source),
            entry["directory"],
            flags_in(entry["command"], entry["file"]),
            key_of(root, Path(source), entry["command"]),
        )
        for entry in database
        for source in sources_in(entry)
        if source in files
    ]


def groups_of(units: list[Unit]) -> list[list[Unit]]:
    """By folder, language and flags, each at most MAX_TOGETHER; the largest first."""
    by: dict[tuple[str, ...], list[Unit]] = {}
    for unit in units:
        by.setdefault((str(unit.file.parent), unit.file.suffix, *unit.flags), []).append(unit)
    cut = []
    for group in by.values():
        parts = -(-len(group) // MAX_TOGETHER)
        cut += [group[part::parts] for part in range(parts)]
    return sorted(cut, key=len, reverse=True)


class Judge:
    """Runs clang-tidy on groups of units; safe to call from several threads."""

    def __init__(self, root: Path, build: Path) -> None:
        self.root = root
        self.memory = build / "lint-cache"

    def findings(self, units: list[Unit]) -> Iterator[Finding]:
        self.memory.mkdir(exist_ok=True)
        asked = [unit for unit in units if not (self.memory / unit.key).exists()]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for found in pool.map(self.group, groups_of(asked)):
                yield from found

    def group(self, units: list[Unit]) -> list[Finding]:
        together, apart = self.parted(units)
        found = self.judged(together)
        return found + (self.group(apart) if apart else [])

    def source(self, units: list[Unit]) -> tuple[Path, Path]:
        """A file that includes them all, and the overlay in which it lies in their folder."""
        digest = hashlib.sha256("".join(unit.key for unit in units).encode()).hexdigest()[:16]
        written = self.memory / f"together-{digest}{units[0].file.suffix}"
        lines = (f'#include "{u.file}"  // NOLINT(bugprone-suspicious-include)\n' for u in units)
        written.write_text("".join(lines))
        shown = units[0].file.parent / written.name
        overlay = written.with_suffix(".json")
        entry = {"name": str(shown), "type": "file", "external-contents": str(written)}
        overlay.write_text(json.dumps({"version": 0, "use-external-names": False, "roots": [entry]}))
        return shown, overlay

    def forget(self, shown: Path) -> None:
        for suffix in (shown.suffix, ".json"):
            (self.memory / shown.name).with_suffix(suffix).unlink(missing_ok=True)

    def parted(self, units: list[Unit]) -> tuple[list[Unit], list[Unit]]:
        """Those that compile as one translation unit, at least the first, and the others."""
        together, apart = units, []
        while len(together) > 1:
            shown, _ = self.source(together)
            command = [CLANG, *together[0].flags, "-w", "-fsyntax-only", "-ferror-limit=0"]
            done = self.run([*command, str(self.memory / shown.name)], together[0])
            self.forget(shown)
            wrong = {path for path, _, _ in DIAGNOSTIC.findall(done.stderr)}
            if done.returncode == 0:
                break
            stay = [unit for unit in together if str(unit.file) not in wrong]
            # An error elsewhere, or in all of them: one goes alone, the others are tried again.
            stay = stay if 0 < len(stay) < len(together) else together[:1]
            apart += [unit for unit in together if unit not in stay]
            together = stay
        return together, apart

    def judged(self, units: list[Unit]) -> list[Finding]:
        if len(units) == 1:
            shown, overlaid = units[0].file, []
        else:
            shown, overlay = self.source(units)
            overlaid = [f"--vfsoverlay={overlay}", "--header-filter=" + self.filter(units)]
            # They see each other's unnamed namespaces; the compiler judges it file by file.
            overlaid.append("--extra-arg=-Wno-shadow")
        command = [CLANG_TIDY, "--quiet", *overlaid, str(shown), "--", *units[0].flags]
        done = self.run(command, units[0])
        if overlaid:
            self.forget(shown)
        found = [(path, int(line), said) for path, line, said in DIAGNOSTIC.findall(done.stdout)]
        if done.returncode != 0 and not found:
            found.append((str(units[0].file), 1, (done.stderr or done.stdout).strip()))
        blamed = {path for path, _, _ in found}
        if blamed <= {str(unit.file) for unit in units}:  # a header's fault is everybody's
            for unit in units:
                if str(unit.file) not in blamed:
                    (self.memory / unit.key).touch()
        return found

    def filter(self, units: list[Unit]) -> str:
        """Ours is what .clang-tidy says of headers, and the files themselves."""
        rules = (self.root / ".clang-tidy").read_text()
        headers = re.search(r"^HeaderFilterRegex: '(.*)'$", rules, re.M)
        assert headers is not None, ".clang-tidy names no HeaderFilterRegex"
        return "|".join([headers[1], *(re.escape(str(unit.file)) + "$" for unit in units)])

    def run(self, command: list[str], unit: Unit) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=unit.directory, capture_output=True, text=True)
