#include "ganvas/io/npy.hpp"

#include <cstring>
#include <limits>

#include "support/files.hpp"

using namespace ganvas;
using test::says;
using test::sentence;

namespace {

/// A .npy file as numpy writes it: version 1.0 and a header of 118 bytes.
std::string npy(const std::string& dictionary, const std::string& data, char version = 1) {
  std::string text = dictionary;
  text.resize(117, ' ');
  text += '\n';
  std::string length = version == 1 ? std::string("v\0", 2) : std::string("v\0\0\0", 4);
  return "\x93NUMPY" + std::string{version, '\0'} + length + text + data;
}
std::string dictionary(const std::string& descr, const std::string& order, const std::string& shape) {
  return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}
template <class T>
std::string bytes_of(std::initializer_list<T> values) {
  return std::string(reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T));
}

template <class T>
Tensor<T> read(const std::string& bytes) {
  const test::Folder folder;
  test::put(folder / "a.npy", bytes);
  return io::read_npy<T>(folder / "a.npy");
}
std::string refusal(const std::string& bytes) {
  std::string text = sentence([&] { static_cast<void>(read<float>(bytes)); });
  CHECK(says(text, "a.npy"));
  return text;
}

}  // namespace

TEST_CASE("what is written is read back, and looks as numpy wants it", "[io]") {
  const test::Folder folder;
  const Tensor<float> x({2, 1, 3}, {1, -2, 3.5F, 4, 5, std::numeric_limits<float>::infinity()});
  io::write_npy(folder / "x.npy", x);
  CHECK(io::read_npy<float>(folder / "x.npy") == x);
  CHECK(io::read_npy<double>(folder / "x.npy") == x.cast<double>());
  const std::string bytes = test::get(folder / "x.npy");
  REQUIRE(bytes.size() == 192 + 24);
  CHECK(bytes.substr(0, 10) == std::string("\x93NUMPY\x01\0\xB6\0", 10));
  CHECK(bytes.substr(10, 62) == "{'descr': '<f4', 'fortran_order': False, 'shape': (2,1,3,), } ");
  CHECK(bytes[191] == '\n');
  CHECK(std::memcmp(bytes.data() + 192, x.data(), 24) == 0);

  const Tensor<double> d = Tensor<double>::scalar(0.1);
  io::write_npy(folder / "d.npy", d);
  CHECK(io::read_npy<double>(folder / "d.npy") == d);
  CHECK(io::read_npy<double>(folder / "d.npy").rank() == 0);
  const Tensor<std::int64_t> i({3}, {-1, 0, std::numeric_limits<std::int64_t>::max()});
  io::write_npy(folder / "i.npy", i);
  CHECK(io::read_npy<std::int64_t>(folder / "i.npy") == i);
  io::write_npy(folder / "e.npy", Tensor<float>({0, 28, 28, 1}));
  CHECK(io::read_npy<float>(folder / "e.npy").shape() == Shape{0, 28, 28, 1});
  const index_t long_extent = 100'000'000'000'000'000;  // the longest header fits its place
  CHECK(io::detail::print_npy_header<float>({0, 1, long_extent, 1, 1}).size() == 192);
}

