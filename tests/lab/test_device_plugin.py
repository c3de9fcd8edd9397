# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""Both accelerator checks where a device plugin hands the GPUs out. Needs a running lab; its name is in
ASSAY_TEST_LAB."""

from __future__ import annotations

import unittest

from cluster import Json, assay, tell_lab

RESOURCE = "nvidia.com/gpu"
BOTH = ("--select", "dra_support", "--quiet")


class DevicePlugin(unittest.TestCase):
    @classmethod
    def tearDownClass(cls) -> None:
        tell_lab("add", "nvidia", "--closed")

    def examined(self, toolkit: str) -> tuple[int, Json]:
        tell_lab("add", "nvidia", "--allocation", "device-plugin", toolkit)
        done = assay(*BOTH, accelerator=RESOURCE)
        assert done.report is not None, done.err
        return done.code, done.report

    def outcomes(self, report: Json) -> dict[str, str]:
        return {one["id"]: one["outcome"] for one in report["requirements"] if one["selected"]}

    def test_both_checks_hold_on_a_closed_toolkit(self) -> None:
        code, report = self.examined("--closed")
        self.assertEqual(self.outcomes(report), {"dra_support": "passed",
                                                 "secure_accelerator_access": "passed"})
        self.assertEqual(code, 0)
        # Nobody can claim what the plugin hands out.
        [words] = [one for one in report["warnings"] if one.startswith("dra_support ")]
        self.assertIn("is asked of gpu.example.com: a device plugin hands out nvidia.com/gpu", words)

    def test_a_leaky_toolkit_is_found_and_the_other_check_holds(self) -> None:
        code, report = self.examined("--leaky")
        self.assertEqual(self.outcomes(report), {"dra_support": "passed",
                                                 "secure_accelerator_access": "failed"})
        self.assertEqual(code, 1)


if __name__ == "__main__":
    unittest.main()
