// What all computations by oneDNN share: its engine, memory, and the shape of a convolution.
#pragma once
#include <oneapi/dnnl/dnnl.hpp>

#include <tuple>

#include "activations.h"

namespace gluon_gan {

using dnnl::memory;
using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;
using Desc = dnnl::memory::desc;

template <class E>
constexpr Type type_of() {
  return sizeof(E) == 2 ? Type::bf16 : Type::f32;
}

// Neither engine nor primitives are ever destroyed: MXNet's threads may still use them when the process ends.
inline dnnl::engine &engine() {
  static auto *shared = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *shared;
}

inline dnnl::stream &stream() {
  static thread_local auto *own = new dnnl::stream(engine());
  return *own;
}

inline memory wrap(const Desc &desc, const void *data) { return memory(desc, engine(), const_cast<void *>(data)); }

// A memory of this form in the working memory of the current Frame.
inline memory temporary(const Desc &desc) { return wrap(desc, working<char>(desc.get_size())); }

// Attributes of a primitive whose scratchpad belongs to the thread that executes it. oneDNN's own would belong to the
// primitive, and the threads of MXNet's engine share the primitives.
inline dnnl::primitive_attr shareable() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

// A product of matrices, or of equally many pairs of matrices. With `adding`, it is added to the result.
class Product {
 public:
  Product() = default;

  Product(const Desc &left, const Desc &right, const Desc &result, bool adding = false) {
    auto attributes = shareable();
    dnnl::post_ops sum;
    sum.append_sum();
    if (adding) attributes.set_post_ops(sum);
    desc = {engine(), left, right, result, attributes};
    primitive = dnnl::matmul(desc);
  }

  void operator()(const void *left, const void *right, void *result) const {
    Frame frame;
    primitive.execute(stream(), {{DNNL_ARG_SRC, wrap(desc.src_desc(), left)},
                                 {DNNL_ARG_WEIGHTS, wrap(desc.weights_desc(), right)},
                                 {DNNL_ARG_DST, wrap(desc.dst_desc(), result)},
                                 {DNNL_ARG_SCRATCHPAD, temporary(desc.scratchpad_desc())}});
  }

 private:
  dnnl::matmul::primitive_desc desc;
  dnnl::matmul primitive;
};

// A convolution from the larger side x (images, height, width, in) to the smaller side y (images, out_height,
// out_width, out), with a weight (out, in, kernel, kernel). A transposed convolution is the gradient of one with
// respect to x: its input is y and its output x.
struct Shape {
  long images, height, width, in, out_height, out_width, out, kernel, stride, pad;

  auto key() const {
    return std::make_tuple(images, height, width, in, out_height, out_width, out, kernel, stride, pad);
  }
  bool operator<(const Shape &other) const { return key() < other.key(); }
};

// The three passes of a convolution. Activations are (images, height, width, channels) of type E; weights and their
// gradients are (out, in, kernel, kernel) float32. One of the inputs may have to be normalised when it is read.
template <class E>
struct Passes {
  virtual ~Passes() = default;
  virtual void forward(const Activations<E> &x, const float *weight, E *y) = 0;
  virtual void data_gradient(const Activations<E> &dy, const float *weight, E *dx) = 0;
  virtual void weight_gradient(const Activations<E> &x, const Activations<E> &dy, float *dweight) = 0;
};

}  // namespace gluon_gan
