#include "read/first_equal.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

namespace dupdetect {
namespace {

using Bytes = std::span<const std::uint8_t>;

// SipHash-1-3 (Aumasson and Bernstein 2012): one round a word, three to finish.
class SipHash {
public:
    SipHash(std::uint64_t low, std::uint64_t high)
        : v0_(low ^ 0x736f6d6570736575ULL),
          v1_(high ^ 0x646f72616e646f6dULL),
          v2_(low ^ 0x6c7967656e657261ULL),
          v3_(high ^ 0x7465646279746573ULL) {}

    std::uint64_t operator()(Bytes text) && {
        const std::size_t words = text.size() / 8;
        for (std::size_t word = 0; word < words; ++word) add(load(text.subspan(8 * word, 8)));
        add(load(text.subspan(8 * words)) | static_cast<std::uint64_t>(text.size()) << 56);
        v2_ ^= 0xFF;
        for (int step = 0; step < 3; ++step) round();
        return v0_ ^ v1_ ^ v2_ ^ v3_;
    }

private:
    static std::uint64_t load(Bytes text) {
        std::uint64_t word = 0;
        if (!text.empty()) std::memcpy(&word, text.data(), std::min<std::size_t>(text.size(), 8));
        return word;
    }
    void add(std::uint64_t word) {
        v3_ ^= word;
        round();
        v0_ ^= word;
    }
    void round() {
        v0_ += v1_;
        v1_ = std::rotl(v1_, 13) ^ v0_;
        v0_ = std::rotl(v0_, 32);
        v2_ += v3_;
        v3_ = std::rotl(v3_, 16) ^ v2_;
        v0_ += v3_;
        v3_ = std::rotl(v3_, 21) ^ v0_;
        v2_ += v1_;
        v1_ = std::rotl(v1_, 17) ^ v2_;
        v2_ = std::rotl(v2_, 32);
    }

    std::uint64_t v0_, v1_, v2_, v3_;
};

struct Slot {
    std::uint64_t hash = 0;
    std::int64_t index = -1;
};

}  // namespace

std::vector<std::int64_t> find_first_equal(std::span<const std::uint8_t> data,
                                           std::span<const std::int64_t> offsets,
                                           std::uint64_t seed_low, std::uint64_t seed_high) {
    const std::size_t count = offsets.size() - 1;
    const auto text = [&](std::size_t index) {
        return data.subspan(static_cast<std::size_t>(offsets[index]),
                            static_cast<std::size_t>(offsets[index + 1] - offsets[index]));
    };
    std::vector<Slot> slots(std::bit_ceil(2 * count + 1));
    const std::size_t mask = slots.size() - 1;
    std::vector<std::int64_t> first(count);
    for (std::size_t index = 0; index < count; ++index) {
        const std::uint64_t hash = SipHash(seed_low, seed_high)(text(index));
        const auto taken_by_another = [&](const Slot& slot) {
            if (slot.index < 0) return false;
            if (slot.hash != hash) return true;
            return !std::ranges::equal(text(static_cast<std::size_t>(slot.index)), text(index));
        };
        std::size_t at = hash & mask;
        while (taken_by_another(slots[at])) at = (at + 1) & mask;
        if (slots[at].index < 0) slots[at] = {hash, static_cast<std::int64_t>(index)};
        first[index] = slots[at].index;
    }
    return first;
}

}  // namespace dupdetect
