// Runs of equal words in the order of both bodies.
#include <algorithm>
#include <array>
#include <map>

#include "facts/equal_runs.hpp"

#include "numbers.hpp"

namespace dupdetect {
namespace {

constexpr std::int32_t kGapWords = kCompiled.facts.gap_words;

// Keeps runs that follow each other in both bodies, the longest first; of equals b's first.
std::vector<Run> in_order(std::vector<Run> runs) {
    std::ranges::sort(runs, [](const Run& x, const Run& y) {
        return x.words != y.words ? x.words > y.words : x.b < y.b;
    });
    std::map<std::int32_t, Run> kept;  // by where they stand in b
    for (const Run& run : runs) {
        const auto next = kept.lower_bound(run.b);
        if (next != kept.begin()) {
            const Run& before = std::prev(next)->second;
            if (before.a + before.words > run.a) continue;
        }
        if (next != kept.end() && run.a + run.words > next->second.a) continue;
        kept.emplace_hint(next, run.b, run);
    }
    std::vector<Run> chain;
    chain.reserve(kept.size());
    for (const auto& [b, run] : kept) chain.push_back(run);
    return chain;
}

struct Gap {
    std::int32_t a, b, a_end, b_end;
};

// Words of a longest common subsequence (Wagner and Fischer 1974); none of long gaps.
void add_common_words(Hashes a, Hashes b, Gap gap, std::vector<Run>& runs) {
    const std::int32_t rows = gap.a_end - gap.a, columns = gap.b_end - gap.b;
    if (rows <= 0 || columns <= 0 || rows > kGapWords || columns > kGapWords) return;
    constexpr std::size_t kWidth = kGapWords + 1;
    std::array<std::uint8_t, kWidth * kWidth> lengths;
    const auto at = [](std::int32_t r, std::int32_t c) {
        return static_cast<std::size_t>(r) * kWidth + static_cast<std::size_t>(c);
    };
    const auto equal = [&](std::int32_t r, std::int32_t c) {
        const std::int32_t in_a = gap.a + r, in_b = gap.b + c;
        return a[static_cast<std::size_t>(in_a)] == b[static_cast<std::size_t>(in_b)];
    };
    for (std::int32_t c = 0; c <= columns; ++c) lengths[at(rows, c)] = 0;
    for (std::int32_t r = rows; r-- > 0;) {
        lengths[at(r, columns)] = 0;
        for (std::int32_t c = columns; c-- > 0;) {
            lengths[at(r, c)] = equal(r, c)
                                    ? static_cast<std::uint8_t>(lengths[at(r + 1, c + 1)] + 1)
                                    : std::max(lengths[at(r + 1, c)], lengths[at(r, c + 1)]);
        }
    }
    for (std::int32_t r = 0, c = 0; r < rows && c < columns;) {
        if (equal(r, c)) {
            runs.push_back({gap.a + r, gap.b + c, 1});
            ++r;
            ++c;
        } else if (lengths[at(r + 1, c)] >= lengths[at(r, c + 1)]) {
            ++r;
        } else {
            ++c;
        }
    }
}

// Joins runs that touch in both bodies.
void merge(std::vector<Run>& runs) {
    std::size_t kept = 0;
    for (const Run& run : runs) {
        if (kept > 0 && runs[kept - 1].a + runs[kept - 1].words == run.a &&
            runs[kept - 1].b + runs[kept - 1].words == run.b) {
            runs[kept - 1].words += run.words;
        } else {
            runs[kept++] = run;
        }
    }
    runs.resize(kept);
}

// Leaves out runs of up to `most` words between two gaps of two words or more: chance.
void drop_chance(std::int32_t most, std::vector<Run>& runs) {
    const auto wide = [&](std::size_t k) {  // the gap before run k
        const Run &before = runs[k - 1], &after = runs[k];
        return std::max(after.a - before.a - before.words, after.b - before.b - before.words) >= 2;
    };
    std::vector<Run> kept;
    for (std::size_t k = 0; k < runs.size(); ++k) {
        const bool inside = k > 0 && k + 1 < runs.size();
        if (runs[k].words > most || !inside || !wide(k) || !wide(k + 1)) kept.push_back(runs[k]);
    }
    runs = std::move(kept);
}

}  // namespace

void find_equal_runs(Hashes a, const GramIndex<std::uint64_t>& index, Hashes b, Hashes grams,
                     std::int32_t seed_words, std::int32_t chance_words, std::vector<Run>& runs) {
    std::vector<std::uint32_t> places;
    find_runs(a, index, b, grams, seed_words, places, runs);
    const std::vector<Run> chain = in_order(std::move(runs));
    runs.clear();
    if (chain.empty()) return;
    const Run &first = chain.front(), &last = chain.back();
    const std::int32_t a_end = last.a + last.words, b_end = last.b + last.words;
    add_common_words(
        a, b,
        {std::max(first.a - kGapWords, 0), std::max(first.b - kGapWords, 0), first.a, first.b},
        runs);
    for (std::size_t k = 0; k < chain.size(); ++k) {
        if (k > 0) {
            const Run& before = chain[k - 1];
            add_common_words(
                a, b, {before.a + before.words, before.b + before.words, chain[k].a, chain[k].b},
                runs);
        }
        runs.push_back(chain[k]);
    }
    add_common_words(
        a, b,
        {a_end, b_end, std::min(a_end + kGapWords, static_cast<std::int32_t>(a.size())),
         std::min(b_end + kGapWords, static_cast<std::int32_t>(b.size()))},
        runs);
    merge(runs);
    drop_chance(chance_words, runs);
}

}  // namespace dupdetect
