// Which stories share the key of a band. Keys are spread by their upper bits over parts small
// enough for the cache; most of them stand alone, and are left out before the others are sorted.
#include <algorithm>
#include <bit>
#include <numeric>

#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/parallel.hpp"

namespace dupdetect {
namespace {

using Table = nb::ndarray<const std::uint32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

constexpr std::size_t kPartEntries = 4096;
constexpr std::size_t kPartsPerChunk = 16;
constexpr int kMostPartBits = 12;

struct Band {  // one column of a table of keys
    std::span<const std::uint32_t> keys;
    std::size_t bands, band;

    std::uint32_t key(std::int64_t story) const {
        return keys[static_cast<std::size_t>(story) * bands + band];
    }
};

struct Shared {  // positions by bucket
    std::vector<std::int64_t> positions, sizes;
};

// Entries are a key and, in the lower half, a position: their order is that of both.
std::uint32_t key_of(std::uint64_t entry) { return static_cast<std::uint32_t>(entry >> 32); }

class Part {
public:
    // `used` bits of the keys are the same in all entries.
    void collect(std::span<const std::uint64_t> entries, int used, Shared& out) {
        keep_repeated(entries, used);
        std::sort(kept_.begin(), kept_.end());
        for (std::size_t first = 0; first < kept_.size();) {
            std::size_t last = first + 1;
            while (last < kept_.size() && key_of(kept_[last]) == key_of(kept_[first])) ++last;
            if (last - first > 1) {
                for (std::size_t i = first; i < last; ++i) {
                    out.positions.push_back(static_cast<std::int64_t>(kept_[i] & 0xFFFFFFFFU));
                }
                out.sizes.push_back(static_cast<std::int64_t>(last - first));
            }
            first = last;
        }
    }

private:
    // All entries whose key stands twice, and few others: those whose next bits do.
    void keep_repeated(std::span<const std::uint64_t> entries, int used) {
        const int bits = std::min(static_cast<int>(std::bit_width(entries.size())) + 3, 32 - used);
        seen_.assign(std::size_t{1} << bits, 0);
        const auto slot = [&](std::uint64_t entry) {
            return static_cast<std::size_t>((entry << used) >> (64 - bits));
        };
        for (const std::uint64_t entry : entries) {
            std::uint8_t& times = seen_[slot(entry)];
            times = static_cast<std::uint8_t>(times | (times + 1));  // 0, 1, 3: none, one, more
        }
        kept_.clear();
        for (const std::uint64_t entry : entries) {
            if (seen_[slot(entry)] > 1) kept_.push_back(entry);
        }
    }

    std::vector<std::uint8_t> seen_;
    std::vector<std::uint64_t> kept_;
};

// Entries of all stories, part by part; where each part starts.
struct Spread {
    std::vector<std::uint64_t> entries;
    std::vector<std::size_t> starts;
};

Spread spread(const Band& band, std::span<const std::int64_t> stories, int bits, int threads) {
    const auto ranges = static_cast<std::size_t>(std::max(threads, 1));
    const std::size_t parts = std::size_t{1} << bits;
    const auto part = [bits](std::uint64_t entry) {
        return bits == 0 ? 0 : static_cast<std::size_t>(entry >> (64 - bits));
    };
    const auto each_range = [&](auto&& work) {
        parallel_chunks(ranges, threads, 1, [&](std::size_t range, std::size_t) {
            work(range, stories.size() * range / ranges, stories.size() * (range + 1) / ranges);
        });
    };
    std::vector<std::uint64_t> given(stories.size());
    std::vector<std::size_t> next(parts * ranges + 1, 0);  // of each part, in it of each range
    each_range([&](std::size_t range, std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) {
            given[i] = std::uint64_t{band.key(stories[i])} << 32 | i;
            ++next[part(given[i]) * ranges + range];
        }
    });
    std::size_t total = 0;
    for (std::size_t& start : next) total += std::exchange(start, total);
    Spread out{std::vector<std::uint64_t>(stories.size()), {}};
    for (std::size_t p = 0; p <= parts; ++p) out.starts.push_back(next[p * ranges]);
    each_range([&](std::size_t range, std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) {
            out.entries[next[part(given[i]) * ranges + range]++] = given[i];
        }
    });
    return out;
}

Shared collect(const Band& band, std::span<const std::int64_t> stories, int threads) {
    const int bits =
        std::min(static_cast<int>(std::bit_width(stories.size() / kPartEntries)), kMostPartBits);
    const Spread all = spread(band, stories, bits, threads);
    const std::size_t parts = all.starts.size() - 1;
    std::vector<Shared> found((parts + kPartsPerChunk - 1) / kPartsPerChunk);
    parallel_chunks(
        parts, threads, kPartsPerChunk, [] { return Part(); },
        [&](Part& part, std::size_t first, std::size_t last) {
            for (std::size_t p = first; p < last; ++p) {
                const auto entries = std::span(all.entries)
                                         .subspan(all.starts[p], all.starts[p + 1] - all.starts[p]);
                part.collect(entries, bits, found[first / kPartsPerChunk]);
            }
        });
    Shared joined{{}, {0}};
    for (const Shared& one : found) {
        joined.positions.insert(joined.positions.end(), one.positions.begin(), one.positions.end());
        joined.sizes.insert(joined.sizes.end(), one.sizes.begin(), one.sizes.end());
    }
    return joined;
}

nb::tuple buckets(const Table& keys, std::size_t band, const Input<std::int64_t>& stories,
                  int threads) {
    const auto rows = static_cast<std::int64_t>(keys.shape(0));
    if (band >= keys.shape(1)) {
        throw std::invalid_argument("band: " + std::to_string(band) + ", expected less than " +
                                    std::to_string(keys.shape(1)));
    }
    for (const std::int64_t story : view(stories)) {
        if (story < 0 || story >= rows) {
            throw std::invalid_argument("stories: " + std::to_string(story) + " has no keys");
        }
    }
    Shared found;
    {
        const nb::gil_scoped_release release;
        found = collect({{keys.data(), keys.size()}, keys.shape(1), band}, view(stories), threads);
        std::partial_sum(found.sizes.begin(), found.sizes.end(), found.sizes.begin());
    }
    return nb::make_tuple(to_numpy(std::move(found.positions)), to_numpy(std::move(found.sizes)));
}

}  // namespace

void bind_buckets(nb::module_& module) {
    using namespace nb::literals;
    module.def("buckets", &buckets, "keys"_a, "band"_a, "stories"_a, "threads"_a = 1,
               "Stories that share a band's key; see dupdetect.kernels.reference.group for the "
               "same in Python.");
}

}  // namespace dupdetect