TEST_CASE("what numpy writes is read", "[io]") {
  CHECK(read<double>(npy(dictionary("'<f8'", "False", "()"), bytes_of({2.5}))).item() == 2.5);
  CHECK(read<float>(npy(dictionary("'<f4'", "False", "(2, 2)"), bytes_of({1.F, 2.F, 3.F, 4.F}))) ==
        Tensor<float>({2, 2}, {1, 2, 3, 4}));
  CHECK(read<float>(npy(dictionary("'<i8'", "False", "(3,)"), bytes_of<std::int64_t>({0, -1, 2}))) ==
        Tensor<float>({3}, {0, -1, 2}));
  CHECK(read<std::int64_t>(npy(dictionary("'<i4'", "False", "(1,)"), bytes_of<std::int32_t>({-5})))(0) == -5);
  CHECK(read<float>(npy(dictionary("'|u1'", "False", "(2,)"), "\x01\xFF")) == Tensor<float>({2}, {1, 255}));
  CHECK(read<float>(npy(dictionary("'|b1'", "False", "(2,)"), std::string("\x01\0", 2))) == Tensor<float>({2}, {1, 0}));
  CHECK(read<float>(npy(dictionary("'<f2'", "False", "(2,)"), std::string("\0\x3C\0\xC0", 4))) ==
        Tensor<float>({2}, {1, -2}));
  CHECK(read<float>(npy(dictionary("'<f4'", "False", "(0, 2)"), "")).shape() == Shape{0, 2});
  for (const char version : {'\2', '\3'})
    CHECK(read<float>(npy(dictionary("'<f4'", "False", "(1,)"), bytes_of({7.F}), version)).item() == 7);
  // Keys in another order, other quotes, no space, no last comma.
  CHECK(read<float>(npy(R"({"shape":(1,2),"fortran_order":False,"descr":"<f4"})", bytes_of({1.F, 2.F}))).shape() ==
        Shape{1, 2});
}

TEST_CASE("Fortran order becomes row-major", "[io]") {
  // numpy.asfortranarray(numpy.arange(6, dtype='<f4').reshape(2, 3))
  CHECK(read<float>(npy(dictionary("'<f4'", "True", "(2, 3)"), bytes_of({0.F, 3.F, 1.F, 4.F, 2.F, 5.F}))) ==
        Tensor<float>({2, 3}, {0, 1, 2, 3, 4, 5}));
  CHECK(read<float>(npy(dictionary("'|u1'", "True", "(2, 2, 2)"), std::string("\0\4\2\6\1\5\3\7", 8))) ==
        Tensor<float>({2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7}));
  CHECK(read<float>(npy(dictionary("'|u1'", "True", "(3,)"), "\1\2\3")) == Tensor<float>({3}, {1, 2, 3}));
  CHECK(read<float>(npy(dictionary("'<f4'", "True", "(0, 3)"), "")).empty());
}

