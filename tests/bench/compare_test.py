#!/usr/bin/env python3
"""Tests bench/compare.py: p values against those of scipy 1.x and of the definition, verdicts, and absurd files."""
import contextlib
import io
import itertools
import json
import os
import random
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench"))
import compare  # noqa: E402


def run(name, times, **more):
    """Google Benchmark's entries of one benchmark."""
    return [{"name": name, "run_name": name, "run_type": "iteration", "repetition_index": i, "real_time": t,
             "time_unit": "ms"} | more for i, t in enumerate(times)]


class MannWhitney(unittest.TestCase):
    def test_known_values(self):
        # scipy.stats.mannwhitneyu(a, b, method="exact").pvalue
        for a, b, p in (([1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 0.007936507936507936),
                        ([1, 2, 3, 4], [5, 6, 7, 8], 0.02857142857142857),
                        ([19, 22, 16, 29, 24], [20, 11, 17, 12], 0.1111111111111111),
                        ([1, 2, 3], [4, 5, 6], 0.1)):
            self.assertAlmostEqual(compare.mann_whitney(a, b), p, places=15)
            self.assertAlmostEqual(compare.mann_whitney(b, a), p, places=15)

    def test_large_samples(self):
        # scipy.stats.mannwhitneyu(a, b, method="asymptotic").pvalue
        a, b = list(range(1, 16)), [x + 4.5 for x in range(1, 16)]
        self.assertAlmostEqual(compare.mann_whitney(a, b), 0.01806662299891238, places=14)
        a, b = [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6], [3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8]
        self.assertAlmostEqual(compare.mann_whitney(a, b), 0.021297675370266153, places=14)

    def test_ties_against_all_choices(self):
        rng = random.Random(1)
        for _ in range(30):
            n, m = rng.randint(1, 5), rng.randint(1, 5)
            values = [rng.randint(0, 3) for _ in range(n + m)]
            ranks = [sum(w < v for w in values) + (sum(w == v for w in values) + 1) / 2 for v in values]
            mean = n * (n + m + 1) / 2
            sums = [abs(sum(c) - mean) for c in itertools.combinations(ranks, n)]
            p = sum(s >= abs(sum(ranks[:n]) - mean) - 1e-9 for s in sums) / len(sums)
            self.assertAlmostEqual(compare.mann_whitney(values[:n], values[n:]), p, places=12)

    def test_equal_samples_differ_by_chance(self):
        self.assertEqual(compare.mann_whitney([5] * 5, [5] * 5), 1)
        self.assertEqual(compare.mann_whitney([5] * 50, [5] * 50), 1)

    def test_least_p_is_reached(self):
        for n, m in ((1, 1), (2, 3), (5, 5), (9, 9)):
            self.assertAlmostEqual(compare.mann_whitney(list(range(n)), list(range(n, n + m))), compare.least_p(n, m))

    def test_empty_sample(self):
        with self.assertRaises(ValueError):
            compare.mann_whitney([], [1])


class Program(unittest.TestCase):
    def compare(self, old, new, *options):
        """Exit code and what is printed on both streams. Strings are written as they are, the rest as JSON."""
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for name, content in (("old.json", old), ("new.json", new)):
                paths.append(os.path.join(folder, name))
                if content is not None:
                    with open(paths[-1], "w", encoding="utf-8") as f:
                        f.write(content if isinstance(content, str) else json.dumps(content))
            out = io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                code = compare.main(paths + list(options))
            return code, out.getvalue()

    good = {"benchmarks": run("a", [10, 11, 12, 13, 14]) + run("b", [1, 2, 3, 4, 5])}

    def test_same(self):
        code, said = self.compare(self.good, self.good)
        self.assertEqual(code, 0)
        self.assertIn("2 benchmarks compared: 0 slower, 0 faster", said)

    def test_slower_and_faster(self):
        slow = {"benchmarks": run("a", [20, 21, 22, 23, 24]) + run("b", [.1, .2, .3, .4, .5])}
        code, said = self.compare(self.good, slow)
        self.assertEqual(code, 1)
        self.assertRegex(said, r"a +12 +22 +1\.833 +0\.0079 +SLOWER")
        self.assertRegex(said, r"b +3 +0\.3 +0\.100 +0\.0079 +faster")
        code, said = self.compare(slow, self.good, "--filter", "^a$")
        self.assertEqual(code, 0)
        self.assertIn("1 benchmarks compared: 0 slower, 1 faster", said)

    def test_threshold(self):
        old = {"benchmarks": run("a", [100, 101, 102, 103, 104])}
        new = {"benchmarks": run("a", [105, 106, 107, 108, 109])}  # 4.9 % and certain
        self.assertEqual(self.compare(old, new)[0], 0)
        self.assertEqual(self.compare(old, new, "--threshold", "4")[0], 1)
        self.assertEqual(self.compare(old, new, "--threshold", "4", "--alpha", "0.001")[0], 2)  # 5 and 5 are too few

    def test_counter_and_units(self):
        old = {"benchmarks": run("a", [1e6] * 5, median_ms=5) + run("b", [5e6] * 5)}
        for e in old["benchmarks"]:
            e["time_unit"] = "ns"
        new = {"benchmarks": run("a", [1] * 5, median_ms=5) + run("b", [5] * 5)}
        code, said = self.compare(old, new, "--all")
        self.assertEqual(code, 0)
        self.assertEqual(said.count(" 1.000 "), 2)

    def test_merged_file(self):
        merged = {"programs": {"conv": self.good, "gemm": {"benchmarks": run("a", [1, 2, 3, 4, 5])}}}
        code, said = self.compare(merged, merged, "--all")
        self.assertEqual(code, 0)
        self.assertIn("conv: a", said)
        self.assertIn("3 benchmarks compared", said)

    def test_failed_benchmark(self):
        new = {"benchmarks": run("b", [1, 2, 3, 4, 5]) +
               run("a", [0], error_occurred=True, error_message="the results differ")}
        code, said = self.compare(self.good, new)
        self.assertEqual(code, 1)
        self.assertIn("the results differ", said)

    def test_unlike_sets(self):
        code, said = self.compare(self.good, {"benchmarks": run("b", [1, 2, 3, 4, 5]) + run("c", [1] * 5)})
        self.assertEqual(code, 3)
        self.assertIn("only in the old file, e.g. a", said)
        self.assertIn("only in the new file, e.g. c", said)

    def test_aggregates_are_no_repetitions(self):
        means = run("a", [500] * 5, run_type="aggregate", aggregate_name="mean")
        code, said = self.compare(self.good, {"benchmarks": self.good["benchmarks"] + means}, "--all")
        self.assertEqual(code, 0)
        self.assertRegex(said, r"a +12 +12 +1\.000")

    def test_what_can_not_be_compared(self):
        few = {"benchmarks": run("a", [1, 2, 3])}
        for old, new, why in ((None, self.good, "can not be read"), (self.good, None, "can not be read"),
                              ("", self.good, "is no JSON"), ("{", self.good, "is no JSON"),
                              ("[]", self.good, "holds no benchmarks"), ("7", self.good, "holds no benchmarks"),
                              ({"benchmarks": 3}, self.good, "holds no benchmarks"),
                              ({"programs": [1]}, self.good, "holds no benchmarks"),
                              ({"benchmarks": [None, 1, {"name": 5}]}, self.good, "holds no benchmarks"),
                              ({"benchmarks": run("z", [1] * 5)}, self.good, "no benchmark in common"),
                              ({"benchmarks": run("a", [float("nan"), 0, -1, "x", None])}, self.good, "in common"),
                              (few, few, "take at least 5 in both")):
            code, said = self.compare(old, new)
            self.assertEqual(code, 2, said)
            self.assertIn(why, said)
            self.assertNotIn("Traceback", said)

    def test_options(self):
        for options in (("--alpha", "0"), ("--alpha", "2"), ("--threshold", "-1"), ("--threshold", "nan"),
                        ("--filter", "(")):
            with self.assertRaises(SystemExit) as refused:
                self.compare(self.good, self.good, *options)
            self.assertEqual(refused.exception.code, 2)


if __name__ == "__main__":
    unittest.main()
