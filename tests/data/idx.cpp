#include "ganvas/data/idx.hpp"

#include "support/files.hpp"
#include "support/idx.hpp"

using namespace ganvas;
using test::gzip;
using test::idx;
using test::says;
using test::sentence;

namespace {

template <class T>
Tensor<T> read(const std::string& bytes, const std::string& name = "a-idx") {
  const test::Folder folder;
  test::put(folder / name, bytes);
  return data::read_idx<T>(folder / name);
}
template <class T = float>
std::string refusal(const std::string& bytes) {
  std::string text = sentence([&] { static_cast<void>(read<T>(bytes)); });
  CHECK(says(text, "a-idx"));
  return text;
}

}  // namespace

TEST_CASE("bytes, plain and packed, whatever the name", "[data]") {
  const std::string plain = idx(8, {2, 1, 3}, std::string("\0\1\2\x7F\x80\xFF", 6));
  const Tensor<float> expected({2, 1, 3}, {0, 1, 2, 127, 128, 255});
  CHECK(read<float>(plain) == expected);
  CHECK(read<float>(gzip(plain)) == expected);
  CHECK(read<float>(plain, "plain.gz") == expected);
  CHECK(read<float>(gzip(plain), "packed") == expected);
  CHECK(read<double>(plain) == expected.cast<double>());
  CHECK(read<std::uint8_t>(plain) == expected.cast<std::uint8_t>());
  CHECK(read<int>(gzip(plain)) == expected.cast<int>());
}

TEST_CASE("the other types of IDX, big-endian", "[data]") {
  CHECK(read<float>(idx(9, {2}, "\x80\x7F")) == Tensor<float>({2}, {-128, 127}));
  CHECK(read<float>(idx(11, {2}, std::string("\x80\0\1\2", 4))) == Tensor<float>({2}, {-32768, 258}));
  CHECK(read<double>(idx(12, {1}, "\x12\x34\x56\x78")) == Tensor<double>({1}, {0x12345678}));
  CHECK(read<std::int64_t>(idx(12, {1}, "\xFF\xFF\xFF\xFE")) == Tensor<std::int64_t>({1}, {-2}));
  CHECK(read<float>(idx(13, {1}, std::string("\x3F\xC0\0\0", 4))).item() == 1.5F);
  CHECK(read<float>(idx(14, {1}, std::string("\xC0\4\0\0\0\0\0\0", 8))).item() == -2.5F);
}

TEST_CASE("empty arrays, five axes, more than one block", "[data]") {
  CHECK(read<float>(idx(8, {0}, "")).shape() == Shape{0});
  CHECK(read<float>(gzip(idx(8, {0, 28, 28}, ""))).shape() == Shape{0, 28, 28});
  CHECK(read<float>(idx(8, {1, 1, 1, 1, 1}, "x")).rank() == 5);
  std::string bytes(300000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * i % 251);
  const auto t = read<float>(gzip(idx(11, {150000}, bytes)));
  const auto u = read<float>(idx(11, {150000}, bytes));
  CHECK(t == u);
  CHECK(t(149999) == static_cast<float>((299998LL * 299998 % 251) * 256 + 299999LL * 299999 % 251));
}

TEST_CASE("truncated_and_oversized: expected and found bytes are said", "[data]") {
  const std::string good = idx(8, {3, 2}, "abcdef");
  CHECK(says(refusal(good.substr(0, 17)), "shape (3,2) needs 18 bytes, but the file has 17"));
  CHECK(says(refusal(good + "g"), "needs 18 bytes, but the file has 19"));
  CHECK(says(refusal(good.substr(0, 9)), "ends within its header of 12 bytes"));
  CHECK(says(refusal(good.substr(0, 3)), "no IDX file"));
  CHECK(says(refusal(""), "no IDX file"));
  CHECK(says(refusal(gzip(good.substr(0, 17))), "needs 18 unpacked bytes, but the file has 17; it is truncated"));
  CHECK(says(refusal(gzip(good + "g")), "needs 18 unpacked bytes, but the file has more"));
  CHECK(says(refusal(gzip(good.substr(0, 9))), "ends within its header of 12 unpacked bytes"));
}

TEST_CASE("damaged packing", "[data]") {
  std::string noise(50000, '\0');
  std::uint32_t state = 1;
  for (char& c : noise) c = static_cast<char>((state = state * 1664525U + 1013904223U) >> 24U);
  const std::string good = gzip(idx(8, {50000}, noise));
  REQUIRE(read<float>(good).numel() == 50000);
  CHECK(says(refusal(good.substr(0, 20000)), "it is truncated"));
  CHECK(says(refusal(good.substr(0, good.size() - 4)), "the end of its gzip packing is missing"));
  CHECK(says(refusal(good.substr(0, good.size() - 8)), "the end of its gzip packing is missing"));
  std::string changed = good;
  changed[30000] = static_cast<char>(changed[30000] ^ 0x40);
  CHECK_FALSE(refusal(changed).empty());  // a wrong sum, or a code that does not exist
  changed = good;
  changed[good.size() - 6] = static_cast<char>(changed[good.size() - 6] ^ 1);
  CHECK(says(refusal(changed), "is damaged: its gzip packing cannot be undone"));
  CHECK(says(refusal(good + "garbage"), "cannot be undone"));
  const std::string array = idx(8, {4}, "abcd");  // packed in two parts
  CHECK(read<float>(gzip(array.substr(0, 9)) + gzip(array.substr(9))).numel() == 4);
  CHECK_FALSE(refusal("\x1F\x8B").empty());
  CHECK_FALSE(refusal("\x1F\x8B\x08").empty());
}

TEST_CASE("lies about the size cost no memory", "[data]") {
  CHECK(says(refusal(idx(8, {0x7FFFFFFF, 0x1000}, "x")), "needs 8796093018124 bytes, but the file has 13"));
  CHECK(says(refusal(gzip(idx(8, {0x7FFFFFFF, 0x1000}, "x"))), "but the file has at most"));
  CHECK(says(refusal(idx(14, {0xFFFFFFFF, 0xFFFFFFFF}, "x")), "absurd shape"));
  CHECK(says(refusal(idx(8, {0, 0xFFFFFFFF, 0xFFFFFFFF}, "")), "absurd shape"));
  // A bomb unpacks to much more than it declares: reading stops after one byte too many.
  CHECK(says(refusal(gzip(idx(8, {10}, std::string(50'000'000, '\0')))),
             "needs 18 unpacked bytes, but the file has more"));
}

TEST_CASE("what is no IDX file", "[data]") {
  CHECK(says(refusal("<html>404 not found</html>"), "no IDX file"));
  CHECK(says(refusal(idx(7, {1}, "x")), "element type 7"));
  CHECK(says(refusal(idx(8, {}, "x")), "has 0 axes"));
  CHECK(says(refusal(idx(8, {1, 1, 1, 1, 1, 1}, "x")), "has 6 axes"));
  CHECK(says(refusal<int>(idx(13, {1}, "abcd")), "floating-point"));
  CHECK(says(refusal<std::uint8_t>(idx(11, {1}, std::string("\1\0", 2))), "holds the number 256"));
  CHECK(says(refusal<std::uint8_t>(idx(9, {1}, "\xFF")), "holds the number -1"));
  CHECK(says(sentence([] { static_cast<void>(data::read_idx<float>("/nowhere/a")); }), "/nowhere/a does not exist"));
  CHECK(says(sentence([] { static_cast<void>(data::read_idx<float>("/")); }), "a regular file is needed"));
}
