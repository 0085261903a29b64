// A chain of convolutions, each followed by a normalisation or a bias and a (leaky) ReLU: most of a DCGAN's network.
//
// Its backward pass needs the result of each convolution. Everything else is computed again from it: the normalised
// feature maps are the input of a convolution only, which normalises them in small parts when it reads them. The
// results lie in memory that the forward pass fills and the backward pass uses up: the gradient of each replaces it.
#pragma once
#include "layout.h"
#include "normalisation.h"
#include "passes.h"

namespace gluon_gan {

enum class Kind { NORM, BIAS, IMAGE };

// One stage: a convolution, unless it is the first stage and has none, and what follows it.
struct Stage {
  Kind kind;
  bool convolves;
  Shape shape;            // of the convolution
  long pixels, channels;  // of its result, for each image
  long parameters;        // the number of the first of its parameters

  long size() const { return pixels * channels; }
};

// The pointers of a pass. x and its gradient are (images, channels, pixels); the parameters of a stage are its weight,
// if it convolves, and gamma, beta, the running mean and variance, or the bias.
struct Arrays {
  const float *x;
  std::vector<float *> parameters, gradients;
  float *y, *kept;
};

template <class E>
class Chain {
 public:
  std::vector<Stage> stages;
  bool transposed;
  long images, groups, pixels, channels, shown;  // pixels and channels of x; channels of an image that are shown
  float epsilon, slope, momentum;

  // The number of float32 in the memory between both passes.
  long kept_count() const { return place(stages.size(), true); }

  // Without `updating`, the running statistics remain as they are, and there is no y.
  void forward(const Arrays &a, float ticket, bool updating = true) const {
    Frame frame;
    a.kept[0] = ticket;
    for (size_t i = 0; i < stages.size(); i++) {
      Frame of_stage;
      const Stage &stage = stages[i];
      float *const *own = &a.parameters[stage.parameters];
      E *result = stage.kind == Kind::IMAGE ? working<E>(images * stage.size()) : convolved(a, i);
      if (stage.kind == Kind::IMAGE && !updating) break;
      if (!stage.convolves)
        to_channels_last(a.x, result, images, channels, pixels);
      else if (transposed)
        passes<E>(stage.shape).data_gradient(input(a, i), *own++, result);
      else
        passes<E>(stage.shape).forward(input(a, i), *own++, result);
      if (stage.kind == Kind::NORM)
        normalisation(stage).statistics(result, mean(a, i), scale(a, i), updating ? own[2] : nullptr, own[3], momentum);
      else if (stage.kind == Kind::BIAS)
        bias_forward(result, own[0], result, images * stage.pixels, stage.channels, slope);
      else
        to_image(result, own[0], a.y, images, stage.channels, shown, stage.pixels);
    }
    const Stage &last = stages.back();
    if (last.kind != Kind::IMAGE && updating)
      to_channels_first(output(a, stages.size() - 1).images(0, images), a.y, images, last.channels, last.pixels);
  }

  // dy is the gradient of y, and dx that of x, or null if it is not wanted. If another forward pass has used the memory
  // since, this one is computed again.
  void backward(const Arrays &a, float ticket, const float *dy, float *dx, bool weight_gradient) const {
    Frame frame;
    if (a.kept[0] != ticket) forward(a, ticket, false);
    a.kept[0] = 0;
    const Stage &last = stages.back();
    const E *gradient;  // of the result of the current convolution
    if (last.kind == Kind::IMAGE) {
      E *result = working<E>(images * last.size());
      float *dbias = a.gradients[last.parameters + last.convolves];
      to_image_gradient(dy, result, dbias, images, last.channels, shown, last.pixels);
      gradient = result;
    } else {
      Frame of_stage;
      E *given = working<E>(images * last.size());
      to_channels_last(dy, given, images, last.channels, last.pixels);
      gradient = before(a, stages.size() - 1, given);
    }
    for (long i = stages.size() - 1; i >= 0; i--) {
      Frame of_stage;
      const Stage &stage = stages[i];
      if (!stage.convolves) {
        if (dx) to_channels_first(gradient, dx, images, channels, pixels);
        break;
      }
      auto &pass = passes<E>(stage.shape);
      Activations<E> of_result{gradient, stage.size()};
      if (weight_gradient) {
        Frame of_weight;
        float *dweight = a.gradients[stage.parameters];
        if (transposed)
          pass.weight_gradient(of_result, input(a, i), dweight);
        else
          pass.weight_gradient(input(a, i), of_result, dweight);
      }
      if (!i && !dx) break;
      E *of_input = working<E>(images * (i ? stages[i - 1].size() : pixels * channels));
      if (transposed)
        pass.forward(of_result, a.parameters[stage.parameters], of_input);
      else
        pass.data_gradient(of_result, a.parameters[stage.parameters], of_input);
      if (i)
        gradient = before(a, i - 1, of_input);
      else
        to_channels_first(of_input, dx, images, channels, pixels);
    }
  }

