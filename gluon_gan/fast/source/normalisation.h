// Normalisation by the statistics of groups of images, followed by a (leaky) ReLU, channels last.
//
//     z = gamma (x - mean) / sqrt(variance + epsilon) + beta,    y = z where z > 0, slope z elsewhere
//
// One group is batch normalisation (Ioffe and Szegedy 2015, arXiv:1502.03167). Two groups normalise the real and the
// generated images of a batch apart, as two batches. A group for each image is instance normalisation (Ulyanov et al.
// 2016, arXiv:1607.08022). x and y are (groups * pixels, channels), with channels a multiple of 16; mean and scale,
// 1 / sqrt(variance + epsilon), are (groups, channels).
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "activations.h"

namespace gluon_gan {

struct Normalisation {
  long groups, pixels, channels;
  float epsilon, slope;

  // The sums of two values per row and channel, (2, channels): values(row, channel, first, second) computes 16 of each.
  // Sums of up to 256 rows are float32, and their sums float64.
  template <class Values>
  std::vector<double> sums(long group, Values values) const {
    std::vector<double> parts(omp_get_max_threads() * 2 * channels, 0.0);
    in_parts(pixels, [&](long thread, long begin, long end) {
      double *total = &parts[thread * 2 * channels];
      std::vector<float> some(2 * channels);
      for (long start = begin; start < end; start += 256) {
        std::fill(some.begin(), some.end(), 0.0f);
        for (long row = start; row < std::min(end, start + 256); row++)
          for (long c = 0; c < channels; c += WIDTH) {
            Vector first, second;
            values(group * pixels + row, c, first, second);
            store(&some[c], _mm512_add_ps(load(&some[c]), first));
            store(&some[channels + c], _mm512_add_ps(load(&some[channels + c]), second));
          }
        for (long c = 0; c < 2 * channels; c++) total[c] += some[c];
      }
    });
    for (long i = 2 * channels; i < static_cast<long>(parts.size()); i++) parts[i % (2 * channels)] += parts[i];
    parts.resize(2 * channels);
    return parts;
  }

  // Mean and scale of each group. Also updates the running statistics, group by group, where there are any.
  template <class E>
  void statistics(const E *x, float *mean, float *scale, float *running_mean, float *running_variance,
                  float momentum) const {
    for (long group = 0; group < groups; group++, mean += channels, scale += channels) {
      // Relative to the first pixel, so that a large mean costs the variance no digits.
      const E *origin = x + group * pixels * channels;
      auto sum = sums(group, [&](long row, long c, Vector &first, Vector &second) {
        first = _mm512_sub_ps(load(x + row * channels + c), load(origin + c));
        second = _mm512_mul_ps(first, first);
      });
      for (long c = 0; c < channels; c++) {
        double distance = sum[c] / pixels;
        double variance = std::max(0.0, sum[channels + c] / pixels - distance * distance);
        mean[c] = to_float(origin[c]) + distance;
        scale[c] = 1 / std::sqrt(variance + epsilon);
        if (running_mean) {
          running_mean[c] = momentum * running_mean[c] + (1 - momentum) * mean[c];
          running_variance[c] = momentum * running_variance[c] + (1 - momentum) * variance;
        }
      }
    }
  }

  // z = factor x + offset, (groups, channels) each.
  void coefficients(const float *gamma, const float *beta, const float *mean, const float *scale, float *factor,
                    float *offset) const {
    for (long i = 0; i < groups * channels; i++) {
      factor[i] = gamma[i % channels] * scale[i];
      offset[i] = beta[i % channels] - mean[i] * factor[i];
    }
  }

  template <class E>
  void forward(const E *x, const float *gamma, const float *beta, E *y, float *mean, float *scale, float *running_mean,
               float *running_variance, float momentum) const {
    std::vector<float> factor(groups * channels), offset(groups * channels);
    statistics(x, mean, scale, running_mean, running_variance, momentum);
    coefficients(gamma, beta, mean, scale, factor.data(), offset.data());
    Activations<E>{x, pixels * channels, factor.data(), offset.data(), channels, 1, slope}.write(0, groups, y);
  }

