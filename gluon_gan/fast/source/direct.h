// Convolutions of any kernel, stride and size by oneDNN, channels last, with bfloat16 or float32 activations.
//
// The gradient of the weights in bfloat16, of many channels, is computed in another way, because oneDNN 2023.2 is slow:
// one matrix product for each of the kernel's taps.
#pragma once
#include <algorithm>
#include <stdexcept>
#include <string>

#include "onednn.h"

namespace gluon_gan {

template <class E>
class Direct : public Passes<E> {
 public:
  explicit Direct(const Shape &shape) : s(shape) {
    // oneDNN 2023.2 computes a wrong gradient of the weights then. No network here has such a layer.
    if (sizeof(E) == 2 && s.stride > 1 && s.width == 1)
      throw std::invalid_argument("a convolution of x with a width of 1 and stride " + std::to_string(s.stride) +
                                  " is not supported in bfloat16: use float32");
    memory::dims x{s.images, s.in, s.height, s.width}, y{s.images, s.out, s.out_height, s.out_width};
    memory::dims weight{s.out, s.in, s.kernel, s.kernel}, strides{s.stride, s.stride}, before{s.pad, s.pad};
    // The padding after the last row and column follows from the sizes. It is negative where they are not reached.
    memory::dims after{(s.out_height - 1) * s.stride + s.kernel - s.height - s.pad,
                       (s.out_width - 1) * s.stride + s.kernel - s.width - s.pad};
    Desc source(x, type_of<E>(), Tag::nhwc), target(y, type_of<E>(), Tag::nhwc);
    Desc any(weight, type_of<E>(), Tag::any), any_float(weight, Type::f32, Tag::any);
    plain = Desc(weight, Type::f32, Tag::oihw);
    auto own = shareable();
    auto algorithm = dnnl::algorithm::convolution_direct;
    forward_desc = {engine(), dnnl::prop_kind::forward_training, algorithm, source, any, target, strides, before, after,
                    own};
    data_desc = {engine(), algorithm, source, any, target, strides, before, after, forward_desc, own};
    weight_desc = {engine(), algorithm, source, any_float, target, strides, before, after, forward_desc, own};
    forward_pass = dnnl::convolution_forward(forward_desc);
    data_pass = dnnl::convolution_backward_data(data_desc);
    weight_pass = dnnl::convolution_backward_weights(weight_desc);
    if (sizeof(E) == 2 && s.in >= 128 && s.out >= WIDTH) prepare_taps();
  }

  void forward(const Activations<E> &x, const float *weight, E *y) override {
    Frame frame;
    forward_pass.execute(stream(), {{DNNL_ARG_SRC, wrap(forward_desc.src_desc(), x.images(0, s.images))},
                                    {DNNL_ARG_WEIGHTS, reordered(weight, forward_desc.weights_desc())},
                                    {DNNL_ARG_DST, wrap(forward_desc.dst_desc(), y)},
                                    {DNNL_ARG_SCRATCHPAD, temporary(forward_desc.scratchpad_desc())}});
  }

  void data_gradient(const Activations<E> &dy, const float *weight, E *dx) override {
    Frame frame;
    data_pass.execute(stream(), {{DNNL_ARG_DIFF_DST, wrap(data_desc.diff_dst_desc(), dy.images(0, s.images))},
                                 {DNNL_ARG_WEIGHTS, reordered(weight, data_desc.weights_desc())},
                                 {DNNL_ARG_DIFF_SRC, wrap(data_desc.diff_src_desc(), dx)},
                                 {DNNL_ARG_SCRATCHPAD, temporary(data_desc.scratchpad_desc())}});
  }

  void weight_gradient(const Activations<E> &all_x, const Activations<E> &all_dy, float *dweight) override {
    Frame frame;
    const E *x = all_x.images(0, s.images), *dy = all_dy.images(0, s.images);
    if (by_taps) return weight_gradient_by_taps(x, dy, dweight);
    Desc desc = weight_desc.diff_weights_desc();
    auto result = temporary(desc), wanted = wrap(plain, dweight);
    weight_pass.execute(stream(), {{DNNL_ARG_SRC, wrap(weight_desc.src_desc(), x)},
                                   {DNNL_ARG_DIFF_DST, wrap(weight_desc.diff_dst_desc(), dy)},
                                   {DNNL_ARG_DIFF_WEIGHTS, result},
                                   {DNNL_ARG_SCRATCHPAD, temporary(weight_desc.scratchpad_desc())}});
    dnnl::reorder(result, wanted).execute(stream(), result, wanted);
  }

 private:
  Shape s;
  Desc plain;
  dnnl::convolution_forward::primitive_desc forward_desc;
  dnnl::convolution_backward_data::primitive_desc data_desc;
  dnnl::convolution_backward_weights::primitive_desc weight_desc;
  dnnl::primitive forward_pass, data_pass, weight_pass;
  bool by_taps = false;
  Product tap_product;

  memory reordered(const float *weight, const Desc &desc) {
    auto given = wrap(plain, weight), result = temporary(desc);
    dnnl::reorder(given, result).execute(stream(), given, result);
    return result;
  }

  void prepare_taps() {
    long pixels = s.images * s.out_height * s.out_width;
    by_taps = true;
    tap_product = Product(Desc({s.out, pixels}, type_of<E>(), Tag::ab), Desc({pixels, s.in}, type_of<E>(), Tag::ab),
                          Desc({s.out, s.in}, Type::f32, Tag::ab));
  }

  // For each tap, the pixels of x that it meets are collected, and multiplied by the transposed dy.
  void weight_gradient_by_taps(const E *x, const E *dy, float *dweight) {
    long pixels = s.images * s.out_height * s.out_width, count = s.kernel * s.kernel;
    E *transposed = working<E>(s.out * pixels), *met = working<E>(pixels * s.in);
    float *products = working<float>(count * s.out * s.in);
    auto given = wrap(Desc({s.out, pixels}, type_of<E>(), Tag::ba), dy);
    auto turned = wrap(Desc({s.out, pixels}, type_of<E>(), Tag::ab), transposed);
    dnnl::reorder(given, turned).execute(stream(), given, turned);
    for (long tap = 0; tap < count; tap++) {
      collect(x, tap / s.kernel, tap % s.kernel, met);
      tap_product(transposed, met, products + tap * s.out * s.in);
    }
#pragma omp parallel for schedule(static)
    for (long pair = 0; pair < s.out * s.in; pair++)
      for (long tap = 0; tap < count; tap++) dweight[pair * count + tap] = products[tap * s.out * s.in + pair];
  }

  void collect(const E *x, long row, long column, E *met) {
#pragma omp parallel for collapse(2) schedule(static)
    for (long image = 0; image < s.images; image++)
      for (long i = 0; i < s.out_height; i++) {
        long h = i * s.stride + row - s.pad;
        for (long j = 0; j < s.out_width; j++) {
          long w = j * s.stride + column - s.pad;
          E *to = met + ((image * s.out_height + i) * s.out_width + j) * s.in;
          bool inside = h >= 0 && h < s.height && w >= 0 && w < s.width;
          if (inside)
            std::memcpy(to, x + ((image * s.height + h) * s.width + w) * s.in, s.in * sizeof(E));
          else
            std::memset(to, 0, s.in * sizeof(E));
        }
      }
  }
};

}  // namespace gluon_gan
