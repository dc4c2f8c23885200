// The one object behind the CMake target ganvas::compiled: the kernels of every instruction set. Programs that link it
// define GANVAS_COMPILED and compile faster, since their own objects hold no kernels.
#undef GANVAS_COMPILED
#include "ganvas/cpu/dispatch.hpp"

extern "C" {
const void* ganvas_v0_1_kernel_table_float();
const void* ganvas_v0_1_kernel_table_double();
const void* ganvas_v0_1_kernel_table_float() { return &ganvas::cpu::kernels<float>(); }
const void* ganvas_v0_1_kernel_table_double() { return &ganvas::cpu::kernels<double>(); }
}
