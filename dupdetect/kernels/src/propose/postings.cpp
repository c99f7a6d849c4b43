// Which stories share keys. Keys are spread over buckets small enough for the cache by their upper
// bits, and sorted there; keys are hashes, so that the buckets come out alike. Where somebody chose
// them they do not, and sorting by comparison bounds the cost.
#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <optional>
#include <tuple>

#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/parallel.hpp"
#include "propose/large_array.hpp"
#include "propose/neighbours.hpp"
#include "propose/sort_by_key.hpp"

namespace dupdetect {
namespace {

constexpr std::size_t kPassEntries = std::size_t{1} << 24;  // spread at a time: 200 MB
constexpr std::size_t kBucketEntries = 2048;
constexpr std::size_t kBucketsPerPart = 16;
constexpr int kMostBucketBits = 16;
constexpr int kShareBits = 7;  // pairs are settled in this many shares, to the power of two
constexpr std::size_t kPlaces = 4;  // of a key in a story; more are taken for any

struct Entry {  // 12 bytes: there are as many as fingerprints
    std::uint32_t low, high;
    std::uint32_t row;
    std::uint64_t key() const { return std::uint64_t{high} << 32 | low; }
};

struct Member {
    std::int64_t label;
    std::uint32_t row;
    std::uint32_t surroundings;
};

struct Lists {  // what a range of buckets gives
    std::vector<std::uint64_t> sure, once;  // pairs of rows, in one number each
    std::vector<std::int64_t> long_rows, long_sizes;
    std::vector<std::uint64_t> long_keys;
    std::vector<std::uint32_t> long_surroundings;
};

struct Keys {
    std::span<const std::uint64_t> keys;
    std::span<const std::int64_t> offsets, numbers, labels;
};

// The first `bits` of a key after the first `skipped`.
std::size_t digit(std::uint64_t key, int skipped, int bits) {
    return bits == 0 ? 0 : static_cast<std::size_t>(key << skipped >> (64 - bits));
}

// One for each label, that with the smallest row, at each of its places; ascending.
void keep_smallest_rows(std::vector<Member>& group) {
    const auto all = [](const Member& member) {
        return std::tuple(member.label, member.row, member.surroundings);
    };
    std::sort(group.begin(), group.end(),
              [&](const Member& x, const Member& y) { return all(x) < all(y); });
    std::size_t kept = 0, first = 0;  // of the label
    for (const Member& member : group) {
        if (kept == 0 || group[first].label != member.label) {
            first = kept;
        } else if (group[first].row != member.row ||
                   group[kept - 1].surroundings == member.surroundings ||
                   group[first].surroundings == kAnywhere) {
            continue;
        } else if (kept - first == kPlaces) {
            kept = first + 1;
            group[first].surroundings = kAnywhere;  // none that follows is larger
            continue;
        }
        group[kept++] = member;
    }
    group.resize(kept);
    std::sort(group.begin(), group.end(), [](const Member& x, const Member& y) {
        return std::tuple(x.row, x.surroundings) < std::tuple(y.row, y.surroundings);
    });
}

class Bucket {
public:
    Bucket(std::span<const std::int64_t> labels, std::size_t most, std::size_t neighbours)
        : labels_(labels), most_(most), neighbours_(neighbours) {}

    // `used` bits of the keys are the same in all entries.
    void collect(std::span<const Entry> entries, int used, Lists& out) {
        sort(entries, used);
        for (std::size_t first = 0; first < sorted_.size();) {
            const std::uint64_t key = sorted_[first].key() >> kSurroundingBits;
            const std::int64_t label = labels_[sorted_[first].row];
            bool several = false;
            std::size_t last = first + 1;
            for (; last < sorted_.size() && sorted_[last].key() >> kSurroundingBits == key;
                 ++last) {
                several |= labels_[sorted_[last].row] != label;
            }
            if (several) collect_group(first, last, out);
            first = last;
        }
    }

private:
    // By key: counted by as many bits as tell most keys apart, then by comparison.
    void sort(std::span<const Entry> entries, int used) {
        const int bits = std::min(static_cast<int>(std::bit_width(entries.size())) + 1, 24);
        starts_.assign((std::size_t{1} << bits) + 1, 0);
        for (const Entry& entry : entries) ++starts_[digit(entry.key(), used, bits)];
        std::uint32_t total = 0;
        for (std::uint32_t& start : starts_) total += std::exchange(start, total);
        sorted_.resize(entries.size());
        for (const Entry& entry : entries) {
            sorted_[starts_[digit(entry.key(), used, bits)]++] = entry;
        }
        std::size_t first = 0;
        for (const std::uint32_t end : std::span(starts_).first(starts_.size() - 1)) {
            if (end - first > 1) sort_range(first, end);
            first = end;
        }
    }

