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
               Story& story, Body& body) {
    prepare(text, {}, story);
    check_equal(line_status.size(), story.lines.size(), "line_status of a story");
    body.indexed = body.detailed = false;
    body.hashes.clear();
    body.grams.clear();
    body.prose_words = 0;
    for (std::size_t l = 0; l < story.lines.size(); ++l) {
        const Line& line = story.lines[l];
        if (line_status[l] == kFurniture) continue;
        body.hashes.insert(body.hashes.end(), story.hashes.begin() + line.token_begin,
                           story.hashes.begin() + line.token_end);
        if (line_status[l] != kDoubtful) {
            body.prose_words += static_cast<std::int32_t>(line.token_end - line.token_begin);
        }
    }
    if (body.size() >= seed_words) {
        shingle(body.hashes, static_cast<std::size_t>(seed_words), body.grams);
    }
}

void add_index(Body& body) {
    if (body.indexed) return;
    body.indexed = true;
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

void add_details(Bytes text, std::span<const std::uint8_t> line_status, Story& story, Body& body) {
    if (body.detailed) return;
    body.detailed = true;
    split_words(text, story);
    const std::size_t size = body.hashes.size();
    for (auto* values : {&body.starts, &body.ends, &body.sentences}) values->resize(size);
    body.words.resize(size);
    body.folded.assign(story.folded.begin(), story.folded.end());
    for (auto* values : {&body.quoted, &body.doubtful}) values->resize(size);
    body.masks.assign(size, ~std::uint64_t{0});
    std::uint32_t sentence = 0;
    std::size_t word = 0;
    for (std::size_t l = 0; l < story.lines.size(); ++l) {
        const Line& line = story.lines[l];
        ++sentence;
        if (line_status[l] == kFurniture) continue;
        for (std::uint32_t t = line.token_begin; t < line.token_end; ++t, ++word) {
            sentence += (story.marks[t] & kSentenceStart) != 0;
            body.words[word] = story.words[t];
            body.starts[word] = story.starts[t];
            body.ends[word] = story.ends[t];
            body.sentences[word] = sentence;
            body.quoted[word] = (story.marks[t] & kQuoted) != 0;
            body.doubtful[word] = line_status[l] == kDoubtful;
        }
    }
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
