#include "align/gap.hpp"

#include <algorithm>
#include <bit>

#include "common/platform.hpp"
#include "common/vectors.hpp"

namespace dupdetect {
namespace {

constexpr std::uint8_t kNever = 255;

using Letters = std::span<const std::uint64_t>;
using Sizes = std::span<const std::uint8_t>;

// Which of up to 64 words are one, bit by bit.
std::uint64_t equal(std::uint32_t word, std::span<const std::uint32_t> words) {
#if defined(DUPDETECT_X86)
    if (vectors() == Vectors::kAvx512) return avx512::equal(word, words);
#endif
    std::uint64_t bits = 0;
    for (std::size_t c = 0; c < words.size(); ++c) bits |= std::uint64_t{words[c] == word} << c;
    return bits;
}

// Which of up to 64 words share enough letter pairs with one, bit by bit.
template <typename Count>
inline __attribute__((always_inline)) std::uint64_t alike(std::uint64_t mask, Letters letters,
                                                          std::span<const std::uint8_t> least,
                                                          Sizes sizes, Count&& count) {
    std::uint64_t bits = 0;
    for (std::size_t c = 0; c < letters.size(); ++c)
        bits |= std::uint64_t{count(mask & letters[c]) >= least[sizes[c]]} << c;
    return bits;
}

std::uint64_t alike_portable(std::uint64_t mask, Letters letters,
                             std::span<const std::uint8_t> least, Sizes sizes) {
    return alike(mask, letters, least, sizes, [](std::uint64_t bits) { return count_bits(bits); });
}

#if defined(__x86_64__)
__attribute__((target("avx2,popcnt"))) std::uint64_t alike_avx2(std::uint64_t mask, Letters letters,
                                                                std::span<const std::uint8_t> least,
                                                                Sizes sizes) {
    std::uint64_t bits = 0;
    for (std::size_t c = 0; c < letters.size(); ++c) {
        const auto both = static_cast<std::size_t>(__builtin_popcountll(mask & letters[c]));
        bits |= std::uint64_t{both >= least[sizes[c]]} << c;
    }
    return bits;
}
#endif

}  // namespace

Gap::Gap(const Masks& masks, double dice) : masks_(masks) {
    for (std::size_t sum = 0; sum < least_.size(); ++sum) {
        std::size_t both = sum <= kNone ? 0 : 65;
        while (both <= 64 && 2 * static_cast<double>(both) < dice * static_cast<double>(sum))
            ++both;
        least_[sum] = both > 64 ? kNever : static_cast<std::uint8_t>(both);
    }
}

void Gap::read(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> columns) {
    columns_ = columns.size();
    blocks_ = (columns_ + 63) / 64;
    std::reverse_copy(columns.begin(), columns.end(), words_.begin());
    for (std::size_t c = 0; c < columns_; ++c) {
        letters_[c] = masks_.of(words_[c]);
        sizes_[c] = letters_[c] == 0 ? kNone : static_cast<std::uint8_t>(count_bits(letters_[c]));
    }
    agrees_.resize(rows.size() * blocks_);
    rest_.resize((rows.size() + 1) * blocks_);
    const std::span rest(rest_);
    std::ranges::fill(rest.last(blocks_), ~std::uint64_t{0});
    for (std::size_t r = rows.size(); r-- > 0;) {
        const auto agree = std::span(agrees_).subspan(r * blocks_, blocks_);
        compare(rows[r], agree);
        const auto below = rest.subspan((r + 1) * blocks_, blocks_);
        const auto to = rest.subspan(r * blocks_, blocks_);
        std::uint64_t carry = 0;
        for (std::size_t k = 0; k < blocks_; ++k) {
            const std::uint64_t v = below[k], u = v & agree[k], sum = v + u, all = sum + carry;
            carry = (sum < v) | (all < sum);
            to[k] = all | (v & ~agree[k]);
        }
    }
}

void Gap::compare(std::uint32_t word, std::span<std::uint64_t> bits) const {
    const std::uint64_t mask = masks_.of(word);
    const std::size_t size = count_bits(mask);
    for (std::size_t k = 0; k < blocks_; ++k) {
        const std::size_t first = 64 * k, count = std::min<std::size_t>(columns_ - first, 64);
        bits[k] = equal(word, std::span(words_).subspan(first, count));
        if (size == 0) continue;
        const Letters letters = Letters(letters_).subspan(first, count);
        const Sizes sizes = Sizes(sizes_).subspan(first, count);
        const auto least = std::span(least_).subspan(size);
#if defined(__x86_64__)
        if (vectors() != Vectors::kNone) {
            bits[k] |= alike_avx2(mask, letters, least, sizes);
            continue;
        }
#endif
        bits[k] |= alike_portable(mask, letters, least, sizes);
    }
}

std::int32_t Gap::common(std::int32_t row, std::int32_t column) const {
    const std::size_t bits = from_end(column);
    std::size_t count = 0;
    for (std::size_t k = 0; 64 * k < bits; ++k) {
        const std::uint64_t zeros = ~rest_[at(row, k)];
        const std::size_t left = bits - 64 * k;
        count += count_bits(left >= 64 ? zeros : zeros & ((std::uint64_t{1} << left) - 1));
    }
    return static_cast<std::int32_t>(count);
}

}  // namespace dupdetect
