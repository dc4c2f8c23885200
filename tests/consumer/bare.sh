#!/bin/sh
# bare.sh COMPILER ARGUMENTS...: compiles examples/embed/main.cpp by that line alone and runs it. It must choose the
# widest kernels that the processor has.
set -eu
"$@" -o bare
said=$(./bare)
echo "$said"
case $(uname -m) in
  x86_64)
    flags=$(grep -m 1 '^flags' /proc/cpuinfo 2>/dev/null || echo unknown)
    case $flags in
      unknown) exit 0 ;;
      *avx512f*avx512dq*avx512bw*avx512vl*) widest=avx512 ;;
      *fma*avx2*) widest=avx2 ;;
      *) widest=scalar ;;
    esac ;;
  aarch64 | arm64) widest=neon ;;
  *) exit 0 ;;
esac
[ -z "${GANVAS_ISA-}" ] || widest=$GANVAS_ISA
case $said in
  "kernels: $widest,"*) ;;
  *) echo "expected the kernels for $widest"; exit 1 ;;
esac
