// The operators at the border between MXNet and the fast networks.
#pragma once
#include "interface.h"
#include "layout.h"

namespace {

// gg_channels_last(x; bfloat16) and gg_channels_first(x): from (N, C, H, W) float32, and back to it

MXReturnValue last_types(const Attributes &attributes, std::vector<int> *inputs, std::vector<int> *outputs) {
  (*inputs)[0] = FLOAT32, (*outputs)[0] = whole(attributes, "bfloat16", 0) ? BFLOAT16 : FLOAT32;
  return MX_SUCCESS;
}

MXReturnValue first_types(const Attributes &, std::vector<int> *inputs, std::vector<int> *outputs) {
  if (!known((*inputs)[0])) return MX_FAIL;
  (*outputs)[0] = FLOAT32;
  return MX_SUCCESS;
}

MXReturnValue last_shapes(const Attributes &, Shapes *inputs, Shapes *outputs) {
  const auto &x = (*inputs)[0];
  if (x.size() != 4) {
    MX_ERROR_MSG << "gg_channels_last needs x (N, C, H, W)" << shown(x);
    return MX_FAIL;
  }
  (*outputs)[0] = {x[0], x[2], x[3], x[1]};
  return MX_SUCCESS;
}

MXReturnValue first_shapes(const Attributes &, Shapes *inputs, Shapes *outputs) {
  const auto &x = (*inputs)[0];
  if (x.size() != 4) {
    MX_ERROR_MSG << "gg_channels_first needs x (N, H, W, C)" << shown(x);
    return MX_FAIL;
  }
  (*outputs)[0] = {x[0], x[3], x[1], x[2]};
  return MX_SUCCESS;
}

MXReturnValue move_last(const Attributes &, Tensors *inputs, Tensors *outputs, const OpResource &) {
  MXTensor &x = (*inputs)[0], &y = (*outputs)[0];
  return typed(y, [&](auto zero) {
    const auto &shape = y.shape;
    to_channels_last(data<float>(x), data<decltype(zero)>(y), shape[0], shape[3], shape[1] * shape[2]);
  });
}

MXReturnValue move_first(const Attributes &, Tensors *inputs, Tensors *outputs, const OpResource &) {
  MXTensor &x = (*inputs)[0], &y = (*outputs)[0];
  return typed(x, [&](auto zero) {
    const auto &shape = x.shape;
    to_channels_first(data<decltype(zero)>(x), data<float>(y), shape[0], shape[3], shape[1] * shape[2]);
  });
}

REGISTER_OP(gg_channels_last)
    .setForward(move_last, "cpu")
    .setBackward(move_first, "cpu")
    .setParseAttrs(counts<1, 1>)
    .setInferType(last_types)
    .setInferShape(last_shapes);

REGISTER_OP(gg_channels_first)
    .setForward(move_first, "cpu")
    .setBackward(move_last, "cpu")
    .setParseAttrs(counts<1, 1>)
    .setInferType(first_types)
    .setInferShape(first_shapes);

// gg_image(x, bias; channels): the first channels of x plus a bias, as an image (N, channels, H, W) float32

MXReturnValue image_shapes(const Attributes &attributes, Shapes *inputs, Shapes *outputs) {
  const auto &x = (*inputs)[0];
  unsigned count = whole(attributes, "channels", 1);
  if (x.size() != 4 || !count || count > x[3]) {
    MX_ERROR_MSG << "gg_image needs x (N, H, W, C) with C at least channels=" << count << shown(x);
    return MX_FAIL;
  }
  (*inputs)[1] = {x[3]};
  (*outputs)[0] = {x[0], count, x[1], x[2]};
  return MX_SUCCESS;
}

MXReturnValue image_types(const Attributes &, std::vector<int> *inputs, std::vector<int> *outputs) {
  if (!known((*inputs)[0])) return MX_FAIL;
  (*inputs)[1] = (*outputs)[0] = FLOAT32;
  return MX_SUCCESS;
}

MXReturnValue image_forward(const Attributes &, Tensors *inputs, Tensors *outputs, const OpResource &) {
  MXTensor &x = (*inputs)[0], &y = (*outputs)[0];
  return typed(x, [&](auto zero) {
    to_image(data<decltype(zero)>(x), data<float>((*inputs)[1]), data<float>(y), x.shape[0], x.shape[3], y.shape[1],
             x.shape[1] * x.shape[2]);
  });
}

MXReturnValue image_backward(const Attributes &, Tensors *inputs, Tensors *outputs, const OpResource &) {
  MXTensor &dy = (*inputs)[0], &x = (*inputs)[1];
  return typed(x, [&](auto zero) {
    to_image_gradient(data<float>(dy), data<decltype(zero)>((*outputs)[0]), data<float>((*outputs)[1]), x.shape[0],
                      x.shape[3], dy.shape[1], x.shape[1] * x.shape[2]);
  });
}

REGISTER_OP(gg_image)
    .setForward(image_forward, "cpu")
    .setBackward(image_backward, "cpu")
    .setParseAttrs(counts<2, 1>)
    .setInferType(image_types)
    .setInferShape(image_shapes);

}  // namespace
