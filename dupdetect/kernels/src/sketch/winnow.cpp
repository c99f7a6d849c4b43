#include "sketch/winnow.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include "common/avx512.hpp"
#include "common/vectors.hpp"

namespace dupdetect {
namespace {

struct Least {
    std::uint64_t value, place;

    // Takes another where `better` says so, without a branch: nobody foresees it.
    void take(bool better, Least other) {
        const std::uint64_t all = ~std::uint64_t{better} + 1;
        value ^= (value ^ other.value) & all;
        place ^= (place ^ other.place) & all;
    }
};

// Both forms write to the positions up to `selected` and a few behind, and say how many they are.
// This one cuts the text into stretches as long as a window: every window is the end of one and the
// beginning of the next (van Herk 1992).
std::size_t winnow_portable(std::span<const std::uint64_t> shingles, std::size_t width,
                            std::span<std::uint64_t> selected) {
    std::vector<Least> ends(width);
    std::uint64_t before = ~std::uint64_t{0};
    std::size_t count = 0;
    const auto select = [&](std::uint64_t place) {
        selected[count] = place;
        count += place != before;
        before = place;
    };
    for (std::size_t begin = 0; begin + width <= shingles.size(); begin += width) {
        const std::size_t next = begin + width;
        Least end{shingles[next - 1], next - 1};
        for (std::size_t k = width - 1; k > 0; --k) {
            ends[k] = end;
            const std::size_t at = begin + k - 1;
            end.take(shingles[at] < end.value, {shingles[at], at});
        }
        select(end.place);
        Least beginning{~std::uint64_t{0}, next};
        for (std::size_t k = 1; k < std::min(width, shingles.size() - next + 1); ++k) {
            const std::size_t at = next + k - 1;
            beginning.take(shingles[at] <= beginning.value, {shingles[at], at});
            Least both = ends[k];
            both.take(beginning.value <= both.value, beginning);
            select(both.place);
        }
    }
    return count;
}

constexpr std::size_t kEight = 8;

#if defined(DUPDETECT_X86)
using avx512::every64;

// Eight windows at a time: which of their shingles come next is nothing that branches foresee. Of
// eight windows or more; the last eight overlap those before them.
DUPDETECT_AVX512 std::size_t winnow_avx512(std::span<const std::uint64_t> shingles,
                                           std::size_t width, std::span<std::uint64_t> selected) {
    const std::size_t windows = shingles.size() - width + 1;
    const __m512i lanes = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
    __m512i before = every64(~std::uint64_t{0});
    std::size_t count = 0;
    for (std::size_t done = 0; done < windows; done += kEight) {
        const std::size_t first = std::min(done, windows - kEight);
        __m512i least = _mm512_loadu_si512(shingles.subspan(first, kEight).data()),
                place = every64(0);
        for (std::size_t k = 1; k < width; ++k) {
            const __m512i next = _mm512_loadu_si512(shingles.subspan(first + k, kEight).data());
            place = _mm512_mask_mov_epi64(place, _mm512_cmple_epu64_mask(next, least), every64(k));
            least = _mm512_min_epu64(least, next);
        }
        place = _mm512_add_epi64(place, _mm512_add_epi64(lanes, every64(first)));
        const __m512i earlier = _mm512_alignr_epi64(place, before, 7);
        const auto fresh = static_cast<__mmask8>(_mm512_cmpneq_epu64_mask(place, earlier) &
                                                 0xFFU << (done - first));
        _mm512_storeu_si512(selected.subspan(count, kEight).data(),
                            _mm512_maskz_compress_epi64(fresh, place));
        count += static_cast<std::size_t>(std::popcount(fresh));
        before = place;
    }
    return count;
}
#endif

}  // namespace

void winnow(std::span<const std::uint64_t> shingles, std::size_t window,
            Room<std::uint64_t>& selected) {
    selected.resize(shingles.size() + kEight);
    if (shingles.empty()) return selected.clear();
    const std::size_t width = std::min(window, shingles.size());
    auto* form = winnow_portable;
#if defined(DUPDETECT_X86)
    constexpr std::size_t kFew = 32;
    if (width <= kFew && shingles.size() - width + 1 >= kEight && vectors() == Vectors::kAvx512) {
        form = winnow_avx512;
    }
#endif
    selected.resize(form(shingles, width, selected));
}

}  // namespace dupdetect
