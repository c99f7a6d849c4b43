// Bodies and the exact runs of words that two of them share.
#include <algorithm>
#include <bit>
#include <cstdlib>
#include <random>

#include "align.hpp"
#include "arrays.hpp"
#include "shingle.hpp"

namespace dupdetect {
namespace {

constexpr int kMostPositions = 64;  // positions of one n-gram that are tried
constexpr std::int32_t kFewWords = 12;  // fewer in all, and less than a quarter, are no evidence

std::uint64_t secret_factor() {
    static const std::uint64_t factor = [] {
        std::random_device source;
        return std::uint64_t{source()} << 32 | source() | 1U;
    }();
    return factor;
}

std::int32_t common_words(Hashes a, std::int32_t i, Hashes b, std::int32_t j) {
    const auto left_a = a.subspan(static_cast<std::size_t>(i));
    const auto left_b = b.subspan(static_cast<std::size_t>(j));
    const std::size_t most = std::min(left_a.size(), left_b.size());
    std::size_t n = 0;
    while (n < most && left_a[n] == left_b[n]) ++n;
    return static_cast<std::int32_t>(n);
}

// The longest run from b's word j on; of equally long ones the nearest to `expected` in a.
Run longest_run(Hashes a, const GramIndex& grams, Hashes b, std::uint64_t gram, std::int32_t j,
                std::int32_t expected) {
    Run best{-1, j, 0};
    const auto offer = [&](std::int32_t i) {
        const std::int32_t words = common_words(a, i, b, j);
        if (words > best.words ||
            (words == best.words && std::abs(i - expected) < std::abs(best.a - expected))) {
            best = {i, j, words};
        }
    };
    std::int32_t i = grams.first(gram);
    if (i < 0) return best;
    if (expected >= 0 && expected < static_cast<std::int32_t>(grams.grams().size()) &&
        grams.grams()[static_cast<std::size_t>(expected)] == gram) {
        offer(expected);
    }
    for (int tried = 0; i >= 0 && tried < kMostPositions; i = grams.next(i), ++tried) {
        if (i != expected) offer(i);
    }
    return best;
}

// A character of a script without spaces is a token of its own: three bytes or more, one of them
// leading.
bool is_single(Bytes word) {
    return word.size() >= 3 && word[0] >= 0xE0 && word.size() == (word[0] >= 0xF0 ? 4U : 3U);
}

// Calls use(line, status) for the lines outside furniture.
template <typename Use>
void each_line(const Story& story, std::span<const std::uint8_t> line_status, Use&& use) {
    check_equal(line_status.size(), story.lines.size(), "line_status of a story");
    for (std::size_t l = 0; l < story.lines.size(); ++l) {
        if (line_status[l] != kFurniture) use(story.lines[l], line_status[l]);
    }
}

}  // namespace

void GramIndex::build(Hashes tokens, std::int32_t words) {
    grams_.clear();
    slots_.clear();
    if (static_cast<std::int32_t>(tokens.size()) < words) return;
    shingle(tokens, static_cast<std::size_t>(words), grams_);
    const std::size_t slots = std::bit_ceil(grams_.size() * 4);
    factor_ = secret_factor();
    shift_ = 64 - std::countr_zero(slots);
    slots_.assign(slots, -1);
    nexts_.resize(grams_.size());
    for (std::size_t i = grams_.size(); i-- > 0;) {
        std::int32_t& first = slots_[slot_of(grams_[i])];
        nexts_[i] = first;
        first = static_cast<std::int32_t>(i);
    }
}

std::int32_t GramIndex::first(std::uint64_t gram) const {
    return slots_.empty() ? -1 : slots_[slot_of(gram)];
}

std::size_t GramIndex::slot_of(std::uint64_t gram) const {
    std::size_t slot = static_cast<std::size_t>(gram * factor_ >> shift_);
    while (slots_[slot] >= 0 && grams_[static_cast<std::size_t>(slots_[slot])] != gram) {
        slot = (slot + 1) & (slots_.size() - 1);
    }
    return slot;
}

void make_tokens(const Story& story, std::span<const std::uint8_t> line_status, Tokens& tokens) {
    tokens.hashes.clear();
    tokens.prose_words = 0;
    each_line(story, line_status, [&](const Line& line, std::uint8_t status) {
        const auto words = std::span(story.hashes).subspan(line.token_begin, line.token_end - line.token_begin);
        tokens.hashes.insert(tokens.hashes.end(), words.begin(), words.end());
        if (status != kDoubtful) tokens.prose_words += static_cast<std::int32_t>(words.size());
    });
}

void make_body(const Story& story, std::span<const std::uint8_t> line_status, Body& body) {
    body.hashes.clear(); body.starts.clear(); body.ends.clear(); body.sentences.clear();
    body.quoted.clear(); body.doubtful.clear(); body.single.clear(); body.words.clear();
    const auto add = [](auto& to, const auto& from, const Line& line) {
        to.insert(to.end(), from.begin() + line.token_begin, from.begin() + line.token_end);
    };
    std::uint32_t sentence = 0;
    each_line(story, line_status, [&](const Line& line, std::uint8_t status) {
        ++sentence;
        add(body.hashes, story.hashes, line);
        add(body.starts, story.starts, line);
        add(body.ends, story.ends, line);
        add(body.words, story.words, line);
        for (std::uint32_t t = line.token_begin; t < line.token_end; ++t) {
            sentence += (story.marks[t] & kSentenceStart) != 0;
            body.sentences.push_back(sentence);
            body.quoted.push_back((story.marks[t] & kQuoted) != 0);
            body.single.push_back(is_single(story.folded_word(t)));
        }
        body.doubtful.resize(body.hashes.size(), status == kDoubtful);
    });
    body.folded.assign(story.folded.begin(), story.folded.end());
    body.masks.assign(body.hashes.size(), ~std::uint64_t{0});
}

void find_runs(Hashes a, const GramIndex& grams, Hashes b, const AlignRule& rule,
               std::vector<std::uint64_t>& grams_b, std::vector<Run>& runs) {
    runs.clear();
    const auto seed = static_cast<std::size_t>(rule.seed_words);
    if (grams.grams().empty() || b.size() < seed) return;
    shingle(b, seed, grams_b);
    std::int32_t done = 0, course = 0;  // b's words before `done` are taken; a - b of the last run
    for (std::int32_t j = 0; j < static_cast<std::int32_t>(grams_b.size());) {
        Run run = longest_run(a, grams, b, grams_b[static_cast<std::size_t>(j)], j, j + course);
        if (run.words < rule.seed_words) {
            ++j;
            continue;
        }
        while (run.b > done && run.a > 0 &&
               a[static_cast<std::size_t>(run.a - 1)] == b[static_cast<std::size_t>(run.b - 1)]) {
            --run.a; --run.b; ++run.words;
        }
        runs.push_back(run);
        course = run.a - run.b;
        j = done = run.b + run.words;
    }
}

void drop_stray_runs(const AlignRule& rule, std::int32_t smaller, std::vector<Run>& runs) {
    const auto supports = [&](const Run& run, const Run& other) {
        const std::int32_t gap = other.b > run.b ? other.b - run.b - run.words
                                                 : run.b - other.b - other.words;
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
    if (words < kFewWords && words * 4 < smaller) kept.clear();
    runs = std::move(kept);
}

}  // namespace dupdetect
