// The input of a convolution: feature maps, normalised when they are read if their normalised form is not stored.
#pragma once
#include "vectors.h"
#include "working_memory.h"

namespace gluon_gan {

// Images of `size` numbers each, channels last. With a factor, they are a convolution's result x, and stand for the
// (leaky) ReLU of factor x + offset, with a factor and an offset for each channel of each group of images.
template <class E>
struct Activations {
  const E *data;
  long size;
  const float *factor = nullptr, *offset = nullptr;  // (groups, channels)
  long channels = 0, group_images = 1;
  float slope = 1;

  // Some of the images, as they are or normalised in working memory of the current Frame.
  const E *images(long first, long count) const {
    if (!factor) return data + first * size;
    E *result = working<E>(count * size);
    write(first, count, result);
    return result;
  }

  void write(long first, long count, E *to) const {
    in_parts(count * (size / channels), [=, *this](long, long begin, long end) {
      const Vector below = _mm512_set1_ps(slope);
      const long width = channels, pixels = size / width;
      const E *from = data + (first * pixels + begin) * width;
      E *at = to + begin * width;
      for (long row = begin; row < end;) {
        long image = row / pixels, group = (first + image) / group_images;
        const float *factors = factor + group * width, *offsets = offset + group * width;
        for (long stop = std::min(end, (image + 1) * pixels); row < stop; row++, from += width, at += width)
          for (long c = 0; c < width; c += WIDTH)
            store(at + c, leaky(_mm512_fmadd_ps(load(from + c), load(factors + c), load(offsets + c)), below));
      }
    });
  }
};

}  // namespace gluon_gan
