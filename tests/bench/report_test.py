#!/usr/bin/env python3
"""Tests bench/report.py on made-up results: the numbers, the page (whole, by itself, escaped), and absurd input."""
import contextlib
import html.parser
import io
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench"))
import report  # noqa: E402

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Tags(html.parser.HTMLParser):
    """Fails where a tag is not closed; collects attributes and text."""

    def __init__(self):
        super().__init__()
        self.open, self.attributes, self.text = [], [], ""

    def handle_starttag(self, tag, attributes):
        self.attributes += attributes
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.attributes += attributes

    def handle_endtag(self, tag):
        if self.open.pop() != tag:
            raise AssertionError(f"</{tag}> closes nothing")

    def handle_data(self, data):
        self.text += data


def entry(name, index=0, repetition=0, **counters):
    return {"name": name, "run_name": name, "run_type": "iteration", "family_index": index, "real_time": 9.0,
            "repetition_index": repetition, "time_unit": "ms", **counters}


def onednn(peer, *ratios):
    """One layer at one thread, ganvas 2 ms in each repetition, and another at 2 threads that is 4 times faster."""
    runs = [entry("conv_<a>/forward/threads:1/manual_time", 1, i, threads=1, min_ms=2, median_ms=3, peer_min_ms=2 * r,
                  peer_median_ms=3 * r, ratio=r, **{"GFLOP/s": 50, "peak_%": 50, "flop/B": 20, "GB/s": 2.5})
            for i, r in enumerate(ratios)]
    runs.append(entry("conv_b/data/threads:2/manual_time", 0, 0, threads=2, min_ms=1, median_ms=1, peer_min_ms=4,
                      peer_median_ms=4, **{"GFLOP/s": 50, "peak_%": 25, "flop/B": 20}))
    context = {"peer": peer, "instruction set": "avx2", "compiler": "g++ 12", "flags": "-O3",
               "peak GFLOP/s, threads 1": "99.5", "copy GB/s, threads 1": "10", "copy GB/s, threads 2": "15"}
    return {"context": context, "benchmarks": runs}


def files():
    """A folder's content by name."""
    parts = {"part D: conv 1->64|forward": 1.0, "part D: conv 1->64|weight": 2.0, "part both: loss|forward": 0.01}
    return {
        "onednn.json": onednn("oneDNN 2.6, any", 3, 2.5), "onednn_avx2.json": onednn("oneDNN 2.6, AVX2", 2, 8),
        "adam.json": {"context": {}, "benchmarks": [
            entry("adam/256/threads:1/manual_time", threads=1, min_ms=0.5, median_ms=0.6, **{"GB/s": 7}),
            entry("broken/threads:1", error_occurred=True, error_message="the results differ"),
            entry("plain", real_time=12.5)]},
        "step_breakdown.json": {"context": {}, "benchmarks": [
            entry("breakdown/mnist/threads:1/manual_time", threads=1, whole=3.2, cut=3.3, min_ms=3.2, median_ms=3.4,
                  **parts)]},
        "torch.json": {"rows": [
            {"model": "mnist_dcgan", "threads": 2, "who": "ganvas", "min_ms": 80, "median_ms": 85, "peak_mb": 100},
            {"model": "mnist_dcgan", "threads": 2, "who": "PyTorch 1.13.1", "min_ms": 320, "median_ms": 330,
             "peak_mb": 300, "variant": {"layout": "channels_last"}},
            {"model": "mnist_dcgan", "threads": 2, "who": "PyTorch 1.12", "min_ms": 500}, {"model": "half"}, 7],
            "absent": ["python9 has no PyTorch."]},
        "compile_time.json": {"rows": [{"compiler": "g++", "what": "x.cpp", "cpu_s": 12.34, "peak_mb": 456}]},
        "absent.txt": "Eigen was <lost>.\n\n", "left_out.txt": "conv: too long.\n", "output_sweep.txt": "no <cliff>\n"}


