#pragma once
// What a measurement was made on: processor, threads, instruction set, compiler, system.

#include <cctype>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#if defined(__APPLE__)
#  include <sys/sysctl.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#  include <sys/utsname.h>
#endif

#include "ganvas/core/config.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/cpu/dispatch.hpp"

GANVAS_BEGIN

namespace io {

struct Machine {
  std::string cpu;              ///< e.g. "AMD EPYC 9B14"; "unknown" where the system does not say
  int processors = 0;           ///< what the system has
  int threads = 0;              ///< what ganvas uses now
  std::string instruction_set;  ///< the kernels in use: avx512, avx2, neon or scalar
  std::string compiler;
  std::string system;

  /// As rows of a table.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> rows() const {
    return {{"processor", cpu},
            {"threads", std::to_string(threads) + " of " + std::to_string(processors)},
            {"instruction set", instruction_set},
            {"compiler", compiler},
            {"system", system},
            {"ganvas", GANVAS_VERSION}};
  }
};

namespace detail {

/// The value of the first line "key<separator>value" of a system file, without quotes and outer spaces; or "".
inline std::string line_of(const char* path, std::string_view key, char separator) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t at = line.find(separator);
    if (at == std::string::npos) continue;
    std::string value = line.substr(at + 1);
    std::erase(value, '"');
    const std::size_t begin = value.find_first_not_of(" \t");
    return begin == std::string::npos ? "" : value.substr(begin);
  }
  return "";
}

inline std::string cpu_name() {
#if defined(__APPLE__)
  char name[128] = {};
  std::size_t size = sizeof(name) - 1;
  if (sysctlbyname("machdep.cpu.brand_string", name, &size, nullptr, 0) == 0) return name;
#endif
  for (const char* key : {"model name", "Hardware", "cpu model"}) {
    std::string name = line_of("/proc/cpuinfo", key, ':');
    if (!name.empty()) return name;
  }
  return "unknown";
}

inline std::string system_name() {
  std::string name = line_of("/etc/os-release", "PRETTY_NAME", '=');
#if defined(__unix__) || defined(__APPLE__)
  utsname system{};
  if (uname(&system) == 0)
    name += (name.empty() ? "" : ", ") + std::string(system.sysname) + " " + system.release + " " + system.machine;
#endif
  return name.empty() ? "unknown" : name;
}

inline std::string compiler_name() {
#if defined(__clang__)
  return "clang " __clang_version__;
#elif defined(__GNUC__)
  return "g++ " __VERSION__;
#else
  return "unknown";
#endif
}

}  // namespace detail

/// The machine this program runs on. Throws ValueError if GANVAS_ISA asks for what it does not have.
[[nodiscard]] inline Machine machine() {
  return {detail::cpu_name(),
          static_cast<int>(std::thread::hardware_concurrency()),
          threads(),
          cpu::kernels<float>().name,
          detail::compiler_name(),
          detail::system_name()};
}

}  // namespace io

GANVAS_END
