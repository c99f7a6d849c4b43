// Which rows of a large table of keys share keys with a few others.
#include <algorithm>
#include <bit>
#include <string>

#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/parallel.hpp"
#include "common/platform.hpp"
#include "propose/neighbours.hpp"

namespace dupdetect {
namespace {

constexpr std::size_t kRowsPerChunk = 16;
constexpr std::size_t kAhead = 8;  // places whose memory is fetched before it is read
constexpr std::size_t kOfALine = 16;  // places in one line of the cache
constexpr std::uint64_t kAround = kAnywhere;
constexpr std::uint64_t kSpread = 0x9E3779B97F4A7C15;  // 2^64 by the golden ratio: spreads rows

// Keys of rows one after the other, where each row's start, and their places by key; every
// `step`-th of them in that order, and the row of every `step`-th place. They may be a mapped file:
// what they say is checked where it is used.
struct Table {
    std::span<const std::uint64_t> keys;
    std::span<const std::int64_t> offsets;
    std::span<const std::uint32_t> order;
    std::span<const std::uint64_t> few;
    std::span<const std::uint32_t> few_rows;
    std::size_t step;

    std::size_t at(std::size_t place) const {
        if (order[place] >= keys.size()) {
            throw std::invalid_argument("order: " + std::to_string(order[place]) +
                                        " is no place of " + std::to_string(keys.size()) + " keys");
        }
        return order[place];
    }

    std::uint32_t row_of(std::size_t place) const {
        std::size_t row = few_rows[place / step];
        const auto here = static_cast<std::int64_t>(place);
        while (row + 1 < offsets.size() && offsets[row + 1] <= here) ++row;
        if (row + 1 >= offsets.size() || offsets[row] > here) {
            throw std::invalid_argument("offsets: place " + std::to_string(place) +
                                        " is in no row");
        }
        return static_cast<std::uint32_t>(row);
    }
};

struct Scored {
    std::uint32_t row, score;
};

struct Found {
    std::vector<std::int64_t> asked, rows, scores;
};

class Lookup {
public:
    // `least` groups of words that two places of a key share in a longer run.
    Lookup(const Table& table, std::size_t most, std::size_t least)
        : table_(table), most_(most), least_(least) {}

    void add(std::size_t number, std::span<const std::uint64_t> keys, Found& out) {
        reached_.clear();
        find(keys);
        for (const std::size_t place : low_) fetch_from(place);
        for (std::size_t i = 0; i < keys.size(); ++i) collect(keys[i], low_[i]);
        sum_scores();
        const auto some =
            std::ranges::partition(scored_, [](const Scored& one) { return one.score >= 2; });
        std::ranges::sort(scored_.begin(), some.begin(), {}, &Scored::row);
        for (auto one = scored_.begin(); one != some.begin(); ++one) {
            out.asked.push_back(static_cast<std::int64_t>(number));
            out.rows.push_back(one->row);
            out.scores.push_back(one->score);
        }
    }

private:
    // First place by key that is not below each key, surroundings aside. All keys go a step at a
    // time: what they read stands far apart, and is waited for together.
    void find(std::span<const std::uint64_t> keys) {
        find_part(keys);
        high_.resize(keys.size());
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const std::size_t part = low_[i];
            low_[i] = part == 0 ? 0 : (part - 1) * table_.step;
            high_[i] = std::min(part * table_.step, table_.order.size());
            for (std::size_t k = low_[i]; k < high_[i]; k += kOfALine) fetch(&table_.order[k]);
        }
        const auto middle = [&](std::size_t i) { return low_[i] + (high_[i] - low_[i]) / 2; };
        for (std::size_t left = table_.step; left > 0; left /= 2) {
            for (std::size_t i = 0; i < keys.size(); ++i)
                if (low_[i] < high_[i]) fetch_key(middle(i));
            for (std::size_t i = 0; i < keys.size(); ++i) {
                if (low_[i] >= high_[i]) continue;
                const std::size_t at = middle(i);
                const bool below = table_.keys[table_.at(at)] < (keys[i] & ~kAround);
                low_[i] = below ? at + 1 : low_[i];
                high_[i] = below ? high_[i] : at;
            }
        }
    }

    // How many of every `step`-th keys are below each key.
    void find_part(std::span<const std::uint64_t> keys) {
        low_.assign(keys.size(), 0);
        for (std::size_t left = table_.few.size(); left > 0;) {
            const std::size_t half = (left + 1) / 2;
            for (std::size_t i = 0; i < keys.size(); ++i) {
                const bool below = table_.few[low_[i] + half - 1] < (keys[i] & ~kAround);
                low_[i] += below ? half : 0;
            }
            left -= half;
        }
    }

