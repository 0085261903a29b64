// A 4x4 convolution of stride 2 with 9 products instead of 16 (Lavin and Gray 2016, "Fast algorithms for convolutional
// neural networks", arXiv:1509.09308: minimal filtering F(2, 2), nested in two dimensions).
//
// Along one axis, stride 2 separates the pixels of x into two phases a of x_a[i] = x[2i + a - 1], each with two taps:
//
//     y[i] = sum over a of    w[a] x_a[i] + w[a + 2] x_a[i + 1]
//
// Two outputs of a phase with taps g0, g1 and pixels d0, d1, d2 take three products instead of four:
//
//     m0 = g0 (d0 - d1),  m1 = (g0 + g1) d1,  m2 = g1 (d1 - d2);    y0 = m0 + m1,  y1 = m1 - m2
//
// In two dimensions, a tile of 2 x 2 outputs has 4 phases, and 9 products for each. Each product is one of matrices
// over all channels: for x (images, 2H, 2W, in), y (images, H, W, out) and tiles = images * H/2 * W/2,
//
//     forward           (tiles, 4 in) (4 in, out),   9 products; the sum over the phases is part of each
//     gradient of x     (tiles, out) (out, in),     36 products: 9 for each phase
//     gradient of w     (4 in, tiles) (tiles, out),  9 products
//
// The gradients have the same form: dx_a[i] = w[a] dy[i] + w[a + 2] dy[i - 1] has the taps (w[a + 2], w[a]), and the
// two taps' gradients are two outputs whose taps are dy[i] and dy[i + 1].
#pragma once
#include <algorithm>

#include "onednn.h"

namespace gluon_gan {

// The three transformed values (g0, g0 + g1, g1) of two taps, in both dimensions: to[3 i + j] at a distance of `step`.
template <class E>
inline void transform_taps(Vector g00, Vector g01, Vector g10, Vector g11, E *to, long step) {
  Vector column0 = _mm512_add_ps(g00, g10), column1 = _mm512_add_ps(g01, g11);
  const Vector values[3][2] = {{g00, g01}, {column0, column1}, {g10, g11}};
  for (int i = 0; i < 3; i++, to += 3 * step) {
    store(to, values[i][0]);
    store(to + step, _mm512_add_ps(values[i][0], values[i][1]));
    store(to + 2 * step, values[i][1]);
  }
}

// Point to 3 x 3 pixels of an image (height, width, channels), `apart` rows and columns from each other, the first at
// (h, w). Pixels outside are null pointers.
template <class E>
inline void find_pixels(const E *image, long height, long width, long channels, long h, long w, long apart,
                        const E *pixels[3][3]) {
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      long row = h + i * apart, column = w + j * apart;
      bool inside = row >= 0 && row < height && column >= 0 && column < width;
      pixels[i][j] = inside ? image + (row * width + column) * channels : nullptr;
    }
}

// The transformed values (d0 - d1, d1, d1 - d2) of 3 x 3 pixels of all channels. A null pointer is a pixel of zeros.
template <class E>
inline void transform_pixels(const E *const pixels[3][3], long channels, E *to, long step) {
  const Vector zero = _mm512_setzero_ps();
  for (long c = 0; c < channels; c += WIDTH) {
    Vector rows[3][3];
    for (int i = 0; i < 3; i++) {
      Vector d0 = pixels[i][0] ? load(pixels[i][0] + c) : zero, d1 = pixels[i][1] ? load(pixels[i][1] + c) : zero;
      Vector d2 = pixels[i][2] ? load(pixels[i][2] + c) : zero;
      rows[i][0] = _mm512_sub_ps(d0, d1);
      rows[i][1] = d1;
      rows[i][2] = _mm512_sub_ps(d1, d2);
    }
    for (int j = 0; j < 3; j++) {
      store(to + j * step + c, _mm512_sub_ps(rows[0][j], rows[1][j]));
      store(to + (3 + j) * step + c, rows[1][j]);
      store(to + (6 + j) * step + c, _mm512_sub_ps(rows[1][j], rows[2][j]));
    }
  }
}

// The 2 x 2 outputs (m0 + m1, m1 - m2) of 9 products.
inline void outputs(const float *products, long step, Vector y[2][2]) {
  Vector rows[3][2];
  for (int i = 0; i < 3; i++, products += 3 * step) {
    Vector m0 = load(products), m1 = load(products + step), m2 = load(products + 2 * step);
    rows[i][0] = _mm512_add_ps(m0, m1);
    rows[i][1] = _mm512_sub_ps(m1, m2);
  }
  for (int j = 0; j < 2; j++) {
    y[0][j] = _mm512_add_ps(rows[0][j], rows[1][j]);
    y[1][j] = _mm512_sub_ps(rows[1][j], rows[2][j]);
  }
}

template <class E>
class MinimalFiltering : public Passes<E> {
 public:
  static bool fits(const Shape &s) {
    return s.kernel == 4 && s.stride == 2 && s.pad == 1 && s.in % WIDTH == 0 && s.out % WIDTH == 0 &&
           s.out_height % 2 == 0 && s.out_width % 2 == 0 && s.height == 2 * s.out_height && s.width == 2 * s.out_width;
  }

