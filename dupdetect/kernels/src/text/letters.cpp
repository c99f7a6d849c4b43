#include "text/letters.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "letter_table.hpp"
#include "numbers.hpp"
#include "propose/neighbours.hpp"
#include "sketch/shingle.hpp"

namespace dupdetect {
namespace {

// kFrequentLetters at pairs of five bits each, as ASCII letters end with them.
struct Frequent {
    std::array<std::uint32_t, 1024> thirds;
    Frequent() {
        thirds.fill(~0U);
        for (std::uint32_t first = 0; first < 27; ++first) {
            for (std::uint32_t second = 1; second < 27; ++second) {
                thirds[first << 5 | second] = kFrequentLetters[first * 27 + second] | ~0U << 27;
            }
        }
    }
};
const Frequent kFrequent;

// Digits between letters.
bool has_digits_inside(Bytes word) {
    const auto first = std::ranges::find_if(word, is_lower);
    const auto last = std::find_if(word.rbegin(), std::make_reverse_iterator(first), is_lower);
    return !std::all_of(first, last.base(), is_lower);
}

}  // namespace

void OddLetters::clear() {
    seen_.clear();
    letters_ = mixed_ = 0;
}

bool OddLetters::add(Bytes word) {
    const std::size_t seen = seen_.size();
    std::uint32_t first = 0, second = word[0] & 31U;
    std::uint8_t bits = word[0];
    std::size_t others = !is_lower(word[0]);
    const auto look = [&](std::uint32_t third) {
        const std::uint32_t pair = first << 5 | second;
        if ((kFrequent.thirds[pair] >> third & 1U) == 0) see(pair << 5 | third);
        first = second;
        second = third;
    };
    for (const std::uint8_t c : word.subspan(1)) {
        bits |= c;
        others += !is_lower(c);
        look(c & 31U);
    }
    look(0);
    if (others > 0) {
        seen_.resize(seen);
        if (bits >= 0x80 || !has_digits_inside(word)) return true;
        ++mixed_;
    }
    letters_ += word.size();
    return letters_ < numbers.damage.enough_letters &&
           (letters_ < numbers.damage.first_look || is_odd(numbers.damage.sound));
}

void OddLetters::see(std::uint32_t triple) {
    if (std::ranges::find(seen_, triple) == seen_.end()) seen_.push_back(triple);
}

std::uint64_t OddLetters::sampled() const {
    if (odd() < numbers.damage.least_odd || !is_odd(numbers.damage.odd)) return 0;
    return is_odd(numbers.damage.heavily)   ? numbers.damage.sampled
           : is_odd(numbers.damage.clearly) ? 8
           : is_odd(numbers.damage.mildly)  ? 16
                                            : 32;
}

void letter_fingerprints(Bytes letters, std::uint64_t sampled, std::vector<std::uint64_t>& out) {
    const std::size_t size = numbers.damage.stretch;
    if (letters.size() < size) return;
    std::uint64_t power = 1, sum = 0;
    for (std::size_t k = 0; k < size; ++k) {
        power *= kShingleBase;
        sum = sum * kShingleBase + letters[k];
    }
    // Most are not taken, and known for it before the last mixing.
    const std::uint64_t most = ~std::uint64_t{0} / sampled;
    for (std::size_t end = size;; ++end) {
        if (sum <= most) out.push_back(mix64(sum) & ~std::uint64_t{kAnywhere});
        if (end == letters.size()) return;
        sum = sum * kShingleBase + (letters[end] - power * letters[end - size]);
    }
}

}  // namespace dupdetect
