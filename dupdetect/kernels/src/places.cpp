#include "places.hpp"

#include <algorithm>
#include <bit>
#include <random>

#include "arrays.hpp"
#include "parallel.hpp"
#include "shingle.hpp"

namespace dupdetect {
namespace {

constexpr std::uint64_t kNowhere = ~std::uint64_t{0};
constexpr int kMostParts = 64;

// Counts keys in an open-addressing table, then says where the next line of each belongs.
class KeyTable {
public:
    explicit KeyTable(std::uint64_t seed) : seed_(seed) {}

    void add(std::uint64_t key) {
        if (2 * (used_ + 1) > slots_.size()) enlarge();
        Slot& slot = slot_of(key);
        used_ += slot.value == 0;
        slot.key = key;
        ++slot.value;
    }

    // Gives each key of at least `least` lines room for them; returns where each room starts, and
    // where the last one ends.
    std::vector<std::size_t> lay_out(std::uint64_t least) {
        std::vector<std::size_t> starts{0};
        for (Slot& slot : slots_) {
            if (slot.value == 0) continue;
            const std::uint64_t count = slot.value;
            slot.value = count < least ? kNowhere : starts.back() + 1;
            if (count >= least) starts.push_back(starts.back() + count);
        }
        return starts;
    }

    // The next place in the room of a key that was added; kNowhere when it has none.
    std::uint64_t next_place(std::uint64_t key) {
        Slot& slot = slot_of(key);
        return slot.value == kNowhere ? kNowhere : slot.value++ - 1;
    }

private:
    struct Slot {
        std::uint64_t key = 0;
        std::uint64_t value = 0;  // lines, later one more than the next place; 0: no key
    };

    Slot& slot_of(std::uint64_t key) {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = mix64(key ^ seed_) & mask;
        while (slots_[at].value != 0 && slots_[at].key != key) at = (at + 1) & mask;
        return slots_[at];
    }

    void enlarge() {
        std::vector<Slot> smaller(std::max<std::size_t>(1024, 2 * slots_.size()));
        smaller.swap(slots_);
        for (const Slot& slot : smaller) {
            if (slot.value != 0) slot_of(slot.key) = slot;
        }
    }

    std::uint64_t seed_;
    std::vector<Slot> slots_;
    std::size_t used_ = 0;
};

}  // namespace

EqualLines find_equal_lines(std::span<const std::uint64_t> keys,
                            std::span<const std::int64_t> line_offsets,
                            std::span<const std::uint32_t> stories, std::uint64_t least,
                            int threads) {
    // Keys are what the texts make them; their places come from a number nobody can foresee.
    std::random_device source;
    const std::uint64_t seed = std::uint64_t{source()} << 32 | source();
    const std::size_t parts = std::bit_ceil(static_cast<std::size_t>(std::clamp(threads, 1, kMostParts)));
    const auto first = static_cast<std::size_t>(line_offsets.front());
    const auto lines = keys.subspan(first, static_cast<std::size_t>(line_offsets.back()) - first);
    const auto enough = static_cast<std::uint8_t>(std::min<std::uint64_t>(least, 0xFF));
    EqualLines found{std::vector<std::vector<Place>>(parts), {}};
    std::vector<std::vector<std::size_t>> starts(parts);
    parallel_chunks(parts, threads, 1, [&](std::size_t part, std::size_t) {
        const auto is_here = [&](std::uint64_t mixed) { return (mixed >> 32 & (parts - 1)) == part; };
        // Most lines are printed once or twice, which a count by hash tells of nearly all of them.
        std::vector<std::uint8_t> counts(std::bit_ceil(2 * lines.size() / parts + 1), 0);
        const std::uint64_t mask = counts.size() - 1;
        for (const std::uint64_t key : lines) {
            const std::uint64_t mixed = mix64(key ^ seed);
            if (!is_here(mixed)) continue;
            std::uint8_t& count = counts[mixed & mask];
            count = static_cast<std::uint8_t>(count + (count < enough));
        }
        const auto is_frequent = [&](std::uint64_t key) {
            const std::uint64_t mixed = mix64(key ^ seed);
            return is_here(mixed) && counts[mixed & mask] >= enough;
        };
        KeyTable table(seed);
        for (const std::uint64_t key : lines) {
            if (is_frequent(key)) table.add(key);
        }
        starts[part] = table.lay_out(least);
        std::vector<Place>& places = found.places[part];
        places.resize(starts[part].back());
        for (const std::uint32_t story : stories) {
            std::uint32_t line = 0;
            for (const std::uint64_t key : row(keys, line_offsets, story)) {
                if (is_frequent(key)) {
                    const std::uint64_t place = table.next_place(key);
                    if (place != kNowhere) places[place] = {story, line};
                }
                ++line;
            }
        }
    });
    for (std::size_t part = 0; part < parts; ++part) {
        const std::span<const Place> places = found.places[part];
        for (std::size_t g = 0; g + 1 < starts[part].size(); ++g) {
            found.groups.push_back(places.subspan(starts[part][g], starts[part][g + 1] - starts[part][g]));
        }
    }
    return found;
}

}  // namespace dupdetect