    void sort_range(std::size_t first, std::size_t last) {
        const auto by_key = [](const Entry& x, const Entry& y) {
            return x.key() >> kSurroundingBits < y.key() >> kSurroundingBits;
        };
        const auto range = std::span(sorted_).subspan(first, last - first);
        if (!std::is_sorted(range.begin(), range.end(), by_key)) {
            std::sort(range.begin(), range.end(), by_key);
        }
    }

    // Groups of up to `most` labels give all their pairs of rows; longer ones give pairs with their
    // smallest row and are listed.
    void collect_group(std::size_t first, std::size_t last, Lists& out) {
        group_.clear();
        for (const Entry& entry : std::span(sorted_).subspan(first, last - first)) {
            group_.push_back({labels_[entry.row], entry.row, entry.low & kAnywhere});
        }
        keep_smallest_rows(group_);
        rows_.clear();
        for (std::size_t i = 0; i < group_.size(); ++i) {
            if (i == 0 || group_[i].row != group_[i - 1].row) rows_.push_back(i);
        }
        const std::size_t count = rows_.size();
        rows_.push_back(group_.size());
        const bool is_long = count > most_;
        for (std::size_t i = 0; i < (is_long ? 1 : count); ++i) {
            for (std::size_t k = i + 1; k < count; ++k) {
                (may_share_run(i, k) ? out.sure : out.once)
                    .push_back(std::uint64_t{group_[rows_[i]].row} << 32 | group_[rows_[k]].row);
            }
        }
        if (!is_long) return;
        for (const Member& member : group_) {
            out.long_rows.push_back(member.row);
            out.long_surroundings.push_back(member.surroundings);
        }
        out.long_sizes.push_back(static_cast<std::int64_t>(group_.size()));
        out.long_keys.push_back(sorted_[first].key() >> kSurroundingBits << kSurroundingBits);
    }

    // Whether any places of two rows can lie in a shared run that is long enough.
    bool may_share_run(std::size_t i, std::size_t k) const {
        const auto places = [this](std::size_t row) {
            return std::span(group_).subspan(rows_[row], rows_[row + 1] - rows_[row]);
        };
        return std::ranges::any_of(places(i), [&](const Member& x) {
            return std::ranges::any_of(places(k), [&](const Member& y) {
                return equal_neighbours(x.surroundings, y.surroundings) >= neighbours_;
            });
        });
    }

    std::span<const std::int64_t> labels_;
    std::size_t most_, neighbours_;
    std::vector<std::uint32_t> starts_;
    std::vector<Entry> sorted_;
    std::vector<Member> group_;
    std::vector<std::size_t> rows_;  // where those of each row begin in the group
};

// Entries spread over buckets by how their keys begin, as many buckets at a time as there is room.
class Spread {
public:
    Spread(const Keys& from, int bits, int threads)
        : from_(from),
          bits_(bits),
          threads_(threads),
          ranges_(static_cast<std::size_t>(std::max(threads, 1))),
          starts_((ranges_ << bits) + 1, 0) {
        parallel_chunks(ranges_, threads_, 1, [this](std::size_t range, std::size_t) {
            each_entry(range, [&](std::uint64_t key, std::uint32_t) {
                ++starts_[digit(key, 0, bits_) * ranges_ + range];
            });
        });
        std::size_t total = 0;
        for (std::size_t& start : starts_) total += std::exchange(start, total);
        next_ = starts_;
    }

    // Spreads the next buckets; returns which, as a half open range, empty when there are no more.
    std::pair<std::size_t, std::size_t> fill() {
        const std::size_t buckets = std::size_t{1} << bits_, first = last_;
        if (first == buckets) return {first, first};
        base_ = start(first);
        do ++last_;
        while (last_ < buckets && start(last_ + 1) - base_ <= kPassEntries);
        const std::size_t size = start(last_) - base_;
        if (!entries_ || entries_->values().size() < size) entries_.emplace(size);
        parallel_chunks(ranges_, threads_, 1, [this, first](std::size_t range, std::size_t) {
            const std::span<Entry> entries = entries_->values();
            each_entry(range, [&](std::uint64_t key, std::uint32_t row) {
                const std::size_t bucket = digit(key, 0, bits_);
                if (bucket < first || bucket >= last_) return;
                entries[next_[bucket * ranges_ + range]++ - base_] = {
                    static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32), row};
            });
        });
        return {first, last_};
    }

