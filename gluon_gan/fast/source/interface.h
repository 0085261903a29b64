// What all operators share: the names of MXNet's extension interface, attributes, element types and error messages.
#pragma once
#include "mxnet/lib_api.h"
#include "vectors.h"

namespace {

using namespace gluon_gan;
using mxnet::ext::MX_FAIL;
using mxnet::ext::MX_SUCCESS;
using mxnet::ext::MXReturnValue;
using mxnet::ext::MXTensor;
using mxnet::ext::OpResource;

using Attributes = std::unordered_map<std::string, std::string>;
using Shapes = std::vector<std::vector<unsigned int>>;
using Tensors = std::vector<MXTensor>;

constexpr int FLOAT32 = mxnet::ext::kFloat32, BFLOAT16 = 12;  // MXNet's codes; lib_api.h does not name the second

long whole(const Attributes &attributes, const char *name, long otherwise) {
  auto found = attributes.find(name);
  return found == attributes.end() ? otherwise : std::stol(found->second);
}

float real(const Attributes &attributes, const char *name, float otherwise) {
  auto found = attributes.find(name);
  return found == attributes.end() ? otherwise : std::stof(found->second);
}

std::string shown(const std::vector<unsigned int> &shape) {
  std::string text = ", not of the shape (";
  for (size_t i = 0; i < shape.size(); i++) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + ")";
}

bool is_bfloat16(const MXTensor &tensor) { return tensor.dtype == BFLOAT16; }

template <class T>
T *data(MXTensor &tensor) {
  return static_cast<T *>(tensor.data_ptr);
}

// Call body(E()) with one of the two types; errors become those of MXNet.
template <class Body>
MXReturnValue typed(bool in_bfloat16, Body body) {
  try {
    if (in_bfloat16)
      body(bfloat16());
    else
      body(float());
    return MX_SUCCESS;
  } catch (const std::exception &error) {
    MX_ERROR_MSG << "gluon_gan: " << error.what();
    return MX_FAIL;
  }
}

// The same with the type of the tensor's elements.
template <class Body>
MXReturnValue typed(const MXTensor &tensor, Body body) {
  return typed(is_bfloat16(tensor), body);
}

template <int INPUTS, int OUTPUTS>
MXReturnValue counts(const Attributes &, int *inputs, int *outputs) {
  *inputs = INPUTS, *outputs = OUTPUTS;
  return MX_SUCCESS;
}

// Whether a type is one of the two that activations can have; sets MXNet's error otherwise.
bool known(int type) {
  if (type == FLOAT32 || type == BFLOAT16) return true;
  MX_ERROR_MSG << "gluon_gan: activations are float32 or bfloat16, not of MXNet's type " << type;
  return false;
}

// The first output has the type of the first input, and all others are float32.
MXReturnValue types(const Attributes &, std::vector<int> *inputs, std::vector<int> *outputs) {
  if (!known((*inputs)[0])) return MX_FAIL;
  for (size_t i = 1; i < inputs->size(); i++) (*inputs)[i] = FLOAT32;
  for (size_t i = 1; i < outputs->size(); i++) (*outputs)[i] = FLOAT32;
  (*outputs)[0] = (*inputs)[0];
  return MX_SUCCESS;
}

}  // namespace
