#include "sketch/minhash.hpp"

#include <algorithm>
#include <limits>

#include "common/avx512.hpp"
#include "common/vectors.hpp"
#include "sketch/shingle.hpp"

namespace dupdetect {
namespace {

constexpr std::uint32_t kEmpty = std::numeric_limits<std::uint32_t>::max();

void shingle_portable(std::span<const std::uint64_t> tokens, std::size_t w,
                      std::span<std::uint64_t> out) {
    std::uint64_t rolling = 0, drop = 1;
    for (std::size_t i = 0; i < w; ++i) {
        rolling = rolling * kShingleBase + tokens[i];
        drop *= kShingleBase;
    }
    out[0] = mix64(rolling);
    for (std::size_t i = 1; i < out.size(); ++i) {
        rolling = rolling * kShingleBase + tokens[i + w - 1] - drop * tokens[i - 1];
        out[i] = mix64(rolling);
    }
}

void minima_portable(Words32 hashes, Words32 a, Words32 b, std::span<std::uint32_t> out) {
    for (std::size_t k = 0; k < out.size(); ++k) {
        std::uint32_t least = kEmpty;
        for (const std::uint32_t h : hashes) least = std::min(least, a[k] * h + b[k]);
        out[k] = least;
    }
}

#if defined(DUPDETECT_X86)
using avx512::every32, avx512::every64;

constexpr std::size_t kEight = 8;

// Vectors of minima stay in registers while all shingles pass.
__attribute__((target("avx2"))) void minima_avx2(Words32 hashes, Words32 a, Words32 b,
                                                 std::span<std::uint32_t> out) {
    constexpr std::size_t kLanes = 8, kBlock = 4 * kLanes;
    std::size_t k = 0;
    for (; k + kBlock <= out.size(); k += kBlock) {
        __m256i va[4], vb[4], least[4];
        for (std::size_t v = 0; v < 4; ++v) {
            va[v] = _mm256_loadu_si256(
                reinterpret_cast<const __m256i*>(a.subspan(k + v * kLanes, kLanes).data()));
            vb[v] = _mm256_loadu_si256(
                reinterpret_cast<const __m256i*>(b.subspan(k + v * kLanes, kLanes).data()));
            least[v] = _mm256_set1_epi32(-1);
        }
        for (const std::uint32_t h : hashes) {
            const __m256i vh = _mm256_set1_epi32(static_cast<int>(h));
            for (std::size_t v = 0; v < 4; ++v) {
                const __m256i value = _mm256_add_epi32(_mm256_mullo_epi32(va[v], vh), vb[v]);
                least[v] = _mm256_min_epu32(least[v], value);
            }
        }
        for (std::size_t v = 0; v < 4; ++v) {
            _mm256_storeu_si256(
                reinterpret_cast<__m256i*>(out.subspan(k + v * kLanes, kLanes).data()), least[v]);
        }
    }
    minima_portable(hashes, a.subspan(k), b.subspan(k), out.subspan(k));
}

DUPDETECT_AVX512 void minima_avx512(Words32 hashes, Words32 a, Words32 b,
                                    std::span<std::uint32_t> out) {
    constexpr std::size_t kLanes = 16, kBlock = 8 * kLanes;
    std::size_t k = 0;
    for (; k + kBlock <= out.size(); k += kBlock) {
        __m512i va[8], vb[8], least[8];
        for (std::size_t v = 0; v < 8; ++v) {
            va[v] = _mm512_loadu_si512(a.subspan(k + v * kLanes, kLanes).data());
            vb[v] = _mm512_loadu_si512(b.subspan(k + v * kLanes, kLanes).data());
            least[v] = every32(kEmpty);
        }
        for (const std::uint32_t h : hashes) {
            const __m512i vh = every32(h);
            for (std::size_t v = 0; v < 8; ++v) {
                const __m512i value = _mm512_add_epi32(_mm512_mullo_epi32(va[v], vh), vb[v]);
                least[v] = _mm512_min_epu32(least[v], value);
            }
        }
        for (std::size_t v = 0; v < 8; ++v) {
            _mm512_storeu_si512(out.subspan(k + v * kLanes, kLanes).data(), least[v]);
        }
    }
    minima_avx2(hashes, a.subspan(k), b.subspan(k), out.subspan(k));
}

DUPDETECT_AVX512 inline __m512i mix(__m512i h) {
    h = _mm512_mullo_epi64(_mm512_xor_si512(h, _mm512_srli_epi64(h, 33)), every64(kMixFirst));
    h = _mm512_mullo_epi64(_mm512_xor_si512(h, _mm512_srli_epi64(h, 33)), every64(kMixSecond));
    return _mm512_xor_si512(h, _mm512_srli_epi64(h, 33));
}

// Nothing is carried from shingle to shingle: a few multiplications more, but eight at a time. Of
// eight or more; the last eight overlap those before them.
DUPDETECT_AVX512 void shingle_avx512(std::span<const std::uint64_t> tokens, std::size_t w,
                                     std::span<std::uint64_t> out) {
    for (std::size_t done = 0; done < out.size(); done += kEight) {
        const std::size_t i = std::min(done, out.size() - kEight);
        __m512i sum = _mm512_loadu_si512(tokens.subspan(i, kEight).data());
        for (std::size_t k = 1; k < w; ++k) {
            const __m512i token = _mm512_loadu_si512(tokens.subspan(i + k, kEight).data());
            sum = _mm512_add_epi64(_mm512_mullo_epi64(sum, every64(kShingleBase)), token);
        }
        _mm512_storeu_si512(out.subspan(i, kEight).data(), mix(sum));
    }
}

DUPDETECT_AVX512 void mix_upper_avx512(std::span<const std::uint64_t> shingles,
                                       std::span<std::uint32_t> mixed) {
    for (std::size_t done = 0; done < mixed.size(); done += kEight) {
        const std::size_t i = std::min(done, mixed.size() - kEight);
        const __m512i all = _mm512_loadu_si512(shingles.subspan(i, kEight).data());
        __m256i h = _mm512_cvtepi64_epi32(_mm512_srli_epi64(all, 32));
        h = _mm256_xor_si256(h, _mm256_srli_epi32(h, 16));
        h = _mm256_mullo_epi32(h, _mm256_set1_epi32(static_cast<int>(kMix32First)));
        h = _mm256_xor_si256(h, _mm256_srli_epi32(h, 13));
        h = _mm256_mullo_epi32(h, _mm256_set1_epi32(static_cast<int>(kMix32Second)));
        h = _mm256_xor_si256(h, _mm256_srli_epi32(h, 16));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(mixed.subspan(i, kEight).data()), h);
    }
}
#endif

}  // namespace