    std::span<const Entry> bucket(std::size_t number) const {
        // NOLINTNEXTLINE(bugprone-unchecked-optional-access): fill() stands before every bucket()
        return std::span<const Entry>(entries_->values())
            .subspan(start(number) - base_, start(number + 1) - start(number));
    }

private:
    std::size_t start(std::size_t bucket) const { return starts_[bucket * ranges_]; }

    template <typename Work>
    void each_entry(std::size_t range, Work&& work) const {
        const std::size_t rows = from_.numbers.size();
        const std::size_t last = rows * (range + 1) / ranges_;
        for (std::size_t r = rows * range / ranges_; r < last; ++r) {
            if (from_.numbers[r] < 0) continue;
            const auto number = static_cast<std::uint32_t>(from_.numbers[r]);
            for (const std::uint64_t key : row(from_.keys, from_.offsets, r)) work(key, number);
        }
    }

    const Keys& from_;
    int bits_, threads_;
    std::size_t ranges_;
    std::vector<std::size_t> starts_, next_;  // of each bucket, within it of each range of rows
    std::size_t last_ = 0, base_ = 0;
    std::optional<LargeArray<Entry>> entries_;
};

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& part) {
    to.insert(to.end(), part.begin(), part.end());
}

void sort_pairs(std::vector<std::uint64_t>& pairs) {
    sort_by_key(pairs, [](std::uint64_t pair) { return pair; });
}

// All pairs by their first row, a range of rows each, in the order of the ranges.
std::vector<std::vector<std::uint64_t>> by_first_row(std::vector<Lists>& parts,
                                                     std::vector<std::uint64_t> Lists::* pairs,
                                                     std::size_t rows) {
    const int shift = 32 + std::max(static_cast<int>(std::bit_width(rows)) - kShareBits, 0);
    std::array<std::size_t, std::size_t{1} << kShareBits> sizes{};
    for (const Lists& part : parts) {
        for (const std::uint64_t pair : part.*pairs) ++sizes[pair >> shift];
    }
    std::vector<std::vector<std::uint64_t>> shares(sizes.size());
    for (std::size_t share = 0; share < sizes.size(); ++share) shares[share].reserve(sizes[share]);
    for (Lists& part : parts) {
        for (const std::uint64_t pair : part.*pairs) shares[pair >> shift].push_back(pair);
        part.*pairs = {};
    }
    return shares;
}

void keep_distinct(std::vector<std::uint64_t>& pairs) {
    sort_pairs(pairs);
    pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
}

// Pairs that are sure, or stand twice among the others, each once, ascending; and those others that
// stand there once.
void settle(std::vector<std::uint64_t>& sure, std::vector<std::uint64_t>& once) {
    sort_pairs(once);
    for (std::size_t i = 1; i < once.size(); ++i) {
        if (once[i] == once[i - 1]) sure.push_back(once[i]);
    }
    keep_distinct(sure);
    once.erase(std::unique(once.begin(), once.end()), once.end());
    std::erase_if(once, [&sure](std::uint64_t pair) {
        return std::binary_search(sure.begin(), sure.end(), pair);
    });
}

// Pairs in shares, which are emptied, as two columns.
std::vector<std::int64_t> columns_of(std::vector<std::vector<std::uint64_t>>& shares) {
    std::size_t pairs = 0;
    for (const auto& share : shares) pairs += share.size();
    std::vector<std::int64_t> columns;
    columns.reserve(2 * pairs);
    for (auto& share : shares) {
        for (const std::uint64_t pair : share) {
            columns.push_back(static_cast<std::int64_t>(pair >> 32));
            columns.push_back(static_cast<std::int64_t>(pair & 0xFFFFFFFFU));
        }
        share = {};
    }
    return columns;
}

struct Settled {
    std::vector<std::int64_t> pairs, once;  // two columns each
};

// The same of all pairs of so many rows.
Settled settle_all(std::vector<Lists>& parts, std::size_t rows, bool with_once, int threads) {
    auto sure = by_first_row(parts, &Lists::sure, rows),
         once = by_first_row(parts, &Lists::once, rows);
    parallel_chunks(sure.size(), threads, 1, [&](std::size_t share, std::size_t) {
        settle(sure[share], once[share]);
        if (!with_once) once[share] = {};
    });
    return {columns_of(sure), columns_of(once)};
}