 private:
  static long rounded(long count) {  // to pages
    constexpr long numbers = PAGE / sizeof(float);
    return (count + numbers - 1) / numbers * numbers;
  }

  // Where in the memory the result of a convolution begins, and after all of them mean and scale of each stage. Each
  // result begins at the same distance from a page as the memory itself (see WorkingMemory), so the ticket has a page.
  long place(size_t stage, bool of_statistics) const {
    long at = rounded(1);
    for (size_t i = 0; i < (of_statistics ? stages.size() : stage); i++)
      if (stages[i].kind != Kind::IMAGE) at += rounded(images * stages[i].size() * sizeof(E) / sizeof(float));
    for (size_t i = 0; of_statistics && i < stage; i++) at += 2 * groups * stages[i].channels;
    return at;
  }

  E *convolved(const Arrays &a, size_t i) const { return reinterpret_cast<E *>(a.kept + place(i, false)); }
  float *mean(const Arrays &a, size_t i) const { return a.kept + place(i, true); }
  float *scale(const Arrays &a, size_t i) const { return mean(a, i) + groups * stages[i].channels; }

  Normalisation normalisation(const Stage &stage) const {
    return {groups, images * stage.pixels / groups, stage.channels, epsilon, slope};
  }

  // What a stage passes on. A bias and its ReLU were stored, and a normalisation is computed when it is read.
  Activations<E> output(const Arrays &a, size_t i) const {
    const Stage &stage = stages[i];
    if (stage.kind == Kind::BIAS) return {convolved(a, i), stage.size()};
    float *const *own = &a.parameters[stage.parameters + stage.convolves];
    float *factor = working<float>(groups * stage.channels), *offset = working<float>(groups * stage.channels);
    normalisation(stage).coefficients(own[0], own[1], mean(a, i), scale(a, i), factor, offset);
    return {convolved(a, i), stage.size(), factor, offset, stage.channels, images / groups, slope};
  }

  Activations<E> input(const Arrays &a, size_t i) const {
    if (i) return output(a, i - 1);
    E *x = working<E>(images * pixels * channels);
    to_channels_last(a.x, x, images, channels, pixels);
    return {x, pixels * channels};
  }

  // From the gradient of what a stage passes on to that of its convolution's result, which it replaces.
  E *before(const Arrays &a, size_t i, const E *gradient) const {
    const Stage &stage = stages[i];
    float *const *given = &a.parameters[stage.parameters + stage.convolves];
    float *const *wanted = &a.gradients[stage.parameters + stage.convolves];
    E *result = convolved(a, i);
    if (stage.kind == Kind::BIAS) {
      bias_backward(gradient, result, result, wanted[0], images * stage.pixels, stage.channels, slope);
    } else {
      normalisation(stage).backward(gradient, result, given[0], given[1], mean(a, i), scale(a, i), result, wanted[0],
                                    wanted[1]);
      for (int statistic : {2, 3}) std::memset(wanted[statistic], 0, stage.channels * sizeof(float));
    }
    return result;
  }
};

}  // namespace gluon_gan
