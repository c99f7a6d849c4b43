// The exact runs of words that two texts share, and which of them count.
#include "align/runs.hpp"

#include <algorithm>
#include <cstdlib>

#include "align/align.hpp"
#include "common/key_table.hpp"
#include "common/looked_at.hpp"
#include "common/vectors.hpp"
#include "numbers.hpp"
#include "sketch/shingle.hpp"

namespace dupdetect {
namespace {

std::uint64_t secret_factor() {
    static const std::uint64_t factor = random_seed() | 1U;
    return factor;
}

template <typename Word>
std::int32_t common_words(std::span<const Word> a, std::int32_t i, std::span<const Word> b,
                          std::int32_t j) {
    const auto left_a = a.subspan(static_cast<std::size_t>(i));
    const auto left_b = b.subspan(static_cast<std::size_t>(j));
    const std::size_t most = std::min(left_a.size(), left_b.size());
    std::size_t n = 0;
    for (; n + 4 <= most; n += 4) {  // runs are long: four words a turn
        const Word differ = (left_a[n] ^ left_b[n]) | (left_a[n + 1] ^ left_b[n + 1]) |
                            (left_a[n + 2] ^ left_b[n + 2]) | (left_a[n + 3] ^ left_b[n + 3]);
        if (differ != 0) break;
    }
    while (n < most && left_a[n] == left_b[n]) ++n;
    return static_cast<std::int32_t>(n);
}

// The longest run from b's word j on; of equally long ones the nearest to `expected` in a.
template <typename Word>
Run longest_run(std::span<const Word> a, const GramIndex<Word>& index, std::span<const Word> b,
                Word gram, std::int32_t j, std::int32_t expected) {
    Run best{-1, j, 0};
    std::size_t looked = 0;
    const auto offer = [&](std::int32_t i) {
        const std::int32_t words = common_words(a, i, b, j);
        looked += static_cast<std::size_t>(words) + 1;
        if (words > best.words ||
            (words == best.words && std::abs(i - expected) < std::abs(best.a - expected))) {
            best = {i, j, words};
        }
    };
    std::int32_t i = index.first(gram);
    if (i < 0) return best;
    if (expected >= 0 && expected < static_cast<std::int32_t>(index.grams().size()) &&
        index.grams()[static_cast<std::size_t>(expected)] == gram) {
        offer(expected);
    }
    for (int tried = 0; i >= 0 && tried < numbers.align.most_positions;
         i = index.next(i), ++tried) {
        if (i != expected) offer(i);
    }
    look_at(looked);
    return best;
}

}  // namespace

// Words are hashes: turned by other numbers of bits each, they need only be added bit by bit, which
// vectors of all processors can do.
template <typename Word>
void number_grams(std::span<const Word> words, std::size_t size, std::vector<Word>& grams) {
    if (size == 0 || words.size() < size) return grams.clear();
    look_at(words.size());
    grams.resize(words.size() - size + 1);
    const std::span to(grams);
    const auto add = [](Word gram, Word word) {
        return static_cast<Word>((gram << 7 | gram >> (8 * sizeof(Word) - 7)) ^ word);
    };
    if (size == 4) {  // as it mostly is: one pass
        for (std::size_t i = 0; i < to.size(); ++i)
            to[i] = add(add(add(words[i], words[i + 1]), words[i + 2]), words[i + 3]);
        return;
    }
    if (size == 8) {  // as letters are: two of four
        number_grams(words, 4, grams);
        const std::size_t count = grams.size() - 4;
        for (std::size_t i = 0; i < count; ++i)
            grams[i] = (grams[i] << 28 | grams[i] >> (8 * sizeof(Word) - 28)) ^ grams[i + 4];
        return grams.resize(count);
    }
    std::ranges::copy(words.first(to.size()), to.begin());
    for (std::size_t k = 1; k < size; ++k) {
        const auto more = words.subspan(k, to.size());
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = add(to[i], more[i]);
    }
}

template <typename Word>
void GramIndex<Word>::build(std::span<const Word> words, std::size_t size) {
    look_at(words.size());
    number_grams(words, size, grams_);
    slots_.clear();
    if (grams_.empty()) return;
    const std::size_t slots = std::bit_ceil(grams_.size() * 4);
    factor_ = static_cast<Word>(secret_factor());
    shift_ = static_cast<int>(8 * sizeof(Word)) - std::countr_zero(slots);
    slots_.assign(slots, -1);
    const std::size_t bits = std::bit_ceil(grams_.size() * kBits);
    filter_shift_ = static_cast<int>(8 * sizeof(Word)) - std::countr_zero(bits);
    filter_.assign(bits / 64 + 1, 0);
    for (const Word gram : grams_)
        filter_[bit_of(gram) / 64] |= std::uint64_t{1} << bit_of(gram) % 64;
    nexts_.resize(grams_.size());
    for (std::size_t i = grams_.size(); i-- > 0;) {
        std::int32_t& first = slots_[slot_of(grams_[i])];
        nexts_[i] = first;
        first = static_cast<std::int32_t>(i);
    }
}

template <typename Word>
void GramIndex<Word>::filter(std::span<const Word> grams,
                             std::vector<std::uint32_t>& places) const {
#if defined(__x86_64__)
    if constexpr (sizeof(Word) == sizeof(std::uint32_t)) {
        if (vectors() == Vectors::kAvx512) {
            places.resize(grams.size() + 16);
            places.resize(avx512::filter(grams, filter_, factor_, filter_shift_, places));
            return;
        }
    }
#endif
    places.resize(grams.size());
    const std::span bits(filter_);
    const std::span found(places);  // a member of the index, for all that the compiler knows:
    const Word factor = factor_;  // these would be read again after each write
    const int shift = filter_shift_;
    std::size_t count = 0;
    for (std::size_t j = 0; j < grams.size(); ++j) {  // written always: no branch to foresee
        const std::size_t bit = static_cast<Word>(grams[j] * factor) >> shift;
        found[count] = static_cast<std::uint32_t>(j);
        count += bits[bit / 64] >> bit % 64 & 1U;
    }
    places.resize(count);
}

template <typename Word>
void find_runs(std::span<const Word> a, const GramIndex<Word>& index, std::span<const Word> b,
               std::span<const Word> grams, std::int32_t seed_words,
               std::vector<std::uint32_t>& places, std::vector<Run>& runs) {
    runs.clear();
    if (index.grams().empty() || grams.empty()) return;
    look_at(grams.size());
    index.filter(grams, places);
    std::int32_t done = 0, course = 0;  // b's words before `done` are taken; a - b of the last run
    for (const std::uint32_t place : places) {
        const auto j = static_cast<std::int32_t>(place);
        if (j < done) continue;
        Run run = longest_run(a, index, b, grams[place], j, j + course);
        if (run.words < seed_words) continue;
        while (run.b > done && run.a > 0 &&
               a[static_cast<std::size_t>(run.a - 1)] == b[static_cast<std::size_t>(run.b - 1)]) {
            --run.a;
            --run.b;
            ++run.words;
        }
        runs.push_back(run);
        course = run.a - run.b;
        done = run.b + run.words;
    }
}

template void number_grams(std::span<const std::uint32_t>, std::size_t,
                           std::vector<std::uint32_t>&);
template void number_grams(std::span<const std::uint64_t>, std::size_t,
                           std::vector<std::uint64_t>&);
template class GramIndex<std::uint32_t>;
template class GramIndex<std::uint64_t>;
template void find_runs(std::span<const std::uint32_t>, const GramIndex<std::uint32_t>&,
                        std::span<const std::uint32_t>, std::span<const std::uint32_t>,
                        std::int32_t, std::vector<std::uint32_t>&, std::vector<Run>&);
template void find_runs(std::span<const std::uint64_t>, const GramIndex<std::uint64_t>&,
                        std::span<const std::uint64_t>, std::span<const std::uint64_t>,
                        std::int32_t, std::vector<std::uint32_t>&, std::vector<Run>&);

void drop_stray_runs(const AlignRule& rule, std::int32_t smaller, std::vector<Run>& runs) {
    const auto supports = [&](const Run& run, const Run& other) {
        const std::int32_t gap =
            other.b > run.b ? other.b - run.b - run.words : run.b - other.b - other.words;
        return gap <= rule.near_words &&
               std::abs((other.a - other.b) - (run.a - run.b)) <= rule.near_diagonal;
    };
    std::vector<Run> kept;
    for (std::size_t r = 0; r < runs.size(); ++r) {
        bool counts = runs[r].words >= rule.run_words;
        for (std::size_t k = 1; k <= 2 && !counts; ++k) {
            counts = (r >= k && supports(runs[r], runs[r - k])) ||
                     (r + k < runs.size() && supports(runs[r], runs[r + k]));
        }
        if (counts) kept.push_back(runs[r]);
    }
    // A stock phrase in two long texts: nothing could grow out of it.
    std::int32_t words = 0;
    for (const Run& run : kept) words += run.words;
    if (words < numbers.align.few_words && words * 4 < smaller) kept.clear();
    runs = std::move(kept);
}

}  // namespace dupdetect
