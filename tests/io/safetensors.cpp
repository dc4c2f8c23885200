#include "ganvas/io/safetensors.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "support/files.hpp"

using namespace ganvas;
using test::says;
using test::sentence;

namespace {

/// The bytes of a file with this header and so many bytes of data.
std::string file_of(const std::string& header, std::size_t data) {
  const std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(data, '\0');
}

/// What reading such a file throws. The name of the file must be in it.
std::string refusal(const std::string& bytes) {
  const test::Folder folder;
  test::put(folder / "bad.safetensors", bytes);
  std::string text = sentence([&] { io::read_safetensors(folder / "bad.safetensors"); });
  CHECK(says(text, "bad.safetensors"));
  return text;
}
std::string refusal(const std::string& header, std::size_t data) { return refusal(file_of(header, data)); }

/// One entry of four bytes with something else in one place.
std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"w":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

template <class T>
bool same_bits(const Tensor<T>& a, const Tensor<T>& b) {
  return a.shape() == b.shape() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.numel()) * sizeof(T)) == 0;
}

}  // namespace

TEST_CASE("what is written is read back", "[io]") {
  const test::Folder folder;
  const auto path = folder / "net.safetensors";
  const Tensor<float> w({2, 3}, {1, 2, 3, 4, 5, 6.5F});
  const Tensor<double> b({2}, {0.1, -1e300});
  const Tensor<std::int64_t> n = Tensor<std::int64_t>::scalar(std::int64_t{1} << 60);
  io::write_safetensors(path,
                        {{"half", w, io::Dtype::F16},
                         {"w", w},
                         {"b", b},
                         {"brain", w, io::Dtype::BF16},
                         {"n", n},
                         {"empty", Tensor<float>({0, 4})},
                         {"w64", w, io::Dtype::F64}},
                        {{"format", "pt"}, {"note", "a\"b\\c\n\xC3\xBC"}});
  const auto file = io::read_safetensors(path);
  CHECK(file.metadata() == std::map<std::string, std::string>{{"format", "pt"}, {"note", "a\"b\\c\n\xC3\xBC"}});
  std::string names;
  for (const auto& e : file.entries()) names += e.name + " ";
  CHECK(names == "half w b brain n empty w64 ");
  CHECK(file.get<float>("w") == w);
  CHECK(file.get<double>("w") == w.cast<double>());
  CHECK(file.get<double>("b") == b);
  CHECK(file.get<float>("half") == w);
  CHECK(file.get<double>("brain") == w.cast<double>());
  CHECK(file.get<float>("w64") == w);
  CHECK(file.get<std::int64_t>("n").item() == std::int64_t{1} << 60);
  CHECK(file.get<double>("n").item() == 0x1p60);
  CHECK(file.get<float>("empty").shape() == Shape{0, 4});
  CHECK(file.contains("w"));
  CHECK_FALSE(file.contains("__metadata__"));

  // Every tensor begins at a multiple of its element's size, counted in the file.
  const std::string bytes = test::get(path);
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), 8);
  CHECK(header % 8 == 0);
  CHECK(bytes[8] == '{');
  for (const auto& e : file.entries()) CHECK(e.begin % io::detail::info(e.dtype).size == 0);
  CHECK(folder.count() == 1);
}

TEST_CASE("a file without tensors", "[io]") {
  const test::Folder folder;
  io::write_safetensors(folder / "none", {});
  CHECK(io::read_safetensors(folder / "none").entries().empty());
}

