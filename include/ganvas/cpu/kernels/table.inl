// The kernels of one instruction set, as cpu/dispatch.hpp lists them; included inside its namespace, outside its target
// region. All of them are templates: a program compiles those that it uses.
struct Isa {
  static constexpr const char* name = isa_name;

  template <class T>
  static constexpr abi::KernelTable<T> table{isa_name, width<T>, gemm_kernels<T>()};
  template <class T>
  static constexpr abi::NormKernels<T> norm_table{&norm_moments<T>, &norm_apply<T>, &norm_backward_sums<T>,
                                                  &norm_backward_apply<T>};
  template <class T>
  static constexpr abi::WinogradKernels<T> winograd_table = winograd_kernels<T>();
  template <class T>
  static constexpr abi::PointwiseKernels<T> pointwise_table = pointwise_kernels<T>();

  template <abi::Unary op, class T>
  static constexpr abi::UnaryKernel<T> unary_kernel = &unary<op, T>;
  template <abi::Binary op, class T>
  static constexpr abi::BinaryKernel<T> binary_kernel = &binary<op, T>;
  template <abi::Reduce op, class T>
  static constexpr abi::ReduceKernels<T> reduce_kernels{&reduce_row<op, T>, &reduce_columns<op, T>};
  template <class T>
  static constexpr abi::AdamKernel<T> adam_kernel = &adam<T>;
  template <class T>
  static constexpr abi::RmsPropKernel<T> rmsprop_kernel = &rmsprop<T>;
  template <class T>
  static constexpr abi::SgdKernel<T> sgd_kernel = &sgd<T>;
  template <class T>
  static constexpr abi::LerpKernel<T> lerp_kernel = &lerp<T>;
};
