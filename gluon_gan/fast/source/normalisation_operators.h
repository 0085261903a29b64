// The operators of normalisations, biases and activations.
#pragma once
#include "interface.h"
#include "normalisation.h"

namespace {

// gg_norm(x, gamma, beta, running_mean, running_variance; groups, momentum, epsilon, slope)
// groups=0 makes a group of each image. Further outputs: each group's mean and scale, (groups, C).

Normalisation normalisation(const Attributes &attributes, const MXTensor &x) {
  long groups = whole(attributes, "groups", 1);
  groups = groups ? groups : x.shape[0];
  return {groups, x.shape[0] * x.shape[1] * x.shape[2] / groups, x.shape[3], real(attributes, "epsilon", 1e-5f),
          real(attributes, "slope", 1)};
}

MXReturnValue norm_shapes(const Attributes &attributes, Shapes *inputs, Shapes *outputs) {
  const auto &x = (*inputs)[0];
  long groups = whole(attributes, "groups", 1);
  if (x.size() != 4 || x[3] % WIDTH || groups < 0 || (groups && x[0] % groups)) {
    MX_ERROR_MSG << "gg_norm needs x (N, H, W, C) with N a multiple of groups=" << groups << " and C a multiple of "
                 << WIDTH << shown(x);
    return MX_FAIL;
  }
  unsigned statistics = groups ? groups : x[0];
  for (size_t i = 1; i < inputs->size(); i++) (*inputs)[i] = {x[3]};
  (*outputs)[0] = x;
  (*outputs)[1] = (*outputs)[2] = {statistics, x[3]};
  return MX_SUCCESS;
}

MXReturnValue norm_mutated(const Attributes &, std::vector<int> *mutated) {
  *mutated = {3, 4};
  return MX_SUCCESS;
}

MXReturnValue norm_forward(const Attributes &attributes, Tensors *inputs, Tensors *outputs, const OpResource &) {
  MXTensor &x = (*inputs)[0];
  return typed(x, [&](auto zero) {
    using E = decltype(zero);
    normalisation(attributes, x)
        .forward(data<E>(x), data<float>((*inputs)[1]), data<float>((*inputs)[2]), data<E>((*outputs)[0]),
                 data<float>((*outputs)[1]), data<float>((*outputs)[2]), data<float>((*inputs)[3]),
                 data<float>((*inputs)[4]), real(attributes, "momentum", 0.9f));
  });
}

// Inputs: the gradients of the 3 outputs, the 5 inputs, the 3 outputs.
MXReturnValue norm_backward(const Attributes &attributes, Tensors *inputs, Tensors *outputs, const OpResource &) {
  MXTensor &dy = (*inputs)[0], &x = (*inputs)[3];
  return typed(x, [&](auto zero) {
    using E = decltype(zero);
    normalisation(attributes, x)
        .backward(data<E>(dy), data<E>(x), data<float>((*inputs)[4]), data<float>((*inputs)[5]),
                  data<float>((*inputs)[9]), data<float>((*inputs)[10]), data<E>((*outputs)[0]),
                  data<float>((*outputs)[1]), data<float>((*outputs)[2]));
    for (int i : {3, 4}) std::memset((*outputs)[i].data_ptr, 0, x.shape[3] * sizeof(float));
  });
}

REGISTER_OP(gg_norm)
    .setForward(norm_forward, "cpu")
    .setBackward(norm_backward, "cpu")
    .setParseAttrs(counts<5, 3>)
    .setInferType(types)
    .setInferShape(norm_shapes)
    .setMutateInputs(norm_mutated);

// gg_bias(x, bias; slope): a bias and a (leaky) ReLU

MXReturnValue bias_shapes(const Attributes &, Shapes *inputs, Shapes *outputs) {
  const auto &x = (*inputs)[0];
  if (x.size() != 4 || x[3] % WIDTH) {
    MX_ERROR_MSG << "gg_bias needs x (N, H, W, C) with C a multiple of " << WIDTH << shown(x);
    return MX_FAIL;
  }
  (*inputs)[1] = {x[3]};
  (*outputs)[0] = x;
  return MX_SUCCESS;
}

MXReturnValue bias_forward(const Attributes &attributes, Tensors *inputs, Tensors *outputs, const OpResource &) {
  MXTensor &x = (*inputs)[0];
  return typed(x, [&](auto zero) {
    using E = decltype(zero);
    gluon_gan::bias_forward(data<E>(x), data<float>((*inputs)[1]), data<E>((*outputs)[0]), x.size() / x.shape[3],
                            x.shape[3], real(attributes, "slope", 1));
  });
}

MXReturnValue bias_backward(const Attributes &attributes, Tensors *inputs, Tensors *outputs, const OpResource &) {
  MXTensor &dy = (*inputs)[0], &y = (*inputs)[3];
  return typed(y, [&](auto zero) {
    using E = decltype(zero);
    gluon_gan::bias_backward(data<E>(dy), data<E>(y), data<E>((*outputs)[0]), data<float>((*outputs)[1]),
                             y.size() / y.shape[3], y.shape[3], real(attributes, "slope", 1));
  });
}

REGISTER_OP(gg_bias)
    .setForward(bias_forward, "cpu")
    .setBackward(bias_backward, "cpu")
    .setParseAttrs(counts<2, 1>)
    .setInferType(types)
    .setInferShape(bias_shapes);

}  // namespace
