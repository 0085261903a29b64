// Between MXNet's layout, (images, channels, pixels) float32, and channels last, (images, pixels, channels) of type E.
#pragma once
#include <algorithm>
#include <vector>

#include "vectors.h"

namespace gluon_gan {

constexpr long BLOCK = 64;  // pixels whose channels remain in the cache

template <class E>
void to_channels_last(const float *x, E *y, long images, long channels, long pixels) {
#pragma omp parallel for collapse(2) schedule(static)
  for (long image = 0; image < images; image++)
    for (long first = 0; first < pixels; first += BLOCK)
      for (long c = 0; c < channels; c++) {
        const float *from = x + (image * channels + c) * pixels;
        E *to = y + image * channels * pixels + c;
        for (long p = first; p < std::min(pixels, first + BLOCK); p++) assign(to + p * channels, from[p]);
      }
}

template <class E>
void to_channels_first(const E *x, float *y, long images, long channels, long pixels) {
#pragma omp parallel for collapse(2) schedule(static)
  for (long image = 0; image < images; image++)
    for (long first = 0; first < pixels; first += BLOCK)
      for (long c = 0; c < channels; c++) {
        float *to = y + (image * channels + c) * pixels;
        const E *from = x + image * channels * pixels + c;
        for (long p = first; p < std::min(pixels, first + BLOCK); p++) to[p] = to_float(from[p * channels]);
      }
}

// The first `shown` channels of x (images, pixels, channels) plus a bias, as (images, shown, pixels) float32.
template <class E>
void to_image(const E *x, const float *bias, float *y, long images, long channels, long shown, long pixels) {
#pragma omp parallel for schedule(static)
  for (long image = 0; image < images; image++)
    for (long c = 0; c < shown; c++) {
      const E *from = x + image * pixels * channels + c;
      float *to = y + (image * shown + c) * pixels;
      for (long p = 0; p < pixels; p++) to[p] = to_float(from[p * channels]) + bias[c];
    }
}

// The gradients of x and of the bias; they are zero for channels that are not shown.
template <class E>
void to_image_gradient(const float *dy, E *dx, float *dbias, long images, long channels, long shown, long pixels) {
  std::vector<double> sums(images * shown);
#pragma omp parallel for schedule(static)
  for (long image = 0; image < images; image++)
    for (long c = 0; c < channels; c++) {
      const float *from = dy + (image * shown + c) * pixels;
      E *to = dx + image * pixels * channels + c;
      double sum = 0;
      for (long p = 0; p < pixels; p++) {
        float value = c < shown ? from[p] : 0;
        assign(to + p * channels, value);
        sum += value;
      }
      if (c < shown) sums[image * shown + c] = sum;
    }
  for (long c = 0; c < channels; c++) {
    double sum = 0;
    for (long image = 0; image < images && c < shown; image++) sum += sums[image * shown + c];
    dbias[c] = sum;
  }
}

}  // namespace gluon_gan
