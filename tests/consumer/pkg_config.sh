#!/bin/sh
# pkg_config.sh PKG_CONFIG PREFIX COMPILER SOURCE: compiles and runs a program against an installed ganvas.
set -eu
PKG_CONFIG_PATH=$2/share/pkgconfig
export PKG_CONFIG_PATH
# shellcheck disable=SC2046  # the flags are words
"$3" -std=c++20 -O2 $("$1" --cflags ganvas) "$4" -o with_pkg_config $("$1" --libs ganvas)
./with_pkg_config
