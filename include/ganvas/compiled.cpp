// The one object behind the CMake target ganvas::compiled: the kernels of every instruction set. Programs that link it
// define GANVAS_COMPILED and compile faster, since their own objects hold no kernels.
#undef GANVAS_COMPILED
#include "ganvas/cpu/dispatch.hpp"

namespace {

template <class T>
const void* all_kernels() {
  namespace cpu = ganvas::cpu;
  static const ganvas::abi::LibraryTable<T> table{cpu::kernels<T>(),
                                                  cpu::pointwise<T>(),
                                                  cpu::norm<T>(),
                                                  {cpu::adam<T>(), cpu::rmsprop<T>(), cpu::sgd<T>(), cpu::lerp<T>()},
                                                  cpu::winograd<T>()};
  return &table;
}

}  // namespace

extern "C" {
const void* ganvas_v0_1_kernel_table_float();
const void* ganvas_v0_1_kernel_table_double();
const void* ganvas_v0_1_kernel_table_float() { return all_kernels<float>(); }
const void* ganvas_v0_1_kernel_table_double() { return all_kernels<double>(); }
}
