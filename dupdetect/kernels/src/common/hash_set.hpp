// A set of hashes.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/key_table.hpp"

namespace dupdetect {

// Open addressing. Hashes are what the texts make them, so they are spread by a factor nobody can
// foresee; what the set holds does not depend on it.
class HashSet {
public:
    explicit HashSet(std::size_t most = 0) { clear(most); }

    // Takes everything out and makes room for up to `most` hashes.
    void clear(std::size_t most) {
        const std::size_t size = std::bit_ceil(2 * most + 2);
        if (slots_.size() < size) slots_.resize(size);
        std::fill_n(slots_.begin(), size, 0);
        mask_ = size - 1;
        shift_ = 64 - std::countr_zero(size);
        has_zero_ = false;
    }

    // Whether the hash was not there before.
    bool add(std::uint64_t hash) {
        if (hash == 0) return !std::exchange(has_zero_, true);
        std::uint64_t& slot = slots_[find(hash)];
        return std::exchange(slot, hash) == 0;
    }

    bool has(std::uint64_t hash) const {
        return hash == 0 ? has_zero_ : slots_[find(hash)] == hash;
    }

private:
    std::size_t find(std::uint64_t hash) const {
        std::size_t at = hash * factor_ >> shift_;
        while (slots_[at] != 0 && slots_[at] != hash) at = (at + 1) & mask_;
        return at;
    }

    std::uint64_t factor_ = random_seed() | 1;
    std::vector<std::uint64_t> slots_;  // 0: free
    std::size_t mask_ = 0;
    int shift_ = 0;
    bool has_zero_ = false;
};

}  // namespace dupdetect
