// The second object behind ganvas::compiled, built once with and once without OpenMP: the instances in float that
// headers list by GANVAS_INSTANCE. It needs nothing but Eigen, so what io/ and data/ hold is not in it.
#undef GANVAS_COMPILED
#define GANVAS_COMPILED
#define GANVAS_MAKE_INSTANCES
#include "ganvas/autograd/affine.hpp"
#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/batch_norm.hpp"
#include "ganvas/autograd/binomial.hpp"
#include "ganvas/autograd/conv.hpp"
#include "ganvas/autograd/diagnose.hpp"
#include "ganvas/autograd/dropout.hpp"
#include "ganvas/autograd/gather.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/losses.hpp"
#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/noisy_bias.hpp"
#include "ganvas/autograd/norms.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/pool.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/softmax.hpp"
#include "ganvas/autograd/upsample.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/kernels/adam.hpp"
#include "ganvas/models/dcgan.hpp"
