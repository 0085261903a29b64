// Operators of a translation's networks, channels last: reflection padding, and a feature map that is used twice.
#pragma once
#include <algorithm>

#include "vectors.h"

namespace gluon_gan {

// The row or column that is shown `offset` pixels after the first of `length`; beyond the border, its mirror image.
inline long reflected(long offset, long length) {
  offset = offset < 0 ? -offset : offset;
  return offset < length ? offset : 2 * (length - 1) - offset;
}

// x (images, height, width, channels) with `edge` more pixels on each side.
template <class E>
void pad_reflecting(const E *x, E *y, long images, long height, long width, long channels, long edge) {
  long rows = height + 2 * edge, columns = width + 2 * edge;
#pragma omp parallel for collapse(2) schedule(static)
  for (long image = 0; image < images; image++)
    for (long i = 0; i < rows; i++) {
      const E *from = x + (image * height + reflected(i - edge, height)) * width * channels;
      E *to = y + (image * rows + i) * columns * channels;
      for (long j = 0; j < columns; j++)
        std::memcpy(to + j * channels, from + reflected(j - edge, width) * channels, channels * sizeof(E));
    }
}

// The sum of up to nine arrays.
template <class E>
void sum_of(const E *const from[9], int count, E *to, long length) {
  long at = 0;
  for (; at + WIDTH <= length; at += WIDTH) {
    Vector sum = load(from[0] + at);
    for (int i = 1; i < count; i++) sum = _mm512_add_ps(sum, load(from[i] + at));
    store(to + at, sum);
  }
  for (; at < length; at++) {
    float sum = 0;
    for (int i = 0; i < count; i++) sum += to_float(from[i][at]);
    assign(to + at, sum);
  }
}

// The gradient of x: each pixel has the sum of the gradients of its copies, at most three along each axis.
template <class E>
void pad_reflecting_gradient(const E *dy, E *dx, long images, long height, long width, long channels, long edge) {
  long rows = height + 2 * edge, columns = width + 2 * edge;
  auto copies = [edge](long at, long length, long places[3]) {
    int count = 0;
    places[count++] = at + edge;
    if (at > 0 && at <= edge) places[count++] = edge - at;
    if (at < length - 1 && at >= length - 1 - edge) places[count++] = 2 * (length - 1) - at + edge;
    return count;
  };
#pragma omp parallel for collapse(2) schedule(static)
  for (long image = 0; image < images; image++)
    for (long h = 0; h < height; h++) {
      long above[3], beside[3];
      int row_count = copies(h, height, above);
      for (long w = 0; w < width; w++) {
        int column_count = copies(w, width, beside);
        E *to = dx + ((image * height + h) * width + w) * channels;
        const E *from[9];
        int count = 0;
        for (int i = 0; i < row_count; i++)
          for (int j = 0; j < column_count; j++)
            from[count++] = dy + ((image * rows + above[i]) * columns + beside[j]) * channels;
        sum_of(from, count, to, channels);
      }
    }
}

template <class E>
void add(const E *x, const E *y, E *sum, long count) {
  in_parts(count / WIDTH, [&](long, long begin, long end) {
    for (long at = begin * WIDTH; at < end * WIDTH; at += WIDTH)
      store(sum + at, _mm512_add_ps(load(x + at), load(y + at)));
  });
  for (long at = count / WIDTH * WIDTH; at < count; at++) assign(sum + at, to_float(x[at]) + to_float(y[at]));
}

}  // namespace gluon_gan
