// Bodies and the exact runs of words that two of them share.
#include <algorithm>
#include <bit>
#include <cstdlib>

#include "align.hpp"
#include "arrays.hpp"
#include "shingle.hpp"

namespace dupdetect {
namespace {

constexpr int kMostPositions = 64;  // positions of one n-gram that are tried
constexpr std::int32_t kFewWords = 12;  // fewer in all, and less than a quarter, are no evidence

void index_grams(Body& body, std::int32_t seed_words) {
    body.grams.clear();
    body.heads.clear();
    body.nexts.clear();
    if (body.size() < seed_words) return;
    shingle(body.hashes, static_cast<std::size_t>(seed_words), body.grams);
    const std::size_t buckets = std::bit_ceil(body.grams.size() * 2);
    body.bucket_mask = buckets - 1;
    body.heads.assign(buckets, -1);
    body.nexts.resize(body.grams.size());
    for (std::size_t i = body.grams.size(); i-- > 0;) {
        std::int32_t& head = body.heads[body.grams[i] & body.bucket_mask];
        body.nexts[i] = head;
        head = static_cast<std::int32_t>(i);
    }
}

std::int32_t common_words(const Body& a, std::int32_t i, const Body& b, std::int32_t j) {
    const auto left_a = std::span(a.hashes).subspan(static_cast<std::size_t>(i));
    const auto left_b = std::span(b.hashes).subspan(static_cast<std::size_t>(j));
    const std::size_t most = std::min(left_a.size(), left_b.size());
    std::size_t n = 0;
    while (n < most && left_a[n] == left_b[n]) ++n;
    return static_cast<std::int32_t>(n);
}

// The longest run from b's word j on; of equally long ones the nearest to `expected` in a.
Run longest_run(const Body& a, const Body& b, std::int32_t j, std::int32_t expected) {
    Run best{-1, j, 0};
    const auto offer = [&](std::int32_t i) {
        const std::int32_t words = common_words(a, i, b, j);
        if (words > best.words ||
            (words == best.words && std::abs(i - expected) < std::abs(best.a - expected))) {
            best = {i, j, words};
        }
    };
    const std::uint64_t gram = b.grams[static_cast<std::size_t>(j)];
    if (expected >= 0 && expected < static_cast<std::int32_t>(a.grams.size()) &&
        a.grams[static_cast<std::size_t>(expected)] == gram) {
        offer(expected);
    }
    int tried = 0;
    for (std::int32_t i = a.heads[gram & a.bucket_mask]; i >= 0 && tried < kMostPositions;
         i = a.nexts[static_cast<std::size_t>(i)]) {
        if (a.grams[static_cast<std::size_t>(i)] != gram) continue;
        ++tried;
        if (i != expected) offer(i);
    }
    return best;
}

}  // namespace

void make_body(Bytes text, std::span<const std::uint8_t> line_status, std::int32_t seed_words,
               Story& scratch, Body& body) {
    prepare(text, {.masks = true}, scratch);
    check_equal(line_status.size(), scratch.lines.size(), "line_status of a story");
    body.hashes.clear(); body.masks.clear(); body.starts.clear(); body.ends.clear();
    body.sentences.clear(); body.quoted.clear(); body.doubtful.clear();
    std::uint32_t sentence = 0;
    for (std::size_t l = 0; l < scratch.lines.size(); ++l) {
        const Line& line = scratch.lines[l];
        ++sentence;
        if (line_status[l] == kFurniture) continue;
        for (std::uint32_t t = line.token_begin; t < line.token_end; ++t) {
            sentence += (scratch.marks[t] & kSentenceStart) != 0;
            body.hashes.push_back(scratch.hashes[t]);
            body.masks.push_back(scratch.masks[t]);
            body.starts.push_back(scratch.starts[t]);
            body.ends.push_back(scratch.ends[t]);
            body.sentences.push_back(sentence);
            body.quoted.push_back((scratch.marks[t] & kQuoted) != 0);
            body.doubtful.push_back(line_status[l] == kDoubtful);
        }
    }
    index_grams(body, seed_words);
}

void find_runs(const Body& a, const Body& b, const AlignRule& rule, std::vector<Run>& runs) {
    runs.clear();
    if (a.grams.empty() || b.grams.empty()) return;
    std::int32_t done = 0, course = 0;  // b's words before `done` are taken; a - b of the last run
    for (std::int32_t j = 0; j < static_cast<std::int32_t>(b.grams.size());) {
        Run run = longest_run(a, b, j, j + course);
        if (run.words < rule.seed_words) {
            ++j;
            continue;
        }
        while (run.b > done && run.a > 0 &&
               a.hashes[static_cast<std::size_t>(run.a - 1)] ==
                   b.hashes[static_cast<std::size_t>(run.b - 1)]) {
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