TEST_CASE("names and dtypes that cannot be written are refused, and no file appears", "[io]") {
  const test::Folder folder;
  const Tensor<float> x({1}, 1.0F);
  const auto path = folder / "a";
  CHECK(says(sentence([&] { io::write_safetensors(path, {{"w", x}, {"w", x}}); }), "'w' is given to two tensors"));
  CHECK(says(sentence([&] { io::write_safetensors(path, {{"__metadata__", x}}); }), "reserved"));
  CHECK(says(sentence([&] { io::write_safetensors(path, {{"\xFF", x}}); }), "not UTF-8"));
  CHECK(says(sentence([&] { io::write_safetensors(path, {{"w", x}}, {{"k", "\xC3"}}); }), "not UTF-8"));
  CHECK(says(sentence([&] { io::SafetensorsItem("w", x, io::Dtype::I64); }), "cannot be written as I64"));
  CHECK(says(sentence([&] { io::SafetensorsItem("w", Tensor<std::int64_t>({1}), io::Dtype::F32); }), "as F32"));
  const std::string large = sentence([&] {
    io::write_safetensors(path, {{"w", Tensor<float>({2}, {1, 7e4F}), io::Dtype::F16}});
  });
  CHECK(says(large, "element 1 of entry 'w' is 70000, more than F16 can hold"));
  CHECK_FALSE(sentence([&] {
                io::write_safetensors(path, {{"w", Tensor<double>({1}, 1e39), io::Dtype::F32}});
              }).empty());
  CHECK(folder.count() == 0);

  // Infinity and NaN are values like others.
  constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  io::write_safetensors(path, {{"w", Tensor<float>({3}, {inf, -inf, nan}), io::Dtype::F16}});
  const auto back = io::read_safetensors(path).get<float>("w");
  CHECK(back(0) == inf);
  CHECK(back(1) == -inf);
  CHECK(std::isnan(back(2)));
}

TEST_CASE("a file written by PyTorch", "[io]") {
  const auto file = io::read_safetensors(GANVAS_TESTS_DIR "/golden/data/dtypes.safetensors");
  CHECK(file.metadata().at("format") == "pt");
  CHECK(file.metadata().at("note") == "line\nbreak \xE2\x9C\x93");
  const auto x = file.get<float>("x.f32");
  REQUIRE(x.numel() > 300);
  CHECK(same_bits(file.get<double>("x.f32"), file.get<double>("x.f64")));
  CHECK(same_bits(file.get<float>("x.f64"), x));
  int wrong = 0, numbers = 0;
  for (const std::string kind : {"f16", "bf16"}) {
    const auto from = kind == "f16" ? io::detail::from_f16 : io::detail::from_bf16;
    const auto to = kind == "f16" ? io::detail::to_f16 : io::detail::to_bf16;
    const auto back = file.get<double>("back." + kind), read = file.get<double>("x." + kind);
    for (index_t i = 0; i < x.numel(); ++i) {
      const double rounded = from(to(static_cast<double>(x(i))));
      if (std::isnan(x(i))) {
        wrong += !std::isnan(rounded) || !std::isnan(read(i));
        continue;
      }
      wrong += std::bit_cast<std::uint64_t>(read(i)) != std::bit_cast<std::uint64_t>(back(i));
      wrong += std::bit_cast<std::uint64_t>(rounded) != std::bit_cast<std::uint64_t>(back(i));
      ++numbers;
    }
  }
  CHECK(wrong == 0);
  CHECK(numbers > 600);

  CHECK(file.get<std::int64_t>("num_batches_tracked").shape() == Shape{});
  CHECK(file.get<std::int64_t>("num_batches_tracked").item() == 12345678901);
  CHECK(file.get<double>("i32") == Tensor<double>({1, 2}, {-2147483648.0, 2147483647.0}));
  CHECK(file.get<std::int64_t>("i16") == Tensor<std::int64_t>({2}, {-7, 300}));
  CHECK(file.get<float>("i8") == Tensor<float>({2}, {-128, 127}));
  CHECK(file.get<float>("u8") == Tensor<float>({2}, {0, 255}));
  CHECK(file.get<float>("bool") == Tensor<float>({3}, {1, 0, 1}));
  CHECK(file.get<float>("empty").shape() == Shape{0, 3});
  CHECK(file.get<float>("layer.\xC3\xBC\"weight\\").item() == 0.5F);
  const auto rank5 = file.get<float>("rank5");
  CHECK(rank5.shape() == Shape{2, 3, 2, 1, 4});
  CHECK(rank5(1, 2, 1, 0, 3) == 47.0F);
}

