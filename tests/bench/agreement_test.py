# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""Whether runs agree: what counts as a difference. Needs no cluster."""

from __future__ import annotations

import copy
import unittest
from typing import Any

import agreement

REPORT: dict[str, Any] = {
    "cluster": {"gitVersion": "v1.37.1"}, "cleanup": {"leftovers": []},
    "requirements": [
        {"id": "a", "selected": True, "duration_ms": 1500, "cleanupDuration_ms": 500,
         "assertions": [{"id": "one", "outcome": "passed"},
                        {"id": "two", "outcome": "failed", "findings": [{"outcome": "failed", "actual": "none"}]}]},
        {"id": "no_check", "selected": True, "duration_ms": 0, "cleanupDuration_ms": 0, "assertions": []},
        {"id": "left_out", "selected": False, "assertions": [{"id": "x", "outcome": "inconclusive"}]}]}


class Agreement(unittest.TestCase):
    def test_reads_what_was_asked_and_how_long_it_took(self) -> None:
        run = agreement.read(REPORT, 1, 9.0)
        self.assertEqual(run.verdicts, {"a/one": "passed", "a/two": "failed"})
        self.assertEqual(run.took_s, {"a": 2.0})
        self.assertEqual(run.leftovers, 0)
        self.assertEqual(run.wrong(), ["a/two: failed (none)"])

    def test_names_each_assertion_about_which_two_runs_disagree(self) -> None:
        other = copy.deepcopy(REPORT)
        other["requirements"][0]["assertions"][0] |= {"outcome": "inconclusive", "reason": "busy"}
        del other["requirements"][0]["assertions"][1]
        first, second = agreement.read(REPORT, 1, 9.0), agreement.read(other, 4, 9.0)
        self.assertEqual(first.differences(first), [])
        self.assertEqual(first.differences(second),
                         ["a/one: passed, then inconclusive (busy)", "a/two: failed, then None"])

    def test_the_table_has_the_spread(self) -> None:
        slow = copy.deepcopy(REPORT)
        slow["requirements"][0]["duration_ms"] = 3500
        lines = agreement.table([agreement.read(REPORT, 0, 9.0), agreement.read(slow, 0, 11.0)])
        self.assertIn("| a | 3.0 s | 2.0 s | 4.0 s |", lines)
        self.assertIn("10.0 s | 9.0 s | 11.0 s |", lines[-1])


if __name__ == "__main__":
    unittest.main()
