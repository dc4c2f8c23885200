#include "ganvas/io/sha256.hpp"

#include <string>

#include "support/catch.hpp"

using namespace ganvas;

TEST_CASE("SHA-256 of the standard's messages") {  // NIST, "SHA256.pdf" and the vectors of FIPS 180-2, appendix B
  const auto hash = [](std::string_view text) { return io::Sha256().add(text).hex(); };
  CHECK(hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hash(std::string(1000000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 of a text does not depend on its portions, for every length around a block") {
  std::string text;
  for (int n = 0; n < 200; ++n) {
    io::Sha256 whole, bytes, halves;
    whole.add(text);
    for (const char c : text) bytes.add(&c, 1);
    const std::string_view view = text;
    halves.add(view.substr(0, view.size() / 2));
    CHECK(halves.hex().size() == 64);  // asking changes nothing
    halves.add(view.substr(view.size() / 2));
    CHECK(whole.hex() == bytes.hex());
    CHECK(whole.hex() == halves.hex());
    text += static_cast<char>('A' + n % 50);
  }
}

TEST_CASE("the hash of a tensor knows its elements, its shape and its type") {
  const Tensor<float> t({2, 3}, {1, 2, 3, 4, 5, 6});
  const std::string hash = io::content_hash(t);
  CHECK(hash == io::content_hash(Tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6})));
  CHECK(hash != io::content_hash(t.reshape({3, 2})));
  CHECK(hash != io::content_hash(t.cast<double>()));
  Tensor<float> other = t;
  other.set({1, 2}, 6.0000005F);
  CHECK(hash != io::content_hash(other));
  std::string bytes = "F32 (2,3)";
  bytes += '\0';
  bytes.append(reinterpret_cast<const char*>(t.data()), 24);
  CHECK(hash == io::Sha256().add(bytes).hex());
}
