// Numbers by key.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "sketch/shingle.hpp"

namespace dupdetect {

// A number nobody can foresee: keys are what the texts make them, their places come from it.
// Opening the device takes longer than a small table does.
inline std::uint64_t random_seed() {
    static const std::uint64_t secret = [] {
        std::random_device source;
        return std::uint64_t{source()} << 32 | source();
    }();
    static std::atomic<std::uint64_t> drawn = 0;
    return mix64(secret ^ mix64(++drawn));
}

// Open addressing. A key is there once its number is not 0.
class KeyTable {
public:
    explicit KeyTable(std::uint64_t seed) : seed_(seed) {}

    // The number of a key, 0 when it is new; the caller sets it before asking for another.
    std::uint64_t& operator[](std::uint64_t key) {
        if (2 * (used_ + 1) > slots_.size()) enlarge();
        Slot& slot = slot_of(key);
        used_ += slot.number == 0;
        slot.key = key;
        return slot.number;
    }

    // Calls visit with each key's number, in any order.
    template <typename Visit>
    void each(Visit&& visit) {
        for (Slot& slot : slots_) {
            if (slot.number != 0) visit(slot.number);
        }
    }

private:
    struct Slot {
        std::uint64_t key = 0, number = 0;
    };

    Slot& slot_of(std::uint64_t key) {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = mix64(key ^ seed_) & mask;
        while (slots_[at].number != 0 && slots_[at].key != key) at = (at + 1) & mask;
        return slots_[at];
    }

    void enlarge() {
        std::vector<Slot> smaller(std::max<std::size_t>(1024, 2 * slots_.size()));
        smaller.swap(slots_);
        for (const Slot& slot : smaller) {
            if (slot.number != 0) slot_of(slot.key) = slot;
        }
    }

    std::uint64_t seed_;
    std::vector<Slot> slots_;
    std::size_t used_ = 0;
};

}  // namespace dupdetect
