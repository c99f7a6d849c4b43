// Union-find and the grouping of equal keys.
#include <algorithm>
#include <numeric>
#include <random>
#include <tuple>

#include "arrays.hpp"
#include "bind.hpp"
#include "shingle.hpp"
#include "sort_by_key.hpp"

namespace dupdetect {
namespace {

// Smallest member of each node's set; path halving, the smaller root wins.
std::vector<std::int64_t> components(std::size_t count, std::span<const std::int64_t> a,
                                     std::span<const std::int64_t> b) {
    std::vector<std::int64_t> parent(count);
    std::iota(parent.begin(), parent.end(), 0);
    const auto root = [&](std::int64_t x) {
        while (parent[static_cast<std::size_t>(x)] != x) {
            std::int64_t& p = parent[static_cast<std::size_t>(x)];
            p = parent[static_cast<std::size_t>(p)];
            x = p;
        }
        return x;
    };
    for (std::size_t e = 0; e < a.size(); ++e) {
        const std::int64_t x = root(a[e]), y = root(b[e]);
        parent[static_cast<std::size_t>(std::max(x, y))] = std::min(x, y);
    }
    for (std::size_t i = 0; i < count; ++i) parent[i] = root(static_cast<std::int64_t>(i));
    return parent;
}

// Counts pairs of rows in an open-addressing table. Rows are whatever the texts make them, so the
// places are mixed with a number nobody can foresee; the result does not depend on it.
class PairCounts {
public:
    PairCounts() : seed_(std::uint64_t{std::random_device{}()} << 32 | std::random_device{}()) {}

    void add(std::uint32_t a, std::uint32_t b, std::uint32_t weight) {
        if (2 * (used_ + 1) > keys_.size()) enlarge();
        const std::uint64_t key = static_cast<std::uint64_t>(a) << 32 | b;
        std::size_t slot = place(key);
        while (counts_[slot] != 0 && keys_[slot] != key) slot = (slot + 1) & (keys_.size() - 1);
        used_ += counts_[slot] == 0;
        keys_[slot] = key;
        counts_[slot] += weight;
    }

    // Pairs ascending, as three columns.
    std::vector<std::int64_t> sorted() const {
        std::vector<std::pair<std::uint64_t, std::uint32_t>> all;
        for (std::size_t s = 0; s < keys_.size(); ++s) {
            if (counts_[s] != 0) all.emplace_back(keys_[s], counts_[s]);
        }
        std::sort(all.begin(), all.end());
        std::vector<std::int64_t> out;
        out.reserve(3 * all.size());
        for (const auto& [key, count] : all) {
            out.push_back(static_cast<std::int64_t>(key >> 32));
            out.push_back(static_cast<std::int64_t>(key & 0xFFFFFFFFU));
            out.push_back(count);
        }
        return out;
    }

private:
    std::size_t place(std::uint64_t key) const { return mix64(key ^ seed_) & (keys_.size() - 1); }

    void enlarge() {
        PairCounts larger(seed_);
        larger.keys_.assign(std::max<std::size_t>(1024, keys_.size() * 2), 0);
        larger.counts_.assign(larger.keys_.size(), 0);
        for (std::size_t s = 0; s < keys_.size(); ++s) {
            if (counts_[s] == 0) continue;
            std::size_t slot = larger.place(keys_[s]);
            while (larger.counts_[slot] != 0) slot = (slot + 1) & (larger.keys_.size() - 1);
            larger.keys_[slot] = keys_[s];
            larger.counts_[slot] = counts_[s];
        }
        larger.used_ = used_;
        *this = std::move(larger);
    }

    explicit PairCounts(std::uint64_t seed) : seed_(seed) {}

