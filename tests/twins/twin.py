# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""What a twin is, and when a report has found it. Pure, but for reading the twins' files.

A twin is tests/twins/<requirement>/<name>.yaml, written as JSON (which is YAML) below its licence:

  plant     arguments of `scripts/lab plant`; [] where the run's flags or rules are the violation
  undo      arguments of `scripts/lab undo`
  run       more flags for `assay run`
  options   likewise, and the clean runs that belong to the twin have them too; paths are in the repository
  accelerator  the kind examined; "" names none; where it is left out, that of `scripts/twins`
  rules     of kind proxy: what the fault proxy before the API server alters (docs/fault-proxy.md);
            the twin is not found unless each of them altered something
  expect    [{assertion, outcome, target_contains?}]: each must hold with exactly that outcome; with
            target_contains one of its findings of that outcome must name such a target; assertion
            "*" with the outcome passed: all of them hold, for what must not change a verdict
  may_also  what may then fail or be inconclusive besides: an id, or {assertion, outcome}; "*" is any
  alone     true of kind proxy where another run beside it could hold the very device it asks for
  kind      real: the real component is misconfigured; proxy: one API answer is altered;
            stand-in: something of ours plays the broken component
  why       what would have gone wrong on a user's cluster
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TWINS = Path(__file__).resolve().parent
KINDS = ("real", "proxy", "stand-in")
PREFERRED = ("real", "stand-in", "proxy")  # what is like a user's cluster the most comes first
OUTCOMES = ("passed", "failed", "inconclusive", "not_applicable")
WRONG = ("failed", "inconclusive")
Json = dict[str, Any]


class TwinError(Exception):
    """One sentence that says what to do."""


@dataclass(frozen=True)
class Expected:
    assertion: str
    outcome: str | None  # None: failed or inconclusive
    target_contains: str = ""

    def covers(self, assertion: Json) -> bool:
        return self.assertion in ("*", assertion["id"]) and self.outcome in (
            None,
            assertion["outcome"],
        )


@dataclass(frozen=True)
class Twin:
    requirement: str
    name: str
    kind: str
    why: str
    expect: list[Expected]
    plant: list[str] = field(default_factory=list)
    undo: list[str] = field(default_factory=list)
    run: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    rules: list[Json] = field(default_factory=list)
    accelerator: str | None = None
    may_also: list[Expected] = field(default_factory=list)
    alone: bool = False

    @property
    def runs_alone(self) -> bool:
        """What is planted, others would run into."""
        return self.alone or bool(self.plant)

    @property
    def flags(self) -> list[str]:
        return [*self.options, *self.run]

    @property
    def title(self) -> str:
        return f"{self.requirement}/{self.name}"


# --- twin files ---


def expected_of(item: Any, where: str) -> Expected:
    if isinstance(item, str):
        return Expected(item, None)
    known = {"assertion", "outcome", "target_contains"}
    if not isinstance(item, dict) or set(item) - known or item.get("outcome") not in OUTCOMES:
        raise TwinError(f"{where}: {item!r} must be {{assertion, outcome, target_contains?}}")
    return Expected(item["assertion"], item["outcome"], item.get("target_contains", ""))


def twin_of(text: str, requirement: str, name: str) -> Twin:
    where = f"{requirement}/{name}"
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    try:
        data = json.loads("\n".join(lines))
    except ValueError as error:
        raise TwinError(f"{where} is not JSON: {error}") from None
    lists = ("plant", "undo", "run", "options", "rules", "expect", "may_also")
    unknown = set(data) - {*lists, "accelerator", "alone", "kind", "why"}
    if unknown:
        raise TwinError(f"{where} has unknown keys: {', '.join(sorted(unknown))}")
    if data.get("kind") not in KINDS or not data.get("why") or not data.get("expect"):
        raise TwinError(f"{where} needs expect, why, and a kind of {', '.join(KINDS)}")
    if bool(data.get("plant")) != bool(data.get("undo")):
        raise TwinError(f"{where}: what is planted must be undone; give both plant and undo")
    if (data["kind"] == "proxy") != bool(data.get("rules")):
        raise TwinError(f"{where}: rules are what kind proxy alters with; give both or neither")
    rules = [{"name": f"rule {i}"} | rule for i, rule in enumerate(data.get("rules", []), 1)]
    expect = [expected_of(item, where) for item in data["expect"]]
    if any(one.outcome is None for one in expect):
        raise TwinError(f"{where}: each of expect needs an outcome")
    may_also = [expected_of(item, where) for item in data.get("may_also", [])]
    plain = {key: data.get(key, []) for key in ("plant", "undo", "run", "options")}
    return Twin(
        requirement,
        name,
        data["kind"],
        data["why"],
        expect,
        rules=rules,
        may_also=may_also,
        accelerator=data.get("accelerator"),
        alone=bool(data.get("alone")),
        **plain,
    )


