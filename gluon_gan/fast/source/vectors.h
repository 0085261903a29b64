// Sixteen numbers at a time: float32 or bfloat16 in memory, float32 in the registers of AVX-512.
#pragma once
#include <immintrin.h>
#include <omp.h>

#include <cstdint>
#include <cstring>

namespace gluon_gan {

// The upper half of a float32: the same exponent, and 8 bits of precision instead of 24.
struct bfloat16 {
  uint16_t bits;
};

constexpr long WIDTH = 16;  // numbers in a register
constexpr uint16_t NOT_A_NUMBER = 0x7fc0;

using Vector = __m512;

inline Vector load(const float *from) { return _mm512_loadu_ps(from); }

inline Vector load(const bfloat16 *from) {
  __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}

inline void store(float *to, Vector values) { _mm512_storeu_ps(to, values); }

// Rounds to the nearest bfloat16, ties to even.
inline void store(bfloat16 *to, Vector values) {
#ifdef __AVX512BF16__
  __m256bh rounded = _mm512_cvtneps_pbh(values);
  std::memcpy(to, &rounded, sizeof rounded);
#else
  __m512i bits = _mm512_castps_si512(values);
  __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  bits = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  __mmask16 not_a_number = _mm512_cmp_ps_mask(values, values, _CMP_UNORD_Q);
  bits = _mm512_mask_mov_epi32(bits, not_a_number, _mm512_set1_epi32(NOT_A_NUMBER << 16));
  __m256i halves = _mm512_cvtepi32_epi16(_mm512_srli_epi32(bits, 16));
  std::memcpy(to, &halves, sizeof halves);
#endif
}

inline float to_float(float value) { return value; }

inline float to_float(bfloat16 value) {
  uint32_t bits = static_cast<uint32_t>(value.bits) << 16;
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

inline void assign(float *to, float value) { *to = value; }

inline void assign(bfloat16 *to, float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  to->bits = value != value ? NOT_A_NUMBER : static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

// Values, and the chosen ones times a slope. Slope 0 gives 0, also of an infinite value.
inline Vector scaled(Vector values, __mmask16 chosen, Vector slope) {
  __mmask16 none = _mm512_cmp_ps_mask(slope, _mm512_setzero_ps(), _CMP_EQ_OQ);
  return _mm512_mask_mov_ps(_mm512_mask_mul_ps(values, chosen, values, slope), chosen & none, _mm512_setzero_ps());
}

// Values, and those below zero times a slope.
inline Vector leaky(Vector values, Vector slope) {
  return scaled(values, _mm512_cmp_ps_mask(values, _mm512_setzero_ps(), _CMP_LT_OQ), slope);
}

// The gradient of leaky(). At zero the slope is that of the negative side, as in MXNet's LeakyReLU and ReLU.
inline Vector leaky_gradient(Vector gradient, Vector values, Vector slope) {
  return scaled(gradient, _mm512_cmp_ps_mask(values, _mm512_setzero_ps(), _CMP_LE_OQ), slope);
}

// Transpose 16 x 16 numbers, each row in a register.
inline void transpose(Vector rows[16]) {
  Vector pairs[16];
  for (int i = 0; i < 16; i += 2) {
    pairs[i] = _mm512_unpacklo_ps(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_ps(rows[i], rows[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    __m512d a = _mm512_castps_pd(pairs[i]), b = _mm512_castps_pd(pairs[i + 1]);
    __m512d c = _mm512_castps_pd(pairs[i + 2]), d = _mm512_castps_pd(pairs[i + 3]);
    rows[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
    rows[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
    rows[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
    rows[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
  }
  for (int i = 0; i < 4; i++) {
    Vector a = rows[i], b = rows[i + 4], c = rows[i + 8], d = rows[i + 12];
    pairs[i] = _mm512_shuffle_f32x4(a, b, 0x88);
    pairs[i + 4] = _mm512_shuffle_f32x4(a, b, 0xdd);
    pairs[i + 8] = _mm512_shuffle_f32x4(c, d, 0x88);
    pairs[i + 12] = _mm512_shuffle_f32x4(c, d, 0xdd);
  }
  for (int i = 0; i < 4; i++) {
    rows[i] = _mm512_shuffle_f32x4(pairs[i], pairs[i + 8], 0x88);
    rows[i + 8] = _mm512_shuffle_f32x4(pairs[i], pairs[i + 8], 0xdd);
    rows[i + 4] = _mm512_shuffle_f32x4(pairs[i + 4], pairs[i + 12], 0x88);
    rows[i + 12] = _mm512_shuffle_f32x4(pairs[i + 4], pairs[i + 12], 0xdd);
  }
}

// Call body(thread, first, last) in every thread, with one contiguous part of 0..count for each. The parts depend on
// the number of threads alone, so that sums over parts have equal bits from run to run.
template <class Body>
void in_parts(long count, Body body) {
#pragma omp parallel
  {
    long thread = omp_get_thread_num(), threads = omp_get_num_threads();
    body(thread, count * thread / threads, count * (thread + 1) / threads);
  }
}

}  // namespace gluon_gan
