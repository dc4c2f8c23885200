// The kernel table of one instruction set; included inside its namespace, outside its target region.
template <class T>
inline constexpr abi::KernelTable<T> table{
    isa_name,
    width<T>,
    gemm_kernels<T>(),
    pointwise_kernels<T>(),
    {&norm_moments<T>, &norm_apply<T>, &norm_backward_sums<T>, &norm_backward_apply<T>},
    {&adam<T>, &rmsprop<T>, &sgd<T>, &lerp<T>},
    winograd_kernels<T>(),
};
