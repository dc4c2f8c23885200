#pragma once
// The table of contents: everything a program needs, floor by floor.

// core/: numbers without history
#include "ganvas/core/config.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/print.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"

// cpu/ and kernels/: what the operations are made of; cpu::kernels<float>().name says which instruction set runs
#include "ganvas/cpu/dispatch.hpp"
#include "ganvas/kernels/conv_geometry.hpp"

// autograd/: numbers with history
#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/batch_norm.hpp"
#include "ganvas/autograd/check.hpp"
#include "ganvas/autograd/conv.hpp"
#include "ganvas/autograd/diagnose.hpp"
#include "ganvas/autograd/dropout.hpp"
#include "ganvas/autograd/gather.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/losses.hpp"
#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/norms.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/pool.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/softmax.hpp"
#include "ganvas/autograd/upsample.hpp"
#include "ganvas/autograd/var.hpp"

// nn/: layers and networks
#include "ganvas/nn/activations.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/dropout.hpp"
#include "ganvas/nn/embedding.hpp"
#include "ganvas/nn/init.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/norms.hpp"
#include "ganvas/nn/parameter.hpp"
#include "ganvas/nn/plan.hpp"
#include "ganvas/nn/reshape.hpp"
#include "ganvas/nn/resize.hpp"
#include "ganvas/nn/sequential.hpp"
#include "ganvas/nn/stack.hpp"
#include "ganvas/nn/state_dict.hpp"
#include "ganvas/nn/summary.hpp"

// optim/: optimisers
#include "ganvas/optim/adam.hpp"
#include "ganvas/optim/clip.hpp"
#include "ganvas/optim/ema.hpp"
#include "ganvas/optim/optimizer.hpp"
#include "ganvas/optim/rmsprop.hpp"
#include "ganvas/optim/schedule.hpp"
#include "ganvas/optim/sgd.hpp"

// gan/: the adversarial game
#include "ganvas/gan/concepts.hpp"
#include "ganvas/gan/losses.hpp"
#include "ganvas/gan/penalties.hpp"
#include "ganvas/gan/players.hpp"
#include "ganvas/gan/trainer.hpp"

// models/: ready-made networks
#include "ganvas/models/dcgan.hpp"
#include "ganvas/models/mlp.hpp"

// data/, io/, metrics/: the side rooms
#include "ganvas/data/batches.hpp"
#include "ganvas/data/dataset.hpp"
#include "ganvas/data/gaussians.hpp"
#include "ganvas/io/csv.hpp"
#include "ganvas/io/curves.hpp"
#include "ganvas/io/interrupt.hpp"
#include "ganvas/io/machine.hpp"
#include "ganvas/io/npy.hpp"
#include "ganvas/io/progress.hpp"
#include "ganvas/io/report.hpp"
#include "ganvas/io/write_safetensors.hpp"
#include "ganvas/metrics/frechet.hpp"
#include "ganvas/nn/save.hpp"

// and what they offer where zlib, nlohmann_json and stb are installed (link zlib, or the CMake target ganvas::io)
#if __has_include(<zlib.h>)
#  include "ganvas/data/idx.hpp"
#  include "ganvas/data/mnist.hpp"
#endif
#if __has_include(<nlohmann/json.hpp>)
#  include "ganvas/io/safetensors.hpp"
#  include "ganvas/nn/load.hpp"
#  include "ganvas/optim/save.hpp"
#endif
#if __has_include(<stb/stb_image_write.h>) || __has_include(<stb_image_write.h>)
#  include "ganvas/io/png.hpp"
#  include "ganvas/io/scatter.hpp"
#endif
