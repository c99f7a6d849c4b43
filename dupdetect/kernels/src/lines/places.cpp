// Frequent lines are found by counting hashes, and only those are grouped, by a table.
#include "lines/places.hpp"

#include <algorithm>
#include <bit>

#include "common/arrays.hpp"
#include "common/key_table.hpp"
#include "common/parallel.hpp"
#include "sketch/shingle.hpp"

namespace dupdetect {
namespace {

constexpr std::uint64_t kNowhere = ~std::uint64_t{0};
constexpr int kMostParts = 64;

// Counts up to 3 by hash. Hashes that share a count are taken for more frequent than they are.
class SmallCounts {
public:
    explicit SmallCounts(std::size_t hashes)
        : fours_(std::bit_ceil(hashes / 2 + 1), 0), mask_(4 * fours_.size() - 1) {}

    void add(std::uint64_t hash) {
        const std::uint64_t at = hash & mask_;
        const auto up = static_cast<unsigned>(count(hash) < kMost) << 2 * (at & 3);
        fours_[at >> 2] = static_cast<std::uint8_t>(fours_[at >> 2] + up);
    }

    unsigned count(std::uint64_t hash) const {
        const std::uint64_t at = hash & mask_;
        return fours_[at >> 2] >> 2 * (at & 3) & kMost;
    }

    static constexpr unsigned kMost = 3;

private:
    std::vector<std::uint8_t> fours_;  // two bits for each count
    std::uint64_t mask_;
};

// Turns the lines of each key into one more than where its first one belongs, kNowhere when there
// are fewer than `least`; returns where the room of each key starts, and where the last one ends.
std::vector<std::size_t> lay_out(KeyTable& table, std::uint64_t least) {
    std::vector<std::size_t> starts{0};
    table.each([&](std::uint64_t& number) {
        const std::uint64_t count = number;
        number = count < least ? kNowhere : starts.back() + 1;
        if (count >= least) starts.push_back(starts.back() + count);
    });
    return starts;
}

}  // namespace

EqualLines find_equal_lines(std::span<const std::uint64_t> keys,
                            std::span<const std::int64_t> line_offsets,
                            std::span<const std::uint32_t> stories, std::uint64_t least,
                            int threads) {
    const std::uint64_t seed = random_seed();
    const std::size_t parts =
        std::bit_ceil(static_cast<std::size_t>(std::clamp(threads, 1, kMostParts)));
    const auto first = static_cast<std::size_t>(line_offsets.front());
    const auto lines = keys.subspan(first, static_cast<std::size_t>(line_offsets.back()) - first);
    const auto enough = static_cast<unsigned>(std::min<std::uint64_t>(least, SmallCounts::kMost));
    EqualLines found{std::vector<std::vector<Place>>(parts), {}};
    std::vector<std::vector<std::size_t>> starts(parts);
    parallel_chunks(parts, threads, 1, [&](std::size_t part, std::size_t) {
        const auto is_here = [&](std::uint64_t mixed) {
            return (mixed >> 32 & (parts - 1)) == part;
        };
        // Most lines are printed once or twice, which a count by hash tells of nearly all of them.
        SmallCounts counts(lines.size() / parts);
        for (const std::uint64_t key : lines) {
            const std::uint64_t mixed = mix64(key ^ seed);
            if (is_here(mixed)) counts.add(mixed);
        }
        const auto is_frequent = [&](std::uint64_t key) {
            const std::uint64_t mixed = mix64(key ^ seed);
            return is_here(mixed) && counts.count(mixed) >= enough;
        };
        KeyTable table(seed);
        for (const std::uint64_t key : lines) {
            if (is_frequent(key)) ++table[key];
        }
        starts[part] = lay_out(table, least);
        std::vector<Place>& places = found.places[part];
        places.resize(starts[part].back());
        for (const std::uint32_t story : stories) {
            std::uint32_t line = 0;
            for (const std::uint64_t key : row(keys, line_offsets, story)) {
                if (is_frequent(key)) {
                    std::uint64_t& place = table[key];
                    if (place != kNowhere) places[place++ - 1] = {story, line};
                }
                ++line;
            }
        }
    });
    for (std::size_t part = 0; part < parts; ++part) {
        const std::span<const Place> places = found.places[part];
        for (std::size_t g = 0; g + 1 < starts[part].size(); ++g) {
            found.groups.push_back(
                places.subspan(starts[part][g], starts[part][g + 1] - starts[part][g]));
        }
    }
    return found;
}

}  // namespace dupdetect
