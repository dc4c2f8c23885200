#include "ganvas/io/report.hpp"

#include "ganvas/io/machine.hpp"
#include "ganvas/io/png.hpp"

#include "support/files.hpp"
#include "support/markup.hpp"
#include "support/png.hpp"

using namespace ganvas;
using test::says;
using test::sentence;

TEST_CASE("a report holds everything it shows and loads nothing", "[io]") {
  const test::Folder folder;
  const std::string png = io::encode_png(io::Picture(30, 20, 3, 77));
  io::write_png(folder / "p.png", Tensor<float>({2, 2}, 0.0F));
  io::Report report("Digits & <friends>");
  report.settings({{"epochs", "3"}, {"rate <>", "2e-4"}})
      .pairs("Machine", io::machine().rows())
      .timing({{"training", 75}, {"sampling", 25}})
      .curve("Losses", {{"D", {1, 2, 3}}, {"G", {3, 2, 1}}})
      .image("Samples", png, "64 of \"them\"")
      .image_file("Again", folder / "p.png")
      .heading("More")
      .text("a < b && c > d")
      .table("Scores", {"set", "FID"}, {{"train", "3.1"}, {"test", "3.6"}});
  report.write(folder / "report.html");
  const std::string html = test::get(folder / "report.html");
  CHECK(test::markup_mistake(html) == "");
  CHECK(html.starts_with("<!DOCTYPE html>"));
  CHECK(says(html, "<title>Digits &amp; &lt;friends&gt;</title>"));
  CHECK(says(html, "<td>3</td>"));
  CHECK(says(html, "rate &lt;&gt;"));
  CHECK(says(html, "75 %"));
  CHECK(says(html, "a &lt; b &amp;&amp; c &gt; d"));
  CHECK(says(html, "64 of &quot;them&quot;"));
  CHECK(says(html, "prefers-color-scheme: dark"));
  CHECK(says(html, "name=\"viewport\""));
  CHECK(says(html, "width=\"570\" src=\"data:image/png;base64," + io::detail::base64(png) + "\""));  // 19 x 30
  CHECK(says(html, "<svg "));
  CHECK(says(html, "processor"));
  CHECK(says(html, GANVAS_VERSION));
  for (const char* outside : {"<script", "<link", "@import", "url(", "src=\"http", "href", "<iframe"})
    CHECK(html.find(outside) == std::string::npos);
  CHECK(folder.count() == 2);
}

TEST_CASE("an empty report is a page", "[io]") {
  CHECK(test::markup_mistake(io::Report("").html()) == "");
  CHECK(test::markup_mistake(io::Report("t").settings({}).timing({}).table("x", {}, {}).curve("c", {}).html()) == "");
}

TEST_CASE("what a report cannot hold is refused", "[io]") {
  io::Report report("t");
  CHECK(says(sentence([&] { report.image("p", "GIF89a................"); }), "'p' is not a PNG file"));
  CHECK(says(sentence([&] {
               report.table("x", {"a", "b"}, {{"1"}});
             }),
             "a row of 1 cells was given for the 2 columns"));
  CHECK(says(sentence([&] { report.image_file("p", "/nowhere/a.png"); }), "does not exist"));
  CHECK(says(sentence([&] { report.write("/nowhere/a.html"); }), "cannot write /nowhere/a.html"));
}

TEST_CASE("the machine is known", "[io]") {
  const io::Machine m = io::machine();
  CHECK(m.processors >= 1);
  CHECK(m.threads >= 1);
  CHECK_FALSE(m.cpu.empty());
  CHECK_FALSE(m.instruction_set.empty());
  CHECK((m.compiler.starts_with("g++") || m.compiler.starts_with("clang")));
  CHECK(m.system.size() > 3);
  CHECK(m.rows().size() == 6);
  const test::Folder folder;
  test::put(folder / "f", "other: 1\nmodel name\t: A CPU \nmodel name: B\nNAME=\"x y\"\n");
  CHECK(io::detail::line_of((folder / "f").c_str(), "model name", ':') == "A CPU ");
  CHECK(io::detail::line_of((folder / "f").c_str(), "NAME", '=') == "x y");
  CHECK(io::detail::line_of((folder / "f").c_str(), "none", '=') == "");
}
