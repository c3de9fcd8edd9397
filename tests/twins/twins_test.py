# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The twins' runner: when it says found, and that it says so of nothing else. Needs no cluster."""

from __future__ import annotations

import contextlib
import importlib.machinery
import importlib.util
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TABLE = re.compile(r"^constexpr auto table =\s*assertions\(\s*\{([^}]*)\}\)", re.MULTILINE)


def assertions_of(requirement: str) -> set[str]:
    """The table of a check, by the names of its assertions, which are their ids."""
    table = TABLE.search((ROOT / "checks" / f"{requirement}.cpp").read_text())
    return set(re.findall(r"&(\w+)", table[1])) if table else set()


def loaded_runner() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("assay_twins", str(ROOT / "scripts" / "twins"))
    spec = importlib.util.spec_from_loader("assay_twins", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["assay_twins"] = module  # dataclasses look their module up
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


twins = loaded_runner()
import twin as twin_files  # noqa: E402  the runner's own, which it put on the path


def twin(**changes: Any) -> Any:
    data = {
        "plant": ["leak"],
        "undo": ["leak"],
        "expect": [{"assertion": "none", "outcome": "failed"}],
        "kind": "real",
        "why": "it leaks",
    }
    return twin_files.twin_of("# licence\n" + json.dumps(data | changes), "access", "leak")


def report(**outcomes: str) -> dict[str, Any]:
    """One requirement; each assertion has one finding, of the pod that bears the assertion's name."""
    assertions = [
        {"id": name, "outcome": outcome, "findings": [{"outcome": outcome, "target": f"pod {name}"}]}
        for name, outcome in outcomes.items()
    ]
    return {"requirements": [{"id": "access", "selected": True, "assertions": assertions}]}


class Differences(unittest.TestCase):
    def test_found_is_exactly_what_was_expected(self) -> None:
        found = report(control="passed", none="failed", other="not_applicable")
        self.assertEqual(twins.differences(found, twin()), [])

    def test_a_twin_that_passed_was_not_found(self) -> None:
        found = report(control="passed", none="passed")
        self.assertEqual(twins.differences(found, twin()), ["none passed, not failed"])

    def test_inconclusive_is_not_failed(self) -> None:
        found = report(none="inconclusive")
        self.assertEqual(twins.differences(found, twin()), ["none inconclusive, not failed"])
        wanted = twin(expect=[{"assertion": "none", "outcome": "inconclusive"}])
        self.assertEqual(twins.differences(found, wanted), [])
        self.assertEqual(
            twins.differences(report(none="failed"), wanted), ["none failed, not inconclusive"]
        )

    def test_something_else_that_is_wrong_is_a_difference(self) -> None:
        for outcome in ("failed", "inconclusive"):
            found = report(none="failed", other=outcome)
            self.assertEqual(twins.differences(found, twin()), [f"other {outcome} as well"])
            self.assertEqual(twins.differences(found, twin(may_also=["other"])), [])

    def test_what_may_also_be_can_be_held_to_an_outcome(self) -> None:
        lenient = twin(may_also=[{"assertion": "*", "outcome": "inconclusive"}])
        self.assertEqual(twins.differences(report(none="failed", a="inconclusive"), lenient), [])
        self.assertEqual(
            twins.differences(report(none="failed", a="failed"), lenient), ["a failed as well"]
        )

    def test_the_target_must_be_the_one_that_was_planted(self) -> None:
        expect = {"assertion": "none", "outcome": "failed", "target_contains": "pod none"}
        self.assertEqual(twins.differences(report(none="failed"), twin(expect=[expect])), [])
        other = twin(expect=[expect | {"target_contains": "pod else"}])
        self.assertEqual(
            twins.differences(report(none="failed"), other), ["none failed of no target with pod else"]
        )

    def test_what_must_not_change_a_verdict_is_held_to_every_assertion(self) -> None:
        steady = twin(expect=[{"assertion": "*", "outcome": "passed"}])
        self.assertEqual(twins.differences(report(a="passed", b="not_applicable"), steady), [])
        self.assertEqual(
            twins.differences(report(a="passed", b="failed", c="inconclusive"), steady),
            ["b failed; c inconclusive"],
        )
        self.assertEqual(twins.differences({"requirements": []}, steady), ["nothing was asked"])

    def test_an_assertion_or_requirement_that_is_not_there_is_a_difference(self) -> None:
        missing = ["there is no assertion none"]
        self.assertEqual(twins.differences(report(other="passed"), twin()), missing)
        self.assertEqual(twins.differences({"requirements": []}, twin()), missing)
        unasked = report(none="failed")
        unasked["requirements"][0]["selected"] = False
        self.assertEqual(twins.differences(unasked, twin()), missing)


class Fewest(unittest.TestCase):
    @staticmethod
    def made(name: str, kind: str, *expect: tuple[str, str]) -> Any:
        return twin_files.Twin("access", name, kind, "why", [twin_files.Expected(*one) for one in expect])

    def test_what_others_show_is_left_out_and_the_order_is_kept(self) -> None:
        all_of_them = [self.made("a", "stand-in", ("x", "failed")), self.made("b", "proxy", ("z", "failed")),
                       self.made("c", "stand-in", ("x", "failed"), ("y", "failed"))]
        self.assertEqual([one.name for one in twin_files.fewest(all_of_them)], ["b", "c"])

    def test_each_way_of_coming_out_counts(self) -> None:
        both = [self.made("a", "proxy", ("x", "failed")), self.made("b", "proxy", ("x", "inconclusive"))]
        self.assertEqual(twin_files.fewest(both), both)

    def test_of_two_that_show_the_same_the_real_one_is_taken(self) -> None:
        same = [self.made(kind, kind, ("x", "failed")) for kind in ("proxy", "stand-in", "real")]
        self.assertEqual([one.name for one in twin_files.fewest(same)], ["real"])

    def test_nothing_is_no_longer_shown(self) -> None:
        every = twin_files.all_twins()
        few = twin_files.fewest(every)
        self.assertLess(len(few), len(every))
        shown = [{one for twin in some for one in twin_files.shown_by(twin)} for some in (few, every)]
        self.assertEqual(*shown)


class Alarms(unittest.TestCase):
    def test_a_clean_run_may_only_pass_or_not_apply(self) -> None:
        self.assertEqual(twins.alarms(report(a="passed", b="not_applicable"), "access"), [])
        self.assertEqual(
            twins.alarms(report(a="failed", b="inconclusive"), "access"),
            ["a failed", "b inconclusive"],
        )
        self.assertEqual(twins.alarms({"requirements": []}, "access"), ["access was not asked"])


class Files(unittest.TestCase):
    def test_what_cannot_be_a_twin_is_refused(self) -> None:
        bad: list[dict[str, Any]] = [
            {"kind": "fake"},
            {"why": ""},
            {"expect": []},
            {"expect": ["none"]},
            {"expect": [{"assertion": "none", "outcome": "broken"}]},
            {"expect": [{"assertion": "none", "outcome": "failed", "traget": "x"}]},
            {"undo": []},
            {"kind": "proxy"},
            {"rules": [{"drop": True}]},
            {"surprise": 1},
        ]
        for changes in bad:
            with self.subTest(changes), self.assertRaises(twins.TwinError):
                twin(**changes)
        with self.assertRaises(twins.TwinError):
            twin_files.twin_of("expect: []\n", "access", "yaml")

    def test_each_assertion_of_a_check_has_a_twin_that_makes_it_fail(self) -> None:
        seen: dict[str, set[str]] = {}
        for one in twins.all_twins():
            failed = {e.assertion for e in one.expect if e.outcome == "failed"}
            seen.setdefault(one.requirement, set()).update(failed)
        self.assertTrue(seen)
        for requirement, failed in seen.items():
            defined = assertions_of(requirement)
            self.assertTrue(defined, f"no table in checks/{requirement}.cpp")
            self.assertEqual(defined - failed, set(), "never seen to fail")

    def test_each_twin_speaks_of_assertions_that_exist(self) -> None:
        for one in twins.all_twins():
            named = {e.assertion for e in [*one.expect, *one.may_also]} - {"*"}
            self.assertEqual(named - assertions_of(one.requirement), set(), one.title)


# Plays `lab plant|undo`, by a file that says what is planted, and `assay run`, by what it says.
LAB = """#!/bin/sh
echo "$@" >> "$FOLDER/log"
case $1 in
plant) [ "$2" = broken ] && { echo no such plant >&2; exit 1; }; echo "$2" > "$FOLDER/planted" ;;
undo) rm -f "$FOLDER/planted" ;;
esac
"""
ASSAY = """#!/bin/sh
while [ "$1" != --out ]; do shift; done
mkdir "$2"
[ -e "$FOLDER/hang" ] && { trap 'touch "$FOLDER/ended.$$"; exit 4' INT; touch "$FOLDER/hangs.$$"; while :; do sleep 0.05; done; }
[ -e "$FOLDER/silent" ] && { echo cannot reach it; exit 3; }
outcome=passed
[ -e "$FOLDER/planted" ] && [ ! -e "$FOLDER/blind" ] && outcome=failed
[ "$(cat "$KUBECONFIG" 2>/dev/null)" = altered ] && outcome=failed
[ -e "$FOLDER/jumpy" ] && outcome=failed
cat > "$2/report.json" <<EOF
{"requirements": [{"id": "access", "selected": true, "assertions": [
  {"id": "none", "outcome": "$outcome", "findings": []}]}]}
EOF
"""
# Plays the fault proxy: alters everything while it runs, and says so if it has the file "acts".
PROXY = """#!/bin/sh
while [ $# -gt 1 ]; do
  case $1 in --rules) rules=$2 ;; --log) log=$2 ;; --write-kubeconfig) kubeconfig=$2 ;; esac
  shift 2
done
[ -e "$FOLDER/refuses" ] && { echo "rule 'rule 1' does nothing" >&2; exit 2; }
cp "$rules" "$FOLDER/rules"
[ -e "$FOLDER/acts" ] && echo '{"rule": "rule 1", "what": "edited a"}' > "$log"
trap 'rm "$FOLDER/proxying"; exit 0' TERM
touch "$FOLDER/proxying"
echo altered > "$kubeconfig.new"; mv "$kubeconfig.new" "$kubeconfig"
while :; do sleep 0.05; done
"""


class Runs(unittest.TestCase):
    """The whole way, with programs that play the lab and assay."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name, text in (("lab", LAB), ("assay", ASSAY), ("proxy", PROXY)):
            (self.folder / name).write_text(text)
            (self.folder / name).chmod(0o755)
        os.environ["FOLDER"] = str(self.folder)
        self.addCleanup(os.environ.pop, "FOLDER")
        self.bench = twins.Bench(
            self.folder / "assay",
            [str(self.folder / "lab")],
            dict(os.environ) | {"KUBECONFIG": str(self.folder / "kubeconfig")},
            "p",
            "gpu",
            self.folder / "proxy",
        )

    def tried(self, one: Any) -> tuple[Any, str]:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            result = twins.try_twin(self.bench, one)
        self.assertFalse((self.folder / "planted").exists(), "what is planted is undone")
        self.assertFalse((self.folder / "proxying").exists(), "the proxy is ended")
        return result, said.getvalue()

    def test_a_twin_is_planted_found_and_undone(self) -> None:
        result, said = self.tried(twin())
        self.assertTrue(result.good)
        self.assertIn("  found\n", said)
        self.assertEqual(result.lines()[-1], "1 planted, 1 found")
        self.assertEqual((self.folder / "log").read_text(), "plant leak\nundo leak\n")

    def test_a_twin_that_is_not_found_is_said_to_be_so(self) -> None:
        (self.folder / "blind").touch()
        result, said = self.tried(twin())
        self.assertFalse(result.good)
        self.assertIn("NOT FOUND: none passed, not failed", said)
        self.assertEqual(result.lines(), ["real 0 of 1; proxy 0 of 0; stand-in 0 of 0",
                                          "1 planted, 0 found"])

    def test_no_report_is_not_found_and_undone(self) -> None:
        (self.folder / "silent").touch()
        result, said = self.tried(twin())
        self.assertFalse(result.good)
        self.assertIn("no report, exit code 3: cannot reach it", said)

    def proxy_twin(self) -> Any:
        return twin(plant=[], undo=[], kind="proxy", rules=[{"drop": True}])

    def test_a_proxy_twin_runs_through_the_proxy(self) -> None:
        (self.folder / "acts").touch()
        result, said = self.tried(self.proxy_twin())
        self.assertTrue(result.good, said)
        self.assertEqual(result.lines()[0], "real 0 of 0; proxy 1 of 1; stand-in 0 of 0")
        rules = json.loads((self.folder / "rules").read_text())
        self.assertEqual(rules, {"rules": [{"name": "rule 1", "drop": True}]})

    def test_a_proxy_twin_whose_rule_altered_nothing_is_not_found(self) -> None:
        result, said = self.tried(self.proxy_twin())
        self.assertFalse(result.good)
        self.assertIn("NOT FOUND: 'rule 1' never altered an answer\n", said)

    def test_a_proxy_that_does_not_start_is_not_planted(self) -> None:
        (self.folder / "refuses").touch()
        result, said = self.tried(self.proxy_twin())
        self.assertFalse(result.good)
        self.assertIn("the fault proxy did not start: rule 'rule 1' does nothing", said)
        self.assertEqual(result.lines()[-1], "0 planted, 0 found")

    def test_a_plant_that_fails_is_not_counted_as_planted(self) -> None:
        result, said = self.tried(twin(plant=["broken"], undo=["broken"]))
        self.assertFalse(result.good)
        self.assertIn("no such plant", said)
        self.assertEqual(result.lines()[-1], "0 planted, 0 found")

    def test_clean_runs_have_the_options_of_their_twins(self) -> None:
        one = twin(options=["--allow", "a"], run=["--run", "b"])
        self.assertEqual(one.flags, ["--allow", "a", "--run", "b"])
        (self.folder / "assay").write_text('#!/bin/sh\necho "$@" >> "$FOLDER/asked"\n' + ASSAY)
        with contextlib.redirect_stdout(io.StringIO()):
            list(twins.results(self.bench, [one, twin(accelerator="")], 1))
        asked = (self.folder / "asked").read_text().splitlines()
        self.assertEqual([line.split(" --quiet ")[-1] for line in asked if "--allow" in line],
                         ["--allow a --run b", "--allow a"])

    def test_a_clean_run_that_finds_something_is_a_false_alarm(self) -> None:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            self.assertTrue(twins.try_clean(self.bench, "access", "gpu").good)
            (self.folder / "jumpy").touch()
            self.assertFalse(twins.try_clean(self.bench, "access", "gpu").good)
        self.assertIn("FALSE ALARM: none failed", said.getvalue())

    def interrupted(self, tries: Callable[[], object], runs: int) -> None:
        """Interrupts `tries` once so many runs of assay hang."""
        (self.folder / "hang").touch()
        child = os.fork()
        if child == 0:
            try:
                tries()
            except KeyboardInterrupt:
                os._exit(130)
            os._exit(0)
        deadline = time.monotonic() + 20
        while len(list(self.folder.glob("hangs.*"))) < runs and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(len(list(self.folder.glob("hangs.*"))), runs)
        os.kill(child, signal.SIGINT)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 130)
        self.assertEqual(len(list(self.folder.glob("ended.*"))), runs, "each was told, and ended")

    def test_an_interrupt_undoes_what_was_planted(self) -> None:
        self.interrupted(lambda: twins.try_twin(self.bench, twin()), 1)
        self.assertIn("undo leak", (self.folder / "log").read_text())
        self.assertFalse((self.folder / "planted").exists())

    def test_proxy_twins_run_together_and_end_together(self) -> None:
        several = [self.proxy_twin()] * (twins.AT_ONCE + 2)
        self.interrupted(lambda: list(twins.try_together(self.bench, several)), twins.AT_ONCE)


class CommandLine(unittest.TestCase):
    def test_list_needs_no_lab(self) -> None:
        done = subprocess.run(
            [str(ROOT / "scripts" / "twins"), "--list"], capture_output=True, text=True, check=True
        )
        self.assertEqual(len(done.stdout.splitlines()), len(twins.all_twins()))

    def test_the_table_of_twins_is_current(self) -> None:
        done = subprocess.run(
            [str(ROOT / "scripts" / "twins"), "--markdown"], capture_output=True, text=True, check=True
        )
        kept = (ROOT / "docs" / "twins.md").read_text()
        self.assertEqual(done.stdout, kept, "scripts/twins --markdown > docs/twins.md")

    def test_a_name_that_is_no_twin_is_refused(self) -> None:
        command = [str(ROOT / "scripts" / "twins"), "--list", "--only", "nothing"]
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr[:7]), (1, "twins: "))


if __name__ == "__main__":
    unittest.main()