    // Has the memory of the first keys from a place on fetched: each stands elsewhere.
    void fetch_from(std::size_t place) const {
        const std::size_t end = std::min(place + kAhead, table_.order.size());
        for (; place < end; ++place) fetch_key(place);
    }

    void fetch_key(std::size_t place) const { fetch(&table_.keys[table_.at(place)]); }

    // Places that have a key, with 2 where both may share a longer run there, else 1.
    void collect(std::uint64_t key, std::size_t place) {
        const std::uint64_t upper = key >> kSurroundingBits;
        const std::size_t end = table_.order.size();
        for (std::size_t seen = 0; place < end && seen < most_; ++place, ++seen) {
            if (place + kAhead < end) fetch_key(place + kAhead);
            const std::size_t at = table_.at(place);
            const std::uint64_t other = table_.keys[at];
            if (other >> kSurroundingBits != upper) break;
            const bool longer =
                equal_neighbours(static_cast<std::uint32_t>(key & kAround),
                                 static_cast<std::uint32_t>(other & kAround)) >= least_;
            reached_.push_back({static_cast<std::uint32_t>(at), longer ? 2U : 1U});
            fetch(&table_.few_rows[at / table_.step]);
        }
    }

    // Adds up what was reached, row by row: few of a large table's rows are.
    void sum_scores() {
        const std::size_t size = std::bit_ceil(2 * reached_.size() + 2);
        const int shift = 64 - std::countr_zero(size);
        slots_.assign(size, 0);
        scored_.clear();
        for (Scored& one : reached_) one.row = table_.row_of(one.row);
        for (const Scored& one : reached_) {
            std::size_t at = one.row * kSpread >> shift;
            while (slots_[at] != 0 && scored_[slots_[at] - 1].row != one.row)
                at = (at + 1) & (size - 1);
            if (slots_[at] == 0) {
                scored_.push_back({one.row, 0});
                slots_[at] = static_cast<std::uint32_t>(scored_.size());
            }
            scored_[slots_[at] - 1].score += one.score;
        }
    }

    const Table& table_;
    std::size_t most_, least_;
    std::vector<std::size_t> low_, high_;
    std::vector<Scored> reached_;  // a place, then its row, each time that it has a key
    std::vector<Scored> scored_;  // each row once
    std::vector<std::uint32_t> slots_;  // numbers of `scored_` from 1, by row; 0: free
};

nb::tuple look_up_postings(const Input<std::uint64_t>& keys, const Input<std::int64_t>& offsets,
                           const Input<std::uint64_t>& held,
                           const Input<std::int64_t>& held_offsets,
                           const Input<std::uint32_t>& order, const Input<std::uint64_t>& few,
                           const Input<std::uint32_t>& few_rows, std::size_t step, std::size_t most,
                           std::size_t run_words, int threads) {
    check_offsets(view(offsets), keys.size(), "offsets");
    check_equal(order.size(), held.size(), "order");
    if (step == 0) throw std::invalid_argument("step: 0, expected 1 or more");
    check_equal(few.size(), (held.size() + step - 1) / step, "few");
    check_equal(few_rows.size(), few.size(), "few_rows");
    const Table table{view(held), view(held_offsets), view(order), view(few), view(few_rows), step};
    Found found;
    {
        const nb::gil_scoped_release release;
        const std::size_t rows = offsets.size() - 1;
        std::vector<Found> parts((rows + kRowsPerChunk - 1) / kRowsPerChunk);
        parallel_chunks(
            rows, threads, kRowsPerChunk, [&] { return Lookup(table, most, groups_in(run_words)); },
            [&](Lookup& lookup, std::size_t first, std::size_t last) {
                for (std::size_t i = first; i < last; ++i) {
                    lookup.add(i, row(view(keys), view(offsets), i), parts[first / kRowsPerChunk]);
                }
            });
        for (const Found& part : parts) {
            found.asked.insert(found.asked.end(), part.asked.begin(), part.asked.end());
            found.rows.insert(found.rows.end(), part.rows.begin(), part.rows.end());
            found.scores.insert(found.scores.end(), part.scores.begin(), part.scores.end());
        }
    }
    return nb::make_tuple(to_numpy(std::move(found.asked)), to_numpy(std::move(found.rows)),
                          to_numpy(std::move(found.scores)));
}

}  // namespace

void bind_look_up(nb::module_& module) {
    using namespace nb::literals;
    module.def("look_up_postings", &look_up_postings, "keys"_a, "offsets"_a, nb::kw_only(),
               "held"_a, "held_offsets"_a, "order"_a, "few"_a, "few_rows"_a, "step"_a, "most"_a,
               "run_words"_a, "threads"_a = 1,
               "Rows that share keys; see dupdetect.kernels.reference.group for the same in "
               "Python.");
}

}  // namespace dupdetect
