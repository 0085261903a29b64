// The gradient with respect to an image of a few channels, which oneDNN computes slowly, as a matrix product.
//
// The pixels of x under the kernel at one position of y are a patch of `values` = kernel * kernel * in numbers. The
// product (positions, out) (out, values) has the gradient of a patch in each row, and each pixel of dx is the sum of
// its gradients in all patches. In each row of the kernel, a patch has kernel * in consecutive numbers of x. They are
// added at once, to an image with a margin, so that no patch reaches beyond it. A transposed convolution to an image is
// computed in the same way.
#pragma once
#include <algorithm>

#include "direct.h"

namespace gluon_gan {

template <class E>
class FewChannels : public Direct<E> {
 public:
  static bool fits(const Shape &s) { return s.in <= 4; }

  explicit FewChannels(const Shape &shape)
      : Direct<E>(shape), s(shape), run(s.kernel * s.in), values(s.kernel * run),
        positions(s.out_height * s.out_width),
        columns(std::max(s.width + s.pad, (s.out_width - 1) * s.stride + s.kernel)),
        margin_size(std::max(s.height + s.pad, (s.out_height - 1) * s.stride + s.kernel) * columns * s.in) {
    while (s.images % group) group /= 2;
    product = Product(Desc({group * positions, s.out}, type_of<E>(), Tag::ab),
                      Desc({s.out, values}, type_of<E>(), Tag::ab),
                      Desc({group * positions, values}, Type::f32, Tag::ab));
  }

  void data_gradient(const Activations<E> &dy, const float *weight, E *dx) override {
    Frame frame;
    E *weights = working<E>(values * s.out);
    float *patches = working<float>(group * positions * values);
    float *sums = working<float>(group * margin_size);
    arrange(weight, weights);
    for (long first = 0; first < s.images; first += group) {
      Frame of_group;
      product(dy.images(first, group), weights, patches);
#pragma omp parallel for schedule(static)
      for (long image = 0; image < group; image++)
        add_patches(patches + image * positions * values, sums + image * margin_size,
                    dx + (first + image) * s.height * s.width * s.in);
    }
  }

 private:
  Shape s;
  long run, values, positions;
  long columns, margin_size;  // of an image with its margin
  long group = 4;             // images in one product
  Product product;

  // The weight (out, in, kernel, kernel) as (out, kernel, kernel, in).
  void arrange(const float *weight, E *to) const {
    long taps = s.kernel * s.kernel;
    for (long o = 0; o < s.out; o++)
      for (long tap = 0; tap < taps; tap++)
        for (long c = 0; c < s.in; c++) assign(to++, weight[(o * s.in + c) * taps + tap]);
  }

  // Add the gradients of the patches, (positions, values), and write the image without its margin.
  void add_patches(const float *patches, float *sums, E *dx) const {
    std::memset(sums, 0, margin_size * sizeof(float));
    for (long i = 0; i < s.out_height; i++)
      for (long j = 0; j < s.out_width; j++)
        for (long row = 0; row < s.kernel; row++, patches += run) {
          float *to = sums + ((i * s.stride + row) * columns + j * s.stride) * s.in;
          for (long at = 0; at < run; at += WIDTH) {
            __mmask16 used = run - at < WIDTH ? (1u << (run - at)) - 1 : 0xffff;
            Vector sum = _mm512_add_ps(_mm512_maskz_loadu_ps(used, to + at), _mm512_maskz_loadu_ps(used, patches + at));
            _mm512_mask_storeu_ps(to + at, used, sum);
          }
        }
    for (long h = 0; h < s.height; h++)
      for (long at = 0; at < s.width * s.in; at++)
        assign(dx + h * s.width * s.in + at, sums[((h + s.pad) * columns + s.pad) * s.in + at]);
  }
};

}  // namespace gluon_gan
