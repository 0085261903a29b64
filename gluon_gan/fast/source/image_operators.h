// The operators that only translations have.
#pragma once
#include "images.h"
#include "interface.h"

namespace {

// gg_pad(x; edge): reflection padding

MXReturnValue pad_shapes(const Attributes &attributes, Shapes *inputs, Shapes *outputs) {
  const auto &x = (*inputs)[0];
  long edge = whole(attributes, "edge", 1);
  if (x.size() != 4 || edge < 0 || x[1] <= edge || x[2] <= edge) {
    MX_ERROR_MSG << "gg_pad needs x (N, H, W, C) with H and W above edge=" << edge << shown(x);
    return MX_FAIL;
  }
  (*outputs)[0] = {x[0], static_cast<unsigned>(x[1] + 2 * edge), static_cast<unsigned>(x[2] + 2 * edge), x[3]};
  return MX_SUCCESS;
}

MXReturnValue pad_forward(const Attributes &attributes, Tensors *inputs, Tensors *outputs, const OpResource &) {
  MXTensor &x = (*inputs)[0];
  return typed(x, [&](auto zero) {
    using E = decltype(zero);
    pad_reflecting(data<E>(x), data<E>((*outputs)[0]), x.shape[0], x.shape[1], x.shape[2], x.shape[3],
                   whole(attributes, "edge", 1));
  });
}

MXReturnValue pad_backward(const Attributes &attributes, Tensors *inputs, Tensors *outputs, const OpResource &) {
  MXTensor &dy = (*inputs)[0], &x = (*inputs)[1];
  return typed(x, [&](auto zero) {
    using E = decltype(zero);
    pad_reflecting_gradient(data<E>(dy), data<E>((*outputs)[0]), x.shape[0], x.shape[1], x.shape[2], x.shape[3],
                            whole(attributes, "edge", 1));
  });
}

REGISTER_OP(gg_pad)
    .setForward(pad_forward, "cpu")
    .setBackward(pad_backward, "cpu")
    .setParseAttrs(counts<1, 1>)
    .setInferType(types)
    .setInferShape(pad_shapes);

// gg_fork(x): x twice, and gg_add(x, y). The backward pass of each is the forward pass of the other.

MXReturnValue fork_types(const Attributes &, std::vector<int> *inputs, std::vector<int> *outputs) {
  if (!known((*inputs)[0])) return MX_FAIL;
  (*outputs)[0] = (*outputs)[1] = (*inputs)[0];
  return MX_SUCCESS;
}

MXReturnValue fork_shapes(const Attributes &, Shapes *inputs, Shapes *outputs) {
  (*outputs)[0] = (*outputs)[1] = (*inputs)[0];
  return MX_SUCCESS;
}

// Copies the first input to all outputs: the forward pass of gg_fork, and the backward pass of gg_add.
MXReturnValue copy(const Attributes &, Tensors *inputs, Tensors *outputs, const OpResource &) {
  MXTensor &x = (*inputs)[0];
  for (auto &y : *outputs) std::memcpy(y.data_ptr, x.data_ptr, x.size() * (is_bfloat16(x) ? 2 : 4));
  return MX_SUCCESS;
}

// Adds the first two inputs: the forward pass of gg_add, and the backward pass of gg_fork.
MXReturnValue sum(const Attributes &, Tensors *inputs, Tensors *outputs, const OpResource &) {
  MXTensor &x = (*inputs)[0];
  return typed(x, [&](auto zero) {
    using E = decltype(zero);
    add(data<E>(x), data<E>((*inputs)[1]), data<E>((*outputs)[0]), x.size());
  });
}

MXReturnValue add_types(const Attributes &, std::vector<int> *inputs, std::vector<int> *outputs) {
  if (!known((*inputs)[0])) return MX_FAIL;
  (*inputs)[1] = (*outputs)[0] = (*inputs)[0];
  return MX_SUCCESS;
}

MXReturnValue add_shapes(const Attributes &, Shapes *inputs, Shapes *outputs) {
  (*inputs)[1] = (*outputs)[0] = (*inputs)[0];
  return MX_SUCCESS;
}

REGISTER_OP(gg_fork)
    .setForward(copy, "cpu")
    .setBackward(sum, "cpu")
    .setParseAttrs(counts<1, 2>)
    .setInferType(fork_types)
    .setInferShape(fork_shapes);

REGISTER_OP(gg_add)
    .setForward(sum, "cpu")
    .setBackward(copy, "cpu")
    .setParseAttrs(counts<2, 1>)
    .setInferType(add_types)
    .setInferShape(add_shapes);

}  // namespace