// What each range of buckets gives, in the order of the keys.
std::vector<Lists> collect(const Keys& from, std::size_t most, std::size_t neighbours,
                           int threads) {
    std::vector<Lists> parts;
    const int bits = std::min(static_cast<int>(std::bit_width(from.keys.size() / kBucketEntries)),
                              kMostBucketBits);
    Spread spread(from, bits, threads);
    for (auto [first, last] = spread.fill(); first < last; std::tie(first, last) = spread.fill()) {
        const std::size_t before = parts.size();
        parts.resize(before + (last - first + kBucketsPerPart - 1) / kBucketsPerPart);
        parallel_chunks(
            last - first, threads, kBucketsPerPart,
            [&] { return Bucket(from.labels, most, neighbours); },
            [&, begin = first](Bucket& bucket, std::size_t from_one, std::size_t to) {
                for (std::size_t number = from_one; number < to; ++number) {
                    bucket.collect(spread.bucket(begin + number), bits,
                                   parts[before + from_one / kBucketsPerPart]);
                }
            });
    }
    return parts;
}

struct Found {
    Settled pairs;
    Lists lists;  // the long ones
};

Found find(const Input<std::uint64_t>& keys, const Input<std::int64_t>& offsets,
           const Input<std::int64_t>& numbers, const Input<std::int64_t>& labels, std::size_t most,
           std::size_t run_words, bool with_once, int threads) {
    const Keys from{view(keys), view(offsets), view(numbers), view(labels)};
    check_offsets(from.offsets, from.keys.size(), "offsets");
    check_equal(from.numbers.size(), from.offsets.size() - 1, "numbers");
    for (const std::int64_t number : from.numbers) {
        if (number >= static_cast<std::int64_t>(from.labels.size())) {
            throw std::invalid_argument("numbers: " + std::to_string(number) + " has no label");
        }
    }
    const nb::gil_scoped_release release;
    Found found;
    std::vector<Lists> parts = collect(from, most, groups_in(run_words), threads);
    for (const Lists& part : parts) {
        append(found.lists.long_rows, part.long_rows);
        append(found.lists.long_sizes, part.long_sizes);
        append(found.lists.long_keys, part.long_keys);
        append(found.lists.long_surroundings, part.long_surroundings);
    }
    found.pairs = settle_all(parts, from.labels.size(), with_once, threads);
    auto& sizes = found.lists.long_sizes;
    sizes.insert(sizes.begin(), 0);
    std::partial_sum(sizes.begin(), sizes.end(), sizes.begin());
    return found;
}

nb::tuple given(Lists&& lists) {
    return nb::make_tuple(
        to_numpy(std::move(lists.long_rows)), to_numpy(std::move(lists.long_sizes)),
        to_numpy(std::move(lists.long_keys)), to_numpy(std::move(lists.long_surroundings)));
}

}  // namespace

void bind_postings(nb::module_& module) {
    using namespace nb::literals;
    module.def(
        "postings",
        [](const Input<std::uint64_t>& keys, const Input<std::int64_t>& offsets,
           const Input<std::int64_t>& numbers, const Input<std::int64_t>& labels, std::size_t most,
           std::size_t run_words, int threads) {
            Found found = find(keys, offsets, numbers, labels, most, run_words, false, threads);
            return nb::make_tuple(to_numpy(std::move(found.pairs.pairs), 2)) +
                   given(std::move(found.lists));
        },
        "keys"_a, "offsets"_a, nb::kw_only(), "numbers"_a, "labels"_a, "most"_a, "run_words"_a,
        "threads"_a = 1,
        "Stories that share keys; see dupdetect.kernels.reference.group for the same in Python.");
    module.def(
        "postings_of_some",
        [](const Input<std::uint64_t>& keys, const Input<std::int64_t>& offsets,
           const Input<std::int64_t>& numbers, const Input<std::int64_t>& labels, std::size_t most,
           std::size_t run_words, int threads) {
            Found found = find(keys, offsets, numbers, labels, most, run_words, true, threads);
            return nb::make_tuple(to_numpy(std::move(found.pairs.pairs), 2),
                                  to_numpy(std::move(found.pairs.once), 2)) +
                   given(std::move(found.lists));
        },
        "keys"_a, "offsets"_a, nb::kw_only(), "numbers"_a, "labels"_a, "most"_a, "run_words"_a,
        "threads"_a = 1,
        "Stories that share some of the keys; see dupdetect.kernels.reference.group.");
}

}  // namespace dupdetect