def all_twins(folder: Path = TWINS) -> list[Twin]:
    files = sorted(folder.glob("*/*.yaml"))
    return [twin_of(file.read_text(), file.parent.name, file.stem) for file in files]


# --- choosing ---


def shown_by(twin: Twin) -> set[tuple[str, str, str | None]]:
    """What comes out how under it."""
    return {(twin.requirement, one.assertion, one.outcome) for one in twin.expect}


def fewest(twins: list[Twin]) -> list[Twin]:
    """Few of them that together show all that they show: what shows most comes first, of equals the real one."""
    left = {shown for twin in twins for shown in shown_by(twin)}
    chosen: set[str] = set()
    while left:
        best = max(twins, key=lambda twin: (len(shown_by(twin) & left), -PREFERRED.index(twin.kind)))
        chosen.add(best.title)
        left -= shown_by(best)
    return [twin for twin in twins if twin.title in chosen]


# --- judging ---


def assertions_of(report: Json, requirement: str) -> dict[str, Json]:
    for one in report["requirements"]:
        if one["id"] == requirement and one["selected"]:
            return {assertion["id"]: assertion for assertion in one["assertions"]}
    return {}


def unmet(expected: Expected, found: dict[str, Json]) -> str:
    """Why what was expected does not hold; empty if it does."""
    if expected.assertion == "*":
        right = (expected.outcome, "not_applicable")
        wrong = [
            said(one) for one in found.values() if one["outcome"] not in right and is_wrong(one)
        ]
        return "; ".join(wrong) if found else "nothing was asked"
    assertion = found.get(expected.assertion)
    if assertion is None:
        return f"there is no assertion {expected.assertion}"
    if assertion["outcome"] != expected.outcome:
        return f"{said(assertion)}, not {expected.outcome}"
    targets = [one["target"] for one in assertion["findings"] if one["outcome"] == expected.outcome]
    if expected.target_contains and not any(expected.target_contains in one for one in targets):
        return f"{expected.assertion} {expected.outcome} of no target with {expected.target_contains}"
    return ""


def said(assertion: Json) -> str:
    """The assertion's outcome and the first finding that made it so."""
    for one in assertion["findings"]:
        if one["outcome"] == assertion["outcome"] and one.get("reason"):
            return f"{assertion['id']} {assertion['outcome']} ({one['target']}: {one['reason']})"
    return f"{assertion['id']} {assertion['outcome']}"


def is_wrong(assertion: Json) -> bool:
    """Neither passed nor excused."""
    return assertion["outcome"] in WRONG


def differences(report: Json, twin: Twin) -> list[str]:
    """How what was found differs from what the twin says; empty if the twin was found."""
    found = assertions_of(report, twin.requirement)
    result = [why for one in twin.expect if (why := unmet(one, found))]
    named = {one.assertion for one in twin.expect}
    if "*" in named:
        return result
    for assertion in found.values():
        wrong = is_wrong(assertion) and assertion["id"] not in named
        if wrong and not any(one.covers(assertion) for one in twin.may_also):
            result.append(f"{said(assertion)} as well")
    return result


def alarms(report: Json, requirement: str) -> list[str]:
    """What a clean run says is wrong."""
    found = assertions_of(report, requirement)
    if not found:
        return [f"{requirement} was not asked"]
    return [said(one) for one in found.values() if is_wrong(one)]