  // With d the gradient of z, and both sums over the pixels of a group:
  //     dbeta = sum d,   dgamma = scale sum d (x - mean),
  //     dx = gamma scale (d - dbeta / n - (x - mean) scale dgamma / n)
  // dx may be x or dy itself.
  template <class E>
  void backward(const E *dy, const E *x, const float *gamma, const float *beta, const float *mean, const float *scale,
                E *dx, float *dgamma, float *dbeta) const {
    std::vector<float> factor(channels), offset(channels), of_x(channels), constant(channels);
    std::vector<double> all_gamma(channels, 0.0), all_beta(channels, 0.0);
    Vector below = _mm512_set1_ps(slope);
    for (long group = 0; group < groups; group++, mean += channels, scale += channels) {
      for (long c = 0; c < channels; c++) {
        factor[c] = gamma[c] * scale[c];
        offset[c] = beta[c] - mean[c] * factor[c];
      }
      auto gradient = [&](long at, long c, Vector value) {
        Vector z = _mm512_fmadd_ps(value, load(&factor[c]), load(&offset[c]));
        return leaky_gradient(load(dy + at + c), z, below);
      };
      auto sum = sums(group, [&](long row, long c, Vector &first, Vector &second) {
        Vector value = load(x + row * channels + c);
        first = gradient(row * channels, c, value);
        second = _mm512_mul_ps(first, _mm512_sub_ps(value, load(mean + c)));
      });
      for (long c = 0; c < channels; c++) {
        double towards_mean = sum[c] / pixels, towards_x = sum[channels + c] * scale[c] * scale[c] / pixels;
        all_beta[c] += sum[c];
        all_gamma[c] += sum[channels + c] * scale[c];
        of_x[c] = -factor[c] * towards_x;
        constant[c] = factor[c] * (mean[c] * towards_x - towards_mean);
      }
      in_parts(pixels, [&](long, long begin, long end) {
        for (long at = (group * pixels + begin) * channels; at < (group * pixels + end) * channels; at += channels)
          for (long c = 0; c < channels; c += WIDTH) {
            Vector value = load(x + at + c), rest = _mm512_fmadd_ps(value, load(&of_x[c]), load(&constant[c]));
            store(dx + at + c, _mm512_fmadd_ps(gradient(at, c, value), load(&factor[c]), rest));
          }
      });
    }
    for (long c = 0; c < channels; c++) dgamma[c] = all_gamma[c], dbeta[c] = all_beta[c];
  }
};

// y = (leaky) ReLU of x + bias, (rows, channels).
template <class E>
void bias_forward(const E *x, const float *bias, E *y, long rows, long channels, float slope) {
  Vector below = _mm512_set1_ps(slope);
  in_parts(rows, [&](long, long begin, long end) {
    for (long at = begin * channels; at < end * channels; at += channels)
      for (long c = 0; c < channels; c += WIDTH)
        store(y + at + c, leaky(_mm512_add_ps(load(x + at + c), load(bias + c)), below));
  });
}

// From y, whose sign is that of x + bias for a slope above 0, and which is 0 exactly where x + bias <= 0 for slope 0.
// dx may be y itself.
template <class E>
void bias_backward(const E *dy, const E *y, E *dx, float *dbias, long rows, long channels, float slope) {
  Normalisation whole{1, rows, channels, 0, slope};
  Vector below = _mm512_set1_ps(slope);
  auto sum = whole.sums(0, [&](long row, long c, Vector &first, Vector &second) {
    first = leaky_gradient(load(dy + row * channels + c), load(y + row * channels + c), below);
    second = _mm512_setzero_ps();
    store(dx + row * channels + c, first);
  });
  for (long c = 0; c < channels; c++) dbias[c] = sum[c];
}

}  // namespace gluon_gan