TEST_CASE("asking for what is not there", "[io]") {
  const auto file = io::read_safetensors(GANVAS_TESTS_DIR "/golden/data/dtypes.safetensors");
  const std::string text = sentence([&] { static_cast<void>(file.get<float>("conv.weight")); });
  CHECK(says(text, "has no entry 'conv.weight'; it has 15 entries: '"));
  CHECK(says(text, "dtypes.safetensors"));
  CHECK(says(sentence([&] { static_cast<void>(file.get<std::int64_t>("x.f16")); }), "'x.f16' is F16; read it as"));
}

TEST_CASE("hostile_safetensors: the length of the header", "[io]") {
  CHECK(says(refusal(""), "0 bytes"));
  CHECK(says(refusal("1234567"), "7 bytes"));
  CHECK(says(refusal(std::string(8, '\xFF')), "declares a header of 18446744073709551615 bytes, but only 0"));
  CHECK(says(refusal(std::string(8, '\xFF') + std::string(100, ' ')), "but only 100 bytes follow"));
  CHECK(says(refusal(std::string("\x7F\0\0\0\0\0\0\0{}", 10)), "declares a header of 127 bytes, but only 2"));
  std::string huge = file_of("{}", 0);
  huge[4] = 1;  // 4 GiB and 2 bytes
  CHECK(says(refusal(huge), "declares a header of 4294967298 bytes"));
  CHECK(
      says(sentence([] { io::read_safetensors("/nowhere/x.safetensors"); }), "/nowhere/x.safetensors does not exist"));
  CHECK(says(sentence([] { io::read_safetensors("/"); }), "directory"));
  const test::Folder folder;  // sparse: a length that fits such a file, but no honest header
  test::put(folder / "sparse", file_of("{}", 0).replace(0, 4, std::string("\0\xE1\xF5\x0B", 4)));  // 200,000,000 + 2
  std::filesystem::resize_file(folder / "sparse", 300'000'000);
  CHECK(says(sentence([&] { io::read_safetensors(folder / "sparse"); }), "at most 100000000 are accepted"));
}

TEST_CASE("hostile_safetensors: bad JSON", "[io]") {
  CHECK(says(refusal("", 0), "not valid JSON"));
  CHECK(says(refusal("[]", 0), "not valid JSON"));
  CHECK(says(refusal(" {}", 0), "not valid JSON"));
  CHECK(says(refusal("{", 0), "not valid JSON"));
  CHECK(says(refusal("{} x", 0), "not valid JSON"));
  CHECK(says(refusal("{}{}", 0), "not valid JSON"));
  CHECK(says(refusal("{'w':1}", 0), "not valid JSON"));
  CHECK(says(refusal("{\"\xFF\":{}}", 0), "not valid JSON"));
  CHECK(says(refusal(std::string("{}\0rest", 7), 0), "not valid JSON"));
  CHECK(says(refusal(entry("\"F32\"", "[1,]", "[0,4]"), 4), "not valid JSON"));
  CHECK(says(refusal("{\"w\":" + std::string(100000, '['), 0), "has a list where"));
  std::string nested = "{";
  for (int i = 0; i < 100000; ++i) nested += R"("a":{)";
  CHECK(says(refusal(nested, 0), "unknown field 'a'"));
  const test::Folder folder;  // spaces behind the header are how it is padded
  test::put(folder / "padded", file_of("{}   \n", 0));
  CHECK(io::read_safetensors(folder / "padded").entries().empty());
}

