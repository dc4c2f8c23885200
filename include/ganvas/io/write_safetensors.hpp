#pragma once
// Writing safetensors files; the format and the way back: io/safetensors.hpp. It is apart from reading, which takes a
// JSON parser: programs that only save their networks need none, and compile two seconds faster.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/dtype.hpp"
#include "ganvas/io/safetensors_header.hpp"
#include "ganvas/io/text.hpp"

GANVAS_BEGIN

namespace io {

/// One tensor to be written. Its name must be unique in the file.
struct SafetensorsItem {
  template <class T>
  SafetensorsItem(std::string item_name, Tensor<T> item_value)
      : SafetensorsItem(std::move(item_name), std::move(item_value), detail::native_dtype<T>()) {}
  /// Rounds to the given dtype, to nearest, ties to even.
  template <class T>
  SafetensorsItem(std::string item_name, Tensor<T> item_value, Dtype as)
      : name(std::move(item_name)), value(std::move(item_value)), dtype(as) {
    constexpr bool integers = detail::native_dtype<T>() == Dtype::I64;
    require<ValueError>(integers ? as == Dtype::I64 : detail::is_floating(as), "safetensors", "entry ",
                        detail::quote(name), " cannot be written as ", detail::info(as).name,
                        integers ? "; integers are written as I64." : "; use F64, F32, F16 or BF16.");
  }

  std::string name;
  std::variant<Tensor<float>, Tensor<double>, Tensor<std::int64_t>> value;
  Dtype dtype;
};

namespace detail {

template <class T>
void write_elements(AtomicFile& file, const std::string& path, const SafetensorsItem& item, const Tensor<T>& t) {
  const auto n = static_cast<std::size_t>(t.numel());
  if (item.dtype == native_dtype<T>()) return file.write(t.data(), n * sizeof(T));
  constexpr std::size_t block = 8192;
  const std::size_t size = info(item.dtype).size;
  std::vector<char> bytes(block * size);
  for (std::size_t i = 0; i < n; i += block) {
    const std::size_t count = std::min(block, n - i);
    for (std::size_t k = 0; k < count; ++k) {
      const auto x = static_cast<double>(t.data()[i + k]);
      require<NumericError>(encode(item.dtype, x, bytes.data() + k * size), "safetensors", path, ": element ", i + k,
                            " of entry ", quote(item.name), " is ", x, ", more than ", info(item.dtype).name,
                            " can hold; write F32 or BF16.");
    }
    file.write(bytes.data(), count * size);
  }
}

}  // namespace detail

/// Writes the items under their names, and free text by key. Throws FileError, ValueError (a name twice, a name that is
/// not UTF-8) or NumericError (a number too large for its dtype); the path then holds what it held before.
inline void write_safetensors(const std::filesystem::path& path, const std::vector<SafetensorsItem>& items,
                              const std::map<std::string, std::string>& metadata = {}) {
  // The header names the items in the given order. Their elements go by size, wide ones first, so that all are aligned.
  std::vector<std::size_t> order;
  for (const std::size_t size : {8U, 4U, 2U, 1U})
    for (std::size_t i = 0; i < items.size(); ++i)
      if (detail::info(items[i].dtype).size == size) order.push_back(i);
  std::vector<SafetensorsEntry> entries(items.size());
  std::uint64_t end = 0;
  for (const std::size_t i : order) {
    const Shape shape = std::visit([](const auto& t) { return t.shape(); }, items[i].value);
    const std::uint64_t begin = end;
    end += static_cast<std::uint64_t>(shape.numel()) * detail::info(items[i].dtype).size;
    entries[i] = {items[i].name, items[i].dtype, shape, begin, end};
  }
  std::string header = detail::print_safetensors_header(entries, metadata);
  header.append((8 - header.size() % 8) % 8, ' ');  // the elements begin at a multiple of 8

  AtomicFile file(path);
  const std::uint64_t length = header.size();
  file.write(&length, 8);
  file.write(header);
  for (const std::size_t i : order)
    std::visit([&](const auto& t) { detail::write_elements(file, path.string(), items[i], t); }, items[i].value);
  file.commit();
}

}  // namespace io

GANVAS_END
