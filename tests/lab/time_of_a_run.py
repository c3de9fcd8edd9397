# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""How long assay takes on a machine that does nothing else: not among the tests, which may share it.
Needs a running lab with `add nvidia --closed`; its name is in ASSAY_TEST_LAB."""

from __future__ import annotations

import time
import unittest

from cluster import assay

MAX_SECONDS = 25


class Alone(unittest.TestCase):
    def test_an_examination_is_over_in_time(self) -> None:
        began = time.monotonic()
        done = assay()
        seconds = time.monotonic() - began
        self.assertEqual(done.code, 0, done.out + done.err)
        self.assertLessEqual(seconds, MAX_SECONDS)


if __name__ == "__main__":
    unittest.main()