void shingle(std::span<const std::uint64_t> tokens, std::size_t w,
             std::vector<std::uint64_t>& out) {
    const std::size_t width = std::min(tokens.size(), w);
    out.resize(tokens.empty() ? 0 : tokens.size() - width + 1);
    if (tokens.empty()) return;
#if defined(DUPDETECT_X86)
    constexpr std::size_t kFew = 16;
    if (width <= kFew && out.size() >= kEight && vectors() == Vectors::kAvx512) {
        return shingle_avx512(tokens, width, out);
    }
#endif
    shingle_portable(tokens, width, out);
}

void shingle_by_weight(std::span<const std::uint64_t> tokens, std::span<const std::uint8_t> single,
                       std::size_t w, std::vector<std::uint64_t>& out,
                       std::vector<std::uint32_t>& lengths) {
    out.clear();
    lengths.clear();
    const std::size_t most = (w * kWordWeight + kSingleWeight - 1) / kSingleWeight;
    std::vector<std::uint64_t> powers(most + 1, 1);
    for (std::size_t k = 1; k <= most; ++k) powers[k] = powers[k - 1] * kShingleBase;
    std::uint64_t rolling = 0;
    std::size_t weight = 0, end = 0;
    for (std::size_t first = 0; first < tokens.size(); ++first) {
        for (; weight < w * kWordWeight && end < tokens.size(); ++end) {
            rolling = rolling * kShingleBase + tokens[end];
            weight += single[end] != 0 ? kSingleWeight : kWordWeight;
        }
        if (weight < w * kWordWeight && first > 0) return;
        out.push_back(mix64(rolling));
        lengths.push_back(static_cast<std::uint32_t>(end - first));
        rolling -= powers[end - first - 1] * tokens[first];
        weight -= single[first] != 0 ? kSingleWeight : kWordWeight;
    }
}

void mix_upper(std::span<const std::uint64_t> shingles, Room<std::uint32_t>& mixed) {
    mixed.resize(shingles.size());
#if defined(DUPDETECT_X86)
    if (mixed.size() >= kEight && vectors() == Vectors::kAvx512)
        return mix_upper_avx512(shingles, mixed);
#endif
    std::transform(shingles.begin(), shingles.end(), mixed.begin(),
                   [](std::uint64_t s) { return mix32(static_cast<std::uint32_t>(s >> 32)); });
}

void minima(Words32 hashes, Words32 a, Words32 b, std::span<std::uint32_t> out) {
#if defined(DUPDETECT_X86)
    if (vectors() == Vectors::kAvx512) return minima_avx512(hashes, a, b, out);
    if (vectors() == Vectors::kAvx2) return minima_avx2(hashes, a, b, out);
#endif
    minima_portable(hashes, a, b, out);
}

}  // namespace dupdetect
