# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""Runs through a fault proxy that alters every fifth answer of the API server: whatever becomes of a
run, no verdict may be wrong and nothing may be left. Needs a running lab; its name is in
ASSAY_TEST_LAB. ASSAY_TEST_STORMS is how many runs there are of each kind (default 3); of fewer, a
third of the assertions may be inconclusive, and not a tenth. ASSAY_TEST_FAULT_SEED repeats the dice."""

from __future__ import annotations

import os
import random
import sys
import unittest

import cluster
from cluster import ROOT, Json, assay, lab, tell_lab

sys.path.insert(0, str(ROOT / "tests" / "twins"))
from fault_proxy import proxied  # noqa: E402
from twin import assertions_of  # noqa: E402

PROXY = ROOT / "build" / "release" / "tests" / "api" / "assay-fault-proxy"
SHARE = 0.2  # of the answers are altered
MAY_BE_INCONCLUSIVE = 0.1  # of the assertions
ENOUGH_RUNS = 3  # of each kind, to ask for that
KINDS_OF_RUN = 3
WATCHES = {"verb": "watch"}
FAULTS: dict[str, Json] = {
    "429": {"answer": {"status": 429}},
    "429-later": {"answer": {"status": 429, "retry_after": 1}},
    "500": {"answer": {"status": 500}},
    "502": {"answer": {"status": 502, "body": "<html>Bad Gateway</html>"}},
    "503": {"answer": {"status": 503}},
    "504": {"answer": {"status": 504}},
    "reset-before": {"reset": "before"},
    "reset-after": {"reset": "after"},
    "truncated": {"truncate": 60},
    "slow": {"slow": {"bytes": 2000, "every_ms": 20}},
    "garbage": {"garbage": 100},
    "watch-gone": {"answer": {"status": 410}, "match": WATCHES},
    "watch-ends": {"end_after": 1, "match": WATCHES},
    "watch-doubled": {"events": "duplicate", "match": WATCHES},
    "watch-reordered": {"events": "reorder", "match": WATCHES},
}


def storm(seed: int) -> Json:
    """Rules under which every kind of fault is as likely, and SHARE of the answers has one."""
    each = 1 - (1 - SHARE) ** (1 / len(FAULTS))
    rules = [{"name": name, "probability": each, **what} for name, what in FAULTS.items()]
    return {"seed": seed, "rules": rules}


class Storm(unittest.TestCase):
    """What a run says in a storm is what it says without, or that it could not tell."""

    runs = int(os.environ.get("ASSAY_TEST_STORMS", "3"))

    @classmethod
    def setUpClass(cls) -> None:
        given = os.environ.get("ASSAY_TEST_FAULT_SEED")
        cls.first = int(given) if given else random.randrange(1 << 30)
        cls.altered = cls.asked = cls.inconclusive = 0

    @classmethod
    def tearDownClass(cls) -> None:
        tell_lab("add", "nvidia", "--closed")
        print(f"\n{cls.altered} answers altered in runs from seed {cls.first}: {cls.inconclusive} of "
              f"{cls.asked} assertions inconclusive", flush=True)

    def outcomes(self, requirement: str, kubeconfig: str) -> dict[str, str]:
        done = assay("--quiet", kubeconfig=kubeconfig, requirement=requirement)
        if done.report is None:  # it did not get as far as to ask anything, and says so
            self.assertEqual(done.code, 3, done.out + done.err)
            return {}
        found = assertions_of(done.report, requirement)
        return {name: one["outcome"] for name, one in found.items()}

    def in_a_storm(self, requirement: str, seed: int) -> dict[str, str]:
        environment = os.environ | {"KUBECONFIG": str(lab().kubeconfig)}
        with proxied(PROXY, storm(seed), environment) as seen:
            try:
                return self.outcomes(requirement, seen.environment["KUBECONFIG"])
            finally:
                type(self).altered += len(seen.altered())

    def examine(self, requirement: str, leaky: bool = False) -> None:
        before = cluster.settled()
        calm = self.outcomes(requirement, str(lab().kubeconfig))
        self.assertEqual("failed" in calm.values(), leaky)
        self.assertIn("passed", calm.values())
        for seed in range(self.first, self.first + self.runs):
            with self.subTest(requirement=requirement, seed=seed):
                found = self.in_a_storm(requirement, seed)
                wrong = {name: one for name, one in found.items()
                         if one not in (calm[name], "inconclusive")}
                self.assertEqual(wrong, {})
                unknown = [name for name in calm if calm[name] != "inconclusive"
                           and found.get(name, "inconclusive") == "inconclusive"]
                type(self).asked += len(calm)
                type(self).inconclusive += len(unknown)
        self.assertEqual(cluster.changes(before), {})

    def test_no_verdict_is_wrong(self) -> None:
        self.examine("secure_accelerator_access")
        self.examine("dra_support")
        tell_lab("add", "nvidia", "--leaky")
        self.examine("secure_accelerator_access", leaky=True)
        self.assertGreater(self.altered, self.runs)
        # Of few runs a single one, whose owner could not be asked, is more than that share.
        share = MAY_BE_INCONCLUSIVE if self.runs >= ENOUGH_RUNS else 1 / KINDS_OF_RUN
        self.assertLessEqual(self.inconclusive, share * self.asked)


if __name__ == "__main__":
    unittest.main()
