# shellcheck shell=bash
# need NAME=PROOF ...: makes sure that Debian packages are there. PROOF is a command or a file that the package brings,
# so what was installed in another way counts too. Missing ones are installed with apt as root or by sudo, unless the
# variable install is "no". Elsewhere it says what to install and goes on: CMake will name what it cannot find.

proven() {
  case $1 in
    */*) compgen -G "$1" >/dev/null ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

need() {
  local pair missing=()
  if ! command -v apt-get >/dev/null 2>&1; then
    command -v cmake >/dev/null 2>&1 && command -v c++ >/dev/null 2>&1 && return 0
    echo "This script installs packages on Debian and Ubuntu only. Please install:"
    case $(uname -s) in
      Darwin) echo "  xcode-select --install; brew install cmake ninja eigen libomp nlohmann-json tomlplusplus cli11 catch2 google-benchmark; and stb_image.h, stb_image_write.h on the include path" ;;
      *) echo "  CMake 3.22, g++ 12 or clang++ 14, Eigen 3.4, zlib, nlohmann_json, stb, toml++, CLI11, Catch2, Google Benchmark, e.g."
         echo "  Fedora: dnf install cmake ninja-build gcc-c++ eigen3-devel zlib-devel json-devel cli11-devel stb-devel tomlplusplus-devel catch-devel google-benchmark-devel"
         echo "  Arch:   pacman -S cmake ninja gcc eigen zlib nlohmann-json cli11 stb tomlplusplus catch2 benchmark" ;;
    esac
    return 1
  fi
  for pair in "$@"; do
    proven "${pair#*=}" || missing+=("${pair%%=*}")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "${install:-yes}" = no ]; then
    echo "Missing packages (and --no-install forbids to install them): apt-get install ${missing[*]}"
    return 1
  fi
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
      echo "Missing packages; please let root run: apt-get install ${missing[*]}"
      return 1
    fi
    as_root=(sudo)
    [ -t 0 ] || as_root=(sudo -n)
  fi
  echo "Installing with apt: ${missing[*]}"
  # The ${as_root[@]+...} keeps bash 3 and 4.3 from calling an empty array unset.
  if ! { ${as_root[@]+"${as_root[@]}"} apt-get update -qq &&
    ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null; }; then
    echo "apt could not install them: is there a network, and the right to install?"
    return 1
  fi
}

processors() { nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2; }