  explicit MinimalFiltering(const Shape &shape)
      : s(shape), rows(s.out_height / 2), columns(s.out_width / 2), forward_images(group(FORWARD_TILES)),
        data_images(group(DATA_TILES)), weight_images(group(WEIGHT_BYTES / (36 * s.in * sizeof(E)))) {
    long tiles = forward_images * rows * columns, data_tiles = data_images * rows * columns;
    long weight_tiles = weight_images * rows * columns;
    Type type = type_of<E>();
    forward_product = Product(Desc({9, tiles, 4 * s.in}, type, Tag::abc), Desc({9, 4 * s.in, s.out}, type, Tag::abc),
                              Desc({9, tiles, s.out}, Type::f32, Tag::abc));
    data_product = Product(Desc({36, data_tiles, s.out}, type, Tag::abc), Desc({36, s.out, s.in}, type, Tag::abc),
                           Desc({36, data_tiles, s.in}, Type::f32, Tag::abc));
    for (bool adding : {false, true})
      (adding ? further_weight_product : first_weight_product) =
          Product(Desc({9, 4 * s.in, weight_tiles}, type, Tag::acb), Desc({9, weight_tiles, s.out}, type, Tag::abc),
                  Desc({9, 4 * s.in, s.out}, Type::f32, Tag::abc), adding);
  }

  void forward(const Activations<E> &x, const float *weight, E *y) override {
    Frame frame;
    long tiles = forward_images * rows * columns;
    E *taps = working<E>(36 * s.in * s.out), *pixels = working<E>(36 * tiles * s.in);
    float *products = working<float>(9 * tiles * s.out);
    forward_taps(weight, taps);
    for (long first = 0; first < s.images; first += forward_images) {
      Frame of_group;
      input_tiles(x.images(first, forward_images), forward_images, pixels);
      forward_product(pixels, taps, products);
#pragma omp parallel for collapse(3) schedule(static)
      for (long image = 0; image < forward_images; image++)
        for (long u = 0; u < rows; u++)
          for (long v = 0; v < columns; v++) {
            const float *from = products + ((image * rows + u) * columns + v) * s.out;
            E *to = y + (((first + image) * s.out_height + 2 * u) * s.out_width + 2 * v) * s.out;
            write_outputs(from, tiles * s.out, s.out, to, s.out_width * s.out, s.out);
          }
    }
  }

  void data_gradient(const Activations<E> &dy, const float *weight, E *dx) override {
    Frame frame;
    long tiles = data_images * rows * columns;
    E *taps = working<E>(36 * s.in * s.out), *pixels = working<E>(36 * tiles * s.out);
    float *products = working<float>(36 * tiles * s.in);
    data_taps(weight, taps);
    for (long first = 0; first < s.images; first += data_images) {
      Frame of_group;
      gradient_tiles(dy.images(first, data_images), pixels);
      data_product(pixels, taps, products);
#pragma omp parallel for collapse(3) schedule(static)
      for (long image = 0; image < data_images; image++)
        for (long u = 0; u < rows; u++)
          for (long v = 0; v < columns; v++)
            for (int phase = 0; phase < 4; phase++) {
              // Phase 0 of an axis holds the odd rows 2i + 1 of x, phase 1 the even rows 2i.
              long h = 4 * u + 1 - phase / 2, w = 4 * v + 1 - phase % 2;
              const float *from = products + (phase * 9 * tiles + (image * rows + u) * columns + v) * s.in;
              E *to = dx + (((first + image) * s.height + h) * s.width + w) * s.in;
              write_outputs(from, tiles * s.in, s.in, to, 2 * s.width * s.in, 2 * s.in);
            }
    }
  }

  void weight_gradient(const Activations<E> &x, const Activations<E> &dy, float *dweight) override {
    Frame frame;
    long tiles = weight_images * rows * columns;
    E *pixels = working<E>(36 * tiles * s.in), *taps = working<E>(9 * tiles * s.out);
    float *products = working<float>(36 * s.in * s.out);
    for (long first = 0; first < s.images; first += weight_images) {
      Frame of_group;
      input_tiles(x.images(first, weight_images), weight_images, pixels);
      const E *some_dy = dy.images(first, weight_images);
#pragma omp parallel for collapse(3) schedule(static)
      for (long image = 0; image < weight_images; image++)
        for (long u = 0; u < rows; u++)
          for (long v = 0; v < columns; v++) {
            const E *from = some_dy + ((image * s.out_height + 2 * u) * s.out_width + 2 * v) * s.out;
            E *to = taps + ((image * rows + u) * columns + v) * s.out;
            for (long o = 0; o < s.out; o += WIDTH, from += WIDTH, to += WIDTH) {
              const E *below = from + s.out_width * s.out;
              transform_taps(load(from), load(from + s.out), load(below), load(below + s.out), to, tiles * s.out);
            }
          }
      (first ? further_weight_product : first_weight_product)(pixels, taps, products);
    }
    write_weight_gradient(products, dweight);
  }

