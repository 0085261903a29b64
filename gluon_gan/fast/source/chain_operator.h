// The operator of a chain of convolutions.
#pragma once
#include <atomic>
#include <mutex>
#include <sstream>

#include "chain.h"
#include "convolution_operator.h"

namespace {

// gg_chain(x, kept, parameters of each stage; stages, transpose, bfloat16, groups, momentum, epsilon, slope, channels,
//          x_gradient, weight_gradient)
//
// From x (N, C, H, W) float32 to the same. Four words describe a stage: stride, pad and adjust of its convolution, or
// 0 0 0 if it has none, and `norm`, `bias` or `image`. Only the first stage can have no convolution, and only the last
// can be an image, of the first `channels` channels.
//
// kept is memory between both passes, which other chains may use too. The second output is the ticket of the forward
// pass. If the memory has another ticket by then, the backward pass computes its contents again.

struct Word {
  long stride, pad, adjust;
  Kind kind;

  int parameters() const { return (stride > 0) + (kind == Kind::NORM ? 4 : 1); }
};

std::vector<Word> words(const Attributes &attributes) {
  std::vector<Word> all;
  std::istringstream text(attributes.at("stages"));
  Word word;
  for (std::string kind; text >> word.stride >> word.pad >> word.adjust >> kind;) {
    word.kind = kind == "norm" ? Kind::NORM : kind == "bias" ? Kind::BIAS : Kind::IMAGE;
    all.push_back(word);
  }
  return all;
}

constexpr int BEFORE = 2;  // inputs before the parameters

// The chain for some shapes of the inputs. Sets the shape of y, or MXNet's error.
template <class E>
bool describe(const Attributes &attributes, const Shapes &inputs, Chain<E> *chain, std::vector<unsigned int> *y) {
  const auto &x = inputs[0];
  if (x.size() != 4) {
    MX_ERROR_MSG << "gg_chain needs x (N, C, H, W)" << shown(x);
    return false;
  }
  chain->transposed = whole(attributes, "transpose", 0);
  chain->images = x[0], chain->pixels = static_cast<long>(x[2]) * x[3], chain->channels = x[1];
  chain->groups = whole(attributes, "groups", 1), chain->shown = whole(attributes, "channels", 1);
  chain->epsilon = real(attributes, "epsilon", 1e-5f), chain->slope = real(attributes, "slope", 0);
  chain->momentum = real(attributes, "momentum", 0.9f);
  if (chain->groups < 1 || chain->images % chain->groups) {
    MX_ERROR_MSG << "gg_chain needs x (N, C, H, W) with N a multiple of groups=" << chain->groups << shown(x);
    return false;
  }
  Shapes result{{x[0], x[2], x[3], x[1]}};
  long parameters = BEFORE;
  for (const Word &word : words(attributes)) {
    Stage stage{word.kind, word.stride > 0, {}, 0, 0, parameters - BEFORE};
    if (stage.convolves) {
      Attributes window{{"stride", std::to_string(word.stride)}, {"pad", std::to_string(word.pad)},
                        {"adjust", std::to_string(word.adjust)}, {"transpose", std::to_string(chain->transposed)}};
      Shapes given{result[0], inputs[parameters]};
      if (convolution_shapes(window, &given, &result) != MX_SUCCESS) return false;
      stage.shape = convolution_shape(window, given[0], given[1], result[0]);
    }
    stage.pixels = static_cast<long>(result[0][1]) * result[0][2], stage.channels = result[0][3];
    if (word.kind == Kind::IMAGE ? chain->shown < 1 || chain->shown > stage.channels : stage.channels % WIDTH != 0) {
      MX_ERROR_MSG << "gg_chain needs channels in multiples of " << WIDTH << ", and images of at most "
                   << stage.channels << " channels, not of " << chain->shown << shown(result[0]);
      return false;
    }
    chain->stages.push_back(stage);
    parameters += word.parameters();
  }
  unsigned channels = chain->stages.back().kind == Kind::IMAGE ? chain->shown : result[0][3];
  *y = {result[0][0], channels, result[0][1], result[0][2]};
  return true;
}

MXReturnValue chain_counts(const Attributes &attributes, int *inputs, int *outputs) {
  if (!attributes.count("stages")) {
    MX_ERROR_MSG << "gg_chain needs stages, such as '2 1 0 norm 2 1 0 image'";
    return MX_FAIL;
  }
  *inputs = BEFORE, *outputs = 2;
  for (const Word &word : words(attributes)) *inputs += word.parameters();
  return MX_SUCCESS;
}

MXReturnValue chain_types(const Attributes &, std::vector<int> *inputs, std::vector<int> *outputs) {
  for (auto *all : {inputs, outputs})
    for (int &type : *all) type = FLOAT32;
  return MX_SUCCESS;
}

MXReturnValue chain_shapes(const Attributes &attributes, Shapes *inputs, Shapes *outputs) {
  long needed = 0;
  bool described = false;
  auto done = typed(whole(attributes, "bfloat16", 0), [&](auto zero) {
    Chain<decltype(zero)> chain;
    described = describe(attributes, *inputs, &chain, &(*outputs)[0]);
    if (described) needed = chain.kept_count();
  });
  if (done != MX_SUCCESS || !described) return MX_FAIL;
  if ((*inputs)[1].size() != 1 || (*inputs)[1][0] < needed) {
    MX_ERROR_MSG << "gg_chain needs memory for " << needed << " numbers" << shown((*inputs)[1]);
    return MX_FAIL;
  }
  (*outputs)[1] = {1};
  return MX_SUCCESS;
}

MXReturnValue chain_mutated(const Attributes &attributes, std::vector<int> *mutated) {
  *mutated = {1};
  int at = BEFORE;
  for (const Word &word : words(attributes)) {
    at += word.parameters();
    if (word.kind == Kind::NORM) mutated->insert(mutated->end(), {at - 2, at - 1});
  }
  return MX_SUCCESS;
}

// Call body(chain, arrays) for the inputs x, kept, parameters, which begin at `first`, and for y.
template <class Body>
MXReturnValue chained(const Attributes &attributes, Tensors *inputs, size_t first, size_t count, MXTensor &y,
                      Body body) {
  static auto *lock = new std::mutex;  // for the memory, which a backward pass changes without MXNet's knowledge
  std::lock_guard<std::mutex> guard(*lock);
  return typed(whole(attributes, "bfloat16", 0), [&](auto zero) {
    Shapes shapes;
    Arrays arrays;
    for (size_t i = first; i < first + count; i++) {
      shapes.emplace_back((*inputs)[i].shape.begin(), (*inputs)[i].shape.end());
      if (i >= first + BEFORE) arrays.parameters.push_back(data<float>((*inputs)[i]));
    }
    arrays.x = data<float>((*inputs)[first]), arrays.kept = data<float>((*inputs)[first + 1]);
    arrays.y = data<float>(y);
    Chain<decltype(zero)> chain;
    std::vector<unsigned int> shape;
    if (!describe(attributes, shapes, &chain, &shape)) throw std::invalid_argument("gg_chain: wrong shapes");
    body(chain, arrays);
  });
}

MXReturnValue chain_forward(const Attributes &attributes, Tensors *inputs, Tensors *outputs, const OpResource &) {
  static std::atomic<unsigned> passes_so_far{0};
  float ticket = 1 + passes_so_far++ % (1 << 24);
  *data<float>((*outputs)[1]) = ticket;
  return chained(attributes, inputs, 0, inputs->size(), (*outputs)[0],
                 [&](auto &chain, Arrays &arrays) { chain.forward(arrays, ticket); });
}

// Inputs: the gradients of both outputs, the inputs, both outputs.
MXReturnValue chain_backward(const Attributes &attributes, Tensors *inputs, Tensors *outputs, const OpResource &) {
  size_t count = inputs->size() - 4;
  float ticket = *data<float>((*inputs)[count + 3]);
  return chained(attributes, inputs, 2, count, (*inputs)[count + 2], [&](auto &chain, Arrays &arrays) {
    for (size_t i = BEFORE; i < count; i++) arrays.gradients.push_back(data<float>((*outputs)[i]));
    float *dx = whole(attributes, "x_gradient", 1) ? data<float>((*outputs)[0]) : nullptr;
    chain.backward(arrays, ticket, data<float>((*inputs)[0]), dx, whole(attributes, "weight_gradient", 1));
  });
}

REGISTER_OP(gg_chain)
    .setForward(chain_forward, "cpu")
    .setBackward(chain_backward, "cpu")
    .setParseAttrs(chain_counts)
    .setInferType(chain_types)
    .setInferShape(chain_shapes)
    .setMutateInputs(chain_mutated);

}  // namespace