TEST_CASE("hostile_npy: one sentence each", "[io]") {
  const std::string good = npy(dictionary("'<f4'", "False", "(1,)"), bytes_of({1.F}));
  CHECK(says(refusal(""), "no .npy file"));
  CHECK(says(refusal("PK\3\4 an .npz file"), "no .npy file"));
  CHECK(says(refusal("\x93NUMPY"), "no .npy file"));
  CHECK(says(refusal(npy("", "", 9)), "format version 9"));
  CHECK(says(refusal(good.substr(0, 60)), "declares a header of 118 bytes"));
  CHECK(says(refusal(good.substr(0, 130)), "needs 4 bytes, but 2 follow"));
  CHECK(says(refusal(good + "x"), "needs 4 bytes, but 5 follow"));
  const auto bad = [](const std::string& text) { return refusal(npy(text, bytes_of({1.F}))); };
  CHECK(says(bad(""), "no '{'"));
  CHECK(says(bad("{}"), "no descr"));
  CHECK(says(bad("{'descr': '<f4', 'shape': (1,)}"), "no fortran_order"));
  CHECK(says(bad("{'descr': '<f4', 'fortran_order': False}"), "no shape"));
  CHECK(says(bad("{'descr': '<f4', 'descr': '<f4'}"), "'descr' twice"));
  CHECK(says(bad("{'colour': 1}"), "unknown key 'colour'"));
  CHECK(says(bad("{'descr' '<f4'}"), "no ':'"));
  CHECK(says(bad("{'descr: '<f4'}"), "unknown key"));
  CHECK(says(bad("{'descr"), "a string without an end"));
  CHECK(says(bad("{descr"), "no string before"));
  CHECK(says(bad(dictionary("'<f4'", "False", "(1,)") + "import os"), "text behind its end"));
  CHECK(says(bad(dictionary("'>f4'", "False", "(1,)")), "the dtype '>f4', which is not read here"));
  CHECK(says(bad(dictionary("'<c8'", "False", "(1,)")), "the dtype '<c8'"));
  CHECK(says(bad(dictionary("'|O'", "False", "(1,)")), "the dtype '|O'"));
  CHECK(says(bad(dictionary("''", "False", "(1,)")), "the dtype ''"));
  CHECK(says(bad(dictionary("[('x', '<f4')]", "False", "(1,)")), "structured dtype"));
  CHECK(says(bad(dictionary("'<f4'", "0", "(1,)")), "neither True nor False"));
  CHECK(says(bad(dictionary("'<f4'", "False", "1")), "no '('"));
  CHECK(says(bad(dictionary("'<f4'", "False", "(-1,)")), "an extent that is no size"));
  CHECK(says(bad(dictionary("'<f4'", "False", "(x,)")), "an extent that is no size"));
  CHECK(says(bad(dictionary("'<f4'", "False", "(1;)")), "no ')'"));
  CHECK(says(bad(dictionary("'<f4'", "False", "(1,1,1,1,1,1)")), "more than 5 axes"));
  CHECK(says(bad(dictionary("'<f4'", "False", "(9223372036854775808,)")), "no size"));
  CHECK(says(bad(dictionary("'<f4'", "False", "(999999999999999999,)")), "absurd shape"));
  CHECK(says(bad(dictionary("'<f4'", "False", "(4294967296,4294967296)")), "absurd shape"));
  CHECK(says(bad(dictionary("'<f4'", "False", "(1000000000000,)")), "needs 4000000000000 bytes, but 4 follow"));
  CHECK(says(bad(dictionary("'<f4'", "False", "(0,)")), "needs 0 bytes, but 4 follow"));
  const std::string floats = sentence([&] { static_cast<void>(read<std::int64_t>(good)); });
  CHECK(says(floats, "holds <f4; read it as float or double"));
  CHECK(says(sentence([] { static_cast<void>(io::read_npy<float>("/nowhere/a.npy")); }), "does not exist"));
}

TEST_CASE("samples are written batch by batch", "[io]") {
  const test::Folder folder;
  const auto path = folder / "samples.npy";
  {
    io::NpyWriter<float> writer(path, {2, 2, 1});
    writer.append(Tensor<float>({3, 2, 2, 1}, 1.0F));
    CHECK_FALSE(std::filesystem::exists(path));
    writer.append(Tensor<float>({0, 2, 2, 1}));
    for (int i = 0; i < 1000; ++i) writer.append(Tensor<float>({1, 2, 2, 1}, static_cast<float>(i)));
    CHECK(writer.rows() == 1003);
    CHECK(says(sentence([&] {
                 writer.append(Tensor<float>({1, 2, 2}));
               }),
               "rows of shape (2,2,1) are needed, but the batch has shape (1,2,2)"));
    CHECK(says(sentence([&] { writer.append(Tensor<float>({1, 2, 2, 3})); }), "(1,2,2,3)"));
    writer.finish();
    CHECK(says(sentence([&] { writer.finish(); }), "samples.npy: it was finished before"));
    CHECK(says(sentence([&] { writer.append(Tensor<float>({1, 2, 2, 1})); }), "it was finished before"));
  }
  const auto x = io::read_npy<float>(path);
  CHECK(x.shape() == Shape{1003, 2, 2, 1});
  CHECK(x(0, 0, 0, 0) == 1);
  CHECK(x(1002, 1, 1, 0) == 999);
  { io::NpyWriter<float> writer(folder / "never.npy", {1}); }
  CHECK(folder.count() == 1);
#if defined(__linux__)
  io::NpyWriter<float> full("/dev/full", {1024});
  CHECK(says(sentence([&] {
               full.append(Tensor<float>({64, 1024}, 1.0F));
               full.finish();
             }),
             "No space left"));
#endif
}
