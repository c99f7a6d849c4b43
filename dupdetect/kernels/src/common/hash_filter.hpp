// Which hashes a list may hold, in 64 bits for each.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dupdetect {

// Wrong for about one foreign hash in a hundred, and never for one of the list.
class HashFilter {
public:
    // Holds these instead of what it held. Returns how many different ones there are at least.
    std::size_t fill(std::span<const std::uint64_t> hashes) {
        const std::size_t words = std::bit_ceil(hashes.size() + 2);
        shift_ = 64 - std::countr_zero(words);
        bits_.assign(words, 0);
        std::size_t different = 0;
        for (const std::uint64_t hash : hashes) {
            std::uint64_t& word = bits_[hash >> shift_];
            different += ~word >> (hash & 63) & 1;
            word |= std::uint64_t{1} << (hash & 63);
        }
        return different;
    }

    // At most so many of these hashes are in the list.
    std::size_t count(std::span<const std::uint64_t> hashes) const {
        std::size_t found = 0;
        for (const std::uint64_t hash : hashes) found += bits_[hash >> shift_] >> (hash & 63) & 1;
        return found;
    }

private:
    std::vector<std::uint64_t> bits_ = {0, 0};
    int shift_ = 63;
};

}  // namespace dupdetect