    std::uint64_t seed_;
    std::vector<std::uint64_t> keys_;
    std::vector<std::uint32_t> counts_;
    std::size_t used_ = 0;
};

struct Postings {
    PairCounts pairs;
    std::vector<std::int64_t> long_rows, long_offsets{0};
    std::vector<std::uint64_t> long_keys;
    std::vector<std::uint16_t> long_surroundings;
};

struct Member {
    std::int64_t label;
    std::uint32_t row;
    std::uint16_t surroundings;
};

constexpr std::uint16_t kAnywhere = 0xFFFF;

// Whether two places of a fingerprint can lie in a longer shared run: the words before it are the
// same, or those after it.
bool same_surroundings(std::uint16_t x, std::uint16_t y) {
    if (x == kAnywhere || y == kAnywhere) return true;
    const auto equal = [](int a, int b) { return a == b && a != 0; };
    return equal(x >> 8, y >> 8) || equal(x & 0xFF, y & 0xFF);
}

// Smallest row of each label, ascending; a row that stands there twice could be at either place.
void keep_smallest_rows(std::vector<Member>& group) {
    std::sort(group.begin(), group.end(), [](const Member& x, const Member& y) {
        return std::tie(x.label, x.row) < std::tie(y.label, y.row);
    });
    std::size_t kept = 0;
    for (const Member& member : group) {
        if (kept == 0 || group[kept - 1].label != member.label) {
            group[kept++] = member;
        } else if (group[kept - 1].row == member.row &&
                   group[kept - 1].surroundings != member.surroundings) {
            group[kept - 1].surroundings = kAnywhere;
        }
    }
    group.resize(kept);
    std::sort(group.begin(), group.end(),
              [](const Member& x, const Member& y) { return x.row < y.row; });
}

// Groups equal keys; of each label only its smallest row stays. Groups of up to `most` labels give
// all their pairs of rows; longer ones give pairs with their smallest row and are listed.
void collect(std::vector<Entry>& entries, std::span<const std::int64_t> labels, std::size_t most,
             bool surroundings, Postings& out) {
    sort_by_key(entries);
    const int shift = surroundings ? 16 : 0;
    std::vector<Member> group;
    for (std::size_t first = 0; first < entries.size();) {
        const std::uint64_t key = entries[first].key >> shift;
        std::size_t last = first + 1;
        while (last < entries.size() && entries[last].key >> shift == key) ++last;
        if (last - first > 1) {
            group.clear();
            for (std::size_t i = first; i < last; ++i) {
                const auto around = static_cast<std::uint16_t>(surroundings ? entries[i].key : 0);
                group.push_back({labels[entries[i].row], entries[i].row, around});
            }
            keep_smallest_rows(group);
            for (std::size_t i = 0; i < group.size(); ++i) {
                const std::size_t end = group.size() <= most || i == 0 ? group.size() : i + 1;
                for (std::size_t k = i + 1; k < end; ++k) {
                    const bool same = surroundings &&
                                      same_surroundings(group[i].surroundings, group[k].surroundings);
                    out.pairs.add(group[i].row, group[k].row, same ? 2 : 1);
                }
            }
            if (group.size() > most) {
                for (const Member& member : group) {
                    out.long_rows.push_back(member.row);
                    out.long_surroundings.push_back(member.surroundings);
                }
                out.long_offsets.push_back(static_cast<std::int64_t>(out.long_rows.size()));
                out.long_keys.push_back(key << shift);
            }
        }
        first = last;
    }
}

}  // namespace

void bind_group(nb::module_& module) {
    module.def("components", [](std::size_t count, const Input<std::int64_t>& a,
                                const Input<std::int64_t>& b) {
        check_equal(b.size(), a.size(), "b");
        for (const auto& side : {view(a), view(b)}) {
            for (const std::int64_t x : side) {
                if (x < 0 || static_cast<std::size_t>(x) >= count) {
                    throw std::invalid_argument("edge end " + std::to_string(x) +
                                                ": nodes are 0 to " + std::to_string(count) + " - 1");
                }
            }
        }
        std::vector<std::int64_t> labels;
        {
            const nb::gil_scoped_release release;
            labels = components(count, view(a), view(b));
        }
        return to_numpy(std::move(labels));
    }, nb::arg("count"), nb::arg("a"), nb::arg("b"));

    module.def("postings", [](const Input<std::uint64_t>& keys, const Input<std::int64_t>& offsets,
                              const Input<std::int64_t>& numbers,
                              const Input<std::int64_t>& labels, std::uint64_t partition,
                              int partition_bits, std::size_t most, bool surroundings) {
        const auto rows = view(offsets);
        check_offsets(rows, keys.size(), "offsets");
        check_equal(numbers.size(), rows.size() - 1, "numbers");
        if (partition_bits < 0 || partition_bits > 63) {
            throw std::invalid_argument("partition_bits: " + std::to_string(partition_bits) +
                                        ", expected 0 to 63");
        }
        for (const std::int64_t number : view(numbers)) {
            if (number >= static_cast<std::int64_t>(labels.size())) {
                throw std::invalid_argument("numbers: " + std::to_string(number) + " has no label");
            }
        }
        Postings found;
        std::vector<std::int64_t> pairs;
        {
            const nb::gil_scoped_release release;
            std::vector<Entry> entries;
            for (std::size_t r = 0; r + 1 < rows.size(); ++r) {
                const std::int64_t number = view(numbers)[r];
                if (number < 0) continue;
                for (const std::uint64_t key : row(view(keys), rows, r)) {
                    if (partition_bits > 0 && key >> (64 - partition_bits) != partition) continue;
                    entries.push_back({key, static_cast<std::uint32_t>(number)});
                }
            }
            collect(entries, view(labels), most, surroundings, found);
            pairs = found.pairs.sorted();
        }
        return nb::make_tuple(to_numpy(std::move(pairs), 3), to_numpy(std::move(found.long_rows)),
                              to_numpy(std::move(found.long_offsets)),
                              to_numpy(std::move(found.long_keys)),
                              to_numpy(std::move(found.long_surroundings)));
    }, nb::arg("keys"), nb::arg("offsets"), nb::arg("numbers"), nb::arg("labels"),
       nb::arg("partition"), nb::arg("partition_bits"), nb::arg("most"), nb::arg("surroundings"));
}

}  // namespace dupdetect