 private:
  // Tiles in one product: enough for the product to be fast, and few enough for them to remain in the cache. A product
  // for the weights sums over its tiles, so it has as many as its working memory holds.
  static constexpr long FORWARD_TILES = 384, DATA_TILES = 256, WEIGHT_BYTES = 24 << 20;

  Shape s;
  long rows, columns;  // of tiles in an image
  long forward_images, data_images, weight_images;
  Product forward_product, data_product, first_weight_product, further_weight_product;

  // The number of images with about this number of tiles. It divides the number of images.
  long group(long tiles) const {
    long images = std::max(1L, std::min(s.images, tiles / (rows * columns)));
    while (s.images % images) images--;
    return images;
  }

  static void write_outputs(const float *products, long step, long channels, E *to, long row, long column) {
    for (long c = 0; c < channels; c += WIDTH) {
      Vector y[2][2];
      outputs(products + c, step, y);
      for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) store(to + i * row + j * column + c, y[i][j]);
    }
  }

  // The pixels of some images of x: (9, tiles, phase, in).
  void input_tiles(const E *x, long images, E *to) {
    long step = images * rows * columns * 4 * s.in;
#pragma omp parallel for collapse(3) schedule(static)
    for (long image = 0; image < images; image++)
      for (long u = 0; u < rows; u++)
        for (long v = 0; v < columns; v++)
          for (int phase = 0; phase < 4; phase++) {
            const E *pixels[3][3];
            find_pixels(x + image * s.height * s.width * s.in, s.height, s.width, s.in, 4 * u + phase / 2 - 1,
                        4 * v + phase % 2 - 1, 2, pixels);
            transform_pixels(pixels, s.in, to + (((image * rows + u) * columns + v) * 4 + phase) * s.in, step);
          }
  }

  // The pixels of dy: (phase, 9, tiles, out).
  void gradient_tiles(const E *dy, E *to) {
    long tiles = data_images * rows * columns;
#pragma omp parallel for collapse(3) schedule(static)
    for (long image = 0; image < data_images; image++)
      for (long u = 0; u < rows; u++)
        for (long v = 0; v < columns; v++)
          for (int phase = 0; phase < 4; phase++) {
            const E *pixels[3][3];
            find_pixels(dy + image * s.out_height * s.out_width * s.out, s.out_height, s.out_width, s.out,
                        2 * u - phase / 2, 2 * v - phase % 2, 1, pixels);
            transform_pixels(pixels, s.out, to + (phase * 9 * tiles + (image * rows + u) * columns + v) * s.out,
                             tiles * s.out);
          }
  }

  // The weight (out, in, 16) as (9, phase, in, out).
  void forward_taps(const float *weight, E *to) {
#pragma omp parallel for collapse(2) schedule(static)
    for (long o = 0; o < s.out; o += WIDTH)
      for (long c = 0; c < s.in; c++) {
        Vector taps[16];  // each for 16 channels of y
        for (int i = 0; i < 16; i++) taps[i] = load(weight + ((o + i) * s.in + c) * 16);
        transpose(taps);
        for (int phase = 0; phase < 4; phase++) {
          const Vector *g = taps + phase / 2 * 4 + phase % 2;
          transform_taps(g[0], g[2], g[8], g[10], to + (phase * s.in + c) * s.out + o, 4 * s.in * s.out);
        }
      }
  }

  // The weight as (phase, 9, out, in), with the taps in reverse order.
  void data_taps(const float *weight, E *to) {
#pragma omp parallel for collapse(2) schedule(static)
    for (long o = 0; o < s.out; o++)
      for (long c = 0; c < s.in; c += WIDTH) {
        Vector taps[16];  // each for 16 channels of x
        for (int i = 0; i < 16; i++) taps[i] = load(weight + (o * s.in + c + i) * 16);
        transpose(taps);
        for (int phase = 0; phase < 4; phase++) {
          const Vector *g = taps + phase / 2 * 4 + phase % 2;
          transform_taps(g[10], g[8], g[2], g[0], to + phase * 9 * s.out * s.in + o * s.in + c, s.out * s.in);
        }
      }
  }

  // From products (9, phase, in, out) to the gradient (out, in, 16).
  void write_weight_gradient(const float *products, float *dweight) {
#pragma omp parallel for collapse(2) schedule(static)
    for (long o = 0; o < s.out; o += WIDTH)
      for (long c = 0; c < s.in; c++) {
        Vector taps[16];
        for (int phase = 0; phase < 4; phase++) {
          Vector g[2][2], *tap = taps + phase / 2 * 4 + phase % 2;
          outputs(products + (phase * s.in + c) * s.out + o, 4 * s.in * s.out, g);
          tap[0] = g[0][0], tap[2] = g[0][1], tap[8] = g[1][0], tap[10] = g[1][1];
        }
        transpose(taps);
        for (int i = 0; i < 16; i++) store(dweight + ((o + i) * s.in + c) * 16, taps[i]);
      }
  }
};

}  // namespace gluon_gan