class Report(unittest.TestCase):
    def make(self, content, *options):
        """Exit code, what is printed, the page and the JSON (None where there is none)."""
        with tempfile.TemporaryDirectory() as folder:
            results = os.path.join(folder, "results")
            os.mkdir(results)
            for name, value in content.items():
                with open(os.path.join(results, name), "w", encoding="utf-8") as f:
                    f.write(value if isinstance(value, str) else json.dumps(value))
            page, merged = os.path.join(folder, "page.html"), os.path.join(folder, "merged.json")
            out = io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                code = report.main([results, "--html", page, "--json", merged, *options])
                if code == 0:  # the page made again from the one file is the same
                    again = os.path.join(folder, "again.html")
                    self.assertEqual(report.main([merged, "--html", again]), 0)
                    with open(page, encoding="utf-8") as a, open(again, encoding="utf-8") as b:
                        self.assertEqual(a.read(), b.read())
            texts = [None, None]
            for i, path in enumerate((page, merged)):
                if os.path.exists(path):
                    with open(path, encoding="utf-8") as f:
                        texts[i] = f.read()
            return code, out.getvalue(), texts[0], texts[1] and json.loads(texts[1])

    def test_numbers(self):
        code, said, page, merged = self.make(files())
        self.assertEqual(code, 0)
        # 1 thread: AVX2 is better for the peer, 2 / 1; 2 threads: 4.
        self.assertRegex(said, r"conv_<a>/forward/threads:1 +2\.000 +3\.000 +50\.0 +2\.5 +50 +2\.00")
        self.assertIn("2.00 x oneDNN: 1 thread: geometric mean of 1 cases; the worst is 2.00, conv_<a>/forward", said)
        self.assertIn("4.00 x oneDNN: 2 threads", said)
        self.assertIn("4.00 x PyTorch 1.13.1: the whole mnist_dcgan step at 2 threads: 80.0 against 320.0 ms, "
                      "100 against 300 MB", said)
        self.assertRegex(said, r"adam/256/threads:1 +0\.500 +0\.600 +- +7\.0")
        self.assertRegex(said, r"broken/threads:1 +adam: the results differ")
        self.assertRegex(said, r"plain/threads:1 +12\.500")
        self.assertIn("python9 has no PyTorch.", said)
        self.assertLess(said.index("conv_b/data"), said.index("conv_<a>"))  # as the program lists them
        self.assertEqual(sorted(merged["programs"]), ["adam", "onednn", "onednn_avx2", "step_breakdown"])
        self.assertEqual(report.roofs(merged)[1], {"peak": 100.0, "copy": 10.0})
        self.assertEqual(report.roofs(merged)[2], {"peak": 200.0, "copy": 15.0})

    def test_geometric_mean(self):
        self.assertAlmostEqual(report.geometric_mean([0.5, 2, 8]), 2)

    def test_page(self):
        _, _, page, _ = self.make(files())
        tags = Tags()
        tags.feed(page)
        self.assertEqual(tags.open, [])
        for name, value in tags.attributes:
            self.assertNotIn(name, ("src", "href", "srcset", "data"))
            self.assertNotRegex(value or "", "https?:|nan|inf")
        self.assertNotRegex(page, r"url\(|@import|<script|<link|<b>|<lost>|<cliff>|<a>")
        for words in ("Eigen was <lost>.", "python9 has no PyTorch.", "conv: too long.", "no <cliff>", "Roofline",
                      "Against oneDNN", "Compile time", "12.3", "PyTorch 1.13.1, layout channels_last",
                      "D: conv 1->64", "all that take less than 1 %", "+3.1 %", "g++ 12", "the results differ"):
            self.assertIn(words, tags.text)
        self.assertIn("prefers-color-scheme: dark", page)

    def test_every_file_alone(self):
        for name, content in files().items():
            if name.endswith(".json") or name.startswith("output"):
                code, said, page, _ = self.make({name: content})
                self.assertEqual(code, 0, said)
                Tags().feed(page)

    def test_odd_values(self):
        odd = {"context": {"caches": []}, "benchmarks": [
            entry("x/forward/threads:1", min_ms=float("nan"), median_ms=0), entry("y/threads:many", real_time="fast"),
            entry("z/data/threads:1", min_ms=1, median_ms=1, peer_min_ms=float("inf"),
                  **{"GFLOP/s": 1e-9, "flop/B": 1e9}),
            {"run_type": "aggregate", "name": "mean"}, 5, {}]}
        torch = {"rows": [{"model": 1, "who": 2, "min_ms": 3}]}
        code, said, page, _ = self.make({"odd.json": odd, "torch.json": torch})
        self.assertEqual(code, 0, said)
        Tags().feed(page)

    def test_nothing_to_report(self):
        for content, why in (({}, "holds no results"), ({"a.json": "{"}, "is no JSON"),
                             ({"a.json": "[1]"}, "is not a result"),
                             ({"a.json": {"benchmarks": 1}}, "no file of Google Benchmark")):
            code, said, page, _ = self.make(content)
            self.assertEqual(code, 2)
            self.assertIn(why, said)
            self.assertIsNone(page)
        out = io.StringIO()
        with contextlib.redirect_stderr(out):
            self.assertEqual(report.main(["/nowhere/at/all.json"]), 2)
        self.assertIn("can not be read", out.getvalue())


if __name__ == "__main__":
    unittest.main()