TEST_CASE("hostile_safetensors: what is in the header", "[io]") {
  const std::string good = entry("\"F32\"", "[1]", "[0,4]");
  const std::string inner = good.substr(5, good.size() - 6);
  CHECK(says(refusal("{\"w\":" + inner + ",\"w\":" + inner + "}", 4), "entry 'w' occurs twice"));
  CHECK(says(refusal(R"({"__metadata__":{},"__metadata__":{}})", 0), "occurs twice"));
  CHECK(says(refusal(R"({"__metadata__":{"a":"b","a":"c"}})", 0), "the field 'a' twice"));
  CHECK(says(refusal(R"({"__metadata__":{"a":1}})", 0), "a number where a text belongs"));
  CHECK(says(refusal(R"({"__metadata__":[]})", 0), "a list where"));
  CHECK(says(refusal(R"({"__metadata__":{"a":{}}})", 0), "an object where a text belongs"));
  CHECK(says(refusal(R"({"w":null})", 0), "entry 'w' has null where an object"));
  CHECK(says(refusal(R"({"w":"F32"})", 0), "a string where an object"));
  CHECK(says(refusal(R"({"w":7})", 0), "a number where an object"));
  CHECK(says(refusal(R"({"w":true})", 0), "true or false where an object"));
  CHECK(says(refusal(R"({"w":{}})", 0), "entry 'w' has no dtype"));
  CHECK(says(refusal(R"({"w":{"dtype":"F32","data_offsets":[0,4]}})", 4), "has no shape"));
  CHECK(says(refusal(R"({"w":{"dtype":"F32","shape":[1]}})", 4), "has no data_offsets"));
  CHECK(says(refusal(R"({"w":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4), "'dtype' twice"));
  CHECK(says(refusal(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"strides":[1]}})", 4),
             "unknown field 'strides'"));
  CHECK(says(refusal(entry("\"F8_E4M3\"", "[4]", "[0,4]"), 4), "has the dtype 'F8_E4M3', which is not read here"));
  CHECK(says(refusal(entry("\"\"", "[1]", "[0,4]"), 4), "has the dtype ''"));
  CHECK(says(refusal(entry("32", "[1]", "[0,4]"), 4), "a number where the name of a dtype belongs"));
  CHECK(says(refusal(entry("\"F32\"", "1", "[0,4]"), 4), "a number where a list of sizes belongs"));
  CHECK(says(refusal(entry("\"F32\"", "\"1\"", "[0,4]"), 4), "a string where a list of sizes belongs"));
  CHECK(says(refusal(entry("\"F32\"", "[[1]]", "[0,4]"), 4), "a list where a size"));
  CHECK(says(refusal(entry("\"F32\"", "[{}]", "[0,4]"), 4), "an object where a size"));
  CHECK(says(refusal(entry("\"F32\"", "[-1]", "[0,4]"), 4), "the number -1 where a size"));
  CHECK(says(refusal(entry("\"F32\"", "[1.0]", "[0,4]"), 4), "the number '1.0' where a size"));
  CHECK(says(refusal(entry("\"F32\"", "[1e0]", "[0,4]"), 4), "the number '1e0' where a size"));
  CHECK(says(refusal(entry("\"F32\"", "[99999999999999999999999]", "[0,4]"), 4), "where a size"));
  CHECK(says(refusal(entry("\"F32\"", "[null]", "[0,4]"), 4), "null where a size"));
  CHECK(says(refusal(entry("\"F32\"", "[1,1,1,1,1,1]", "[0,4]"), 4), "has more than 5 axes"));
  CHECK(says(refusal(entry("\"F32\"", "[18446744073709551615]", "[0,4]"), 4), "absurd shape"));
  CHECK(says(refusal(entry("\"F32\"", "[9223372036854775807]", "[0,4]"), 4), "absurd shape"));
  CHECK(says(refusal(entry("\"F32\"", "[4294967296,4294967296]", "[0,4]"), 4), "absurd shape"));
  CHECK(says(refusal(entry("\"F32\"", "[4294967296,1073741824,4]", "[0,0]"), 0), "absurd shape"));  // product 2^64
  CHECK(says(refusal(entry("\"F32\"", "[0,9223372036854775807]", "[0,0]"), 0), "absurd shape"));
}

TEST_CASE("hostile_safetensors: where the data is", "[io]") {
  CHECK(says(refusal(entry("\"F32\"", "[1]", "[0]"), 4), "has 1 data_offsets"));
  CHECK(says(refusal(entry("\"F32\"", "[1]", "[]"), 4), "has 0 data_offsets"));
  CHECK(says(refusal(entry("\"F32\"", "[1]", "[0,4,8]"), 4), "more than two data_offsets"));
  CHECK(says(refusal(entry("\"F32\"", "[1]", "[4,0]"), 4), "run backwards"));
  CHECK(says(refusal(entry("\"F32\"", "[1]", "[-4,0]"), 4), "the number -4"));
  CHECK(says(refusal(entry("\"F32\"", "[1]", "[0,4]"), 3), "past the end of the 3 bytes"));
  CHECK(says(refusal(entry("\"F32\"", "[1]", "[4,8]"), 4), "past the end"));
  CHECK(says(refusal(entry("\"F32\"", "[1]", "[18446744073709551612,18446744073709551615]"), 4), "past the end"));
  CHECK(says(refusal(entry("\"F32\"", "[1]", "[0,18446744073709551615]"), 4), "past the end"));
  CHECK(says(refusal(entry("\"F32\"", "[2]", "[0,4]"), 4), "has 4 bytes, but shape (2) of F32 needs 8"));
  CHECK(says(refusal(entry("\"F16\"", "[1]", "[0,4]"), 4), "has 4 bytes, but shape (1) of F16 needs 2"));
  CHECK(says(refusal(entry("\"F32\"", "[0]", "[0,4]"), 4), "needs 0"));
  CHECK(says(refusal(entry("\"F32\"", "[1000000000000]", "[0,4000000000000]"), 4), "past the end"));
  CHECK(says(refusal(entry("\"F32\"", "[1]", "[0,4]"), 5), "the entries end at byte 4, but the data has 5 bytes"));
  CHECK(says(refusal("{}", 1), "1 belong to no entry"));
  const auto two = [](const std::string& first, const std::string& second) {
    return R"({"a":{"dtype":"F32","shape":[2],"data_offsets":)" + first +
           R"(},"b":{"dtype":"F32","shape":[2],"data_offsets":)" + second + "}}";
  };
  CHECK(
      says(refusal(two("[0,8]", "[4,12]"), 12), "entry 'b' begins at byte 4 and overlaps entry 'a', which ends at 8"));
  CHECK(says(refusal(two("[0,8]", "[0,8]"), 8), "overlaps"));
  CHECK(says(refusal(two("[0,8]", "[12,20]"), 20), "bytes 8 to 12 before entry 'b' belong to no entry"));
  CHECK(says(refusal(two("[4,12]", "[12,20]"), 20), "bytes 0 to 4 before entry 'a'"));
  const test::Folder folder;  // the order of the header is free
  test::put(folder / "good", file_of(two("[8,16]", "[0,8]"), 16));
  CHECK(io::read_safetensors(folder / "good").entries()[0].begin == 8);
}

TEST_CASE("hostile_safetensors: any byte changed, any length: a sentence or a tensor, never a crash", "[io]") {
  const test::Folder folder;
  const auto path = folder / "fuzz";
  const std::string good =
      file_of(R"({"__metadata__":{"k":"v"},"a":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]},)"
              R"("b":{"dtype":"I64","shape":[],"data_offsets":[4,12]}})",
              12);
  int read = 0, refused = 0;
  const auto attempt = [&](const std::string& bytes) {
    test::put(path, bytes);
    try {
      const auto file = io::read_safetensors(path);
      for (const auto& e : file.entries()) static_cast<void>(file.get<float>(e.name));
      ++read;
    } catch (const FileError&) {
      ++refused;
    }
  };
  for (std::size_t length = 0; length <= good.size(); ++length) attempt(good.substr(0, length));
  CHECK(read == 1);
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const char c : {'\0', '\xFF', '9', '"', '{', '}', '[', '-', 'e', ','}) {
      std::string bytes = good;
      bytes[i] = c;
      attempt(bytes);
    }
  CHECK(refused > 1000);
}

TEST_CASE("a file that shrinks after its header was read", "[io]") {
  const test::Folder folder;
  const auto path = folder / "a";
  io::write_safetensors(path,
                        {{"w", Tensor<float>({100000}, 1.0F)}, {"v", Tensor<float>({1000}, 1.0F), io::Dtype::F16}});
  const auto file = io::read_safetensors(path);
  std::filesystem::resize_file(path, 300);
  CHECK(says(sentence([&] { static_cast<void>(file.get<float>("w")); }), "became shorter"));
  CHECK(says(sentence([&] { static_cast<void>(file.get<float>("v")); }), "became shorter"));
}
