// Pairs of damaged texts: runs that begin at equal letters.
#include <algorithm>

#include "align/align.hpp"
#include "sketch/shingle.hpp"

namespace dupdetect {
namespace {

constexpr std::size_t kSeedLetters = 8;
constexpr double kMisreadDice = 0.45;

}  // namespace

void LetterRuns::Letters::of(const Body& body) {
    values.clear();
    words.clear();
    grams.clear();
    for (std::size_t i = 0; i < body.words.size(); ++i) {
        words.push_back(static_cast<std::uint32_t>(values.size()));
        const Bytes word = body.folded_word(i);
        values.insert(values.end(), word.begin(), word.end());
    }
    words.push_back(static_cast<std::uint32_t>(values.size()));
    if (values.size() >= kSeedLetters) shingle(values, kSeedLetters, grams);
}

double misread_dice(const AlignRule& rule) {
    return rule.word_dice <= 1 ? std::min(rule.word_dice, kMisreadDice) : rule.word_dice;
}

void LetterRuns::find(const Body& a, std::size_t a_number, const Body& b, std::vector<Run>& runs) {
    if (a_number_ != a_number + 1) {
        a_.of(a);
        index_.build(a_.grams);
        a_number_ = a_number + 1;
    }
    b_.of(b);
    find_equal_runs(a_.values, index_, b_.values, b_.grams, kSeedLetters, stretches_);
    runs.clear();
    for (const Run& stretch : stretches_) {
        const auto begin = static_cast<std::uint32_t>(stretch.b),
                   end = static_cast<std::uint32_t>(stretch.b + stretch.words);
        auto in_b = std::ranges::lower_bound(b_.words, begin);
        for (; in_b + 1 < b_.words.end() && in_b[1] <= end; ++in_b) {
            const std::uint32_t first = *in_b - begin + static_cast<std::uint32_t>(stretch.a);
            const auto in_a = std::ranges::lower_bound(a_.words, first);
            if (in_a + 1 >= a_.words.end() || in_a[0] != first ||
                in_a[1] - first != in_b[1] - *in_b)
                continue;
            const auto i = static_cast<std::int32_t>(in_a - a_.words.begin()),
                       j = static_cast<std::int32_t>(in_b - b_.words.begin());
            if (!runs.empty() && runs.back().a + runs.back().words == i &&
                runs.back().b + runs.back().words == j) {
                ++runs.back().words;
            } else {
                runs.push_back({i, j, 1});
            }
        }
    }
}

}  // namespace dupdetect
