// The operator of convolutions and transposed convolutions.
#pragma once
#include <algorithm>

#include "interface.h"
#include "passes.h"

namespace {

// gg_conv(x, weight; stride, pad, adjust, transpose, x_gradient, weight_gradient)
// With transpose=1, the transposed convolution, whose output has `adjust` more rows and columns than the smallest.

template <class Sides>
Shape convolution_shape(const Attributes &attributes, const Sides &x, const Sides &weight, const Sides &y) {
  bool transposed = whole(attributes, "transpose", 0);
  const auto &large = transposed ? y : x, &small = transposed ? x : y;
  return Shape{large[0], large[1], large[2], large[3], small[1], small[2], small[3], weight[2],
               whole(attributes, "stride", 1), whole(attributes, "pad", 0)};
}

MXReturnValue convolution_shapes(const Attributes &attributes, Shapes *inputs, Shapes *outputs) {
  const auto &x = (*inputs)[0], &weight = (*inputs)[1];
  if (x.size() != 4 || weight.size() != 4) {
    MX_ERROR_MSG << "gg_conv needs x (N, H, W, C) and a weight (out, in, kernel, kernel)";
    return MX_FAIL;
  }
  long kernel = weight[2], stride = whole(attributes, "stride", 1), pad = whole(attributes, "pad", 0);
  long adjust = whole(attributes, "adjust", 0);
  bool transposed = whole(attributes, "transpose", 0);
  if (weight[3] != weight[2] || stride < 1 || pad < 0 || adjust < 0) {
    MX_ERROR_MSG << "gg_conv needs a square kernel, a stride of at least 1, and pad and adjust of at least 0, not a "
                 << weight[2] << " x " << weight[3] << " kernel, stride=" << stride << ", pad=" << pad
                 << ", adjust=" << adjust;
    return MX_FAIL;
  }
  if (x[3] != weight[transposed ? 0 : 1]) {
    MX_ERROR_MSG << "gg_conv: x has " << x[3] << " channels, and its weight is for " << weight[transposed ? 0 : 1];
    return MX_FAIL;
  }
  auto side = [&](long length) {
    return transposed ? (length - 1) * stride + kernel - 2 * pad + adjust : (length + 2 * pad - kernel) / stride + 1;
  };
  if (std::min(x[1], x[2]) < 1 || (!transposed && std::min(x[1], x[2]) + 2 * pad < kernel) ||
      std::min(side(x[1]), side(x[2])) < 1) {
    MX_ERROR_MSG << "gg_conv: " << x[1] << " x " << x[2] << " pixels with pad=" << pad
                 << " are too few for a kernel of " << kernel;
    return MX_FAIL;
  }
  (*outputs)[0] = {x[0], static_cast<unsigned>(side(x[1])), static_cast<unsigned>(side(x[2])),
                   weight[transposed ? 1 : 0]};
  return MX_SUCCESS;
}

template <class E>
Activations<E> activations(MXTensor &tensor) {
  return {data<E>(tensor), static_cast<long>(tensor.size() / tensor.shape[0])};
}

MXReturnValue convolution_forward(const Attributes &attributes, Tensors *inputs, Tensors *outputs, const OpResource &) {
  MXTensor &x = (*inputs)[0], &weight = (*inputs)[1], &y = (*outputs)[0];
  return typed(x, [&](auto zero) {
    using E = decltype(zero);
    auto &pass = passes<E>(convolution_shape(attributes, x.shape, weight.shape, y.shape));
    if (whole(attributes, "transpose", 0))
      pass.data_gradient(activations<E>(x), data<float>(weight), data<E>(y));
    else
      pass.forward(activations<E>(x), data<float>(weight), data<E>(y));
  });
}

MXReturnValue convolution_backward(const Attributes &attributes, Tensors *inputs, Tensors *outputs,
                                   const OpResource &) {
  MXTensor &dy = (*inputs)[0], &x = (*inputs)[1], &weight = (*inputs)[2], &y = (*inputs)[3];
  return typed(x, [&](auto zero) {
    using E = decltype(zero);
    auto &pass = passes<E>(convolution_shape(attributes, x.shape, weight.shape, y.shape));
    bool transposed = whole(attributes, "transpose", 0);
    E *dx = data<E>((*outputs)[0]);
    float *dweight = data<float>((*outputs)[1]);
    if (whole(attributes, "x_gradient", 1)) {
      if (transposed)
        pass.forward(activations<E>(dy), data<float>(weight), dx);
      else
        pass.data_gradient(activations<E>(dy), data<float>(weight), dx);
    }
    if (whole(attributes, "weight_gradient", 1)) {
      if (transposed)
        pass.weight_gradient(activations<E>(dy), activations<E>(x), dweight);
      else
        pass.weight_gradient(activations<E>(x), activations<E>(dy), dweight);
    }
  });
}

REGISTER_OP(gg_conv)
    .setForward(convolution_forward, "cpu")
    .setBackward(convolution_backward, "cpu")
    .setParseAttrs(counts<2, 1>)
    .setInferType(types)
    .setInferShape(convolution_shapes);

}  // namespace
